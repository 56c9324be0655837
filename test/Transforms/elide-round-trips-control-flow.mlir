// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// 7: the unquantized value accompanies codes and scales through control flow.

// Each branch quantizes something else, one of them with an op that grows a
// result. However many readers, one result is added.

// CHECK-LABEL: @branches
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>, %[[W:[^:]*]]: tensor<256xbf16>, %[[Y:[^:]*]]: tensor<4x256xbf16>
// CHECK: %[[R:.*]]:3 = scf.if %{{.*}} -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>) {
// CHECK:   %[[Q0:.*]], %[[S0:.*]], %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xbf16>)
// CHECK:   scf.yield %[[Q0]], %[[S0]], %[[U]]
// CHECK: } else {
// CHECK:   %[[Q1:.*]], %[[S1:.*]] = beeline.group_quant %[[Y]]
// CHECK:   scf.yield %[[Q1]], %[[S1]], %[[Y]]
// CHECK: return %[[R]]#0, %[[R]]#2, %[[R]]#2
func.func @branches(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>, %y: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
        : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // 776 less the new result's 512.
  // expected-remark @below {{[Passed] RoundTripRemoved | Category:beeline-elide-round-trips | BytesPerRow=264, Kernels=1, Remark="reads the new unquantized bf16 value of 'beeline.group_quant' or of 1 more quantization, passed on with the codes"}}
  %d0 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{BytesPerRow=776, Kernels=1, Remark="reads the existing}}
  %d1 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %d0, %d1 : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// Values of different types are passed on in the widest that is wanted; casts to
// it are exact.

// CHECK-LABEL: @branches_of_different_types
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>, %[[Y:[^:]*]]: tensor<4x256xf32>
// CHECK: %[[E:.*]] = arith.extf %[[X]]
// CHECK: scf.if
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[E]]
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[Y]]
// CHECK: %[[T:.*]] = arith.truncf %[[R:.*]]#2 : tensor<4x256xf32> to tensor<4x256xbf16>
// CHECK: return %[[T]], %[[R]]#2
func.func @branches_of_different_types(%x: tensor<4x256xbf16>, %y: tensor<4x256xf32>, %c: i1)
    -> (tensor<4x256xbf16>, tensor<4x256xf32>) {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xf32> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d0 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xf32>
}

// -----

// Views inside of a branch and behind it.

