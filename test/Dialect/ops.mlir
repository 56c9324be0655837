// Every form of every op survives text, the generic form and bytecode.
//
// RUN: beeline-opt %s | beeline-opt | FileCheck %s -enable-var-scope
// RUN: beeline-opt %s -mlir-print-op-generic | beeline-opt | FileCheck %s -enable-var-scope
// RUN: beeline-opt %s -emit-bytecode | beeline-opt | FileCheck %s -enable-var-scope

//===----------------------------------------------------------------------===//
// rms_norm
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @rms_norm(
func.func @rms_norm(%x: tensor<?x48xbf16>, %w: tensor<48xf32>) {
  // CHECK: beeline.rms_norm %arg0, %arg1 {epsilon = 5.000000e-01 : f32}
  // CHECK-SAME: : tensor<?x48xbf16>, tensor<48xf32> -> tensor<?x48xf16>{{$}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x48xbf16>, tensor<48xf32> -> tensor<?x48xf16>
  return
}

// CHECK-LABEL: @rms_norm_residual(
func.func @rms_norm_residual(%x: tensor<?x48xbf16>, %w: tensor<48xbf16>,
                             %r: tensor<?x48xf32>) {
  // CHECK: beeline.rms_norm %arg0, %arg1 residual(%arg2) {epsilon = 0.000000e+00 : f32}
  // CHECK-SAME: : tensor<?x48xbf16>, tensor<48xbf16>, tensor<?x48xf32> -> tensor<?x48xbf16>{{$}}
  %y = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.0 : f32}
      : tensor<?x48xbf16>, tensor<48xbf16>, tensor<?x48xf32> -> tensor<?x48xbf16>
  return
}

// CHECK-LABEL: @rms_norm_sum(
func.func @rms_norm_sum(%x: tensor<?x48xbf16>, %w: tensor<48xbf16>,
                        %r: tensor<?x48xf32>) {
  // CHECK: %output, %sum = beeline.rms_norm %arg0, %arg1 residual(%arg2)
  // CHECK-SAME: tensor<?x48xf32> -> tensor<?x48xbf16>, tensor<?x48xf32>
  %y, %t = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<?x48xbf16>, tensor<48xbf16>, tensor<?x48xf32>
      -> tensor<?x48xbf16>, tensor<?x48xf32>
  return
}

