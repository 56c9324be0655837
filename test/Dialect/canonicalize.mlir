// Canonicalization changes no bit of any result.
//
// RUN: beeline-opt %s -canonicalize -split-input-file | FileCheck %s -enable-var-scope

//===----------------------------------------------------------------------===//
// truncf(op : f32) => op : bf16
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @truncf_rms_norm
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xf32>, %[[W:.*]]: tensor<48xf32>)
func.func @truncf_rms_norm(%x: tensor<?x48xf32>, %w: tensor<48xf32>) -> tensor<?x48xbf16> {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] {{.*}} -> tensor<?x48xbf16>
  // CHECK-NEXT: return %[[Y]]
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x48xf32>, tensor<48xf32> -> tensor<?x48xf32>
  %z = arith.truncf %y : tensor<?x48xf32> to tensor<?x48xbf16>
  return %z : tensor<?x48xbf16>
}

// -----

// CHECK-LABEL: @truncf_rms_norm_sum
func.func @truncf_rms_norm_sum(%x: tensor<4x48xf32>, %w: tensor<48xf32>,
                               %r: tensor<4x48xf32>) -> (tensor<4x48xf16>, tensor<4x48xf32>) {
  // CHECK-NEXT: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm {{.*}} -> tensor<4x48xf16>, tensor<4x48xf32>
  // CHECK-NEXT: return %[[Y]], %[[SUM]]
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<4x48xf32>, tensor<48xf32>, tensor<4x48xf32>
      -> tensor<4x48xf32>, tensor<4x48xf32>
  %z = arith.truncf %y : tensor<4x48xf32> to tensor<4x48xf16>
  return %z, %sum : tensor<4x48xf16>, tensor<4x48xf32>
}

// -----

// CHECK-LABEL: @truncf_dequant
func.func @truncf_dequant(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // CHECK-NEXT: %[[X:.*]] = beeline.dequant {{.*}} -> tensor<4x256xbf16>
  // CHECK-NEXT: return %[[X]]
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %y = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xbf16>
  return %y : tensor<4x256xbf16>
}

// -----

// CHECK-LABEL: @truncf_silu_mul
func.func @truncf_silu_mul(%g: tensor<4x48xbf16>, %u: tensor<4x48xbf16>) -> tensor<4x48xbf16> {
  // CHECK-NEXT: %[[H:.*]] = beeline.silu_mul {{.*}} -> tensor<4x48xbf16>
  // CHECK-NEXT: return %[[H]]
  %h = beeline.silu_mul %g, %u
      : tensor<4x48xbf16>, tensor<4x48xbf16> -> tensor<4x48xf32>
  %y = arith.truncf %h : tensor<4x48xf32> to tensor<4x48xbf16>
  return %y : tensor<4x48xbf16>
}

// -----

// CHECK-LABEL: @truncf_twice_the_same
func.func @truncf_twice_the_same(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  // CHECK-NEXT: %[[X:.*]] = beeline.dequant {{.*}} -> tensor<4x256xbf16>
  // CHECK-NEXT: return %[[X]], %[[X]]
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %y = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xbf16>
  %z = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xbf16>
  return %y, %z : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// With round_before_weight the result type says where else to round: t * rstd
// would be rounded to bf16.
// CHECK-LABEL: @keep_truncf_round_before_weight
func.func @keep_truncf_round_before_weight(%x: tensor<4x48xf32>, %w: tensor<48xf32>) -> tensor<4x48xbf16> {
  // CHECK: beeline.rms_norm {{.*}} -> tensor<4x48xf32>
  // CHECK: arith.truncf
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32, round_before_weight}
      : tensor<4x48xf32>, tensor<48xf32> -> tensor<4x48xf32>
  %z = arith.truncf %y : tensor<4x48xf32> to tensor<4x48xbf16>
  return %z : tensor<4x48xbf16>
}

// -----

// The same for silu(gate).
// CHECK-LABEL: @keep_truncf_round_before_mul
func.func @keep_truncf_round_before_mul(%g: tensor<4x48xf32>, %u: tensor<4x48xf32>) -> tensor<4x48xbf16> {
  // CHECK: beeline.silu_mul {{.*}} -> tensor<4x48xf32>
  // CHECK: arith.truncf
  %h = beeline.silu_mul %g, %u {round_before_mul}
      : tensor<4x48xf32>, tensor<4x48xf32> -> tensor<4x48xf32>
  %y = arith.truncf %h : tensor<4x48xf32> to tensor<4x48xbf16>
  return %y : tensor<4x48xbf16>
}

// -----

