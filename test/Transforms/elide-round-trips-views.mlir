// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics | FileCheck %s -enable-var-scope

// 5: views between quantization and dequantization that give each code its own
// scale. The unquantized value gets the views of the codes, and those of codes and
// scales go if nobody else reads them.

// Rows of two dimensions become rows of one, as engines flatten batch and
// sequence, of extents that are known at run time only.

// CHECK-LABEL: @collapsed_rows
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x256xbf16>
// CHECK-NEXT: %[[V:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]] : tensor<?x?x256xbf16> into tensor<?x256xbf16>
// CHECK-NEXT: return %[[V]]
func.func @collapsed_rows(%x: tensor<?x?x256xbf16>) -> tensor<?x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<?x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1], [2]]
      : tensor<?x?x2xf32> into tensor<?x2xf32>
  // expected-remark @below {{reads the existing unquantized bf16 value of 'beeline.group_quant'"}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// The other way round, into extents that are arguments.

// CHECK-LABEL: @expanded_rows
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x256xbf16>
// CHECK: %[[V:.*]] = tensor.expand_shape %[[X]] {{\[}}[0, 1], [2]] output_shape [%{{.*}}, %{{.*}}, 256] : tensor<?x256xbf16> into tensor<?x?x256xbf16>
// CHECK-NEXT: return %[[V]]
func.func @expanded_rows(%x: tensor<?x256xbf16>, %b: index, %n: index) -> tensor<?x?x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %qv = tensor.expand_shape %q [[0, 1], [2]] output_shape [%b, %n, 256]
      : tensor<?x256xf8E4M3FN> into tensor<?x?x256xf8E4M3FN>
  %sv = tensor.expand_shape %s [[0, 1], [2]] output_shape [%b, %n, 2]
      : tensor<?x2xf32> into tensor<?x?x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32> -> tensor<?x?x256xbf16>
  return %d : tensor<?x?x256xbf16>
}

// -----

// Collapsed and expanded again into the same extents.

// CHECK-LABEL: @there_and_back
// CHECK-NOT: beeline.dequant
func.func @there_and_back(%x: tensor<?x?x256xbf16>, %b: index) -> tensor<?x?x256xbf16> {
  // tensor.dim still reads the codes.
  %q, %s = beeline.group_quant %x
      : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32>
  %c1 = arith.constant 1 : index
  %n = tensor.dim %q, %c1 : tensor<?x?x256xf8E4M3FN>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<?x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %qw = tensor.expand_shape %qv [[0, 1], [2]] output_shape [%b, %n, 256]
      : tensor<?x256xf8E4M3FN> into tensor<?x?x256xf8E4M3FN>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qw, %s
      : tensor<?x?x256xf8E4M3FN>, tensor<?x?x2xf32> -> tensor<?x?x256xbf16>
  return %d : tensor<?x?x256xbf16>
}

// -----

// CHECK-LABEL: @casts
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK-NEXT: %[[V:.*]] = tensor.cast %[[X]] : tensor<4x256xbf16> to tensor<?x?xbf16>
// CHECK-NEXT: return %[[V]]
func.func @casts(%x: tensor<4x256xbf16>) -> tensor<?x?xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.cast %q : tensor<4x256xf8E4M3FN> to tensor<?x?xf8E4M3FN>
  %sv = tensor.cast %s : tensor<4x2xf32> to tensor<?x?xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  return %d : tensor<?x?xbf16>
}

// -----

// Every third row from the second on.

// CHECK-LABEL: @strided_rows
// CHECK-SAME:    %[[X:[^:]*]]: tensor<16x256xbf16>
// CHECK-NEXT: %[[V:.*]] = tensor.extract_slice %[[X]][1, 0] [4, 256] [3, 1] : tensor<16x256xbf16> to tensor<4x256xbf16>
// CHECK-NEXT: return %[[V]]
func.func @strided_rows(%x: tensor<16x256xbf16>) -> tensor<4x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<16x256xbf16> -> tensor<16x256xf8E4M3FN>, tensor<16x2xf32>
  %qv = tensor.extract_slice %q[1, 0] [4, 256] [3, 1]
      : tensor<16x256xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[1, 0] [4, 2] [3, 1]
      : tensor<16x2xf32> to tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Rows from an offset known at run time, and one row as a vector.

