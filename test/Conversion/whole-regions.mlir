// A region's own program computes what its ops do one after the other, to the bit:
// any bits as input, ragged groups, FP8 and f8E8M0FNU between ops, constants, groups
// of two sizes, any rank.
//
// RUN: beeline-opt %s -beeline-fuse %remarks -o %t.fused.mlir 2>&1 \
// RUN:   | grep -c RowsFused | FileCheck %s -check-prefix=REGIONS
// REGIONS: {{^}}6{{$}}
// RUN: beeline-opt %t.fused.mlir -convert-beeline-to-cpu=whole-regions -o %t.whole.mlir
// RUN: beeline-run %t.whole.mlir --rows=67 --random=specials --compare=%s > %t.specials
// RUN: grep -v "100.0000 %" %t.specials | count 1
// RUN: beeline-run %t.whole.mlir --rows=67 --random=outliers --compare=%s > %t.outliers
// RUN: grep -v "100.0000 %" %t.outliers | count 1
// RUN: beeline-run %t.whole.mlir --rows=0 --compare=%s > %t.empty
// RUN: grep -v "100.0000 %" %t.empty | count 1

func.func @regions(
    %x: tensor<?x300xbf16>, %r: tensor<?x300xf16>, %w: tensor<300xf32>,
    %g: tensor<?x256xf32>, %u: tensor<?x256xbf16>,
    %p: tensor<?x130xf8E5M2>, %s: tensor<2x?xf8E8M0FNU>,
    %any: tensor<2x?x?xf16>, %row: tensor<300xf32>, %m: tensor<4x300xbf16>)
    -> (tensor<?x300xf16>, tensor<?x300xf8E4M3FN>, tensor<?x3xf32>,
        tensor<?x300xf8E5M2>, tensor<7x?xf8E8M0FNU>, tensor<?x300xf32>,
        tensor<?x256xf8E4M3FNUZ>, tensor<?x2xf32>, tensor<?x256xbf16>,
        tensor<?x130xf8E4M3FN>, tensor<2x?xf8E8M0FNU>, tensor<?x130xf32>,
        tensor<2x?x?xf8E5M2>, tensor<2x?x?xf32>, tensor<2x?x?xf16>,
        tensor<300xf8E4M3FN>, tensor<3xf8E8M0FNU>, tensor<4x300xf16>,
        tensor<4x300xbf16>, tensor<?x300xbf16>) {
  // A norm with residual, quantized in groups of two sizes, and read back.
  %y, %sum = beeline.rms_norm %x, %w residual(%r)
      {epsilon = 1.0e-5 : f32, normalize_from = #beeline.normalize_from<rounded>}
      : tensor<?x300xbf16>, tensor<300xf32>, tensor<?x300xf16>
      -> tensor<?x300xbf16>, tensor<?x300xf16>
  %q0, %s0 = beeline.group_quant %y
      : tensor<?x300xbf16> -> tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
  %q1, %s1 = beeline.group_quant %y
      {group_size = 48 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x300xbf16> -> tensor<?x300xf8E5M2>, tensor<7x?xf8E8M0FNU>
  %d1 = beeline.dequant %q1, %s1
      {group_size = 48 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x300xf8E5M2>, tensor<7x?xf8E8M0FNU> -> tensor<?x300xf32>

  // The activation of an MLP, rounded between its steps.
  %h = beeline.silu_mul %g, %u {round_before_mul}
      : tensor<?x256xf32>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  %q2, %s2 = beeline.group_quant %h
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FNUZ>, tensor<?x2xf32>
  %d2 = beeline.dequant %q2, %s2
      : tensor<?x256xf8E4M3FNUZ>, tensor<?x2xf32> -> tensor<?x256xbf16>

  // Another FP8 format, in the groups that there are.
  %d3 = beeline.dequant %p, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x130xf8E5M2>, tensor<2x?xf8E8M0FNU> -> tensor<?x130xf32>
  %q3, %s3 = beeline.group_quant %d3 {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x130xf32> -> tensor<?x130xf8E4M3FN>, tensor<2x?xf8E8M0FNU>

  // Elementwise ops, and casts to and from FP8, on rows of any length.
  %e0 = arith.truncf %any : tensor<2x?x?xf16> to tensor<2x?x?xf8E5M2>
  %e1 = arith.extf %e0 : tensor<2x?x?xf8E5M2> to tensor<2x?x?xf32>
  %e2 = arith.truncf %e1 : tensor<2x?x?xf32> to tensor<2x?x?xf16>
  %e3 = arith.mulf %e2, %any : tensor<2x?x?xf16>
  %e4 = arith.maximumf %e3, %any : tensor<2x?x?xf16>
  %e5 = math.exp %e4 : tensor<2x?x?xf16>
  %e6 = arith.subf %e5, %e2 : tensor<2x?x?xf16>

  // One row.
  %c = arith.constant dense<0.3> : tensor<300xf32>
  %r0 = arith.divf %row, %c : tensor<300xf32>
  %r1 = beeline.rms_norm %r0, %row {epsilon = 0.0 : f32}
      : tensor<300xf32>, tensor<300xf32> -> tensor<300xf16>
  %q4, %s4 = beeline.group_quant %r1
      : tensor<300xf16> -> tensor<300xf8E4M3FN>, tensor<3xf8E8M0FNU>

  // Ops of every other kind.
  %three = arith.constant dense<3.0> : tensor<4x300xbf16>
  %m0 = math.absf %m : tensor<4x300xbf16>
  %m1 = math.sqrt %m0 : tensor<4x300xbf16>
  %m2 = arith.addf %m1, %three : tensor<4x300xbf16>
  %m3 = math.rsqrt %m2 : tensor<4x300xbf16>
  %m4 = math.tanh %m : tensor<4x300xbf16>
  %m5 = arith.minimumf %m3, %m4 : tensor<4x300xbf16>
  %m6 = arith.mulf %m5, %three : tensor<4x300xbf16>
  %m7 = math.floor %m6 : tensor<4x300xbf16>
  %m8 = math.ceil %m6 : tensor<4x300xbf16>
  %m9 = arith.negf %m8 : tensor<4x300xbf16>
  %m10 = arith.divf %m7, %m9 : tensor<4x300xbf16>
  %m11 = arith.extf %m10 : tensor<4x300xbf16> to tensor<4x300xf32>
  %m12 = arith.truncf %m11 : tensor<4x300xf32> to tensor<4x300xf16>

  // A sibling of the first norm, from the end.
  %t0 = arith.negf %x : tensor<?x300xbf16>
  %t1 = math.exp %t0 : tensor<?x300xbf16>

  return %sum, %q0, %s0, %q1, %s1, %d1, %q2, %s2, %d2, %q3, %s3, %d3, %e0, %e1, %e6,
      %q4, %s4, %m12, %m10, %t1
      : tensor<?x300xf16>, tensor<?x300xf8E4M3FN>, tensor<?x3xf32>,
        tensor<?x300xf8E5M2>, tensor<7x?xf8E8M0FNU>, tensor<?x300xf32>,
        tensor<?x256xf8E4M3FNUZ>, tensor<?x2xf32>, tensor<?x256xbf16>,
        tensor<?x130xf8E4M3FN>, tensor<2x?xf8E8M0FNU>, tensor<?x130xf32>,
        tensor<2x?x?xf8E5M2>, tensor<2x?x?xf32>, tensor<2x?x?xf16>,
        tensor<300xf8E4M3FN>, tensor<3xf8E8M0FNU>, tensor<4x300xf16>,
        tensor<4x300xbf16>, tensor<?x300xbf16>
}
