// What is raised is what beeline-elide-round-trips reads.

// RUN: beeline-opt %s -beeline-raise=assume=no-infinity,rsqrt \
// RUN:   -beeline-elide-round-trips | FileCheck %s

// SGLang's case: a fused norm and quantization, and a dequantization in eager
// ops for the gate.

// CHECK-LABEL: @eager_dequant
// CHECK: %[[Q:.*]], %[[S:.*]], %[[Y:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<?x6144xbf16>)
// CHECK-NEXT: %[[G:.*]] = beeline.linear %[[Y]],
// CHECK-NEXT: return %[[G]], %[[Q]], %[[S]]
func.func @eager_dequant(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>, %gate: tensor<32x6144xbf16>, %m: index)
    -> (tensor<?x32xf32>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  %f = arith.extf %q : tensor<?x6144xf8E4M3FN> to tensor<?x6144xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 48, 128]
      : tensor<?x6144xf32> into tensor<?x48x128xf32>
  %init = tensor.empty(%m) : tensor<?x48x128xf32>
  %b = linalg.broadcast ins(%s : tensor<?x48xf32>) outs(%init : tensor<?x48x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<?x48x128xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<?x48x128xf32> into tensor<?x6144xf32>
  %d = arith.truncf %c : tensor<?x6144xf32> to tensor<?x6144xbf16>
  %g = beeline.linear %d, %gate : tensor<?x6144xbf16>, tensor<32x6144xbf16> -> tensor<?x32xf32>
  return %g, %q, %s : tensor<?x32xf32>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
}

// Norm, quantization and dequantization, all written out: the norm's f32 result
// is what the gate reads, in bf16.

#all = affine_map<(m, g, i) -> (m, g, i)>
#kept = affine_map<(m, g, i) -> (m, g, 0)>
#row = affine_map<(m, n) -> (m, n)>
#one = affine_map<(m, n) -> (m, 0)>
#column = affine_map<(m, n) -> (n)>

// CHECK-LABEL: @all_written_out
// CHECK: %[[Y:.*]] = beeline.rms_norm %arg0, %arg1 {{.*}} -> tensor<?x256xf32>
// CHECK: %[[T:.*]] = arith.truncf %[[Y]] : tensor<?x256xf32> to tensor<?x256xbf16>
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NOT: beeline.dequant
// CHECK: %[[G:.*]] = beeline.linear %[[T]],
// CHECK: return %[[G]], %[[Q]]
func.func @all_written_out(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %gate: tensor<32x256xbf16>, %m: index)
    -> (tensor<?x32xf32>, tensor<?x256xf8E4M3FN>, tensor<?x2x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 256.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %least = arith.constant 1.0e-10 : f32
  %fmax = arith.constant 448.0 : f32
  %low = arith.constant -448.0 : f32
  %unit = arith.constant 1.0 : f32
  %ri = tensor.empty(%m) : tensor<?x1xf32>
  %start = linalg.fill ins(%zero : f32) outs(%ri : tensor<?x1xf32>) -> tensor<?x1xf32>
  %sum = linalg.generic {indexing_maps = [#row, #one], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x256xbf16>) outs(%start : tensor<?x1xf32>) {
  ^bb0(%in: bf16, %out: f32):
    %f = arith.extf %in : bf16 to f32
    %sq = arith.mulf %f, %f : f32
    %0 = arith.addf %out, %sq : f32
    linalg.yield %0 : f32
  } -> tensor<?x1xf32>
  %yi = tensor.empty(%m) : tensor<?x256xf32>
  %y = linalg.generic {indexing_maps = [#row, #one, #column, #row], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum, %w : tensor<?x256xbf16>, tensor<?x1xf32>, tensor<256xbf16>)
      outs(%yi : tensor<?x256xf32>) {
  ^bb0(%in: bf16, %s: f32, %b: bf16, %out: f32):
    %f = arith.extf %in : bf16 to f32
    %g = arith.extf %b : bf16 to f32
    %mean = arith.divf %s, %n : f32
    %v = arith.addf %mean, %eps : f32
    %r = math.rsqrt %v : f32
    %u = arith.mulf %f, %r : f32
    %p = arith.mulf %u, %g : f32
    linalg.yield %p : f32
  } -> tensor<?x256xf32>
  %v = tensor.expand_shape %y [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf32> into tensor<?x2x128xf32>
  %si = tensor.empty(%m) : tensor<?x2x1xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%si : tensor<?x2x1xf32>) -> tensor<?x2x1xf32>
  %amax = linalg.generic {indexing_maps = [#all, #kept], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v : tensor<?x2x128xf32>) outs(%fill : tensor<?x2x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = math.absf %in : f32
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<?x2x1xf32>
  %s = linalg.generic {indexing_maps = [#kept, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%amax : tensor<?x2x1xf32>) outs(%si : tensor<?x2x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %least : f32
    %1 = arith.divf %0, %fmax : f32
    linalg.yield %1 : f32
  } -> tensor<?x2x1xf32>
  %qi = tensor.empty(%m) : tensor<?x2x128xf8E4M3FN>
  %t = linalg.generic {indexing_maps = [#all, #kept, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %s : tensor<?x2x128xf32>, tensor<?x2x1xf32>) outs(%qi : tensor<?x2x128xf8E4M3FN>) {
  ^bb0(%in: f32, %scale: f32, %out: f8E4M3FN):
    %0 = arith.divf %unit, %scale : f32
    %1 = arith.mulf %in, %0 : f32
    %2 = arith.minimumf %1, %fmax : f32
    %3 = arith.maximumf %2, %low : f32
    %4 = arith.truncf %3 : f32 to f8E4M3FN
    linalg.yield %4 : f8E4M3FN
  } -> tensor<?x2x128xf8E4M3FN>
  %q = tensor.collapse_shape %t [[0], [1, 2]]
      : tensor<?x2x128xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %again = tensor.expand_shape %q [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf8E4M3FN> into tensor<?x2x128xf8E4M3FN>
  %di = tensor.empty(%m) : tensor<?x2x128xbf16>
  %d3 = linalg.generic {indexing_maps = [#all, #kept, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%again, %s : tensor<?x2x128xf8E4M3FN>, tensor<?x2x1xf32>) outs(%di : tensor<?x2x128xbf16>) {
  ^bb0(%code: f8E4M3FN, %scale: f32, %out: bf16):
    %f = arith.extf %code : f8E4M3FN to f32
    %p = arith.mulf %f, %scale : f32
    %r = arith.truncf %p : f32 to bf16
    linalg.yield %r : bf16
  } -> tensor<?x2x128xbf16>
  %d = tensor.collapse_shape %d3 [[0], [1, 2]] : tensor<?x2x128xbf16> into tensor<?x256xbf16>
  %g = beeline.linear %d, %gate : tensor<?x256xbf16>, tensor<32x256xbf16> -> tensor<?x32xf32>
  return %g, %q, %s : tensor<?x32xf32>, tensor<?x256xf8E4M3FN>, tensor<?x2x1xf32>
}