// CHECK-LABEL: @rows_at_run_time
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x256xbf16>, %[[O:.*]]: index, %[[M:.*]]: index
// CHECK-DAG: %[[V:.*]] = tensor.extract_slice %[[X]][%[[O]], 0] [%[[M]], 256] [1, 1] : tensor<?x256xbf16> to tensor<?x256xbf16>
// CHECK-DAG: %[[W:.*]] = tensor.extract_slice %[[X]][%[[O]], 0] [1, 256] [1, 1] : tensor<?x256xbf16> to tensor<256xbf16>
// CHECK: return %[[V]], %[[W]]
func.func @rows_at_run_time(%x: tensor<?x256xbf16>, %o: index, %m: index)
    -> (tensor<?x256xbf16>, tensor<256xbf16>) {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %qv = tensor.extract_slice %q[%o, 0] [%m, 256] [1, 1]
      : tensor<?x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[%o, 0] [%m, 2] [1, 1]
      : tensor<?x2xf32> to tensor<?x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %qw = tensor.extract_slice %q[%o, 0] [1, 256] [1, 1]
      : tensor<?x256xf8E4M3FN> to tensor<256xf8E4M3FN>
  %sw = tensor.extract_slice %s[%o, 0] [1, 2] [1, 1]
      : tensor<?x2xf32> to tensor<2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %e = beeline.dequant %qw, %sw
      : tensor<256xf8E4M3FN>, tensor<2xf32> -> tensor<256xbf16>
  return %d, %e : tensor<?x256xbf16>, tensor<256xbf16>
}

// -----

// The second and third of four groups; then the last ones of a row that ends
// within a group: 256 - 192 = 64, 250 - 192 = 58.

// CHECK-LABEL: @slice_of_groups
// CHECK: tensor.extract_slice %{{.*}}[0, 128] [4, 256] [1, 1] : tensor<4x512xbf16> to tensor<4x256xbf16>
// CHECK: tensor.extract_slice %{{.*}}[0, 192] [4, 58] [1, 1] : tensor<4x250xbf16> to tensor<4x58xbf16>
// CHECK-NOT: beeline.dequant
func.func @slice_of_groups(%x: tensor<4x512xbf16>, %y: tensor<4x250xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x58xbf16>) {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<4x512xbf16> -> tensor<4x512xf8E4M3FN>, tensor<4x4xf32>
  %qv = tensor.extract_slice %q[0, 128] [4, 256] [1, 1]
      : tensor<4x512xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[0, 1] [4, 2] [1, 1]
      : tensor<4x4xf32> to tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %p, %t = beeline.group_quant %y {group_size = 32 : i64}
      : tensor<4x250xbf16> -> tensor<4x250xf8E4M3FN>, tensor<4x8xf32>
  %pv = tensor.extract_slice %p[0, 192] [4, 58] [1, 1]
      : tensor<4x250xf8E4M3FN> to tensor<4x58xf8E4M3FN>
  %tv = tensor.extract_slice %t[0, 6] [4, 2] [1, 1]
      : tensor<4x8xf32> to tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %e = beeline.dequant %pv, %tv {group_size = 32 : i64}
      : tensor<4x58xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x58xbf16>
  return %d, %e : tensor<4x256xbf16>, tensor<4x58xbf16>
}

// -----

// Each group becomes a row, and a dimension.

// CHECK-LABEL: @groups_as_rows
// CHECK-NOT: beeline.dequant
func.func @groups_as_rows(%x: tensor<?x256xbf16>, %m: index)
    -> (tensor<?x128xbf16>, tensor<?x2x128xbf16>) {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %qv = tensor.expand_shape %q [[0], [1, 2]] output_shape [%m, 2, 128]
      : tensor<?x256xf8E4M3FN> into tensor<?x2x128xf8E4M3FN>
  %sv = tensor.expand_shape %s [[0], [1, 2]] output_shape [%m, 2, 1]
      : tensor<?x2xf32> into tensor<?x2x1xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %e = beeline.dequant %qv, %sv
      : tensor<?x2x128xf8E4M3FN>, tensor<?x2x1xf32> -> tensor<?x2x128xbf16>
  %qw = tensor.collapse_shape %qv [[0, 1], [2]]
      : tensor<?x2x128xf8E4M3FN> into tensor<?x128xf8E4M3FN>
  %sw = tensor.collapse_shape %sv [[0, 1], [2]]
      : tensor<?x2x1xf32> into tensor<?x1xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qw, %sw
      : tensor<?x128xf8E4M3FN>, tensor<?x1xf32> -> tensor<?x128xbf16>
  return %d, %e : tensor<?x128xbf16>, tensor<?x2x128xbf16>
}

