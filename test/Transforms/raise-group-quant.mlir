// RUN: beeline-opt %s -beeline-raise=assume=reciprocal,no-infinity,no-nan \
// RUN:   -split-input-file | FileCheck %s
// RUN: beeline-opt %s -beeline-raise=assume=reciprocal,no-infinity,no-nan %remarks \
// RUN:   -split-input-file -verify-diagnostics

// On tensors. That no element is infinite has to be assumed: see
// @explicit_infinity.

// CHECK-LABEL: @arith
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @arith(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Assumed=no-infinity, Remark="this is 'beeline.group_quant'"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// A group with an infinite element is NaN, as the op says: nothing is assumed.

// CHECK-LABEL: @explicit_infinity
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @explicit_infinity(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %inf = arith.constant dense<0x7F800000> : tensor<4x2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<4x2xf32>
  %s0 = arith.divf %m, %fmax : tensor<4x2xf32>
  %finite = arith.cmpf olt, %amax, %inf : tensor<4x2xf32>
  %s = arith.select %finite, %s0, %nan : tensor<4x2xi1>, tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Remark="this is 'beeline.group_quant'"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The same, asked the other way round and of the scale.

// CHECK-LABEL: @explicit_infinity_of_scale
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @explicit_infinity_of_scale(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %inf = arith.constant dense<0x7F800000> : tensor<4x2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<4x2xf32>
  %s0 = arith.divf %m, %fmax : tensor<4x2xf32>
  %infinite = arith.cmpf oeq, %inf, %s0 : tensor<4x2xf32>
  %s = arith.select %infinite, %nan, %s0 : tensor<4x2xi1>, tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Remark="this is 'beeline.group_quant'"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Maxima and minima by comparison. These keep NaN: an ordered comparison with it
// is false, an unordered one true.

// CHECK-LABEL: @selects
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @selects(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %isSmall = arith.cmpf olt, %amax, %least : tensor<4x2xf32>
  %m = arith.select %isSmall, %least, %amax : tensor<4x2xi1>, tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %isAbove = arith.cmpf ugt, %p, %low : tensor<4x2x128xf32>
  %p1 = arith.select %isAbove, %p, %low : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  %tooLarge = arith.cmpf ogt, %p1, %high : tensor<4x2x128xf32>
  %p2 = arith.select %tooLarge, %high, %p1 : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// torch-mlir's clamp makes NaN the bound.

// CHECK-LABEL: @torch_clamp
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @torch_clamp(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %isBelow = arith.cmpf ult, %p, %low : tensor<4x2x128xf32>
  %p1 = arith.select %isBelow, %low, %p : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  %tooLarge = arith.cmpf ugt, %p1, %high : tensor<4x2x128xf32>
  %p2 = arith.select %tooLarge, %high, %p1 : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed="no-infinity,no-nan"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Maxima that hide NaN.

// CHECK-LABEL: @maxnum
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @maxnum(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maxnumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maxnumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed="no-infinity,no-nan"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Divided by the scale instead of multiplied by its reciprocal.

// CHECK-LABEL: @divided_by_scale
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @divided_by_scale(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %b = linalg.broadcast ins(%s : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.divf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed="reciprocal,no-infinity"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// amax * (1 / 448), as aiter's HIP kernel does it.

// CHECK-LABEL: @multiplied
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @multiplied(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<0.00223214296> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.mulf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed="reciprocal,no-infinity"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// 1 / 256 is exact: the product is the quotient. That the clamp is to 448 changes
// no code.

// CHECK-LABEL: @exact_reciprocal
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {fmax = 2.560000e+02 : f32} : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @exact_reciprocal(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<0.00390625> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.mulf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// 448 / amax for the codes, and its reciprocal as the scale.

// CHECK-LABEL: @fmax_over_amax
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @fmax_over_amax(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %factor = arith.divf %fmax, %m : tensor<4x2xf32>
  %s = arith.divf %one, %factor : tensor<4x2xf32>
  %b = linalg.broadcast ins(%factor : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed="reciprocal,no-infinity"}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// A floor under the scale, as vLLM's: 1 / (448 * 512). Dividing by 448 keeps the
// order, and (1 / 512) / 448 is that number.

// CHECK-LABEL: @floor_of_scale
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {min_amax = 0.001953125 : f32} : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @floor_of_scale(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<4.3596540e-06> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %s0 = arith.divf %amax, %fmax : tensor<4x2xf32>
  %s = arith.maximumf %s0, %least : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The reduction begins at the floor.

// CHECK-LABEL: @floor_in_reduction
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {min_amax = 9.99999974E-6 : f32} : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @floor_in_reduction(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-5> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%least : tensor<4x2xf32>) dimensions = [2]
  %s = arith.divf %amax, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Nothing exceeds 448 by more than a few roundings, and 448 * (1 + 2^-20) still
// rounds to 448.

// CHECK-LABEL: @no_clamp
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @no_clamp(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %t = arith.truncf %p : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Magnitudes and maxima of bf16 are exact in bf16.

// CHECK-LABEL: @narrow_magnitudes
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
// CHECK: return %[[Q]], %[[S]]
func.func @narrow_magnitudes(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<448.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %vx = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xbf16> into tensor<4x2x128xbf16>
  %zerox = arith.constant dense<0.0> : tensor<4x2xbf16>
  %a = math.absf %vx : tensor<4x2x128xbf16>
  %amaxx = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xbf16>)
      outs(%zerox : tensor<4x2xbf16>) dimensions = [2]
  %amax = arith.extf %amaxx : tensor<4x2xbf16> to tensor<4x2xf32>
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// torch-mlir's form, with dynamic M: bodies, a kept dimension, one body for
// scales and another that makes them again for the codes. FNUZ as vLLM has it.

#all = affine_map<(m, g, i) -> (m, g, i)>
#kept = affine_map<(m, g, i) -> (m, g, 0)>

// CHECK-LABEL: @bodies
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {fmax = 2.240000e+02 : f32, group_size = 32 : i64} : tensor<?x256xf16> -> tensor<?x256xf8E4M3FNUZ>, tensor<?x8xf32>
// CHECK: %[[E:.*]] = tensor.expand_shape %[[S]] {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 8, 1] : tensor<?x8xf32> into tensor<?x8x1xf32>
// CHECK-NEXT: return %[[Q]], %[[E]]
func.func @bodies(%x: tensor<?x256xf16>, %m: index) -> (tensor<?x256xf8E4M3FNUZ>, tensor<?x8x1xf32>) {
  %lowest = arith.constant 0xFC00 : f16
  %least = arith.constant 1.0e-10 : f32
  %fmax = arith.constant 224.0 : f32
  %low = arith.constant -224.0 : f32
  %one = arith.constant 1.0 : f32
  %v = tensor.expand_shape %x [[0], [1, 2]] output_shape [%m, 8, 32]
      : tensor<?x256xf16> into tensor<?x8x32xf16>
  %ri = tensor.empty(%m) : tensor<?x8x1xf16>
  %fill = linalg.fill ins(%lowest : f16) outs(%ri : tensor<?x8x1xf16>) -> tensor<?x8x1xf16>
  %amax = linalg.generic {indexing_maps = [#all, #kept], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v : tensor<?x8x32xf16>) outs(%fill : tensor<?x8x1xf16>) {
  ^bb0(%in: f16, %out: f16):
    %a = math.absf %in : f16
    %0 = arith.maximumf %out, %a : f16
    linalg.yield %0 : f16
  } -> tensor<?x8x1xf16>
  %si = tensor.empty(%m) : tensor<?x8x1xf32>
  %s = linalg.generic {indexing_maps = [#kept, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%amax : tensor<?x8x1xf16>) outs(%si : tensor<?x8x1xf32>) {
  ^bb0(%in: f16, %out: f32):
    %f = arith.extf %in : f16 to f32
    %0 = arith.maximumf %f, %least : f32
    %1 = arith.divf %0, %fmax : f32
    linalg.yield %1 : f32
  } -> tensor<?x8x1xf32>
  %qi = tensor.empty(%m) : tensor<?x8x32xf8E4M3FNUZ>
  %t = linalg.generic {indexing_maps = [#all, #kept, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %amax : tensor<?x8x32xf16>, tensor<?x8x1xf16>) outs(%qi : tensor<?x8x32xf8E4M3FNUZ>) {
  ^bb0(%in: f16, %a: f16, %out: f8E4M3FNUZ):
    %f = arith.extf %a : f16 to f32
    %g = arith.extf %in : f16 to f32
    %0 = arith.maximumf %f, %least : f32
    %1 = arith.divf %0, %fmax : f32
    %2 = arith.divf %one, %1 : f32
    %3 = arith.mulf %2, %g : f32
    %4 = arith.minimumf %3, %fmax : f32
    %5 = arith.maximumf %4, %low : f32
    %6 = arith.truncf %5 : f32 to f8E4M3FNUZ
    linalg.yield %6 : f8E4M3FNUZ
  } -> tensor<?x8x32xf8E4M3FNUZ>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<?x8x32xf8E4M3FNUZ> into tensor<?x256xf8E4M3FNUZ>
  return %q, %s : tensor<?x256xf8E4M3FNUZ>, tensor<?x8x1xf32>
}

// -----

// 200 is no multiple of 128: padded with zeros, and cut off again. The scales are
// written group-major.

// CHECK-LABEL: @ragged
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {scale_layout = #beeline.scale_layout<group_major>} : tensor<4x200xf32> -> tensor<4x200xf8E5M2>, tensor<2x4xf32>
// CHECK-NEXT: return %[[Q]], %[[S]]
func.func @ragged(%x: tensor<4x200xf32>) -> (tensor<4x200xf8E5M2>, tensor<2x4xf32>) {
  %z = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %least = arith.constant dense<1.0e-10> : tensor<2x4xf32>
  %fmax = arith.constant dense<57344.0> : tensor<2x4xf32>
  %one = arith.constant dense<1.0> : tensor<2x4xf32>
  %low = arith.constant dense<-57344.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<57344.0> : tensor<4x2x128xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %padded = tensor.pad %x low[0, 0] high[0, 56] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<4x200xf32> to tensor<4x256xf32>
  %v = tensor.expand_shape %padded [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %amax = linalg.generic {indexing_maps = [affine_map<(m, g, i) -> (m, g, i)>, affine_map<(m, g, i) -> (g, m)>],
                          iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v : tensor<4x2x128xf32>) outs(%zero : tensor<2x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = math.absf %in : f32
    %0 = arith.maximumf %a, %out : f32
    linalg.yield %0 : f32
  } -> tensor<2x4xf32>
  %m = arith.maximumf %amax, %least : tensor<2x4xf32>
  %s = arith.divf %m, %fmax : tensor<2x4xf32>
  %inv = arith.divf %one, %s : tensor<2x4xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(m, g, i) -> (g, m)>, affine_map<(m, g, i) -> (m, g, i)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%inv : tensor<2x4xf32>) outs(%all : tensor<4x2x128xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4x2x128xf32>
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E5M2>
  %c = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E5M2> into tensor<4x256xf8E5M2>
  // expected-remark @below {{Assumed=no-infinity}}
  %q = tensor.extract_slice %c[0, 0] [4, 200] [1, 1] : tensor<4x256xf8E5M2> to tensor<4x200xf8E5M2>
  return %q, %s : tensor<4x200xf8E5M2>, tensor<2x4xf32>
}

// -----

// One scale for each row (per token), which other ops read on the way.

// CHECK-LABEL: @rows
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %arg0 {group_size = 96 : i64} : tensor<4x96xbf16> -> tensor<4x96xf8E4M3FN>, tensor<4x1xf32>
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[S]] {{\[\[}}0, 1]] : tensor<4x1xf32> into tensor<4xf32>
// CHECK: %[[N:.*]] = arith.negf %[[C]]
// CHECK: return %[[Q]], %[[C]], %[[N]]
func.func @rows(%x: tensor<4x96xbf16>) -> (tensor<4x96xf8E4M3FN>, tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4xf32>
  %fmax = arith.constant dense<448.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %low = arith.constant dense<-448.0> : tensor<4x96xf32>
  %high = arith.constant dense<448.0> : tensor<4x96xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %a = math.absf %f : tensor<4x96xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %m = arith.maximumf %amax, %least : tensor<4xf32>
  %s = arith.divf %m, %fmax : tensor<4xf32>
  %negated = arith.negf %s : tensor<4xf32>
  %inv = arith.divf %one, %s : tensor<4xf32>
  %b = linalg.broadcast ins(%inv : tensor<4xf32>) outs(%all : tensor<4x96xf32>)
      dimensions = [1]
  %p = arith.mulf %f, %b : tensor<4x96xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x96xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x96xf32>
  // expected-remark @below {{Assumed=no-infinity}}
  %t = arith.truncf %p2 : tensor<4x96xf32> to tensor<4x96xf8E4M3FN>
  return %t, %s, %negated : tensor<4x96xf8E4M3FN>, tensor<4xf32>, tensor<4xf32>
}
