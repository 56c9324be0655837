// RUN: beeline-opt --load-dialect-plugin=%test_dialect %s \
// RUN:   -beeline-elide-round-trips %remarks -split-input-file \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// Ops of a dialect that knows nothing of Beeline, with the interfaces attached
// from outside (test/lib).

// One op that quantizes twice grows one result, which serves readers of both.

// CHECK-LABEL: @two_quantizations
// CHECK: %[[D:.*]]:5 = test.dual_quant
// CHECK-NOT: test.dequant
// CHECK: return %[[D]]#0, %[[D]]#4, %[[D]]#4
func.func @two_quantizations(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf32>, tensor<4x256xf32>) {
  %q0, %s0, %q1, %s1 = test.dual_quant %x : (tensor<4x256xbf16>)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>, tensor<4x256xf8E4M3FN>,
          tensor<4x2xf32>)
  // expected-remark @below {{reads the new unquantized f32 value of 'test.dual_quant'}}
  %d0 = test.dequant %q0, %s0 {group_size = 64 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) -> tensor<4x256xf32>
  // expected-remark @below {{reads the existing unquantized f32 value of 'test.dual_quant'}}
  %d1 = test.dequant %q1, %s1 {group_size = 128 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xf32>
  return %q0, %d0, %d1
      : tensor<4x256xf8E4M3FN>, tensor<4x256xf32>, tensor<4x256xf32>
}

// -----

// Their quantizations are told apart.

// CHECK-LABEL: @scales_of_the_other_quantization
// CHECK: test.dequant
func.func @scales_of_the_other_quantization(%x: tensor<4x256xbf16>) -> tensor<4x256xf32> {
  %q0, %s0, %q1, %s1 = test.dual_quant %x : (tensor<4x256xbf16>)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>, tensor<4x256xf8E4M3FN>,
          tensor<4x2xf32>)
  // expected-remark @below {{the codes and the scales are of different quantizations}}
  %d = test.dequant %q0, %s1 {group_size = 128 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xf32>
  return %d : tensor<4x256xf32>
}

// -----

// Interfaces of two dialects meet, and what another dialect quantized is read in
// a more static type.

// CHECK-LABEL: @mixed_dialects
// CHECK: %[[D:.*]]:5 = test.dual_quant
// CHECK: %[[C:.*]] = tensor.cast %[[D]]#4 : tensor<?x256xbf16> to tensor<4x256xbf16>
// CHECK: return %[[D]]#4, %[[C]]
func.func @mixed_dialects(%x: tensor<?x256xbf16>)
    -> (tensor<?x256xbf16>, tensor<4x256xbf16>, tensor<?x256xf8E4M3FN>) {
  %q0, %s0, %q1, %s1 = test.dual_quant %x : (tensor<?x256xbf16>)
      -> (tensor<?x256xf8E4M3FN>, tensor<?x4xf32>, tensor<?x256xf8E4M3FN>,
          tensor<?x2xf32>)
  // expected-remark @below {{RoundTripRemoved}}
  %d0 = beeline.dequant %q1, %s1
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = test.dequant %q1, %s1 {group_size = 128 : i64}
      : (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) -> tensor<4x256xbf16>
  return %d0, %d1, %q0
      : tensor<?x256xbf16>, tensor<4x256xbf16>, tensor<?x256xf8E4M3FN>
}

// -----

// An op that cannot give the value.

// CHECK-LABEL: @closed
// CHECK: test.closed_quant
// CHECK: test.dequant
func.func @closed(%x: tensor<4x256xbf16>) -> tensor<4x256xf32> {
  %q, %s = test.closed_quant %x : (tensor<4x256xbf16>)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>)
  // expected-remark @below {{the quantizing op cannot give its unquantized value}}
  %d = test.dequant %q, %s {group_size = 64 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) -> tensor<4x256xf32>
  return %d : tensor<4x256xf32>
}

// -----

// Codes read as scales.

// CHECK-LABEL: @exchanged
// CHECK: test.dequant
func.func @exchanged(%x: tensor<4x256xbf16>) -> tensor<4x256xf32> {
  %q, %s = test.closed_quant %x : (tensor<4x256xbf16>)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>)
  // expected-remark @below {{codes and scales are exchanged}}
  %d = test.dequant %s, %q {group_size = 64 : i64}
      : (tensor<4x4xf32>, tensor<4x256xf8E4M3FN>) -> tensor<4x256xf32>
  return %d : tensor<4x256xf32>
}

// -----

// A result of another shape or element type than the codes'.

// CHECK-LABEL: @other_shape
// CHECK-COUNT-2: test.dequant
func.func @other_shape(%x: tensor<4x256xbf16>) -> (tensor<1024xf32>, tensor<4x256xi8>) {
  %q, %s = test.closed_quant %x : (tensor<4x256xbf16>)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>)
  // expected-remark @below {{the dequantized value is no floating-point tensor of the codes' shape}}
  %d0 = test.dequant %q, %s {group_size = 64 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) -> tensor<1024xf32>
  // expected-remark @below {{the dequantized value is no floating-point tensor of the codes' shape}}
  %d1 = test.dequant %q, %s {group_size = 64 : i64}
      : (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) -> tensor<4x256xi8>
  return %d0, %d1 : tensor<1024xf32>, tensor<4x256xi8>
}

// -----

// Groups along another axis than those that were quantized, and along none.

// CHECK-LABEL: @other_axis
// CHECK: test.closed_quant
// CHECK-COUNT-2: test.dequant
func.func @other_axis(%x: tensor<256x256xbf16>) -> (tensor<256x256xf32>, tensor<256x256xf32>) {
  %q, %s = test.closed_quant %x : (tensor<256x256xbf16>)
      -> (tensor<256x256xf8E4M3FN>, tensor<256x4xf32>)
  // expected-remark @below {{Reason="the quantized axis is 1 where it was quantized and 0 where it is read", Suggestion="dequantize with the parameters of the quantization"}}
  %d0 = test.dequant %q, %s {group_size = 64 : i64, axis = 0 : i64}
      : (tensor<256x256xf8E4M3FN>, tensor<256x4xf32>) -> tensor<256x256xf32>
  // expected-remark @below {{the quantized axis is 1 where it was quantized and 2 where it is read}}
  %d1 = test.dequant %q, %s {group_size = 64 : i64, axis = 2 : i64}
      : (tensor<256x256xf8E4M3FN>, tensor<256x4xf32>) -> tensor<256x256xf32>
  return %d0, %d1 : tensor<256x256xf32>, tensor<256x256xf32>
}
