// The structure of what the ops become. What it computes is tested by running it
// (test/Reference).
//
// RUN: beeline-opt %s --convert-beeline-to-cpu \
// RUN:   | FileCheck %s -enable-var-scope --implicit-check-not=beeline. \
// RUN:       --implicit-check-not=fastmath --implicit-check-not=math.fma

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

// A loop over the rows, and one over vectors of 16 elements of a row. 48 is a
// multiple of 16: no row has a rest.
// CHECK-LABEL: @rows
// CHECK-SAME: (%[[A:.*]]: tensor<?x48xbf16>, %[[B:.*]]: tensor<?x48xf16>)
func.func @rows(%a: tensor<?x48xbf16>, %b: tensor<?x48xf16>) -> tensor<?x48xf32> {
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[A]]
  // CHECK-DAG: %[[GATE:.*]] = bufferization.to_buffer %[[A]] read_only
  // CHECK-DAG: %[[UP:.*]] = bufferization.to_buffer %[[B]] read_only
  // CHECK: %[[OUT:.*]] = memref.alloc(%[[M]]) : memref<?x48xf32>
  // CHECK: %[[ROWS:.*]] = memref.dim %[[GATE]]
  // CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %[[ROWS]]
  // CHECK: %[[N:.*]] = arith.constant 48 : index
  // CHECK: %[[END:.*]] = arith.addi %{{.*}}, %[[N]]
  // CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[END]]
  // CHECK: vector.load %[[GATE]][%[[ROW]], %[[I]]] : memref<?x48xbf16>, vector<16xbf16>
  // CHECK: vector.load %[[UP]][%[[ROW]], %[[I]]] : memref<?x48xf16>, vector<16xf16>
  // CHECK: vector.store %{{.*}}, %[[OUT]][%[[ROW]], %[[I]]] : memref<?x48xf32>, vector<16xf32>
  // CHECK-NOT: vector.
  // CHECK: %[[RESULT:.*]] = bufferization.to_tensor %[[OUT]] restrict writable
  // CHECK-NEXT: return %[[RESULT]]
  %y = beeline.silu_mul %a, %b : tensor<?x48xbf16>, tensor<?x48xf16> -> tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}

// A row's rest of known size, 130 = 8 * 16 + 2, has a vector of its own.
// CHECK-LABEL: @rest
func.func @rest(%a: tensor<?x130xf32>) -> tensor<?x130xf32> {
  // CHECK: arith.constant 128 : index
  // CHECK: vector.store %{{.*}} : memref<?x130xf32>, vector<16xf32>
  // CHECK: vector.load %{{.*}} : memref<?x130xf32>, vector<2xf32>
  // CHECK: vector.store %{{.*}} : memref<?x130xf32>, vector<2xf32>
  // CHECK-NOT: mask
  // CHECK: return
  %y = beeline.silu_mul %a, %a : tensor<?x130xf32>, tensor<?x130xf32> -> tensor<?x130xf32>
  return %y : tensor<?x130xf32>
}

// One of unknown size, if there is one, is read under a mask and stored element
// by element.
// CHECK-LABEL: @dynamic_row
func.func @dynamic_row(%a: tensor<4x?xf32>) -> tensor<4x?xf32> {
  // CHECK: %[[REST:.*]] = arith.remui
  // CHECK: vector.load %{{.*}} : memref<4x?xf32>, vector<16xf32>
  // CHECK: vector.store %{{.*}} : memref<4x?xf32>, vector<16xf32>
  // CHECK: %[[HAS_REST:.*]] = arith.cmpi ne, %[[REST]]
  // CHECK: scf.if %[[HAS_REST]]
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[REST]] : vector<16xi1>
  // CHECK: vector.maskedload %{{.*}}, %[[MASK]]
  // CHECK: scf.for %{{.*}} to %[[REST]]
  // CHECK: memref.store
  %y = beeline.silu_mul %a, %a : tensor<4x?xf32>, tensor<4x?xf32> -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// No rows, of which one extent says so and the other is known at run time only.
