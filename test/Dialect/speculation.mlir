// What may be executed where the program might not have been: out of a loop that
// need not run once. Extents that are known at run time only must not disagree
// there. And what has no effect may go, or be computed once.
//
// RUN: beeline-opt %s -loop-invariant-code-motion | FileCheck %s -enable-var-scope
// RUN: beeline-opt %s -cse | FileCheck %s -check-prefix=CSE -enable-var-scope

//===----------------------------------------------------------------------===//
// One operand has rows, and N is known: hoisted
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @group_quant
func.func @group_quant(%x: tensor<?x?xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.group_quant
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %q, %s = beeline.group_quant %x
        : tensor<?x?xbf16> -> tensor<?x?xf8E4M3FN>, tensor<?x?xf32>
  }
  return
}

// CHECK-LABEL: @rms_norm
func.func @rms_norm(%x: tensor<?x48xbf16>, %w: tensor<48xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.rms_norm %
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
        : tensor<?x48xbf16>, tensor<48xbf16> -> tensor<?x48xbf16>
  }
  return
}

// CHECK-LABEL: @rms_norm_quant
func.func @rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.rms_norm_quant
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  }
  return
}

// CHECK-LABEL: @linear
func.func @linear(%x: tensor<?x48xbf16>, %w: tensor<8x48xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.linear
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %y = beeline.linear %x, %w : tensor<?x48xbf16>, tensor<8x48xbf16> -> tensor<?x8xbf16>
  }
  return
}

//===----------------------------------------------------------------------===//
// Several operands, all static: hoisted
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @static
func.func @static(%x: tensor<4x256xbf16>, %w: tensor<256xbf16>, %q: tensor<4x256xf8E4M3FN>,
                  %s: tensor<4x2xf32>, %qw: tensor<8x256xf8E4M3FN>, %sw: tensor<1x2xf32>,
                  %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.rms_norm %
  // CHECK: beeline.rms_norm_quant
  // CHECK: beeline.dequant
  // CHECK: beeline.silu_mul
  // CHECK: beeline.linear
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %0 = beeline.rms_norm %x, %w residual(%x) {epsilon = 0.5 : f32}
        : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16> -> tensor<4x256xbf16>
    %1, %2 = beeline.rms_norm_quant %x, %w residual(%x) {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<4x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16>
        -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    %3 = beeline.dequant %q, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    %4 = beeline.silu_mul %x, %x
        : tensor<4x256xbf16>, tensor<4x256xbf16> -> tensor<4x256xbf16>
    %5 = beeline.linear %q, %qw scales(%s, %sw)
        : tensor<4x256xf8E4M3FN>, tensor<8x256xf8E4M3FN>
          scales(tensor<4x2xf32>, tensor<1x2xf32>) -> tensor<4x8xbf16>
  }
  return
}

