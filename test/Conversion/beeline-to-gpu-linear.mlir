// The kernels of linear layers: their structure, and how they are launched.
//
// RUN: beeline-opt %s --convert-beeline-to-gpu=target=gfx950 -o %t
// RUN: FileCheck %s --input-file=%t -enable-var-scope \
// RUN:     --implicit-check-not=beeline.linear
// RUN: FileCheck %s --input-file=%t -enable-var-scope --check-prefix=KERNEL \
// RUN:     --implicit-check-not=fastmath --implicit-check-not=math.fma

//===----------------------------------------------------------------------===//
// Whole parts
//===----------------------------------------------------------------------===//

// A block has 64 rows and 64 of 200 outputs: 4 blocks share their rows. Operands,
// then the result, then the number of rows.
// CHECK-LABEL: func.func @plain
// CHECK-SAME: (%[[X:.*]]: tensor<?x512xbf16>, %[[W:.*]]: tensor<200x512xbf16>)
// CHECK: %[[M:.*]] = tensor.dim %[[X]]
// CHECK: %[[OUT:.*]] = memref.alloc(%[[M]]) : memref<?x200xf32>
// CHECK: %[[IN0:.*]] = bufferization.to_buffer %[[X]] read_only
// CHECK: %[[IN1:.*]] = memref.reinterpret_cast %[[IN0]]
// CHECK: %[[IN:.*]] = memref.memory_space_cast %[[IN1]]
// CHECK: %[[WEIGHT0:.*]] = bufferization.to_buffer %[[W]] read_only
// CHECK: %[[WEIGHT1:.*]] = memref.reinterpret_cast %[[WEIGHT0]]
// CHECK: %[[WEIGHT:.*]] = memref.memory_space_cast %[[WEIGHT1]]
// CHECK: %[[RESULT0:.*]] = memref.reinterpret_cast %[[OUT]]
// CHECK: %[[RESULT:.*]] = memref.memory_space_cast %[[RESULT0]]
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]]
// CHECK: %[[TILE:.*]] = arith.constant 64 : index
// CHECK: %[[ROW_TILES:.*]] = arith.ceildivui %[[ROWS]], %[[TILE]]
// CHECK: %[[OUTPUT_TILES:.*]] = arith.constant 4 : index
// CHECK: %[[BLOCKS:.*]] = arith.muli %[[ROW_TILES]], %[[OUTPUT_TILES]]
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK: %[[ANY:.*]] = arith.cmpi ugt, %[[BLOCKS]], %[[ZERO]]
// CHECK: scf.if %[[ANY]]
// CHECK: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK: gpu.launch_func @beeline_kernels::@linear_200x512
// CHECK-SAME: blocks in (%[[BLOCKS]], %[[ONE]], %[[ONE]])
// CHECK-SAME: threads in (%[[THREADS]], %[[ONE]], %[[ONE]])
// CHECK-SAME: args(%[[IN]] : {{[^,]*, [^,]*}}, %[[WEIGHT]] : {{[^,]*, [^,]*}}, %[[RESULT]] : {{[^,]*, [^,]*}}, %[[ROWS]] : index)
// CHECK: bufferization.to_tensor %[[OUT]]
//
// A thread asks for 16 bytes of a row of each, waits until LDS can be
// overwritten, and until all of it is. 512 is a multiple of 32: nothing is padded.
// KERNEL-LABEL: gpu.func @linear_200x512(
// KERNEL-SAME: %[[IN:[^ :]*]]: memref<bf16, #gpu.address_space<global>>,
// KERNEL-SAME: %[[WEIGHT:[^ :]*]]: memref<bf16, #gpu.address_space<global>>,
// KERNEL-SAME: %[[OUT:[^ :]*]]: memref<f32, #gpu.address_space<global>>,
// KERNEL-SAME: %[[ROWS:[^ :]*]]: index)
// KERNEL-SAME: workgroup(%[[A:[^ :]*]] : memref<64x36xf32, #gpu.address_space<workgroup>> {llvm.align = 16 : i64},
// KERNEL-SAME: %[[B:[^ :]*]] : memref<64x36xf32, #gpu.address_space<workgroup>> {llvm.align = 16 : i64})
// KERNEL-SAME: known_block_size = array<i32: 256, 1, 1>
// KERNEL-DAG: %[[INPUT:.*]] = memref.reinterpret_cast %[[IN]] to offset: [0], sizes: [%[[ROWS]], 512], strides: [512, 1]
// KERNEL-DAG: %[[WEIGHTS:.*]] = memref.reinterpret_cast %[[WEIGHT]] to offset: [0], sizes: [200, 512], strides: [512, 1]
// KERNEL-DAG: %[[RESULT:.*]] = memref.reinterpret_cast %[[OUT]] to offset: [0], sizes: [%[[ROWS]], 200], strides: [200, 1]
//
// Block b has the tile of rows b / 4 and that of outputs b % 4. Rows and outputs
// that are not there are read as the last one.
// KERNEL: %[[BLOCK:.*]] = gpu.block_id x
// KERNEL: %[[ROW_TILE:.*]] = arith.divui %[[BLOCK]], %[[TILES:.*]] : index
// KERNEL: %[[OUTPUT_TILE:.*]] = arith.remui %[[BLOCK]], %{{.*}} : index
// KERNEL: %[[LAST_ROW:.*]] = arith.addi %[[ROWS]], %{{.*}} : index
// KERNEL: %[[ROW:.*]] = arith.minui %{{.*}}, %[[LAST_ROW]] : index
// KERNEL: %[[LAST_OUTPUT:.*]] = arith.constant 199 : index
// KERNEL: %[[OUTPUT:.*]] = arith.minui %{{.*}}, %[[LAST_OUTPUT]] : index
// KERNEL: %[[NOTHING:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// KERNEL-DAG: %[[WIDTH:.*]] = arith.constant 512 : index
// KERNEL-DAG: %[[DEPTH:.*]] = arith.constant 32 : index
// KERNEL: scf.for %{{.*}} = %{{.*}} to %[[WIDTH]] step %[[DEPTH]] iter_args(%{{.*}} = %[[NOTHING]],
// KERNEL-NOT: arith.select
// KERNEL: vector.load %[[INPUT]][%[[ROW]], %{{.*}}] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// KERNEL-NOT: arith.select
// KERNEL: vector.load %[[WEIGHTS]][%[[OUTPUT]], %{{.*}}] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// KERNEL-NOT: arith.select
// KERNEL: gpu.barrier
// KERNEL: vector.store %{{.*}}, %[[A]]{{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xf32>
// KERNEL: vector.store %{{.*}}, %[[B]]{{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xf32>
// KERNEL: gpu.barrier
// KERNEL: scf.for
// KERNEL-COUNT-4: vector.load %{{.*}} {alignment = 16 : i64} : memref<64x36xf32, {{.*}}>, vector<4xf32>
// KERNEL: %[[PRODUCT:.*]] = arith.mulf %{{.*}}, %{{.*}} : vector<4xf32>
// KERNEL: arith.addf %{{.*}}, %[[PRODUCT]] : vector<4xf32>
// KERNEL: } {loop_annotation = #{{.*}}}
//
// No other barrier, and nothing is stored past the last row and output.
// KERNEL-NOT: gpu.barrier
// KERNEL: %[[IS_ROW:.*]] = arith.cmpi ult, %{{.*}}, %[[ROWS]]
// KERNEL: scf.if %[[IS_ROW]]
// KERNEL: %[[IS_OUTPUT:.*]] = arith.cmpi ult
// KERNEL: scf.if %[[IS_OUTPUT]]
// KERNEL-NEXT: memref.store %{{.*}}, %[[RESULT]]
// KERNEL-NOT: gpu.barrier
// KERNEL: gpu.return
func.func @plain(%x: tensor<?x512xbf16>, %w: tensor<200x512xbf16>) -> tensor<?x200xf32> {
  %y = beeline.linear %x, %w : tensor<?x512xbf16>, tensor<200x512xbf16> -> tensor<?x200xf32>
  return %y : tensor<?x200xf32>
}