// -----

// Batch and sequence change places.

// CHECK-LABEL: @transposed_rows
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x3x256xbf16>
// CHECK: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<3x?x256xbf16>
// CHECK: %[[V:.*]] = linalg.transpose ins(%[[X]] : tensor<?x3x256xbf16>) outs(%[[E]] : tensor<3x?x256xbf16>) permutation = [1, 0, 2]
// CHECK: return %[[V]]
func.func @transposed_rows(%x: tensor<?x3x256xbf16>, %qe: tensor<3x?x256xf8E4M3FN>, %se: tensor<3x?x2xf32>)
    -> tensor<3x?x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x3x256xbf16> -> tensor<?x3x256xf8E4M3FN>, tensor<?x3x2xf32>
  %qv = linalg.transpose ins(%q : tensor<?x3x256xf8E4M3FN>)
      outs(%qe : tensor<3x?x256xf8E4M3FN>) permutation = [1, 0, 2]
  %sv = linalg.transpose ins(%s : tensor<?x3x2xf32>)
      outs(%se : tensor<3x?x2xf32>) permutation = [1, 0, 2]
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<3x?x256xf8E4M3FN>, tensor<3x?x2xf32> -> tensor<3x?x256xbf16>
  return %d : tensor<3x?x256xbf16>
}

// -----

// Group-major scales, transposed, are row-major ones.

// CHECK-LABEL: @transposed_scales
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x256xbf16>
// CHECK-NEXT: return %[[X]]
func.func @transposed_scales(%x: tensor<?x256xbf16>, %e: tensor<?x2xf32>) -> tensor<?x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<2x?xf32>
  %sv = linalg.transpose ins(%s : tensor<2x?xf32>) outs(%e : tensor<?x2xf32>)
      permutation = [1, 0]
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %sv
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// Group-major scales of flattened rows.

// CHECK-LABEL: @group_major_rows
// CHECK-NOT: beeline.dequant
func.func @group_major_rows(%x: tensor<?x?x256xbf16>) -> tensor<?x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x?x256xbf16> -> tensor<?x?x256xf8E4M3FN>, tensor<2x?x?xf32>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<?x?x256xf8E4M3FN> into tensor<?x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0], [1, 2]]
      : tensor<2x?x?xf32> into tensor<2x?xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xf8E4M3FN>, tensor<2x?xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// CHECK-LABEL: @reshaped
// CHECK: tensor.reshape %{{.*}} : (tensor<4x256xbf16>, tensor<3xi64>) -> tensor<2x2x256xbf16>
// CHECK-NOT: beeline.dequant
func.func @reshaped(%x: tensor<4x256xbf16>, %qs: tensor<3xi64>, %ss: tensor<3xi64>) -> tensor<2x2x256xbf16> {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.reshape %q(%qs) : (tensor<4x256xf8E4M3FN>, tensor<3xi64>) -> tensor<2x2x256xf8E4M3FN>
  %sv = tensor.reshape %s(%ss) : (tensor<4x2xf32>, tensor<3xi64>) -> tensor<2x2x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  return %d : tensor<2x2x256xbf16>
}

// -----

// A dimension of one element comes and goes.

