// Of equal kernels one is compiled, whatever functions they are from; what differs in an
// attribute is another.
//
// RUN: beeline-compile %s --target=gfx950 --emit=asm -o - | FileCheck %s
// CHECK:     .amdhsa_kernel rms_norm_1536{{$}}
// CHECK:     .amdhsa_kernel rms_norm_1536_1{{$}}
// CHECK-NOT: .amdhsa_kernel
func.func @input(%x: tensor<?x1536xbf16>, %w: tensor<1536xbf16>) -> tensor<?x1536xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  return %y : tensor<?x1536xbf16>
}
func.func @post(%x: tensor<?x1536xbf16>, %w: tensor<1536xbf16>) -> tensor<?x1536xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  return %y : tensor<?x1536xbf16>
}
func.func @other(%x: tensor<?x1536xbf16>, %w: tensor<1536xbf16>) -> tensor<?x1536xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  return %y : tensor<?x1536xbf16>
}
