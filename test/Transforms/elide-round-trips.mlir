// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// The patterns of the catalogue. Bytes per row in the remarks are, with N
// elements, B bytes per scale and groups of 128:
//   codes and scales   N + ceil(N / 128) * B
//   a result           N * its size, written; read again by a cast

//===----------------------------------------------------------------------===//
// 1: norm, quantization, FP8 linear and bf16 linear. The norm's result is there.
// 6144 + 48 * 4 + 6144 * 2 = 18624 bytes: what the dequantization moved.

// CHECK-LABEL: @norm_quant_dequant
// CHECK-SAME:    %[[X:.*]]: tensor<?x6144xbf16>
func.func @norm_quant_dequant(
    %x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>,
    %w0: tensor<128x6144xf8E4M3FN>, %sw: tensor<1x48xf32>,
    %w1: tensor<32x6144xbf16>) -> (tensor<?x128xbf16>, tensor<?x32xf32>) {
  // CHECK: %[[Y:.*]] = beeline.rms_norm
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
  // CHECK-NOT: beeline.dequant
  // CHECK: beeline.linear %[[Q]], %{{.*}} scales(%[[S]],
  // CHECK: beeline.linear %[[Y]],
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  %a = beeline.linear %q, %w0 scales(%s, %sw)
      : tensor<?x6144xf8E4M3FN>, tensor<128x6144xf8E4M3FN>
        scales(tensor<?x48xf32>, tensor<1x48xf32>) -> tensor<?x128xbf16>
  // expected-remark @below {{[Passed] RoundTripRemoved | Category:beeline-elide-round-trips | BytesPerRow=18624, Kernels=1, Remark="reads the existing unquantized bf16 value of 'beeline.group_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
  %b = beeline.linear %d, %w1
      : tensor<?x6144xbf16>, tensor<32x6144xbf16> -> tensor<?x32xf32>
  return %a, %b : tensor<?x128xbf16>, tensor<?x32xf32>
}

// -----

//===----------------------------------------------------------------------===//
// 2, 3: norm, residual and quantization are one op that gives codes, scales and
// the sum: it gains its unquantized result, and keeps what else it has.
// 18624 - 6144 * 2 = 6336.

// CHECK-LABEL: @fused_norm_quant
func.func @fused_norm_quant(
    %x: tensor<?x6144xbf16>, %r: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>,
        tensor<?x6144xbf16>) {
  // CHECK: %[[Q:.*]], %[[S:.*]], %[[U:.*]], %[[SUM:.*]] = beeline.rms_norm_quant %{{.*}}, %{{.*}} residual(%{{[a-z0-9]+}})
  // CHECK-SAME: my.note = "kept", quantize_from = f32, weight_offset = 1.0
  // CHECK-SAME: unquantized(tensor<?x6144xbf16>) sum(tensor<?x6144xbf16>)
  // CHECK: return %[[Q]], %[[S]], %[[U]], %[[SUM]]
  %q, %s, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 1.0e-5 : f32, quantize_from = f32, weight_offset = 1.0 : f32,
       my.note = "kept"}
      : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
      -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> sum(tensor<?x6144xbf16>)
  // expected-remark @below {{BytesPerRow=6336, Kernels=1, Remark="reads the new unquantized bf16 value of 'beeline.rms_norm_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
  return %q, %s, %d, %sum
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>,
        tensor<?x6144xbf16>
}

// -----

// 3: the same with norm and quantization apart. The sum stays a result of the norm.

