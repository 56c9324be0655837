// RUN: beeline-opt %s -beeline-raise=assume=exp,reciprocal -split-input-file | FileCheck %s
// RUN: beeline-opt %s -beeline-raise=assume=exp,reciprocal %remarks \
// RUN:   -split-input-file -verify-diagnostics

// CHECK-LABEL: @quotient
// CHECK: %[[H:.*]] = beeline.silu_mul %arg0, %arg1 : tensor<?x64xbf16>, tensor<?x64xbf16> -> tensor<?x64xbf16>
// CHECK-NEXT: return %[[H]]
func.func @quotient(%gate: tensor<?x64xbf16>, %up: tensor<?x64xbf16>, %m: index) -> tensor<?x64xbf16> {
  %number = arith.constant 1.0 : f32
  %one = tensor.splat %number[%m] : tensor<?x64xf32>
  %g = arith.extf %gate : tensor<?x64xbf16> to tensor<?x64xf32>
  %u = arith.extf %up : tensor<?x64xbf16> to tensor<?x64xf32>
  %n = arith.negf %g : tensor<?x64xf32>
  %e = math.exp %n : tensor<?x64xf32>
  %d = arith.addf %one, %e : tensor<?x64xf32>
  %s = arith.divf %g, %d : tensor<?x64xf32>
  %p = arith.mulf %s, %u : tensor<?x64xf32>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Assumed=exp, Remark="this is 'beeline.silu_mul'"}}
  %h = arith.truncf %p : tensor<?x64xf32> to tensor<?x64xbf16>
  return %h : tensor<?x64xbf16>
}

// -----

// g * sigmoid(g), as torch-mlir has it, rounded before it is multiplied. The
// halves of one linear's result are gate and up.

#all = affine_map<(m, n) -> (m, n)>

// CHECK-LABEL: @sigmoid
// CHECK: %[[G:.*]] = tensor.extract_slice %arg0[0, 0]
// CHECK: %[[U:.*]] = tensor.extract_slice %arg0[0, 64]
// CHECK: %[[H:.*]] = beeline.silu_mul %[[G]], %[[U]] {round_before_mul} : tensor<?x64xbf16>, tensor<?x64xbf16> -> tensor<?x64xbf16>
// CHECK-NEXT: return %[[H]]
func.func @sigmoid(%x: tensor<?x128xbf16>, %m: index) -> tensor<?x64xbf16> {
  %one = arith.constant 1.0 : f32
  %gate = tensor.extract_slice %x[0, 0] [%m, 64] [1, 1] : tensor<?x128xbf16> to tensor<?x64xbf16>
  %up = tensor.extract_slice %x[0, 64] [%m, 64] [1, 1] : tensor<?x128xbf16> to tensor<?x64xbf16>
  %init = tensor.empty(%m) : tensor<?x64xf32>
  %sigmoid = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%gate : tensor<?x64xbf16>) outs(%init : tensor<?x64xf32>) {
  ^bb0(%in: bf16, %out: f32):
    %f = arith.extf %in : bf16 to f32
    %n = arith.negf %f : f32
    %e = math.exp %n : f32
    %d = arith.addf %e, %one : f32
    %s = arith.divf %one, %d : f32
    linalg.yield %s : f32
  } -> tensor<?x64xf32>
  %narrow = tensor.empty(%m) : tensor<?x64xbf16>
  %silu = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%sigmoid, %gate : tensor<?x64xf32>, tensor<?x64xbf16>) outs(%narrow : tensor<?x64xbf16>) {
  ^bb0(%s: f32, %in: bf16, %out: bf16):
    %f = arith.extf %in : bf16 to f32
    %p = arith.mulf %s, %f : f32
    %t = arith.truncf %p : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x64xbf16>
  // expected-remark @below {{Assumed="exp,reciprocal", Remark="this is 'beeline.silu_mul'"}}
  %h = arith.mulf %up, %silu : tensor<?x64xbf16>
  return %h : tensor<?x64xbf16>
}

// -----

// exp(0 - g) and exp(g * -1) are exp(-g); named ops.

