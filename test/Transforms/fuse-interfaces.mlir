// Ops of a dialect that knows nothing of Beeline, with the interface attached from
// outside (test/lib): a row program is all that they need to be fused and to run.
//
// RUN: beeline-opt --load-dialect-plugin=%test_dialect %s -beeline-fuse \
// RUN:   -split-input-file | FileCheck %s -enable-var-scope
// RUN: beeline-opt --load-dialect-plugin=%test_dialect %s -beeline-fuse \
// RUN:   -convert-beeline-to-cpu -split-input-file \
// RUN:   | FileCheck %s -check-prefix=CPU -enable-var-scope
// RUN: beeline-opt --load-dialect-plugin=%test_dialect %s -beeline-fuse \
// RUN:   -convert-beeline-to-cpu=whole-regions -split-input-file \
// RUN:   | FileCheck %s -check-prefix=WHOLE -enable-var-scope

// CHECK-LABEL: @double
// CHECK-NEXT: beeline.fused
// CHECK-NEXT:   %[[D:.*]] = test.double
// CHECK-NEXT:   %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[D]]
// CHECK-NEXT:   beeline.yield %[[Q]], %[[S]]
// Codes, scales, and the doubled value where the ops run one by one.
// CPU-LABEL: @double
// CPU-COUNT-3: memref.alloc
// CPU-NOT: memref.alloc
// CPU-NOT: test.double
// WHOLE-LABEL: @double
// WHOLE-COUNT-2: memref.alloc
// WHOLE-NOT: memref.alloc
func.func @double(%x: tensor<?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %d = test.double %x : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %q, %s = beeline.group_quant %d
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// A kernel of its own may have effects.
// CHECK-LABEL: @noisy
// CHECK-NOT: beeline.fused
// WHOLE-LABEL: @noisy
// CPU-LABEL: @noisy
// CPU-COUNT-2: scf.for
// CPU-NOT: test.noisy_double
func.func @noisy(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %d = test.noisy_double %x : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %e = arith.negf %d : tensor<?x256xbf16>
  return %e : tensor<?x256xbf16>
}
