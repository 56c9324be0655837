// RUN: beeline-opt %s -beeline-raise %remarks -split-input-file -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file > %t.before
// RUN: beeline-opt %s -split-input-file -beeline-raise > %t.after
// RUN: diff %t.before %t.after

// An assumption that is not made.

func.func @rsqrt(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  // expected-remark @below {{[Missed] NotRaised | Category:beeline-raise | Reason="that is so only if math.rsqrt(x) is 1 / sqrt(x)", Remark="this could be 'beeline.rms_norm'", Suggestion=assume=rsqrt}}
  %rstd = math.rsqrt %v : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// Epsilon is only known at run time.

func.func @epsilon(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>, %eps: tensor<4xf32>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{epsilon is not a constant}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// Another N.

func.func @length(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<95.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the sum of squares is divided by something that is not the constant N}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// No mean at all: an L2 norm.

func.func @no_mean(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %v = arith.addf %total, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the sum of squares is not divided by N}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// The reduction starts elsewhere.

func.func @start(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<1.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the sum of squares does not start at 0}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// The squares of one value, another one normalized.

func.func @other(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>, %other: tensor<4x96xf32>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %other, %other : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the reciprocal root is not first multiplied by the value that was squared}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// A product that is no square.

func.func @product(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>, %other: tensor<4x96xf32>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %other : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{what is summed is not a square}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// The same product in another order rounds differently.

func.func @order(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the reciprocal root is not first multiplied by the value that was squared}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %wb, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %f : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// Sums in bf16.

func.func @narrow_sum(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xbf16>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %x, %x : tensor<4x96xbf16>
  %sum = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xbf16>)
      outs(%zero : tensor<4xbf16>) dimensions = [1]
  %total = arith.extf %sum : tensor<4xbf16> to tensor<4xf32>
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the squares are added in bf16}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// Squares that are rounded.

func.func @narrow_squares(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sqb = arith.mulf %x, %x : tensor<4x96xbf16>
  %sq = arith.extf %sqb : tensor<4x96xbf16> to tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the squares are rounded to bf16}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// A reciprocal root that is rounded.

func.func @narrow_root(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{the reciprocal root is rounded to bf16}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %narrow = arith.truncf %rstd : tensor<4xf32> to tensor<4xbf16>
  %wide = arith.extf %narrow : tensor<4xbf16> to tensor<4xf32>
  %rb = linalg.broadcast ins(%wide : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// A negative epsilon is no beeline.rms_norm's: its verifier says so.

func.func @negative_epsilon(%x: tensor<4x96xbf16>, %w: tensor<96xbf16>) -> tensor<4x96xbf16> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<-1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %f = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %f, %f : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{Reason="the op violates N4: epsilon must be finite and not negative"}}
  %root = math.sqrt %v : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y : tensor<4x96xbf16>
}

// -----

// Half of each row, and the squares of both.

func.func @half(%x: tensor<4x192xbf16>, %w: tensor<96xf32>) -> tensor<4x96xf32> {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %f = arith.extf %x : tensor<4x192xbf16> to tensor<4x192xf32>
  %sq = arith.mulf %f, %f : tensor<4x192xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x192xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  // expected-remark @below {{the sum of squares is not over whole rows}}
  %root = math.sqrt %mean : tensor<4xf32>
  %rstd = arith.divf %one, %root : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %first = tensor.extract_slice %f[0, 0] [4, 96] [1, 1] : tensor<4x192xf32> to tensor<4x96xf32>
  %u = arith.mulf %first, %rb : tensor<4x96xf32>
  return %u : tensor<4x96xf32>
}

// -----

// Columns are normalized, not rows.

func.func @columns(%x: tensor<96x96xf32>) -> tensor<96x96xf32> {
  %n = arith.constant dense<96.0> : tensor<96xf32>
  %zero = arith.constant dense<0.0> : tensor<96xf32>
  %one = arith.constant dense<1.0> : tensor<96xf32>
  %sq = arith.mulf %x, %x : tensor<96x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<96x96xf32>)
      outs(%zero : tensor<96xf32>) dimensions = [0]
  %mean = arith.divf %total, %n : tensor<96xf32>
  // expected-remark @below {{the sum of squares is not one for each row}}
  %root = math.sqrt %mean : tensor<96xf32>
  %rstd = arith.divf %one, %root : tensor<96xf32>
  %all = tensor.empty() : tensor<96x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<96xf32>) outs(%all : tensor<96x96xf32>) dimensions = [0]
  %u = arith.mulf %x, %rb : tensor<96x96xf32>
  return %u : tensor<96x96xf32>
}

// -----

// The sum of squares of one row for all of them: the reduction's dimension is the
// row's, but the summands do not move along it as the root does.

func.func @diagonal(%x: tensor<96x96xf32>) -> tensor<96x96xf32> {
  %n = arith.constant dense<96.0> : tensor<96xf32>
  %zero = arith.constant dense<0.0> : tensor<96xf32>
  %one = arith.constant dense<1.0> : tensor<96xf32>
  %total = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n, m)>, affine_map<(m, n) -> (m)>],
                           iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<96x96xf32>) outs(%zero : tensor<96xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %0 = arith.addf %out, %sq : f32
    linalg.yield %0 : f32
  } -> tensor<96xf32>
  %mean = arith.divf %total, %n : tensor<96xf32>
  // expected-remark @below {{the reciprocal root is not first multiplied by the value that was squared}}
  %root = math.sqrt %mean : tensor<96xf32>
  %rstd = arith.divf %one, %root : tensor<96xf32>
  %all = tensor.empty() : tensor<96x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<96xf32>) outs(%all : tensor<96x96xf32>) dimensions = [1]
  %u = arith.mulf %x, %rb : tensor<96x96xf32>
  return %u : tensor<96x96xf32>
}
