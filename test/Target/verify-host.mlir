// What is left for the host of a GPU.
//
// RUN: beeline-opt %s --beeline-verify-host --split-input-file --verify-diagnostics \
// RUN:   --allow-unregistered-dialect

// Views, choices and copies of whole tensors; arithmetic on extents.
func.func @host(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %m = tensor.dim %x, %c0 : tensor<?x4xf32>
  %few = arith.cmpi ult, %m, %c64 : index
  %0 = scf.if %few -> tensor<?x4xf32> {
    scf.yield %x : tensor<?x4xf32>
  } else {
    scf.yield %y : tensor<?x4xf32>
  }
  %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<?x4xf32> into tensor<?xf32>
  %2 = arith.select %few, %x, %y : tensor<?x4xf32>
  return %2, %1 : tensor<?x4xf32>, tensor<?xf32>
}

// -----

func.func @constant() -> tensor<2xf32> {
  // expected-error @below {{'arith.constant' op is data, which would have to be on the device: pass it as an argument}}
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @elements(%x: tensor<2xi32>, %y: tensor<2xi32>) -> tensor<2xi32> {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'arith.addi' op would touch device memory on the host, and no kernel is made of it: express it in row-wise ops, or do it before or after the layer}}
  %0 = arith.addi %x, %y : tensor<2xi32>
  // expected-error @below {{'tensor.extract' op would touch device memory on the host}}
  %1 = tensor.extract %0[%c0] : tensor<2xi32>
  // expected-error @below {{'tensor.insert' op would touch device memory on the host}}
  %2 = tensor.insert %1 into %0[%c0] : tensor<2xi32>
  // expected-error @below {{'linalg.fill' op would touch device memory on the host}}
  %3 = linalg.fill ins(%1 : i32) outs(%2 : tensor<2xi32>) -> tensor<2xi32>
  return %3 : tensor<2xi32>
}

// -----

func.func @unknown(%x: tensor<2xi32>) {
  // expected-error @below {{'foreign.op' op would touch device memory on the host}}
  "foreign.op"(%x) : (tensor<2xi32>) -> ()
  return
}