// CHECK-LABEL: @keep_truncf_two_types
func.func @keep_truncf_two_types(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xf16>) {
  // CHECK: beeline.dequant {{.*}} -> tensor<4x256xf32>
  // CHECK: arith.truncf {{.*}} to tensor<4x256xbf16>
  // CHECK: arith.truncf {{.*}} to tensor<4x256xf16>
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %y = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xbf16>
  %z = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xf16>
  return %y, %z : tensor<4x256xbf16>, tensor<4x256xf16>
}

// -----

// CHECK-LABEL: @keep_truncf_f32_used
func.func @keep_truncf_f32_used(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xf32>) {
  // CHECK: beeline.dequant {{.*}} -> tensor<4x256xf32>
  // CHECK: arith.truncf
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %y = arith.truncf %x : tensor<4x256xf32> to tensor<4x256xbf16>
  return %y, %x : tensor<4x256xbf16>, tensor<4x256xf32>
}

// -----

// The op rounds to nearest even only.
// CHECK-LABEL: @keep_truncf_rounding_mode
func.func @keep_truncf_rounding_mode(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // CHECK: beeline.dequant {{.*}} -> tensor<4x256xf32>
  // CHECK: arith.truncf {{.*}} toward_zero
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %y = arith.truncf %x toward_zero : tensor<4x256xf32> to tensor<4x256xbf16>
  return %y : tensor<4x256xbf16>
}

// -----

// CHECK-LABEL: @keep_truncf_fp8
func.func @keep_truncf_fp8(%x: tensor<4x48xf32>, %w: tensor<48xf32>) -> tensor<4x48xf8E4M3FN> {
  // CHECK: beeline.rms_norm {{.*}} -> tensor<4x48xf32>
  // CHECK: arith.truncf
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x48xf32>, tensor<48xf32> -> tensor<4x48xf32>
  %z = arith.truncf %y : tensor<4x48xf32> to tensor<4x48xf8E4M3FN>
  return %z : tensor<4x48xf8E4M3FN>
}

// -----

// Without the rounding to bf16 it would be another value.
// CHECK-LABEL: @keep_extf
func.func @keep_extf(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xf32> {
  // CHECK: beeline.dequant {{.*}} -> tensor<4x256xbf16>
  // CHECK: arith.extf
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %y = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  return %y : tensor<4x256xf32>
}

// -----

//===----------------------------------------------------------------------===//
// rms_norm: the unused sum
//===----------------------------------------------------------------------===//

// The norm still reads the residual.
// CHECK-LABEL: @unused_sum
// CHECK-SAME: (%[[X:.*]]: tensor<4x48xbf16>, %[[W:.*]]: tensor<48xf32>, %[[R:.*]]: tensor<4x48xf16>)
func.func @unused_sum(%x: tensor<4x48xbf16>, %w: tensor<48xf32>, %r: tensor<4x48xf16>) -> tensor<4x48xf32> {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] residual(%[[R]])
  // CHECK-SAME: {beeline.preserve_rounding, epsilon = 5.000000e-01 : f32, normalize_from = #beeline.normalize_from<rounded>, round_before_weight, weight_offset = 1.000000e+00 : f32}
  // CHECK-SAME: -> tensor<4x48xf32>{{$}}
  // CHECK-NEXT: return %[[Y]]
  %y, %sum = beeline.rms_norm %x, %w residual(%r)
      {beeline.preserve_rounding, epsilon = 0.5 : f32,
       normalize_from = #beeline.normalize_from<rounded>, round_before_weight,
       weight_offset = 1.0 : f32}
      : tensor<4x48xbf16>, tensor<48xf32>, tensor<4x48xf16>
      -> tensor<4x48xf32>, tensor<4x48xf16>
  return %y : tensor<4x48xf32>
}

// -----

//===----------------------------------------------------------------------===//
// fmax = the largest finite value => left out
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @default_fmax
func.func @default_fmax(%x: tensor<256xbf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf8E4M3FNUZ>, tensor<2xf32>,
        tensor<256xf8E5M2>, tensor<2xf32>) {
  // CHECK-COUNT-3: beeline.group_quant %{{[^ ]*}} : tensor
  %q0, %s0 = beeline.group_quant %x {fmax = 448.0 : f32}
      : tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  %q1, %s1 = beeline.group_quant %x {fmax = 240.0 : f32}
      : tensor<256xbf16> -> tensor<256xf8E4M3FNUZ>, tensor<2xf32>
  %q2, %s2 = beeline.group_quant %x {fmax = 57344.0 : f32}
      : tensor<256xbf16> -> tensor<256xf8E5M2>, tensor<2xf32>
  return %q0, %s0, %q1, %s1, %q2, %s2
      : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf8E4M3FNUZ>, tensor<2xf32>,
        tensor<256xf8E5M2>, tensor<2xf32>
}

