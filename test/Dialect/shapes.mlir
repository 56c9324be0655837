// The extents of results, computed from those of the operands: what allocates
// them need not wait for the op.
//
// RUN: beeline-opt %s -resolve-ranked-shaped-type-result-dims -cse -split-input-file \
// RUN:   | FileCheck %s -enable-var-scope

// CHECK-LABEL: @rms_norm
// CHECK-SAME: (%[[X:.*]]: tensor<2x?x?xbf16>,
func.func @rms_norm(%x: tensor<2x?x?xbf16>, %w: tensor<?xbf16>, %r: tensor<2x?x?xf32>)
    -> (index, index, index) {
  // CHECK-NOT: beeline
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %c1
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %c2
  // CHECK: return %[[M]], %[[N]], %[[M]]
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<2x?x?xbf16>, tensor<?xbf16>, tensor<2x?x?xf32>
      -> tensor<2x?x?xbf16>, tensor<2x?x?xf32>
  %0 = tensor.dim %y, %c1 : tensor<2x?x?xbf16>
  %1 = tensor.dim %y, %c2 : tensor<2x?x?xbf16>
  %2 = tensor.dim %sum, %c1 : tensor<2x?x?xf32>
  return %0, %1, %2 : index, index, index
}

// -----

// CHECK-LABEL: @group_quant_row_major
// CHECK-SAME: (%[[X:.*]]: tensor<?x300xbf16>)
func.func @group_quant_row_major(%x: tensor<?x300xbf16>) -> (index, index, index, index) {
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // 5 = ceil(300 / 64).
  // CHECK: return %[[M]], %c300, %[[M]], %c5
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s = beeline.group_quant %x {group_size = 64 : i64}
      : tensor<?x300xbf16> -> tensor<?x300xf8E4M3FN>, tensor<?x5xf32>
  %0 = tensor.dim %q, %c0 : tensor<?x300xf8E4M3FN>
  %1 = tensor.dim %q, %c1 : tensor<?x300xf8E4M3FN>
  %2 = tensor.dim %s, %c0 : tensor<?x5xf32>
  %3 = tensor.dim %s, %c1 : tensor<?x5xf32>
  return %0, %1, %2, %3 : index, index, index, index
}

// -----

// [G, ...]: the rows come after the groups.
// CHECK-LABEL: @group_quant_group_major
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x300xbf16>)
func.func @group_quant_group_major(%x: tensor<?x?x300xbf16>) -> (index, index, index) {
  // CHECK-DAG: %[[M0:.*]] = tensor.dim %[[X]], %c0
  // CHECK-DAG: %[[M1:.*]] = tensor.dim %[[X]], %c1
  // CHECK: return %c5, %[[M0]], %[[M1]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %q, %s = beeline.group_quant %x
      {group_size = 64 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x?x300xbf16> -> tensor<?x?x300xf8E4M3FN>, tensor<5x?x?xf32>
  %0 = tensor.dim %s, %c0 : tensor<5x?x?xf32>
  %1 = tensor.dim %s, %c1 : tensor<5x?x?xf32>
  %2 = tensor.dim %s, %c2 : tensor<5x?x?xf32>
  return %0, %1, %2 : index, index, index
}

// -----

// CHECK-LABEL: @group_quant_dynamic_n
// CHECK-SAME: (%[[X:.*]]: tensor<4x?xbf16>)
func.func @group_quant_dynamic_n(%x: tensor<4x?xbf16>) -> (index, index) {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c1
  // CHECK: %[[G:.*]] = arith.ceildivui %[[N]], %c64
  // CHECK: return %[[N]], %[[G]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s = beeline.group_quant %x
      {group_size = 64 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x?xbf16> -> tensor<4x?xf8E4M3FN>, tensor<?x4xf32>
  %0 = tensor.dim %q, %c1 : tensor<4x?xf8E4M3FN>
  %1 = tensor.dim %s, %c0 : tensor<?x4xf32>
  return %0, %1 : index, index
}

// -----

// CHECK-LABEL: @dequant
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?xf8E4M3FN>, %{{.*}}: tensor<?x?xf32>)
func.func @dequant(%q: tensor<?x?xf8E4M3FN>, %s: tensor<?x?xf32>) -> (index, index) {
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[Q]], %c0
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[Q]], %c1
  // CHECK: return %[[M]], %[[N]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  %0 = tensor.dim %x, %c0 : tensor<?x?xbf16>
  %1 = tensor.dim %x, %c1 : tensor<?x?xbf16>
  return %0, %1 : index, index
}

