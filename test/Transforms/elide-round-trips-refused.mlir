// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   -beeline-elide-round-trips > %t.after
// RUN: diff %t.before %t.after

//===----------------------------------------------------------------------===//
// One quantization made both
//===----------------------------------------------------------------------===//

func.func @scales_of_another_quantization(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>)
    -> (tensor<4x256xbf16>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>) {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="the codes and the scales are of different quantizations"}}
  %d = beeline.dequant %q0, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d, %s0, %q1 : tensor<4x256xbf16>, tensor<4x2xf32>, tensor<4x256xf8E4M3FN>
}

// -----

// Weights, a KV cache: nothing was quantized here.

func.func @argument(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes come from an argument of 'func.func': no quantization is in sight}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @loaded(%q: memref<4x256xf8E4M3FN>, %s: memref<4x2xf32>) -> tensor<4x256xbf16> {
  %qt = bufferization.to_tensor %q restrict : memref<4x256xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %st = bufferization.to_tensor %s restrict : memref<4x2xf32> to tensor<4x2xf32>
  // expected-remark @below {{the codes were made by 'bufferization.to_tensor': no quantization is in sight}}
  %d = beeline.dequant %qt, %st
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @constant_scales(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %one = arith.constant dense<1.0> : tensor<4x2xf32>
  // expected-remark @below {{the scales were made by 'arith.constant': no quantization is in sight}}
  %d = beeline.dequant %q, %one
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d, %s : tensor<4x256xbf16>, tensor<4x2xf32>
}

// -----

func.func private @quantize(tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)

func.func @from_call(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @quantize(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes were returned by '@quantize', which has no body here}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Nothing changed them on the way
//===----------------------------------------------------------------------===//

func.func @scales_changed(%x: tensor<4x256xbf16>, %f: tensor<4x2xf32>)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %multiplied = arith.mulf %f, %s : tensor<4x2xf32>
  // expected-remark @below {{the scales were changed on the way by 'arith.mulf'}}
  %d0 = beeline.dequant %q, %multiplied
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %clamped = arith.maximumf %multiplied, %f : tensor<4x2xf32>
  // expected-remark @below {{the scales were changed on the way by 'arith.maximumf'}}
  %d1 = beeline.dequant %q, %clamped
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

func.func @codes_gathered(%x: tensor<4x256xbf16>, %rows: tensor<4x1xindex>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %permuted = tensor.gather %q[%rows] gather_dims([0])
      : (tensor<4x256xf8E4M3FN>, tensor<4x1xindex>) -> tensor<4x256xf8E4M3FN>
  // expected-remark @below {{the codes were changed on the way by 'tensor.gather'}}
  %d = beeline.dequant %permuted, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @codes_concatenated(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<8x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q = tensor.concat dim(0) %q0, %q1
      : (tensor<4x256xf8E4M3FN>, tensor<4x256xf8E4M3FN>) -> tensor<8x256xf8E4M3FN>
  %s = tensor.concat dim(0) %s1, %s0
      : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
  // expected-remark @below {{the codes were changed on the way by 'tensor.concat'}}
  %d = beeline.dequant %q, %s
      : tensor<8x256xf8E4M3FN>, tensor<8x2xf32> -> tensor<8x256xbf16>
  return %d : tensor<8x256xbf16>
}

// -----

func.func @codes_masked(%x: tensor<4x256xbf16>, %mask: tensor<4x256xi1>, %zero: tensor<4x256xf8E4M3FN>)
    -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %masked = arith.select %mask, %q, %zero : tensor<4x256xi1>, tensor<4x256xf8E4M3FN>
  // expected-remark @below {{the codes were changed on the way by 'arith.select'}}
  %d = beeline.dequant %masked, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Group-major scales read as row-major ones, where M = G makes the types agree.

func.func @other_layout(%x: tensor<2x256xbf16>) -> tensor<2x256xbf16> {
  %q0, %s0 = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  // expected-remark @below {{the scale layout is group_major where it was quantized and row_major where it is read}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  return %d0 : tensor<2x256xbf16>
}

// -----

func.func @crossed_a_collective(%x: tensor<4x256xbf16>) -> tensor<16x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qs = beeline.all_gather %q {axis = 0 : i64, ranks = 4 : i64}
      : tensor<4x256xf8E4M3FN> -> tensor<16x256xf8E4M3FN>
  %ss = beeline.all_gather %s {axis = 0 : i64, ranks = 4 : i64}
      : tensor<4x2xf32> -> tensor<16x2xf32>
  // expected-remark @below {{the codes crossed 'beeline.all_gather': the unquantized value of other ranks is not here}}
  %d = beeline.dequant %qs, %ss
      : tensor<16x256xf8E4M3FN>, tensor<16x2xf32> -> tensor<16x256xbf16>
  return %d : tensor<16x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// The same execution
//===----------------------------------------------------------------------===//

func.func @previous_iteration(%x: tensor<4x256xbf16>, %q0: tensor<4x256xf8E4M3FN>, %s0: tensor<4x2xf32>, %n: index)
    -> tensor<4x256xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{on a way into 'scf.for', the codes come from an argument of 'func.func': no quantization is in sight}}
    %d = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %d
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return %r#0 : tensor<4x256xf8E4M3FN>
}

// -----

// The codes of this iteration, the scales of the one before it.

func.func @scales_of_previous_iteration(%x: tensor<4x256xbf16>, %s0: tensor<4x2xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%si = %s0) -> tensor<4x2xf32> {
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{the scales are carried from one iteration of 'scf.for' to the next}}
    %d = beeline.dequant %q, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    scf.yield %s : tensor<4x2xf32>
  }
  return
}

