// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   -beeline-elide-round-trips > %t.after
// RUN: diff %t.before %t.after

//===----------------------------------------------------------------------===//
// Group-major scales reshaped, not transposed, to the row-major shape: an element
// is read with the scale of another one. The types hide it where M = G, and where
// M = 1 the numbers do too: refused all the same, since it is right by luck.
//===----------------------------------------------------------------------===//

func.func @reshaped_scales(%x: tensor<4x256xbf16>, %shape: tensor<2xi64>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<2x4xf32>
  %v = tensor.reshape %s(%shape) : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<4x2xf32>
  // expected-remark @below {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="the scale layout is group_major where it was quantized and row_major where it is read", Suggestion="give the scales the view that turns the one into the other"}}
  %d = beeline.dequant %q, %v
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @reshaped_scales_by_two_views(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<2x4xf32>
  %flat = tensor.collapse_shape %s [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %v = tensor.expand_shape %flat [[0, 1]] output_shape [4, 2] : tensor<8xf32> into tensor<4x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %d = beeline.dequant %q, %v
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @as_many_rows_as_groups(%x: tensor<2x256xbf16>, %shape: tensor<2xi64>) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  %v = tensor.reshape %s(%shape) : (tensor<2x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %d = beeline.dequant %q, %v
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

func.func @one_row(%x: tensor<1x256xbf16>, %shape: tensor<2xi64>) -> (tensor<1x256xbf16>, tensor<1x256xbf16>) {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<1x256xbf16> -> tensor<1x256xf8E4M3FN>, tensor<2x1xf32>
  %v = tensor.reshape %s(%shape) : (tensor<2x1xf32>, tensor<2xi64>) -> tensor<1x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %d = beeline.dequant %q, %v
      : tensor<1x256xf8E4M3FN>, tensor<1x2xf32> -> tensor<1x256xbf16>
  %flat = tensor.collapse_shape %s [[0, 1]] : tensor<2x1xf32> into tensor<2xf32>
  %w = tensor.expand_shape %flat [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %e = beeline.dequant %q, %w
      : tensor<1x256xf8E4M3FN>, tensor<1x2xf32> -> tensor<1x256xbf16>
  return %d, %e : tensor<1x256xbf16>, tensor<1x256xbf16>
}

// -----

func.func @rows_known_at_run_time(%x: tensor<?x256xbf16>, %m: index) -> tensor<?x256xbf16> {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<2x?xf32>
  %flat = tensor.collapse_shape %s [[0, 1]] : tensor<2x?xf32> into tensor<?xf32>
  %v = tensor.expand_shape %flat [[0, 1]] output_shape [%m, 2] : tensor<?xf32> into tensor<?x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %d = beeline.dequant %q, %v
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// Transposed, but read as if they were not.

func.func @transposed_and_read_wrong(%x: tensor<2x256xbf16>, %e: tensor<2x2xf32>) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  %v = linalg.transpose ins(%s : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) permutation = [1, 0]
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %q, %v
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Views of one of the two
//===----------------------------------------------------------------------===//

func.func @transposed_codes(%x: tensor<2x2x256xbf16>, %e: tensor<2x2x256xf8E4M3FN>) -> tensor<2x2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %v = linalg.transpose ins(%q : tensor<2x2x256xf8E4M3FN>) outs(%e : tensor<2x2x256xf8E4M3FN>) permutation = [1, 0, 2]
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %v, %s
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  return %d : tensor<2x2x256xbf16>
}

// -----

// Rows and elements change places: the groups along the new last dimension are
// others.

func.func @transposed_axis(%x: tensor<256x256xbf16>, %e: tensor<256x256xf8E4M3FN>, %f: tensor<2x256xf32>)
    -> (tensor<256x256xbf16>, tensor<256x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<256x256xbf16> -> tensor<256x256xf8E4M3FN>, tensor<256x2xf32>
  %v = linalg.transpose ins(%q : tensor<256x256xf8E4M3FN>) outs(%e : tensor<256x256xf8E4M3FN>) permutation = [1, 0]
  %t = linalg.transpose ins(%s : tensor<256x2xf32>) outs(%f : tensor<2x256xf32>) permutation = [1, 0]
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %v, %s
      : tensor<256x256xf8E4M3FN>, tensor<256x2xf32> -> tensor<256x256xbf16>
  // expected-remark @below {{the scale layout is row_major where it was quantized and group_major where it is read}}
  %e0 = beeline.dequant %v, %t {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<256x256xf8E4M3FN>, tensor<2x256xf32> -> tensor<256x256xbf16>
  return %d, %e0 : tensor<256x256xbf16>, tensor<256x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

func.func @other_rows(%x: tensor<4x256xbf16>) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 0] [2, 256] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[2, 0] [2, 2] [1, 1]
      : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

func.func @other_stride(%x: tensor<4x256xbf16>) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 0] [2, 256] [2, 1]
      : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [2, 2] [1, 1]
      : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

func.func @stride_known_at_run_time(%x: tensor<4x256xbf16>, %n: index) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 0] [2, 256] [%n, 1]
      : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [2, 2] [%n, 1]
      : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{the codes were changed on the way by 'tensor.extract_slice'}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

func.func @other_offset_at_run_time(%x: tensor<4x256xbf16>, %a: index, %b: index) -> tensor<2x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[%a, 0] [2, 256] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[%b, 0] [2, 2] [1, 1]
      : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d : tensor<2x256xbf16>
}

// -----

func.func @other_groups(%x: tensor<4x512xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x512xbf16> -> tensor<4x512xf8E4M3FN>, tensor<4x4xf32>
  %qv = tensor.extract_slice %q[0, 256] [4, 256] [1, 1]
      : tensor<4x512xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [4, 2] [1, 1]
      : tensor<4x4xf32> to tensor<4x2xf32>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// 64 to 192 cuts both groups of 128.

func.func @slice_cuts_groups(%x: tensor<4x256xbf16>) -> tensor<4x128xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 64] [4, 128] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<4x128xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [4, 1] [1, 1]
      : tensor<4x2xf32> to tensor<4x1xf32>
  // expected-remark @below {{a view on the way cuts a group in two}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x128xf8E4M3FN>, tensor<4x1xf32> -> tensor<4x128xbf16>
  return %d : tensor<4x128xbf16>
}

// -----

// The first half of a group, read with the group's own scale as a short last
// group, and as a group of half the size; every second element.

func.func @half_a_group(%x: tensor<4x256xbf16>)
    -> (tensor<4x64xbf16>, tensor<4x64xbf16>, tensor<4x128xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 0] [4, 64] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<4x64xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 0] [4, 1] [1, 1]
      : tensor<4x2xf32> to tensor<4x1xf32>
  // expected-remark @below {{a view on the way cuts a group in two}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x64xf8E4M3FN>, tensor<4x1xf32> -> tensor<4x64xbf16>
  // expected-remark @below {{the group size is 128 where it was quantized and 64 where it is read}}
  %e = beeline.dequant %qv, %sv {group_size = 64 : i64}
      : tensor<4x64xf8E4M3FN>, tensor<4x1xf32> -> tensor<4x64xbf16>
  %qw = tensor.extract_slice %q[0, 0] [4, 128] [1, 2]
      : tensor<4x256xf8E4M3FN> to tensor<4x128xf8E4M3FN>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %f = beeline.dequant %qw, %sv
      : tensor<4x128xf8E4M3FN>, tensor<4x1xf32> -> tensor<4x128xbf16>
  return %d, %e, %f : tensor<4x64xbf16>, tensor<4x64xbf16>, tensor<4x128xbf16>
}

