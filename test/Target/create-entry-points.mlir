// RUN: beeline-opt %s --beeline-plan-workspace --beeline-create-entry-points \
// RUN:     --canonicalize --cse | FileCheck %s -enable-var-scope

// CHECK-DAG: llvm.mlir.global private constant @[[NAME:.*]]("layer\00")
// CHECK-DAG: llvm.mlir.global private constant @[[ROWS:.*]]("dimension 0 of arg1\00")

// Pointers, extents, results, workspace and stream.
// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %[[X:[^:]*]]: !llvm.ptr, %[[Y:[^:]*]]: !llvm.ptr,
// CHECK-SAME: %[[M:[^:]*]]: index, %[[N:[^:]*]]: index,
// CHECK-SAME: %[[RESULT:[^:]*]]: !llvm.ptr, %[[WORKSPACE:[^:]*]]: !llvm.ptr,
// CHECK-SAME: %[[SIZE:[^:]*]]: i64, %[[STREAM:[^:]*]]: !llvm.ptr) -> i32

// Extents first, then what is asserted of them, by the name of the later argument,
// once; then pointers, the results' among them, and the workspace.
// CHECK: %[[STATUS:.*]] = {{.*}}call @beeline_check_extent(%[[M]],
// CHECK: %[[GOOD:.*]] = arith.cmpi eq, %[[STATUS]], %c0_i32
// CHECK: cf.cond_br %[[GOOD]], ^{{.*}}, ^[[EXIT:.*]](%[[STATUS]] : i32)
// CHECK: call @beeline_check_extent(%[[N]],
// CHECK: call @beeline_check_size(%[[N]], %[[M]],
// CHECK-NOT: call @beeline_check_size
// CHECK: call @beeline_check_condition(
// An empty tensor may be anywhere.
// CHECK: %[[NO_ROWS:.*]] = arith.cmpi eq, %[[M]], %c0
// CHECK: %[[CHECKED:.*]] = arith.select %[[NO_ROWS]], %{{.*}}, %[[X]]
// CHECK: call @beeline_check_pointer(%[[CHECKED]],
// CHECK: call @beeline_check_pointer(
// CHECK: call @layer.result_sizes(%[[M]], %[[N]])
// CHECK: call @beeline_check_pointer(
// CHECK: %[[NEEDED:.*]] = call @layer_workspace_size(%[[M]], %[[N]])
// CHECK: %[[BYTES:.*]] = arith.index_cast %[[NEEDED]]
// CHECK: call @beeline_check_workspace(%[[WORKSPACE]], %[[SIZE]], %[[BYTES]],
// CHECK: scf.if
// What is asserted in a branch stays there.
// CHECK: cf.assert %{{.*}}, "in a branch"
// CHECK: return %c0_i32
// CHECK: ^[[EXIT]](%[[FAILED:.*]]: i32):
// CHECK-NEXT: return %[[FAILED]]
func.func @layer(%x: memref<?x4xf32>, %y: memref<?x4xf32>, %z: memref<?x4xf32> {bufferize.result}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?x4xf32>
  %n = memref.dim %y, %c0 : memref<?x4xf32>
  %equal = arith.cmpi eq, %m, %n : index
  cf.assert %equal, "rows"
  cf.assert %equal, "rows again"
  %some = arith.cmpi ugt, %m, %c1 : index
  cf.assert %some, "more than one"
  scf.if %some {
    cf.assert %equal, "in a branch"
    linalg.fill ins(%zero : f32) outs(%z : memref<?x4xf32>)
  }
  return
}
func.func private @layer.result_sizes(%m: index, %n: index) -> index {
  return %m : index
}

// CHECK-LABEL: func.func @layer_result_sizes(
// CHECK-SAME: %[[M:[^:]*]]: index, %[[N:[^:]*]]: index, %[[SIZES:[^:]*]]: !llvm.ptr)
// CHECK: %[[EXTENT:.*]] = {{.*}}call @layer.result_sizes(%[[M]], %[[N]])
// CHECK: %[[VALUE:.*]] = arith.index_cast %[[EXTENT]] : index to i64
// CHECK: llvm.store %[[VALUE]], %[[SIZES]]

// Nothing can be wrong with tensors without elements.
// CHECK-LABEL: func.func @empty(
// CHECK-NOT: beeline_check_pointer
// CHECK: beeline_check_workspace
func.func @empty(%x: memref<0x4xf32>) {
  return
}
