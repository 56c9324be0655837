// Whether it pays may depend on how many rows there are.

// RUN: beeline-opt %s -beeline-elide-round-trips="target=gfx950 assume-rows=1302" \
// RUN:   %remarks 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: beeline-opt %s -beeline-elide-round-trips="target=gfx950 assume-rows=1303" \
// RUN:   %remarks 2>&1 | FileCheck %s --check-prefix=MANY

// Decode is what is assumed where nothing is said: 64 rows.
// RUN: beeline-opt %s -beeline-elide-round-trips=target=gfx950 \
// RUN:   | FileCheck %s --check-prefix=DECODE
// DECODE-NOT: beeline.dequant

// Two calls write 6144 * 2 bytes per row each; one dequantization of a row, which
// moves 6144 + 48 * 4 + 6144 * 2 = 18624 bytes, and its launch of 4000 ns, which is
// 32000000 bytes at 8000 GB/s, go. So it pays up to 32018624 / 24576 = 1302.8 rows.

// FEW: [Passed] RoundTripRemoved
// FEW: module {
// FEW-NOT: beeline.dequant

// 1303 * 24576 - 18624 = 32003904 bytes or 4000.5 ns more, for 4000.
// MANY: [Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="it does not pay on gfx950: 1 kernel of 4000 ns saved, 32003904 bytes more at 8000 GB/s, 0.5 ns lost"
// MANY: module {
// MANY: beeline.dequant

func.func private @quantize(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  return %q, %s : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
}

func.func @written_twice(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<1x6144xbf16>) {
  %a:2 = call @quantize(%x, %w)
      : (tensor<?x6144xbf16>, tensor<6144xbf16>) -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>)
  %q, %s = call @quantize(%x, %w)
      : (tensor<?x6144xbf16>, tensor<6144xbf16>) -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>)
  %qv = tensor.extract_slice %q[0, 0] [1, 6144] [1, 1] : tensor<?x6144xf8E4M3FN> to tensor<1x6144xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [1, 48] [1, 1] : tensor<?x48xf32> to tensor<1x48xf32>
  %d = beeline.dequant %qv, %sv
      : tensor<1x6144xf8E4M3FN>, tensor<1x48xf32> -> tensor<1x6144xbf16>
  return %a#0, %a#1, %d : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<1x6144xbf16>
}
