// Whatever stands around the ops, nothing but LLVM's dialect is left.
//
// RUN: beeline-opt %s --beeline-cpu-pipeline | FileCheck %s -enable-var-scope \
// RUN:     --implicit-check-not='{{(^ *|= |")(affine|arith|beeline|bufferization|builtin|cf|func|linalg|math|memref|scf|tensor|ub|vector)[.]}}'

// Callers pass pointers and extents, and get a status. Private functions are inlined.
// CHECK-LABEL: llvm.func @structured(
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: i64, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: i64, %{{[^:]*}}: !llvm.ptr) -> i32
// CHECK-NOT: llvm.call @{{norm|malloc}}
// CHECK-LABEL: llvm.func @structured_workspace_size(%{{.*}}: i64) -> i64
func.func @structured(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x128xbf16>, tensor<?x256xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %m = tensor.dim %x, %c0 : tensor<?x256xbf16>
  // A private call, under a condition.
  %flag = arith.cmpi ult, %m, %c128 : index
  %y = scf.if %flag -> (tensor<?x256xbf16>) {
    %0 = func.call @norm(%x, %w) : (tensor<?x256xbf16>, tensor<256xbf16>) -> tensor<?x256xbf16>
    scf.yield %0 : tensor<?x256xbf16>
  } else {
    scf.yield %x : tensor<?x256xbf16>
  }
  // A loop over slices, which have strides.
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty(%m) : tensor<?x128xbf16>
  %zeros = linalg.fill ins(%zero : bf16) outs(%empty : tensor<?x128xbf16>) -> tensor<?x128xbf16>
  %z = scf.for %i = %c0 to %c256 step %c128 iter_args(%sum = %zeros) -> (tensor<?x128xbf16>) {
    %part = tensor.extract_slice %y[0, %i] [%m, 128] [1, 1]
        : tensor<?x256xbf16> to tensor<?x128xbf16>
    %0 = beeline.silu_mul %part, %part
        : tensor<?x128xbf16>, tensor<?x128xbf16> -> tensor<?x128xbf16>
    %1 = arith.addf %sum, %0 : tensor<?x128xbf16>
    scf.yield %1 : tensor<?x128xbf16>
  }
  // An argument as a result.
  return %z, %x : tensor<?x128xbf16>, tensor<?x256xbf16>
}

func.func private @norm(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> tensor<?x256xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  return %y : tensor<?x256xbf16>
}

// Every op, and every format.
// CHECK-LABEL: llvm.func @ops(
func.func @ops(%x: tensor<?x256xbf16>, %w: tensor<256xf32>, %r: tensor<?x256xf16>,
               %b: tensor<64x256xf8E4M3FN>, %s: tensor<1x2xf32>)
    -> (tensor<?x64xf32>, tensor<?x256xf16>, tensor<?x256xf8E4M3FNUZ>,
        tensor<2x?xf8E8M0FNU>, tensor<?x256xf8E5M2>, tensor<?x256xbf16>) {
  %q, %t, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<?x256xbf16>, tensor<256xf32>, tensor<?x256xf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> unquantized(tensor<?x256xbf16>)
         sum(tensor<?x256xf16>)
  %0 = beeline.all_reduce %y {ranks = 1 : i64} : tensor<?x256xbf16>
  %1, %2 = beeline.group_quant %0 {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FNUZ>, tensor<2x?xf8E8M0FNU>
  %3 = beeline.dequant %1, %2 {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xf8E4M3FNUZ>, tensor<2x?xf8E8M0FNU> -> tensor<?x256xbf16>
  %4 = arith.truncf %3 : tensor<?x256xbf16> to tensor<?x256xf8E5M2>
  %5 = beeline.linear %q, %b scales(%t, %s)
      : tensor<?x256xf8E4M3FN>, tensor<64x256xf8E4M3FN>
        scales(tensor<?x2xf32>, tensor<1x2xf32>)
      -> tensor<?x64xf32>
  return %5, %sum, %1, %2, %4, %3
      : tensor<?x64xf32>, tensor<?x256xf16>, tensor<?x256xf8E4M3FNUZ>,
        tensor<2x?xf8E8M0FNU>, tensor<?x256xf8E5M2>, tensor<?x256xbf16>
}

// A loop may yield a tensor that it has made.

// CHECK-LABEL: llvm.func @fresh_in_loop(
// CHECK-NOT: malloc
// CHECK-LABEL: llvm.func @fresh_in_loop_workspace_size(
func.func @fresh_in_loop(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> tensor<?x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%y = %x) -> tensor<?x256xbf16> {
    %z = func.call @norm(%y, %w)
        : (tensor<?x256xbf16>, tensor<256xbf16>) -> tensor<?x256xbf16>
    scf.yield %z : tensor<?x256xbf16>
  }
  return %r : tensor<?x256xbf16>
}
