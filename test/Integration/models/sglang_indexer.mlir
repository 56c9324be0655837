// GLM-5's attention prologue as SGLang really has it (issue 22258): the code that
// norms and quantizes is the communicator's, the gate that wants bf16 is the
// indexer's, three calls away. The pair of codes and scales travels between them
// through the layer, and through a branch: the first layer has no residual yet.
//
// On each of 8 ranks: N = 6144, q_lora 2048, kv_lora 512, rope 64, indexer 32
// heads x 128, eps 1e-5.

#element = affine_map<(m, g, i) -> (m, g, i)>
#of_group = affine_map<(m, g, i) -> (m, g, 0)>

// layernorm and communicator: what the ranks have computed is added up, then
// normalized and quantized in one kernel.
func.func private @prepare_attn(
    %partial: tensor<?x6144xbf16>, %residual: tensor<?x6144xbf16>,
    %norm_weight: tensor<6144xbf16>, %is_first: i1)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>) {
  %hidden = beeline.all_reduce %partial {ranks = 8 : i64} : tensor<?x6144xbf16>
  %codes, %scales, %new_residual = scf.if %is_first
      -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>) {
    %q, %s = beeline.rms_norm_quant %hidden, %norm_weight
        {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    scf.yield %q, %s, %hidden
        : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>
  } else {
    %q, %s, %sum = beeline.rms_norm_quant %hidden, %norm_weight
        residual(%residual)
        {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> sum(tensor<?x6144xbf16>)
    scf.yield %q, %s, %sum
        : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>
  }
  return %codes, %scales, %new_residual
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>
}

// The indexer's gate. It dequantizes in eager ops, as torch exports them:
// codes.to(f32).view(M, G, 128).mul(scales.unsqueeze(-1)).view(M, N).to(bf16)
func.func private @head_gate(
    %codes: tensor<?x6144xf8E4M3FN>, %scales: tensor<?x48xf32>,
    %weights_proj: tensor<32x6144xbf16>) -> tensor<?x32xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %codes, %c0 : tensor<?x6144xf8E4M3FN>
  %extended = arith.extf %codes
      : tensor<?x6144xf8E4M3FN> to tensor<?x6144xf32>
  %groups = tensor.expand_shape %extended [[0], [1, 2]]
      output_shape [%m, 48, 128] : tensor<?x6144xf32> into tensor<?x48x128xf32>
  %unsqueezed = tensor.expand_shape %scales [[0], [1, 2]]
      output_shape [%m, 48, 1] : tensor<?x48xf32> into tensor<?x48x1xf32>
  %init = tensor.empty(%m) : tensor<?x48x128xf32>
  %scaled = linalg.generic {
      indexing_maps = [#element, #of_group, #element],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%groups, %unsqueezed : tensor<?x48x128xf32>, tensor<?x48x1xf32>)
      outs(%init : tensor<?x48x128xf32>) {
  ^bb0(%code: f32, %scale: f32, %out: f32):
    %product = arith.mulf %code, %scale : f32
    linalg.yield %product : f32
  } -> tensor<?x48x128xf32>
  %flat = tensor.collapse_shape %scaled [[0], [1, 2]]
      : tensor<?x48x128xf32> into tensor<?x6144xf32>
  %dequantized = arith.truncf %flat
      : tensor<?x6144xf32> to tensor<?x6144xbf16>
  %gate = beeline.linear %dequantized, %weights_proj
      : tensor<?x6144xbf16>, tensor<32x6144xbf16> -> tensor<?x32xf32>
  return %gate : tensor<?x32xf32>
}

func.func private @indexer(
    %codes: tensor<?x6144xf8E4M3FN>, %scales: tensor<?x48xf32>,
    %wk: tensor<128x6144xf8E4M3FN>, %wk_scales: tensor<1x48xf32>,
    %weights_proj: tensor<32x6144xbf16>)
    -> (tensor<?x128xbf16>, tensor<?x32xf32>) {
  %key = beeline.linear %codes, %wk scales(%scales, %wk_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<128x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<1x48xf32>) -> tensor<?x128xbf16>
  %gate = call @head_gate(%codes, %scales, %weights_proj)
      : (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<32x6144xbf16>)
      -> tensor<?x32xf32>
  return %key, %gate : tensor<?x128xbf16>, tensor<?x32xf32>
}

func.func private @attention(
    %codes: tensor<?x6144xf8E4M3FN>, %scales: tensor<?x48xf32>,
    %fused_qkv_a: tensor<2624x6144xf8E4M3FN>,
    %fused_qkv_a_scales: tensor<21x48xf32>,
    %wk: tensor<128x6144xf8E4M3FN>, %wk_scales: tensor<1x48xf32>,
    %weights_proj: tensor<32x6144xbf16>)
    -> (tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>) {
  %qkv_a = beeline.linear %codes, %fused_qkv_a
      scales(%scales, %fused_qkv_a_scales)
      : tensor<?x6144xf8E4M3FN>, tensor<2624x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<21x48xf32>) -> tensor<?x2624xbf16>
  %key, %gate = call @indexer(%codes, %scales, %wk, %wk_scales, %weights_proj)
      : (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<128x6144xf8E4M3FN>,
         tensor<1x48xf32>, tensor<32x6144xbf16>)
      -> (tensor<?x128xbf16>, tensor<?x32xf32>)
  return %qkv_a, %key, %gate
      : tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>
}

func.func @decoder_layer_prologue(
    %partial: tensor<?x6144xbf16>, %residual: tensor<?x6144xbf16>,
    %norm_weight: tensor<6144xbf16>, %is_first: i1,
    %fused_qkv_a: tensor<2624x6144xf8E4M3FN>,
    %fused_qkv_a_scales: tensor<21x48xf32>,
    %wk: tensor<128x6144xf8E4M3FN>, %wk_scales: tensor<1x48xf32>,
    %weights_proj: tensor<32x6144xbf16>)
    -> (tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>) {
  %codes, %scales, %new_residual = call @prepare_attn(
      %partial, %residual, %norm_weight, %is_first)
      : (tensor<?x6144xbf16>, tensor<?x6144xbf16>, tensor<6144xbf16>, i1)
      -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>)
  %qkv_a, %key, %gate = call @attention(
      %codes, %scales, %fused_qkv_a, %fused_qkv_a_scales, %wk, %wk_scales,
      %weights_proj)
      : (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>,
         tensor<2624x6144xf8E4M3FN>, tensor<21x48xf32>,
         tensor<128x6144xf8E4M3FN>, tensor<1x48xf32>, tensor<32x6144xbf16>)
      -> (tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>)
  return %qkv_a, %key, %gate, %new_residual
      : tensor<?x2624xbf16>, tensor<?x128xbf16>, tensor<?x32xf32>,
        tensor<?x6144xbf16>
}
