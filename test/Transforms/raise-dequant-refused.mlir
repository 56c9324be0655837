// RUN: beeline-opt %s -beeline-raise %remarks -split-input-file -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file > %t.before
// RUN: beeline-opt %s -split-input-file -beeline-raise > %t.after
// RUN: diff %t.before %t.after

func.func @scales_rounded(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  %f = arith.extf %q : tensor<4x256xf8E4M3FN> to tensor<4x256xbf16>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xbf16> into tensor<4x2x128xbf16>
  %n = arith.truncf %s : tensor<4x2xf32> to tensor<4x2xbf16>
  %init = tensor.empty() : tensor<4x2x128xbf16>
  %b = linalg.broadcast ins(%n : tensor<4x2xbf16>) outs(%init : tensor<4x2x128xbf16>)
      dimensions = [2]
  // expected-remark @below {{[Missed] NotRaised | Category:beeline-raise | Reason="the scales are rounded to bf16 before they are multiplied", Remark="this could be 'beeline.dequant'"}}
  %p = arith.mulf %v, %b : tensor<4x2x128xbf16>
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<4x2x128xbf16> into tensor<4x256xbf16>
  return %c : tensor<4x256xbf16>
}

// -----

// A weight's scales: one for each block of rows and columns.

func.func @blocks(%q: tensor<256x256xf8E4M3FN>, %s: tensor<2x2xf32>) -> tensor<256x256xf32> {
  %f = arith.extf %q : tensor<256x256xf8E4M3FN> to tensor<256x256xf32>
  %v = tensor.expand_shape %f [[0, 1], [2, 3]] output_shape [2, 128, 2, 128]
      : tensor<256x256xf32> into tensor<2x128x2x128xf32>
  %init = tensor.empty() : tensor<2x128x2x128xf32>
  %b = linalg.broadcast ins(%s : tensor<2x2xf32>) outs(%init : tensor<2x128x2x128xf32>)
      dimensions = [1, 3]
  // expected-remark @below {{the scales are not a tensor of f32 or f8E8M0FNU with one for each group of neighbours in a row}}
  %p = arith.mulf %v, %b : tensor<2x128x2x128xf32>
  %c = tensor.collapse_shape %p [[0, 1], [2, 3]]
      : tensor<2x128x2x128xf32> into tensor<256x256xf32>
  return %c : tensor<256x256xf32>
}

// -----

// Groups of 128 elements that lie 4 apart. M = G must not hide it.

func.func @interleaved(%q: tensor<4x512xf8E4M3FN>, %scales: tensor<4x4xf32>) -> tensor<4x512xf32> {
  %f = arith.extf %q : tensor<4x512xf8E4M3FN> to tensor<4x512xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 128, 4]
      : tensor<4x512xf32> into tensor<4x128x4xf32>
  %init = tensor.empty() : tensor<4x128x4xf32>
  %b = linalg.broadcast ins(%scales : tensor<4x4xf32>) outs(%init : tensor<4x128x4xf32>)
      dimensions = [1]
  // expected-remark @below {{the scales are not a tensor of f32 or f8E8M0FNU with one for each group of neighbours in a row}}
  %p = arith.mulf %v, %b : tensor<4x128x4xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<4x128x4xf32> into tensor<4x512xf32>
  return %c : tensor<4x512xf32>
}

// -----

// The codes of other elements than those whose place they take.

func.func @transposed_codes(%q: tensor<256x256xf8E4M3FN>, %s: tensor<256x1xf32>) -> tensor<256x256xf32> {
  %init = tensor.empty() : tensor<256x256xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n, m)>, affine_map<(m, n) -> (m, 0)>,
                                        affine_map<(m, n) -> (m, n)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%q, %s : tensor<256x256xf8E4M3FN>, tensor<256x1xf32>) outs(%init : tensor<256x256xf32>) {
  ^bb0(%code: f8E4M3FN, %scale: f32, %out: f32):
    %f = arith.extf %code : f8E4M3FN to f32
    // expected-remark @below {{the codes are not a tensor of the result's shape}}
    %d = arith.mulf %f, %scale : f32
    linalg.yield %d : f32
  } -> tensor<256x256xf32>
  return %p : tensor<256x256xf32>
}

// -----

// Some of the rows: which, only run time knows.

func.func @some_rows(%q: tensor<?x128xf8E4M3FN>, %s: tensor<?x1xf32>, %m: index) -> tensor<?x128xf32> {
  %f = arith.extf %q : tensor<?x128xf8E4M3FN> to tensor<?x128xf32>
  %first = tensor.extract_slice %f[0, 0] [%m, 128] [1, 1]
      : tensor<?x128xf32> to tensor<?x128xf32>
  %c = tensor.collapse_shape %s [[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
  %init = tensor.empty(%m) : tensor<?x128xf32>
  %b = linalg.broadcast ins(%c : tensor<?xf32>) outs(%init : tensor<?x128xf32>) dimensions = [1]
  %p = arith.mulf %first, %b : tensor<?x128xf32>
  return %p : tensor<?x128xf32>
}

// -----

// A mask is no scale.

func.func @mask(%q: tensor<4x128xf8E4M3FN>, %mask: tensor<4x128xf32>) -> tensor<4x128xf32> {
  %f = arith.extf %q : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  // expected-remark @below {{each code has a factor of its own}}
  %p = arith.mulf %f, %mask : tensor<4x128xf32>
  return %p : tensor<4x128xf32>
}

// -----

// With a flag the product may be another one.

func.func @fast(%q: tensor<4x128xf8E4M3FN>, %s: tensor<4xf32>) -> tensor<4x128xf32> {
  %f = arith.extf %q : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  %init = tensor.empty() : tensor<4x128xf32>
  %b = linalg.broadcast ins(%s : tensor<4xf32>) outs(%init : tensor<4x128xf32>) dimensions = [1]
  // expected-remark @below {{Reason="that is so only if an op with fast-math flags computes what it does without", Remark="this could be 'beeline.dequant'", Suggestion=assume=fast-math}}
  %p = arith.mulf %f, %b fastmath<contract> : tensor<4x128xf32>
  return %p : tensor<4x128xf32>
}

// -----

// One number for all, and codes that nothing multiplies: no near misses either.

func.func @other(%q: tensor<4x128xf8E4M3FN>) -> (tensor<4x128xf32>, tensor<4x128xf32>) {
  %half = arith.constant dense<0.5> : tensor<4x128xf32>
  %f = arith.extf %q : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  %p = arith.mulf %f, %half : tensor<4x128xf32>
  %r = arith.addf %f, %half : tensor<4x128xf32>
  return %p, %r : tensor<4x128xf32>, tensor<4x128xf32>
}
