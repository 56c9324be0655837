// What the dialect's and the ops' descriptions forbid, in their order.
//
// RUN: beeline-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// Q1: codes have the shape of the tensor they encode
//===----------------------------------------------------------------------===//

func.func @q1_extent(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q1: the codes must have the shape [4x256], not [8x256]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<8x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q1_rank(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q1: the codes must have the shape [4x256], not [256]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// A result does not promise an extent that the operand leaves open ...
func.func @q1_more_static(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{violates Q1: the codes must have the shape [?x256], not [4x256]}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<?x2xf32>
  return
}

// -----

// ... and forgets none.
func.func @q1_less_static(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q1: the codes must have the shape [4x256], not [?x256]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q1_dequant(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{violates Q1: the result must have the shape [4x256], not [256x4]}}
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<256x4xbf16>
  return
}

// -----

func.func @q1_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates Q1: the codes must have the shape [4x256], not [4x128]}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x128xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Q2: scales have the shape that scale_layout gives them
//===----------------------------------------------------------------------===//

// A ragged last group has a scale: ceil(257 / 128) is 3.
func.func @q2_ragged(%x: tensor<4x257xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x3], not [4x2]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x257xbf16> -> tensor<4x257xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q2_rank(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x2], not [8]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<8xf32>
  return
}

// -----

func.func @q2_row_major(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x2], not [2x4]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<2x4xf32>
  return
}

// -----

// [G, ...]: not a transpose of all dimensions.
func.func @q2_group_major(%x: tensor<3x5x256xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [2x3x5], not [2x5x3]}}
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<3x5x256xbf16> -> tensor<3x5x256xf8E4M3FN>, tensor<2x5x3xf32>
  return
}

// -----

func.func @q2_dynamic(%x: tensor<4x?xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x?], not [4x2]}}
  %q, %s = beeline.group_quant %x
      : tensor<4x?xbf16> -> tensor<4x?xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q2_dequant(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x3xf32>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [?x2], not [?x3]}}
  %x = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x3xf32> -> tensor<?x256xbf16>
  return
}

// -----

func.func @q2_dequant_rank(%q: tensor<4x256xf8E4M3FN>, %s: tensor<2xf32>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x2], not [2]}}
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<2xf32> -> tensor<4x256xbf16>
  return
}

// -----

func.func @q2_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates Q2: the scales must have the shape [4x4], not [4x2]}}
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, group_size = 64 : i64, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Q3: fmax
//===----------------------------------------------------------------------===//

func.func @q3_above_e4m3fn(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 448, the largest finite value of 'f8E4M3FN', not 449}}
  %q, %s = beeline.group_quant %x {fmax = 449.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q3_above_e4m3fnuz(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 240, the largest finite value of 'f8E4M3FNUZ', not 241}}
  %q, %s = beeline.group_quant %x {fmax = 241.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf32>
  return
}

// -----

func.func @q3_above_e5m2(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 57344, the largest finite value of 'f8E5M2', not 57345}}
  %q, %s = beeline.group_quant %x {fmax = 57345.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E5M2>, tensor<4x2xf32>
  return
}

// -----

func.func @q3_below(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 448}}
  %q, %s = beeline.group_quant %x {fmax = 1.5 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q3_nan(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 448}}
  %q, %s = beeline.group_quant %x {fmax = 0x7FC00000 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q3_dequant(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 448}}
  %x = beeline.dequant %q, %s {fmax = -448.0 : f32}
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return
}

// -----

func.func @q3_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates Q3: fmax must lie between 2 and 448}}
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, fmax = 0.0 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Q4: min_amax
//===----------------------------------------------------------------------===//

func.func @q4_zero(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q4: min_amax must be positive and finite}}
  %q, %s = beeline.group_quant %x {min_amax = 0.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q4_negative(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q4: min_amax must be positive and finite}}
  %q, %s = beeline.group_quant %x {min_amax = -1.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// Infinity.
func.func @q4_infinite(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q4: min_amax must be positive and finite}}
  %q, %s = beeline.group_quant %x {min_amax = 0x7F800000 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @q4_nan(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{violates Q4: min_amax must be positive and finite}}
  %x = beeline.dequant %q, %s {min_amax = 0x7FC00000 : f32}
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return
}

// -----

