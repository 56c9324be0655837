// RUN: beeline-opt %s --beeline-results-to-arguments | FileCheck %s -enable-var-scope

// CHECK-LABEL: func.func @allocated(
// CHECK-SAME: %[[X:[^:]*]]: memref<?xf32>, %[[Y:[^:]*]]: memref<?xf32> {bufferize.result},
// CHECK-SAME: %[[Z:[^:]*]]: memref<?xf32> {bufferize.result}, %[[A:[^:]*]]: memref<?xf32> {bufferize.result})
// CHECK-NOT: ->
// CHECK-NOT: memref.alloc
// CHECK: linalg.fill {{.*}} outs(%[[Y]]
// The second time, and what is an argument, is copied.
// CHECK: memref.copy %[[Y]], %[[Z]]
// CHECK: memref.copy %[[X]], %[[A]]
// CHECK: return{{$}}
func.func @allocated(%x: memref<?xf32>) -> (memref<?xf32>, memref<?xf32>, memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?xf32>
  %y = memref.alloc(%m) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%y : memref<?xf32>)
  return %y, %y, %x : memref<?xf32>, memref<?xf32>, memref<?xf32>
}
// CHECK: func.func private @allocated.result_sizes(%[[M:.*]]: index) -> (index, index, index)
// CHECK: return %[[M]], %[[M]], %[[M]]

// Without dynamic extents, nobody has to compute any. What is allocated in another
// shape is copied.
// CHECK-LABEL: func.func @static(
// CHECK-SAME: %[[Y:.*]]: memref<8xf32> {bufferize.result})
// CHECK: %[[ALLOC:.*]] = memref.alloc() : memref<2x4xf32>
// CHECK: %[[VIEW:.*]] = memref.collapse_shape %[[ALLOC]]
// CHECK: memref.copy %[[VIEW]], %[[Y]]
// CHECK-NOT: result_sizes
func.func @static() -> memref<8xf32> {
  %y = memref.alloc() : memref<2x4xf32>
  %z = memref.collapse_shape %y [[0, 1]] : memref<2x4xf32> into memref<8xf32>
  return %z : memref<8xf32>
}

// Nothing to do for private functions: there are no calls.
// CHECK: func.func private @private(%{{.*}}: memref<4xf32>) -> memref<4xf32>
func.func private @private(%x: memref<4xf32>) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// Extents, through everything that passes buffers on.
// CHECK-LABEL: func.func private @extents.result_sizes(
// CHECK-SAME: %[[M:[^:]*]]: index, %[[N:[^:]*]]: index) -> (index, index, index, index)
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %[[M]],
// CHECK: %[[CHOSEN:.*]] = arith.select %[[FEW]], %[[M]], %[[N]]
// CHECK: %[[SIX:.*]] = arith.constant 6 : index
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[M]], %[[SIX]]
// CHECK: return %[[CHOSEN]], %[[PRODUCT]], %[[N]], %[[M]]
func.func @extents(%x: memref<?x6xf32>, %y: memref<?x6xf32>)
    -> (memref<?x6xf32>, memref<?xf32>, memref<?x6xf32>, memref<?x6xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %true = arith.constant true
  %m = memref.dim %x, %c0 : memref<?x6xf32>
  %few = arith.cmpi ult, %m, %c64 : index
  %0 = scf.if %few -> memref<?x6xf32> {
    %alloc = memref.alloc(%m) : memref<?x6xf32>
    scf.yield %alloc : memref<?x6xf32>
  } else {
    scf.yield %y : memref<?x6xf32>
  }
  %1 = memref.collapse_shape %x [[0, 1]] : memref<?x6xf32> into memref<?xf32>
  %2 = scf.for %i = %c0 to %c64 step %c1 iter_args(%z = %y) -> memref<?x6xf32> {
    scf.yield %z : memref<?x6xf32>
  }
  %3 = memref.subview %x[0, 0] [%m, 6] [1, 1] : memref<?x6xf32> to memref<?x6xf32, strided<[6, 1]>>
  %4 = memref.cast %3 : memref<?x6xf32, strided<[6, 1]>> to memref<?x6xf32>
  return %0, %1, %2, %4 : memref<?x6xf32>, memref<?xf32>, memref<?x6xf32>, memref<?x6xf32>
}
