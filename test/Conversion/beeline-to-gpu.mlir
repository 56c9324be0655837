// Row programs become kernels and launches.
//
// RUN: beeline-opt %s --convert-beeline-to-gpu="target=gfx950 joint-launches=false" \
// RUN:   | FileCheck %s -enable-var-scope
// RUN: beeline-opt %s --convert-beeline-to-gpu="target=sm_90 joint-launches=false" \
// RUN:   | FileCheck %s --check-prefix=CUDA

// Equal kernels are one. 6144 elements are 192 threads with four runs of eight each.
// CHECK: gpu.module @beeline_kernels
// CHECK: gpu.func @rms_norm_6144(
// CHECK-SAME: %[[X:[^:]*]]: memref<bf16, #gpu.address_space<global>>
// CHECK-SAME: workgroup(%{{.*}} : memref<3xf32, #gpu.address_space<workgroup>> {llvm.align = 16 : i64})
// Four blocks of three waves are 48 KiB of loads: three waves for each of four SIMDs.
// CHECK-SAME: kernel attributes {known_block_size = array<i32: 192, 1, 1>, rocdl.waves_per_eu = 3 : i32}
// CHECK: memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%{{.*}}, 6144], strides: [6144, 1]
// CHECK-COUNT-8: vector.load {{.*}} {alignment = 16 : i64} {{.*}} vector<8xbf16>
// CHECK: gpu.subgroup_reduce add {{.*}} cluster(size = 64)
// CHECK: gpu.barrier
// CHECK: vector.load {{.*}} {alignment = 8 : i64} {{.*}} vector<2xf32>
// CHECK: vector.load {{.*}} {alignment = 4 : i64} {{.*}} vector<1xf32>
// The mean is a product and its correction.
// CHECK: %[[MEAN:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: math.fma
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[MEAN]] : f32
// CHECK: vector.store {{.*}} {alignment = 16 : i64}
// CHECK-NOT: gpu.func @rms_norm_6144_1

// Six warps, four blocks to a multiprocessor.
// CUDA: gpu.func @rms_norm_6144(
// CUDA-SAME: memref<6xf32, #gpu.address_space<workgroup>>
// CUDA-SAME: nvvm.minctasm = 4 : i32
// CUDA: gpu.subgroup_reduce add {{.*}} cluster(size = 32)

// A row of 130 is three waves' lanes short of one: 32 threads, four rows in a block,
// and accesses of two elements, since rows begin at multiples of four bytes.
// CHECK: gpu.func @group_quant_130(
// CHECK-SAME: known_block_size = array<i32: 128, 1, 1>
// CHECK: vector.load {{.*}} {alignment = 4 : i64} {{.*}} vector<2xbf16>
// CHECK: gpu.subgroup_reduce maxui {{.*}} cluster(size = 16)
// CHECK: amdgpu.packed_trunc_2xfp8
// CUDA: gpu.func @group_quant_130(
// CUDA: gpu.subgroup_reduce maximumf {{.*}} cluster(size = 16)
// CUDA: nvvm.convert.f32x2.to.f8x2

// Groups that no power of two of lanes makes up meet in LDS.
// CHECK: gpu.func @group_quant_192(
// CHECK-COUNT-2: gpu.barrier
// CHECK: gpu.func @dequant_64(
// The rows of a slice are read where they are: 576 of 2112 elements from the 1536th on.
// CHECK: gpu.func @rms_norm_576(
// CHECK: memref.reinterpret_cast {{.*}} to offset: [1536], sizes: [%{{.*}}, 576], strides: [2112, 1]
// CHECK: gpu.func @extract_slice_1536(

// CHECK-LABEL: func.func @twice
// CHECK: %[[ANY:.*]] = arith.cmpi ugt
// CHECK: scf.if %[[ANY]]
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_6144
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_6144 blocks
func.func @twice(%x: tensor<?x6144xbf16>, %w: tensor<6144xbf16>) -> tensor<?x6144xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  %z = beeline.rms_norm %y, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  return %z : tensor<?x6144xbf16>
}

// CHECK-LABEL: func.func @quants
func.func @quants(%a: tensor<?x130xbf16>, %b: tensor<?x192xbf16>, %q: tensor<?x64xf8E4M3FN>,
                  %s: tensor<?x1xf32>)
    -> (tensor<?x130xf8E4M3FN>, tensor<?x2xf32>, tensor<?x192xf8E4M3FN>, tensor<?x2xf32>,
        tensor<?x64xbf16>) {
  %0:2 = beeline.group_quant %a : tensor<?x130xbf16> -> tensor<?x130xf8E4M3FN>, tensor<?x2xf32>
  %1:2 = beeline.group_quant %b {group_size = 96 : i64}
      : tensor<?x192xbf16> -> tensor<?x192xf8E4M3FN>, tensor<?x2xf32>
  %2 = beeline.dequant %q, %s : tensor<?x64xf8E4M3FN>, tensor<?x1xf32> -> tensor<?x64xbf16>
  return %0#0, %0#1, %1#0, %1#1, %2 : tensor<?x130xf8E4M3FN>, tensor<?x2xf32>,
      tensor<?x192xf8E4M3FN>, tensor<?x2xf32>, tensor<?x64xbf16>
}

// CHECK-LABEL: func.func @slices
// CHECK-NOT: tensor.extract_slice %{{.*}}[0, 0]
func.func @slices(%x: tensor<?x2112xbf16>, %w: tensor<576xbf16>, %m: index)
    -> (tensor<?x576xbf16>, tensor<?x1536xbf16>) {
  %left = tensor.extract_slice %x[0, 0] [%m, 1536] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x1536xbf16>
  %right = tensor.extract_slice %x[0, 1536] [%m, 576] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x576xbf16>
  %y = beeline.rms_norm %right, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x576xbf16>, tensor<576xbf16> -> tensor<?x576xbf16>
  return %y, %left : tensor<?x576xbf16>, tensor<?x1536xbf16>
}

// No kernel copies what no row program reads.
// CHECK-LABEL: func.func @doubles
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [3, 200]
func.func @doubles(%x: tensor<3x256xf64>) -> tensor<3x200xf64> {
  %left = tensor.extract_slice %x[0, 0] [3, 200] [1, 1]
      : tensor<3x256xf64> to tensor<3x200xf64>
  return %left : tensor<3x200xf64>
}
