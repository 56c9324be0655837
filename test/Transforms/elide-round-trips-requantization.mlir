// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// Quantizations of a dequantized value that stay. The dequantization before them
// is rewired all the same, so they quantize the unquantized value.

// CHECK-LABEL: @other_group_size
// CHECK-SAME:    %[[X:.*]]: tensor<4x256xbf16>
// CHECK: beeline.group_quant %[[X]] :
// CHECK: %[[Q:.*]], %{{.*}} = beeline.group_quant %[[X]] {group_size = 64 : i64}
// CHECK: return %{{.*}}, %[[Q]]
func.func @other_group_size(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{[Missed] RequantizationKept | Category:beeline-elide-round-trips | Reason="the group size is 128 where it was quantized and 64 where it is read"}}
  %q1, %s1 = beeline.group_quant %d {group_size = 64 : i64}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x4xf32>
  return %q, %q1 : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>
}

// -----

// CHECK-LABEL: @other_fmax
// CHECK: beeline.group_quant %{{.*}} {fmax = 2.240000e+02 : f32}
func.func @other_fmax(%x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{fmax is 448 where it was quantized and 224 where it is read}}
  %q1, %s1 = beeline.group_quant %d {fmax = 224.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %q1 : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>
}

// -----

// CHECK-LABEL: @keeps_rounding
// CHECK: beeline.group_quant
// CHECK: beeline.group_quant {{.*}}preserve_rounding
func.func @keeps_rounding(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  // expected-remark @below {{Reason="beeline.preserve_rounding asks to keep the rounding"}}
  %q1, %s1 = beeline.group_quant %d {beeline.preserve_rounding}
      : tensor<4x256xf32> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %q1 : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>
}

// -----

// Codes that no quantization in sight made may have scales that a requantization
// would not choose: it stays, with the remark of the dequantization.

// CHECK-LABEL: @from_memory
// CHECK: %[[D:.*]] = beeline.dequant
// CHECK: beeline.group_quant %[[D]]
func.func @from_memory(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // expected-remark @below {{the codes come from an argument}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %q1, %s1 = beeline.group_quant %d
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// What was dequantized is quantized in another way, and passed on before it is
// itself read unquantized, in another type.

// CHECK-LABEL: @dequantized_and_passed_on
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>, %[[Y:[^:]*]]: tensor<4x256xbf16>
// CHECK: %[[XF:.*]] = arith.extf %[[X]]
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[U:.*]] = %{{.*}})
// CHECK:   "test.use"(%[[U]])
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[XF]]
// CHECK: "test.use"(%[[XF]])
func.func @dequantized_and_passed_on(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{RequantizationKept}}
  %q1, %s1 = beeline.group_quant %d {group_size = 64 : i64}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x4xf32>
  %q0, %s0 = beeline.group_quant %y {group_size = 64 : i64}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x4xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x4xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %e = beeline.dequant %qi, %si {group_size = 64 : i64}
        : tensor<4x256xf8E4M3FN>, tensor<4x4xf32> -> tensor<4x256xf32>
    "test.use"(%e) : (tensor<4x256xf32>) -> ()
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x4xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %f = beeline.dequant %q1, %s1 {group_size = 64 : i64}
      : tensor<4x256xf8E4M3FN>, tensor<4x4xf32> -> tensor<4x256xf32>
  "test.use"(%f) : (tensor<4x256xf32>) -> ()
  return
}

// -----

// Quantized twice: one of the two keeps its rounding, whichever comes first.

// CHECK-LABEL: @one_keeps_rounding
// CHECK-SAME:    %[[X:.*]]: tensor<4x256xbf16>
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[X]] {beeline.preserve_rounding}
// CHECK: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]]
// CHECK: return %[[D]], %[[X]]
func.func @one_keeps_rounding(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x {beeline.preserve_rounding}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{asks to keep the rounding}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}