// CHECK-LABEL: @residual_norm
// CHECK: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm %{{.*}}, %{{.*}} residual(%{{[a-z0-9]+}})
// CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NEXT: return %[[Q]], %[[S]], %[[Y]], %[[SUM]]
func.func @residual_norm(%x: tensor<4x256xbf16>, %r: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 1.0e-5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16>
      -> tensor<4x256xbf16>, tensor<4x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // 256 + 2 * 4 + 256 * 2.
  // expected-remark @below {{BytesPerRow=776, Kernels=1, Remark="reads the existing unquantized bf16 value of 'beeline.group_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %s, %d, %sum : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
      tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// An op that has the result already does not grow another.

// CHECK-LABEL: @existing_result
func.func @existing_result(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xf8E4M3FN>) {
  // CHECK: %[[Q:.*]], %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant
  // CHECK: return %[[U]], %[[U]], %[[Q]]
  %q, %s, %u = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> unquantized(tensor<4x256xbf16>)
  // expected-remark @below {{reads the existing unquantized bf16 value of 'beeline.rms_norm_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %u, %d, %q
      : tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xf8E4M3FN>
}

// -----

// An existing bf16 result serves an f32 reader, extended; no kernel is saved, as
// the cast is one. 256 + 2 * 4 + 256 * 4 - 256 * (2 + 4) = -248.

// CHECK-LABEL: @existing_result_extended
func.func @existing_result_extended(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xf8E4M3FN>) {
  // CHECK: %{{.*}}, %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant
  // CHECK: %[[E:.*]] = arith.extf %[[U]] : tensor<4x256xbf16> to tensor<4x256xf32>
  // CHECK: return %[[U]], %[[E]]
  %q, %s, %u = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> unquantized(tensor<4x256xbf16>)
  // expected-remark @below {{BytesPerRow=-248, Kernels=0, Remark="reads the existing unquantized bf16 value of 'beeline.rms_norm_quant', extended"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  return %u, %d, %q
      : tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xf8E4M3FN>
}

// -----

//===----------------------------------------------------------------------===//
// 8: several dequantizations of one quantization. The new result has the widest
// of their types, and is cast once for each of the others.

// CHECK-LABEL: @widest_type
func.func @widest_type(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xbf16>,
        tensor<4x256xf8E4M3FN>) {
  // CHECK: %{{.*}}, %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xf32>)
  // CHECK: %[[T:.*]] = arith.truncf %[[U]] : tensor<4x256xf32> to tensor<4x256xbf16>
  // CHECK-NOT: arith.truncf
  // CHECK: return %[[T]], %[[U]], %[[T]]
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{reads the new unquantized f32 value of 'beeline.rms_norm_quant', rounded"}}
  %a = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{reads the existing unquantized f32 value of 'beeline.rms_norm_quant'"}}
  %b = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  // expected-remark @below {{Kernels=1, Remark="reads the existing unquantized f32 value of 'beeline.rms_norm_quant', rounded"}}
  %c = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %a, %b, %c, %q : tensor<4x256xbf16>, tensor<4x256xf32>,
      tensor<4x256xbf16>, tensor<4x256xf8E4M3FN>
}

// -----

// Neither of bf16 and f16 holds the other: both are rounded from f32.

// CHECK-LABEL: @bf16_and_f16
func.func @bf16_and_f16(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xf16>, tensor<4x256xf8E4M3FN>) {
  // CHECK: %{{.*}}, %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xf32>)
  // CHECK-DAG: %[[B:.*]] = arith.truncf %[[U]] : tensor<4x256xf32> to tensor<4x256xbf16>
  // CHECK-DAG: %[[H:.*]] = arith.truncf %[[U]] : tensor<4x256xf32> to tensor<4x256xf16>
  // CHECK: return %[[B]], %[[H]]
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %a = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %b = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf16>
  return %a, %b, %q
      : tensor<4x256xbf16>, tensor<4x256xf16>, tensor<4x256xf8E4M3FN>
}

// -----

// bf16 to f16 goes through f32, which is exact.

// CHECK-LABEL: @bf16_read_as_f16
// CHECK-SAME:    %[[X:.*]]: tensor<4x256xbf16>
func.func @bf16_read_as_f16(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf16>, tensor<4x256xf8E4M3FN>) {
  // CHECK: %[[E:.*]] = arith.extf %[[X]] : tensor<4x256xbf16> to tensor<4x256xf32>
  // CHECK: %[[H:.*]] = arith.truncf %[[E]] : tensor<4x256xf32> to tensor<4x256xf16>
  // CHECK: return %[[H]]
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %a = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf16>
  return %a, %q : tensor<4x256xf16>, tensor<4x256xf8E4M3FN>
}

// -----

// 8: several quantizations of one value with the same parameters, whether fmax is
// spelled out or not. One that reads other parameters stays.

// CHECK-LABEL: @double_quantization
func.func @double_quantization(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>,
        tensor<4x2xf32>, tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant
  // CHECK-NEXT: %[[Q64:.*]], %[[S64:.*]] = beeline.group_quant %{{.*}} {group_size = 64 : i64}
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[Q]], %[[S]], %[[Q64]], %[[S64]]
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // 256 * 2 read, 256 + 2 * 4 written.
  // expected-remark @+2 {{QuantizationMerged | Category:beeline-elide-round-trips | Remark="'beeline.group_quant' quantized the same value with the same parameters"}}
  // expected-remark @+1 {{QuantizationRemoved | Category:beeline-elide-round-trips | BytesPerRow=776, Kernels=1,}}
  %q1, %s1 = beeline.group_quant %x {fmax = 448.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q2, %s2 = beeline.group_quant %x {group_size = 64 : i64}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x4xf32>
  return %q0, %s0, %q1, %s1, %q2, %s2 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
      tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>,
      tensor<4x4xf32>
}

// -----

// The fused op quantizes its f32 norm, the second op the norm rounded to bf16:
// about 3 % of the codes differ (TensorRT-LLM 14464), so both stay.

// CHECK-LABEL: @other_rounding_is_another_quantization
func.func @other_rounding_is_another_quantization(
    %x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // CHECK: %[[Q0:.*]], %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant
  // CHECK: %[[Q1:.*]], %[[S1:.*]] = beeline.group_quant %[[U]]
  // CHECK: return %[[Q0]], %[[Q1]], %[[S1]]
  %q0, %s0, %u = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> unquantized(tensor<4x256xbf16>)
  %q1, %s1 = beeline.group_quant %u
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q0, %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Rounded first by both: one is enough.

// CHECK-LABEL: @same_rounding_is_the_same_quantization
func.func @same_rounding_is_the_same_quantization(
    %x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.rms_norm_quant
  // CHECK-NEXT: return %[[Q]], %[[Q]], %[[S]]
  %q0, %s0, %u = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = bf16}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> unquantized(tensor<4x256xbf16>)
  // expected-remark @+2 {{QuantizationMerged}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %u
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q0, %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// 9: a requantization gets the first codes and scales, and the norm does not grow
// a result for the dequantization before it, which goes.

// CHECK-LABEL: @requantization
func.func @requantization(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.rms_norm_quant
  // CHECK-NOT: unquantized
  // CHECK-NEXT: return %[[Q]], %[[S]]
  %q0, %s0 = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{DequantizationRemoved | Category:beeline-elide-round-trips | BytesPerRow=776, Kernels=1,}}
  %d = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %d
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// A chain of them: all readers end at the first.

// CHECK-LABEL: @requantization_chain
// CHECK-SAME:    %[[X:.*]]: tensor<4x256xbf16>
func.func @requantization_chain(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[X]]
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[X]]
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{DequantizationRemoved}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %d0
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q2, %s2 = beeline.group_quant %d1
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q2, %s2, %d1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// 10: two norms in one prologue, of parts of one projection; one is quantized and
// turned back, the other is neither.

// CHECK-LABEL: @two_norms
// CHECK: %[[Y:.*]] = beeline.rms_norm
// CHECK-NEXT: %[[Q:.*]], %{{.*}} = beeline.group_quant %[[Y]]
// CHECK-NEXT: %[[Z:.*]] = beeline.rms_norm
// CHECK-NEXT: return %[[Q]], %[[Y]], %[[Z]]
func.func @two_norms(%x: tensor<4x320xbf16>, %w0: tensor<256xbf16>, %w1: tensor<64xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x64xbf16>) {
  %q_a = tensor.extract_slice %x[0, 0] [4, 256] [1, 1] : tensor<4x320xbf16> to tensor<4x256xbf16>
  %kv_a = tensor.extract_slice %x[0, 256] [4, 64] [1, 1] : tensor<4x320xbf16> to tensor<4x64xbf16>
  %y = beeline.rms_norm %q_a, %w0 {epsilon = 1.0e-6 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %z = beeline.rms_norm %kv_a, %w1 {epsilon = 1.0e-6 : f32}
      : tensor<4x64xbf16>, tensor<64xbf16> -> tensor<4x64xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %d, %z : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x64xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// 11: a router that reads f32, beside an expert in FP8. The norm is computed in f32
// and rounded for whoever wants bf16.

// CHECK-LABEL: @router_beside_experts
// CHECK: %[[Q:.*]], %[[S:.*]], %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xf32>)
// CHECK: beeline.linear %[[Q]], %{{.*}} scales(%[[S]],
// CHECK: linalg.matmul ins(%[[U]],
func.func @router_beside_experts(
    %x: tensor<4x256xbf16>, %w: tensor<256xbf16>, %expert: tensor<128x256xf8E4M3FN>,
    %se: tensor<1x2xf32>, %router: tensor<256x8xf32>, %init: tensor<4x8xf32>)
    -> (tensor<4x128xbf16>, tensor<4x8xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-6 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %a = beeline.linear %q, %expert scales(%s, %se)
      : tensor<4x256xf8E4M3FN>, tensor<128x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<1x2xf32>) -> tensor<4x128xbf16>
  // 776 + 256 * 2, less the new result's 256 * 4: codes and scales.
  // expected-remark @below {{BytesPerRow=264, Kernels=1, Remark="reads the new unquantized f32 value of 'beeline.rms_norm_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  %logits = linalg.matmul ins(%d, %router : tensor<4x256xf32>, tensor<256x8xf32>)
      outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %a, %logits : tensor<4x128xbf16>, tensor<4x8xf32>
}

// -----

//===----------------------------------------------------------------------===//
// 13: what the ranks have computed is added up before the norm. That is no
// obstacle: every rank has the sum, and the norm of it.

// CHECK-LABEL: @after_all_reduce
// CHECK: %[[T:.*]] = beeline.all_reduce
// CHECK: %[[Q:.*]], %[[S:.*]], %[[U:.*]], %[[SUM:.*]] = beeline.rms_norm_quant %[[T]],
// CHECK-NEXT: return %[[Q]], %[[S]], %[[U]], %[[SUM]]
func.func @after_all_reduce(%x: tensor<4x256xbf16>, %r: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %t = beeline.all_reduce %x {ranks = 4 : i64} : tensor<4x256xbf16>
  %q, %s, %sum = beeline.rms_norm_quant %t, %w residual(%r)
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> sum(tensor<4x256xbf16>)
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %s, %d, %sum : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
      tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// 12: the producer is no norm, but an op, an argument or anything else.

// CHECK-LABEL: @silu_mul_quant
func.func @silu_mul_quant(%g: tensor<?x1536xbf16>, %u: tensor<?x1536xbf16>)
    -> (tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>, tensor<?x1536xbf16>) {
  // CHECK: %[[A:.*]] = beeline.silu_mul
  // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[A]]
  // CHECK-NEXT: return %[[Q]], %[[S]], %[[A]]
  %a = beeline.silu_mul %g, %u
      : tensor<?x1536xbf16>, tensor<?x1536xbf16> -> tensor<?x1536xbf16>
  %q, %s = beeline.group_quant %a
      : tensor<?x1536xbf16> -> tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<?x1536xf8E4M3FN>, tensor<?x12xf32> -> tensor<?x1536xbf16>
  return %q, %s, %d
      : tensor<?x1536xf8E4M3FN>, tensor<?x12xf32>, tensor<?x1536xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// 14: nobody wants codes and scales any more, so the quantization goes too: a
// separate one is erased, a fused one leaves its norm.

// CHECK-LABEL: @no_fp8_reader_left
func.func @no_fp8_reader_left(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  // CHECK: %[[Y:.*]] = beeline.rms_norm %{{.*}} -> tensor<4x256xbf16>
  // CHECK-NEXT: return %[[Y]], %{{.*}}
  // 776 less the new result's 512; then 256 + 2 * 4 with the quantization.
  // expected-remark @below {{QuantizationRemoved | Category:beeline-elide-round-trips | BytesPerRow=264, Kernels=0, Remark="nobody reads the codes and scales of 'beeline.rms_norm_quant' any more"}}
  %q0, %s0 = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved | Category:beeline-elide-round-trips | BytesPerRow=264, Kernels=1,}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{QuantizationRemoved | Category:beeline-elide-round-trips | BytesPerRow=776, Kernels=1,}}
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Parameters: equal ones of every kind, and fmax and min_amax that the
// dequantization states or leaves open.

// CHECK-LABEL: @parameters
// CHECK-SAME:    %[[X:[^:]*]]: tensor<8x250xf32>
// CHECK-NOT: beeline.dequant
// CHECK: return %{{.*}}, %[[X]], %[[X]]
func.func @parameters(%x: tensor<8x250xf32>)
    -> (tensor<8x250xf8E4M3FNUZ>, tensor<8x250xf32>, tensor<8x250xf32>) {
  %q, %s = beeline.group_quant %x
      {group_size = 32 : i64, fmax = 224.0 : f32, min_amax = 1.0e-4 : f32,
       scale_layout = #beeline.scale_layout<group_major>}
      : tensor<8x250xf32> -> tensor<8x250xf8E4M3FNUZ>, tensor<8x8xf8E8M0FNU>
  // expected-remark @below {{RoundTripRemoved}}
  %d0 = beeline.dequant %q, %s
      {group_size = 32 : i64, fmax = 224.0 : f32, min_amax = 1.0e-4 : f32,
       scale_layout = #beeline.scale_layout<group_major>}
      : tensor<8x250xf8E4M3FNUZ>, tensor<8x8xf8E8M0FNU> -> tensor<8x250xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q, %s
      {group_size = 32 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<8x250xf8E4M3FNUZ>, tensor<8x8xf8E8M0FNU> -> tensor<8x250xf32>
  return %q, %d0, %d1
      : tensor<8x250xf8E4M3FNUZ>, tensor<8x250xf32>, tensor<8x250xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Control flow that forwards codes and scales of one quantization only.

// Both branches yield the same quantization.

// CHECK-LABEL: @same_in_both_branches
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: return %{{.*}}, %[[X]]
func.func @same_in_both_branches(%x: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    "test.prefill"() : () -> ()
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q1, %d : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>
}

// -----

// A loop that passes them on unchanged, and a reader inside of it.

// CHECK-LABEL: @invariant_in_loop
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: "test.use"(%[[X]])
func.func @invariant_in_loop(%x: tensor<4x256xbf16>, %n: index)
    -> tensor<4x256xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q, %si = %s)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    scf.yield %qi, %si : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return %r#0 : tensor<4x256xf8E4M3FN>
}

// -----

// Quantization and reader in one iteration.

// CHECK-LABEL: @same_iteration
// CHECK-NOT: beeline.dequant
// CHECK: scf.for {{.*}} iter_args(%[[Y:.*]] = %{{.*}})
// CHECK: %[[Y1:.*]] = "test.next"(%[[Y]])
// CHECK: scf.yield %[[Y1]]
func.func @same_iteration(%x: tensor<4x256xbf16>, %n: index) -> tensor<4x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<4x256xbf16> {
    %y1 = "test.next"(%y) : (tensor<4x256xbf16>) -> tensor<4x256xbf16>
    // expected-remark @below {{QuantizationRemoved}}
    %q, %s = beeline.group_quant %y1
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    scf.yield %d : tensor<4x256xbf16>
  }
  return %r : tensor<4x256xbf16>
}

// -----

// Arguments of blocks that every branch passes the same quantization to.

// CHECK-LABEL: @block_arguments
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: return %[[X]]
func.func @block_arguments(%x: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.cond_br %c, ^bb1(%q : tensor<4x256xf8E4M3FN>), ^bb2
^bb1(%q1: tensor<4x256xf8E4M3FN>):
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q1, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
^bb2:
  cf.br ^bb1(%q : tensor<4x256xf8E4M3FN>)
}

// -----

// The value is made outside of the region where it is quantized, so it is there
// when the region has run.

// CHECK-LABEL: @quantized_in_region
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: return %{{.*}}, %[[X]]
func.func @quantized_in_region(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>) {
  %q, %s = scf.execute_region -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %d : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>
}

// -----

// A row of unknown length is rewired too; only the figure is left out.

// CHECK-LABEL: @dynamic_row
// CHECK-NOT: beeline.dequant
func.func @dynamic_row(%x: tensor<?x?xbf16>)
    -> (tensor<?x?xf8E4M3FN>, tensor<?x?xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<?x?xbf16> -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
  // expected-remark @below {{Category:beeline-elide-round-trips | Kernels=1, Remark=}}
  %d = beeline.dequant %q, %s
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  return %q, %d : tensor<?x?xf8E4M3FN>, tensor<?x?xbf16>
}
