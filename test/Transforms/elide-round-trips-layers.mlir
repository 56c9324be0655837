// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// RUN: beeline-opt %s -beeline-elide-round-trips -remove-dead-values \
// RUN:   -beeline-elide-round-trips -split-input-file -allow-unregistered-dialect \
// RUN:   | FileCheck %s --check-prefix=DEAD -enable-var-scope

// The catalogue's patterns where several of them meet, as in layers.

// 3, 11: add, norm and quantization apart, the sum a result too; the norm feeds
// experts in FP8, a router in bf16 and one in f32. The f32 reader gets bf16 extended.

// CHECK-LABEL: @router
// CHECK: %[[T:.*]] = arith.addf
// CHECK: %[[Y:.*]] = beeline.rms_norm %[[T]],
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NOT: beeline.dequant
// CHECK: beeline.linear %[[Q]], %{{.*}} scales(%[[S]],
// CHECK: %[[L:.*]] = beeline.linear %[[Y]],
// CHECK: return %[[T]], %{{.*}}, %[[L]], %{{.*}}
func.func @router(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<256xbf16>,
    %expert: tensor<128x256xf8E4M3FN>, %se: tensor<1x2xf32>, %gate: tensor<8x256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x128xbf16>, tensor<?x8xf32>, tensor<?x256xf32>) {
  %t = arith.addf %x, %r : tensor<?x256xbf16>
  %y = beeline.rms_norm %t, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %e = beeline.linear %q, %expert scales(%s, %se)
      : tensor<?x256xf8E4M3FN>, tensor<128x256xf8E4M3FN>
        scales(tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x128xbf16>
  // expected-remark @below {{reads the existing unquantized bf16 value of 'beeline.group_quant'"}}
  %d = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %l = beeline.linear %d, %gate
      : tensor<?x256xbf16>, tensor<8x256xbf16> -> tensor<?x8xf32>
  // expected-remark @below {{reads the existing unquantized bf16 value of 'beeline.group_quant', extended"}}
  %f = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xf32>
  return %t, %e, %l, %f
      : tensor<?x256xbf16>, tensor<?x128xbf16>, tensor<?x8xf32>, tensor<?x256xf32>
}

// -----

// 13 with add and norm apart: the collective is before the quantization.

// CHECK-LABEL: @all_reduce_add_norm
// CHECK: beeline.all_reduce
// CHECK: %[[Y:.*]] = beeline.rms_norm
// CHECK: %[[Q:.*]], %{{.*}} = beeline.group_quant %[[Y]]
// CHECK-NEXT: return %[[Q]], %[[Y]]
func.func @all_reduce_add_norm(%x: tensor<4x256xbf16>, %r: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>) {
  %a = beeline.all_reduce %x {ranks = 4 : i64} : tensor<4x256xbf16>
  %t = arith.addf %a, %r : tensor<4x256xbf16>
  %y = beeline.rms_norm %t, %w {epsilon = 1.0e-5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{[Passed] RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %d : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>
}

// -----

// 8, 10: the query's norm is quantized by each of its two linears, and read back
// from either; the key's is not quantized.

// CHECK-LABEL: @two_quantizations_two_readers
// CHECK: %[[Y:.*]] = beeline.rms_norm
// CHECK-NEXT: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NEXT: %[[Z:.*]] = beeline.rms_norm
// CHECK-NEXT: return %[[Q]], %[[S]], %[[Q]], %[[S]], %[[Y]], %[[Y]], %[[Z]]
func.func @two_quantizations_two_readers(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>,
    %kv: tensor<4x64xbf16>, %v: tensor<64xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
        tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x64xbf16>) {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  %q0, %s0 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @+2 {{[Passed] QuantizationMerged}}
  // expected-remark @+1 {{[Passed] QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %z = beeline.rms_norm %kv, %v {epsilon = 1.0e-6 : f32}
      : tensor<4x64xbf16>, tensor<64xbf16> -> tensor<4x64xbf16>
  // expected-remark @below {{[Passed] RoundTripRemoved}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{[Passed] RoundTripRemoved}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q0, %s0, %q1, %s1, %d0, %d1, %z
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
        tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x64xbf16>
}

// -----

// 5: views on both sides of the quantization; the codes go through a cast to
// dynamic extents, a slice of rows, and back.

// CHECK-LABEL: @views_all_the_way
// CHECK: %[[Y:.*]] = beeline.rms_norm
// CHECK: %[[F:.*]] = tensor.collapse_shape %[[Y]]
// CHECK: %[[C:.*]] = tensor.cast %[[F]] : tensor<8x256xbf16> to tensor<?x256xbf16>
// CHECK: %[[V:.*]] = tensor.extract_slice %[[C]][%{{.*}}, 0] [2, 256] [1, 1]
// CHECK: return %[[V]]
func.func @views_all_the_way(%x: tensor<2x4x256xbf16>, %w: tensor<256xbf16>, %row: index) -> tensor<2x256xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<2x4x256xbf16>, tensor<256xbf16> -> tensor<2x4x256xbf16>
  %f = tensor.collapse_shape %y [[0, 1], [2]] : tensor<2x4x256xbf16> into tensor<8x256xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %f
      : tensor<8x256xbf16> -> tensor<8x256xf8E4M3FN>, tensor<8x2xf32>
  %qc = tensor.cast %q : tensor<8x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %qv = tensor.extract_slice %qc[%row, 0] [2, 256] [1, 1]
      : tensor<?x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[%row, 0] [2, 2] [1, 1]
      : tensor<8x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{[Passed] RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

// 6, 14: all who read the codes that a function returns want bf16. The function's
// signature grows only; -remove-dead-values drops what nobody reads of it, and then
// the quantization goes.

// CHECK-LABEL: func.func private @communicator(
// CHECK: %[[Q:.*]], %[[S:.*]], %[[U:.*]] = beeline.rms_norm_quant
// CHECK-NEXT: return %[[Q]], %[[S]], %[[U]]
// DEAD-LABEL: func.func private @communicator(
// DEAD-SAME:    -> tensor<4x256xbf16>
// DEAD: %[[Y:.*]] = beeline.rms_norm %
// DEAD-NEXT: return %[[Y]]
func.func private @communicator(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func @bf16_readers_only(
// CHECK: %[[R:.*]]:3 = call @communicator
// CHECK-NEXT: return %[[R]]#2
// DEAD-LABEL: func.func @bf16_readers_only(
// DEAD: %[[Y:.*]] = call @communicator
// DEAD-NEXT: return %[[Y]]
func.func @bf16_readers_only(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @communicator(%x, %w)
      : (tensor<4x256xbf16>, tensor<256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{[Passed] RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// 6, 9: dequantized and quantized again in a function of its own.

// CHECK-LABEL: func.func private @requantize(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<4x256xf8E4M3FN>, %[[S:[^:]*]]: tensor<4x2xf32>)
// CHECK-NEXT: return %[[Q]], %[[S]]
func.func private @requantize(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // expected-remark @below {{DequantizationRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %d
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @requantizes(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = call @requantize(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// 6: however many read, in however many functions, each signature changes once; a
// reader of f32 makes it f32 for all.

// CHECK-LABEL: func.func private @norm(
// CHECK-SAME:    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf32>)
// CHECK: beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xf32>)
func.func private @norm(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func private @gates(
// CHECK-SAME:    %{{[^:]*}}: tensor<4x256xf8E4M3FN>, %{{[^:]*}}: tensor<4x2xf32>, %{{[^:]*}}: tensor<4x256xf32>)
func.func private @gates(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xf32>) {
  // expected-remark @below {{RoundTripRemoved}}
  %d0 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xf32>
}

// CHECK-LABEL: func.func @many_readers(
// CHECK: %[[R:.*]]:3 = call @norm
// CHECK: %[[T:.*]] = arith.truncf %[[R]]#2
// CHECK: call @gates(%[[R]]#0, %[[R]]#1, %[[R]]#2)
// CHECK: call @gates(%[[R]]#0, %[[R]]#1, %[[R]]#2)
// CHECK: return {{.*}}, %[[T]] :
func.func @many_readers(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xbf16>) {
  %q, %s = call @norm(%x, %w)
      : (tensor<4x256xbf16>, tensor<256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %a0, %a1 = call @gates(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xbf16>, tensor<4x256xf32>)
  %b0, %b1 = call @gates(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xbf16>, tensor<4x256xf32>)
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %a0, %a1, %b0, %b1, %d
      : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xbf16>, tensor<4x256xf32>, tensor<4x256xbf16>
}

// -----

// Producer and consumer under one guard each, with the value on both ways.

// CHECK-LABEL: @reader_under_another_guard
// CHECK: %[[R:.*]]:3 = scf.if
// CHECK: scf.if
// CHECK:   scf.yield %[[R]]#2
func.func @reader_under_another_guard(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %z: tensor<4x256xbf16>,
    %c: i1, %e: i1) -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>) {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  %r = scf.if %e -> (tensor<4x256xbf16>) {
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    scf.yield %d : tensor<4x256xbf16>
  } else {
    scf.yield %z : tensor<4x256xbf16>
  }
  return %q, %r : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>
}
