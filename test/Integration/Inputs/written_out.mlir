// Dequantizations, quantizations, norms and gates as graphs write them out, in
// operations that the reference computes to the bit.

func.func @dequant(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) -> (tensor<?x256xbf16>, tensor<?x256xf32>) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q, %c0 : tensor<?x256xf8E4M3FN>
  %f = arith.extf %q : tensor<?x256xf8E4M3FN> to tensor<?x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf32> into tensor<?x2x128xf32>
  %init = tensor.empty(%m) : tensor<?x2x128xf32>
  %b = linalg.broadcast ins(%s : tensor<?x2xf32>) outs(%init : tensor<?x2x128xf32>) dimensions = [2]
  %p = arith.mulf %b, %v : tensor<?x2x128xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<?x2x128xf32> into tensor<?x256xf32>
  %t = arith.truncf %c : tensor<?x256xf32> to tensor<?x256xbf16>
  return %t, %c : tensor<?x256xbf16>, tensor<?x256xf32>
}

func.func @quant(%x: tensor<?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %lowest = arith.constant 0xFF800000 : f32
  %least = arith.constant 1.0e-10 : f32
  %infinity = arith.constant 0x7F800000 : f32
  %nan = arith.constant 0x7FC00000 : f32
  %largest = arith.constant 448.0 : f32
  %number = arith.constant 1.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x256xbf16>
  %leasts = tensor.splat %least[%m] : tensor<?x2xf32>
  %infinities = tensor.splat %infinity[%m] : tensor<?x2xf32>
  %nans = tensor.splat %nan[%m] : tensor<?x2xf32>
  %fmax = tensor.splat %largest[%m] : tensor<?x2xf32>
  %one = tensor.splat %number[%m] : tensor<?x2xf32>
  %high = tensor.splat %largest[%m] : tensor<?x2x128xf32>
  %low = arith.negf %high : tensor<?x2x128xf32>
  %f = arith.extf %x : tensor<?x256xbf16> to tensor<?x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf32> into tensor<?x2x128xf32>
  %a = math.absf %v : tensor<?x2x128xf32>
  %ri = tensor.empty(%m) : tensor<?x2xf32>
  %fill = linalg.fill ins(%lowest : f32) outs(%ri : tensor<?x2xf32>) -> tensor<?x2xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<?x2x128xf32>)
      outs(%fill : tensor<?x2xf32>) dimensions = [2]
  %floored = arith.maximumf %amax, %leasts : tensor<?x2xf32>
  %s0 = arith.divf %floored, %fmax : tensor<?x2xf32>
  %finite = arith.cmpf olt, %amax, %infinities : tensor<?x2xf32>
  %s = arith.select %finite, %s0, %nans : tensor<?x2xi1>, tensor<?x2xf32>
  %inv = arith.divf %one, %s : tensor<?x2xf32>
  %init = tensor.empty(%m) : tensor<?x2x128xf32>
  %b = linalg.broadcast ins(%inv : tensor<?x2xf32>) outs(%init : tensor<?x2x128xf32>) dimensions = [2]
  %p = arith.mulf %v, %b : tensor<?x2x128xf32>
  %p1 = arith.maximumf %p, %low : tensor<?x2x128xf32>
  %p2 = arith.minimumf %p1, %high : tensor<?x2x128xf32>
  %t = arith.truncf %p2 : tensor<?x2x128xf32> to tensor<?x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<?x2x128xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// A last group of 72, zeros beside it; no clamp; a floor under the scale.
