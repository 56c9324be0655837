// RUN: beeline-opt %s -beeline-raise -split-input-file | FileCheck %s
// RUN: beeline-opt %s -beeline-raise %remarks -split-input-file -verify-diagnostics

// Codes are cast, viewed by groups, multiplied, viewed again and cast: what
// SGLang's indexer does eagerly.

// CHECK-LABEL: @eager
// CHECK-SAME: (%[[Q:.*]]: tensor<?x6144xf8E4M3FN>, %[[S:.*]]: tensor<?x48xf32>,
// CHECK-NEXT: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
// CHECK-NEXT: return %[[D]]
func.func @eager(%q: tensor<?x6144xf8E4M3FN>, %s: tensor<?x48xf32>, %m: index)
    -> tensor<?x6144xbf16> {
  %f = arith.extf %q : tensor<?x6144xf8E4M3FN> to tensor<?x6144xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 48, 128]
      : tensor<?x6144xf32> into tensor<?x48x128xf32>
  %init = tensor.empty(%m) : tensor<?x48x128xf32>
  %b = linalg.broadcast ins(%s : tensor<?x48xf32>) outs(%init : tensor<?x48x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<?x48x128xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<?x48x128xf32> into tensor<?x6144xf32>
  // expected-remark @below {{[Passed] Raised | Category:beeline-raise | Remark="this is 'beeline.dequant'"}}
  %d = arith.truncf %c : tensor<?x6144xf32> to tensor<?x6144xbf16>
  return %d : tensor<?x6144xbf16>
}

// -----

// The view first, then the cast; operands swapped; the result stays f32.

// CHECK-LABEL: @swapped
// CHECK-SAME: (%[[Q:.*]]: tensor<4x256xf8E5M2>, %[[S:.*]]: tensor<4x4xf32>)
// CHECK-NEXT: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] {group_size = 64 : i64} : {{.*}} -> tensor<4x256xf32>
// CHECK-NEXT: return %[[D]]
func.func @swapped(%q: tensor<4x256xf8E5M2>, %s: tensor<4x4xf32>) -> tensor<4x256xf32> {
  %v = tensor.expand_shape %q [[0], [1, 2]] output_shape [4, 4, 64]
      : tensor<4x256xf8E5M2> into tensor<4x4x64xf8E5M2>
  %f = arith.extf %v : tensor<4x4x64xf8E5M2> to tensor<4x4x64xf32>
  %init = tensor.empty() : tensor<4x4x64xf32>
  %b = linalg.broadcast ins(%s : tensor<4x4xf32>) outs(%init : tensor<4x4x64xf32>)
      dimensions = [2]
  %p = arith.mulf %b, %f : tensor<4x4x64xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<4x4x64xf32> into tensor<4x256xf32>
  return %c : tensor<4x256xf32>
}

// -----

// One body, and scales that keep a dimension of extent 1, as torch-mlir and
// `unsqueeze` leave them.

#elements = affine_map<(m, g, i) -> (m, g, i)>
#groups = affine_map<(m, g, i) -> (m, g, 0)>

