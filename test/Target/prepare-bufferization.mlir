// RUN: beeline-opt %s --beeline-prepare-bufferization \
// RUN:   --allow-unregistered-dialect | FileCheck %s -enable-var-scope

// What public functions take is the caller's.
// CHECK-LABEL: func.func @arguments(
// CHECK-SAME: %{{.*}}: tensor<4xf32> {bufferization.writable = false}, %{{.*}}: index)
func.func @arguments(%x: tensor<4xf32>, %i: index) {
  return
}
// CHECK: func.func private @private(%{{.*}}: tensor<4xf32>)
func.func private @private(%x: tensor<4xf32>) {
  return
}

// CHECK-LABEL: @loop
func.func @loop(%x: tensor<?x4xf32>, %n: index) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for {{.*}} iter_args(%[[CARRIED:.*]] = %{{.*}})
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<?x4xf32> {
    // CHECK: %[[NEXT:.*]] = beeline.silu_mul
    // CHECK-NEXT: %[[STORED:.*]] = bufferization.materialize_in_destination %[[NEXT]] in %[[CARRIED]]
    // CHECK-NEXT: scf.yield %[[STORED]]
    %z = beeline.silu_mul %y, %y : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
    scf.yield %z : tensor<?x4xf32>
  }
  return %r : tensor<?x4xf32>
}

// What is passed on as another one is copied first.
// CHECK-LABEL: @swap
func.func @swap(%x: tensor<2xf32>, %y: tensor<2xf32>, %n: index) -> (tensor<2xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
  // CHECK-DAG: %[[COPY_B:.*]] = bufferization.alloc_tensor() copy(%[[B]])
  // CHECK-DAG: %[[COPY_A:.*]] = bufferization.alloc_tensor() copy(%[[A]])
  // CHECK: bufferization.materialize_in_destination %[[COPY_B]] in %[[A]]
  // CHECK: bufferization.materialize_in_destination %[[COPY_A]] in %[[B]]
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (tensor<2xf32>, tensor<2xf32>) {
    scf.yield %b, %a : tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
}

// What stays and what is no tensor is left alone.
// CHECK-LABEL: @others
func.func @others(%x: tensor<2xf32>, %n: index) -> (tensor<2xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %{{.*}} = %{{.*}})
  // CHECK-NEXT: %[[J:.*]] = arith.addi
  // CHECK-NEXT: scf.yield %[[A]], %[[J]]
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %n) -> (tensor<2xf32>, index) {
    %j = arith.addi %b, %c1 : index
    scf.yield %a, %j : tensor<2xf32>, index
  }
  return %r#0, %r#1 : tensor<2xf32>, index
}

// What an op of no dialect makes is no other tensor that the loop carries.
// CHECK-LABEL: @unknown
func.func @unknown(%x: tensor<2xf32>, %y: tensor<2xf32>, %n: index) -> (tensor<2xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
  // CHECK-NEXT: %[[MADE:.*]] = "foreign.op"(%[[A]])
  // CHECK-NEXT: %[[STORED:.*]] = bufferization.materialize_in_destination %[[MADE]] in %[[A]]
  // CHECK-NEXT: scf.yield %[[STORED]], %[[B]]
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (tensor<2xf32>, tensor<2xf32>) {
    %made = "foreign.op"(%a) : (tensor<2xf32>) -> tensor<2xf32>
    scf.yield %made, %b : tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
}
