// RUN: beeline-opt %s -beeline-assert-extents -verify-diagnostics

func.func @no_such_dimension(%x: tensor<?x256xbf16>) -> index {
  %minus1 = arith.constant -1 : index
  // expected-error @below {{'tensor.dim' op asks for dimension -1, and the first is 0}}
  %n = tensor.dim %x, %minus1 : tensor<?x256xbf16>
  return %n : index
}
