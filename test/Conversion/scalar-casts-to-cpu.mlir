// Casts of scalars from and to FP8, as bodies of linalg ops have them, become integer
// arithmetic; test/Integration/raise-spellings.test has their bits.

// RUN: beeline-opt %s -convert-beeline-to-cpu | FileCheck %s

// CHECK-LABEL: @body
// CHECK: linalg.generic
// CHECK-NOT: arith.extf {{.*}} : f8E4M3FN
// CHECK-NOT: arith.truncf {{.*}} to f8E5M2
// CHECK: arith.bitcast %{{.*}} : f8E4M3FN to i8
// CHECK-NOT: arith.extf {{.*}} : f8E4M3FN
// CHECK-NOT: arith.truncf {{.*}} to f8E5M2
// CHECK: arith.bitcast %{{.*}} : i8 to f8E5M2
// CHECK-NOT: arith.extf {{.*}} : f8E4M3FN
// CHECK-NOT: arith.truncf {{.*}} to f8E5M2
// CHECK: linalg.yield
func.func @body(%x: tensor<4xf8E4M3FN>, %init: tensor<4xf8E5M2>) -> tensor<4xf8E5M2> {
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]}
      ins(%x : tensor<4xf8E4M3FN>) outs(%init : tensor<4xf8E5M2>) {
  ^bb0(%in: f8E4M3FN, %out: f8E5M2):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.addf %0, %0 : f32
    %2 = arith.truncf %1 : f32 to f8E5M2
    linalg.yield %2 : f8E5M2
  } -> tensor<4xf8E5M2>
  return %y : tensor<4xf8E5M2>
}

// Neither another rounding nor a cast that is none of FP8's is touched.

// CHECK-LABEL: @others
// CHECK: arith.truncf %{{.*}} upward : f32 to f8E5M2
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @others(%x: tensor<4xf32>, %a: tensor<4xf8E5M2>, %b: tensor<4xbf16>)
    -> (tensor<4xf8E5M2>, tensor<4xbf16>) {
  %y:2 = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%a, %b : tensor<4xf8E5M2>, tensor<4xbf16>) {
  ^bb0(%in: f32, %out0: f8E5M2, %out1: bf16):
    %0 = arith.truncf %in upward : f32 to f8E5M2
    %1 = arith.truncf %in : f32 to bf16
    linalg.yield %0, %1 : f8E5M2, bf16
  } -> (tensor<4xf8E5M2>, tensor<4xbf16>)
  return %y#0, %y#1 : tensor<4xf8E5M2>, tensor<4xbf16>
}