// 2^-127 / 2 is 2^-128, whose reciprocal 2^128 overflows.
func.func @q4_reciprocal(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates Q4: min_amax 5.87747e-39 is so small that the reciprocal of min_amax / fmax overflows}}
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, fmax = 2.0 : f32, min_amax = 0x00400000 : f32,
       quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// 2^-127 + 2^-148, the next value whose half is not 2^-128, does not overflow.
func.func @q4_smallest(%x: tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x {fmax = 2.0 : f32, min_amax = 0x00400002 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// The smallest subnormal: min_amax / fmax is 0.
func.func @q4_quotient(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates Q4: min_amax 1.4013e-45 is so small}}
  %q, %s = beeline.group_quant %x {min_amax = 0x00000001 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// N1: the weight is [N]
//===----------------------------------------------------------------------===//

func.func @n1_extent(%x: tensor<4x256xbf16>, %w: tensor<255xbf16>) {
  // expected-error @+1 {{violates N1: the weight must have the shape [256], not [255]}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<255xbf16> -> tensor<4x256xbf16>
  return
}

// -----

func.func @n1_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<4xbf16>) {
  // expected-error @+1 {{violates N1: the weight must have the shape [256], not [4]}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<4xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @n1_rank(%x: tensor<4x256xbf16>, %w: tensor<1x256xbf16>) {
  // expected-error @+1 {{operand #1 must be ranked tensor of}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<1x256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// N2: residual and result have the shape of the input
//===----------------------------------------------------------------------===//

func.func @n2_residual(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>,
                       %r: tensor<8x256xbf16>) {
  // expected-error @+1 {{violates N2: the residual must have the shape [4x256], not [8x256]}}
  %y = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<8x256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

func.func @n2_residual_rank(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>,
                            %r: tensor<256xbf16>) {
  // expected-error @+1 {{violates N2: the residual must have the shape [4x256], not [256]}}
  %q, %s = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @n2_result(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N2: the result must have the shape [4x256], not [256x4]}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<256x4xbf16>
  return
}

// -----

func.func @n2_result_rank(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N2: the result must have the shape [4x256], not [1x4x256]}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<1x4x256xbf16>
  return
}

// -----

func.func @n2_unquantized(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N2: the unquantized result must have the shape [?x256], not [4x256]}}
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> unquantized(tensor<4x256xbf16>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// N3: a sum needs a residual and has its type
//===----------------------------------------------------------------------===//

func.func @n3_no_residual(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N3: a sum needs a residual}}
  %y, %sum = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xbf16>, tensor<4x256xbf16>
  return
}

// -----

func.func @n3_element_type(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>,
                           %r: tensor<4x256xf32>) {
  // expected-error @+1 {{violates N3: the sum must have the residual's type, 'tensor<4x256xf32>', not 'tensor<4x256xbf16>'}}
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xf32>
      -> tensor<4x256xbf16>, tensor<4x256xbf16>
  return
}

// -----

func.func @n3_shape(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>,
                    %r: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates N3: the sum must have the residual's type, 'tensor<4x256xbf16>', not 'tensor<?x256xbf16>'}}
  %q, %s, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> sum(tensor<?x256xbf16>)
  return
}

// -----

func.func @n3_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N3: a sum needs a residual}}
  %q, %s, %sum = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> sum(tensor<4x256xbf16>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// N4: epsilon and weight_offset
//===----------------------------------------------------------------------===//

func.func @n4_negative(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N4: epsilon must be finite and not negative}}
  %y = beeline.rms_norm %x, %w {epsilon = -1.0e-5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

// Infinity.
func.func @n4_infinite(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N4: epsilon must be finite and not negative}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0x7F800000 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @n4_nan(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N4: epsilon must be finite and not negative}}
  %y = beeline.rms_norm %x, %w {epsilon = 0x7FC00000 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

func.func @n4_weight_offset(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N4: weight_offset must be finite}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32, weight_offset = 0x7FC00000 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

func.func @n4_weight_offset_rms_norm_quant(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates N4: weight_offset must be finite}}
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 0.5 : f32, quantize_from = f32, weight_offset = 0xFF800000 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// N5: 1 <= N <= 2^24
//===----------------------------------------------------------------------===//