// -----

// The scales alone have a shape of their own.
// CHECK-LABEL: @rms_norm_quant
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xbf16>,
func.func @rms_norm_quant(%x: tensor<?x?xbf16>, %w: tensor<?xbf16>, %r: tensor<?x?xf16>)
    -> (index, index, index, index) {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c1
  // CHECK: %[[G:.*]] = arith.ceildivui %[[N]], %c128
  // CHECK: return %[[N]], %[[G]], %[[N]], %[[N]]
  %c1 = arith.constant 1 : index
  %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x?xbf16>, tensor<?xbf16>, tensor<?x?xf16>
      -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
         unquantized(tensor<?x?xbf16>) sum(tensor<?x?xf16>)
  %0 = tensor.dim %q, %c1 : tensor<?x?xf8E4M3FN>
  %1 = tensor.dim %s, %c1 : tensor<?x?xf32>
  %2 = tensor.dim %y, %c1 : tensor<?x?xbf16>
  %3 = tensor.dim %sum, %c1 : tensor<?x?xf16>
  return %0, %1, %2, %3 : index, index, index, index
}

// -----

// Without an unquantized result the sum is the third.
// CHECK-LABEL: @rms_norm_quant_sum
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>,
func.func @rms_norm_quant_sum(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %r: tensor<?x256xf16>)
    -> (index, index, index) {
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK: return %c2, %[[M]], %[[M]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32,
       scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xf16>
      -> tensor<?x256xf8E4M3FN>, tensor<2x?xf32> sum(tensor<?x256xf16>)
  %0 = tensor.dim %s, %c0 : tensor<2x?xf32>
  %1 = tensor.dim %s, %c1 : tensor<2x?xf32>
  %2 = tensor.dim %sum, %c0 : tensor<?x256xf16>
  return %0, %1, %2 : index, index, index
}

// -----

// Rows are the input's, columns the weight's rows.
// CHECK-LABEL: @linear
// CHECK-SAME: (%[[X:.*]]: tensor<2x?x256xbf16>, %[[W:.*]]: tensor<?x256xbf16>)
func.func @linear(%x: tensor<2x?x256xbf16>, %w: tensor<?x256xbf16>) -> (index, index, index) {
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %c1
  // CHECK-DAG: %[[OUT:.*]] = tensor.dim %[[W]], %c0
  // CHECK: return %c2, %[[M]], %[[OUT]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = beeline.linear %x, %w
      : tensor<2x?x256xbf16>, tensor<?x256xbf16> -> tensor<2x?x?xf32>
  %0 = tensor.dim %y, %c0 : tensor<2x?x?xf32>
  %1 = tensor.dim %y, %c1 : tensor<2x?x?xf32>
  %2 = tensor.dim %y, %c2 : tensor<2x?x?xf32>
  return %0, %1, %2 : index, index, index
}

// -----

// CHECK-LABEL: @silu_mul
// CHECK-SAME: (%[[G:.*]]: tensor<?x48xbf16>,
func.func @silu_mul(%gate: tensor<?x48xbf16>, %up: tensor<?x48xbf16>) -> index {
  // CHECK: %[[M:.*]] = tensor.dim %[[G]], %c0
  // CHECK: return %[[M]]
  %c0 = arith.constant 0 : index
  %h = beeline.silu_mul %gate, %up
      : tensor<?x48xbf16>, tensor<?x48xbf16> -> tensor<?x48xbf16>
  %0 = tensor.dim %h, %c0 : tensor<?x48xbf16>
  return %0 : index
}

// -----

// A collective's extents need no communication.
// CHECK-LABEL: @all_reduce
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xbf16>)
func.func @all_reduce(%x: tensor<?x48xbf16>) -> index {
  // CHECK-NOT: beeline
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK: return %[[M]]
  %c0 = arith.constant 0 : index
  %y = beeline.all_reduce %x {ranks = 8 : i64} : tensor<?x48xbf16>
  %0 = tensor.dim %y, %c0 : tensor<?x48xbf16>
  return %0 : index
}

// -----