// -----

// 240 is f8E4M3FNUZ's largest value, 224 is vLLM's choice for it.
// CHECK-LABEL: @keep_fmax
func.func @keep_fmax(%x: tensor<256xbf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf8E4M3FNUZ>, tensor<2xf32>) {
  // CHECK: {fmax = 2.400000e+02 : f32}
  %q0, %s0 = beeline.group_quant %x {fmax = 240.0 : f32}
      : tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  // CHECK: {fmax = 2.240000e+02 : f32}
  %q1, %s1 = beeline.group_quant %x {fmax = 224.0 : f32}
      : tensor<256xbf16> -> tensor<256xf8E4M3FNUZ>, tensor<2xf32>
  return %q0, %s0, %q1, %s1
      : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf8E4M3FNUZ>, tensor<2xf32>
}

// -----

// CHECK-LABEL: @fmax_rms_norm_quant
func.func @fmax_rms_norm_quant(%x: tensor<256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<256xf8E4M3FN>, tensor<256xf8E4M3FN>) {
  // CHECK: beeline.rms_norm_quant
  // CHECK-NOT: fmax
  // CHECK: beeline.rms_norm_quant
  // CHECK-SAME: fmax = 2.240000e+02 : f32
  %q0, %s0 = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, fmax = 448.0 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  %q1, %s1 = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, fmax = 224.0 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  return %q0, %q1 : tensor<256xf8E4M3FN>, tensor<256xf8E4M3FN>
}

// -----

// A dequant has no default: without fmax it would agree with every quantization.
// CHECK-LABEL: @keep_fmax_dequant
func.func @keep_fmax_dequant(%q: tensor<256xf8E4M3FN>, %s: tensor<2xf32>) -> tensor<256xbf16> {
  // CHECK: fmax = 4.480000e+02 : f32
  %x = beeline.dequant %q, %s {fmax = 448.0 : f32}
      : tensor<256xf8E4M3FN>, tensor<2xf32> -> tensor<256xbf16>
  return %x : tensor<256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// rms_norm_quant: unused results
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @unused_unquantized
func.func @unused_unquantized(%x: tensor<256xbf16>, %w: tensor<256xbf16>, %r: tensor<256xf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>) {
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]], %[[SUM:.*]] = beeline.rms_norm_quant
  // CHECK-SAME: beeline.preserve_rounding
  // CHECK-SAME: quantize_from = bf16
  // CHECK-SAME: tensor<2xf32> sum(tensor<256xf16>)
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[SUM]]
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {beeline.preserve_rounding, epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xbf16>, tensor<256xf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32>
         unquantized(tensor<256xf32>) sum(tensor<256xf16>)
  return %q, %s, %sum : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>
}

// -----

// CHECK-LABEL: @unused_sum_of_quant
func.func @unused_sum_of_quant(%x: tensor<256xbf16>, %w: tensor<256xbf16>, %r: tensor<256xf16>)
    -> (tensor<256xf8E4M3FN>, tensor<256xf32>) {
  // Scales and codes go together or not at all.
  // CHECK-NEXT: %[[Q:.*]], %{{.*}}, %[[Y:.*]] = beeline.rms_norm_quant {{.*}} residual(
  // CHECK-SAME: tensor<2xf32> unquantized(tensor<256xf32>){{$}}
  // CHECK-NEXT: return %[[Q]], %[[Y]]
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xbf16>, tensor<256xf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32>
         unquantized(tensor<256xf32>) sum(tensor<256xf16>)
  return %q, %y : tensor<256xf8E4M3FN>, tensor<256xf32>
}

// -----

// CHECK-LABEL: @keep_used_scales
func.func @keep_used_scales(%x: tensor<256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<2xf32>, tensor<256xf32>) {
  // CHECK-NEXT: %{{.*}}, %[[S:.*]], %[[Y:.*]] = beeline.rms_norm_quant
  // CHECK-NEXT: return %[[S]], %[[Y]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xbf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xf32>)
  return %s, %y : tensor<2xf32>, tensor<256xf32>
}

// -----

// CHECK-LABEL: @unused_quant
func.func @unused_quant(%x: tensor<256xbf16>, %w: tensor<256xbf16>) {
  // CHECK-NEXT: return
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  return
}

// -----