func.func @n5_empty(%x: tensor<4x0xbf16>, %w: tensor<0xbf16>) {
  // expected-error @+1 {{violates N5: a row must have 1 to 2^24 elements, not 0}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x0xbf16>, tensor<0xbf16> -> tensor<4x0xbf16>
  return
}

// -----

func.func @n5_long(%x: tensor<4x16777217xbf16>, %w: tensor<?xbf16>) {
  // expected-error @+1 {{violates N5: a row must have 1 to 2^24 elements, not 16777217}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x16777217xbf16>, tensor<?xbf16> -> tensor<4x16777217xbf16>
  return
}

// -----

func.func @n5_rms_norm_quant(%x: tensor<4x0xbf16>, %w: tensor<0xbf16>) {
  // expected-error @+1 {{violates N5: a row must have 1 to 2^24 elements, not 0}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x0xbf16>, tensor<0xbf16> -> tensor<4x0xf8E4M3FN>, tensor<4x0xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L1: the weight is [out, in]
//===----------------------------------------------------------------------===//

func.func @l1_rank(%x: tensor<4x256xbf16>, %w: tensor<1x300x256xbf16>) {
  // expected-error @+1 {{violates L1: the weight must have rank 2, not 3}}
  %y = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<1x300x256xbf16> -> tensor<4x300xbf16>
  return
}

// -----

func.func @l1_rank1(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{violates L1: the weight must have rank 2, not 1}}
  %y = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x1xbf16>
  return
}

// -----

// A weight that is [in, out].
func.func @l1_in(%x: tensor<4x256xbf16>, %w: tensor<256x300xbf16>) {
  // expected-error @+1 {{violates L1: the input's last dimension must be the weight's 300, not 256}}
  %y = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<256x300xbf16> -> tensor<4x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L2: the result is [..., out]
//===----------------------------------------------------------------------===//

func.func @l2_out(%x: tensor<4x256xbf16>, %w: tensor<300x256xbf16>) {
  // expected-error @+1 {{violates L2: the result must have the shape [4x300], not [4x256]}}
  %y = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<300x256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

func.func @l2_rank(%x: tensor<2x4x256xbf16>, %w: tensor<300x256xbf16>) {
  // expected-error @+1 {{violates L2: the result must have the shape [2x4x300], not [8x300]}}
  %y = beeline.linear %x, %w
      : tensor<2x4x256xbf16>, tensor<300x256xbf16> -> tensor<8x300xbf16>
  return
}

// -----

func.func @l2_more_static(%x: tensor<?x256xbf16>, %w: tensor<?x256xbf16>) {
  // expected-error @+1 {{violates L2: the result must have the shape [?x?], not [?x300]}}
  %y = beeline.linear %x, %w
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L3: scales if and only if input and weight are FP8
//===----------------------------------------------------------------------===//

func.func @l3_input_only(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xbf16>,
                         %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L3: input and weight must both be FP8, or neither}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xbf16>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

func.func @l3_weight_only(%x: tensor<4x256xbf16>, %w: tensor<300x256xf8E4M3FN>) {
  // expected-error @+1 {{violates L3: input and weight must both be FP8, or neither}}
  %y = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<300x256xf8E4M3FN> -> tensor<4x300xbf16>
  return
}

// -----

func.func @l3_no_scales(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>) {
  // expected-error @+1 {{violates L3: FP8 operands need both scales}}
  %y = beeline.linear %x, %w
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN> -> tensor<4x300xbf16>
  return
}

// -----

func.func @l3_scales(%x: tensor<4x256xbf16>, %w: tensor<300x256xbf16>,
                     %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L3: only FP8 has scales}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<4x256xbf16>, tensor<300x256xbf16>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

// The scales of the input alone, which only the generic form can say.
func.func @l3_input_scales_only(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                                %sx: tensor<4x2xf32>) {
  // expected-error @+1 {{violates L3}}
  %y = "beeline.linear"(%x, %w, %sx) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}>
      : (tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>, tensor<4x2xf32>)
      -> tensor<4x300xbf16>
  return
}

// -----

func.func @l3_weight_scales_only(%x: tensor<4x256xbf16>, %w: tensor<300x256xbf16>,
                                 %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L3}}
  %y = "beeline.linear"(%x, %w, %sw) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>}>
      : (tensor<4x256xbf16>, tensor<300x256xbf16>, tensor<3x2xf32>)
      -> tensor<4x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L4: the input's scales
