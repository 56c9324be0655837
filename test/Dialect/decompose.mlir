// rms_norm_quant is rms_norm, then group_quant, by definition, and a region is
// what is in it.
//
// RUN: beeline-opt %s --load-pass-plugin=%test_dialect \
// RUN:     --pass-pipeline='builtin.module(test-decompose)' \
// RUN:   | FileCheck %s -enable-var-scope

// CHECK-LABEL: @codes_and_scales
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xf32>)
func.func @codes_and_scales(%x: tensor<?x256xbf16>, %w: tensor<256xf32>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] {{.*}} -> tensor<?x256xf32>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]] : {{.*}} -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  // CHECK-NEXT: return %[[Q]], %[[S]]
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xf32>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// Each attribute goes where it is read.
// CHECK-LABEL: @attributes
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xf32>, %[[R:.*]]: tensor<?x256xf16>)
func.func @attributes(%x: tensor<?x256xbf16>, %w: tensor<256xf32>, %r: tensor<?x256xf16>)
    -> (tensor<?x256xf8E4M3FNUZ>, tensor<4x?xf8E8M0FNU>) {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] residual(%[[R]])
  // CHECK-SAME: {epsilon = 5.000000e-01 : f32, normalize_from = #beeline.normalize_from<rounded>, round_before_weight, weight_offset = 1.000000e+00 : f32}
  // CHECK-SAME: -> tensor<?x256xbf16>{{$}}
  // CHECK-NEXT: beeline.group_quant %[[Y]]
  // CHECK-SAME: {fmax = 2.240000e+02 : f32, group_size = 64 : i64, min_amax = 2.500000e-01 : f32, scale_layout = #beeline.scale_layout<group_major>}
  // CHECK-SAME: -> tensor<?x256xf8E4M3FNUZ>, tensor<4x?xf8E8M0FNU>
  %q, %s = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, fmax = 224.0 : f32, group_size = 64 : i64,
       min_amax = 0.25 : f32, normalize_from = #beeline.normalize_from<rounded>,
       quantize_from = bf16, round_before_weight,
       scale_layout = #beeline.scale_layout<group_major>,
       weight_offset = 1.0 : f32}
      : tensor<?x256xbf16>, tensor<256xf32>, tensor<?x256xf16>
      -> tensor<?x256xf8E4M3FNUZ>, tensor<4x?xf8E8M0FNU>
  return %q, %s : tensor<?x256xf8E4M3FNUZ>, tensor<4x?xf8E8M0FNU>
}

//===----------------------------------------------------------------------===//
// Optional results. What is quantized has the type quantize_from, the
// unquantized result is cast from it.
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @sum
func.func @sum(%x: tensor<256xbf16>, %w: tensor<256xf32>, %r: tensor<256xf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>) {
  // CHECK-NEXT: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>, tensor<256xf16>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[SUM]]
  %q, %s, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xf32>, tensor<256xf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> sum(tensor<256xf16>)
  return %q, %s, %sum : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>
}

// CHECK-LABEL: @unquantized_f32_from_f32
func.func @unquantized_f32_from_f32(%x: tensor<256xbf16>, %w: tensor<256xf32>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf32>) {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xf32>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[Y]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xf32>)
  return %q, %s, %y : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf32>
}

// CHECK-LABEL: @unquantized_bf16_from_bf16
func.func @unquantized_bf16_from_bf16(%x: tensor<256xbf16>, %w: tensor<256xf32>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xbf16>) {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[Y]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xbf16>)
  return %q, %s, %y : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xbf16>
}

// The quantization reads the f32 value, not its rounded form.
// CHECK-LABEL: @all_from_f32
func.func @all_from_f32(%x: tensor<256xbf16>, %w: tensor<256xf32>, %r: tensor<256xbf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xbf16>, tensor<256xbf16>) {
  // CHECK-NEXT: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm {{.*}} -> tensor<256xf32>, tensor<256xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NEXT: %[[U:.*]] = arith.truncf %[[Y]] : tensor<256xf32> to tensor<256xbf16>
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[U]], %[[SUM]]
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xf32>, tensor<256xbf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32>
         unquantized(tensor<256xbf16>) sum(tensor<256xbf16>)
  return %q, %s, %y, %sum
      : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xbf16>, tensor<256xbf16>
}