// -----

// Each branch mixes the codes of one quantization with the scales of the other.

func.func @branches_mix(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    scf.yield %q0, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{on a way into 'scf.if', the codes and the scales are of different quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  "test.use"(%q1) : (tensor<4x256xf8E4M3FN>) -> ()
  return %d : tensor<4x256xbf16>
}

// -----

// The producer runs under a guard, and something else stands in for it otherwise.

func.func @producer_under_a_guard(%x: tensor<4x256xbf16>, %q1: tensor<4x256xf8E4M3FN>, %s1: tensor<4x2xf32>, %c: i1)
    -> tensor<4x256xbf16> {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{on a way into 'scf.if', the codes come from an argument of 'func.func': no quantization is in sight}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Equal parameters
//===----------------------------------------------------------------------===//

func.func @other_group_size(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // 255 makes two groups as well.
  // expected-remark @below {{Reason="the group size is 128 where it was quantized and 255 where it is read", Suggestion="dequantize with the parameters of the quantization"}}
  %d = beeline.dequant %q, %s {group_size = 255 : i64}
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @other_format(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf8E8M0FNU>
  %qz = tensor.bitcast %q : tensor<4x256xf8E4M3FN> to tensor<4x256xf8E4M3FNUZ>
  // expected-remark @below {{the codes were made by 'tensor.bitcast': no quantization is in sight}}
  %d0 = beeline.dequant %qz, %s
      : tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf8E8M0FNU> -> tensor<4x256xbf16>
  %sf = arith.extf %s : tensor<4x2xf8E8M0FNU> to tensor<4x2xf32>
  // expected-remark @below {{the scales were made by 'arith.extf': no quantization is in sight}}
  %d1 = beeline.dequant %q, %sf
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

func.func @other_range(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x {fmax = 224.0 : f32}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf32>
  // expected-remark @below {{fmax is 224 where it was quantized and 240 where it is read}}
  %d0 = beeline.dequant %q, %s {fmax = 240.0 : f32}
      : tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf32> -> tensor<4x256xbf16>
  // expected-remark @below {{min_amax is 1.00000001E-10 where it was quantized and 1 where it is read}}
  %d1 = beeline.dequant %q, %s {min_amax = 1.0 : f32}
      : tensor<4x256xf8E4M3FNUZ>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// beeline.preserve_rounding: on the function, either op, an op around them, an op
// on the way
//===----------------------------------------------------------------------===//

func.func @preserve_on_function(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16>
    attributes {beeline.preserve_rounding} {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{Reason="beeline.preserve_rounding asks to keep the rounding", Suggestion="remove the attribute where the unquantized value may be used"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func @preserve_on_ops(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1)
    -> (tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q0, %s0 = beeline.group_quant %x {beeline.preserve_rounding}
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{preserve_rounding}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  // expected-remark @below {{preserve_rounding}}
  %d1 = beeline.dequant %q1, %s1 {beeline.preserve_rounding}
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %q2, %s2 = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } {beeline.preserve_rounding}
  // expected-remark @below {{preserve_rounding}}
  %d2 = beeline.dequant %q2, %s2
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1, %d2
      : tensor<4x256xbf16>, tensor<4x256xbf16>, tensor<4x256xbf16>
}
