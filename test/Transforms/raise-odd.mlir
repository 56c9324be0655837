// IR that the verifiers accept and that nothing can be made of: it stays, and
// nothing crashes.

// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect -beeline-raise=assume=rsqrt,exp,powf,reciprocal,mean-by-multiplication,no-infinity,no-nan,fast-math > %t.after
// RUN: diff %t.before %t.after

func.func @unranked(%x: tensor<*xf32>) -> tensor<*xf32> {
  %p = arith.mulf %x, %x : tensor<*xf32>
  %c = tensor.cast %p : tensor<*xf32> to tensor<4x?xf32>
  %d = arith.mulf %c, %c : tensor<4x?xf32>
  %u = tensor.cast %d : tensor<4x?xf32> to tensor<*xf32>
  return %u : tensor<*xf32>
}

// -----

func.func @scalars(%x: f32, %q: f8E4M3FN, %v: vector<4xf32>, %t: tensor<f32>) -> (f32, vector<4xf32>, tensor<f32>) {
  %f = arith.extf %q : f8E4M3FN to f32
  %p = arith.mulf %f, %x : f32
  %w = arith.mulf %v, %v : vector<4xf32>
  %u = arith.mulf %t, %t : tensor<f32>
  return %p, %w, %u : f32, vector<4xf32>, tensor<f32>
}

// -----

func.func @empty(%q: tensor<0x128xf8E4M3FN>, %s: tensor<0x0xf32>, %w: tensor<4x0xf8E4M3FN>, %t: tensor<4x0xf32>)
    -> (tensor<0x0xf32>, tensor<4x0xf32>) {
  %f = arith.extf %q : tensor<0x128xf8E4M3FN> to tensor<0x128xf32>
  %c = tensor.collapse_shape %f [[0, 1]] : tensor<0x128xf32> into tensor<0xf32>
  %e = tensor.expand_shape %c [[0, 1]] output_shape [0, 0] : tensor<0xf32> into tensor<0x0xf32>
  %p = arith.mulf %e, %s : tensor<0x0xf32>
  %g = arith.extf %w : tensor<4x0xf8E4M3FN> to tensor<4x0xf32>
  %r = arith.mulf %g, %t : tensor<4x0xf32>
  return %p, %r : tensor<0x0xf32>, tensor<4x0xf32>
}

// -----

// No elements at all: N must be 1 at least.

func.func @empty_norm(%x: tensor<4x0xf32>) -> tensor<4x0xf32> {
  %n = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %sq = arith.mulf %x, %x : tensor<4x0xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x0xf32>) outs(%n : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %root = math.sqrt %mean : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %all = tensor.empty() : tensor<4x0xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x0xf32>) dimensions = [1]
  %u = arith.mulf %x, %rb : tensor<4x0xf32>
  return %u : tensor<4x0xf32>
}

// -----

func.func @memrefs(%x: memref<4x128xf32>, %y: memref<4x128xf32>) {
  linalg.map { arith.mulf } ins(%x, %x : memref<4x128xf32>, memref<4x128xf32>) outs(%y : memref<4x128xf32>)
  return
}

// -----

func.func @encoded(%q: tensor<4x128xf8E4M3FN, "sparse">, %s: tensor<4x128xf32, "sparse">) -> tensor<4x128xf32, "sparse"> {
  %f = arith.extf %q : tensor<4x128xf8E4M3FN, "sparse"> to tensor<4x128xf32, "sparse">
  %p = arith.mulf %f, %s : tensor<4x128xf32, "sparse">
  return %p : tensor<4x128xf32, "sparse">
}

// -----

// Extents and strides whose products overflow.

func.func @huge(%q: tensor<?x4611686018427387904xf8E4M3FN>, %s: tensor<?x4611686018427387904xf32>)
    -> tensor<?x4611686018427387904xf32> {
  %f = arith.extf %q : tensor<?x4611686018427387904xf8E4M3FN> to tensor<?x4611686018427387904xf32>
  %m = arith.constant 8 : index
  %e = tensor.expand_shape %f [[0], [1, 2, 3]] output_shape [%m, 65536, 65536, 1073741824]
      : tensor<?x4611686018427387904xf32> into tensor<?x65536x65536x1073741824xf32>
  %c = tensor.collapse_shape %e [[0], [1, 2, 3]]
      : tensor<?x65536x65536x1073741824xf32> into tensor<?x4611686018427387904xf32>
  %p = arith.mulf %c, %s : tensor<?x4611686018427387904xf32>
  return %p : tensor<?x4611686018427387904xf32>
}

// -----

// Values across blocks, a loop that reads its last iteration, dead code.

func.func @blocks(%q: tensor<4x128xf8E4M3FN>, %s: tensor<4x128xf32>, %c: i1) -> tensor<4x128xf32> {
  %f = arith.extf %q : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  cf.cond_br %c, ^one(%f : tensor<4x128xf32>), ^two(%s : tensor<4x128xf32>)
^one(%a: tensor<4x128xf32>):
  %p = arith.mulf %a, %s : tensor<4x128xf32>
  cf.br ^two(%p : tensor<4x128xf32>)
^two(%b: tensor<4x128xf32>):
  %unused = arith.mulf %f, %b : tensor<4x128xf32>
  %r = arith.mulf %b, %b : tensor<4x128xf32>
  cf.cond_br %c, ^two(%r : tensor<4x128xf32>), ^end
^end:
  return %r : tensor<4x128xf32>
}