// CHECK-LABEL: @unit_dimensions
// CHECK-NOT: beeline.dequant
func.func @unit_dimensions(%x: tensor<?x256xbf16>, %y: tensor<1x256xbf16>, %m: index)
    -> (tensor<?x1x256xbf16>, tensor<256xbf16>) {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %qv = tensor.expand_shape %q [[0], [1, 2]] output_shape [%m, 1, 256]
      : tensor<?x256xf8E4M3FN> into tensor<?x1x256xf8E4M3FN>
  %sv = tensor.expand_shape %s [[0], [1, 2]] output_shape [%m, 1, 2]
      : tensor<?x2xf32> into tensor<?x1x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?x1x256xf8E4M3FN>, tensor<?x1x2xf32> -> tensor<?x1x256xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %p, %t = beeline.group_quant %y
      : tensor<1x256xbf16> -> tensor<1x256xf8E4M3FN>, tensor<1x2xf32>
  %pv = tensor.collapse_shape %p [[0, 1]] : tensor<1x256xf8E4M3FN> into tensor<256xf8E4M3FN>
  %tv = tensor.collapse_shape %t [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %e = beeline.dequant %pv, %tv : tensor<256xf8E4M3FN>, tensor<2xf32> -> tensor<256xbf16>
  return %d, %e : tensor<?x1x256xbf16>, tensor<256xbf16>
}

// -----

// The view is built once, in the widest type that a reader of it wants, and the
// grown result has the widest type of all.

// CHECK-LABEL: @one_view_for_all
// CHECK: %[[Q:.*]], %{{.*}}, %[[U:.*]] = beeline.rms_norm_quant {{.*}} unquantized(tensor<4x256xf32>)
// CHECK-NEXT: %[[T:.*]] = arith.truncf %[[U]] : tensor<4x256xf32> to tensor<4x256xbf16>
// CHECK-NEXT: %[[V:.*]] = tensor.expand_shape %[[T]] {{.*}} : tensor<4x256xbf16> into tensor<2x2x256xbf16>
// CHECK-NEXT: return %[[V]], %[[V]], %[[U]], %[[Q]]
func.func @one_view_for_all(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<2x2x256xbf16>, tensor<2x2x256xbf16>, tensor<4x256xf32>, tensor<4x256xf8E4M3FN>) {
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<4x256xbf16>, tensor<256xbf16>
      -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.expand_shape %q [[0, 1], [2]] output_shape [2, 2, 256]
      : tensor<4x256xf8E4M3FN> into tensor<2x2x256xf8E4M3FN>
  %sv = tensor.expand_shape %s [[0, 1], [2]] output_shape [2, 2, 2]
      : tensor<4x2xf32> into tensor<2x2x2xf32>
  // expected-remark @below {{reads the new unquantized f32 value}}
  %d0 = beeline.dequant %qv, %sv
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  // expected-remark @below {{reads the existing unquantized f32 value}}
  %d1 = beeline.dequant %qv, %sv
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  // expected-remark @below {{reads the existing unquantized f32 value}}
  %d2 = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xf32>
  return %d0, %d1, %d2, %q : tensor<2x2x256xbf16>, tensor<2x2x256xbf16>,
      tensor<4x256xf32>, tensor<4x256xf8E4M3FN>
}

// -----

// Codes whose view is read elsewhere keep it.

// CHECK-LABEL: @view_with_other_reader
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x256xbf16>
// CHECK: %[[Q:.*]], %{{.*}} = beeline.group_quant
// CHECK: %[[V:.*]] = tensor.extract_slice %[[Q]]
// CHECK: %[[U:.*]] = tensor.extract_slice %[[X]]
// CHECK: return %[[U]], %[[V]]
func.func @view_with_other_reader(%x: tensor<4x256xbf16>) -> (tensor<2x256xbf16>, tensor<2x256xf8E4M3FN>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qv = tensor.extract_slice %q[2, 0] [2, 256] [1, 1]
      : tensor<4x256xf8E4M3FN> to tensor<2x256xf8E4M3FN>
  %sv = tensor.extract_slice %s[2, 0] [2, 2] [1, 1]
      : tensor<4x2xf32> to tensor<2x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d, %qv : tensor<2x256xbf16>, tensor<2x256xf8E4M3FN>
}

// -----

// Between norm and quantization views are no concern: the value is the one that
// was quantized.

// CHECK-LABEL: @view_before_quantization
// CHECK: %[[Y:.*]] = beeline.rms_norm
// CHECK: %[[V:.*]] = tensor.collapse_shape %[[Y]]
// CHECK: return %[[V]]
func.func @view_before_quantization(%x: tensor<2x2x256xbf16>, %w: tensor<256xbf16>) -> tensor<4x256xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<2x2x256xbf16>, tensor<256xbf16> -> tensor<2x2x256xbf16>
  %v = tensor.collapse_shape %y [[0, 1], [2]] : tensor<2x2x256xbf16> into tensor<4x256xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %v
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// 9 with a view: codes and scales are forwarded as they are seen.

// CHECK-LABEL: @requantized_view
// CHECK: %[[Q:.*]], %[[S:.*]] = beeline.group_quant
// CHECK: %[[QV:.*]] = tensor.collapse_shape %[[Q]]
// CHECK: %[[SV:.*]] = tensor.collapse_shape %[[S]]
// CHECK-NEXT: return %[[QV]], %[[SV]]
func.func @requantized_view(%x: tensor<2x2x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %qv = tensor.collapse_shape %q [[0, 1], [2]]
      : tensor<2x2x256xf8E4M3FN> into tensor<4x256xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1], [2]]
      : tensor<2x2x2xf32> into tensor<4x2xf32>
  // expected-remark @below {{DequantizationRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @+2 {{RequantizationRemoved}}
  // expected-remark @+1 {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %d
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// Rows become one long row, of whole groups however many there are; and rows whose
// length is not known are collapsed.