// Only the norm is left. From f32 to bf16 is the one rounding of a norm to bf16.
// CHECK-LABEL: @norm_from_f32_to_bf16
// CHECK-SAME: (%[[X:.*]]: tensor<4x256xbf16>, %[[W:.*]]: tensor<256xf32>, %[[R:.*]]: tensor<4x256xf16>)
func.func @norm_from_f32_to_bf16(%x: tensor<4x256xbf16>, %w: tensor<256xf32>, %r: tensor<4x256xf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xf16>) {
  // CHECK-NEXT: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm %[[X]], %[[W]] residual(%[[R]])
  // CHECK-SAME: {beeline.preserve_rounding, epsilon = 5.000000e-01 : f32, normalize_from = #beeline.normalize_from<rounded>, weight_offset = 1.000000e+00 : f32}
  // CHECK-SAME: -> tensor<4x256xbf16>, tensor<4x256xf16>
  // CHECK-NEXT: return %[[Y]], %[[SUM]]
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {beeline.preserve_rounding, epsilon = 0.5 : f32,
       normalize_from = #beeline.normalize_from<rounded>, quantize_from = f32,
       weight_offset = 1.0 : f32}
      : tensor<4x256xbf16>, tensor<256xf32>, tensor<4x256xf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
         unquantized(tensor<4x256xbf16>) sum(tensor<4x256xf16>)
  return %y, %sum : tensor<4x256xbf16>, tensor<4x256xf16>
}

// -----

// The value was rounded to bf16 before it was given as f32.
// CHECK-LABEL: @norm_from_bf16_to_f32
func.func @norm_from_bf16_to_f32(%x: tensor<256xf32>, %w: tensor<256xf32>) -> tensor<256xf32> {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>
  // CHECK-NEXT: %[[Z:.*]] = arith.extf %[[Y]]
  // CHECK-NEXT: return %[[Z]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xf32>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xf32>)
  return %y : tensor<256xf32>
}

// -----

// Twice rounded: to bf16, then to f16. There is no cast between the two, so it
// goes through f32.
// CHECK-LABEL: @norm_from_bf16_to_f16
func.func @norm_from_bf16_to_f16(%x: tensor<256xf32>, %w: tensor<256xf32>) -> tensor<256xf16> {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>
  // CHECK-NEXT: %[[E:.*]] = arith.extf %[[Y]] : tensor<256xbf16> to tensor<256xf32>
  // CHECK-NEXT: %[[Z:.*]] = arith.truncf %[[E]] : tensor<256xf32> to tensor<256xf16>
  // CHECK-NEXT: return %[[Z]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xf32>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xf16>)
  return %y : tensor<256xf16>
}

// -----

// round_before_weight rounds to quantize_from, f32, that is not at all. A norm to
// bf16 would round there.
// CHECK-LABEL: @norm_round_before_weight
func.func @norm_round_before_weight(%x: tensor<256xf32>, %w: tensor<256xf32>) -> tensor<256xbf16> {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xf32>
  // CHECK-NEXT: %[[Z:.*]] = arith.truncf %[[Y]]
  // CHECK-NEXT: return %[[Z]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, quantize_from = f32, round_before_weight}
      : tensor<256xf32>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xbf16>)
  return %y : tensor<256xbf16>
}

// -----

// CHECK-LABEL: @norm_for_its_sum
func.func @norm_for_its_sum(%x: tensor<256xf32>, %w: tensor<256xf32>, %r: tensor<256xbf16>) -> tensor<256xbf16> {
  // CHECK-NEXT: %{{.*}}, %[[SUM:.*]] = beeline.rms_norm {{.*}} residual(
  // CHECK-NEXT: return %[[SUM]]
  %q, %s, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xf32>, tensor<256xf32>, tensor<256xbf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> sum(tensor<256xbf16>)
  return %sum : tensor<256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Collectives of one rank
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @one_rank
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xbf16>)
func.func @one_rank(%x: tensor<?x48xbf16>) -> (tensor<?x48xbf16>, tensor<?x48xbf16>) {
  // CHECK-NEXT: return %[[X]], %[[X]]
  %y = beeline.all_reduce %x {ranks = 1 : i64} : tensor<?x48xbf16>
  %z = beeline.all_gather %x {axis = 0 : i64, ranks = 1 : i64}
      : tensor<?x48xbf16> -> tensor<?x48xbf16>
  return %y, %z : tensor<?x48xbf16>, tensor<?x48xbf16>
}

// -----

