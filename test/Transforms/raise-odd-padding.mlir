// Upstream's verifier takes a padding of unknown amount without an operand that says
// which; its printer does not, so nothing is printed here.
//
// RUN: beeline-opt %s -beeline-raise=assume=all -emit-bytecode -o /dev/null

func.func @no_amount(%x: tensor<4x200xf32>, %c: f32) -> tensor<4x256xf8E4M3FN> {
  %padded = "tensor.pad"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0>,
      static_high = array<i64: 0, 56>,
      static_low = array<i64: 0, -9223372036854775808>}> ({
  ^bb0(%i: index, %j: index):
    tensor.yield %c : f32
  }) : (tensor<4x200xf32>) -> tensor<4x256xf32>
  %q = arith.truncf %padded : tensor<4x256xf32> to tensor<4x256xf8E4M3FN>
  return %q : tensor<4x256xf8E4M3FN>
}
