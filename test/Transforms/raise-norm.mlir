// RUN: beeline-opt %s -beeline-raise=assume=rsqrt,powf,reciprocal,mean-by-multiplication \
// RUN:   -split-input-file | FileCheck %s
// RUN: beeline-opt %s -beeline-raise=assume=rsqrt,powf,reciprocal,mean-by-multiplication \
// RUN:   %remarks -split-input-file -verify-diagnostics

// A square root and a division are what the op has: nothing is assumed. A weight
// that nothing is added to has the offset -0, which keeps a weight of -0.

// CHECK-LABEL: @exact
// CHECK-SAME: (%[[X:.*]]: tensor<?x96xbf16>, %[[W:.*]]: tensor<96xf32>)
// CHECK: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] {epsilon = 9.99999974E-6 : f32, weight_offset = -0.000000e+00 : f32} : tensor<?x96xbf16>, tensor<96xf32> -> tensor<?x96xbf16>
// CHECK-NEXT: return %[[Y]]
func.func @exact(%x: tensor<?x96xbf16>, %w: tensor<96xf32>) -> tensor<?x96xbf16> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 96.0 : f32
  %one = arith.constant 1.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %m = tensor.dim %x, %c0 : tensor<?x96xbf16>
  %f = arith.extf %x : tensor<?x96xbf16> to tensor<?x96xf32>
  %sq = arith.mulf %f, %f : tensor<?x96xf32>
  %row = tensor.empty(%m) : tensor<?xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%row : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.reduce { arith.addf } ins(%sq : tensor<?x96xf32>)
      outs(%fill : tensor<?xf32>) dimensions = [1]
  %rstd = linalg.map ins(%sum : tensor<?xf32>) outs(%row : tensor<?xf32>) (%s: f32, %out: f32) {
    %mean = arith.divf %s, %n : f32
    %v = arith.addf %mean, %eps : f32
    %root = math.sqrt %v : f32
    %r = arith.divf %one, %root : f32
    linalg.yield %r : f32
  }
  %all = tensor.empty(%m) : tensor<?x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<?xf32>) outs(%all : tensor<?x96xf32>) dimensions = [1]
  %wb = linalg.broadcast ins(%w : tensor<96xf32>) outs(%all : tensor<?x96xf32>) dimensions = [0]
  %u = arith.mulf %f, %rb : tensor<?x96xf32>
  %p = arith.mulf %u, %wb : tensor<?x96xf32>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Remark="this is 'beeline.rms_norm'"}}
  %y = arith.truncf %p : tensor<?x96xf32> to tensor<?x96xbf16>
  return %y : tensor<?x96xbf16>
}

// -----

// As torch-mlir has Hugging Face's: x.pow(2).mean(-1, keepdim=True), an epsilon
// in f64, rsqrt, and a weight that is multiplied in bf16.

#all = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m, 0)>
#column = affine_map<(m, n) -> (n)>

// CHECK-LABEL: @hugging_face
// CHECK-SAME: (%[[X:.*]]: tensor<?x96xbf16>, %[[W:.*]]: tensor<96xbf16>)
// CHECK: %[[Y:.*]] = beeline.rms_norm %[[X]], %[[W]] {epsilon = 9.99999997E-7 : f32, round_before_weight, weight_offset = -0.000000e+00 : f32}
// CHECK-NEXT: return %[[Y]]
func.func @hugging_face(%x: tensor<?x96xbf16>, %w: tensor<96xbf16>) -> tensor<?x96xbf16> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2.0 : f32
  %n = arith.constant 96.0 : f32
  %eps = arith.constant 1.0e-6 : f64
  %m = tensor.dim %x, %c0 : tensor<?x96xbf16>
  %fi = tensor.empty(%m) : tensor<?x96xf32>
  %f = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x96xbf16>) outs(%fi : tensor<?x96xf32>) {
  ^bb0(%in: bf16, %out: f32):
    %0 = arith.extf %in : bf16 to f32
    linalg.yield %0 : f32
  } -> tensor<?x96xf32>
  %sq = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%f : tensor<?x96xf32>) outs(%fi : tensor<?x96xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.powf %in, %two : f32
    linalg.yield %0 : f32
  } -> tensor<?x96xf32>
  %ri = tensor.empty(%m) : tensor<?x1xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%ri : tensor<?x1xf32>) -> tensor<?x1xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%sq : tensor<?x96xf32>) outs(%fill : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<?x1xf32>
  %mean = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<?x1xf32>) outs(%ri : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.divf %in, %n : f32
    linalg.yield %0 : f32
  } -> tensor<?x1xf32>
  %var = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%mean : tensor<?x1xf32>) outs(%ri : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = arith.truncf %eps : f64 to f32
    %0 = arith.addf %in, %e : f32
    linalg.yield %0 : f32
  } -> tensor<?x1xf32>
  %rstd = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%var : tensor<?x1xf32>) outs(%ri : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.rsqrt %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x1xf32>
  %u = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%f, %rstd : tensor<?x96xf32>, tensor<?x1xf32>) outs(%fi : tensor<?x96xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x96xf32>
  %bi = tensor.empty(%m) : tensor<?x96xbf16>
  %t = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%u : tensor<?x96xf32>) outs(%bi : tensor<?x96xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %0 = arith.truncf %in : f32 to bf16
    linalg.yield %0 : bf16
  } -> tensor<?x96xbf16>
  // expected-remark @below {{Assumed="rsqrt,powf", Remark="this is 'beeline.rms_norm'"}}
  %y = linalg.generic {indexing_maps = [#column, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%w, %t : tensor<96xbf16>, tensor<?x96xbf16>) outs(%bi : tensor<?x96xbf16>) {
  ^bb0(%a: bf16, %b: bf16, %out: bf16):
    %0 = arith.mulf %a, %b : bf16
    linalg.yield %0 : bf16
  } -> tensor<?x96xbf16>
  return %y : tensor<?x96xbf16>
}

