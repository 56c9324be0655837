// What the kernel of a norm, its quantization and the bf16 passthrough becomes: 16-byte
// accesses, conversions in hardware, one barrier, no call, nothing in scratch memory; for
// NVIDIA's chips no division or root that branches.
//
// RUN: sed s/FP8/f8E4M3FN/ %s > %t.ocp.mlir
// RUN: sed s/FP8/f8E4M3FNUZ/ %s > %t.fnuz.mlir
// RUN: beeline-compile %t.ocp.mlir --target=gfx950 --emit=asm -o - | FileCheck %s --check-prefixes=AMD,GFX950 --implicit-check-not=s_barrier --implicit-check-not=s_swappc --implicit-check-not=scratch_
// RUN: beeline-compile %t.fnuz.mlir --target=gfx942 --emit=asm -o - | FileCheck %s --check-prefixes=AMD --implicit-check-not=s_barrier --implicit-check-not=s_swappc --implicit-check-not=scratch_
// RUN: beeline-compile %t.ocp.mlir --target=sm_90 --emit=asm -o - | FileCheck %s --check-prefix=PTX --implicit-check-not=bar.sync --implicit-check-not=call --implicit-check-not=.local --implicit-check-not=div.rn --implicit-check-not=sqrt.rn --implicit-check-not=rcp.rn

// AMD-LABEL: rms_norm_group_quant_truncf_6144:
// AMD-COUNT-12: global_load_dwordx4
// GFX950: v_cvt_pk_bf16_f32
// AMD: global_store_dwordx4
// The sum over lanes.
// AMD: v_add_f32_dpp {{.*}} quad_perm:[1,0,3,2]
// AMD: v_add_f32_dpp {{.*}} quad_perm:[2,3,0,1]
// AMD: v_add_f32_dpp {{.*}} row_half_mirror
// AMD: v_add_f32_dpp {{.*}} row_mirror
// AMD: row_bcast:15
// AMD: row_bcast:31
// Over waves.
// AMD: ds_write_b32
// AMD: s_barrier
// AMD: ds_read_b96
// AMD: global_store_dwordx4
// The maximum over a group's 16 lanes.
// AMD: v_max_u32_dpp {{.*}} row_mirror
// AMD: v_cvt_pk_fp8_f32
// AMD: global_store_dwordx2
// Three waves' sums in LDS, nothing in scratch memory. With at most 96 registers 20 waves
// fit a compute unit: more than the two blocks that have 48 KiB of loads under way.
// AMD: .group_segment_fixed_size: 12
// AMD: .private_segment_fixed_size: 0
// AMD: .sgpr_spill_count: 0
// AMD: .vgpr_count: {{([1-8]?[0-9]|9[0-6])$}}
// AMD: .vgpr_spill_count: 0

// PTX: .visible .entry rms_norm_group_quant_truncf_6144(
// PTX: .maxntid 192, 1, 1
// PTX-COUNT-12: ld.global.v4.b32
// PTX: st.global.v4.b32
// PTX: shfl.sync.bfly.b32
// PTX: bar.sync
// Six warps' sums, in two loads.
// PTX: ld.shared.v4.b32
// PTX: ld.shared.v2.b32
// PTX: rsqrt.approx.ftz.f32
// PTX: rcp.approx.ftz.f32
// PTX: cvt.rn.bf16x2.f32
// NaN is 7FC0.
// PTX: min.s16x2
// PTX: st.global.v4.b32
// PTX: max.NaN.f32
// PTX: rcp.approx.ftz.f32
// PTX: cvt.rn.satfinite.e4m3x2.f32
func.func @layer(%x: tensor<?x6144xbf16>, %r: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144xFP8>, tensor<?x48xf32>, tensor<?x6144xbf16>, tensor<?x6144xbf16>) {
  %q, %s, %y, %t = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
      -> tensor<?x6144xFP8>, tensor<?x48xf32>
         unquantized(tensor<?x6144xbf16>) sum(tensor<?x6144xbf16>)
  return %q, %s, %y, %t : tensor<?x6144xFP8>, tensor<?x48xf32>, tensor<?x6144xbf16>, tensor<?x6144xbf16>
}
