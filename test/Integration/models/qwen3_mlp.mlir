// The MLP of one expert of Qwen3-235B-A22B in FP8: norm, quantization, gate and
// up projections, silu(gate) * up, quantization, down projection. A bf16 adapter
// (LoRA, rank 16) on the down projection reads the activations, whose producer is
// no norm, back from FP8.
//
// N = 4096, inter 1536, eps 1e-6.

func.func @qwen3_mlp(
    %hidden: tensor<?x4096xbf16>, %residual: tensor<?x4096xbf16>,
    %norm_weight: tensor<4096xbf16>,
    %gate_proj: tensor<1536x4096xf8E4M3FN>, %gate_scales: tensor<12x32xf32>,
    %up_proj: tensor<1536x4096xf8E4M3FN>, %up_scales: tensor<12x32xf32>,
    %down_proj: tensor<4096x1536xf8E4M3FN>, %down_scales: tensor<32x12xf32>,
    %lora_a: tensor<16x1536xbf16>)
    -> (tensor<?x4096xbf16>, tensor<?x16xbf16>, tensor<?x4096xbf16>) {
  %normed, %new_residual = beeline.rms_norm %hidden, %norm_weight
      residual(%residual) {epsilon = 1.0e-6 : f32}
      : tensor<?x4096xbf16>, tensor<4096xbf16>, tensor<?x4096xbf16>
      -> tensor<?x4096xbf16>, tensor<?x4096xbf16>
  %codes, %scales = beeline.group_quant %normed {group_size = 128 : i64}
      : tensor<?x4096xbf16> -> tensor<?x4096xf8E4M3FN>, tensor<?x32xf32>

  %gate = beeline.linear %codes, %gate_proj scales(%scales, %gate_scales)
      : tensor<?x4096xf8E4M3FN>, tensor<1536x4096xf8E4M3FN>
        scales(tensor<?x32xf32>, tensor<12x32xf32>) -> tensor<?x1536xbf16>
  %up = beeline.linear %codes, %up_proj scales(%scales, %up_scales)
      : tensor<?x4096xf8E4M3FN>, tensor<1536x4096xf8E4M3FN>
        scales(tensor<?x32xf32>, tensor<12x32xf32>) -> tensor<?x1536xbf16>
  %act = beeline.silu_mul %gate, %up
      : tensor<?x1536xbf16>, tensor<?x1536xbf16> -> tensor<?x1536xbf16>
  %act_codes, %act_scales = beeline.group_quant %act {group_size = 128 : i64}
      : tensor<?x1536xbf16> -> tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>

  %down = beeline.linear %act_codes, %down_proj scales(%act_scales, %down_scales)
      : tensor<?x1536xf8E4M3FN>, tensor<4096x1536xf8E4M3FN>
        scales(tensor<?x12xf32>, tensor<32x12xf32>) -> tensor<?x4096xbf16>
  %dequantized = beeline.dequant %act_codes, %act_scales {group_size = 128 : i64}
      : tensor<?x1536xf8E4M3FN>, tensor<?x12xf32> -> tensor<?x1536xbf16>
  %adapted = beeline.linear %dequantized, %lora_a
      : tensor<?x1536xbf16>, tensor<16x1536xbf16> -> tensor<?x16xbf16>

  return %down, %adapted, %new_residual
      : tensor<?x4096xbf16>, tensor<?x16xbf16>, tensor<?x4096xbf16>
}
