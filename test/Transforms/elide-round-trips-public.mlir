// RUN: beeline-opt %s -beeline-elide-round-trips=allow-public-abi-change \
// RUN:   %remarks -split-input-file -verify-diagnostics \
// RUN:   | FileCheck %s -enable-var-scope

// Public functions gain results and arguments, if the user says so.

// CHECK-LABEL: func.func @quantize(
// CHECK-SAME:    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x256xbf16>)
func.func @quantize(%x: tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  return %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// CHECK-LABEL: func.func @gate(
// CHECK-SAME:    %[[U:[^:]*]]: tensor<4x256xbf16>) -> tensor<4x256xbf16>
// CHECK-NEXT: return %[[U]]
func.func @gate(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{RoundTripRemoved}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// CHECK-LABEL: func.func @layer(
// CHECK: %[[R:.*]]:3 = call @quantize
// CHECK: call @gate(%[[R]]#0, %[[R]]#1, %[[R]]#2)
func.func @layer(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q, %s = call @quantize(%x) : (tensor<4x256xbf16>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  %d = call @gate(%q, %s) : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// What nobody here calls has codes that nobody here made.

// CHECK-LABEL: func.func @entry(
// CHECK: beeline.dequant
func.func @entry(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) -> tensor<4x256xbf16> {
  // expected-remark @below {{the codes come from an argument of 'func.func': no quantization is in sight}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}