// -----

// Groups as rows, the scales in the order of the groups and not of the rows.

func.func @groups_in_another_order(%x: tensor<4x256xbf16>, %e: tensor<2x4xf32>) -> tensor<8x128xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.expand_shape %q [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf8E4M3FN> into tensor<4x2x128xf8E4M3FN>
  %qw = tensor.collapse_shape %qv [[0, 1], [2]]
      : tensor<4x2x128xf8E4M3FN> into tensor<8x128xf8E4M3FN>
  %t = linalg.transpose ins(%s : tensor<4x2xf32>) outs(%e : tensor<2x4xf32>) permutation = [1, 0]
  %sv = tensor.collapse_shape %t [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %sw = tensor.expand_shape %sv [[0, 1]] output_shape [8, 1] : tensor<8xf32> into tensor<8x1xf32>
  // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %qw, %sw
      : tensor<8x128xf8E4M3FN>, tensor<8x1xf32> -> tensor<8x128xbf16>
  return %d : tensor<8x128xbf16>
}

// -----

// Rows of 192 elements become rows of 128, which reach over the groups of 128 and
// 64 that a row has.

func.func @rows_reach_over_groups(%x: tensor<4x192xbf16>, %a: tensor<2xi64>, %s0: tensor<2xi64>) -> tensor<6x128xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x192xbf16> -> tensor<4x192xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.reshape %q(%a) : (tensor<4x192xf8E4M3FN>, tensor<2xi64>) -> tensor<6x128xf8E4M3FN>
  %se = tensor.extract_slice %s[0, 0] [3, 2] [1, 1] : tensor<4x2xf32> to tensor<3x2xf32>
  %sv = tensor.reshape %se(%s0) : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<6x1xf32>
  // expected-remark @below {{a view on the way cuts a group in two}}
  %d = beeline.dequant %qv, %sv
      : tensor<6x128xf8E4M3FN>, tensor<6x1xf32> -> tensor<6x128xbf16>
  return %d : tensor<6x128xbf16>
}

