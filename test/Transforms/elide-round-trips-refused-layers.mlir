// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   -beeline-elide-round-trips > %t.after
// RUN: diff %t.before %t.after

//===----------------------------------------------------------------------===//
// Caches, weights and collectives
//===----------------------------------------------------------------------===//

// What was quantized here goes into a cache; what is read back is the cache's.

func.func @kv_cache(%k: tensor<1x256xbf16>, %qc: tensor<64x256xf8E4M3FN>, %sc: tensor<64x2xf32>, %i: index)
    -> tensor<64x256xbf16> {
  %q, %s = beeline.group_quant %k
      : tensor<1x256xbf16> -> tensor<1x256xf8E4M3FN>, tensor<1x2xf32>
  %q1 = tensor.insert_slice %q into %qc[%i, 0] [1, 256] [1, 1]
      : tensor<1x256xf8E4M3FN> into tensor<64x256xf8E4M3FN>
  %s1 = tensor.insert_slice %s into %sc[%i, 0] [1, 2] [1, 1]
      : tensor<1x2xf32> into tensor<64x2xf32>
  // expected-remark @below {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="the codes were changed on the way by 'tensor.insert_slice'"}}
  %d = beeline.dequant %q1, %s1
      : tensor<64x256xf8E4M3FN>, tensor<64x2xf32> -> tensor<64x256xbf16>
  return %d : tensor<64x256xbf16>
}

// -----

func.func @weights() -> tensor<128x256xbf16> {
  %q = arith.constant dense<1.0> : tensor<128x256xf8E4M3FN>
  %s = arith.constant dense<0.5> : tensor<128x2xf32>
  // expected-remark @below {{the codes were made by 'arith.constant': no quantization is in sight}}
  %d = beeline.dequant %q, %s
      : tensor<128x256xf8E4M3FN>, tensor<128x2xf32> -> tensor<128x256xbf16>
  return %d : tensor<128x256xbf16>
}

// -----

// The scales alone crossed a collective.

func.func @scales_crossed_a_collective(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %sr = beeline.all_reduce %s {ranks = 4 : i64} : tensor<4x2xf32>
  // expected-remark @below {{the scales crossed 'beeline.all_reduce': the unquantized value of other ranks is not here}}
  %d = beeline.dequant %q, %sr
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Rows of codes and scales permuted alike, but not by a view.

func.func @both_gathered(%x: tensor<4x256xbf16>, %rows: tensor<4x1xindex>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qp = tensor.gather %q[%rows] gather_dims([0])
      : (tensor<4x256xf8E4M3FN>, tensor<4x1xindex>) -> tensor<4x256xf8E4M3FN>
  %sp = tensor.gather %s[%rows] gather_dims([0])
      : (tensor<4x2xf32>, tensor<4x1xindex>) -> tensor<4x2xf32>
  // expected-remark @below {{the codes were changed on the way by 'tensor.gather'}}
  %d = beeline.dequant %qp, %sp
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Guards: the value exists on one way only
//===----------------------------------------------------------------------===//

// Producer and consumer under one condition, as a person sees; but nothing
// quantizes on the other way, where no value could be.

func.func @two_guards(%x: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1 = tensor.empty() : tensor<4x256xf8E4M3FN>
    %s1 = tensor.empty() : tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  %r = scf.if %c -> (tensor<4x256xbf16>) {
    // expected-remark @below {{on a way into 'scf.if', the codes were made by 'tensor.empty': no quantization is in sight}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    scf.yield %d : tensor<4x256xbf16>
  } else {
    scf.yield %x : tensor<4x256xbf16>
  }
  return %r : tensor<4x256xbf16>
}

// -----

// On one target only: the other one gets codes and scales from a kernel that gives
// no more.

func.func private @quantize_on_gfx942(tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)

func.func @one_target(%x: tensor<4x256xbf16>, %isGfx950: i1) -> tensor<4x256xbf16> {
  cf.cond_br %isGfx950, ^bb1, ^bb2
^bb1:
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb2:
  %q1, %s1 = call @quantize_on_gfx942(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  cf.br ^bb3(%q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb3(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{the codes were returned by '@quantize_on_gfx942', which has no body here}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A region that may not run, of an op that cannot give one more result.

func.func @value_in_another_region(%n: index) -> tensor<4x256xbf16> {
  %q, %s = affine.if affine_set<(d0) : (d0 - 1 >= 0)>(%n) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %x = "test.value"() : () -> tensor<4x256xbf16>
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    affine.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %y = "test.value"() : () -> tensor<4x256xbf16>
    %q1, %s1 = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    affine.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{the unquantized value is not available here: 'affine.if' cannot be given one more result}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Other executions
//===----------------------------------------------------------------------===//

// One branch yields the codes of one quantization and the scales of another.

func.func @branch_mixes(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb2:
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q2, %s2 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  "test.use"(%q2, %s1) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> ()
  cf.br ^bb3(%q1, %s2 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb3(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{the codes and the scales are of different quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A function returns codes of one quantization and scales of another.

func.func private @returns_crosswise(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q0, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @reads_crosswise(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @returns_crosswise(%x, %y)
      : (tensor<4x256xbf16>, tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes and the scales are of different quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// scf.while: the codes of this execution of the first part, the scales that came in.

func.func @while_scales_carried(%s0: tensor<4x2xf32>) {
  %r = scf.while (%si = %s0) : (tensor<4x2xf32>) -> tensor<4x2xf32> {
    %x, %c = "test.value"() : () -> (tensor<4x256xbf16>, i1)
    %q, %s = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{the scales are carried from one iteration of 'scf.while' to the next}}
    %d = beeline.dequant %q, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    scf.condition(%c) %s : tensor<4x2xf32>
  } do {
  ^bb0(%s1: tensor<4x2xf32>):
    scf.yield %s1 : tensor<4x2xf32>
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

// A function that calls itself.

func.func private @itself(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>, %c: i1) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes cross the signature of '@itself', which is recursive}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %r = scf.if %c -> (tensor<4x256xbf16>) {
    %e = func.call @itself(%q, %s, %c) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, i1) -> tensor<4x256xbf16>
    scf.yield %e : tensor<4x256xbf16>
  } else {
    scf.yield %d : tensor<4x256xbf16>
  }
  return %r : tensor<4x256xbf16>
}

func.func @calls_itself(%x: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d = call @itself(%q, %s, %c) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, i1) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A private function that nobody calls.

func.func private @unused(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes come from an argument of 'func.func': no quantization is in sight}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A public function in the middle of a chain: neither side of it can change.

func.func private @norm(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @communicator(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = call @norm(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func private @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{Reason="the codes cross the signature of '@communicator', which is public", Suggestion="make the function private, or allow its signature to change with allow-public-abi-change"}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

func.func @layer(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @communicator(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %d = call @gate(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// beeline.preserve_rounding around
//===----------------------------------------------------------------------===//

func.func @preserve_on_loop(%x: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %q, %s = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
  } {beeline.preserve_rounding}
  return
}

// -----

module attributes {beeline.preserve_rounding} {
  func.func @preserve_on_module(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
    %q, %s = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
    %d = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    return %d : tensor<4x256xbf16>
  }
}