// CHECK-LABEL: @no_rows
// CHECK: memref.cast %{{.*}} : memref<0x?x32xf32> to memref<?x?x32xf32>
// CHECK: memref.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : memref<?x?x32xf32> into memref<?x32xf32>
func.func @no_rows(%a: tensor<0x?x32xf32>) -> tensor<0x?x32xf32> {
  %y = beeline.silu_mul %a, %a
      : tensor<0x?x32xf32>, tensor<0x?x32xf32> -> tensor<0x?x32xf32>
  return %y : tensor<0x?x32xf32>
}

// A tensor of one dimension is a single row ...
// CHECK-LABEL: @rank_1
func.func @rank_1(%a: tensor<32xf32>) -> tensor<32xf32> {
  // CHECK: %[[ONE:.*]] = arith.constant 1 : index
  // CHECK: scf.for %{{.*}} to %[[ONE]] step %[[ONE]]
  // CHECK: scf.for %[[I:.*]] =
  // CHECK: vector.load %{{.*}}[%[[I]]] : memref<32xf32>, vector<16xf32>
  // CHECK: vector.store %{{.*}}[%[[I]]] : memref<32xf32>, vector<16xf32>
  %y = beeline.silu_mul %a, %a : tensor<32xf32>, tensor<32xf32> -> tensor<32xf32>
  return %y : tensor<32xf32>
}

// ... and of a tensor of more, all but the last are folded into rows. The scales'
// groups come first, and stay.
// CHECK-LABEL: @rank_3
func.func @rank_3(%q: tensor<5x?x256xf8E4M3FN>, %s: tensor<2x5x?xf32>)
    -> tensor<5x?x256xbf16> {
  // CHECK: %[[CODES:.*]] = memref.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : memref<5x?x256xf8E4M3FN> into memref<?x256xf8E4M3FN>
  // CHECK: %[[SCALES:.*]] = memref.collapse_shape %{{.*}} {{\[}}[0], [1, 2]] : memref<2x5x?xf32> into memref<2x?xf32>
  // CHECK: %[[ALLOC:.*]] = memref.alloc(%{{.*}}) : memref<5x?x256xbf16>
  // CHECK: %[[OUT:.*]] = memref.collapse_shape %[[ALLOC]] {{\[}}[0, 1], [2]]
  // CHECK: scf.for %[[ROW:.*]] =
  // CHECK: scf.for %[[GROUP:.*]] =
  // CHECK: memref.load %[[SCALES]][%[[GROUP]], %[[ROW]]]
  // CHECK: scf.for %[[I:.*]] =
  // CHECK: vector.load %[[CODES]][%[[ROW]], %[[I]]]
  // CHECK: vector.store %{{.*}}, %[[OUT]][%[[ROW]], %[[I]]]
  // CHECK: bufferization.to_tensor %[[ALLOC]]
  %x = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<5x?x256xf8E4M3FN>, tensor<2x5x?xf32> -> tensor<5x?x256xbf16>
  return %x : tensor<5x?x256xbf16>
}