// -----

// preserve_rounding on a view.

func.func @preserve_on_view(%x: tensor<2x2x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<2x2x256xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1], [2]] {beeline.preserve_rounding}
      : tensor<2x2x2xf32> into tensor<4x2xf32>
  // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Views in code that is never run can go round and round.

func.func @views_in_a_circle(%m: index) -> tensor<4x256xbf16> {
  %e = tensor.empty() : tensor<4x256xbf16>
  return %e : tensor<4x256xbf16>
^bb1:
  %q0 = tensor.cast %q1 : tensor<?x256xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %q1 = tensor.cast %q0 : tensor<4x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %s0 = tensor.cast %s1 : tensor<?x2xf32> to tensor<4x2xf32>
  %s1 = tensor.cast %s0 : tensor<4x2xf32> to tensor<?x2xf32>
  // expected-remark @below {{the codes pass 'tensor.cast' in code that is never run}}
  %d = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  "test.use"(%d) : (tensor<4x256xbf16>) -> ()
  cf.br ^bb1
}

// -----

// The end of a group that is the end of the row.

func.func @end_of_a_group(%x: tensor<4x256xbf16>) -> tensor<4x28xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[0, 228] [4, 28] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<4x28xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 1] [4, 1] [1, 1]
      : tensor<4x2xf32> to tensor<4x1xf32>
  // expected-remark @below {{a view on the way cuts a group in two}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x28xf8E4M3FN>, tensor<4x1xf32> -> tensor<4x28xbf16>
  return %d : tensor<4x28xbf16>
}

// -----

// Extents of a collapsed tensor are those of what it collapses, but not round and
// round.

func.func @collapsed_in_a_circle() {
  return
^bb1:
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q1, %c0 : tensor<?x256xf8E4M3FN>
  %q0 = tensor.expand_shape %q1 [[0, 1], [2]] output_shape [%m, 1, 256]
      : tensor<?x256xf8E4M3FN> into tensor<?x1x256xf8E4M3FN>
  %q1 = tensor.collapse_shape %q0 [[0, 1], [2]]
      : tensor<?x1x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %s = "test.value"() : () -> tensor<?x2xf32>
  // expected-remark @below {{in code that is never run}}
  %d = beeline.dequant %q1, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  "test.use"(%d) : (tensor<?x256xbf16>) -> ()
  cf.br ^bb1
}

// -----

// Upstream's verifier has nothing against an extent along dimension -1.

func.func @no_such_dimension(%x: tensor<?x?x256xbf16>, %b: index)
    -> tensor<?x?x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
  %minus1 = arith.constant -1 : index
  %n = tensor.dim %q, %minus1 : tensor<?x?x256xf8E4M3FN>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<?x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %qw = tensor.expand_shape %qv [[0, 1], [2]] output_shape [%b, %n, 256]
      : tensor<?x256xf8E4M3FN> into tensor<?x?x256xf8E4M3FN>
  // expected-remark @below {{RoundTripKept}}
  %d = beeline.dequant %qw, %s
      : tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32> -> tensor<?x?x256xbf16>
  return %d : tensor<?x?x256xbf16>
}
