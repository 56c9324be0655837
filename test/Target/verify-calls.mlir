// A compiled layer is one function without calls.
//
// RUN: beeline-opt %s --split-input-file --inline --symbol-dce --beeline-verify-calls \
// RUN:     --verify-diagnostics

func.func @layer(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %y = call @helper(%x) : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}
// Beeline's ops can be inlined.
func.func private @helper(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %y = beeline.silu_mul %x, %x : tensor<4xbf16>, tensor<4xbf16> -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}
// Nobody calls what calls this.
func.func private @attention(tensor<4xbf16>) -> tensor<4xbf16>
func.func private @unused(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %y = call @attention(%x) : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}

// -----

// expected-note @below {{declared here}}
func.func private @attention(tensor<4xbf16>) -> tensor<4xbf16>
func.func @foreign(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  // expected-error @below {{calls what has no body here: give it a body or cut it out}}
  %y = call @attention(%x) : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}

// -----

func.func @indirect(%f: (tensor<4xbf16>) -> tensor<4xbf16>, %x: tensor<4xbf16>) -> tensor<4xbf16> {
  // expected-error @below {{calls what has no body here}}
  %y = call_indirect %f(%x) : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}

// -----

func.func @recursive(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  // expected-error @below {{cannot be inlined: a compiled layer has no recursive functions}}
  %y = call @recursive(%x) : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}
