// RUN: beeline-opt %s --allow-unregistered-dialect --beeline-plan-workspace --canonicalize \
// RUN:   | FileCheck %s -enable-var-scope

// A chain: each op reads what the one before wrote. The third buffer takes the
// first one's place, and the workspace is as large as two: 1024 bytes a row for f32,
// and 512 for bf16.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x256xf32>, %{{[^:]*}}: memref<?x256xf32> {bufferize.result}, %[[WORKSPACE:[^:]*]]: memref<?xi8>)
// CHECK-NOT: memref.alloc
// CHECK: memref.dim %[[X]], %c0
// CHECK: %[[SECOND:.*]] = arith.muli %{{.*}}, %c1024
// CHECK: memref.view %[[WORKSPACE]][%c0][%{{.*}}] : memref<?xi8> to memref<?x256xf32>
// CHECK: memref.view %[[WORKSPACE]][%[[SECOND]]][%{{.*}}] : memref<?xi8> to memref<?x256xbf16>
// CHECK: memref.view %[[WORKSPACE]][%c0][%{{.*}}] : memref<?xi8> to memref<?x256xf32>
func.func @chain(%x: memref<?x256xf32>, %r: memref<?x256xf32> {bufferize.result}) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?x256xf32>
  %a = memref.alloc(%m) : memref<?x256xf32>
  "test.op"(%x, %a) : (memref<?x256xf32>, memref<?x256xf32>) -> ()
  %b = memref.alloc(%m) : memref<?x256xbf16>
  "test.op"(%a, %b) : (memref<?x256xf32>, memref<?x256xbf16>) -> ()
  %c = memref.alloc(%m) : memref<?x256xf32>
  "test.op"(%b, %c) : (memref<?x256xbf16>, memref<?x256xf32>) -> ()
  "test.op"(%c, %r) : (memref<?x256xf32>, memref<?x256xf32>) -> ()
  return
}
// CHECK: func.func @chain_workspace_size(%[[M:.*]]: index) -> index
// CHECK: arith.mului_extended %{{.*}}, %c1536_i64

// Sizes are multiples of 256 bytes.
// CHECK-LABEL: func.func @static(
// CHECK: memref.view %{{.*}}[%c0][]
// CHECK: memref.view %{{.*}}[%c256][]
func.func @static(%x: memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<3xi8>
  "test.op"(%a, %b, %x) : (memref<4xf32>, memref<3xi8>, memref<4xf32>) -> ()
  return
}
// CHECK: func.func @static_workspace_size() -> index
// CHECK: %[[SIZE:.*]] = arith.constant 512 : index
// CHECK: return %[[SIZE]]

// Nothing is needed, and the argument is there all the same.
// CHECK-LABEL: func.func @nothing(%{{.*}}: memref<?xi8>)
func.func @nothing() {
  return
}
// CHECK: func.func @nothing_workspace_size() -> index
// CHECK: %[[NONE:.*]] = arith.constant 0 : index
// CHECK: return %[[NONE]]

// A gap is filled where that is right for all extents: 512 bytes a row and then 256
// fit where 1024 were, as both are at most that for every extent.
// CHECK-LABEL: func.func @gap(
// CHECK-DAG: %[[MIDDLE:.*]] = arith.muli %{{.*}}, %c512
// CHECK: memref.view %{{.*}}[%c0][%{{.*}}] : memref<?xi8> to memref<?x256xf32>
// CHECK: memref.view %{{.*}}[%c0][%{{.*}}] : memref<?xi8> to memref<?x128xf32>
// CHECK: memref.view %{{.*}}[%[[MIDDLE]]][%{{.*}}] : memref<?xi8> to memref<?x64xf32>
func.func @gap(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%m) : memref<?x256xf32>
  "test.op"(%a) : (memref<?x256xf32>) -> ()
  %b = memref.alloc(%m) : memref<?x128xf32>
  %c = memref.alloc(%m) : memref<?x64xf32>
  "test.op"(%b, %c) : (memref<?x128xf32>, memref<?x64xf32>) -> ()
  return
}
// CHECK: func.func @gap_workspace_size(
// CHECK: arith.mului_extended %{{.*}}, %c1024_i64
// CHECK-NOT: arith.addui_extended
// CHECK: return

// Of two extents, none is known to be the larger: sizes in one do not fit into sizes
// in the other.
// CHECK-LABEL: func.func @two_extents_workspace_size(
// CHECK-SAME: %{{.*}}: index, %{{.*}}: index)
// CHECK-COUNT-2: arith.mului_extended %{{.*}}, %c256_i64
// CHECK: arith.addui_extended
func.func @two_extents(%x: memref<?xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %n = memref.dim %y, %c0 : memref<?xf32>
  %a = memref.alloc(%m) : memref<?x64xf32>
  "test.op"(%a) : (memref<?x64xf32>) -> ()
  %b = memref.alloc(%n) : memref<?x64xf32>
  "test.op"(%b) : (memref<?x64xf32>) -> ()
  return
}

// Unless they are asserted to be equal.
// CHECK-LABEL: func.func @equal_extents_workspace_size(
// CHECK-COUNT-1: arith.mului_extended %{{.*}}, %c256_i64
// CHECK-NOT: arith.mului_extended
// CHECK: return
func.func @equal_extents(%x: memref<?xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %n = memref.dim %y, %c0 : memref<?xf32>
  %equal = arith.cmpi eq, %m, %n : index
  cf.assert %equal, "rows"
  %a = memref.alloc(%m) : memref<?x64xf32>
  "test.op"(%a) : (memref<?x64xf32>) -> ()
  %b = memref.alloc(%n) : memref<?x64xf32>
  "test.op"(%b) : (memref<?x64xf32>) -> ()
  return
}

// A view is used as long as the buffer, and a loop uses a buffer to its end.
// CHECK-LABEL: func.func @views(
// CHECK: memref.view %{{.*}}[%[[A:c0|c1024]]][] : memref<?xi8> to memref<256xf32>
// CHECK: scf.for
// CHECK: memref.view %{{.*}}[%{{c0|c1024}}][] : memref<?xi8> to memref<64xf32>
// CHECK: func.func @views_workspace_size() -> index
// CHECK: arith.constant 1280 : index
func.func @views(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %a = memref.alloc() : memref<256xf32>
  %view = memref.expand_shape %a [[0, 1]] output_shape [4, 64] : memref<256xf32> into memref<4x64xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    "test.op"(%view) : (memref<4x64xf32>) -> ()
    // In the next iteration the view is read again.
    %b = memref.alloc() : memref<64xf32>
    "test.op"(%b) : (memref<64xf32>) -> ()
  }
  return
}

// Branches are not taken both; what they yield is used after them.
// CHECK-LABEL: func.func @branches_workspace_size
// CHECK: arith.constant 768 : index
func.func @branches(%x: memref<4xf32>) {
  %c = "test.op"() : () -> i1
  %0 = scf.if %c -> memref<64xf32> {
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    "test.op"(%a, %b) : (memref<64xf32>, memref<64xf32>) -> ()
    scf.yield %a : memref<64xf32>
  } else {
    %a = memref.alloc() : memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    "test.op"(%a, %b) : (memref<64xf32>, memref<64xf32>) -> ()
    scf.yield %b : memref<64xf32>
  }
  "test.op"(%0) : (memref<64xf32>) -> ()
  return
}

// Functions that compute sizes, and private ones, have no buffers.
// CHECK: func.func @sizes(%{{.*}}: index) -> index
func.func @sizes(%m: index) -> index {
  return %m : index
}