// -----

// Gemma's (1 + w), x / sqrt(...), and a mean that is a multiplication: 1 / 64 is
// exact, so that this assumes nothing, but a division in place of a reciprocal.

#all = affine_map<(b, m, n) -> (b, m, n)>
#row = affine_map<(b, m, n) -> (b, m)>
#column = affine_map<(b, m, n) -> (n)>

// CHECK-LABEL: @gemma
// CHECK-SAME: (%[[X:.*]]: tensor<2x?x64xf32>, %[[W:.*]]: tensor<1x64xbf16>,
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[W]] {{\[\[}}0, 1]] : tensor<1x64xbf16> into tensor<64xbf16>
// CHECK: beeline.rms_norm %[[X]], %[[C]] {epsilon = 9.99999997E-7 : f32, weight_offset = 1.000000e+00 : f32} : tensor<2x?x64xf32>, tensor<64xbf16> -> tensor<2x?x64xf32>
func.func @gemma(%x: tensor<2x?x64xf32>, %w: tensor<1x64xbf16>, %m: index) -> tensor<2x?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %inv = arith.constant 0.015625 : f32
  %one = arith.constant 1.0 : f32
  %eps = arith.constant 1.0e-6 : f32
  %row = tensor.empty(%m) : tensor<2x?xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%row : tensor<2x?xf32>) -> tensor<2x?xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x64xf32>) outs(%fill : tensor<2x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %0 = arith.addf %out, %sq : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %out = tensor.empty(%m) : tensor<2x?x64xf32>
  // expected-remark @below {{Assumed=reciprocal, Remark="this is 'beeline.rms_norm'"}}
  %y = linalg.generic {indexing_maps = [#all, #row, affine_map<(b, m, n) -> (0, n)>, #all],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %sum, %w : tensor<2x?x64xf32>, tensor<2x?xf32>, tensor<1x64xbf16>)
      outs(%out : tensor<2x?x64xf32>) {
  ^bb0(%a: f32, %s: f32, %b: bf16, %o: f32):
    %mean = arith.mulf %s, %inv : f32
    %v = arith.addf %eps, %mean : f32
    %root = math.sqrt %v : f32
    %u = arith.divf %a, %root : f32
    %f = arith.extf %b : bf16 to f32
    %g = arith.addf %one, %f : f32
    %p = arith.mulf %g, %u : f32
    linalg.yield %p : f32
  } -> tensor<2x?x64xf32>
  return %y : tensor<2x?x64xf32>
}

// -----

// The sum of two tensors is normalized, and handed on in bf16. The norm is of
// the f32 sum; a result in f32 is what the quantization reads.

// CHECK-LABEL: @residual
// CHECK-SAME: (%[[X:.*]]: tensor<4x96xbf16>, %[[R:.*]]: tensor<4x96xbf16>, %[[W:.*]]: tensor<96xbf16>)
// CHECK: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm %[[X]], %[[W]] residual(%[[R]]) {epsilon = 9.99999974E-6 : f32, weight_offset = -0.000000e+00 : f32} : {{.*}} -> tensor<4x96xf32>, tensor<4x96xbf16>
// CHECK: %[[N:.*]] = arith.negf %[[SUM]]
// CHECK: return %[[Y]], %[[SUM]], %[[N]]
func.func @residual(%x: tensor<4x96xbf16>, %r: tensor<4x96xbf16>, %w: tensor<96xbf16>)
    -> (tensor<4x96xf32>, tensor<4x96xbf16>, tensor<4x96xbf16>) {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %xf = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %rf = arith.extf %r : tensor<4x96xbf16> to tensor<4x96xf32>
  %t = arith.addf %xf, %rf : tensor<4x96xf32>
  %sum = arith.truncf %t : tensor<4x96xf32> to tensor<4x96xbf16>
  %negated = arith.negf %sum : tensor<4x96xbf16>
  %sq = arith.mulf %t, %t : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %rstd = math.rsqrt %v : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %rb, %t : tensor<4x96xf32>
  // expected-remark @below {{Assumed=rsqrt, Remark="this is 'beeline.rms_norm'"}}
  %y = arith.mulf %u, %wb : tensor<4x96xf32>
  return %y, %sum, %negated : tensor<4x96xf32>, tensor<4x96xbf16>, tensor<4x96xbf16>
}

// -----

// The sum is rounded before it is normalized.

// CHECK-LABEL: @rounded_residual
// CHECK: %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm %{{.*}}, %{{.*}} residual(%{{.*}}) {epsilon = 9.99999974E-6 : f32, normalize_from = #beeline.normalize_from<rounded>, weight_offset = -0.000000e+00 : f32}
// CHECK: return %[[Y]], %[[SUM]]
func.func @rounded_residual(%x: tensor<4x96xbf16>, %r: tensor<4x96xbf16>, %w: tensor<96xbf16>)
    -> (tensor<4x96xbf16>, tensor<4x96xbf16>) {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %sum = arith.addf %x, %r : tensor<4x96xbf16>
  %t = arith.extf %sum : tensor<4x96xbf16> to tensor<4x96xf32>
  %sq = arith.mulf %t, %t : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %rstd = math.rsqrt %v : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %rb, %t : tensor<4x96xf32>
  %p = arith.mulf %u, %wb : tensor<4x96xf32>
  // expected-remark @below {{this is 'beeline.rms_norm'}}
  %y = arith.truncf %p : tensor<4x96xf32> to tensor<4x96xbf16>
  return %y, %sum : tensor<4x96xbf16>, tensor<4x96xbf16>
}

// -----

// Something else reads the f32 sum: it stays, and is what the norm reads.

// CHECK-LABEL: @shared_sum
// CHECK: %[[T:.*]] = arith.addf
// CHECK: beeline.rms_norm %[[T]], %{{.*}} {epsilon = 9.99999974E-6 : f32, weight_offset = -0.000000e+00 : f32} : tensor<4x96xf32>, tensor<96xbf16> -> tensor<4x96xf32>
func.func @shared_sum(%x: tensor<4x96xbf16>, %r: tensor<4x96xbf16>, %w: tensor<96xbf16>)
    -> (tensor<4x96xf32>, tensor<4x96xf32>) {
  %n = arith.constant dense<96.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %xf = arith.extf %x : tensor<4x96xbf16> to tensor<4x96xf32>
  %rf = arith.extf %r : tensor<4x96xbf16> to tensor<4x96xf32>
  %t = arith.addf %xf, %rf : tensor<4x96xf32>
  %sq = arith.mulf %t, %t : tensor<4x96xf32>
  %total = linalg.reduce { arith.addf } ins(%sq : tensor<4x96xf32>)
      outs(%zero : tensor<4xf32>) dimensions = [1]
  %mean = arith.divf %total, %n : tensor<4xf32>
  %v = arith.addf %mean, %eps : tensor<4xf32>
  %rstd = math.rsqrt %v : tensor<4xf32>
  %all = tensor.empty() : tensor<4x96xf32>
  %rb = linalg.broadcast ins(%rstd : tensor<4xf32>) outs(%all : tensor<4x96xf32>) dimensions = [1]
  %wf = arith.extf %w : tensor<96xbf16> to tensor<96xf32>
  %wb = linalg.broadcast ins(%wf : tensor<96xf32>) outs(%all : tensor<4x96xf32>) dimensions = [0]
  %u = arith.mulf %rb, %t : tensor<4x96xf32>
  // expected-remark @below {{this is 'beeline.rms_norm'}}
  %y = arith.mulf %u, %wb : tensor<4x96xf32>
  return %y, %t : tensor<4x96xf32>, tensor<4x96xf32>
}

// -----

// No weight, no epsilon, and N as the extent that the tensor has. The mean is a
// multiplication by 1 / 96, rounded.

#all = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>

// CHECK-LABEL: @unweighted
// CHECK-SAME: (%[[X:.*]]: tensor<?x96xf16>)
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1.000000e+00> : tensor<96xf32>
// CHECK-DAG: beeline.rms_norm %[[X]], %[[ONES]] {epsilon = 0.000000e+00 : f32} : tensor<?x96xf16>, tensor<96xf32> -> tensor<?x96xf16>
func.func @unweighted(%x: tensor<?x96xf16>) -> tensor<?x96xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant -0.0 : f32
  %inv = arith.constant 0.010416667 : f32
  %m = tensor.dim %x, %c0 : tensor<?x96xf16>
  %row = tensor.empty(%m) : tensor<?xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%row : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x96xf16>) outs(%fill : tensor<?xf32>) {
  ^bb0(%in: f16, %out: f32):
    %f = arith.extf %in : f16 to f32
    %sq = arith.mulf %f, %f : f32
    %0 = arith.addf %out, %sq : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %out = tensor.empty(%m) : tensor<?x96xf16>
  // expected-remark @below {{Assumed="rsqrt,mean-by-multiplication", Remark="this is 'beeline.rms_norm'"}}
  %y = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x96xf16>, tensor<?xf32>) outs(%out : tensor<?x96xf16>) {
  ^bb0(%in: f16, %s: f32, %o: f16):
    %f = arith.extf %in : f16 to f32
    %v = arith.mulf %s, %inv : f32
    %r = math.rsqrt %v : f32
    %p = arith.mulf %f, %r : f32
    %t = arith.truncf %p : f32 to f16
    linalg.yield %t : f16
  } -> tensor<?x96xf16>
  return %y : tensor<?x96xf16>
}