// CHECK-LABEL: @keep_two_ranks
func.func @keep_two_ranks(%x: tensor<?x48xbf16>) -> (tensor<?x48xbf16>, tensor<?x48xbf16>) {
  // CHECK: %[[Y:.*]] = beeline.all_reduce
  // CHECK: %[[Z:.*]] = beeline.all_gather
  // CHECK: return %[[Y]], %[[Z]]
  %y = beeline.all_reduce %x {ranks = 2 : i64} : tensor<?x48xbf16>
  %z = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<?x48xbf16> -> tensor<?x48xbf16>
  return %y, %z : tensor<?x48xbf16>, tensor<?x48xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

// Nobody reads the codes; the input is given twice, and one is not read; the sum
// is a result twice.
// CHECK-LABEL: @fused_unneeded
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %{{.*}}: tensor<256xbf16>)
func.func @fused_unneeded(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x256xbf16>) {
  // CHECK-NEXT: %[[R:.*]] = beeline.fused (%[[A:.*]] = %[[X]] : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  // CHECK-NEXT:   %[[SUM:.*]] = arith.addf %[[A]], %[[A]] : tensor<?x256xbf16>
  // CHECK-NEXT:   beeline.yield %[[SUM]] : tensor<?x256xbf16>
  // CHECK-NEXT: } {my.note}
  // CHECK-NEXT: return %[[R]], %[[R]]
  %r:4 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %w : tensor<256xbf16>,
                        %c = %x : tensor<?x256xbf16>)
      -> tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16> {
    %sum = arith.addf %a, %c : tensor<?x256xbf16>
    %q, %s = beeline.group_quant %sum
        : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
    beeline.yield %sum, %q, %s, %sum
        : tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>
  } {my.note}
  return %r#0, %r#3 : tensor<?x256xbf16>, tensor<?x256xbf16>
}

// -----

// What folds away inside: the readers get the input, and a region of nothing goes.
// CHECK-LABEL: @fused_nothing
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>)
func.func @fused_nothing(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  // CHECK-NEXT: return %[[X]]
  %y = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
    %0 = arith.extf %a : tensor<?x256xbf16> to tensor<?x256xf32>
    %1 = arith.truncf %0 : tensor<?x256xf32> to tensor<?x256xbf16>
    beeline.yield %1 : tensor<?x256xbf16>
  }
  return %y : tensor<?x256xbf16>
}

// -----

// A yielded input does not keep the others.
// CHECK-LABEL: @fused_handed_on
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xf32>)
func.func @fused_handed_on(%x: tensor<?x256xbf16>, %w: tensor<256xf32>)
    -> (tensor<256xf32>, tensor<?x256xbf16>) {
  // CHECK-NEXT: %[[R:.*]] = beeline.fused (%{{.*}} = %[[X]] : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  // CHECK: return %[[W]], %[[R]]
  %0:2 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %w : tensor<256xf32>)
      -> tensor<256xf32>, tensor<?x256xbf16> {
    %1 = arith.negf %a : tensor<?x256xbf16>
    beeline.yield %b, %1 : tensor<256xf32>, tensor<?x256xbf16>
  }
  return %0#0, %0#1 : tensor<256xf32>, tensor<?x256xbf16>
}

// -----

// Ops in a region are canonicalized, and stay in it.
// CHECK-LABEL: @fused_ops
func.func @fused_ops(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  // CHECK-NEXT: %[[R:.*]] = beeline.fused
  // CHECK-NEXT:   %[[Y:.*]] = beeline.silu_mul {{.*}} -> tensor<?x256xbf16>
  // CHECK-NEXT:   beeline.yield %[[Y]]
  %0 = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
    %1 = beeline.silu_mul %a, %a
        : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xf32>
    %2 = arith.truncf %1 : tensor<?x256xf32> to tensor<?x256xbf16>
    beeline.yield %2 : tensor<?x256xbf16>
  }
  return %0 : tensor<?x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// What must not fold: it changes bits
//===----------------------------------------------------------------------===//

// Only beeline-elide-round-trips may remove a round trip, where it is asked to.
// CHECK-LABEL: @keep_round_trip
func.func @keep_round_trip(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  // CHECK: beeline.group_quant
  // CHECK: %[[Y:.*]] = beeline.dequant
  // CHECK: return %[[Y]]
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %y = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %y : tensor<4x256xbf16>
}

// -----

// The second scales would come out slightly different.
// CHECK-LABEL: @keep_requantization
func.func @keep_requantization(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xf8E4M3FN> {
  // CHECK: %[[X:.*]] = beeline.dequant
  // CHECK: %[[Q:.*]], %{{.*}} = beeline.group_quant %[[X]]
  // CHECK: return %[[Q]]
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %q2, %s2 = beeline.group_quant %x
      : tensor<4x256xf32> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q2 : tensor<4x256xf8E4M3FN>
}