//===----------------------------------------------------------------------===//

func.func @l4_groups(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                     %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L4: the input's scales must have the shape [4x4], not [4x2]}}
  %y = beeline.linear %x, %w scales(%sx, %sw) {group_size = 64 : i64}
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

func.func @l4_layout(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                     %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L4: the input's scales must have the shape [2x4], not [4x2]}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

func.func @l4_rank(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                   %sx: tensor<2xf32>, %sw: tensor<3x2xf32>) {
  // expected-error @+1 {{violates L4: the input's scales must have the shape [4x2], not [2]}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<2xf32>, tensor<3x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L5: the weight's scales are [ceil(out / 128), ceil(in / 128)]
//===----------------------------------------------------------------------===//

func.func @l5_ragged(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                     %sx: tensor<4x2xf32>, %sw: tensor<2x2xf32>) {
  // expected-error @+1 {{violates L5: the weight's scales must have the shape [3x2], not [2x2]}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x300xbf16>
  return
}

// -----

// The weight's blocks follow neither the group size nor the layout.
func.func @l5_blocks(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                     %sx: tensor<4x4xf32>, %sw: tensor<4x3xf32>) {
  // expected-error @+1 {{violates L5: the weight's scales must have the shape [3x2], not [4x3]}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      {group_size = 64 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x4xf32>, tensor<4x3xf32>) -> tensor<4x300xbf16>
  return
}

// -----

func.func @l5_rank(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                   %sx: tensor<4x2xf32>, %sw: tensor<6xf32>) {
  // expected-error @+1 {{violates L5: the weight's scales must have the shape [3x2], not [6]}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<6xf32>) -> tensor<4x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// L6: the bias is [out]
//===----------------------------------------------------------------------===//

func.func @l6_extent(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                     %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>, %b: tensor<256xf32>) {
  // expected-error @+1 {{violates L6: the bias must have the shape [300], not [256]}}
  %y = beeline.linear %x, %w scales(%sx, %sw) bias(%b)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) bias(tensor<256xf32>)
      -> tensor<4x300xbf16>
  return
}

// -----

func.func @l6_rank(%x: tensor<4x256xf8E4M3FN>, %w: tensor<300x256xf8E4M3FN>,
                   %sx: tensor<4x2xf32>, %sw: tensor<3x2xf32>, %b: tensor<1x300xf32>) {
  // expected-error @+1 {{operand #4 must be ranked tensor of}}
  %y = beeline.linear %x, %w scales(%sx, %sw) bias(%b)
      : tensor<4x256xf8E4M3FN>, tensor<300x256xf8E4M3FN>
        scales(tensor<4x2xf32>, tensor<3x2xf32>) bias(tensor<1x300xf32>)
      -> tensor<4x300xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// S1, S2: one shape
//===----------------------------------------------------------------------===//

func.func @silu_mul_operands(%gate: tensor<4x48xbf16>, %up: tensor<4x96xbf16>) {
  // expected-error @+1 {{violates S1: up must have the shape [4x48], not [4x96]}}
  %h = beeline.silu_mul %gate, %up
      : tensor<4x48xbf16>, tensor<4x96xbf16> -> tensor<4x48xbf16>
  return
}

// -----

func.func @silu_mul_result(%gate: tensor<4x48xbf16>, %up: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates S2: the result must have the shape [4x48], not [192]}}
  %h = beeline.silu_mul %gate, %up
      : tensor<4x48xbf16>, tensor<4x48xbf16> -> tensor<192xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// G1 and G2
//===----------------------------------------------------------------------===//

func.func @g1(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates G1: axis 2 is not a dimension of 'tensor<4x48xbf16>'}}
  %y = beeline.all_gather %x {axis = 2 : i64, ranks = 2 : i64}
      : tensor<4x48xbf16> -> tensor<8x48xbf16>
  return
}

// -----

func.func @gather_rank0(%x: tensor<bf16>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of rank 1 or more}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<bf16> -> tensor<2xbf16>
  return
}

// -----

