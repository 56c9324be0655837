// RUN: beeline-opt %s --beeline-call-runtime=target=gfx950 | FileCheck %s -enable-var-scope

// The code object, its target and the kernels in the order of their first launches.
// CHECK-NOT: gpu.container_module
// CHECK-DAG: llvm.mlir.global private constant @beeline.image("ELF\00") {{.*}}alignment = 4096
// CHECK-DAG: llvm.mlir.global private constant @beeline.target("gfx950\00")
// CHECK-DAG: llvm.mlir.global private constant @beeline.kernel.0("second\00")
// CHECK-DAG: llvm.mlir.global private constant @beeline.kernel.1("first\00")
// CHECK: llvm.mlir.global internal @beeline_module() {{.*}} : !llvm.struct<(ptr, ptr, i64, ptr, i64, ptr)>
// CHECK: llvm.mlir.addressof @beeline.target
// CHECK: llvm.mlir.addressof @beeline.image
// CHECK: %[[SIZE:.*]] = llvm.mlir.constant(3 : i64)
// CHECK: llvm.insertvalue %[[SIZE]], %{{.*}}[2]
// CHECK: llvm.mlir.addressof @beeline.kernels
// CHECK: %[[COUNT:.*]] = llvm.mlir.constant(2 : i64)
// CHECK: llvm.insertvalue %[[COUNT]], %{{.*}}[4]
// CHECK-NOT: gpu.binary
module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#rocdl.target<chip = "gfx950">, "ELF">]

  // CHECK-LABEL: func.func @launches(
  // CHECK-SAME: %[[STREAM:[^:]*]]: !llvm.ptr) -> i32
  // CHECK: %[[ARGUMENTS:.*]] = llvm.alloca %{{.*}} x i64
  func.func @launches(%x: memref<?xbf16>, %rows: index, %n: i64, %blocks: index,
                      %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    %c1 = arith.constant 1 : index
    %c256 = arith.constant 256 : index
    %first = memref.reinterpret_cast %x to offset: [0], sizes: [], strides: []
        : memref<?xbf16> to memref<bf16>
    %pointer = memref.memory_space_cast %first : memref<bf16> to memref<bf16, #gpu.address_space<global>>
    // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[ARGUMENTS]][0]
    // CHECK: %[[INDEX:.*]] = memref.extract_aligned_pointer_as_index
    // CHECK: %[[ADDRESS:.*]] = arith.index_cast %[[INDEX]]
    // CHECK: llvm.store %[[ADDRESS]], %[[PLACE]]
    // CHECK: %[[ROWS:.*]] = arith.index_cast %{{.*}} : index to i64
    // CHECK: llvm.store %[[ROWS]],
    // CHECK: %[[MODULE:.*]] = llvm.mlir.addressof @beeline_module
    // CHECK: %[[KERNEL:.*]] = arith.constant 0 : i64
    // CHECK: %[[BLOCKS:.*]] = arith.index_cast
    // CHECK: %[[THREADS:.*]] = arith.index_cast
    // CHECK: %[[USED:.*]] = arith.constant 2 : i64
    // CHECK: %[[STATUS:.*]] = {{.*}}call @beeline_launch(%[[MODULE]], %[[KERNEL]], %[[BLOCKS]], %[[THREADS]], %[[ARGUMENTS]], %[[USED]], %[[STREAM]])
    // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:.*]](%[[STATUS]] : i32)
    gpu.launch_func @kernels::@second blocks in (%blocks, %c1, %c1) threads in (%c256, %c1, %c1)
        args(%pointer : memref<bf16, #gpu.address_space<global>>, %rows : index)
    // CHECK: %[[KERNEL:.*]] = arith.constant 1 : i64
    // CHECK: call @beeline_launch(%{{.*}}, %[[KERNEL]],
    gpu.launch_func @kernels::@first blocks in (%blocks, %c1, %c1) threads in (%c256, %c1, %c1)
        args(%n : i64)
    // CHECK: %[[KERNEL:.*]] = arith.constant 0 : i64
    // CHECK: call @beeline_launch(%{{.*}}, %[[KERNEL]],
    gpu.launch_func @kernels::@second blocks in (%blocks, %c1, %c1) threads in (%c256, %c1, %c1)
        args(%pointer : memref<bf16, #gpu.address_space<global>>, %rows : index)
    // CHECK-NOT: memory_space_cast
    // CHECK: ^[[EXIT]](%[[FAILED:.*]]: i32):
    // CHECK-NEXT: return %[[FAILED]]
    return %c0_i32 : i32
  }

  // Rows that follow one another are copied; a workspace is loaded first.
  // CHECK-LABEL: func.func @copies(
  func.func @copies(%x: memref<?x4xf32>, %y: memref<?x4xf32, strided<[4, 1], offset: ?>>,
                    %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    // CHECK: %[[FOUR:.*]] = arith.constant 4 : i64
    // CHECK: %[[M:.*]] = memref.dim
    // CHECK: %[[ROWS:.*]] = arith.index_cast %[[M]]
    // CHECK: %[[WORDS:.*]] = arith.muli %[[FOUR]], %[[ROWS]]
    // CHECK: %[[BYTES:.*]] = arith.muli %[[WORDS]],
    // CHECK: memref.extract_strided_metadata
    // CHECK: %[[TARGET:.*]] = llvm.inttoptr
    // CHECK: %[[SOURCE:.*]] = llvm.inttoptr
    // CHECK: call @beeline_prepare(%{{.*}}, %[[STREAM:[a-z0-9]*]])
    // CHECK: call @beeline_copy(%[[TARGET]], %[[SOURCE]], %[[BYTES]], %[[STREAM]])
    memref.copy %x, %y : memref<?x4xf32> to memref<?x4xf32, strided<[4, 1], offset: ?>>
    return %c0_i32 : i32
  }

  // CHECK-LABEL: func.func @asserts(
  func.func @asserts(%c: i1, %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    cf.cond_br %c, ^then, ^end
  ^then:
    // CHECK: %[[HOLDS:.*]] = arith.extui
    // CHECK: call @beeline_check_condition(%[[HOLDS]],
    // CHECK: cf.cond_br
    cf.assert %c, "rows"
    cf.br ^end
  ^end:
    return %c0_i32 : i32
  }
}