// -----

func.func @loop(%x: tensor<4x128xf32>, %n: index) -> tensor<4x128xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<4x128xf32>) {
    %e = math.exp %a : tensor<4x128xf32>
    %s = math.rsqrt %e : tensor<4x128xf32>
    %p = arith.mulf %s, %a : tensor<4x128xf32>
    scf.yield %p : tensor<4x128xf32>
  }
  return %r : tensor<4x128xf32>
}

// -----

// Reductions of several results, of several dimensions, of accumulators that are
// read twice, and a convolution's indices.

#in = affine_map<(m, n) -> (m, n)>
#out = affine_map<(m, n) -> (m)>

func.func @reductions(%x: tensor<4x128xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>, tensor<1x1x6x6x4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %scalar = arith.constant dense<0.0> : tensor<f32>
  %a, %b = linalg.generic {indexing_maps = [#in, #out, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x128xf32>) outs(%zero, %zero : tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%in: f32, %o0: f32, %o1: f32):
    %0 = arith.addf %in, %o0 : f32
    %1 = arith.mulf %o0, %o0 : f32
    %2 = arith.maximumf %1, %o1 : f32
    linalg.yield %0, %2 : f32, f32
  } -> (tensor<4xf32>, tensor<4xf32>)
  %all = linalg.reduce { arith.addf } ins(%x : tensor<4x128xf32>) outs(%scalar : tensor<f32>) dimensions = [0, 1]
  %twice = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x128xf32>) outs(%zero : tensor<4xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %image = tensor.empty() : tensor<1x1x8x8x4xf32>
  %kernel = tensor.empty() : tensor<1x3x3x4x4xf32>
  %init = tensor.empty() : tensor<1x1x6x6x4xf32>
  %conv = linalg.conv_3d_ndhwc_dhwcf
      ins(%image, %kernel : tensor<1x1x8x8x4xf32>, tensor<1x3x3x4x4xf32>)
      outs(%init : tensor<1x1x6x6x4xf32>) -> tensor<1x1x6x6x4xf32>
  %r = arith.mulf %a, %b : tensor<4xf32>
  %t = math.sqrt %twice : tensor<4xf32>
  %u = arith.mulf %conv, %conv : tensor<1x1x6x6x4xf32>
  return %r, %b, %all, %t, %u : tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>, tensor<1x1x6x6x4xf32>
}

// -----

// Inside of beeline.fused everything is what it shall be.

func.func @fused(%q: tensor<4x128xf8E4M3FN>, %s: tensor<4x128xf32>) -> tensor<4x128xf32> {
  %r = beeline.fused(%a = %q : tensor<4x128xf8E4M3FN>, %b = %s : tensor<4x128xf32>) -> tensor<4x128xf32> {
    %f = arith.extf %a : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
    %p = arith.mulf %f, %b : tensor<4x128xf32>
    beeline.yield %p : tensor<4x128xf32>
  }
  return %r : tensor<4x128xf32>
}

// -----

// Other element types.

func.func @types(%a: tensor<4x128xf64>, %i: tensor<4x128xi8>, %z: tensor<4x128xcomplex<f32>>, %q: tensor<4x128xf8E4M3FN>)
    -> (tensor<4x128xf32>, tensor<4x128xf32>, tensor<4x128xcomplex<f32>>, tensor<4x128xf8E4M3FN>) {
  %p = arith.mulf %a, %a : tensor<4x128xf64>
  %t = arith.truncf %p : tensor<4x128xf64> to tensor<4x128xf32>
  %f = arith.sitofp %i : tensor<4x128xi8> to tensor<4x128xf32>
  %g = arith.mulf %f, %t : tensor<4x128xf32>
  %n = arith.negf %q : tensor<4x128xf8E4M3FN>
  %m = arith.mulf %n, %q : tensor<4x128xf8E4M3FN>
  return %t, %g, %z, %m : tensor<4x128xf32>, tensor<4x128xf32>, tensor<4x128xcomplex<f32>>, tensor<4x128xf8E4M3FN>
}

// -----

// Upstream's verifier takes 2^32 for 0.

func.func @wrapped_reassociation(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> tensor<1x4x256xbf16> {
  %codes = tensor.expand_shape %q [[0, 1], [2]] output_shape [1, 4, 256]
      : tensor<4x256xf8E4M3FN> into tensor<1x4x256xf8E4M3FN>
  %scales = tensor.expand_shape %s [[4294967296, 1], [2]] output_shape [1, 4, 2]
      : tensor<4x2xf32> into tensor<1x4x2xf32>
  %d = beeline.dequant %codes, %scales
      : tensor<1x4x256xf8E4M3FN>, tensor<1x4x2xf32> -> tensor<1x4x256xbf16>
  return %d : tensor<1x4x256xbf16>
}
