// The prologue of DeepSeek-V3.2's attention, norm and quantization still apart.
// The input norm feeds fused_qkv_a and the indexer's key in FP8 and the
// indexer's gate in bf16. The query's own norm (q_a) feeds two FP8 linears that
// each quantize it for themselves, and the indexer's query.
//
// N = 7168, q_lora 1536, kv_lora 512, rope 64, indexer 64 heads x 128, eps 1e-6.

func.func @deepseek_v32_attention_prologue(
    %hidden: tensor<?x7168xbf16>, %residual: tensor<?x7168xbf16>,
    %norm_weight: tensor<7168xbf16>,
    %fused_qkv_a: tensor<2112x7168xf8E4M3FN>,
    %fused_qkv_a_scales: tensor<17x56xf32>,
    %wk: tensor<128x7168xf8E4M3FN>, %wk_scales: tensor<1x56xf32>,
    %weights_proj: tensor<64x7168xbf16>,
    %q_norm_weight: tensor<1536xbf16>,
    %q_b: tensor<24576x1536xf8E4M3FN>, %q_b_scales: tensor<192x12xf32>,
    %wq_b: tensor<8192x1536xf8E4M3FN>, %wq_b_scales: tensor<64x12xf32>)
    -> (tensor<?x24576xbf16>, tensor<?x8192xbf16>, tensor<?x576xbf16>,
        tensor<?x128xbf16>, tensor<?x64xf32>, tensor<?x7168xbf16>) {
  %normed, %new_residual = beeline.rms_norm %hidden, %norm_weight
      residual(%residual) {epsilon = 1.0e-6 : f32}
      : tensor<?x7168xbf16>, tensor<7168xbf16>, tensor<?x7168xbf16>
      -> tensor<?x7168xbf16>, tensor<?x7168xbf16>
  %codes, %scales = beeline.group_quant %normed {group_size = 128 : i64}
      : tensor<?x7168xbf16> -> tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>

  %qkv_a = beeline.linear %codes, %fused_qkv_a
      scales(%scales, %fused_qkv_a_scales)
      : tensor<?x7168xf8E4M3FN>, tensor<2112x7168xf8E4M3FN>
        scales(tensor<?x56xf32>, tensor<17x56xf32>) -> tensor<?x2112xbf16>
  %key = beeline.linear %codes, %wk scales(%scales, %wk_scales)
      : tensor<?x7168xf8E4M3FN>, tensor<128x7168xf8E4M3FN>
        scales(tensor<?x56xf32>, tensor<1x56xf32>) -> tensor<?x128xbf16>

  %dequantized = beeline.dequant %codes, %scales {group_size = 128 : i64}
      : tensor<?x7168xf8E4M3FN>, tensor<?x56xf32> -> tensor<?x7168xbf16>
  %gate = beeline.linear %dequantized, %weights_proj
      : tensor<?x7168xbf16>, tensor<64x7168xbf16> -> tensor<?x64xf32>

  %c0 = arith.constant 0 : index
  %m = tensor.dim %qkv_a, %c0 : tensor<?x2112xbf16>
  %q_a = tensor.extract_slice %qkv_a[0, 0] [%m, 1536] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x1536xbf16>
  %kv_a = tensor.extract_slice %qkv_a[0, 1536] [%m, 576] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x576xbf16>

  %q_normed = beeline.rms_norm %q_a, %q_norm_weight {epsilon = 1.0e-6 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  %q_codes, %q_scales = beeline.group_quant %q_normed {group_size = 128 : i64}
      : tensor<?x1536xbf16> -> tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>
  %query = beeline.linear %q_codes, %q_b scales(%q_scales, %q_b_scales)
      : tensor<?x1536xf8E4M3FN>, tensor<24576x1536xf8E4M3FN>
        scales(tensor<?x12xf32>, tensor<192x12xf32>) -> tensor<?x24576xbf16>
  %i_codes, %i_scales = beeline.group_quant %q_normed {group_size = 128 : i64}
      : tensor<?x1536xbf16> -> tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>
  %index_query = beeline.linear %i_codes, %wq_b scales(%i_scales, %wq_b_scales)
      : tensor<?x1536xf8E4M3FN>, tensor<8192x1536xf8E4M3FN>
        scales(tensor<?x12xf32>, tensor<64x12xf32>) -> tensor<?x8192xbf16>

  return %query, %index_query, %kv_a, %key, %gate, %new_residual
      : tensor<?x24576xbf16>, tensor<?x8192xbf16>, tensor<?x576xbf16>,
        tensor<?x128xbf16>, tensor<?x64xf32>, tensor<?x7168xbf16>
}