// No row is no special case.
// CHECK-LABEL: @no_row
func.func @no_row(%a: tensor<0x16xf32>) -> tensor<0x16xf32> {
  // CHECK: %[[OUT:.*]] = memref.alloc() : memref<0x16xf32>
  // CHECK: %[[ONE:.*]] = arith.constant 1 : index
  // CHECK: %[[ROWS:.*]] = arith.constant 0 : index
  // CHECK: scf.for %{{.*}} to %[[ROWS]] step %[[ONE]]
  // CHECK: bufferization.to_tensor %[[OUT]]
  %y = beeline.silu_mul %a, %a : tensor<0x16xf32>, tensor<0x16xf32> -> tensor<0x16xf32>
  return %y : tensor<0x16xf32>
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

// Neighbours are added, then neighbouring sums: 16, 8, 4, 2 of a vector, then 16
// of these sums at a time. -0.0 fills up the last ones, as x + -0.0 = x for all x.
// CHECK-LABEL: @row_sum
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xf32>
func.func @row_sum(%x: tensor<?x48xf32>, %w: tensor<48xf32>) -> tensor<?x48xf32> {
  // One sum for each of three vectors, and 16 to fill up.
  // CHECK: %[[SUMS:.*]] = memref.alloc() : memref<19xf32>
  // CHECK: scf.for
  // CHECK: %[[FILL:.*]] = arith.constant dense<-0.000000e+00> : vector<16xf32>
  // CHECK: scf.for
  // CHECK: %[[LOADED:.*]] = vector.load
  // CHECK: %[[SQUARE:.*]] = arith.mulf %[[LOADED]], %[[LOADED]] : vector<16xf32>
  // CHECK: %[[A8:.*]], %[[B8:.*]] = vector.deinterleave %[[SQUARE]] : vector<16xf32>
  // CHECK-NEXT: %[[S8:.*]] = arith.addf %[[A8]], %[[B8]]
  // CHECK-NEXT: %[[A4:.*]], %[[B4:.*]] = vector.deinterleave %[[S8]] : vector<8xf32>
  // CHECK-NEXT: %[[S4:.*]] = arith.addf %[[A4]], %[[B4]]
  // CHECK-NEXT: %[[A2:.*]], %[[B2:.*]] = vector.deinterleave %[[S4]] : vector<4xf32>
  // CHECK-NEXT: %[[S2:.*]] = arith.addf %[[A2]], %[[B2]]
  // CHECK-NEXT: %[[A1:.*]], %[[B1:.*]] = vector.deinterleave %[[S2]] : vector<2xf32>
  // CHECK-NEXT: %[[S1:.*]] = arith.addf %[[A1]], %[[B1]]
  // CHECK-NEXT: %[[S:.*]] = vector.extract %[[S1]][0]
  // CHECK-NEXT: memref.store %[[S]], %[[SUMS]]
  // CHECK: scf.while
  // CHECK: vector.store %[[FILL]], %[[SUMS]]
  // CHECK: scf.for
  // CHECK: vector.load %[[SUMS]]
  // CHECK-COUNT-4: vector.deinterleave
  // CHECK: memref.store %{{.*}}, %[[SUMS]]
  // CHECK: memref.load %[[SUMS]]
  // CHECK: math.sqrt
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x48xf32>, tensor<48xf32> -> tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

// 300 = 2 * 128 + 44, and 44 = 2 * 16 + 12. Code for the ragged group follows that
// for the others, with no condition.
// CHECK-LABEL: @ragged_group
func.func @ragged_group(%x: tensor<?x300xf32>)
    -> (tensor<?x300xf8E4M3FN>, tensor<?x3xf32>) {
  // CHECK: %[[Q:.*]] = memref.alloc(%{{.*}}) : memref<?x300xf8E4M3FN>
  // CHECK: %[[S:.*]] = memref.alloc(%{{.*}}) : memref<?x3xf32>
  // CHECK: scf.for %[[ROW:.*]] =
  // CHECK: %[[SIZE:.*]] = arith.constant 128 : index
  // CHECK: %[[N:.*]] = arith.constant 300 : index
  // CHECK: %[[GROUPS:.*]] = arith.divui %[[N]], %[[SIZE]]
  // CHECK: scf.for %[[GROUP:.*]] = %{{.*}} to %[[GROUPS]]
  // CHECK: vector.reduction <maxui>
  // CHECK: memref.store %{{.*}}, %[[S]][%[[ROW]], %[[GROUP]]]
  // CHECK: vector.store %{{.*}}, %[[Q]]{{.*}}, vector<16xf8E4M3FN>
  // CHECK-NOT: scf.if
  // CHECK: arith.constant 32 : index
  // CHECK: vector.load {{.*}}, vector<12xf32>
  // CHECK: vector.reduction <maxui>
  // CHECK: memref.store %{{.*}}, %[[S]][%[[ROW]], %[[GROUPS]]]
  // CHECK: vector.store %{{.*}}, %[[Q]]{{.*}}, vector<16xf8E4M3FN>
  // CHECK: vector.store %{{.*}}, %[[Q]]{{.*}}, vector<12xf8E4M3FN>
  // CHECK-NOT: mask
  // CHECK: return
  %q, %s = beeline.group_quant %x
      : tensor<?x300xf32> -> tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
  return %q, %s : tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
}

// CHECK-LABEL: @whole_groups
func.func @whole_groups(%x: tensor<?x256xf32>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // CHECK-COUNT-1: vector.reduction <maxui>
  // CHECK-NOT: vector.reduction
  // CHECK-NOT: mask
  // CHECK: return
  %q, %s = beeline.group_quant %x
      : tensor<?x256xf32> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// Of unknown length, whether there is a ragged group is asked.
// CHECK-LABEL: @dynamic_groups
func.func @dynamic_groups(%x: tensor<4x?xf32>)
    -> (tensor<4x?xf8E4M3FN>, tensor<4x?xf32>) {
  // CHECK: scf.for
  // CHECK: scf.for
  // CHECK: vector.reduction <maxui>
  // CHECK-NOT: mask
  // CHECK: %[[REST:.*]] = arith.remui
  // CHECK: %[[HAS_REST:.*]] = arith.cmpi ne, %[[REST]]
  // CHECK: scf.if %[[HAS_REST]]
  // CHECK: vector.create_mask
  // CHECK: vector.reduction <maxui>
  %q, %s = beeline.group_quant %x
      : tensor<4x?xf32> -> tensor<4x?xf8E4M3FN>, tensor<4x?xf32>
  return %q, %s : tensor<4x?xf8E4M3FN>, tensor<4x?xf32>
}

// rms_norm_quant is rms_norm, then group_quant.
// CHECK-LABEL: @rms_norm_quant
func.func @rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // CHECK: %[[NORMED:.*]] = memref.alloc(%{{.*}}) : memref<?x256xf32>
  // CHECK: vector.deinterleave
  // CHECK: vector.store %{{.*}}, %[[NORMED]]
  // CHECK: %[[Y:.*]] = bufferization.to_tensor %[[NORMED]]
  // CHECK: %[[READ:.*]] = bufferization.to_buffer %[[Y]] read_only
  // CHECK: vector.load %[[READ]]
  // CHECK: vector.reduction <maxui>
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

//===----------------------------------------------------------------------===//
// linear
//===----------------------------------------------------------------------===//

// Each row of the weight is extended once, for all rows of the input, which it meets
// four at a time and then, for what is left over, one at a time; products of f32 are
// added in 16 sums for each row.
// CHECK-LABEL: @linear
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<64x256xbf16>)
func.func @linear(%x: tensor<?x256xbf16>, %w: tensor<64x256xbf16>) -> tensor<?x64xf32> {
  // CHECK: %[[WEIGHT:.*]] = bufferization.to_buffer %[[W]] read_only
  // CHECK: %[[EXTENDED:.*]] = memref.alloc(%{{.*}}) : memref<?x256xf32>
  // CHECK: %[[OUT:.*]] = memref.alloc(%{{.*}}) : memref<?x64xf32>
  // CHECK: vector.store %{{.*}}, %[[EXTENDED]]
  // CHECK: %[[WEIGHT_ROW:.*]] = memref.alloc() : memref<256xf32>
  // CHECK: scf.for %[[COLUMN:.*]] =
  // CHECK: vector.load %[[WEIGHT]][%[[COLUMN]],
  // CHECK: vector.store %{{.*}}, %[[WEIGHT_ROW]]
  // CHECK: scf.for %{{.*}} step %c4
  // CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
  // CHECK-COUNT-4: arith.mulf
  // CHECK-COUNT-16: vector.deinterleave
  // CHECK-COUNT-4: memref.store %{{.*}}, %[[OUT]]
  // CHECK: scf.for %[[ROW:.*]] =
  // CHECK: scf.for {{.*}} -> (vector<16xf32>)
  // CHECK: %[[B:.*]] = vector.load %[[WEIGHT_ROW]]
  // CHECK: %[[A:.*]] = vector.load %[[EXTENDED]][%[[ROW]],
  // CHECK: %[[PRODUCT:.*]] = arith.mulf %[[A]], %[[B]]
  // CHECK: arith.addf %{{.*}}, %[[PRODUCT]]
  // CHECK-COUNT-4: vector.deinterleave
  // CHECK: memref.store %{{.*}}, %[[OUT]][%[[ROW]], %[[COLUMN]]]
  %y = beeline.linear %x, %w
      : tensor<?x256xbf16>, tensor<64x256xbf16> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

// Casts of tensors become integer arithmetic, which leaves nothing of the FP8 types
// but their bits.
// CHECK-LABEL: @tensor_casts
func.func @tensor_casts(%x: tensor<?x48xf32>, %q: tensor<?x48xf8E5M2>)
    -> (tensor<?x48xf8E4M3FN>, tensor<?x48xf16>) {
  // CHECK-NOT: arith.{{truncf|extf}}
  // CHECK: arith.bitcast %{{.*}} : vector<16xi8> to vector<16xf8E4M3FN>
  // CHECK: arith.bitcast %{{.*}} : vector<16xf8E5M2> to vector<16xi8>
  // CHECK-NOT: arith.extf {{.*}}f8
  // CHECK: return
  %0 = arith.truncf %x : tensor<?x48xf32> to tensor<?x48xf8E4M3FN>
  %1 = arith.extf %q : tensor<?x48xf8E5M2> to tensor<?x48xf16>
  return %0, %1 : tensor<?x48xf8E4M3FN>, tensor<?x48xf16>
}

// Others are not this pass's business: scalars, tensors without dimensions, integers,
// formats without row programs, another rounding, and f8E8M0FNU, which says itself
// how it rounds.
// CHECK-LABEL: @other_casts
func.func @other_casts(%scalar: f64, %single: tensor<f32>, %integers: tensor<4xi8>,
                       %double: tensor<4xf64>, %x: tensor<4xf32>) {
  // CHECK-NEXT: arith.truncf %{{.*}} : f64 to f32
  // CHECK-NEXT: arith.truncf %{{.*}} : tensor<f32> to tensor<f16>
  // CHECK-NEXT: arith.extsi %{{.*}} : tensor<4xi8> to tensor<4xi32>
  // CHECK-NEXT: arith.truncf %{{.*}} : tensor<4xf64> to tensor<4xf32>
  // CHECK-NEXT: arith.truncf %{{.*}} downward : tensor<4xf32> to tensor<4xbf16>
  // CHECK-NEXT: arith.truncf %{{.*}} : tensor<4xf32> to tensor<4xf8E8M0FNU>
  // CHECK-NEXT: return
  %0 = arith.truncf %scalar : f64 to f32
  %1 = arith.truncf %single : tensor<f32> to tensor<f16>
  %2 = arith.extsi %integers : tensor<4xi8> to tensor<4xi32>
  %3 = arith.truncf %double : tensor<4xf64> to tensor<4xf32>
  %4 = arith.truncf %x downward : tensor<4xf32> to tensor<4xbf16>
  %5 = arith.truncf %x : tensor<4xf32> to tensor<4xf8E8M0FNU>
  return
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

// With itself, a rank has nothing to exchange.
// CHECK-LABEL: @collectives
// CHECK-SAME: (%[[X:.*]]: tensor<?x48xbf16>, %[[Q:.*]]: tensor<16x48xf8E4M3FN>)
func.func @collectives(%x: tensor<?x48xbf16>, %q: tensor<16x48xf8E4M3FN>)
    -> (tensor<?x48xbf16>, tensor<16x48xf8E4M3FN>) {
  // CHECK-NEXT: return %[[X]], %[[Q]]
  %0 = beeline.all_reduce %x {ranks = 1 : i64} : tensor<?x48xbf16>
  %1 = beeline.all_gather %q {axis = 0 : i64, ranks = 1 : i64}
      : tensor<16x48xf8E4M3FN> -> tensor<16x48xf8E4M3FN>
  return %0, %1 : tensor<?x48xbf16>, tensor<16x48xf8E4M3FN>
}

// Unreachable code goes: its views may see each other, and their extents are nowhere.
// CHECK-LABEL: @views_in_a_circle
// CHECK-NEXT: return
// CHECK-NEXT: }
func.func @views_in_a_circle() {
  return
^unreachable:
  %cast = tensor.cast %again : tensor<?x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %again = tensor.cast %cast : tensor<?x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %s = tensor.empty() : tensor<4x2xf32>
  %any = tensor.cast %s : tensor<4x2xf32> to tensor<?x2xf32>
  %0 = beeline.dequant %cast, %any
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  cf.br ^unreachable
}