// CHECK-LABEL: @views_on_both_sides
// CHECK: %[[R:.*]]:3 = scf.if
// CHECK:   %[[V:.*]] = tensor.collapse_shape %{{.*}} : tensor<2x2x256xbf16> into tensor<4x256xbf16>
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[V]]
// CHECK: %[[U:.*]] = tensor.extract_slice %[[R]]#2[1, 0] [2, 256] [1, 1] : tensor<4x256xbf16> to tensor<2x256xbf16>
// CHECK: return %[[U]]
func.func @views_on_both_sides(%x: tensor<2x2x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<2x256xbf16> {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
    %qv = tensor.collapse_shape %q0 [[0, 1], [2]]
        : tensor<2x2x256xf8E4M3FN> into tensor<4x256xf8E4M3FN>
    %sv = tensor.collapse_shape %s0 [[0, 1], [2]]
        : tensor<2x2x2xf32> into tensor<4x2xf32>
    scf.yield %qv, %sv : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  %qs = tensor.extract_slice %q[1, 0] [2, 256] [1, 1] : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %ss = tensor.extract_slice %s[1, 0] [2, 2] [1, 1] : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qs, %ss
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

// Extents known at run time keep their meaning through a branch: collapsed behind
// it, with as many rows and columns as what arrives.

// CHECK-LABEL: @extents_through_a_branch
// CHECK: scf.if {{.*}} -> (tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>, tensor<?x?x256xbf16>)
// CHECK-NOT: beeline.dequant
func.func @extents_through_a_branch(%x: tensor<?x?x256xbf16>, %y: tensor<?x?x256xbf16>, %c: i1) -> tensor<?x256xbf16> {
  %q, %s = scf.if %c -> (tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
    scf.yield %q0, %s0 : tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y
        : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
    scf.yield %q1, %s1 : tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
  }
  %qv = tensor.collapse_shape %q [[0, 1], [2]] : tensor<?x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1], [2]] : tensor<?x?x2xf32> into tensor<?x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// One branch in another, and a switch.

// CHECK-LABEL: @nested
// CHECK: %[[R:.*]]:3 = scf.index_switch
// CHECK: scf.yield %{{.*}}, %{{.*}}, %[[A:.*]]#2
// CHECK: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>
// CHECK: return %[[R]]#2
func.func @nested(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %z: tensor<4x256xbf16>, %c: i1, %i: index)
    -> tensor<4x256xbf16> {
  %q, %s = scf.index_switch %i -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  case 2 {
    %q0, %s0 = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
      %q2, %s2 = beeline.group_quant %x
          : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
      scf.yield %q2, %s2 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    } else {
      %q3, %s3 = beeline.group_quant %y
          : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
      scf.yield %q3, %s3 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    }
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  default {
    %q1, %s1 = beeline.group_quant %z
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{or of 2 more quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Both branches quantize one value: no result is needed.

// CHECK-LABEL: @one_value_in_both_branches
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK: scf.if {{.*}} -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
// CHECK: return %{{.*}}#0, %[[X]]
func.func @one_value_in_both_branches(%x: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>) {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    "test.prefill"() : () -> ()
    %q1, %s1 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %q, %d : tensor<4x256xf8E4M3FN>, tensor<4x256xbf16>
}

// -----

// What is read in an iteration was quantized in the one before it, and so was the
// value that is passed on. Behind the loop: the last one's.

// CHECK-LABEL: @loop
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK: %[[Q0:.*]], %[[S0:.*]] = beeline.group_quant %[[X]]
// CHECK: %[[R:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %[[Q0]], %{{.*}} = %[[S0]], %[[U:.*]] = %[[X]])
// CHECK:   "test.use"(%[[U]])
// CHECK:   %[[Y:.*]] = "test.value"
// CHECK:   %[[Q1:.*]], %[[S1:.*]] = beeline.group_quant %[[Y]]
// CHECK:   scf.yield %[[Q1]], %[[S1]], %[[Y]]
// CHECK: return %[[R]]#2
func.func @loop(%x: tensor<4x256xbf16>, %n: index) -> tensor<4x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %r#0, %r#1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Codes and scales that are two iterations old: two values are passed on.

// CHECK-LABEL: @two_iterations_back
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[OLD:.*]] = %{{[^,]*}}, %[[NEW:.*]] = %{{[^,]*}})
// CHECK:   "test.use"(%[[OLD]])
// CHECK:   %[[Y:.*]] = "test.value"
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[NEW]], %[[Y]]
func.func @two_iterations_back(%x: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:4 = scf.for %i = %c0 to %n step %c1
      iter_args(%qj = %q0, %sj = %s0, %qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %qj, %sj
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %qi, %si, %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>,
        tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return
}

// -----

// The value is made in the region, by the execution of the loop's first part that
// made codes and scales.

// CHECK-LABEL: @while_loop
// CHECK: %[[R:.*]]:3 = scf.while
// CHECK:   %[[X:.*]]:2 = "test.value"
// CHECK:   scf.condition(%[[X]]#1) %{{.*}}, %{{.*}}, %[[X]]#0
// CHECK: } do {
// CHECK: ^bb0(%{{.*}}: tensor<4x256xf8E4M3FN>, %{{.*}}: tensor<4x2xf32>, %[[U:.*]]: tensor<4x256xbf16>):
// CHECK:   "test.use"(%[[U]])
// CHECK: return %[[R]]#2
func.func @while_loop() -> tensor<4x256xbf16> {
  %q, %s = scf.while : () -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %x, %c = "test.value"() : () -> (tensor<4x256xbf16>, i1)
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.condition(%c) %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } do {
  ^bb0(%q1: tensor<4x256xf8E4M3FN>, %s1: tensor<4x2xf32>):
    // expected-remark @below {{RoundTripRemoved}}
    %e = beeline.dequant %q1, %s1
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%e) : (tensor<4x256xbf16>) -> ()
    scf.yield
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// The same from the second part to the first.

// CHECK-LABEL: @while_loop_carries
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK: scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[U:.*]] = %[[X]])
// CHECK:   "test.next"(%[[U]])
// CHECK: } do {
// CHECK: ^bb0(%[[Y:.*]]: tensor<4x256xbf16>):
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[Y]]
func.func @while_loop_carries(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r = scf.while (%q = %q0, %s = %s0)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16> {
    // expected-remark @below {{RoundTripRemoved}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    %y, %c = "test.next"(%d) : (tensor<4x256xbf16>) -> (tensor<4x256xbf16>, i1)
    scf.condition(%c) %y : tensor<4x256xbf16>
  } do {
  ^bb0(%y: tensor<4x256xbf16>):
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return %r : tensor<4x256xbf16>
}

// -----

// A region of several blocks with two ways out.

// CHECK-LABEL: @value_in_a_region
// CHECK: %[[R:.*]]:3 = scf.execute_region
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[X:.*]] :
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[Y:.*]] :
// CHECK: return %[[R]]#2
func.func @value_in_a_region(%c: i1) -> tensor<4x256xbf16> {
  %q, %s = scf.execute_region -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    cf.cond_br %c, ^bb1, ^bb2
  ^bb1:
    %x = "test.value"() : () -> tensor<4x256xbf16>
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  ^bb2:
    %y = "test.value"() : () -> tensor<4x256xbf16>
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Blocks: all branches pass one more operand.

// CHECK-LABEL: @blocks
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>, %[[Y:[^:]*]]: tensor<4x256xbf16>
// CHECK: cf.br ^bb3(%{{.*}}, %{{.*}}, %[[X]] :
// CHECK: cf.br ^bb3(%{{.*}}, %{{.*}}, %[[Y]] :
// CHECK: ^bb3(%{{.*}}: tensor<4x256xf8E4M3FN>, %{{.*}}: tensor<4x2xf32>, %[[U:.*]]: tensor<4x256xbf16>):
// CHECK-NEXT: return %[[U]]
func.func @blocks(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb2:
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb3(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// One branch with both successors, to one block, with operands of its own each.

// CHECK-LABEL: @both_successors
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>, %[[Y:[^:]*]]: tensor<4x256xbf16>
// CHECK: cf.cond_br %{{.*}}, ^bb1(%[[Q0:.*]], %[[S0:.*]], %[[X]] : {{.*}}), ^bb1(%[[Q1:.*]], %[[S1:.*]], %[[Y]] :
func.func @both_successors(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.cond_br %c, ^bb1(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>),
                 ^bb1(%q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb1(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A loop of blocks, in which only the scales are passed as an argument at first:
// they are the scales of the codes all the same.

// CHECK-LABEL: @loop_of_blocks
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: "test.use"(%[[X]])
func.func @loop_of_blocks(%x: tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb1(%s : tensor<4x2xf32>)
^bb1(%si: tensor<4x2xf32>):
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %si
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %c = "test.use"(%d) : (tensor<4x256xbf16>) -> i1
  cf.cond_br %c, ^bb1(%si : tensor<4x2xf32>), ^bb2
^bb2:
  return
}

// -----

// Loops in loops that change nothing: the value is read from outside of both.

// CHECK-LABEL: @invariant_in_two_loops
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: "test.use"(%[[X]])
func.func @invariant_in_two_loops(%x: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q, %si = %s)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %t:2 = scf.for %j = %c0 to %n step %c1 iter_args(%qj = %qi, %sj = %si)
        -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
      // expected-remark @below {{RoundTripRemoved}}
      %d = beeline.dequant %qj, %sj
          : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
      "test.use"(%d) : (tensor<4x256xbf16>) -> ()
      scf.yield %qj, %sj : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    }
    scf.yield %t#0, %t#1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return
}

// -----

// An op that cannot be given one more result is no hindrance where none is needed.

// CHECK-LABEL: @invariant_in_another_loop
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NOT: beeline.dequant
// CHECK: return %[[X]]
func.func @invariant_in_another_loop(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = affine.for %i = 0 to 4 iter_args(%qi = %q, %si = %s)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    "test.use"() : () -> ()
    affine.yield %qi, %si : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %r#0, %r#1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A loop that is known to run, so that what enters it cannot be its result: it is
// carried all the same, since what is read in the first iteration is.

// CHECK-LABEL: @known_iterations
// CHECK: %[[R:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[U:.*]] = %arg0)
// CHECK:   "test.use"(%[[U]])
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>
// CHECK: return %[[R]]#2
func.func @known_iterations(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %e = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%e) : (tensor<4x256xbf16>) -> ()
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %r#0, %r#1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// One iteration, in which the argument can be what enters only.

// CHECK-LABEL: @one_iteration
// CHECK: %[[R:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %arg0)
// CHECK: return %[[R]]#2
func.func @one_iteration(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %c1 step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{RoundTripRemoved}}
    %e = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    %y = "test.next"(%e) : (tensor<4x256xbf16>) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %r#0, %r#1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Behind the loop the number of the codes' rows and that of the scales' have two
// names, in front of it one.

// CHECK-LABEL: @collapsed_after_a_loop
// CHECK-NOT: beeline.dequant
// CHECK: return
func.func @collapsed_after_a_loop(%x: tensor<1x?x256xbf16>, %n: index) -> tensor<?x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<1x?x256xbf16> -> tensor<1x?x256xf8E4M3FN>, tensor<1x?x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<1x?x256xf8E4M3FN>, tensor<1x?x2xf32>) {
    %y = "test.next"(%i) : (index) -> tensor<1x?x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<1x?x256xbf16> -> tensor<1x?x256xf8E4M3FN>, tensor<1x?x2xf32>
    scf.yield %q, %s : tensor<1x?x256xf8E4M3FN>, tensor<1x?x2xf32>
  }
  %qv = tensor.collapse_shape %r#0 [[0, 1], [2]]
      : tensor<1x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %sv = tensor.collapse_shape %r#1 [[0, 1], [2]]
      : tensor<1x?x2xf32> into tensor<?x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}
