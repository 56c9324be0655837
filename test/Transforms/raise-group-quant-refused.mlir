// RUN: beeline-opt %s -beeline-raise %remarks -split-input-file -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file > %t.before
// RUN: beeline-opt %s -split-input-file -beeline-raise > %t.after
// RUN: diff %t.before %t.after

// Groups with an infinite element are NaN to the op, and zeros and NaN here.

func.func @infinity(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  // expected-remark @below {{[Missed] NotRaised | Category:beeline-raise | Reason="that is so only if nothing that is quantized is infinite", Remark="this could be 'beeline.group_quant'", Suggestion=assume=no-infinity}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// A maximum that hides NaN.

func.func @hidden_in_reduction(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  // expected-remark @below {{Reason="that is so only if nothing that is quantized is NaN, which is hidden here", Remark="this could be 'beeline.group_quant'", Suggestion=assume=no-nan}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// NaN compared with the floor gives the floor.

func.func @hidden_by_floor(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %isLarge = arith.cmpf ogt, %amax, %least : tensor<4x2xf32>
  %m = arith.select %isLarge, %amax, %least : tensor<4x2xi1>, tensor<4x2xf32>
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
  // expected-remark @below {{Reason="that is so only if nothing that is quantized is NaN, which is hidden here", Remark="this could be 'beeline.group_quant'", Suggestion=assume=no-nan}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// torch-mlir's clamp makes NaN the bound; so an infinite element too.

func.func @hidden_by_clamp(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %isBelow = arith.cmpf ult, %p, %low : tensor<4x2x128xf32>
  %p1 = arith.select %isBelow, %low, %p : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  %tooLarge = arith.cmpf ugt, %p1, %high : tensor<4x2x128xf32>
  %p2 = arith.select %tooLarge, %high, %p1 : tensor<4x2x128xi1>, tensor<4x2x128xf32>
  // expected-remark @below {{Suggestion="assume=no-infinity,no-nan"}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The magnitudes of another tensor.

func.func @other_value(%x: tensor<4x256xbf16>, %other: tensor<4x2x128xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %a = math.absf %other : tensor<4x2x128xf32>
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
  // expected-remark @below {{the largest magnitudes are those of another value}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Codes clamped to less than the scale is made for.

func.func @clamped_short(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x2x128xf32>
  %high = arith.constant dense<240.0> : tensor<4x2x128xf32>
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
  // expected-remark @below {{the codes are not clamped to the magnitude that the scale is made for}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// No floor: a group of zeros divides by zero.

func.func @zeros(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %s = arith.divf %amax, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  // expected-remark @below {{Reason="the scale of a group of zeros is zero", Remark="this could be 'beeline.group_quant'", Suggestion="keep the largest magnitude above a small positive number"}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The largest element is not the largest magnitude.

func.func @signed(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %amax = linalg.reduce { arith.maximumf } ins(%v : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  // expected-remark @below {{the largest elements are taken, not the largest magnitudes}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Scaled in bf16.

func.func @rounded(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
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
  %p0 = arith.mulf %v, %b : tensor<4x2x128xf32>
  %pn = arith.truncf %p0 : tensor<4x2x128xf32> to tensor<4x2x128xbf16>
  %p = arith.extf %pn : tensor<4x2x128xbf16> to tensor<4x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x2x128xf32>
  // expected-remark @below {{the scaled elements are rounded to bf16 first}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// A floor whose reciprocal overflows is no beeline.group_quant's.

func.func @tiny_floor(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-38> : tensor<4x2xf32>
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
  // expected-remark @below {{is so small that the reciprocal of min_amax / fmax overflows}}
  %t = arith.truncf %p2 : tensor<4x2x128xf32> to tensor<4x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Groups of elements that lie 2 apart.

func.func @interleaved(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %low = arith.constant dense<-448.0> : tensor<4x128x2xf32>
  %high = arith.constant dense<448.0> : tensor<4x128x2xf32>
  %all = tensor.empty() : tensor<4x128x2xf32>
  %f = arith.extf %x : tensor<4x256xbf16> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 128, 2]
      : tensor<4x256xf32> into tensor<4x128x2xf32>
  %a = math.absf %v : tensor<4x128x2xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x128x2xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [1]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x128x2xf32>)
      dimensions = [1]
  %p = arith.mulf %v, %b : tensor<4x128x2xf32>
  %p1 = arith.maximumf %p, %low : tensor<4x128x2xf32>
  %p2 = arith.minimumf %p1, %high : tensor<4x128x2xf32>
  // expected-remark @below {{the largest magnitudes are not those of groups of neighbours in a row}}
  %t = arith.truncf %p2 : tensor<4x128x2xf32> to tensor<4x128x2xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<4x128x2xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The last group's magnitude is also that of elements that are cut off: real
// ones, not padding.

func.func @cut(%wide: tensor<4x256xf32>) -> tensor<4x200xf8E4M3FN> {
  %zero = arith.constant dense<0.0> : tensor<4x2xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4x2xf32>
  %fmax = arith.constant dense<448.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %all = tensor.empty() : tensor<4x2x128xf32>
  %v = tensor.expand_shape %wide [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zero : tensor<4x2xf32>) dimensions = [2]
  %m = arith.maximumf %amax, %least : tensor<4x2xf32>
  %s = arith.divf %m, %fmax : tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%all : tensor<4x2x128xf32>)
      dimensions = [2]
  %c = tensor.collapse_shape %b [[0], [1, 2]] : tensor<4x2x128xf32> into tensor<4x256xf32>
  %some = tensor.extract_slice %wide[0, 0] [4, 200] [1, 1] : tensor<4x256xf32> to tensor<4x200xf32>
  %factors = tensor.extract_slice %c[0, 0] [4, 200] [1, 1] : tensor<4x256xf32> to tensor<4x200xf32>
  %p = arith.mulf %some, %factors : tensor<4x200xf32>
  // expected-remark @below {{the groups reach past the row}}
  %q = arith.truncf %p : tensor<4x200xf32> to tensor<4x200xf8E4M3FN>
  return %q : tensor<4x200xf8E4M3FN>
}

// -----

// Codes in a branch, the largest magnitudes outside of it.

func.func @branch(%x: tensor<4x96xf32>, %c: i1) -> tensor<4x96xf8E4M3FN> {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %least = arith.constant dense<1.0e-10> : tensor<4xf32>
  %fmax = arith.constant dense<448.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %low = arith.constant dense<-448.0> : tensor<4x96xf32>
  %high = arith.constant dense<448.0> : tensor<4x96xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %inf = arith.constant dense<0x7F800000> : tensor<4xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<4xf32>
  %a = math.absf %x : tensor<4x96xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %q = scf.if %c -> tensor<4x96xf8E4M3FN> {
    %m = arith.maximumf %amax, %least : tensor<4xf32>
    %s0 = arith.divf %m, %fmax : tensor<4xf32>
    %finite = arith.cmpf olt, %amax, %inf : tensor<4xf32>
    %s = arith.select %finite, %s0, %nan : tensor<4xi1>, tensor<4xf32>
    %inv = arith.divf %one, %s : tensor<4xf32>
    %b = linalg.broadcast ins(%inv : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
    %p = arith.mulf %x, %b : tensor<4x96xf32>
    // expected-remark @below {{the largest magnitudes are computed in another block than the codes}}
    %t = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xf8E4M3FN>
    scf.yield %t : tensor<4x96xf8E4M3FN>
  } else {
    %t = arith.truncf %x : tensor<4x96xf32> to tensor<4x96xf8E4M3FN>
    scf.yield %t : tensor<4x96xf8E4M3FN>
  }
  return %q : tensor<4x96xf8E4M3FN>
}

// -----

// A scale that is an argument (static quantization) is no near miss.

func.func @static(%x: tensor<4x96xf32>, %inv: tensor<4x96xf32>) -> tensor<4x96xf8E4M3FN> {
  %p = arith.mulf %x, %inv : tensor<4x96xf32>
  %t = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xf8E4M3FN>
  return %t : tensor<4x96xf8E4M3FN>
}
