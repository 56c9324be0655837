// A region becomes its ops, or the loop of its own program where that can run.
//
// RUN: beeline-opt %s -convert-beeline-to-cpu \
// RUN:   | FileCheck %s -check-prefixes=CHECK,OPS -enable-var-scope --implicit-check-not=beeline.
// RUN: beeline-opt %s -convert-beeline-to-cpu=whole-regions \
// RUN:   | FileCheck %s -check-prefixes=CHECK,WHOLE -enable-var-scope --implicit-check-not=beeline.

// The norm's result, which is no result of the region, has a buffer only where ops
// run one after the other.
// CHECK-LABEL: @norm_quant
// CHECK-SAME: (%[[X:.*]]: tensor<?x300xbf16>, %[[W:.*]]: tensor<300xbf16>)
func.func @norm_quant(%x: tensor<?x300xbf16>, %w: tensor<300xbf16>)
    -> (tensor<?x300xf8E4M3FN>, tensor<?x3xf32>) {
  // OPS:       memref.alloc(%{{.*}}) : memref<?x300xbf16>
  // WHOLE-NOT: memref.alloc(%{{.*}}) : memref<?x300xbf16>
  // CHECK-DAG: %[[Q:.*]] = memref.alloc(%{{.*}}) : memref<?x300xf8E4M3FN>
  // CHECK-DAG: %[[S:.*]] = memref.alloc(%{{.*}}) : memref<?x3xf32>
  // CHECK-DAG: bufferization.to_tensor %[[Q]]
  // CHECK-DAG: bufferization.to_tensor %[[S]]
  %0:2 = beeline.fused (%a = %x : tensor<?x300xbf16>, %b = %w : tensor<300xbf16>)
      -> tensor<?x300xf8E4M3FN>, tensor<?x3xf32> {
    %y = beeline.rms_norm %a, %b {epsilon = 0.5 : f32}
        : tensor<?x300xbf16>, tensor<300xbf16> -> tensor<?x300xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<?x300xbf16> -> tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
    beeline.yield %q, %s : tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
  }
  return %0#0, %0#1 : tensor<?x300xf8E4M3FN>, tensor<?x3xf32>
}

// The CPU's loops know no sum over a row of what depends on groups.
// CHECK-LABEL: @dequant_norm
func.func @dequant_norm(%q: tensor<?x300xf8E4M3FN>, %s: tensor<?x3xf32>, %w: tensor<300xbf16>)
    -> tensor<?x300xf32> {
  // CHECK: memref.alloc(%{{.*}}) : memref<?x300xbf16>
  %0 = beeline.fused (%a = %q : tensor<?x300xf8E4M3FN>, %b = %s : tensor<?x3xf32>,
                      %c = %w : tensor<300xbf16>) -> tensor<?x300xf32> {
    %x = beeline.dequant %a, %b
        : tensor<?x300xf8E4M3FN>, tensor<?x3xf32> -> tensor<?x300xbf16>
    %y = beeline.rms_norm %x, %c {epsilon = 0.5 : f32}
        : tensor<?x300xbf16>, tensor<300xbf16> -> tensor<?x300xf32>
    beeline.yield %y : tensor<?x300xf32>
  }
  return %0 : tensor<?x300xf32>
}

// An input that is handed on is no work, and a region of nothing is nothing.
// CHECK-LABEL: @handed_on
// CHECK-SAME: (%[[X:.*]]: tensor<?x300xf32>, %[[W:.*]]: tensor<3xf32>)
func.func @handed_on(%x: tensor<?x300xf32>, %w: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<?x300xf32>, tensor<3xf32>) {
  // CHECK: scf.for
  // CHECK: %[[Y:.*]] = bufferization.to_tensor
  // CHECK: return %[[W]], %[[Y]], %[[W]]
  %0:2 = beeline.fused (%a = %x : tensor<?x300xf32>, %b = %w : tensor<3xf32>)
      -> tensor<3xf32>, tensor<?x300xf32> {
    %y = arith.negf %a : tensor<?x300xf32>
    beeline.yield %b, %y : tensor<3xf32>, tensor<?x300xf32>
  }
  %1 = beeline.fused (%a = %w : tensor<3xf32>) -> tensor<3xf32> {
    beeline.yield %a : tensor<3xf32>
  }
  return %0#0, %0#1, %1 : tensor<3xf32>, tensor<?x300xf32>, tensor<3xf32>
}

// Nothing but a constant: its rows are those of its type.
// CHECK-LABEL: @constant
func.func @constant() -> tensor<4x300xbf16> {
  // OPS: arith.constant dense<2.000000e+00> : tensor<4x300xbf16>
  // WHOLE: memref.alloc() : memref<4x300xbf16>
  // WHOLE: scf.for
  %0 = beeline.fused () -> tensor<4x300xbf16> {
    %c = arith.constant dense<2.0> : tensor<4x300xbf16>
    beeline.yield %c : tensor<4x300xbf16>
  }
  return %0 : tensor<4x300xbf16>
}
