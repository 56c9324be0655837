// What a region writes where the caller wants it in an argument's place: on a CPU its
// ops run one after the other, so that none may read the argument after that.
//
// RUN: beeline-compile %s --target=cpu --emit=header -o - | FileCheck %s

// CHECK-LABEL: Takes
// CHECK: result0: bf16[?, 256]{{$}}
// CHECK: result1: bf16[?, 256], in place of arg0 if it is given the same pointer
// CHECK: int read_twice(
func.func @read_twice(%x: tensor<?x256xbf16>) -> (tensor<?x256xbf16>, tensor<?x256xbf16>) {
  %0:2 = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xbf16>, tensor<?x256xbf16> {
    %1 = arith.negf %a : tensor<?x256xbf16>
    %2 = math.exp %a : tensor<?x256xbf16>
    beeline.yield %1, %2 : tensor<?x256xbf16>, tensor<?x256xbf16>
  }
  return %0#0, %0#1 : tensor<?x256xbf16>, tensor<?x256xbf16>
}

// The residual's sum; the input, which is written out again at the end, is not the
// norm's to overwrite.
// CHECK: result0: f8E4M3FN[?, 256]{{$}}
// CHECK: result2: bf16[?, 256], in place of arg1 if it is given the same pointer
// CHECK: int residual(
func.func @residual(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>, tensor<?x256xf32>) {
  %y, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 1.0e-5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xbf16>
      -> tensor<?x256xbf16>, tensor<?x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %wide = arith.extf %x : tensor<?x256xbf16> to tensor<?x256xf32>
  return %q, %s, %sum, %wide
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>, tensor<?x256xf32>
}
