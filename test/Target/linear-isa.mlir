// What linear kernels become: products and sums that are not contracted, between
// 16-byte accesses and two barriers, without scratch memory.
//
// RUN: beeline-compile %s --target=gfx942 --emit=asm -o - \
// RUN:   | FileCheck %s --check-prefixes=AMD --implicit-check-not=scratch_ \
// RUN:       --implicit-check-not=v_fma --implicit-check-not=v_pk_fma \
// RUN:       --implicit-check-not=v_mac --implicit-check-not=s_barrier
// RUN: beeline-compile %s --target=gfx950 --emit=asm -o - \
// RUN:   | FileCheck %s --check-prefixes=AMD --implicit-check-not=scratch_ \
// RUN:       --implicit-check-not=v_fma --implicit-check-not=v_pk_fma \
// RUN:       --implicit-check-not=v_mac --implicit-check-not=s_barrier
// RUN: beeline-compile %s --target=sm_90 --emit=ptx -o - \
// RUN:   | FileCheck %s --check-prefixes=PTX --implicit-check-not=fma. \
// RUN:       --implicit-check-not=.local --implicit-check-not=bar.sync

// AMD-LABEL: linear_2624x6144:
// AMD-COUNT-2: global_load_dwordx4
// AMD: s_barrier
// AMD-COUNT-4: ds_write_b128
// AMD: s_barrier
// AMD-COUNT-8: ds_read_b128
// AMD-DAG: v_pk_mul_f32
// AMD-DAG: v_pk_add_f32
// AMD: s_endpgm
// AMD: .group_segment_fixed_size: 18432
// AMD: .private_segment_fixed_size: 0
// AMD: .sgpr_spill_count: 0
// AMD: .vgpr_spill_count: 0

// PTX-LABEL: .entry linear_2624x6144(
// PTX-COUNT-2: ld.global{{.*}}.v4.b32
// PTX: bar.sync
// PTX-COUNT-4: st.shared.v4
// PTX: bar.sync
// PTX-COUNT-8: ld.shared.v4
// PTX-DAG: mul.rn.f32
// PTX-DAG: add.rn.f32
// PTX: ret;
func.func @linear(%x: tensor<?x6144xbf16>, %w: tensor<2624x6144xbf16>) -> tensor<?x2624xbf16> {
  %y = beeline.linear %x, %w
      : tensor<?x6144xbf16>, tensor<2624x6144xbf16> -> tensor<?x2624xbf16>
  return %y : tensor<?x2624xbf16>
}