//===----------------------------------------------------------------------===//
// Ragged parts and biases
//===----------------------------------------------------------------------===//

// All dimensions but the last are rows.
// CHECK-LABEL: func.func @ragged
// CHECK-DAG: arith.constant 15 : index
// CHECK: gpu.launch_func @beeline_kernels::@linear_64x130
//
// Rows of 130 bf16 begin at multiples of 4 bytes, of 130 f32 at those of 8. What
// is loaded past the end is an element of the row's beginning, and becomes 0.
// KERNEL-LABEL: gpu.func @linear_64x130(
// KERNEL-SAME: %{{[^ :]*}}: memref<f32, {{[^>]*}}>>, %{{[^ :]*}}: memref<bf16, {{[^>]*}}>>, %[[BIAS:[^ :]*]]: memref<f16, {{[^>]*}}>>, %{{[^ :]*}}: memref<bf16, {{[^>]*}}>>, %{{[^ :]*}}: index)
// KERNEL: %[[BIASES:.*]] = memref.reinterpret_cast %[[BIAS]] to offset: [0], sizes: [64], strides: [1]
// KERNEL: %[[WIDTH:.*]] = arith.constant 130 : index
// KERNEL: %[[INSIDE:.*]] = arith.cmpi ult, %[[COLUMN:.*]], %{{.*}} : index
// KERNEL: %[[SAFE:.*]] = arith.select %[[INSIDE]], %[[COLUMN]], %{{.*}} : index
// KERNEL: %[[PART:.*]] = vector.load %{{.*}}[%{{.*}}, %[[SAFE]]] {alignment = 8 : i64} : {{.*}}, vector<2xf32>
// KERNEL: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<2xf32>
// KERNEL: arith.select %[[INSIDE]], %[[PART]], %[[ZEROS]] : vector<2xf32>
// KERNEL: vector.load {{.*}} {alignment = 4 : i64} : {{.*}}, vector<2xbf16>
// KERNEL: gpu.barrier
// KERNEL-COUNT-8: vector.store {{.*}} {alignment = 8 : i64} : memref<64x36xf32, {{.*}}>, vector<2xf32>
// KERNEL: gpu.barrier
//
// The bias is added to the sum, before the one rounding.
// KERNEL-COUNT-4: memref.load %[[BIASES]]
// KERNEL: %[[OFFSETS:.*]] = vector.from_elements
// KERNEL: scf.if
// KERNEL-NEXT: %[[SUM:.*]] = arith.addf %{{.*}}, %[[OFFSETS]] : vector<4xf32>
// KERNEL: arith.truncf %[[SUM]] : vector<4xf32> to vector<4xbf16>
// KERNEL: gpu.return
func.func @ragged(%x: tensor<3x5x130xf32>, %w: tensor<64x130xbf16>, %b: tensor<64xf16>) -> tensor<3x5x64xbf16> {
  %y = beeline.linear %x, %w bias(%b) : tensor<3x5x130xf32>, tensor<64x130xbf16>
        bias(tensor<64xf16>) -> tensor<3x5x64xbf16>
  return %y : tensor<3x5x64xbf16>
}

