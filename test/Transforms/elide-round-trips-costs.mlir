// RUN: beeline-opt %s -beeline-elide-round-trips="target=gfx950 assume-rows=64" \
// RUN:   %remarks -split-input-file -verify-diagnostics \
// RUN:   | FileCheck %s -enable-var-scope

// Without a target, what does not pay is elided all the same.
// RUN: beeline-opt %s -beeline-elide-round-trips -split-input-file \
// RUN:   | FileCheck %s --check-prefix=ALWAYS
// ALWAYS-NOT: beeline.dequant

// RUN: not beeline-opt %s -beeline-elide-round-trips=target=gfx90a \
// RUN:   -split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: no target 'gfx90a'; there is cpu, gfx942, gfx950, sm_90

// RUN: not beeline-opt %s -beeline-elide-round-trips=assume-rows=-1 \
// RUN:   -split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: assume-rows=-1: no tensor has fewer than 0 rows

// A kernel of 4000 ns goes, and 64 rows * 6336 bytes less are moved, at 8000 GB/s:
// 4000 + 405504 / 8000 = 4050.7.

// CHECK-LABEL: @pays
// CHECK-NOT: beeline.dequant
func.func @pays(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  // expected-remark @below {{BytesPerRow=6336, Kernels=1, Nanoseconds=4050}}
  %d = beeline.dequant %q, %s
      : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
  return %q, %s, %d : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>
}

// -----

// A bf16 result would have to be extended by a kernel of its own, which replaces
// the dequantization and moves 6144 * (2 + 4) instead of 6144 + 192 + 6144 * 4
// bytes per row: 5952 more. 16 rows are known: 95232 / 8000 = 11.9.

// CHECK-LABEL: @does_not_pay
// CHECK: beeline.dequant
func.func @does_not_pay(%x: tensor<16x6144xbf16>)
    -> (tensor<16x6144xf8E4M3FN>, tensor<16x6144xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<16x6144xbf16> -> tensor<16x6144xf8E4M3FN>, tensor<16x48xf32>
  // expected-remark @below {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="it does not pay on gfx950: 0 kernels of 4000 ns saved, 95232 bytes more at 8000 GB/s, 11.9 ns lost"}}
  %d = beeline.dequant %q, %s
      : tensor<16x6144xf8E4M3FN>, tensor<16x48xf32> -> tensor<16x6144xf32>
  return %q, %d : tensor<16x6144xf8E4M3FN>, tensor<16x6144xf32>
}

// -----

// A function that a thousand rows go through ten times would write its value each
// time, to save one dequantization of one row: 10 * 1024 * 12288 bytes are written
// and 18624 not moved, 125810496 bytes more or 15726 ns, for 4000.

// CHECK-LABEL: @written_often_read_once
// CHECK: beeline.dequant
func.func private @quantize(%x: tensor<1024x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<1024x6144xbf16>, tensor<6144xbf16> -> tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>
  return %q, %s : tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>
}

func.func private @twice(%x: tensor<1024x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>) {
  %q0, %s0 = call @quantize(%x, %w)
      : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %q1, %s1 = call @quantize(%x, %w)
      : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  return %q1, %s0 : tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>
}

func.func @written_often_read_once(%x: tensor<1024x6144xbf16>, %w: tensor<6144xbf16>) -> tensor<1x6144xbf16> {
  %a:2 = call @twice(%x, %w) : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %b:2 = call @twice(%x, %w) : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %c:2 = call @twice(%x, %w) : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %d:2 = call @twice(%x, %w) : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %e:2 = call @quantize(%x, %w) : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %q, %s = call @quantize(%x, %w)
      : (tensor<1024x6144xbf16>, tensor<6144xbf16>) -> (tensor<1024x6144xf8E4M3FN>, tensor<1024x48xf32>)
  %qv = tensor.extract_slice %q[0, 0] [1, 6144] [1, 1] : tensor<1024x6144xf8E4M3FN> to tensor<1x6144xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [1, 48] [1, 1] : tensor<1024x48xf32> to tensor<1x48xf32>
  // expected-remark @below {{it does not pay on gfx950: 1 kernel of 4000 ns saved, 125810496 bytes more at 8000 GB/s, 11726.3 ns lost}}
  %r = beeline.dequant %qv, %sv
      : tensor<1x6144xf8E4M3FN>, tensor<1x48xf32> -> tensor<1x6144xbf16>
  return %r : tensor<1x6144xbf16>
}

// -----

// Nothing is decided without the length of a row.

// CHECK-LABEL: @unknown_length
// CHECK-NOT: beeline.dequant
func.func @unknown_length(%x: tensor<?x?xbf16>) -> (tensor<?x?xf8E4M3FN>, tensor<?x?xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<?x?xbf16> -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %q, %d : tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
}
