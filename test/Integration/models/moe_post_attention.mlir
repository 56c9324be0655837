// What follows attention in a mixture-of-experts layer of DeepSeek-V3.2: the
// norm feeds the router, which is kept in bf16 with f32 logits, and the shared
// expert in FP8. The router reads the quantized activations back, and the
// expert's down projection quantizes again what was quantized before.
//
// N = 7168, shared expert 2048, 256 experts, eps 1e-6.

func.func @moe_post_attention(
    %attention: tensor<?x7168xbf16>, %residual: tensor<?x7168xbf16>,
    %norm_weight: tensor<7168xbf16>, %router: tensor<256x7168xbf16>,
    %gate_proj: tensor<2048x7168xf8E4M3FN>, %gate_scales: tensor<16x56xf32>,
    %up_proj: tensor<2048x7168xf8E4M3FN>, %up_scales: tensor<16x56xf32>,
    %down_proj: tensor<7168x2048xf8E4M3FN>, %down_scales: tensor<56x16xf32>)
    -> (tensor<?x256xf32>, tensor<?x7168xbf16>, tensor<?x7168xf8E4M3FN>,
        tensor<?x56xf32>, tensor<?x7168xbf16>) {
  %codes, %scales, %new_residual = beeline.rms_norm_quant %attention, %norm_weight
      residual(%residual)
      {epsilon = 1.0e-6 : f32, group_size = 128 : i64, quantize_from = bf16}
      : tensor<?x7168xbf16>, tensor<7168xbf16>, tensor<?x7168xbf16>
      -> tensor<?x7168xf8E4M3FN>, tensor<?x56xf32> sum(tensor<?x7168xbf16>)

  %routed = beeline.dequant %codes, %scales {group_size = 128 : i64}
      : tensor<?x7168xf8E4M3FN>, tensor<?x56xf32> -> tensor<?x7168xbf16>
  %logits = beeline.linear %routed, %router
      : tensor<?x7168xbf16>, tensor<256x7168xbf16> -> tensor<?x256xf32>

  %gate = beeline.linear %codes, %gate_proj scales(%scales, %gate_scales)
      : tensor<?x7168xf8E4M3FN>, tensor<2048x7168xf8E4M3FN>
        scales(tensor<?x56xf32>, tensor<16x56xf32>) -> tensor<?x2048xbf16>
  %up = beeline.linear %codes, %up_proj scales(%scales, %up_scales)
      : tensor<?x7168xf8E4M3FN>, tensor<2048x7168xf8E4M3FN>
        scales(tensor<?x56xf32>, tensor<16x56xf32>) -> tensor<?x2048xbf16>
  %act = beeline.silu_mul %gate, %up
      : tensor<?x2048xbf16>, tensor<?x2048xbf16> -> tensor<?x2048xbf16>
  %act_codes, %act_scales = beeline.group_quant %act {group_size = 128 : i64}
      : tensor<?x2048xbf16> -> tensor<?x2048xf8E4M3FN>, tensor<?x16xf32>
  %down = beeline.linear %act_codes, %down_proj scales(%act_scales, %down_scales)
      : tensor<?x2048xf8E4M3FN>, tensor<7168x2048xf8E4M3FN>
        scales(tensor<?x16xf32>, tensor<56x16xf32>) -> tensor<?x7168xbf16>

  // The dispatch to the routed experts quantizes its input for itself.
  %dispatched = beeline.dequant %codes, %scales {group_size = 128 : i64}
      : tensor<?x7168xf8E4M3FN>, tensor<?x56xf32> -> tensor<?x7168xbf16>
  %sent_codes, %sent_scales = beeline.group_quant %dispatched
      {group_size = 128 : i64}
      : tensor<?x7168xbf16> -> tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>

  return %logits, %down, %sent_codes, %sent_scales, %new_residual
      : tensor<?x256xf32>, tensor<?x7168xbf16>, tensor<?x7168xf8E4M3FN>,
        tensor<?x56xf32>, tensor<?x7168xbf16>
}
