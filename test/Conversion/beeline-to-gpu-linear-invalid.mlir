// Linear layers that have no kernel, and why.
//
// RUN: beeline-opt %s --convert-beeline-to-gpu=target=gfx942 \
// RUN:     -verify-diagnostics -split-input-file

func.func @dynamic_outputs(%x: tensor<?x64xbf16>, %w: tensor<?x64xbf16>) -> tensor<?x?xbf16> {
  // expected-error @+1 {{'beeline.linear' op has a weight whose extents are known at run time only, and GPU kernels are made for given ones: make them static, or run the layer on the CPU}}
  %y = beeline.linear %x, %w : tensor<?x64xbf16>, tensor<?x64xbf16> -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}

// -----

func.func @dynamic_inputs(%x: tensor<?x?xbf16>, %w: tensor<8x?xbf16>) -> tensor<?x8xbf16> {
  // expected-error @+1 {{'beeline.linear' op has a weight whose extents are known at run time only}}
  %y = beeline.linear %x, %w : tensor<?x?xbf16>, tensor<8x?xbf16> -> tensor<?x8xbf16>
  return %y : tensor<?x8xbf16>
}

// -----

func.func @no_outputs(%x: tensor<?x64xbf16>, %w: tensor<0x64xbf16>) -> tensor<?x0xbf16> {
  // expected-error @+1 {{'beeline.linear' op has a weight of 0 by 64 elements, and GPU kernels take 1 or more of each}}
  %y = beeline.linear %x, %w : tensor<?x64xbf16>, tensor<0x64xbf16> -> tensor<?x0xbf16>
  return %y : tensor<?x0xbf16>
}

// -----

func.func @no_inputs(%x: tensor<?x0xbf16>, %w: tensor<8x0xbf16>) -> tensor<?x8xbf16> {
  // expected-error @+1 {{'beeline.linear' op has a weight of 8 by 0 elements}}
  %y = beeline.linear %x, %w : tensor<?x0xbf16>, tensor<8x0xbf16> -> tensor<?x8xbf16>
  return %y : tensor<?x8xbf16>
}

// -----

func.func @format(%x: tensor<?x128xf8E4M3FN>, %w: tensor<8x128xf8E4M3FN>,
                  %sx: tensor<?x1xf32>, %sw: tensor<1x1xf32>) -> tensor<?x8xbf16> {
  // expected-error @+1 {{'beeline.linear' op has elements of type 'f8E4M3FN', which gfx942 cannot convert: it has f8E4M3FNUZ}}
  %y = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<?x128xf8E4M3FN>, tensor<8x128xf8E4M3FN>
        scales(tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x8xbf16>
  return %y : tensor<?x8xbf16>
}
