// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// 6: quantization and dequantization in different functions.

// The callee quantizes: it gains a result, and both calls do, once for all readers.

// CHECK-LABEL: func.func private @quantize(
// CHECK-SAME:    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>)
// CHECK: %[[Q:.*]], %[[S:.*]], %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<?x256xbf16>)
// CHECK: return %[[Q]], %[[S]], %[[U]]
func.func private @quantize(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// CHECK-LABEL: func.func @caller_dequantizes(
// CHECK: %[[A:.*]]:3 = call @quantize
// CHECK: %[[B:.*]]:3 = call @quantize(%{{.*}}) {res_attrs = [{test.a}, {}, {}]}
// CHECK-NEXT: return %[[A]]#2, %[[A]]#2, %[[B]]#0
func.func @caller_dequantizes(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>) {
  %q, %s = call @quantize(%x, %w)
      : (tensor<?x256xbf16>, tensor<256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>)
  // expected-remark @below {{BytesPerRow=264, Kernels=1, Remark="reads the new unquantized bf16 value of 'beeline.rms_norm_quant', passed on with the codes"}}
  %d = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  // expected-remark @below {{BytesPerRow=776, Kernels=1, Remark="reads the existing unquantized bf16 value of 'beeline.rms_norm_quant', passed on with the codes"}}
  %e = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %q1, %s1 = call @quantize(%x, %w) {res_attrs = [{test.a}, {}]}
      : (tensor<?x256xbf16>, tensor<256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>)
  return %d, %e, %q1 : tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>
}

// -----

// The caller quantizes: the callee gains an argument. Attributes of arguments and
// results, of the function and of the call, stay what they are.

// CHECK-LABEL: func.func @caller_quantizes(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x256xbf16>
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[X]]
// CHECK: call @gate(%[[Q]], %[[S]], %[[X]]) {arg_attrs = [{test.a}, {}, {}], test.d}
func.func @caller_quantizes(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %d = call @gate(%q, %s) {arg_attrs = [{test.a}, {}], test.d}
      : (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// CHECK-LABEL: func.func private @gate(
// CHECK-SAME:    %{{.*}}: tensor<?x256xf8E4M3FN> {test.c}, %{{.*}}: tensor<?x2xf32>, %[[U:.*]]: tensor<?x256xbf16>)
// CHECK-NEXT: return %[[U]]
func.func private @gate(%q: tensor<?x256xf8E4M3FN> {test.c}, %s: tensor<?x2xf32>) -> tensor<?x256xbf16> {
  // expected-remark @below {{passed on with the codes}}
  %d = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// Several functions deep on both sides, through a function that passes on what it
// gets, with a view on the way.

// CHECK-LABEL: func.func private @norm(
// CHECK: return %{{.*}}, %{{.*}}, %arg0
func.func private @norm(%x: tensor<2x?x256xbf16>) -> (tensor<2x?x256xf8E4M3FN>, tensor<2x?x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<2x?x256xbf16> -> tensor<2x?x256xf8E4M3FN>, tensor<2x?x2xf32>
  return %q, %s : tensor<2x?x256xf8E4M3FN>, tensor<2x?x2xf32>
}

// CHECK-LABEL: func.func private @communicator(
// CHECK: %[[R:.*]]:3 = call @norm
// CHECK: %[[V:.*]] = tensor.collapse_shape %[[R]]#2 {{.*}} : tensor<2x?x256xbf16> into tensor<?x256xbf16>
// CHECK: return %{{.*}}, %{{.*}}, %[[V]]
func.func private @communicator(%x: tensor<2x?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %q, %s = call @norm(%x) : (tensor<2x?x256xbf16>) -> (tensor<2x?x256xf8E4M3FN>, tensor<2x?x2xf32>)
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<2x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1], [2]]
      : tensor<2x?x2xf32> into tensor<?x2xf32>
  return %qv, %sv : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// CHECK-LABEL: func.func private @pass_on(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<?x256xf8E4M3FN>, %[[S:[^:]*]]: tensor<?x2xf32>, %[[U:[^:]*]]: tensor<?x256xbf16>)
// CHECK-NEXT: return %[[S]], %[[Q]], %[[U]]
func.func private @pass_on(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x256xf8E4M3FN>) {
  return %s, %q : tensor<?x2xf32>, tensor<?x256xf8E4M3FN>
}

// CHECK-LABEL: func.func @layer(
// CHECK: %[[A:.*]]:3 = call @communicator
// CHECK: %[[B:.*]]:3 = call @pass_on(%[[A]]#0, %[[A]]#1, %[[A]]#2)
// CHECK: call @indexer(%[[B]]#1, %[[B]]#0, %[[B]]#2)
func.func @layer(%x: tensor<2x?x256xbf16>) -> tensor<?x256xbf16> {
  %q, %s = call @communicator(%x) : (tensor<2x?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>)
  %s1, %q1 = call @pass_on(%q, %s)
      : (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x256xf8E4M3FN>)
  %d = call @indexer(%q1, %s1) : (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// CHECK-LABEL: func.func private @indexer(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<?x256xf8E4M3FN>, %[[S:[^:]*]]: tensor<?x2xf32>, %[[U:[^:]*]]: tensor<?x256xbf16>)
// CHECK: call @gate(%[[Q]], %[[S]], %[[U]])
func.func private @indexer(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) -> tensor<?x256xbf16> {
  %d = call @gate(%q, %s) : (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// CHECK-LABEL: func.func private @gate(
// CHECK-NOT: beeline.dequant
func.func private @gate(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) -> tensor<?x256xbf16> {
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// All calls of a function provide the value, from quantizations of their own. The
// function returns in two places.

// CHECK-LABEL: func.func private @quantize_either(
// CHECK: return %{{.*}}, %{{.*}}, %arg0 :
// CHECK: return %{{.*}}, %{{.*}}, %arg1 :
func.func private @quantize_either(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
^bb2:
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func private @gate(
// CHECK-SAME:    %[[U:[^:]*]]: tensor<4x256xbf16>)
// CHECK-NEXT: return %[[U]]
func.func private @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{or of 2 more quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// CHECK-LABEL: func.func @all_calls_provide(
// CHECK: call @gate(%[[R:.*]]#0, %[[R]]#1, %[[R]]#2)
// CHECK: call @gate(%{{.*}}, %{{.*}}, %arg0)
func.func @all_calls_provide(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q0, %s0 = call @quantize_either(%x, %y, %c)
      : (tensor<4x256xbf16>, tensor<4x256xbf16>, i1) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %d0 = call @gate(%q0, %s0) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d1 = call @gate(%q1, %s1) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// Of two layers, one gets its codes from outside. The functions below it are told
// apart from the top down: the others keep their signatures.

// CHECK-LABEL: func.func private @gate(
// CHECK-SAME:    %{{[^:]*}}: tensor<4x256xf8E4M3FN>, %{{[^:]*}}: tensor<4x2xf32>) -> tensor<4x256xbf16>
// CHECK: beeline.dequant
// CHECK-LABEL: func.func private @gate_unquantized(
// CHECK-SAME:    %[[U:[^:]*]]: tensor<4x256xbf16>) -> tensor<4x256xbf16>
// CHECK-NEXT: return %[[U]]
func.func private @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @+2 {{RoundTripRemoved}}
  // expected-remark @+1 {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="the codes come from an argument of 'func.func': no quantization is in sight"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// CHECK-LABEL: func.func private @indexer(
// CHECK: call @gate(%{{[^,]*}}, %{{[^,]*}})
// CHECK-LABEL: func.func private @indexer_unquantized(
// CHECK: call @gate_unquantized(%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}})
func.func private @indexer(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  %d = call @gate(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// CHECK-LABEL: func.func @some_calls_provide(
// CHECK: call @indexer(%arg1, %arg2)
// CHECK: call @indexer_unquantized(%[[Q:.*]], %[[S:.*]], %arg0)
// CHECK: call @gate_unquantized(%[[Q]], %[[S]], %arg0)
func.func @some_calls_provide(%x: tensor<4x256xbf16>, %q0: tensor<4x256xf8E4M3FN>, %s0: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %d0 = call @indexer(%q0, %s0) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d1 = call @indexer(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  %d2 = call @gate(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d0, %d1, %d2 : tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// Producer and consumer under different guards, where the value exists on one
// branch only: there, and there alone, the callee is another.

// CHECK-LABEL: func.func @guards(
// CHECK: scf.if
// CHECK:   call @gate_unquantized(%{{.*}}, %{{.*}}, %arg0)
// CHECK: } else {
// CHECK:   call @gate(%{{[^,]*}}, %{{[^,]*}})
func.func @guards(%x: tensor<4x256xbf16>, %q0: tensor<4x256xf8E4M3FN>, %s0: tensor<4x2xf32>, %c: i1) -> tensor<4x256xbf16> {
  %d = scf.if %c -> (tensor<4x256xbf16>) {
    %q, %s = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    %d0 = func.call @gate(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
    scf.yield %d0 : tensor<4x256xbf16>
  } else {
    %d1 = func.call @gate(%q0, %s0) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
    scf.yield %d1 : tensor<4x256xbf16>
  }
  return %d : tensor<4x256xbf16>
}

func.func private @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @+2 {{RoundTripRemoved}}
  // expected-remark @+1 {{RoundTripKept}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A loop around calls: the value goes through argument, result and iteration.

// CHECK-LABEL: func.func private @step(
// CHECK-SAME:    %[[U:[^:]*]]: tensor<4x256xbf16>)
// CHECK: %[[Y:.*]] = "test.next"(%[[U]])
// CHECK: return %{{.*}}, %{{.*}}, %[[Y]]
func.func private @step(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %y = "test.next"(%d) : (tensor<4x256xbf16>) -> tensor<4x256xbf16>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func @layers(
// CHECK: scf.for {{.*}} iter_args(%[[Q:.*]] = %{{.*}}, %[[S:.*]] = %{{.*}}, %[[U:.*]] = %arg0)
// CHECK:   %[[R:.*]]:3 = func.call @step(%[[Q]], %[[S]], %[[U]])
// CHECK:   scf.yield %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @layers(%x: tensor<4x256xbf16>, %n: index) -> tensor<4x256xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%q = %q0, %s = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q1, %s1 = func.call @step(%q, %s)
        : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return %r#0 : tensor<4x256xf8E4M3FN>
}

// -----

// One of the calls asks to keep the rounding: the other one gets a copy. There, what
// is quantized again is forwarded.

// CHECK-LABEL: func.func private @again(
// CHECK: beeline.dequant
// CHECK: beeline.group_quant
// CHECK-LABEL: func.func private @again_unquantized(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<4x256xf8E4M3FN>, %[[S:[^:]*]]: tensor<4x2xf32>, %[[U:[^:]*]]: tensor<4x256xbf16>
// CHECK-NEXT: "test.use"(%[[U]])
// CHECK-NEXT: return %[[Q]], %[[S]]
func.func private @again(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // expected-remark @+2 {{asks to keep the rounding}}
  // expected-remark @+1 {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  "test.use"(%d) : (tensor<4x256xbf16>) -> ()
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %d
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func @one_call_keeps_rounding(
// CHECK: call @again(%{{.*}}) {beeline.preserve_rounding}
// CHECK: call @again_unquantized(
func.func @one_call_keeps_rounding(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = call @again(%q, %s) {beeline.preserve_rounding}
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %t:2 = call @again(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return %r#0, %t#0 : tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>
}

// -----

// A function is called with what it has returned: whether that call can provide
// depends on the copy that the one before it gets.

// CHECK-LABEL: func.func private @pass(
// CHECK: beeline.dequant
// CHECK-LABEL: func.func private @pass_unquantized_0(
// CHECK-NOT: beeline.dequant
// CHECK-LABEL: func.func private @pass_unquantized(
// CHECK-NOT: beeline.dequant
// CHECK-LABEL: func.func @with_its_own_results(
func.func private @pass(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  // expected-remark @+2 {{the codes come from an argument}}
  // expected-remark @+1 {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  "test.use"(%d) : (tensor<4x256xbf16>) -> ()
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @with_its_own_results(%x: tensor<4x256xbf16>, %q0: tensor<4x256xf8E4M3FN>, %s0: tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = call @pass(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %t:2 = call @pass(%r#0, %r#1)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %u:2 = call @pass(%q0, %s0)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}
