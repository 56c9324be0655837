// What ops take for granted of dynamic extents is asserted in front of them.
//
// RUN: beeline-opt %s --beeline-assert-extents --resolve-shaped-type-result-dims \
// RUN:     --canonicalize --cse --canonicalize \
// RUN:   | FileCheck %s -enable-var-scope

// CHECK-DAG: #[[$GROUPS_OF:.*]] = affine_map<()[s0] -> (s0 ceildiv 128)>
// CHECK-DAG: #[[$TIMES_4:.*]] = affine_map<()[s0] -> (s0 * 4)>
// CHECK-DAG: #[[$SUM:.*]] = affine_map<()[s0, s1] -> (s0 + s1)>
// CHECK-DAG: #[[$TIMES_2:.*]] = affine_map<()[s0] -> (s0 * 2)>

// Extents of results are those of arguments.
// CHECK-LABEL: @rows
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[R:.*]]: tensor<?x256xbf16>,
func.func @rows(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> tensor<?x256xbf16> {
  // CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[R]], %c0
  // CHECK-DAG: %[[EXPECTED:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[AGREES:.*]] = arith.cmpi eq, %[[ROWS]], %[[EXPECTED]]
  // CHECK: cf.assert %[[AGREES]], "dimension 0 of operand 2 of 'beeline.rms_norm'"
  // CHECK-NEXT: beeline.rms_norm
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 1.0e-5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xbf16>
      -> tensor<?x256xbf16>, tensor<?x256xbf16>
  // The norm's result has its input's rows.
  // CHECK-NEXT: cf.assert %[[AGREES]], "dimension 0 of operand 1 of 'beeline.silu_mul'"
  %z = beeline.silu_mul %y, %r
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  // One row program more, and no more to assert.
  // CHECK-NOT: cf.assert
  // CHECK: return
  %t = beeline.silu_mul %z, %y
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  return %t : tensor<?x256xbf16>
}

// N5, and the weight.
// CHECK-LABEL: @dynamic_norm
func.func @dynamic_norm(%x: tensor<4x?xf32>, %w: tensor<?xf32>) -> tensor<4x?xf32> {
  // CHECK: %[[N:.*]] = tensor.dim %{{.*}}, %c1 : tensor<4x?xf32>
  // CHECK: %[[WEIGHT:.*]] = tensor.dim %{{.*}}, %c0 : tensor<?xf32>
  // CHECK: arith.cmpi eq, %[[WEIGHT]], %[[N]]
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'beeline.rms_norm'"
  // CHECK: %[[SOME:.*]] = arith.cmpi {{ne, %.*, %c0|uge, %.*, %c1}}
  // CHECK: cf.assert %[[SOME]], "dimension 1 of operand 0 of 'beeline.rms_norm'"
  // CHECK: %[[FEW:.*]] = arith.cmpi ule, %[[N]], %c16777216
  // CHECK: cf.assert %[[FEW]], "dimension 1 of operand 0 of 'beeline.rms_norm'"
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<4x?xf32>, tensor<?xf32> -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// Scales follow from the rows, in both layouts.
// CHECK-LABEL: @scales
// CHECK-SAME: (%[[Q:.*]]: tensor<2x?x?xf8E4M3FN>, %[[S:.*]]: tensor<?x2x?xf32>)
func.func @scales(%q: tensor<2x?x?xf8E4M3FN>, %s: tensor<?x2x?xf32>)
    -> tensor<2x?x?xbf16> {
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[Q]], %c1
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[Q]], %c2
  // CHECK: %[[G:.*]] = affine.apply #[[$GROUPS_OF]]()[%[[N]]]
  // CHECK: %[[GROUPS:.*]] = tensor.dim %[[S]], %c0
  // CHECK: arith.cmpi eq, %[[GROUPS]], %[[G]]
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'beeline.dequant'"
  // CHECK: %[[ROWS:.*]] = tensor.dim %[[S]], %c2
  // CHECK: arith.cmpi eq, %[[ROWS]], %[[M]]
  // CHECK: cf.assert %{{.*}}, "dimension 2 of operand 1 of 'beeline.dequant'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %x = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x?x?xf8E4M3FN>, tensor<?x2x?xf32> -> tensor<2x?x?xbf16>
  return %x : tensor<2x?x?xbf16>
}

