// RUN: beeline-opt %s --beeline-results-to-arguments --split-input-file --verify-diagnostics

// expected-error @below {{'func.func' op has several blocks: a compiled layer needs structured control flow (scf)}}
func.func @blocks(%x: memref<4xf32>) -> memref<4xf32> {
  cf.br ^next
^next:
  return %x : memref<4xf32>
}

// -----

// expected-error @below {{'func.func' op takes or returns 'index': a compiled layer has ranked tensors only}}
func.func @scalar(%x: memref<4xf32>, %i: index) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// -----

// expected-error @below {{'func.func' op takes or returns 'memref<*xf32>'}}
func.func @unranked(%x: memref<*xf32>) {
  return
}

// -----

// As many rows as an element of the input says.
func.func @data(%x: memref<4xindex>) -> memref<4x?xf32> {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<4xindex>
  %y = memref.alloc(%n) : memref<4x?xf32>
  // expected-error @below {{'func.return' op returns as result 0 a tensor whose dimension 1 does not follow from the extents of the function's arguments}}
  return %y : memref<4x?xf32>
}

// -----

// expected-error @below {{'func.func' op takes or returns 'tensor<4xf32>': run one-shot-bufferize first}}
func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

func.func @no_return(%x: memref<4xf32>) -> memref<4xf32> {
  // expected-error @below {{'llvm.unreachable' op ends a compiled layer, which has to return}}
  llvm.unreachable
}

// -----

// expected-error @below {{'func.func' op is to get a function @layer.result_sizes beside it, but there is one: rename it}}
func.func @layer(%x: memref<?xf32>) -> memref<?xf32> {
  return %x : memref<?xf32>
}
// expected-note @below {{this one}}
func.func private @layer.result_sizes()
