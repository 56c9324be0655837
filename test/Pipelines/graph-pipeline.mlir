// One command raises what is written out and elides the round trips in it.

// All assumptions are on, and repeated in the remarks.
// RUN: beeline-opt %s -beeline-graph-pipeline %remarks 2>&1 \
// RUN:   | FileCheck %s -enable-var-scope
// CHECK:     [Passed] Raised | Category:beeline-raise | Remark="this is 'beeline.dequant'"
// CHECK:     [Passed] Raised | Category:beeline-raise | Assumed="rsqrt,mean-by-multiplication", Remark="this is 'beeline.rms_norm'"
// CHECK:     Reason="the codes cross the signature of '@gate', which is public"
// CHECK:     [Passed] RoundTripRemoved
// CHECK-NOT: {{remark:|Nanoseconds}}

// CHECK-LABEL: func.func @layer(
// CHECK-NEXT:    %[[Y:.*]] = beeline.rms_norm
// CHECK-NEXT:    %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NEXT:    call @dequantize(%[[Q]], %[[S]], %[[Y]])
// CHECK-NEXT:    call @gate(%[[Q]], %[[S]])
// CHECK:         return
// CHECK-LABEL: func.func private @dequantize(
// CHECK-SAME:    %[[U:[^:]*]]: tensor<?x384xbf16>) -> tensor<?x384xbf16>
// CHECK-NEXT:    return %[[U]]
// CHECK-LABEL: func.func @gate(
// CHECK:         beeline.dequant

// The same by the passes themselves, and as part of a longer pipeline.
// RUN: beeline-opt %s -beeline-graph-pipeline="assume=rsqrt,mean-by-multiplication" > %t.pipeline
// RUN: beeline-opt %s -beeline-raise=assume=rsqrt,mean-by-multiplication \
// RUN:   -beeline-elide-round-trips > %t.passes
// RUN: diff %t.pipeline %t.passes
// RUN: beeline-opt %s -pass-pipeline="builtin.module(beeline-graph-pipeline{assume=all})" > %t.all
// RUN: diff %t.pipeline %t.all

// Nothing assumed: the norm stays, with what it would take; the dequantization is
// exact, so that its round trip goes.
// RUN: beeline-opt %s -beeline-graph-pipeline=assume=none %remarks 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE
// NONE:     [Missed] NotRaised | Category:beeline-raise | Reason="that is so only if math.rsqrt(x) is 1 / sqrt(x), and sum * (1 / N) is sum / N", Remark="this could be 'beeline.rms_norm'", Suggestion="assume=rsqrt,mean-by-multiplication"
// NONE:     [Passed] RoundTripRemoved
// NONE:     func.func @layer(
// NONE:     math.rsqrt

// The other options are those of beeline-elide-round-trips.
// RUN: beeline-opt %s -beeline-graph-pipeline="target=gfx950 assume-rows=1000000 allow-public-abi-change" \
// RUN:   %remarks 2>&1 | FileCheck %s --check-prefix=OPTIONS
// Twice, a kernel of 4000 ns and 1e6 rows of 384 + 3 * 4 + 384 * 2 = 1164 bytes at
// 8000 GB/s.
// OPTIONS-COUNT-2: RoundTripRemoved | Category:beeline-elide-round-trips | BytesPerRow=1164, Kernels=1, Nanoseconds=149500
// OPTIONS: func.func @gate({{.*}}, %[[U:[^:]*]]: tensor<?x384xbf16>) -> tensor<?x384xbf16>
// OPTIONS-NEXT: return %[[U]]

// RUN: not beeline-opt %s -beeline-graph-pipeline=assume=sqrt 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: beeline-raise has no assumption 'sqrt'; there are rsqrt,{{.*}}, all and none
// RUN: not beeline-opt %s -beeline-graph-pipeline=target=gfx90a 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TARGET
// TARGET: no target 'gfx90a'; there is cpu, gfx942, gfx950, sm_90

#row = affine_map<(m, n) -> (m, n)>
#one = affine_map<(m, n) -> (m)>
#column = affine_map<(m, n) -> (n)>

func.func @layer(%x: tensor<?x384xbf16>, %w: tensor<384xbf16>)
    -> (tensor<?x384xbf16>, tensor<?x384xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %inverse = arith.constant 0.0026041666667 : f32
  %epsilon = arith.constant 1.0e-5 : f32
  %m = tensor.dim %x, %c0 : tensor<?x384xbf16>
  %rows = tensor.empty(%m) : tensor<?xf32>
  %start = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#row, #one], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x384xbf16>) outs(%start : tensor<?xf32>) {
  ^bb0(%in: bf16, %out: f32):
    %0 = arith.extf %in : bf16 to f32
    %1 = arith.mulf %0, %0 : f32
    %2 = arith.addf %out, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  %all = tensor.empty(%m) : tensor<?x384xbf16>
  %y = linalg.generic {indexing_maps = [#row, #one, #column, #row], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum, %w : tensor<?x384xbf16>, tensor<?xf32>, tensor<384xbf16>)
      outs(%all : tensor<?x384xbf16>) {
  ^bb0(%in: bf16, %squares: f32, %weight: bf16, %out: bf16):
    %0 = arith.extf %in : bf16 to f32
    %1 = arith.extf %weight : bf16 to f32
    %2 = arith.mulf %squares, %inverse : f32
    %3 = arith.addf %2, %epsilon : f32
    %4 = math.rsqrt %3 : f32
    %5 = arith.mulf %0, %4 : f32
    %6 = arith.mulf %5, %1 : f32
    %7 = arith.truncf %6 : f32 to bf16
    linalg.yield %7 : bf16
  } -> tensor<?x384xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x384xbf16> -> tensor<?x384xf8E4M3FN>, tensor<?x3xf32>
  %d = call @dequantize(%q, %s) : (tensor<?x384xf8E4M3FN>, tensor<?x3xf32>) -> tensor<?x384xbf16>
  %e = call @gate(%q, %s) : (tensor<?x384xf8E4M3FN>, tensor<?x3xf32>) -> tensor<?x384xbf16>
  return %d, %e : tensor<?x384xbf16>, tensor<?x384xbf16>
}

func.func private @dequantize(%q: tensor<?x384xf8E4M3FN>, %s: tensor<?x3xf32>) -> tensor<?x384xbf16> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q, %c0 : tensor<?x384xf8E4M3FN>
  %f = arith.extf %q : tensor<?x384xf8E4M3FN> to tensor<?x384xf32>
  %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 3, 128]
      : tensor<?x384xf32> into tensor<?x3x128xf32>
  %init = tensor.empty(%m) : tensor<?x3x128xf32>
  %b = linalg.broadcast ins(%s : tensor<?x3xf32>) outs(%init : tensor<?x3x128xf32>) dimensions = [2]
  %p = arith.mulf %v, %b : tensor<?x3x128xf32>
  %c = tensor.collapse_shape %p [[0], [1, 2]] : tensor<?x3x128xf32> into tensor<?x384xf32>
  %d = arith.truncf %c : tensor<?x384xf32> to tensor<?x384xbf16>
  return %d : tensor<?x384xbf16>
}

func.func @gate(%q: tensor<?x384xf8E4M3FN>, %s: tensor<?x3xf32>) -> tensor<?x384xbf16> {
  %d = beeline.dequant %q, %s
      : tensor<?x384xf8E4M3FN>, tensor<?x3xf32> -> tensor<?x384xbf16>
  return %d : tensor<?x384xbf16>
}