// CHECK-LABEL: @linear
func.func @linear(%x: tensor<?x256xf8E4M3FN>, %sx: tensor<?x2xf32>,
                  %w: tensor<?x256xf8E4M3FN>, %sw: tensor<?x2xf32>, %b: tensor<?xf32>)
    -> tensor<?x?xbf16> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 2 of 'beeline.linear'"
  // CHECK: affine.apply #[[$GROUPS_OF]]()
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 3 of 'beeline.linear'"
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 4 of 'beeline.linear'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %y = beeline.linear %x, %w scales(%sx, %sw) bias(%b)
      : tensor<?x256xf8E4M3FN>, tensor<?x256xf8E4M3FN>
        scales(tensor<?x2xf32>, tensor<?x2xf32>) bias(tensor<?xf32>) -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}

// The fused call, which is no row program.
// CHECK-LABEL: @fused_call
func.func @fused_call(%x: tensor<?x256xbf16>, %w: tensor<?xbf16>, %r: tensor<?x256xbf16>)
    -> tensor<?x256xf8E4M3FN> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'beeline.rms_norm_quant'"
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 2 of 'beeline.rms_norm_quant'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %q, %s = beeline.rms_norm_quant %x, %w residual(%r) {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<?xbf16>, tensor<?x256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q : tensor<?x256xf8E4M3FN>
}

// CHECK-LABEL: @elementwise
func.func @elementwise(%c: i1, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 2 of 'arith.select'"
  %0 = arith.select %c, %x, %y : tensor<?xf32>
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'arith.addf'"
  %1 = arith.addf %0, %y : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// Operands of one loop. Nothing is asserted inside.
// CHECK-LABEL: @loops
func.func @loops(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %z: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'linalg.generic'"
  // CHECK-NEXT: %{{.*}} = tensor.dim
  // CHECK: cf.assert %{{.*}}, "dimension 1 of operand 1 of 'linalg.generic'"
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 2 of 'linalg.generic'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %0 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>,
                       affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x, %y : tensor<?x?xf32>, tensor<?x?xf32>) outs(%z : tensor<?xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %1 = arith.mulf %a, %b : f32
      linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @cast
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @cast(%x: tensor<?x4xf32>) -> (tensor<16x?xf32>, tensor<?x?xf32>) {
  // CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %c0
  // CHECK: arith.cmpi eq, %[[ROWS]], %c16
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 0 of 'tensor.cast'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %0 = tensor.cast %x : tensor<?x4xf32> to tensor<16x?xf32>
  %1 = tensor.cast %x : tensor<?x4xf32> to tensor<?x?xf32>
  return %0, %1 : tensor<16x?xf32>, tensor<?x?xf32>
}

// A slice ends within its tensor. One of no rows may start at the end.
// CHECK-LABEL: @slice
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[OFFSET:.*]]: index, %[[SIZE:.*]]: index)
func.func @slice(%x: tensor<?x8xf32>, %offset: index, %size: index)
    -> (tensor<?x4xf32>, tensor<?x3xf32>) {
  // CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %c0
  // CHECK: arith.cmpi sge, %[[OFFSET]], %c0
  // CHECK: cf.assert
  // CHECK: arith.cmpi sge, %[[SIZE]], %c0
  // CHECK: cf.assert
  // CHECK: %[[END:.*]] = affine.apply #[[$SUM]]()
  // CHECK: arith.cmpi sle, %[[END]], %[[ROWS]]
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 0 of 'tensor.extract_slice'"
  // CHECK-NEXT: tensor.extract_slice
  %0 = tensor.extract_slice %x[%offset, 0] [%size, 4] [1, 1]
      : tensor<?x8xf32> to tensor<?x4xf32>
  // Every other row, from the second on: 1 + 2 * (size - 1) is the last.
  // CHECK: affine.apply #[[$TIMES_2]]()[%[[SIZE]]]
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 0 of 'tensor.extract_slice'"
  // CHECK-NEXT: tensor.extract_slice
  %1 = tensor.extract_slice %x[1, 0] [%size, 3] [2, 2]
      : tensor<?x8xf32> to tensor<?x3xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x3xf32>
}

