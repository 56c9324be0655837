// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   -beeline-elide-round-trips > %t.after
// RUN: diff %t.before %t.after

//===----------------------------------------------------------------------===//
// Signatures that must stay
//===----------------------------------------------------------------------===//

func.func @public_callee(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @public_gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes cross the signature of '@public_gate', which is public}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

func.func @calls_public(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q0, %s0 = call @public_callee(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{[Missed] RoundTripKept | Category:beeline-elide-round-trips | Reason="the codes cross the signature of '@public_callee', which is public", Suggestion="make the function private, or allow its signature to change with allow-public-abi-change"}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %q1, %s1 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d1 = call @public_gate(%q1, %s1) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

func.func private @external(tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)

func.func @calls_external(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @external(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes were returned by '@external', which has no body here}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

func.func private @address_taken(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @calls_indirectly(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q0, %s0 = call @address_taken(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes cross the signature of '@address_taken', which is referred to by more than calls}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %f = constant @address_taken : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %q1, %s1 = call_indirect %f(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes were returned by 'func.call_indirect', and it is not known what it calls}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}

// -----

// A symbol in an attribute is more than a call, too.

func.func private @mentioned(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes cross the signature of '@mentioned', which is referred to by more than calls}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

func.func @mentions(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d = call @mentioned(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  "test.table"() {entries = [@mentioned]} : () -> ()
  return %d : tensor<4x256xbf16>
}

// -----

// A function that calls itself.

func.func private @itself(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>, %c: i1) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes cross the signature of '@itself', which is recursive}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %r = scf.if %c -> (tensor<4x256xbf16>) {
    %e = func.call @itself(%q, %s, %c)
        : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, i1) -> tensor<4x256xbf16>
    scf.yield %e : tensor<4x256xbf16>
  } else {
    scf.yield %d : tensor<4x256xbf16>
  }
  return %r : tensor<4x256xbf16>
}

func.func @calls_itself(%x: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d = call @itself(%q, %s, %c)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, i1) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Two functions that call each other.

func.func private @even(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>, %c: i1) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes cross the signature of '@even', which is recursive}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %r = scf.if %c -> (tensor<4x256xbf16>) {
    %e = func.call @odd(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
    scf.yield %e : tensor<4x256xbf16>
  } else {
    scf.yield %d : tensor<4x256xbf16>
  }
  return %r : tensor<4x256xbf16>
}

func.func private @odd(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  %c = "test.value"() : () -> i1
  %e = call @even(%q, %s, %c) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, i1) -> tensor<4x256xbf16>
  return %e : tensor<4x256xbf16>
}

func.func @calls_recursive(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d = call @odd(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// One execution
//===----------------------------------------------------------------------===//

func.func private @quantize(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @another_call(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q0, %s0 = call @quantize(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %q1, %s1 = call @quantize(%y) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{the codes and the scales do not pass 'func.call' together}}
  %d = beeline.dequant %q0, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A function gets codes and scales of two quantizations, crosswise from one of its
// callers.

func.func private @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes and the scales are of different quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

func.func @crosswise(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %d = call @gate(%q0, %s1) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  "test.use"(%q1, %s0) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> ()
  return %d : tensor<4x256xbf16>
}

// -----

// The codes alone go through a function.

func.func private @rows(%q: tensor<4x256xf8E4M3FN>) -> tensor<4x256xf8E4M3FN> {
  return %q : tensor<4x256xf8E4M3FN>
}

func.func @codes_alone(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q0 = call @rows(%q) : (tensor<4x256xf8E4M3FN>) -> tensor<4x256xf8E4M3FN>
  // expected-remark @below {{the codes and the scales do not pass 'func.call' together}}
  %d = beeline.dequant %q0, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Crossing a collective in another function.

func.func private @gather(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> (tensor<8x256xf8E4M3FN>, tensor<8x2xf32>) {
  %qs = beeline.all_gather %q {axis = 0 : i64, ranks = 2 : i64}
      : tensor<4x256xf8E4M3FN> -> tensor<8x256xf8E4M3FN>
  %ss = beeline.all_gather %s {axis = 0 : i64, ranks = 2 : i64}
      : tensor<4x2xf32> -> tensor<8x2xf32>
  return %qs, %ss : tensor<8x256xf8E4M3FN>, tensor<8x2xf32>
}

func.func @crossed_a_collective(%x: tensor<4x256xbf16>) -> tensor<8x256xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %qs, %ss = call @gather(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<8x256xf8E4M3FN>, tensor<8x2xf32>)
  // expected-remark @below {{the codes crossed 'beeline.all_gather': the unquantized value of other ranks is not here}}
  %d = beeline.dequant %qs, %ss
      : tensor<8x256xf8E4M3FN>, tensor<8x2xf32> -> tensor<8x256xbf16>
  return %d : tensor<8x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// beeline.preserve_rounding on a function of the way, and on a call
//===----------------------------------------------------------------------===//

func.func private @keeps(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) attributes {beeline.preserve_rounding} {
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func private @passes(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

func.func @preserve_on_the_way(%x: tensor<4x256xbf16>) -> (tensor<4x256xbf16>, tensor<4x256xbf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q0, %s0 = call @keeps(%q, %s)
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
  %d0 = beeline.dequant %q0, %s0
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %q1, %s1 = call @passes(%q, %s) {beeline.preserve_rounding}
      : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
  %d1 = beeline.dequant %q1, %s1
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d0, %d1 : tensor<4x256xbf16>, tensor<4x256xbf16>
}
