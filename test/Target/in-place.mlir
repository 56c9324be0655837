// Which results may take the place of which arguments, as headers say it.
//
// RUN: beeline-compile %s --emit=header | FileCheck %s -enable-var-scope

// All that is read is read by the op that writes, element for element.
// CHECK: result0: bf16[?, 256], in place of arg0 or arg1 if
// CHECK: int silu(
func.func @silu(%x: tensor<?x256xbf16>, %y: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %0 = beeline.silu_mul %x, %y : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  return %0 : tensor<?x256xbf16>
}

// Views are of the same elements.
// CHECK: result0: bf16[4, 64], in place of arg0 if
// CHECK: int views(
func.func @views(%x: tensor<4x64xbf16>) -> tensor<4x64xbf16> {
  %0 = tensor.collapse_shape %x [[0, 1]] : tensor<4x64xbf16> into tensor<256xbf16>
  %1 = beeline.silu_mul %0, %0 : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xbf16>
  %2 = tensor.expand_shape %1 [[0, 1]] output_shape [4, 64] : tensor<256xbf16> into tensor<4x64xbf16>
  return %2 : tensor<4x64xbf16>
}

// An op that comes before has read all that it wants: the first linear has, when the
// second one writes.
// CHECK: result0: f32[256], in place of arg0 if
// CHECK: int before(
func.func @before(%x: tensor<256xf32>, %w: tensor<256x256xf32>) -> tensor<256xf32> {
  %0 = beeline.linear %x, %w : tensor<256xf32>, tensor<256x256xf32> -> tensor<256xf32>
  %1 = beeline.linear %0, %w : tensor<256xf32>, tensor<256x256xf32> -> tensor<256xf32>
  return %1 : tensor<256xf32>
}

// A linear layer reads the whole row for each element. So does the vector of a norm,
// and what reads the argument later would read the result.
// CHECK: result0: f32[256]
// CHECK-NOT: in place
// CHECK: int linear(
func.func @linear(%x: tensor<256xf32>, %w: tensor<256x256xf32>) -> tensor<256xf32> {
  %0 = beeline.linear %x, %w : tensor<256xf32>, tensor<256x256xf32> -> tensor<256xf32>
  return %0 : tensor<256xf32>
}
// CHECK-NOT: in place of arg1
// CHECK: int vector(
func.func @vector(%x: tensor<256xf32>, %w: tensor<256xf32>) -> tensor<256xf32> {
  %0 = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<256xf32>, tensor<256xf32> -> tensor<256xf32>
  return %0 : tensor<256xf32>
}
// CHECK-NOT: in place
// CHECK: int later(
func.func @later(%x: tensor<256xf32>, %w: tensor<16x256xf32>) -> (tensor<256xf32>, tensor<16xf32>) {
  %0 = beeline.silu_mul %x, %x : tensor<256xf32>, tensor<256xf32> -> tensor<256xf32>
  %1 = beeline.linear %x, %w : tensor<256xf32>, tensor<16x256xf32> -> tensor<16xf32>
  return %0, %1 : tensor<256xf32>, tensor<16xf32>
}

// Another type or shape is another buffer.
// CHECK-NOT: in place
// CHECK: int types(
func.func @types(%x: tensor<?x256xbf16>, %y: tensor<4x256xf32>) -> tensor<?x256xf32> {
  %0 = beeline.silu_mul %x, %x : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

// In a region, an op that reads the argument may follow the one that writes: a CPU
// runs them one after the other.
// CHECK: result0: f32[?, 256], in place of arg1 if
// CHECK: result1: f32[?, 256], in place of arg0 or arg1 if
// CHECK: int region(
func.func @region(%x: tensor<?x256xf32>, %y: tensor<?x256xf32>)
    -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  %0:2 = beeline.fused (%a = %x : tensor<?x256xf32>, %b = %y : tensor<?x256xf32>)
      -> tensor<?x256xf32>, tensor<?x256xf32> {
    %1 = beeline.silu_mul %a, %b : tensor<?x256xf32>, tensor<?x256xf32> -> tensor<?x256xf32>
    %2 = beeline.silu_mul %1, %a : tensor<?x256xf32>, tensor<?x256xf32> -> tensor<?x256xf32>
    beeline.yield %1, %2 : tensor<?x256xf32>, tensor<?x256xf32>
  }
  return %0#0, %0#1 : tensor<?x256xf32>, tensor<?x256xf32>
}