//===----------------------------------------------------------------------===//
// Several operands with dynamic M: stays
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @dynamic_m
func.func @dynamic_m(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<256xbf16>,
                     %q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>,
                     %qw: tensor<8x256xf8E4M3FN>, %sw: tensor<1x2xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK: beeline.rms_norm %
  // CHECK: beeline.rms_norm_quant
  // CHECK: beeline.dequant
  // CHECK: beeline.silu_mul
  // CHECK: beeline.linear
  scf.for %i = %c0 to %n step %c1 {
    %0 = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
        : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
    %1, %2 = beeline.rms_norm_quant %x, %w residual(%r) {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xbf16>
        -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
    %3 = beeline.dequant %q, %s
        : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
    %4 = beeline.silu_mul %x, %r
        : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
    %5 = beeline.linear %q, %qw scales(%s, %sw)
        : tensor<?x256xf8E4M3FN>, tensor<8x256xf8E4M3FN>
          scales(tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x8xbf16>
  }
  return
}

//===----------------------------------------------------------------------===//
// Dynamic N, in and out: stays
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @dynamic_n
func.func @dynamic_n(%x: tensor<4x?xbf16>, %x48: tensor<4x48xbf16>, %w: tensor<?xbf16>,
                     %w48: tensor<48xbf16>, %lw: tensor<?x?xbf16>, %lw48: tensor<8x48xbf16>,
                     %b: tensor<?xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK-COUNT-2: beeline.rms_norm %
  // CHECK-COUNT-2: beeline.rms_norm_quant
  // CHECK-COUNT-3: beeline.linear
  scf.for %i = %c0 to %n step %c1 {
    %0 = beeline.rms_norm %x, %w48 {epsilon = 0.5 : f32}
        : tensor<4x?xbf16>, tensor<48xbf16> -> tensor<4x?xbf16>
    %1 = beeline.rms_norm %x48, %w {epsilon = 0.5 : f32}
        : tensor<4x48xbf16>, tensor<?xbf16> -> tensor<4x48xbf16>
    %2, %3 = beeline.rms_norm_quant %x, %w48 {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<4x?xbf16>, tensor<48xbf16> -> tensor<4x?xf8E4M3FN>, tensor<4x?xf32>
    %4, %5 = beeline.rms_norm_quant %x48, %w {epsilon = 0.5 : f32, quantize_from = f32}
        : tensor<4x48xbf16>, tensor<?xbf16> -> tensor<4x48xf8E4M3FN>, tensor<4x1xf32>
    %6 = beeline.linear %x, %lw48 : tensor<4x?xbf16>, tensor<8x48xbf16> -> tensor<4x8xbf16>
    %7 = beeline.linear %x48, %lw : tensor<4x48xbf16>, tensor<?x?xbf16> -> tensor<4x?xbf16>
    %8 = beeline.linear %x48, %lw48 bias(%b)
        : tensor<4x48xbf16>, tensor<8x48xbf16> bias(tensor<?xbf16>) -> tensor<4x8xbf16>
  }
  return
}

//===----------------------------------------------------------------------===//
// Regions: as their ops, and inputs with different numbers of rows never meet
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @fused
func.func @fused(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<?xbf16>,
                 %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: beeline.fused (%{{.*}} = %arg0 : tensor<?x256xbf16>) -> tensor<?x256xf32>
  // CHECK: scf.for
  // CHECK: beeline.fused (%{{.*}} = %arg0 : tensor<?x256xbf16>, %{{.*}} = %arg1 : tensor<?x256xbf16>)
  // CHECK: beeline.fused (%{{.*}} = %arg2
  scf.for %i = %c0 to %n step %c1 {
    %0 = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xf32> {
      %1 = arith.negf %a : tensor<?x256xbf16>
      %2 = arith.extf %1 : tensor<?x256xbf16> to tensor<?x256xf32>
      beeline.yield %2 : tensor<?x256xf32>
    }
    // Two ops that do not mind each other's rows, in one kernel.
    %3:2 = beeline.fused (%a = %x : tensor<?x256xbf16>, %b = %r : tensor<?x256xbf16>)
        -> tensor<?x256xbf16>, tensor<?x256xbf16> {
      %1 = arith.negf %a : tensor<?x256xbf16>
      %2 = arith.negf %b : tensor<?x256xbf16>
      beeline.yield %1, %2 : tensor<?x256xbf16>, tensor<?x256xbf16>
    }
    %4 = beeline.fused (%b = %w : tensor<?xbf16>) -> tensor<?xbf16> {
      %1 = beeline.rms_norm %b, %b {epsilon = 0.5 : f32}
          : tensor<?xbf16>, tensor<?xbf16> -> tensor<?xbf16>
      beeline.yield %1 : tensor<?xbf16>
    }
  }
  return
}

//===----------------------------------------------------------------------===//
// A rank that waits alone waits forever
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @collectives
func.func @collectives(%x: tensor<4x48xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK: beeline.all_reduce
  // CHECK: beeline.all_gather
  scf.for %i = %c0 to %n step %c1 {
    %0 = beeline.all_reduce %x {ranks = 2 : i64} : tensor<4x48xbf16>
    %1 = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
        : tensor<4x48xbf16> -> tensor<8x48xbf16>
  }
  return
}

//===----------------------------------------------------------------------===//
// No effects
//===----------------------------------------------------------------------===//

// All ranks run the same program: collectives too go when nobody reads them.
// CSE-LABEL: @unused
// CSE-NEXT: return
func.func @unused(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %q: tensor<?x256xf8E4M3FN>,
                  %s: tensor<?x2xf32>) {
  %0 = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %1, %2 = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %3, %4 = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %5 = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %6 = beeline.silu_mul %x, %x
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  %7 = beeline.all_reduce %x {ranks = 2 : i64} : tensor<?x256xbf16>
  %9 = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
    %10 = arith.negf %a : tensor<?x256xbf16>
    beeline.yield %10 : tensor<?x256xbf16>
  }
  %8 = beeline.all_gather %x {axis = 0 : i64, ranks = 2 : i64}
      : tensor<?x256xbf16> -> tensor<?x256xbf16>
  return
}

// CSE-LABEL: @equal
func.func @equal(%q: tensor<?x256xf8E4M3FN>, %s: tensor<?x2xf32>)
    -> (tensor<?x256xbf16>, tensor<?x256xbf16>) {
  // CSE-NEXT: %[[X:.*]] = beeline.dequant
  // CSE-NEXT: %[[Y:.*]] = beeline.all_reduce %[[X]]
  // CSE-NEXT: return %[[Y]], %[[Y]]
  %0 = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  // The default, written out.
  %1 = beeline.dequant %q, %s {group_size = 128 : i64}
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %2 = beeline.all_reduce %0 {ranks = 2 : i64} : tensor<?x256xbf16>
  %3 = beeline.all_reduce %1 {ranks = 2 : i64} : tensor<?x256xbf16>
  return %2, %3 : tensor<?x256xbf16>, tensor<?x256xbf16>
}

// CSE-LABEL: @different_attributes
func.func @different_attributes(%x: tensor<256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<256xbf16>, tensor<256xbf16>) {
  // CSE-COUNT-2: beeline.rms_norm %
  %0 = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xbf16>
  %1 = beeline.rms_norm %x, %w {epsilon = 0.5 : f32, round_before_weight}
      : tensor<256xbf16>, tensor<256xbf16> -> tensor<256xbf16>
  return %0, %1 : tensor<256xbf16>, tensor<256xbf16>
}
