// RUN: beeline-opt %s -beeline-raise=assume=reciprocal,no-infinity,no-nan | FileCheck %s

// A reader that nobody reads takes nothing along that was raised for it.

// CHECK-LABEL: @unread_dequantization
// CHECK: return %{{.*}} : tensor<4x2xf32>
func.func @unread_dequantization(%x: tensor<4x256xf32>, %s: tensor<4x2xf32>,
                                 %init: tensor<4x2x128xf32>, %top: tensor<4x2xf32>)
    -> tensor<4x2xf32> {
  %low = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %least = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %most = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %g = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %abs = math.absf %g : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%abs : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %low : tensor<4x2xf32>
  %scale = arith.divf %m, %fmax : tensor<4x2xf32>
  %b = linalg.broadcast ins(%scale : tensor<4x2xf32>)
      outs(%init : tensor<4x2x128xf32>) dimensions = [2]
  %d = arith.divf %g, %b : tensor<4x2x128xf32>
  %c0 = arith.maximumf %d, %least : tensor<4x2x128xf32>
  %c1 = arith.minimumf %c0, %most : tensor<4x2x128xf32>
  %q = arith.truncf %c1 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %codes = tensor.collapse_shape %q [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  %e = tensor.expand_shape %codes [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf8E4M3FN> into tensor<4x2x128xf8E4M3FN>
  %f = arith.extf %e : tensor<4x2x128xf8E4M3FN> to tensor<4x2x128xf32>
  %unread = arith.mulf %f, %b : tensor<4x2x128xf32>
  return %scale : tensor<4x2xf32>
}