// CHECK-LABEL: @insert
func.func @insert(%x: tensor<?xf32>, %y: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'tensor.insert_slice'"
  // CHECK: cf.assert %{{.*}}, "dimension 1 of operand 1 of 'tensor.insert_slice'"
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 0 of 'tensor.insert_slice'"
  // CHECK-NEXT: tensor.insert_slice
  %0 = tensor.insert_slice %x into %y[0, 0] [1, %n] [1, 1]
      : tensor<?xf32> into tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: @views
func.func @views(%x: tensor<?x8xf32>, %m: index) -> tensor<?x4x8xf32> {
  // CHECK: affine.apply #[[$TIMES_4]]
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 0 of 'tensor.expand_shape'"
  // CHECK-NEXT: tensor.expand_shape
  %0 = tensor.expand_shape %x [[0, 1], [2]] output_shape [%m, 4, 8]
      : tensor<?x8xf32> into tensor<?x4x8xf32>
  return %0 : tensor<?x4x8xf32>
}

// CHECK-LABEL: @concat
func.func @concat(%x: tensor<?x8xf32>, %y: tensor<?x4xf32>) -> tensor<?x12xf32> {
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'tensor.concat'"
  // CHECK-NOT: cf.assert
  // CHECK: return
  %0 = tensor.concat dim(1) %x, %y
      : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x12xf32>
  return %0 : tensor<?x12xf32>
}

// Nothing can disagree.
// CHECK-LABEL: @static
// CHECK-NOT: cf.assert
func.func @static(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) -> tensor<2x128xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  %z = arith.addf %y, %x : tensor<4x256xbf16>
  %0 = tensor.extract_slice %z[1, 0] [2, 128] [2, 2]
      : tensor<4x256xbf16> to tensor<2x128xbf16>
  return %0 : tensor<2x128xbf16>
}

// What is under a condition is asserted there.
// CHECK-LABEL: @nested
func.func @nested(%c: i1, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: scf.if
  // CHECK: cf.assert %{{.*}}, "dimension 0 of operand 1 of 'beeline.silu_mul'"
  // CHECK: else
  %0 = scf.if %c -> tensor<?xf32> {
    %1 = beeline.silu_mul %x, %y : tensor<?xf32>, tensor<?xf32> -> tensor<?xf32>
    scf.yield %1 : tensor<?xf32>
  } else {
    scf.yield %x : tensor<?xf32>
  }
  return %0 : tensor<?xf32>
}

// A region's inputs, in front of it. One that is handed on is asked for nothing.
// CHECK-LABEL: @region
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[R:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<?xbf16>)
func.func @region(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<?xbf16>)
    -> (tensor<?x256xbf16>, tensor<?xbf16>) {
  // CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[R]], %c0
  // CHECK-DAG: %[[EXPECTED:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[AGREES:.*]] = arith.cmpi eq, %[[ROWS]], %[[EXPECTED]]
  // CHECK: cf.assert %[[AGREES]], "dimension 0 of operand 1 of 'beeline.fused'"
  // CHECK-NEXT: %[[Y:.*]] = beeline.fused
  // CHECK-NOT: cf.assert
  // CHECK: return %[[Y]], %[[W]]
  %0:2 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %r : tensor<?x256xbf16>,
                        %c = %w : tensor<?xbf16>) -> tensor<?x256xbf16>, tensor<?xbf16> {
    %1 = arith.addf %a, %b : tensor<?x256xbf16>
    beeline.yield %1, %c : tensor<?x256xbf16>, tensor<?xbf16>
  }
  return %0#0, %0#1 : tensor<?x256xbf16>, tensor<?xbf16>
}

// Unreachable code goes: its views may see each other, and their extents are nowhere.
// CHECK-LABEL: @views_in_a_circle
// CHECK-NEXT: return
// CHECK-NEXT: }
func.func @views_in_a_circle(%y: tensor<?xf32>) {
  return
^unreachable:
  %cast = tensor.cast %again : tensor<?xf32> to tensor<?xf32>
  %again = tensor.cast %cast : tensor<?xf32> to tensor<?xf32>
  %0 = beeline.silu_mul %cast, %y : tensor<?xf32>, tensor<?xf32> -> tensor<?xf32>
  cf.br ^unreachable
}