func.func @g1_negative(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{attribute 'axis' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %y = beeline.all_gather %x {axis = -1 : i64, ranks = 2 : i64}
      : tensor<4x48xbf16> -> tensor<4x96xbf16>
  return
}

// -----

func.func @g2_axis(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates G2: the result must have the shape [4x96], not [8x48]}}
  %y = beeline.all_gather %x {axis = 1 : i64, ranks = 2 : i64}
      : tensor<4x48xbf16> -> tensor<8x48xbf16>
  return
}

// -----

// Not stacked along a new dimension.
func.func @g2_rank(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates G2: the result must have the shape [8x48], not [2x4x48]}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<4x48xbf16> -> tensor<2x4x48xbf16>
  return
}

// -----

func.func @g2_dynamic(%x: tensor<?x48xbf16>) {
  // expected-error @+1 {{violates G2: the result must have the shape [?x48], not [8x48]}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<?x48xbf16> -> tensor<8x48xbf16>
  return
}

// -----

func.func @g2_element_type(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates G2: the result's elements must be 'bf16', not 'f32'}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<4x48xbf16> -> tensor<8x48xf32>
  return
}

// -----

// 4 * 2^62 does not fit into 64 bits.
func.func @g2_overflow(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{violates G2: the extent of the result overflows}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 4611686018427387904 : i64}
      : tensor<4x48xbf16> -> tensor<?x48xbf16>
  return
}

// -----

func.func @all_gather_ranks(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{attribute 'ranks' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 0 : i64}
      : tensor<4x48xbf16> -> tensor<0x48xbf16>
  return
}

// -----