func.func @ragged_quant(%x: tensor<4x200xf32>) -> (tensor<4x200xf8E5M2>, tensor<4x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : tensor<4x2xf32>
  // (1 / 512) / 57344
  %least = arith.constant dense<3.4059797e-8> : tensor<4x2xf32>
  %infinities = arith.constant dense<0x7F800000> : tensor<4x2xf32>
  %nans = arith.constant dense<0x7FC00000> : tensor<4x2xf32>
  %fmax = arith.constant dense<57344.0> : tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  %padded = tensor.pad %x low[0, 0] high[0, 56] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x200xf32> to tensor<4x256xf32>
  %v = tensor.expand_shape %padded [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %a = math.absf %v : tensor<4x2x128xf32>
  %amax = linalg.reduce { arith.maximumf } ins(%a : tensor<4x2x128xf32>)
      outs(%zeros : tensor<4x2xf32>) dimensions = [2]
  %s0 = arith.divf %amax, %fmax : tensor<4x2xf32>
  %s1 = arith.maximumf %s0, %least : tensor<4x2xf32>
  %infinite = arith.cmpf oeq, %amax, %infinities : tensor<4x2xf32>
  %s = arith.select %infinite, %nans, %s1 : tensor<4x2xi1>, tensor<4x2xf32>
  %inv = arith.divf %one, %s : tensor<4x2xf32>
  %init = tensor.empty() : tensor<4x2x128xf32>
  %b = linalg.broadcast ins(%inv : tensor<4x2xf32>) outs(%init : tensor<4x2x128xf32>) dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %t = arith.truncf %p : tensor<4x2x128xf32> to tensor<4x2x128xf8E5M2>
  %c = tensor.collapse_shape %t [[0], [1, 2]] : tensor<4x2x128xf8E5M2> into tensor<4x256xf8E5M2>
  %q = tensor.extract_slice %c[0, 0] [4, 200] [1, 1] : tensor<4x256xf8E5M2> to tensor<4x200xf8E5M2>
  return %q, %s : tensor<4x200xf8E5M2>, tensor<4x2xf32>
}

func.func @norm(%x: tensor<4x96xbf16>, %r: tensor<4x96xbf16>, %w: tensor<96xf32>)
    -> (tensor<4x96xbf16>, tensor<4x96xbf16>) {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %xf = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %rf = arith.extf %r : tensor<4x96xbf16> to tensor<4x96xf32>
  %t = arith.addf %xf, %rf : tensor<4x96xf32>
  %sum = arith.truncf %t : tensor<4x96xf32> to tensor<4x96xbf16>
  %sq = arith.mulf %t, %t : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wb = linalg.broadcast ins(%w : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %rb, %t : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y, %sum : tensor<4x96xbf16>, tensor<4x96xbf16>
}

// Hugging Face's norm, Gemma's weight, and a mean over a power of two.
func.func @rounded_norm(%x: tensor<4x64xbf16>, %w: tensor<64xbf16>) -> tensor<4x64xbf16> {
  %inv = arith.constant dense<0.015625> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-6> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %ones = arith.constant dense<1.0> : tensor<64xf32>
  %f = arith.extf %x : tensor<4x64xbf16> to tensor<4x64xf32>
  %sq = arith.mulf %f, %f : tensor<4x64xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x64xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.mulf %total, %inv : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %all = tensor.empty() : tensor<4x64xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x64xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<64xbf16> to tensor<64xf32>
  %w1 = arith.addf %wf, %ones : tensor<64xf32>
  %wb = linalg.broadcast ins(%w1 : tensor<64xf32>) outs(%all : tensor<4x64xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x64xf32>
  %t = arith.truncf %u : tensor<4x64xf32> to tensor<4x64xbf16>
  %uf = arith.extf %t : tensor<4x64xbf16> to tensor<4x64xf32>
  %p = arith.mulf %wb, %uf : tensor<4x64xf32>
  %y = arith.truncf %p : tensor<4x64xf32> to tensor<4x64xbf16>
  return %y : tensor<4x64xbf16>
}

// math.exp on tensors is the op's in the reference: assume=exp is true there.
func.func @gate(%gate: tensor<4x64xf16>, %up: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %one = arith.constant dense<1.0> : tensor<4x64xf32>
  %g = arith.extf %gate : tensor<4x64xf16> to tensor<4x64xf32>
  %u = arith.extf %up : tensor<4x64xf16> to tensor<4x64xf32>
  %n = arith.negf %g : tensor<4x64xf32>
  %e = math.exp %n : tensor<4x64xf32>
  %d = arith.addf %one, %e : tensor<4x64xf32>
  %s = arith.divf %g, %d : tensor<4x64xf32>
  %p = arith.mulf %s, %u : tensor<4x64xf32>
  %h = arith.truncf %p : tensor<4x64xf32> to tensor<4x64xf16>
  %t = arith.truncf %s : tensor<4x64xf32> to tensor<4x64xf16>
  %h1 = arith.mulf %up, %t : tensor<4x64xf16>
  return %h, %h1 : tensor<4x64xf16>, tensor<4x64xf16>
}
