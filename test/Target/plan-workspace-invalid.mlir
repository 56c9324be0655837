// RUN: beeline-opt %s --allow-unregistered-dialect --beeline-plan-workspace --split-input-file --verify-diagnostics

func.func @data(%x: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<4xindex>
  // expected-error @below {{'memref.alloc' op has a dimension 1 that does not follow from the extents of the function's arguments, so that no workspace can be planned for it}}
  %a = memref.alloc(%n) : memref<2x?xf32>
  "test.op"(%a) : (memref<2x?xf32>) -> ()
  return
}

// -----

func.func @iteration(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %c1 step %c1 iter_args(%y = %x) -> memref<4xf32> {
    // expected-error @below {{'memref.alloc' op makes a buffer in each iteration of a loop that outlives the iteration: make it outside}}
    %a = memref.alloc() : memref<4xf32>
    "test.op"(%a, %y) : (memref<4xf32>, memref<4xf32>) -> ()
    scf.yield %a : memref<4xf32>
  }
  "test.op"(%0) : (memref<4xf32>) -> ()
  return
}

// -----

func.func @layout(%x: memref<4xf32>) {
  // expected-error @below {{'memref.alloc' op is no plain array of numbers, which a workspace could hold}}
  %a = memref.alloc() : memref<4x4xf32, affine_map<(i, j) -> (j, i)>>
  "test.op"(%a) : (memref<4x4xf32, affine_map<(i, j) -> (j, i)>>) -> ()
  return
}

// -----

// expected-error @below {{'func.func' op takes or returns 'tensor<?xf32>': run one-shot-bufferize first}}
func.func @tensors(%x: tensor<?xf32>) {
  return
}

// -----

// expected-error @below {{'func.func' op takes or returns 'index': a compiled layer has ranked tensors only}}
func.func @no_buffer(%x: memref<4xf32>, %n: index) {
  return
}

// -----

// expected-error @below {{'func.func' op is to get a function @layer_workspace_size beside it, but there is one: rename it}}
func.func @layer(%x: memref<4xf32>) {
  return
}
// expected-note @below {{this one}}
func.func private @layer_workspace_size()
