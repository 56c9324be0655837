// What models/sglang_indexer.mlir has to compute on one rank once its round trip is
// gone, by the definition of beeline.rms_norm_quant: codes and scales are those of the
// norm's f32, and the gate reads the same f32 rounded to bf16.

func.func @decoder_layer_prologue(
    %partial: tensor<?x6144xbf16>, %residual: tensor<?x6144xbf16>,
    %norm_weight: tensor<6144xbf16>,
    %fused_qkv_a: tensor<2624x6144xf8E4M3FN>,
    %fused_qkv_a_scales: tensor<21x48xf32>,
    %wk: tensor<128x6144xf8E4M3FN>, %wk_scales: tensor<1x48xf32>,
    %weights_proj: tensor<32x6144xbf16>)
    -> (tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>) {
  %is_first = arith.constant true
  %y, %new_residual = scf.if %is_first
      -> (tensor<?x6144xf32>, tensor<?x6144xbf16>) {
    %n = beeline.rms_norm %partial, %norm_weight {epsilon = 1.0e-5 : f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xf32>
    scf.yield %n, %partial : tensor<?x6144xf32>, tensor<?x6144xbf16>
  } else {
    %n, %sum = beeline.rms_norm %partial, %norm_weight residual(%residual)
        {epsilon = 1.0e-5 : f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
        -> tensor<?x6144xf32>, tensor<?x6144xbf16>
    scf.yield %n, %sum : tensor<?x6144xf32>, tensor<?x6144xbf16>
  }
  %codes, %scales = beeline.group_quant %y {group_size = 128 : i64}
      : tensor<?x6144xf32> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  %qkv_a = beeline.linear %codes, %fused_qkv_a
      scales(%scales, %fused_qkv_a_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<2624x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<21x48xf32>) -> tensor<?x2624xbf16>
  %key = beeline.linear %codes, %wk scales(%scales, %wk_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<128x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<1x48xf32>) -> tensor<?x128xbf16>
  %unquantized = arith.truncf %y : tensor<?x6144xf32> to tensor<?x6144xbf16>
  %gate = beeline.linear %unquantized, %weights_proj
      : tensor<?x6144xbf16>, tensor<32x6144xbf16> -> tensor<?x32xf32>
  return %qkv_a, %key, %gate, %new_residual
      : tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>
}