// A vector is one row. Elements of rows of odd length are loaded one by one.
// CHECK-LABEL: func.func @vector
// CHECK: gpu.launch_func @beeline_kernels::@linear_1x5
// KERNEL-LABEL: gpu.func @linear_1x5(
// KERNEL-COUNT-16: vector.load {{.*}} {alignment = 2 : i64} : {{.*}}, vector<1xf16>
// KERNEL: gpu.return
func.func @vector(%x: tensor<5xf16>, %w: tensor<1x5xf16>) -> tensor<1xf32> {
  %y = beeline.linear %x, %w : tensor<5xf16>, tensor<1x5xf16> -> tensor<1xf32>
  return %y : tensor<1xf32>
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

// Four layers, of which two are equal.
// CHECK-LABEL: func.func @scaled
// CHECK: gpu.launch_func @beeline_kernels::@linear_256x512 blocks
// CHECK: gpu.launch_func @beeline_kernels::@linear_256x512 blocks
// CHECK: gpu.launch_func @beeline_kernels::@linear_256x512_1 blocks
// CHECK: gpu.launch_func @beeline_kernels::@linear_256x512_2 blocks
//
// A thread's eight codes share a scale, of 128 columns of a row and of 128 x 128
// of the weight.
// KERNEL-LABEL: gpu.func @linear_256x512(
// KERNEL-SAME: %[[SX:[^ :]*]]: memref<f32, {{[^%]*}}, %[[SW:[^ :]*]]: memref<f8E8M0FNU, {{[^%]*}}, %{{[^ :]*}}: memref<bf16, {{[^%]*}}, %[[ROWS:[^ :]*]]: index)
// KERNEL: %[[INPUT_SCALES:.*]] = memref.reinterpret_cast %[[SX]] to offset: [0], sizes: [%[[ROWS]], 4], strides: [4, 1]
// KERNEL: %[[WEIGHT_SCALES:.*]] = memref.reinterpret_cast %[[SW]] to offset: [0], sizes: [2, 4], strides: [4, 1]
// KERNEL: vector.load {{.*}} {alignment = 8 : i64} : {{.*}}, vector<8xf8E4M3FN>
// KERNEL: %[[SCALE:.*]] = memref.load %[[INPUT_SCALES]]
// KERNEL-NOT: memref.load
// KERNEL: %[[SCALES:.*]] = vector.from_elements %[[SCALE]],
// KERNEL: arith.mulf %{{.*}}, %[[SCALES]] : vector<8xf32>
// KERNEL: vector.load {{.*}} {alignment = 8 : i64} : {{.*}}, vector<8xf8E5M2>
// KERNEL: memref.load %[[WEIGHT_SCALES]]
// KERNEL-NOT: memref.load
// KERNEL: gpu.barrier
// KERNEL: gpu.return
//
// Scales of [4, rows] are seen as [rows, 4].
// KERNEL-LABEL: gpu.func @linear_256x512_1(
// KERNEL-SAME: %[[SX:[^ :]*]]: memref<f32, {{[^%]*}}, %{{[^ :]*}}: memref<f8E8M0FNU, {{[^%]*}}, %{{[^ :]*}}: memref<bf16, {{[^%]*}}, %[[ROWS:[^ :]*]]: index)
// KERNEL: memref.reinterpret_cast %[[SX]] to offset: [0], sizes: [%[[ROWS]], 4], strides: [1, %[[ROWS]]]
// KERNEL: gpu.return
//
// Groups of 100 may end within a thread's eight codes.
// KERNEL-LABEL: gpu.func @linear_256x512_2(
// KERNEL-SAME: %[[SX:[^ :]*]]: memref<f32, {{[^%]*}}, %{{[^ :]*}}: memref<f8E8M0FNU, {{[^%]*}}, %{{[^ :]*}}: memref<bf16, {{[^%]*}}, %[[ROWS:[^ :]*]]: index)
// KERNEL: %[[INPUT_SCALES:.*]] = memref.reinterpret_cast %[[SX]] to offset: [0], sizes: [%[[ROWS]], 6]
// KERNEL-COUNT-8: memref.load %[[INPUT_SCALES]]
// KERNEL: gpu.return
func.func @scaled(%x: tensor<?x512xf8E4M3FN>, %w: tensor<256x512xf8E5M2>,
                  %sx: tensor<?x4xf32>, %sx_columns: tensor<4x?xf32>, %sx_100: tensor<?x6xf32>,
                  %sw: tensor<2x4xf8E8M0FNU>)
    -> (tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xbf16>) {
  %0 = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<?x512xf8E4M3FN>, tensor<256x512xf8E5M2>
        scales(tensor<?x4xf32>, tensor<2x4xf8E8M0FNU>) -> tensor<?x256xbf16>
  %1 = beeline.linear %x, %w scales(%sx, %sw)
      : tensor<?x512xf8E4M3FN>, tensor<256x512xf8E5M2>
        scales(tensor<?x4xf32>, tensor<2x4xf8E8M0FNU>) -> tensor<?x256xbf16>
  %2 = beeline.linear %x, %w scales(%sx_columns, %sw)
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x512xf8E4M3FN>, tensor<256x512xf8E5M2>
        scales(tensor<4x?xf32>, tensor<2x4xf8E8M0FNU>) -> tensor<?x256xbf16>
  %3 = beeline.linear %x, %w scales(%sx_100, %sw) {group_size = 100 : i64}
      : tensor<?x512xf8E4M3FN>, tensor<256x512xf8E5M2>
        scales(tensor<?x6xf32>, tensor<2x4xf8E8M0FNU>) -> tensor<?x256xbf16>
  return %0, %1, %2, %3 : tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<?x256xbf16>
}

//===----------------------------------------------------------------------===//
// Dynamic types
//===----------------------------------------------------------------------===//

// The weight says how long rows are.
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xbf16>,
// CHECK: %[[M:.*]] = tensor.dim %[[X]]
// CHECK: memref.alloc(%[[M]]) : memref<?x64xf32>
// CHECK: gpu.launch_func @beeline_kernels::@linear_64x512
// KERNEL-LABEL: gpu.func @linear_64x512(
// KERNEL: sizes: [%{{.*}}, 512], strides: [512, 1]
func.func @dynamic(%x: tensor<?x?xbf16>, %w: tensor<64x512xbf16>) -> tensor<?x64xf32> {
  %y = beeline.linear %x, %w : tensor<?x?xbf16>, tensor<64x512xbf16> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