// CHECK-LABEL: @body
// CHECK-SAME: (%[[Q:.*]]: tensor<?x6144xf8E4M3FNUZ>, %[[S:.*]]: tensor<?x48xf32>,
// CHECK: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] : {{.*}} -> tensor<?x6144xf16>
// CHECK-NEXT: return %[[D]]
func.func @body(%q: tensor<?x6144xf8E4M3FNUZ>, %s: tensor<?x48xf32>, %m: index)
    -> tensor<?x6144xf16> {
  %v = tensor.expand_shape %q [[0], [1, 2]] output_shape [%m, 48, 128]
      : tensor<?x6144xf8E4M3FNUZ> into tensor<?x48x128xf8E4M3FNUZ>
  %u = tensor.expand_shape %s [[0], [1, 2]] output_shape [%m, 48, 1]
      : tensor<?x48xf32> into tensor<?x48x1xf32>
  %init = tensor.empty(%m) : tensor<?x48x128xf16>
  %p = linalg.generic {indexing_maps = [#groups, #elements, #elements],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%u, %v : tensor<?x48x1xf32>, tensor<?x48x128xf8E4M3FNUZ>)
      outs(%init : tensor<?x48x128xf16>) {
  ^bb0(%scale: f32, %code: f8E4M3FNUZ, %out: f16):
    %f = arith.extf %code : f8E4M3FNUZ to f32
    %d = arith.mulf %f, %scale : f32
    %t = arith.truncf %d to_nearest_even : f32 to f16
    linalg.yield %t : f16
  } -> tensor<?x48x128xf16>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<?x48x128xf16> into tensor<?x6144xf16>
  return %c : tensor<?x6144xf16>
}

// -----

// An indexing map that divides, and linalg.map.

// CHECK-LABEL: @divided
// CHECK: beeline.dequant %{{.*}}, %{{.*}} : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
func.func @divided(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xf32> {
  %init = tensor.empty() : tensor<4x256xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n floordiv 128)>,
                                        affine_map<(m, n) -> (m, n)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<4x2xf32>) outs(%init : tensor<4x256xf32>) {
  ^bb0(%scale: f32, %out: f32):
    linalg.yield %scale : f32
  } -> tensor<4x256xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %d = linalg.map ins(%b, %q : tensor<4x256xf32>, tensor<4x256xf8E4M3FN>)
      outs(%init : tensor<4x256xf32>) (%scale: f32, %code: f8E4M3FN, %out: f32) {
    %f = arith.extf %code : f8E4M3FN to f32
    %p = arith.mulf %scale, %f : f32
    linalg.yield %p : f32
  }
  return %d : tensor<4x256xf32>
}

// -----

// Group-major scales, by a transpose and by a map; and a transpose of scales
// that are row-major to begin with, there and back.

#elements = affine_map<(m, g, i) -> (m, g, i)>

// CHECK-LABEL: @group_major
// CHECK-SAME: (%[[Q:.*]]: tensor<?x256xf8E4M3FN>, %[[S:.*]]: tensor<2x?xf32>,
// CHECK-DAG: %[[A:.*]] = beeline.dequant %[[Q]], %[[S]] {scale_layout = #beeline.scale_layout<group_major>}
// CHECK-DAG: %[[B:.*]] = beeline.dequant %[[Q]], %[[S]] {scale_layout = #beeline.scale_layout<group_major>}
// CHECK: return %[[A]], %[[B]]
func.func @group_major(%q: tensor<?x256xf8E4M3FN>, %s: tensor<2x?xf32>, %m: index)
    -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  %f = arith.extf %q : tensor<?x256xf8E4M3FN> to tensor<?x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf32> into tensor<?x2x128xf32>
  %init0 = tensor.empty(%m) : tensor<?x2xf32>
  %t = linalg.transpose ins(%s : tensor<2x?xf32>) outs(%init0 : tensor<?x2xf32>)
      permutation = [1, 0]
  %init = tensor.empty(%m) : tensor<?x2x128xf32>
  %b = linalg.broadcast ins(%t : tensor<?x2xf32>) outs(%init : tensor<?x2x128xf32>)
      dimensions = [2]
  %p = linalg.mul ins(%v, %b : tensor<?x2x128xf32>, tensor<?x2x128xf32>)
      outs(%init : tensor<?x2x128xf32>) -> tensor<?x2x128xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<?x2x128xf32> into tensor<?x256xf32>
  %p1 = linalg.generic {indexing_maps = [#elements, affine_map<(m, g, i) -> (g, m)>, #elements],
                        iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %s : tensor<?x2x128xf32>, tensor<2x?xf32>) outs(%init : tensor<?x2x128xf32>) {
  ^bb0(%a: f32, %scale: f32, %out: f32):
    %x = arith.mulf %a, %scale : f32
    linalg.yield %x : f32
  } -> tensor<?x2x128xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c1 = tensor.collapse_shape %p1 [[0], [1, 2]]
      : tensor<?x2x128xf32> into tensor<?x256xf32>
  return %c, %c1 : tensor<?x256xf32>, tensor<?x256xf32>
}

// -----

// 200 is no multiple of 128: padded, and cut off again.

// CHECK-LABEL: @ragged
// CHECK-SAME: (%[[Q:.*]]: tensor<4x200xf8E4M3FN>, %[[S:.*]]: tensor<4x2xf32>)
// CHECK-NEXT: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] : tensor<4x200xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x200xbf16>
// CHECK-NEXT: return %[[D]]
func.func @ragged(%q: tensor<4x200xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x200xbf16> {
  %zero = arith.constant 0.0 : f32
  %f = arith.extf %q : tensor<4x200xf8E4M3FN> to tensor<4x200xf32>
  %padded = tensor.pad %f low[0, 0] high[0, 56] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x200xf32> to tensor<4x256xf32>
  %v = tensor.expand_shape %padded [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %init = tensor.empty() : tensor<4x2x128xf32>
  %b = linalg.broadcast ins(%s : tensor<4x2xf32>) outs(%init : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<4x2x128xf32> into tensor<4x256xf32>
  %cut = tensor.extract_slice %c[0, 0] [4, 200] [1, 1]
      : tensor<4x256xf32> to tensor<4x200xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %d = arith.truncf %cut : tensor<4x200xf32> to tensor<4x200xbf16>
  return %d : tensor<4x200xbf16>
}

// -----

// Codes and scales of some groups: the slices stay.

// CHECK-LABEL: @slices
// CHECK: %[[Q:.*]] = tensor.extract_slice %{{.*}}[0, 256] [4, 256]
// CHECK: %[[S:.*]] = tensor.extract_slice %{{.*}}[0, 2] [4, 2]
// CHECK: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
func.func @slices(%q: tensor<4x512xf8E4M3FN>, %s: tensor<4x4xf32>) -> tensor<4x256xf32> {
  %q1 = tensor.extract_slice %q[0, 256] [4, 256] [1, 1]
      : tensor<4x512xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %s1 = tensor.extract_slice %s[0, 2] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  %f = arith.extf %q1 : tensor<4x256xf8E4M3FN> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %init = tensor.empty() : tensor<4x2x128xf32>
  %b = linalg.broadcast ins(%s1 : tensor<4x2xf32>) outs(%init : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]]
      : tensor<4x2x128xf32> into tensor<4x256xf32>
  return %c : tensor<4x256xf32>
}

// -----

// Powers of two as scales: bf16 holds codes and scales exactly, so that bf16
// arithmetic rounds as the op does. arith.scaling_extf is the same product.

#elements = affine_map<(m, g, i) -> (m, g, i)>

// CHECK-LABEL: @powers
// CHECK-DAG: %[[A:.*]] = beeline.dequant %{{.*}}, %{{.*}} {group_size = 32 : i64} : tensor<4x64xf8E4M3FN>, tensor<4x2xf8E8M0FNU> -> tensor<4x64xbf16>
// CHECK-DAG: %[[B:.*]] = beeline.dequant %{{.*}}, %{{.*}} {group_size = 32 : i64} : tensor<4x64xf8E4M3FN>, tensor<4x2xf8E8M0FNU> -> tensor<4x64xbf16>
// CHECK: return %[[A]], %[[B]]
func.func @powers(%q: tensor<4x64xf8E4M3FN>, %s: tensor<4x2xf8E8M0FNU>)
    -> (tensor<4x64xbf16>, tensor<4x64xbf16>) {
  %v = tensor.expand_shape %q [[0], [1, 2]] output_shape [4, 2, 32]
      : tensor<4x64xf8E4M3FN> into tensor<4x2x32xf8E4M3FN>
  %init = tensor.empty() : tensor<4x2x32xf8E8M0FNU>
  %b = linalg.broadcast ins(%s : tensor<4x2xf8E8M0FNU>) outs(%init : tensor<4x2x32xf8E8M0FNU>)
      dimensions = [2]
  %f = arith.extf %v : tensor<4x2x32xf8E4M3FN> to tensor<4x2x32xbf16>
  %g = arith.extf %b : tensor<4x2x32xf8E8M0FNU> to tensor<4x2x32xbf16>
  %p = arith.mulf %f, %g : tensor<4x2x32xbf16>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<4x2x32xbf16> into tensor<4x64xbf16>
  %p1 = arith.scaling_extf %v, %b : tensor<4x2x32xf8E4M3FN>, tensor<4x2x32xf8E8M0FNU> to tensor<4x2x32xbf16>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c1 = tensor.collapse_shape %p1 [[0], [1, 2]] : tensor<4x2x32xbf16> into tensor<4x64xbf16>
  return %c, %c1 : tensor<4x64xbf16>, tensor<4x64xbf16>
}

// -----

// One scale for each row is a group of N, and more than one dimension of rows.
// beeline.preserve_rounding speaks of the value that went through FP8 here:
// the op keeps it.

#elements = affine_map<(b, m, i) -> (b, m, i)>

// CHECK-LABEL: @rows
// CHECK-SAME: (%[[Q:.*]]: tensor<2x?x96xf8E4M3FN>, %[[S:.*]]: tensor<2x?xf32>,
// CHECK: %[[E:.*]] = tensor.expand_shape %[[S]] {{\[\[}}0], [1, 2]] output_shape [2, %{{.*}}, 1] : tensor<2x?xf32> into tensor<2x?x1xf32>
// CHECK: beeline.dequant %[[Q]], %[[E]] {beeline.preserve_rounding, group_size = 96 : i64} : tensor<2x?x96xf8E4M3FN>, tensor<2x?x1xf32>
func.func @rows(%q: tensor<2x?x96xf8E4M3FN>, %s: tensor<2x?xf32>, %m: index)
    -> tensor<2x?x96xbf16> {
  %init = tensor.empty(%m) : tensor<2x?x96xbf16>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %p = linalg.generic {indexing_maps = [#elements, affine_map<(b, m, i) -> (b, m)>, #elements],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q, %s : tensor<2x?x96xf8E4M3FN>, tensor<2x?xf32>)
      outs(%init : tensor<2x?x96xbf16>) attrs = {beeline.preserve_rounding} {
  ^bb0(%code: f8E4M3FN, %scale: f32, %out: bf16):
    %f = arith.extf %code : f8E4M3FN to f32
    %d = arith.mulf %f, %scale : f32
    %t = arith.truncf %d : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<2x?x96xbf16>
  return %p : tensor<2x?x96xbf16>
}

// -----

// Casts between static and dynamic extents.

// CHECK-LABEL: @casts
// CHECK-SAME: (%[[Q:.*]]: tensor<4x256xf8E4M3FN>, %[[S:.*]]: tensor<?x2xf32>,
// CHECK: %[[D:.*]] = beeline.dequant %[[Q]], %[[S]] : tensor<4x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<4x256xf32>
// CHECK: %[[C:.*]] = tensor.cast %[[D]] : tensor<4x256xf32> to tensor<?x256xf32>
// CHECK: return %[[C]]
func.func @casts(%q: tensor<4x256xf8E4M3FN>, %s: tensor<?x2xf32>, %m: index) -> tensor<?x256xf32> {
  %dynamic = tensor.cast %q : tensor<4x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %f = arith.extf %dynamic : tensor<?x256xf8E4M3FN> to tensor<?x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf32> into tensor<?x2x128xf32>
  %init = tensor.empty(%m) : tensor<?x2x128xf32>
  %b = linalg.broadcast ins(%s : tensor<?x2xf32>) outs(%init : tensor<?x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<?x2x128xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<?x2x128xf32> into tensor<?x256xf32>
  return %c : tensor<?x256xf32>
}

// -----

// Somebody reads the f32 product too: it is the op's result, and the cast stays.

#elements = affine_map<(m, g, i) -> (m, g, i)>

// CHECK-LABEL: @shared
// CHECK: %[[D:.*]] = beeline.dequant %{{.*}} -> tensor<4x256xf32>
// CHECK-NOT: beeline.dequant
// CHECK: %[[T:.*]] = arith.truncf %[[D]]
// CHECK: return %[[D]], %[[T]]
func.func @shared(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xf32>, tensor<4x256xbf16>) {
  %f = arith.extf %q : tensor<4x256xf8E4M3FN> to tensor<4x256xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %init = tensor.empty() : tensor<4x2x128xf32>
  %b = linalg.broadcast ins(%s : tensor<4x2xf32>) outs(%init : tensor<4x2x128xf32>)
      dimensions = [2]
  %p = arith.mulf %v, %b : tensor<4x2x128xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<4x2x128xf32> into tensor<4x256xf32>
  %t = arith.truncf %c : tensor<4x256xf32> to tensor<4x256xbf16>
  return %c, %t : tensor<4x256xf32>, tensor<4x256xbf16>
}

// -----

// Another rounding than to nearest is left to arith.

// CHECK-LABEL: @rounded_down
// CHECK: %[[D:.*]] = beeline.dequant {{.*}} -> tensor<4x96xf32>
// CHECK: arith.truncf %[[D]] downward : tensor<4x96xf32> to tensor<4x96xbf16>
func.func @rounded_down(%q: tensor<4x96xf8E4M3FN>, %s: tensor<4x1xf32>) -> tensor<4x96xbf16> {
  %f = arith.extf %q : tensor<4x96xf8E4M3FN> to tensor<4x96xf32>
  %c = tensor.collapse_shape %s [[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
  %init = tensor.empty() : tensor<4x96xf32>
  %b = linalg.broadcast ins(%c : tensor<4xf32>) outs(%init : tensor<4x96xf32>) dimensions = [1]
  // expected-remark @below {{this is 'beeline.dequant'}}
  %p = arith.mulf %f, %b : tensor<4x96xf32>
  %t = arith.truncf %p downward : tensor<4x96xf32> to tensor<4x96xbf16>
  return %t : tensor<4x96xbf16>
}

// -----

// How the scales are computed does not matter, flags or not.

// CHECK-LABEL: @fast_scales
// CHECK: %[[S:.*]] = arith.divf {{.*}} fastmath<fast>
// CHECK: beeline.dequant %arg0, %[[S]]
func.func @fast_scales(%q: tensor<4x96xf8E4M3FN>, %a: tensor<4x1xf32>) -> tensor<4x96xf32> {
  %s = arith.divf %a, %a fastmath<fast> : tensor<4x1xf32>
  %f = arith.extf %q : tensor<4x96xf8E4M3FN> to tensor<4x96xf32>
  %c = tensor.collapse_shape %s [[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
  %init = tensor.empty() : tensor<4x96xf32>
  %b = linalg.broadcast ins(%c : tensor<4xf32>) outs(%init : tensor<4x96xf32>) dimensions = [1]
  // expected-remark @below {{Raised | Category:beeline-raise | Remark}}
  %p = arith.mulf %f, %b : tensor<4x96xf32>
  return %p : tensor<4x96xf32>
}

// -----

// What is inside of an op goes with it, and is no root any more.

// CHECK-LABEL: @inside_of_padding
// CHECK: beeline.dequant
// CHECK-NOT: tensor.pad
func.func @inside_of_padding(%q: tensor<4x200xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> tensor<4x200xbf16> {
  %zero = arith.constant 0.0 : f32
  %f = arith.extf %q : tensor<4x200xf8E4M3FN> to tensor<4x200xf32>
  %padded = tensor.pad %f low[0, 0] high[0, 56] {
  ^bb0(%i: index, %j: index):
    %row = tensor.empty() : tensor<4x2x128xf32>
    %twice = arith.addf %row, %row : tensor<4x2x128xf32>
    tensor.yield %zero : f32
  } : tensor<4x200xf32> to tensor<4x256xf32>
  %groups = tensor.expand_shape %padded [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf32> into tensor<4x2x128xf32>
  %init = tensor.empty() : tensor<4x2x128xf32>
  %scales = linalg.broadcast ins(%s : tensor<4x2xf32>)
      outs(%init : tensor<4x2x128xf32>) dimensions = [2]
  %m = arith.mulf %groups, %scales : tensor<4x2x128xf32>
  %rows = tensor.collapse_shape %m [[0], [1, 2]]
      : tensor<4x2x128xf32> into tensor<4x256xf32>
  %cut = tensor.extract_slice %rows[0, 0] [4, 200] [1, 1]
      : tensor<4x256xf32> to tensor<4x200xf32>
  // expected-remark @below {{this is 'beeline.dequant'}}
  %d = arith.truncf %cut : tensor<4x200xf32> to tensor<4x200xbf16>
  return %d : tensor<4x200xbf16>
}
