// What needs more than one rank is refused, where it is.
//
// RUN: beeline-opt %s --convert-beeline-to-cpu -verify-diagnostics -split-input-file

func.func @all_reduce(%x: tensor<?x48xbf16>) -> tensor<?x48xbf16> {
  // expected-error @+1 {{'beeline.all_reduce' op needs 4 ranks, and a target is one: compile the layer for a single rank}}
  %y = beeline.all_reduce %x {ranks = 4 : i64} : tensor<?x48xbf16>
  return %y : tensor<?x48xbf16>
}

// -----

func.func @all_gather(%x: tensor<16x48xf8E4M3FN>) -> tensor<32x48xf8E4M3FN> {
  // expected-error @+1 {{'beeline.all_gather' op needs 2 ranks, and a target is one}}
  %y = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<16x48xf8E4M3FN> -> tensor<32x48xf8E4M3FN>
  return %y : tensor<32x48xf8E4M3FN>
}

// -----

// Inside a region, and behind ops that could be lowered.
func.func @nested(%x: tensor<?x48xbf16>, %flag: i1) -> tensor<?x48xbf16> {
  %y = scf.if %flag -> (tensor<?x48xbf16>) {
    %0 = beeline.silu_mul %x, %x
        : tensor<?x48xbf16>, tensor<?x48xbf16> -> tensor<?x48xbf16>
    // expected-error @+1 {{'beeline.all_reduce' op needs 8 ranks}}
    %1 = beeline.all_reduce %0 {ranks = 8 : i64} : tensor<?x48xbf16>
    scf.yield %1 : tensor<?x48xbf16>
  } else {
    scf.yield %x : tensor<?x48xbf16>
  }
  return %y : tensor<?x48xbf16>
}