// CHECK-LABEL: @rms_norm_attributes(
func.func @rms_norm_attributes(%x: tensor<4x48xbf16>, %w: tensor<48xbf16>) {
  // CHECK: beeline.rms_norm
  // CHECK-SAME: {epsilon = 5.000000e-01 : f32,
  // CHECK-SAME: normalize_from = #beeline.normalize_from<rounded>,
  // CHECK-SAME: round_before_weight, weight_offset = 1.000000e+00 : f32}
  %y = beeline.rms_norm %x, %w
      {epsilon = 0.5 : f32, normalize_from = #beeline.normalize_from<rounded>,
       round_before_weight, weight_offset = 1.0 : f32}
      : tensor<4x48xbf16>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// CHECK-LABEL: @rms_norm_defaults(
func.func @rms_norm_defaults(%x: tensor<4x48xbf16>, %w: tensor<48xbf16>) {
  // CHECK: beeline.rms_norm %arg0, %arg1 {epsilon = 5.000000e-01 : f32} :
  %y = beeline.rms_norm %x, %w
      {epsilon = 0.5 : f32, normalize_from = #beeline.normalize_from<f32>,
       weight_offset = 0.0 : f32}
      : tensor<4x48xbf16>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// CHECK-LABEL: @rms_norm_shapes(
func.func @rms_norm_shapes(
    %rank1: tensor<48xf16>, %rank3: tensor<2x?x48xf32>, %any: tensor<?x?xbf16>,
    %empty: tensor<0x48xbf16>, %short: tensor<4x1xf32>,
    %long: tensor<4x16777216xf32>, %w: tensor<48xf16>, %w_any: tensor<?xf16>) {
  // CHECK: : tensor<48xf16>, tensor<48xf16> -> tensor<48xf16>
  %0 = beeline.rms_norm %rank1, %w {epsilon = 0.5 : f32}
      : tensor<48xf16>, tensor<48xf16> -> tensor<48xf16>
  // CHECK: : tensor<2x?x48xf32>, tensor<48xf16> -> tensor<2x?x48xf32>
  %1 = beeline.rms_norm %rank3, %w {epsilon = 0.5 : f32}
      : tensor<2x?x48xf32>, tensor<48xf16> -> tensor<2x?x48xf32>
  // CHECK: : tensor<?x?xbf16>, tensor<48xf16> -> tensor<?x?xbf16>
  %2 = beeline.rms_norm %any, %w {epsilon = 0.5 : f32}
      : tensor<?x?xbf16>, tensor<48xf16> -> tensor<?x?xbf16>
  // CHECK: : tensor<0x48xbf16>, tensor<?xf16> -> tensor<0x48xbf16>
  %3 = beeline.rms_norm %empty, %w_any {epsilon = 0.5 : f32}
      : tensor<0x48xbf16>, tensor<?xf16> -> tensor<0x48xbf16>
  // The shortest and the longest row of N5.
  // CHECK: : tensor<4x1xf32>, tensor<?xf16> -> tensor<4x1xf32>
  %4 = beeline.rms_norm %short, %w_any {epsilon = 0.5 : f32}
      : tensor<4x1xf32>, tensor<?xf16> -> tensor<4x1xf32>
  // CHECK: : tensor<4x16777216xf32>, tensor<?xf16> -> tensor<4x16777216xf32>
  %5 = beeline.rms_norm %long, %w_any {epsilon = 0.5 : f32}
      : tensor<4x16777216xf32>, tensor<?xf16> -> tensor<4x16777216xf32>
  return
}

// What is dynamic in an operand agrees with every extent; the results have what
// the input's type says.
// CHECK-LABEL: @rms_norm_dynamic_operands(
func.func @rms_norm_dynamic_operands(%x: tensor<?x48xbf16>, %w: tensor<?xbf16>,
                                     %r: tensor<4x?xbf16>) {
  // CHECK: : tensor<?x48xbf16>, tensor<?xbf16>, tensor<4x?xbf16> -> tensor<?x48xbf16>, tensor<4x?xbf16>
  %y, %t = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<?x48xbf16>, tensor<?xbf16>, tensor<4x?xbf16>
      -> tensor<?x48xbf16>, tensor<4x?xbf16>
  return
}

//===----------------------------------------------------------------------===//
// group_quant
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @group_quant(
func.func @group_quant(%x: tensor<?x256xbf16>) {
  // CHECK: %codes, %scales = beeline.group_quant %arg0 {group_size = 64 : i64}
  // CHECK-SAME: : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x4xf32>
  %q, %s = beeline.group_quant %x {group_size = 64 : i64}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x4xf32>
  return
}

// CHECK-LABEL: @group_quant_types(
func.func @group_quant_types(%bf16: tensor<4x256xbf16>, %f16: tensor<4x256xf16>,
                             %f32: tensor<4x256xf32>) {
  // CHECK: : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf8E8M0FNU>
  %q0, %s0 = beeline.group_quant %bf16
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf8E8M0FNU>
  // CHECK: : tensor<4x256xf16> -> tensor<4x256xf8E5M2>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %f16
      : tensor<4x256xf16> -> tensor<4x256xf8E5M2>, tensor<4x2xf32>
  // CHECK: : tensor<4x256xf32> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf8E8M0FNU>
  %q2, %s2 = beeline.group_quant %f32
      : tensor<4x256xf32> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf8E8M0FNU>
  return
}

// CHECK-LABEL: @group_quant_attributes(
func.func @group_quant_attributes(%x: tensor<?x256xbf16>) {
  // CHECK: beeline.group_quant
  // CHECK-SAME: {fmax = 2.240000e+02 : f32, group_size = 32 : i64,
  // CHECK-SAME: min_amax = 5.000000e-01 : f32,
  // CHECK-SAME: scale_layout = #beeline.scale_layout<group_major>}
  %q, %s = beeline.group_quant %x
      {fmax = 224.0 : f32, group_size = 32 : i64, min_amax = 0.5 : f32,
       scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<8x?xf32>
  return
}

// CHECK-LABEL: @group_quant_defaults(
func.func @group_quant_defaults(%x: tensor<?x256xbf16>) {
  // CHECK: beeline.group_quant %arg0 : tensor
  %q, %s = beeline.group_quant %x
      {group_size = 128 : i64, min_amax = 1.0e-10 : f32,
       scale_layout = #beeline.scale_layout<row_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return
}

// G = ceil(N / group_size).
// CHECK-LABEL: @group_quant_ragged(
func.func @group_quant_ragged(%x: tensor<?x257xbf16>) {
  // One element more than two groups of 128.
  // CHECK: -> tensor<?x257xf8E4M3FN>, tensor<?x3xf32>
  %q0, %s0 = beeline.group_quant %x {group_size = 128 : i64}
      : tensor<?x257xbf16> -> tensor<?x257xf8E4M3FN>, tensor<?x3xf32>
  // A group longer than the row.
  // CHECK: -> tensor<?x257xf8E4M3FN>, tensor<?x1xf32>
  %q1, %s1 = beeline.group_quant %x {group_size = 1024 : i64}
      : tensor<?x257xbf16> -> tensor<?x257xf8E4M3FN>, tensor<?x1xf32>
  // CHECK: -> tensor<?x257xf8E4M3FN>, tensor<?x257xf32>
  %q2, %s2 = beeline.group_quant %x {group_size = 1 : i64}
      : tensor<?x257xbf16> -> tensor<?x257xf8E4M3FN>, tensor<?x257xf32>
  return
}

// CHECK-LABEL: @group_quant_shapes(
func.func @group_quant_shapes(%rank1: tensor<256xbf16>, %rank3: tensor<3x?x256xbf16>,
                              %any: tensor<5x?xbf16>, %square: tensor<2x256xbf16>) {
  // CHECK: beeline.group_quant %arg0 : tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  %q0, %s0 = beeline.group_quant %rank1
      : tensor<256xbf16> -> tensor<256xf8E4M3FN>, tensor<2xf32>
  // CHECK: beeline.group_quant %arg1 : tensor<3x?x256xbf16> -> tensor<3x?x256xf8E4M3FN>, tensor<3x?x2xf32>
  %q1, %s1 = beeline.group_quant %rank3
      : tensor<3x?x256xbf16> -> tensor<3x?x256xf8E4M3FN>, tensor<3x?x2xf32>
  // CHECK: group_major>} : tensor<3x?x256xbf16> -> tensor<3x?x256xf8E4M3FN>, tensor<2x3x?xf32>
  %q2, %s2 = beeline.group_quant %rank3
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<3x?x256xbf16> -> tensor<3x?x256xf8E4M3FN>, tensor<2x3x?xf32>
  // CHECK: beeline.group_quant %arg2 : tensor<5x?xbf16> -> tensor<5x?xf8E4M3FN>, tensor<5x?xf32>
  %q3, %s3 = beeline.group_quant %any
      : tensor<5x?xbf16> -> tensor<5x?xf8E4M3FN>, tensor<5x?xf32>
  // CHECK: group_major>} : tensor<5x?xbf16> -> tensor<5x?xf8E4M3FN>, tensor<?x5xf32>
  %q4, %s4 = beeline.group_quant %any
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<5x?xbf16> -> tensor<5x?xf8E4M3FN>, tensor<?x5xf32>
  // Both layouts have this shape: only the attribute tells them apart.
  // CHECK: group_major>} : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  %q5, %s5 = beeline.group_quant %square
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  return
}

//===----------------------------------------------------------------------===//
// dequant
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @dequant(
func.func @dequant(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) {
  // CHECK: beeline.dequant %arg0, %arg1
  // CHECK-SAME: : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %x = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return
}

// CHECK-LABEL: @dequant_types(
func.func @dequant_types(%fnuz: tensor<256xf8E4M3FNUZ>, %e5m2: tensor<256xf8E5M2>,
                         %s: tensor<2xf8E8M0FNU>) {
  // CHECK: : tensor<256xf8E4M3FNUZ>, tensor<2xf8E8M0FNU> -> tensor<256xf16>
  %0 = beeline.dequant %fnuz, %s
      : tensor<256xf8E4M3FNUZ>, tensor<2xf8E8M0FNU> -> tensor<256xf16>
  // CHECK: : tensor<256xf8E5M2>, tensor<2xf8E8M0FNU> -> tensor<256xf32>
  %1 = beeline.dequant %e5m2, %s
      : tensor<256xf8E5M2>, tensor<2xf8E8M0FNU> -> tensor<256xf32>
  return
}

// min_amax has no default here: what is stated is kept.
// CHECK-LABEL: @dequant_attributes(
func.func @dequant_attributes(%q: tensor<3x?x256xf8E4M3FN>, %s: tensor<8x3x?xf32>) {
  // CHECK: beeline.dequant
  // CHECK-SAME: {fmax = 2.240000e+02 : f32, group_size = 32 : i64,
  // CHECK-SAME: min_amax = 1.000000e-10 : f32,
  // CHECK-SAME: scale_layout = #beeline.scale_layout<group_major>}
  %x = beeline.dequant %q, %s
      {fmax = 224.0 : f32, group_size = 32 : i64, min_amax = 1.0e-10 : f32,
       scale_layout = #beeline.scale_layout<group_major>}
      : tensor<3x?x256xf8E4M3FN>, tensor<8x3x?xf32> -> tensor<3x?x256xbf16>
  return
}

// CHECK-LABEL: @dequant_defaults(
func.func @dequant_defaults(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>) {
  // CHECK: beeline.dequant %arg0, %arg1 : tensor
  %x = beeline.dequant %q, %s
      {group_size = 128 : i64, scale_layout = #beeline.scale_layout<row_major>}
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return
}

// CHECK-LABEL: @dequant_dynamic_operands(
func.func @dequant_dynamic_operands(%q: tensor<4x256xf8E4M3FN>, %s: tensor<?x?xf32>) {
  // CHECK: : tensor<4x256xf8E4M3FN>, tensor<?x?xf32> -> tensor<4x256xbf16>
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<?x?xf32> -> tensor<4x256xbf16>
  return
}

//===----------------------------------------------------------------------===//
// rms_norm_quant
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @rms_norm_quant(
func.func @rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xf32>) {
  // CHECK: %codes, %scales = beeline.rms_norm_quant %arg0, %arg1
  // CHECK-SAME: {epsilon = 5.000000e-01 : f32, quantize_from = f32}
  // CHECK-SAME: : tensor<?x256xbf16>, tensor<256xf32> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>{{$}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xf32>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return
}

// CHECK-LABEL: @rms_norm_quant_unquantized(
func.func @rms_norm_quant_unquantized(%x: tensor<?x256xbf16>, %w: tensor<256xf32>) {
  // The optional result need not have the type that is quantized from.
  // CHECK: %codes, %scales, %unquantized = beeline.rms_norm_quant %arg0, %arg1
  // CHECK-SAME: quantize_from = f16
  // CHECK-SAME: tensor<?x2xf32> unquantized(tensor<?x256xbf16>){{$}}
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f16}
      : tensor<?x256xbf16>, tensor<256xf32>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> unquantized(tensor<?x256xbf16>)
  return
}

// CHECK-LABEL: @rms_norm_quant_sum(
func.func @rms_norm_quant_sum(%x: tensor<?x256xbf16>, %w: tensor<256xf32>,
                              %r: tensor<?x256xf16>) {
  // CHECK: %codes, %scales, %sum = beeline.rms_norm_quant %arg0, %arg1 residual(%arg2)
  // CHECK-SAME: quantize_from = bf16
  // CHECK-SAME: tensor<256xf32>, tensor<?x256xf16> ->
  // CHECK-SAME: tensor<?x2xf32> sum(tensor<?x256xf16>){{$}}
  %q, %s, %t = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<?x256xbf16>, tensor<256xf32>, tensor<?x256xf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> sum(tensor<?x256xf16>)
  return
}

// CHECK-LABEL: @rms_norm_quant_all_results(
func.func @rms_norm_quant_all_results(%x: tensor<2x?x256xbf16>, %w: tensor<256xbf16>,
                                      %r: tensor<2x?x256xf32>) {
  // CHECK: %codes, %scales, %unquantized, %sum = beeline.rms_norm_quant
  // CHECK-SAME: -> tensor<2x?x256xf8E5M2>, tensor<2x?x2xf8E8M0FNU> unquantized(tensor<2x?x256xbf16>) sum(tensor<2x?x256xf32>)
  %q, %s, %y, %t = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<2x?x256xbf16>, tensor<256xbf16>, tensor<2x?x256xf32>
      -> tensor<2x?x256xf8E5M2>, tensor<2x?x2xf8E8M0FNU>
         unquantized(tensor<2x?x256xbf16>) sum(tensor<2x?x256xf32>)
  return
}

// CHECK-LABEL: @rms_norm_quant_attributes(
func.func @rms_norm_quant_attributes(%x: tensor<256xbf16>, %w: tensor<256xbf16>) {
  // CHECK: beeline.rms_norm_quant
  // CHECK-SAME: {epsilon = 5.000000e-01 : f32, fmax = 2.240000e+02 : f32,
  // CHECK-SAME: group_size = 64 : i64, min_amax = 5.000000e-01 : f32,
  // CHECK-SAME: normalize_from = #beeline.normalize_from<rounded>,
  // CHECK-SAME: quantize_from = bf16, round_before_weight,
  // CHECK-SAME: scale_layout = #beeline.scale_layout<group_major>,
  // CHECK-SAME: weight_offset = 1.000000e+00 : f32}
  // CHECK-SAME: -> tensor<256xf8E4M3FNUZ>, tensor<4xf32>
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, fmax = 224.0 : f32, group_size = 64 : i64,
       min_amax = 0.5 : f32, normalize_from = #beeline.normalize_from<rounded>,
       quantize_from = bf16, round_before_weight,
       scale_layout = #beeline.scale_layout<group_major>,
       weight_offset = 1.0 : f32}
      : tensor<256xbf16>, tensor<256xbf16>
      -> tensor<256xf8E4M3FNUZ>, tensor<4xf32>
  return
}

// CHECK-LABEL: @rms_norm_quant_defaults(
func.func @rms_norm_quant_defaults(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>) {
  // CHECK: beeline.rms_norm_quant %arg0, %arg1 {epsilon = 5.000000e-01 : f32, quantize_from = bf16} :
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, group_size = 128 : i64, min_amax = 1.0e-10 : f32,
       normalize_from = #beeline.normalize_from<f32>, quantize_from = bf16,
       scale_layout = #beeline.scale_layout<row_major>, weight_offset = 0.0 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return
}

//===----------------------------------------------------------------------===//
// linear
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @linear(
func.func @linear(%x: tensor<?x256xf16>, %w: tensor<300x256xbf16>) {
  // CHECK: beeline.linear %arg0, %arg1 : tensor<?x256xf16>, tensor<300x256xbf16> -> tensor<?x300xf32>
  %y = beeline.linear %x, %w
      : tensor<?x256xf16>, tensor<300x256xbf16> -> tensor<?x300xf32>
  return
}

// CHECK-LABEL: @linear_bias(
func.func @linear_bias(%x: tensor<?x256xf32>, %w: tensor<300x256xf32>,
                       %b: tensor<300xf16>) {
  // CHECK: beeline.linear %arg0, %arg1 bias(%arg2)
  // CHECK-SAME: : tensor<?x256xf32>, tensor<300x256xf32> bias(tensor<300xf16>) -> tensor<?x300xbf16>
  %y = beeline.linear %x, %w bias(%b)
      : tensor<?x256xf32>, tensor<300x256xf32> bias(tensor<300xf16>)
      -> tensor<?x300xbf16>
  return
}

// A weight of 300x200 has 3x2 blocks of 128x128; 200 / 128 has two groups.
// CHECK-LABEL: @linear_scales(
func.func @linear_scales(%x: tensor<?x200xf8E4M3FN>, %w: tensor<300x200xf8E4M3FN>,
                         %sx: tensor<?x2xf32>, %sw: tensor<3x2xf32>) {
  // CHECK: beeline.linear %arg0, %arg1 scales(%arg2, %arg3)
  // CHECK-SAME: : tensor<?x200xf8E4M3FN>, tensor<300x200xf8E4M3FN> scales(tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x300xbf16>
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<?x200xf8E4M3FN>, tensor<300x200xf8E4M3FN>
        scales(tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x300xbf16>
  return
}

// The group size is the input's own; blocks of the weight stay 128x128.
// CHECK-LABEL: @linear_scales_bias(
func.func @linear_scales_bias(%x: tensor<?x256xf8E5M2>, %w: tensor<300x256xf8E4M3FNUZ>,
                              %sx: tensor<4x?xf8E8M0FNU>, %sw: tensor<3x2xf32>,
                              %b: tensor<300xf32>) {
  // CHECK: beeline.linear %arg0, %arg1 scales(%arg2, %arg3) bias(%arg4)
  // CHECK-SAME: {group_size = 64 : i64, scale_layout = #beeline.scale_layout<group_major>}
  // CHECK-SAME: scales(tensor<4x?xf8E8M0FNU>, tensor<3x2xf32>) bias(tensor<300xf32>) -> tensor<?x300xf32>
  %y = beeline.linear %x, %w scales(%sx, %sw) bias(%b)
      {group_size = 64 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xf8E5M2>, tensor<300x256xf8E4M3FNUZ>
        scales(tensor<4x?xf8E8M0FNU>, tensor<3x2xf32>) bias(tensor<300xf32>)
      -> tensor<?x300xf32>
  return
}

// CHECK-LABEL: @linear_defaults(
func.func @linear_defaults(%x: tensor<?x256xbf16>, %w: tensor<300x256xbf16>) {
  // CHECK: beeline.linear %arg0, %arg1 : tensor
  %y = beeline.linear %x, %w
      {group_size = 128 : i64, scale_layout = #beeline.scale_layout<row_major>}
      : tensor<?x256xbf16>, tensor<300x256xbf16> -> tensor<?x300xbf16>
  return
}

// CHECK-LABEL: @linear_shapes(
func.func @linear_shapes(%rank1: tensor<256xbf16>, %rank3: tensor<2x?x256xbf16>,
                         %w: tensor<300x256xbf16>, %w_any: tensor<?x?xbf16>,
                         %q: tensor<4x256xf8E4M3FN>, %qw: tensor<300x256xf8E4M3FN>,
                         %s_any: tensor<?x?xf32>, %b_any: tensor<?xf32>) {
  // CHECK: -> tensor<300xbf16>
  %0 = beeline.linear %rank1, %w
      : tensor<256xbf16>, tensor<300x256xbf16> -> tensor<300xbf16>
  // CHECK: -> tensor<2x?x300xbf16>
  %1 = beeline.linear %rank3, %w
      : tensor<2x?x256xbf16>, tensor<300x256xbf16> -> tensor<2x?x300xbf16>
  // CHECK: -> tensor<2x?x?xbf16>
  %2 = beeline.linear %rank3, %w_any
      : tensor<2x?x256xbf16>, tensor<?x?xbf16> -> tensor<2x?x?xbf16>
  // CHECK: scales(tensor<?x?xf32>, tensor<?x?xf32>) bias(tensor<?xf32>) -> tensor<4x300xbf16>
  %3 = beeline.linear %q, %qw scales(%s_any, %s_any) bias(%b_any)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<?x?xf32>, tensor<?x?xf32>) bias(tensor<?xf32>)
      -> tensor<4x300xbf16>
  return
}

//===----------------------------------------------------------------------===//
// silu_mul
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @silu_mul(
func.func @silu_mul(%gate: tensor<?x48xbf16>, %up: tensor<?x48xf32>) {
  // CHECK: beeline.silu_mul %arg0, %arg1 : tensor<?x48xbf16>, tensor<?x48xf32> -> tensor<?x48xf16>
  %0 = beeline.silu_mul %gate, %up
      : tensor<?x48xbf16>, tensor<?x48xf32> -> tensor<?x48xf16>
  // CHECK: beeline.silu_mul %arg0, %arg1 {round_before_mul} :
  %1 = beeline.silu_mul %gate, %up {round_before_mul}
      : tensor<?x48xbf16>, tensor<?x48xf32> -> tensor<?x48xf16>
  return
}

// CHECK-LABEL: @silu_mul_shapes(
func.func @silu_mul_shapes(%rank1: tensor<48xbf16>, %rank3: tensor<2x?x?xbf16>) {
  // CHECK: -> tensor<48xbf16>
  %0 = beeline.silu_mul %rank1, %rank1
      : tensor<48xbf16>, tensor<48xbf16> -> tensor<48xbf16>
  // CHECK: -> tensor<2x?x?xbf16>
  %1 = beeline.silu_mul %rank3, %rank3
      : tensor<2x?x?xbf16>, tensor<2x?x?xbf16> -> tensor<2x?x?xbf16>
  return
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @all_reduce(
func.func @all_reduce(%rank2: tensor<?x48xbf16>, %rank1: tensor<48xf32>) {
  // CHECK: beeline.all_reduce %arg0 {ranks = 4 : i64} : tensor<?x48xbf16>
  %0 = beeline.all_reduce %rank2 {ranks = 4 : i64} : tensor<?x48xbf16>
  // CHECK: beeline.all_reduce %arg1 {ranks = 1 : i64} : tensor<48xf32>
  %1 = beeline.all_reduce %rank1 {ranks = 1 : i64} : tensor<48xf32>
  return
}

// Elements are bits here: codes, scales and tokens alike.
// CHECK-LABEL: @all_gather(
func.func @all_gather(%q: tensor<16x48xf8E4M3FN>, %s: tensor<3x?xf8E8M0FNU>,
                      %tokens: tensor<?xi32>) {
  // CHECK: beeline.all_gather %arg0 {axis = 0 : i64, ranks = 8 : i64}
  // CHECK-SAME: : tensor<16x48xf8E4M3FN> -> tensor<128x48xf8E4M3FN>
  %0 = beeline.all_gather %q {axis = 0 : i64, ranks = 8 : i64}
      : tensor<16x48xf8E4M3FN> -> tensor<128x48xf8E4M3FN>
  // CHECK: : tensor<16x48xf8E4M3FN> -> tensor<16x384xf8E4M3FN>
  %1 = beeline.all_gather %q {axis = 1 : i64, ranks = 8 : i64}
      : tensor<16x48xf8E4M3FN> -> tensor<16x384xf8E4M3FN>
  // CHECK: : tensor<3x?xf8E8M0FNU> -> tensor<3x?xf8E8M0FNU>
  %2 = beeline.all_gather %s {axis = 1 : i64, ranks = 8 : i64}
      : tensor<3x?xf8E8M0FNU> -> tensor<3x?xf8E8M0FNU>
  // CHECK: : tensor<?xi32> -> tensor<?xi32>
  %3 = beeline.all_gather %tokens {axis = 0 : i64, ranks = 8 : i64}
      : tensor<?xi32> -> tensor<?xi32>
  return
}

//===----------------------------------------------------------------------===//
// beeline.fused
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @fused(
func.func @fused(%x: tensor<?x256xbf16>, %w: tensor<256xf32>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>) {
  // CHECK: %[[R:.*]]:3 = beeline.fused (%[[A:.*]] = %arg0 : tensor<?x256xbf16>, %[[B:.*]] = %arg1 : tensor<256xf32>)
  // CHECK-SAME: -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16> {
  %q, %s, %y = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %w : tensor<256xf32>)
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16> {
    // CHECK: %[[N:.*]] = beeline.rms_norm %[[A]], %[[B]]
    %n = beeline.rms_norm %a, %b {epsilon = 0.5 : f32}
        : tensor<?x256xbf16>, tensor<256xf32> -> tensor<?x256xbf16>
    // CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[N]]
    %c, %d = beeline.group_quant %n
        : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
    // CHECK: beeline.yield %[[Q]], %[[S]], %[[N]] : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>
    beeline.yield %c, %d, %n
        : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>
  // CHECK: } {my.note}
  } {my.note}
  return %q, %s, %y : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>
}

// Nothing in, and nothing out.
// CHECK-LABEL: @fused_constant(
func.func @fused_constant() -> tensor<4x256xbf16> {
  // CHECK: beeline.fused () -> tensor<4x256xbf16> {
  %y = beeline.fused () -> tensor<4x256xbf16> {
    %c = arith.constant dense<2.0> : tensor<4x256xbf16>
    beeline.yield %c : tensor<4x256xbf16>
  }
  // CHECK: beeline.fused () {
  // CHECK-NEXT: beeline.yield{{$}}
  beeline.fused () {
    beeline.yield
  }
  return %y : tensor<4x256xbf16>
}

//===----------------------------------------------------------------------===//
// beeline.preserve_rounding
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @preserve_rounding(
// CHECK-SAME: attributes {beeline.preserve_rounding}
func.func @preserve_rounding(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>)
    attributes {beeline.preserve_rounding} {
  // CHECK: beeline.dequant %arg0, %arg1 {beeline.preserve_rounding} :
  %x = beeline.dequant %q, %s {beeline.preserve_rounding}
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return
}