// -----

// The divisor is an extent; the norm of each head of a row.

#all = affine_map<(m, h, n) -> (m, h, n)>
#row = affine_map<(m, h, n) -> (m, h)>
#column = affine_map<(m, h, n) -> (n)>

// CHECK-LABEL: @heads
// CHECK: %[[V:.*]] = tensor.expand_shape
// CHECK: beeline.rms_norm %[[V]], %{{.*}} {{.*}} : tensor<?x4x128xbf16>, tensor<128xbf16> -> tensor<?x4x128xbf16>
func.func @heads(%x: tensor<?x512xbf16>, %w: tensor<128xbf16>, %m: index) -> tensor<?x512xbf16> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %eps = arith.constant 1.0e-6 : f32
  %c2 = arith.constant 2 : index
  %h = tensor.expand_shape %x [[0], [1, 2]] output_shape [%m, 4, 128]
      : tensor<?x512xbf16> into tensor<?x4x128xbf16>
  %extent = tensor.dim %h, %c2 : tensor<?x4x128xbf16>
  %integer = arith.index_cast %extent : index to i64
  %n = arith.sitofp %integer : i64 to f32
  %row = tensor.empty(%m) : tensor<?x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%row : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%h : tensor<?x4x128xbf16>) outs(%fill : tensor<?x4xf32>) {
  ^bb0(%in: bf16, %out: f32):
    %f = arith.extf %in : bf16 to f32
    %sq = arith.mulf %f, %f : f32
    %0 = arith.addf %out, %sq : f32
    linalg.yield %0 : f32
  } -> tensor<?x4xf32>
  %out = tensor.empty(%m) : tensor<?x4x128xbf16>
  // expected-remark @below {{this is 'beeline.rms_norm'}}
  %y = linalg.generic {indexing_maps = [#all, #row, #column, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%h, %sum, %w : tensor<?x4x128xbf16>, tensor<?x4xf32>, tensor<128xbf16>)
      outs(%out : tensor<?x4x128xbf16>) {
  ^bb0(%in: bf16, %s: f32, %b: bf16, %o: bf16):
    %f = arith.extf %in : bf16 to f32
    %g = arith.extf %b : bf16 to f32
    %mean = arith.divf %s, %n : f32
    %v = arith.addf %mean, %eps : f32
    %root = math.sqrt %v : f32
    %r = arith.divf %one, %root : f32
    %u = arith.mulf %f, %r : f32
    %p = arith.mulf %u, %g : f32
    %t = arith.truncf %p : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x4x128xbf16>
  %c = tensor.collapse_shape %y [[0], [1, 2]] : tensor<?x4x128xbf16> into tensor<?x512xbf16>
  return %c : tensor<?x512xbf16>
}
