// RUN: beeline-opt %s --convert-beeline-to-gpu=target=gfx942 -verify-diagnostics -split-input-file
// RUN: not beeline-opt %s --convert-beeline-to-gpu=target=cpu 2>&1 | FileCheck %s

// CHECK: no GPU target 'cpu'; there is cpu, gfx942, gfx950, sm_90

func.func @format(%x: tensor<?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // expected-error @+1 {{has elements of type 'f8E4M3FN', which gfx942 cannot convert: it has f8E4M3FNUZ}}
  %q, %s = beeline.group_quant %x : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

func.func @format_inside(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %y = beeline.fused(%a = %x : tensor<4x256xbf16>) -> tensor<4x256xbf16> {
    // expected-error @+1 {{'beeline.group_quant' op has elements of type 'f8E4M3FN', which gfx942 cannot convert: it has f8E4M3FNUZ}}
    %q, %s = beeline.group_quant %a : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    %b = beeline.dequant %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    beeline.yield %b : tensor<4x256xbf16>
  }
  return %y : tensor<4x256xbf16>
}

// -----

func.func @length(%x: tensor<4x?xbf16>, %w: tensor<?xbf16>) -> tensor<4x?xbf16> {
  // expected-error @+1 {{has rows of a length that is known at run time only, and GPU kernels are made for one length: make the last dimension static}}
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<4x?xbf16>, tensor<?xbf16> -> tensor<4x?xbf16>
  return %y : tensor<4x?xbf16>
}

// -----

func.func @long(%x: tensor<4x65544xbf16>, %w: tensor<65544xbf16>) -> tensor<4x65544xbf16> {
  // expected-error @+1 {{has rows of 65544 elements, and GPU kernels take 1 to 65536}}
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<4x65544xbf16>, tensor<65544xbf16> -> tensor<4x65544xbf16>
  return %y : tensor<4x65544xbf16>
}

// -----

func.func @memory(%x: tensor<4x65536xbf16>) -> (tensor<4x65536xf8E4M3FNUZ>, tensor<4x21846xf32>) {
  // expected-error @+1 {{needs 87384 bytes of on-chip memory for its groups, and gfx942 has 65536}}
  %q, %s = beeline.group_quant %x {group_size = 3 : i64}
      : tensor<4x65536xbf16> -> tensor<4x65536xf8E4M3FNUZ>, tensor<4x21846xf32>
  return %q, %s : tensor<4x65536xf8E4M3FNUZ>, tensor<4x21846xf32>
}

// -----

func.func @ranks(%x: tensor<?x48xbf16>) -> tensor<?x48xbf16> {
  // expected-error @+1 {{needs 4 ranks, and a target is one}}
  %y = beeline.all_reduce %x {ranks = 4 : i64} : tensor<?x48xbf16>
  return %y : tensor<?x48xbf16>
}

// -----

module {
module @inner {
  func.func @nested(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
    // expected-error @below {{'beeline.silu_mul' op is in a module inside of another: kernels are made for the functions of one module}}
    %0 = beeline.silu_mul %x, %x
        : tensor<4x64xf32>, tensor<4x64xf32> -> tensor<4x64xf32>
    return %0 : tensor<4x64xf32>
  }
}
}

// -----

module {
  module @inner {
    func.func @nested_slice(%x: tensor<4x64xf32>) -> tensor<4x32xf32> {
      // expected-error @below {{'tensor.extract_slice' op is in a module inside of another}}
      %0 = tensor.extract_slice %x[0, 32] [4, 32] [1, 1]
          : tensor<4x64xf32> to tensor<4x32xf32>
      return %0 : tensor<4x32xf32>
    }
  }
}
