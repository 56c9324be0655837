// What each family of kernels becomes on AMD's chips: 16-byte accesses of 16-bit rows (8
// bytes of codes), conversions to FP8 in hardware, reductions over lanes by DPP, no more
// barriers than the design has, no calls, nothing in scratch memory. The norm with its
// quantization is in row-kernels-isa.mlir, the linear layer of floats in linear-isa.mlir.
//
// RUN: sed s/FP8/f8E4M3FNUZ/g %s > %t.fnuz.mlir
// RUN: sed s/FP8/f8E4M3FN/g %s > %t.ocp.mlir
// RUN: beeline-compile %t.fnuz.mlir --target=gfx942 --emit=asm -o - | FileCheck %s \
// RUN:   --implicit-check-not=s_swappc --implicit-check-not=s_setpc \
// RUN:   --implicit-check-not=scratch_ --implicit-check-not=buffer_
// RUN: beeline-compile %t.ocp.mlir --target=gfx950 --emit=asm -o - | FileCheck %s \
// RUN:   --implicit-check-not=s_swappc --implicit-check-not=s_setpc \
// RUN:   --implicit-check-not=scratch_ --implicit-check-not=buffer_

// Sums over lanes, then over waves behind one barrier.
// CHECK-LABEL: {{^}}rms_norm_6144:
// CHECK-COUNT-8: global_load_dwordx4
// CHECK-NOT: s_barrier
// CHECK: v_add_f32_dpp {{.*}} quad_perm:[1,0,3,2]
// CHECK: ds_write_b32
// CHECK: s_barrier
// CHECK-NOT: s_barrier
// CHECK: v_sqrt_f32
// CHECK-NOT: s_barrier
// CHECK: global_store_dwordx4
// CHECK-NOT: s_barrier
// CHECK: .end_amdhsa_kernel
func.func @norm(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>) -> tensor<?x6144xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  return %y : tensor<?x6144xbf16>
}

// A group lies within a wave: no LDS.
// CHECK-LABEL: {{^}}group_quant_6144:
// CHECK-NOT: s_barrier
// CHECK-NOT: ds_
// CHECK-COUNT-4: global_load_dwordx4
// CHECK-NOT: s_barrier
// CHECK-NOT: ds_
// CHECK: v_max_u32_dpp {{.*}} row_mirror
// CHECK-NOT: s_barrier
// CHECK-NOT: ds_
// CHECK: v_cvt_pk_fp8_f32
// CHECK-NOT: s_barrier
// CHECK-NOT: ds_
// CHECK: global_store_dwordx2
// CHECK-NOT: s_barrier
// CHECK-NOT: ds_
// CHECK: .end_amdhsa_kernel
func.func @quant(%x: tensor<?x6144xbf16>) -> (tensor<?x6144xFP8>, tensor<48x?xf8E8M0FNU>) {
  %q, %s = beeline.group_quant %x
      {group_size = 128 : i64, scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x6144xbf16> -> tensor<?x6144xFP8>, tensor<48x?xf8E8M0FNU>
  return %q, %s : tensor<?x6144xFP8>, tensor<48x?xf8E8M0FNU>
}

// Groups that lanes do not share evenly: maxima in LDS, between two barriers.
// CHECK-LABEL: {{^}}group_quant_2624:
// CHECK: global_load_dwordx4
// CHECK: ds_write_b32
// CHECK: s_barrier
// CHECK: ds_max_u32
// CHECK: s_barrier
// CHECK-NOT: s_barrier
// CHECK: v_cvt_pk_fp8_f32
// CHECK-NOT: s_barrier
// CHECK: .end_amdhsa_kernel
func.func @quant_of_100(%x: tensor<?x2624xbf16>) -> (tensor<?x2624xFP8>, tensor<?x27xf32>) {
  %q, %s = beeline.group_quant %x {group_size = 100 : i64}
      : tensor<?x2624xbf16> -> tensor<?x2624xFP8>, tensor<?x27xf32>
  return %q, %s : tensor<?x2624xFP8>, tensor<?x27xf32>
}

// CHECK-LABEL: {{^}}dequant_6144:
// CHECK-NOT: s_barrier
// CHECK-COUNT-4: global_load_dwordx2
// CHECK-NOT: s_barrier
// CHECK-COUNT-4: global_store_dwordx4
// CHECK-NOT: s_barrier
// CHECK: .end_amdhsa_kernel
func.func @dequant(%q: tensor<?x6144xFP8>, %s: tensor<?x48xf32>) -> tensor<?x6144xbf16> {
  %y = beeline.dequant %q, %s : tensor<?x6144xFP8>, tensor<?x48xf32> -> tensor<?x6144xbf16>
  return %y : tensor<?x6144xbf16>
}

// The exponential is the dialect's own, not the chip's.
// CHECK-LABEL: {{^}}silu_mul_group_quant_2048:
// CHECK-NOT: s_barrier
// CHECK-NOT: v_exp_
// CHECK-COUNT-2: global_load_dwordx4
// CHECK-NOT: s_barrier
// CHECK-NOT: v_exp_
// CHECK: v_max_u32_dpp {{.*}} row_mirror
// CHECK-NOT: s_barrier
// CHECK-NOT: v_exp_
// CHECK: v_cvt_pk_fp8_f32
// CHECK-NOT: s_barrier
// CHECK-NOT: v_exp_
// CHECK: .end_amdhsa_kernel
func.func @silu_mul_quant(%g: tensor<?x2048xbf16>, %u: tensor<?x2048xbf16>)
    -> (tensor<?x2048xFP8>, tensor<?x16xf32>) {
  %y = beeline.silu_mul %g, %u : tensor<?x2048xbf16>, tensor<?x2048xbf16> -> tensor<?x2048xbf16>
  %q, %s = beeline.group_quant %y : tensor<?x2048xbf16> -> tensor<?x2048xFP8>, tensor<?x16xf32>
  return %q, %s : tensor<?x2048xFP8>, tensor<?x16xf32>
}

// Eight codes of each operand at a time; 16-byte accesses to LDS.
// CHECK-LABEL: {{^}}linear_2624x6144:
// CHECK: global_load_dwordx2
// CHECK: global_load_dwordx2
// CHECK: s_barrier
// CHECK-COUNT-4: ds_write_b128
// CHECK: s_barrier
// CHECK-COUNT-8: ds_read_b128
// CHECK-NOT: s_barrier
// CHECK: .end_amdhsa_kernel
func.func @linear(%q: tensor<?x6144xFP8>, %w: tensor<2624x6144xFP8>,
                  %s: tensor<?x48xf32>, %t: tensor<21x48xf32>) -> tensor<?x2624xbf16> {
  %y = beeline.linear %q, %w scales(%s, %t)
      : tensor<?x6144xFP8>, tensor<2624x6144xFP8>
        scales(tensor<?x48xf32>, tensor<21x48xf32>) -> tensor<?x2624xbf16>
  return %y : tensor<?x2624xbf16>
}