// CHECK-LABEL: @negations
// CHECK: beeline.silu_mul %arg0, %arg1 : tensor<4x64xf32>
// CHECK: beeline.silu_mul %arg0, %arg1 : tensor<4x64xf32>
func.func @negations(%g: tensor<4x64xf32>, %u: tensor<4x64xf32>) -> (tensor<4x64xf32>, tensor<4x64xf32>) {
  %one = arith.constant dense<1.0> : tensor<4x64xf32>
  %zero = arith.constant dense<0.0> : tensor<4x64xf32>
  %minus = arith.constant dense<-1.0> : tensor<4x64xf32>
  %init = tensor.empty() : tensor<4x64xf32>
  %n = linalg.sub ins(%zero, %g : tensor<4x64xf32>, tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  %e = linalg.exp ins(%n : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  %d = linalg.add ins(%e, %one : tensor<4x64xf32>, tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  %s = linalg.div ins(%g, %d : tensor<4x64xf32>, tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  // expected-remark @below {{this is 'beeline.silu_mul'}}
  %h = linalg.mul ins(%s, %u : tensor<4x64xf32>, tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  %n1 = arith.mulf %minus, %g : tensor<4x64xf32>
  %e1 = math.exp %n1 : tensor<4x64xf32>
  %d1 = arith.addf %e1, %one : tensor<4x64xf32>
  %s1 = arith.divf %g, %d1 : tensor<4x64xf32>
  // expected-remark @below {{this is 'beeline.silu_mul'}}
  %h1 = arith.mulf %u, %s1 : tensor<4x64xf32>
  return %h, %h1 : tensor<4x64xf32>, tensor<4x64xf32>
}

// -----

// All in bf16: the op rounds less.

// CHECK-LABEL: @narrow
// CHECK-NOT: beeline.silu_mul
func.func @narrow(%g: tensor<4x64xbf16>, %u: tensor<4x64xbf16>) -> tensor<4x64xbf16> {
  %one = arith.constant dense<1.0> : tensor<4x64xbf16>
  %n = arith.negf %g : tensor<4x64xbf16>
  // expected-remark @below {{[Missed] NotRaised | Category:beeline-raise | Reason="silu rounds to bf16 in between", Remark="this could be 'beeline.silu_mul'"}}
  %e = math.exp %n : tensor<4x64xbf16>
  %d = arith.addf %e, %one : tensor<4x64xbf16>
  %s = arith.divf %g, %d : tensor<4x64xbf16>
  %h = arith.mulf %s, %u : tensor<4x64xbf16>
  return %h : tensor<4x64xbf16>
}

// -----

// Rounded to two types.

// CHECK-LABEL: @two_types
// CHECK-NOT: beeline.silu_mul
func.func @two_types(%g: tensor<4x64xf32>, %u: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %one = arith.constant dense<1.0> : tensor<4x64xf32>
  %n = arith.negf %g : tensor<4x64xf32>
  // expected-remark @below {{silu of the gate is rounded to bf16 and the product to f32}}
  %e = math.exp %n : tensor<4x64xf32>
  %d = arith.addf %e, %one : tensor<4x64xf32>
  %s = arith.divf %g, %d : tensor<4x64xf32>
  %t = arith.truncf %s : tensor<4x64xf32> to tensor<4x64xbf16>
  %f = arith.extf %t : tensor<4x64xbf16> to tensor<4x64xf32>
  %h = arith.mulf %f, %u : tensor<4x64xf32>
  return %h : tensor<4x64xf32>
}

// -----

// Every row is multiplied by the same vector.

// CHECK-LABEL: @vector
// CHECK-NOT: beeline.silu_mul
func.func @vector(%g: tensor<4x64xf32>, %u: tensor<64xf32>) -> tensor<4x64xf32> {
  %one = arith.constant dense<1.0> : tensor<4x64xf32>
  %init = tensor.empty() : tensor<4x64xf32>
  %n = arith.negf %g : tensor<4x64xf32>
  // expected-remark @below {{up is not a tensor of bf16, f16 or f32 of the result's shape}}
  %e = math.exp %n : tensor<4x64xf32>
  %d = arith.addf %e, %one : tensor<4x64xf32>
  %s = arith.divf %g, %d : tensor<4x64xf32>
  %h = linalg.map ins(%s : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) (%a: f32, %out: f32) {
    %j = linalg.index 1 : index
    %b = tensor.extract %u[%j] : tensor<64xf32>
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  }
  return %h : tensor<4x64xf32>
}

// -----

// A sigmoid of something else, and silu with nothing to multiply it by.

// CHECK-LABEL: @other
// CHECK-NOT: beeline.silu_mul
func.func @other(%g: tensor<4x64xf32>, %u: tensor<4x64xf32>) -> (tensor<4x64xf32>, tensor<4x64xf32>) {
  %one = arith.constant dense<1.0> : tensor<4x64xf32>
  %n = arith.negf %g : tensor<4x64xf32>
  %e = math.exp %n : tensor<4x64xf32>
  %d = arith.addf %e, %one : tensor<4x64xf32>
  %silu = arith.divf %g, %d : tensor<4x64xf32>
  %s = arith.divf %u, %d : tensor<4x64xf32>
  %h = arith.mulf %s, %u : tensor<4x64xf32>
  return %h, %silu : tensor<4x64xf32>, tensor<4x64xf32>
}