func.func @all_reduce_ranks(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{attribute 'ranks' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %y = beeline.all_reduce %x {ranks = -1 : i64} : tensor<4x48xbf16>
  return
}

// -----

func.func @all_reduce_type(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{all of {input, output} have same type}}
  %y = "beeline.all_reduce"(%x) <{ranks = 2 : i64}>
      : (tensor<4x48xbf16>) -> tensor<4x48xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

func.func @type_input(%x: tensor<4x48xf64>, %w: tensor<48xbf16>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x48xf64>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// -----

func.func @type_rank0(%x: tensor<bf16>, %w: tensor<1xbf16>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<bf16>, tensor<1xbf16> -> tensor<bf16>
  return
}

// -----

func.func @type_unranked(%x: tensor<*xbf16>) {
  // expected-error @+1 {{invalid kind of type specified: expected builtin.tensor, but found 'tensor<*xbf16>'}}
  %y = beeline.all_reduce %x {ranks = 2 : i64} : tensor<*xbf16>
  return
}

// -----

// f8E4M3 is the IEEE-like format, which has infinities.
func.func @type_codes(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{result #0 must be ranked tensor of}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3>, tensor<4x2xf32>
  return
}

// -----

func.func @type_scales(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{result #1 must be ranked tensor of}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xbf16>
  return
}

// -----

func.func @type_dequant_codes(%q: tensor<4x256xi8>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of}}
  %x = beeline.dequant %q, %s
      : tensor<4x256xi8>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return
}

// -----

func.func @type_dequant_result(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{result #0 must be ranked tensor of}}
  %x = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf64>
  return
}

// -----

func.func @type_unquantized(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{result #2 must be ranked tensor of}}
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32> unquantized(tensor<4x256xf8E4M3FN>)
  return
}

// -----

func.func @type_linear_input(%x: tensor<4x256xf8E4M3B11FNUZ>, %w: tensor<300x256xbf16>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of}}
  %y = beeline.linear %x, %w
      : tensor<4x256xf8E4M3B11FNUZ>, tensor<300x256xbf16> -> tensor<4x300xbf16>
  return
}

// -----

func.func @type_linear_result(%x: tensor<4x256xf16>, %w: tensor<300x256xf16>) {
  // expected-error @+1 {{result #0 must be ranked tensor of}}
  %y = beeline.linear %x, %w
      : tensor<4x256xf16>, tensor<300x256xf16> -> tensor<4x300xf16>
  return
}

// -----

func.func @type_silu_mul(%gate: tensor<4x48xbf16>, %up: tensor<4x48xf8E4M3FN>) {
  // expected-error @+1 {{operand #1 must be ranked tensor of}}
  %h = beeline.silu_mul %gate, %up
      : tensor<4x48xbf16>, tensor<4x48xf8E4M3FN> -> tensor<4x48xbf16>
  return
}

// -----

// A sum of codes means nothing.
func.func @type_all_reduce(%q: tensor<4x48xf8E4M3FN>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of}}
  %y = beeline.all_reduce %q {ranks = 2 : i64} : tensor<4x48xf8E4M3FN>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

func.func @group_size_zero(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{attribute 'group_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %q, %s = beeline.group_quant %x {group_size = 0 : i64}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @group_size_negative(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{attribute 'group_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %x = beeline.dequant %q, %s {group_size = -128 : i64}
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return
}

// -----

func.func @epsilon_missing(%x: tensor<4x48xbf16>, %w: tensor<48xbf16>) {
  // expected-error @+1 {{requires attribute 'epsilon'}}
  %y = beeline.rms_norm %x, %w
      : tensor<4x48xbf16>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// -----

func.func @epsilon_type(%x: tensor<4x48xbf16>, %w: tensor<48xbf16>) {
  // expected-error @+1 {{attribute 'epsilon' failed to satisfy constraint: 32-bit float attribute}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f64}
      : tensor<4x48xbf16>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// -----

func.func @quantize_from_missing(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{requires attribute 'quantize_from'}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @quantize_from_f64(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{attribute 'quantize_from' failed to satisfy constraint: bf16, f16 or f32}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f64}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// A string, not a type.
func.func @quantize_from_string(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{attribute 'quantize_from' failed to satisfy constraint: bf16, f16 or f32}}
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = "bf16"}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @scale_layout_keyword(%x: tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      // expected-error @+2 {{to be one of: row_major, group_major}}
      // expected-error @+1 {{failed to parse}}
      {scale_layout = #beeline.scale_layout<column_major>}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

func.func @normalize_from_keyword(%x: tensor<4x48xbf16>, %w: tensor<48xbf16>) {
  %y = beeline.rms_norm %x, %w
      // expected-error @+2 {{to be one of: f32, rounded}}
      // expected-error @+1 {{failed to parse}}
      {epsilon = 0.5 : f32, normalize_from = #beeline.normalize_from<bf16>}
      : tensor<4x48xbf16>, tensor<48xbf16> -> tensor<4x48xbf16>
  return
}

// -----

func.func @scale_layout_kind(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{attribute 'scale_layout' failed to satisfy constraint}}
  %q, %s = beeline.group_quant %x {scale_layout = 1 : i32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return
}

// -----

// expected-error @+1 {{beeline.preserve_rounding}}
func.func @preserve_rounding_value() attributes {beeline.preserve_rounding = false} {
  return
}

// -----

// The dialect checks its attributes on every op, not only on its own.
func.func @unknown_attribute(%x: tensor<4x48xbf16>) {
  // expected-error @+1 {{the beeline dialect has no attribute "beeline.preserve_roundings"}}
  %y = tensor.cast %x {beeline.preserve_roundings} : tensor<4x48xbf16> to tensor<?x48xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Attributes that nobody reads
//===----------------------------------------------------------------------===//

func.func @misspelt_attribute(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{has no attribute "round_before_wieght"; one of your own needs a prefix, as in "my.note"}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32, round_before_wieght}
      : tensor<4x256xbf16>, tensor<256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

// expected-error @+1 {{"beeline.preserve_rounding" belongs on an op, not on an argument}}
func.func @attribute_of_argument(%x: tensor<4xf32> {beeline.preserve_rounding}) {
  return
}

// -----

// expected-error @+1 {{"beeline.preserve_rounding" belongs on an op, not on a result}}
func.func private @attribute_of_result() -> (tensor<4xf32> {beeline.preserve_rounding})

// -----

func.func @encoding(%x: tensor<4x256xbf16, "sparse">, %w: tensor<256xbf16>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of rank 1 or more, without encoding,}}
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<4x256xbf16, "sparse">, tensor<256xbf16> -> tensor<4x256xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// F1: the body's arguments and what it yields
//===----------------------------------------------------------------------===//

func.func @f1_arguments(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates F1: the body's arguments must have the types of the inputs}}
  "beeline.fused"(%x) ({
  ^bb0(%a: tensor<4x256xf32>):
    "beeline.yield"() : () -> ()
  }) : (tensor<4x256xbf16>) -> ()
  return
}

// -----

func.func @f1_yield(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates F1: the body must end in a beeline.yield of values of the results' types}}
  %y = beeline.fused (%a = %x : tensor<4x256xbf16>) -> tensor<4x256xf32> {
    %b = arith.negf %a : tensor<4x256xbf16>
    beeline.yield %b : tensor<4x256xbf16>
  }
  return
}

// -----

func.func @f1_terminator(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{violates F1: the body must end in a beeline.yield}}
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    llvm.unreachable
  }
  return
}

// -----

func.func @yield_elsewhere(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{'beeline.yield' op expects parent op 'beeline.fused'}}
  beeline.yield %x : tensor<4x256xbf16>
}

// -----

func.func @one_block(%x: tensor<4x256xbf16>) {
  // expected-error @+1 {{expects region #0 to have 0 or 1 blocks}}
  beeline.fused () {
  ^bb0:
    cf.br ^bb1
  ^bb1:
    beeline.yield
  }
  return
}

// -----

func.func @isolated(%x: tensor<4x256xbf16>) {
  // expected-note @+1 {{required by region isolation constraints}}
  beeline.fused () {
    // expected-error @+1 {{using value defined outside the region}}
    %b = arith.negf %x : tensor<4x256xbf16>
    beeline.yield
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// F2: row-wise ops without effects
//===----------------------------------------------------------------------===//

func.func @f2_linear(%x: tensor<4x256xbf16>, %w: tensor<256x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>, %b = %w : tensor<256x256xbf16>) {
    // expected-error @+1 {{'beeline.linear' op violates F2 of 'beeline.fused': it is not row-wise}}
    %y = beeline.linear %a, %b
        : tensor<4x256xbf16>, tensor<256x256xbf16> -> tensor<4x256xbf16>
    beeline.yield
  }
  return
}

// -----

// Aggregated ops are decomposed first.
func.func @f2_aggregated(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>, %b = %w : tensor<256xbf16>) {
    // expected-error @+1 {{violates F2 of 'beeline.fused': it is not row-wise}}
    %q, %s = beeline.rms_norm_quant %a, %b {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<4x256xbf16>, tensor<256xbf16>
        -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    beeline.yield
  }
  return
}

// -----

func.func @f2_nested(%x: tensor<4x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    // expected-error @+1 {{violates F2 of 'beeline.fused': regions do not nest; write its ops here}}
    %y = beeline.fused (%b = %a : tensor<4x256xbf16>) -> tensor<4x256xbf16> {
      %c = arith.negf %b : tensor<4x256xbf16>
      beeline.yield %c : tensor<4x256xbf16>
    }
    beeline.yield
  }
  return
}

// -----

// What an elementwise op of another dialect must not be.
func.func @f2_fastmath(%x: tensor<4x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    // expected-error @+1 {{'arith.addf' op violates F2 of 'beeline.fused': it is not row-wise}}
    %y = arith.addf %a, %a fastmath<contract> : tensor<4x256xbf16>
    beeline.yield
  }
  return
}

// -----

func.func @f2_rounding_mode(%x: tensor<4x256xf32>) {
  beeline.fused (%a = %x : tensor<4x256xf32>) {
    // expected-error @+1 {{'arith.truncf' op violates F2}}
    %y = arith.truncf %a upward : tensor<4x256xf32> to tensor<4x256xbf16>
    beeline.yield
  }
  return
}

// -----

func.func @f2_to_f8E8M0FNU(%x: tensor<4x256xf32>) {
  beeline.fused (%a = %x : tensor<4x256xf32>) {
    // expected-error @+1 {{'arith.truncf' op violates F2}}
    %y = arith.truncf %a : tensor<4x256xf32> to tensor<4x256xf8E8M0FNU>
    beeline.yield
  }
  return
}

// -----

func.func @f2_f64(%x: tensor<4x256xf64>) {
  beeline.fused (%a = %x : tensor<4x256xf64>) {
    // expected-error @+1 {{'math.exp' op violates F2}}
    %y = math.exp %a : tensor<4x256xf64>
    beeline.yield
  }
  return
}

// -----

func.func @f2_codes(%x: tensor<4x256xf8E4M3FN>) {
  beeline.fused (%a = %x : tensor<4x256xf8E4M3FN>) {
    // expected-error @+1 {{'arith.negf' op violates F2}}
    %y = arith.negf %a : tensor<4x256xf8E4M3FN>
    beeline.yield
  }
  return
}

// -----

func.func @f2_constants() {
  beeline.fused () {
    %0 = arith.constant dense<2.0> : tensor<2xf32>
    %1 = arith.constant dense<0xFF800000> : tensor<2xf32>
    // expected-error @+1 {{'arith.constant' op violates F2}}
    %2 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    beeline.yield
  }
  return
}

// -----

// A constant's NaN has any bits, a program's is the canonical one.
func.func @f2_nan() {
  beeline.fused () {
    // expected-error @+1 {{'arith.constant' op violates F2}}
    %0 = arith.constant dense<0xFFC00001> : tensor<2xf32>
    beeline.yield
  }
  return
}

// -----

func.func @f2_scalar() {
  beeline.fused () {
    // expected-error @+1 {{'arith.constant' op violates F2}}
    %0 = arith.constant 1.0 : f32
    beeline.yield
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// F3: the same rows
//===----------------------------------------------------------------------===//

func.func @f3_n(%x: tensor<4x256xbf16>, %y: tensor<4x128xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>, %b = %y : tensor<4x128xbf16>) {
    %0 = arith.negf %a : tensor<4x256xbf16>
    // expected-error @+1 {{'math.exp' op violates F3 of 'beeline.fused': its rows are those of 'tensor<4x128xbf16>', and the first op's those of 'tensor<4x256xbf16>'}}
    %1 = math.exp %b : tensor<4x128xbf16>
    beeline.yield
  }
  return
}

// -----

// Extents that are known must be known of all.
func.func @f3_dynamic(%x: tensor<4x256xbf16>, %y: tensor<?x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>, %b = %y : tensor<?x256xbf16>) {
    %0 = arith.negf %a : tensor<4x256xbf16>
    // expected-error @+1 {{'math.exp' op violates F3}}
    %1 = math.exp %b : tensor<?x256xbf16>
    beeline.yield
  }
  return
}

// -----

// Scales are rows of their own to an elementwise op.
func.func @f3_scales(%x: tensor<4x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    %q, %s = beeline.group_quant %a
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-error @+1 {{'arith.truncf' op violates F3}}
    %0 = arith.truncf %s : tensor<4x2xf32> to tensor<4x2xbf16>
    beeline.yield
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// F4: read as it was made
//===----------------------------------------------------------------------===//

// M = G: the types agree.
func.func @f4_layout(%x: tensor<2x256xbf16>) {
  beeline.fused (%a = %x : tensor<2x256xbf16>) {
    %q, %s = beeline.group_quant %a
        : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
    // expected-error @+1 {{'beeline.dequant' op violates F4 of 'beeline.fused': row_major scales of groups of 128 are read as group_major scales of groups of 128}}
    %y = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
        : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
    beeline.yield
  }
  return
}

// -----

// ceil(200 / 128) = ceil(200 / 100): the types agree here too.
func.func @f4_group_size(%x: tensor<4x200xbf16>) {
  beeline.fused (%a = %x : tensor<4x200xbf16>) {
    %q, %s = beeline.group_quant %a
        : tensor<4x200xbf16> -> tensor<4x200xf8E4M3FN>, tensor<4x2xf32>
    // expected-error @+1 {{row_major scales of groups of 128 are read as row_major scales of groups of 100}}
    %y = beeline.dequant %q, %s {group_size = 100 : i64}
        : tensor<4x200xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x200xbf16>
    beeline.yield
  }
  return
}

// -----

// Groups of one element: the scales have the shape of rows.
func.func @f4_scales_as_elements(%x: tensor<4x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    %q, %s = beeline.group_quant %a {group_size = 1 : i64}
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x256xf32>
    // expected-error @+1 {{row_major scales of groups of 1 are read as elements}}
    %0 = arith.negf %s : tensor<4x256xf32>
    beeline.yield
  }
  return
}

// -----

// One row, normalized with weights that are a row as well.
func.func @f4_elements_as_vector(%x: tensor<256xbf16>) {
  beeline.fused (%a = %x : tensor<256xbf16>) {
    %0 = arith.negf %a : tensor<256xbf16>
    // expected-error @+1 {{elements are read as a vector that all rows share}}
    %y = beeline.rms_norm %a, %0 {epsilon = 0.5 : f32}
        : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xbf16>
    beeline.yield
  }
  return
}
