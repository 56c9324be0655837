// The prologue of GLM-5's attention as SGLang has it (issue 22258): the input
// norm and the quantization are one kernel that gives codes and scales only, and
// the gate of the sparse-attention indexer, which wants bf16, turns them back.
//
// N = 6144, q_lora 2048, kv_lora 512, rope 64, indexer 32 heads x 128, eps 1e-5.

func.func @glm5_attention_prologue(
    %hidden: tensor<?x6144xbf16>, %residual: tensor<?x6144xbf16>,
    %norm_weight: tensor<6144xbf16>,
    %fused_qkv_a: tensor<2624x6144xf8E4M3FN>,
    %fused_qkv_a_scales: tensor<21x48xf32>,
    %wk: tensor<128x6144xf8E4M3FN>, %wk_scales: tensor<1x48xf32>,
    %weights_proj: tensor<32x6144xbf16>)
    -> (tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>) {
  %codes, %scales, %new_residual = beeline.rms_norm_quant %hidden, %norm_weight
      residual(%residual)
      {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
      -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> sum(tensor<?x6144xbf16>)

  %qkv_a = beeline.linear %codes, %fused_qkv_a
      scales(%scales, %fused_qkv_a_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<2624x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<21x48xf32>) -> tensor<?x2624xbf16>
  %key = beeline.linear %codes, %wk scales(%scales, %wk_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<128x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<1x48xf32>) -> tensor<?x128xbf16>

  %dequantized = beeline.dequant %codes, %scales {group_size = 128 : i64}
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
  %gate = beeline.linear %dequantized, %weights_proj
      : tensor<?x6144xbf16>, tensor<32x6144xbf16> -> tensor<?x32xf32>

  return %qkv_a, %key, %gate, %new_residual
      : tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>
}
