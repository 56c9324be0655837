// RUN: not beeline-opt %s -beeline-raise=assume=rsqrt,sqrt 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: beeline-raise has no assumption 'sqrt'; there are rsqrt,exp,powf,reciprocal,mean-by-multiplication,no-infinity,no-nan,fast-math, all and none

// RUN: beeline-opt %s -beeline-raise=assume=fast-math %remarks 2>&1 | FileCheck %s
// RUN: beeline-opt %s -pass-pipeline='builtin.module(beeline-raise{assume=exp,fast-math},canonicalize)' \
// RUN:   | FileCheck %s --check-prefix=PIPELINE

// CHECK: [Passed] Raised | Category:beeline-raise | Assumed=fast-math
// CHECK: beeline.dequant
// PIPELINE: beeline.dequant
func.func @fast(%q: tensor<4x128xf8E4M3FN>, %s: tensor<4xf32>) -> tensor<4x128xf32> {
  %f = arith.extf %q : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  %init = tensor.empty() : tensor<4x128xf32>
  %b = linalg.broadcast ins(%s : tensor<4xf32>) outs(%init : tensor<4x128xf32>) dimensions = [1]
  %p = arith.mulf %f, %b fastmath<contract> : tensor<4x128xf32>
  return %p : tensor<4x128xf32>
}