// The f32 result is the bf16 value that was quantized.
// CHECK-LABEL: @all_from_bf16
func.func @all_from_bf16(%x: tensor<256xbf16>, %w: tensor<256xf32>, %r: tensor<256xbf16>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf32>, tensor<256xbf16>) {
  // CHECK-NEXT: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>, tensor<256xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NEXT: %[[U:.*]] = arith.extf %[[Y]] : tensor<256xbf16> to tensor<256xf32>
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[U]], %[[SUM]]
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xf32>, tensor<256xbf16>
      -> tensor<256xf8E4M3FN>, tensor<2xf32>
         unquantized(tensor<256xf32>) sum(tensor<256xbf16>)
  return %q, %s, %y, %sum
      : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf32>, tensor<256xbf16>
}

// Between bf16 and f16 through f32, which holds both: rounded once more.
// CHECK-LABEL: @unquantized_f16_from_bf16
func.func @unquantized_f16_from_bf16(%x: tensor<256xbf16>, %w: tensor<256xf32>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>) {
  // CHECK: %[[Y:.*]] = beeline.rms_norm {{.*}} -> tensor<256xbf16>
  // CHECK: %[[E:.*]] = arith.extf %[[Y]] : tensor<256xbf16> to tensor<256xf32>
  // CHECK-NEXT: %[[U:.*]] = arith.truncf %[[E]] : tensor<256xf32> to tensor<256xf16>
  // CHECK-NEXT: return %{{.*}}, %{{.*}}, %[[U]]
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<256xbf16>, tensor<256xf32>
      -> tensor<256xf8E4M3FN>, tensor<2xf32> unquantized(tensor<256xf16>)
  return %q, %s, %y : tensor<256xf8E4M3FN>, tensor<2xf32>, tensor<256xf16>
}

// Whoever asked to keep the rounding still does.
// CHECK-LABEL: @preserve_rounding
func.func @preserve_rounding(%x: tensor<256xbf16>, %w: tensor<256xf32>)
    -> (tensor<256xf8E4M3FN>, tensor<2xf32>) {
  // CHECK: beeline.group_quant {{.*}} {beeline.preserve_rounding}
  %q, %s = beeline.rms_norm_quant %x, %w
      {beeline.preserve_rounding, epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<256xbf16>, tensor<256xf32> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  return %q, %s : tensor<256xf8E4M3FN>, tensor<2xf32>
}

// A region is its ops.
// CHECK-LABEL: @fused
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xf32>)
func.func @fused(%x: tensor<?x256xbf16>, %w: tensor<256xf32>)
    -> (tensor<?x2xf32>, tensor<?x256xbf16>, tensor<256xf32>) {
  // CHECK-NEXT: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]]
  // CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]] {beeline.preserve_rounding}
  // CHECK-NEXT: return %[[S]], %[[Y]], %[[W]]
  %0:3 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %w : tensor<256xf32>)
      -> tensor<?x2xf32>, tensor<?x256xbf16>, tensor<256xf32> {
    %y = beeline.rms_norm %a, %b {epsilon = 0.5 : f32}
        : tensor<?x256xbf16>, tensor<256xf32> -> tensor<?x256xbf16>
    %q, %s = beeline.group_quant %y {beeline.preserve_rounding}
        : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
    beeline.yield %s, %y, %b : tensor<?x2xf32>, tensor<?x256xbf16>, tensor<256xf32>
  }
  return %0#0, %0#1, %0#2 : tensor<?x2xf32>, tensor<?x256xbf16>, tensor<256xf32>
}
