// All loads are asked for before the first is waited for. On AMD's chips a barrier of LLVM's
// scheduler sees to that: without it, two of this norm's loads of the weight come behind the
// wait for the row. On NVIDIA's, short rows have the weight loaded first, and a warp's barrier
// keeps it there, where the others have it loaded behind the row. Everywhere the weight is
// extended before the threads of a row wait for one another.
//
// RUN: split-file %s %t
// RUN: beeline-compile %t/short.mlir --target=sm_90 --emit=asm -o - | FileCheck %t/short.mlir
// RUN: beeline-compile %t/long.mlir --target=sm_90 --emit=asm -o - | FileCheck %t/long.mlir --implicit-check-not=bar.warp
// RUN: beeline-compile %t/norm.mlir --target=gfx950 --emit=asm -o - | grep -oE 'global_load_dwordx4|s_waitcnt vmcnt' | uniq -c | FileCheck %t/norm.mlir

//--- short.mlir
// CHECK: ld.param.b64 [[WEIGHT:%rd[0-9]+]], [{{.*}}_param_1]
// CHECK: add.s64 [[ADDRESS:%rd[0-9]+]], [[WEIGHT]],
// CHECK-COUNT-2: ld.global.v4.b32 {{.*}}, {{\[}}[[ADDRESS]]
// CHECK-NEXT: bar.warp.sync -1
// CHECK-COUNT-2: ld.global.v4.b32
// CHECK-COUNT-16: add.rn.f32 {{.*}}, 0f00000000
// CHECK: bar.sync
func.func @short_rows(%x: tensor<?x2048xbf16>, %w: tensor<2048xbf16>)
    -> (tensor<?x2048xf8E4M3FN>, tensor<?x16xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32} : tensor<?x2048xbf16>, tensor<2048xbf16>
      -> tensor<?x2048xf8E4M3FN>, tensor<?x16xf32>
  return %q, %s : tensor<?x2048xf8E4M3FN>, tensor<?x16xf32>
}

//--- long.mlir
// CHECK: ld.param.b64 [[ROW:%rd[0-9]+]], [{{.*}}_param_0]
// CHECK: add.s64 [[ADDRESS:%rd[0-9]+]], [[ROW]],
// CHECK-COUNT-4: ld.global.v4.b32 {{.*}}, {{\[}}[[ADDRESS]]
// CHECK-COUNT-4: ld.global.v4.b32
// CHECK-COUNT-32: add.rn.f32 {{.*}}, 0f00000000
// CHECK: bar.sync
func.func @long_rows(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w
      {epsilon = 1.0e-5 : f32, quantize_from = f32} : tensor<?x6144xbf16>, tensor<6144xbf16>
      -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
  return %q, %s : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
}

//--- norm.mlir
// CHECK: {{^ *}}8 global_load_dwordx4
// CHECK-NEXT: s_waitcnt vmcnt
// CHECK-NOT: global_load_dwordx4
func.func @norm(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>) -> tensor<?x6144xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  return %y : tensor<?x6144xbf16>
}