// CHECK-LABEL: @all_gather
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xbf16>)
func.func @all_gather(%x: tensor<?x48xbf16>) -> (index, index) {
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[ALL:.*]] = arith.muli %[[M]], %c8
  // CHECK: return %[[ALL]], %c48
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 8 : i64}
      : tensor<?x48xbf16> -> tensor<?x48xbf16>
  %0 = tensor.dim %y, %c0 : tensor<?x48xbf16>
  %1 = tensor.dim %y, %c1 : tensor<?x48xbf16>
  return %0, %1 : index, index
}

// -----

// CHECK-LABEL: @all_gather_static
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xbf16>)
func.func @all_gather_static(%x: tensor<?x48xbf16>) -> (index, index) {
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // 384 = 8 * 48.
  // CHECK: return %[[M]], %c384
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = beeline.all_gather %x {axis = 1 : i64, ranks = 8 : i64}
      : tensor<?x48xbf16> -> tensor<?x384xbf16>
  %0 = tensor.dim %y, %c0 : tensor<?x384xbf16>
  %1 = tensor.dim %y, %c1 : tensor<?x384xbf16>
  return %0, %1 : index, index
}

// -----

// Of elements, of scales in both layouts, and of an input that is handed on.
// CHECK-LABEL: @fused
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xbf16>, %[[W:.*]]: tensor<?xbf16>)
func.func @fused(%x: tensor<?x?xbf16>, %w: tensor<?xbf16>)
    -> (index, index, index, index, index, index) {
  // CHECK-NOT: beeline
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %c1
  // CHECK-DAG: %[[K:.*]] = tensor.dim %[[W]], %c0
  // CHECK-DAG: %[[G:.*]] = arith.ceildivui %[[N]], %c64
  // CHECK-DAG: %[[H:.*]] = arith.ceildivui %[[N]], %c128
  // CHECK: return %[[M]], %[[N]], %[[M]], %[[G]], %[[H]], %[[K]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0:4 = beeline.fused (%v = %w : tensor<?xbf16>, %a = %x : tensor<?x?xbf16>)
      -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>, tensor<?x?xf8E8M0FNU>, tensor<?xbf16> {
    %y = beeline.rms_norm %a, %v {epsilon = 0.5 : f32}
        : tensor<?x?xbf16>, tensor<?xbf16> -> tensor<?x?xbf16>
    %q, %s = beeline.group_quant %y {group_size = 64 : i64}
        : tensor<?x?xbf16> -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
    %p, %t = beeline.group_quant %y {scale_layout = #beeline.scale_layout<group_major>}
        : tensor<?x?xbf16> -> tensor<?x?xf8E4M3FN>, tensor<?x?xf8E8M0FNU>
    beeline.yield %q, %s, %t, %v
        : tensor<?x?xf8E4M3FN>, tensor<?x?xf32>, tensor<?x?xf8E8M0FNU>, tensor<?xbf16>
  }
  %1 = tensor.dim %0#0, %c0 : tensor<?x?xf8E4M3FN>
  %2 = tensor.dim %0#0, %c1 : tensor<?x?xf8E4M3FN>
  %3 = tensor.dim %0#1, %c0 : tensor<?x?xf32>
  %4 = tensor.dim %0#1, %c1 : tensor<?x?xf32>
  %5 = tensor.dim %0#2, %c0 : tensor<?x?xf8E8M0FNU>
  %6 = tensor.dim %0#3, %c0 : tensor<?xbf16>
  return %1, %2, %3, %4, %5, %6 : index, index, index, index, index, index
}

// -----

// An extent that the result's type has, though that of the rows has not: the sum
// takes it from the residual.
// CHECK-LABEL: @fused_static
func.func @fused_static(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %r: tensor<4x256xbf16>)
    -> index {
  // CHECK: return %c4
  %c0 = arith.constant 0 : index
  %0:2 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %w : tensor<256xbf16>,
                        %c = %r : tensor<4x256xbf16>)
      -> tensor<?x256xbf16>, tensor<4x256xbf16> {
    %y, %sum = beeline.rms_norm %a, %b residual(%c) {epsilon = 0.5 : f32}
        : tensor<?x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16>
        -> tensor<?x256xbf16>, tensor<4x256xbf16>
    beeline.yield %y, %sum : tensor<?x256xbf16>, tensor<4x256xbf16>
  }
  %cast = tensor.cast %0#1 : tensor<4x256xbf16> to tensor<?x256xbf16>
  %1 = tensor.dim %cast, %c0 : tensor<?x256xbf16>
  return %1 : index
}