// CHECK-LABEL: @one_long_row
// CHECK-NOT: beeline.dequant
// CHECK: return
func.func @one_long_row(%x: tensor<?x256xbf16>, %y: tensor<?x?x?xbf16>)
    -> (tensor<?xbf16>, tensor<?x?xbf16>) {
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %qv = tensor.collapse_shape %q [[0, 1]]
      : tensor<?x256xf8E4M3FN> into tensor<?xf8E4M3FN>
  %sv = tensor.collapse_shape %s [[0, 1]] : tensor<?x2xf32> into tensor<?xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv
      : tensor<?xf8E4M3FN>, tensor<?xf32> -> tensor<?xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %y
      : tensor<?x?x?xbf16> -> tensor<?x?x?xf8E4M3FN>, tensor<?x?x?xf32>
  %q1v = tensor.collapse_shape %q1 [[0, 1], [2]]
      : tensor<?x?x?xf8E4M3FN> into tensor<?x?xf8E4M3FN>
  %s1v = tensor.collapse_shape %s1 [[0, 1], [2]]
      : tensor<?x?x?xf32> into tensor<?x?xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q1v, %s1v
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  return %d, %d1 : tensor<?xbf16>, tensor<?x?xbf16>
}

// -----

// Rows are divided in another way, which leaves the groups in front of them, or
// behind, where they are.

// CHECK-LABEL: @reshaped_rows
// CHECK-NOT: beeline.dequant
// CHECK: return
func.func @reshaped_rows(%x: tensor<4x3x256xbf16>) -> (tensor<6x2x256xbf16>, tensor<6x2x256xbf16>) {
  %shape = arith.constant dense<[6, 2, 256]> : tensor<3xi64>
  %groups_first = arith.constant dense<[2, 6, 2]> : tensor<3xi64>
  %groups_last = arith.constant dense<[6, 2, 2]> : tensor<3xi64>
  // expected-remark @below {{QuantizationRemoved}}
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<4x3x256xbf16> -> tensor<4x3x256xf8E4M3FN>, tensor<2x4x3xf32>
  %qv = tensor.reshape %q(%shape)
      : (tensor<4x3x256xf8E4M3FN>, tensor<3xi64>) -> tensor<6x2x256xf8E4M3FN>
  %sv = tensor.reshape %s(%groups_first)
      : (tensor<2x4x3xf32>, tensor<3xi64>) -> tensor<2x6x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %qv, %sv {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<6x2x256xf8E4M3FN>, tensor<2x6x2xf32> -> tensor<6x2x256xbf16>
  // expected-remark @below {{QuantizationRemoved}}
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x3x256xbf16> -> tensor<4x3x256xf8E4M3FN>, tensor<4x3x2xf32>
  %q1v = tensor.reshape %q1(%shape)
      : (tensor<4x3x256xf8E4M3FN>, tensor<3xi64>) -> tensor<6x2x256xf8E4M3FN>
  %s1v = tensor.reshape %s1(%groups_last)
      : (tensor<4x3x2xf32>, tensor<3xi64>) -> tensor<6x2x2xf32>
  // expected-remark @below {{RoundTripRemoved}}
  %d1 = beeline.dequant %q1v, %s1v
      : tensor<6x2x256xf8E4M3FN>, tensor<6x2x2xf32> -> tensor<6x2x256xbf16>
  return %d, %d1 : tensor<6x2x256xbf16>, tensor<6x2x256xbf16>
}
