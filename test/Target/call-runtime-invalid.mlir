// RUN: beeline-opt %s --beeline-call-runtime=target=gfx950 --split-input-file --verify-diagnostics

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @k(%n: i64) kernel {
      gpu.return
    }
  }
  func.func @not_compiled(%n: i64, %m: index, %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    %c1 = arith.constant 1 : index
    // expected-error @below {{'gpu.launch_func' op launches a kernel that was not compiled}}
    gpu.launch_func @kernels::@k blocks in (%m, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i64)
    return %c0_i32 : i32
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#rocdl.target<chip = "gfx950">, "ELF">]
  func.func @dimensions(%n: i64, %m: index, %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    %c1 = arith.constant 1 : index
    // expected-error @below {{'gpu.launch_func' op has more than one dimension}}
    gpu.launch_func @kernels::@k blocks in (%m, %m, %c1) threads in (%c1, %c1, %c1) args(%n : i64)
    return %c0_i32 : i32
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#rocdl.target<chip = "gfx950">, "ELF">]
  func.func @operand(%x: f32, %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    %c1 = arith.constant 1 : index
    // expected-error @below {{'gpu.launch_func' op has an operand of type 'f32': kernels take buffers, index and i64}}
    gpu.launch_func @kernels::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : f32)
    return %c0_i32 : i32
  }
}

// -----

func.func @parts(%x: memref<?x8xf32>, %y: memref<?x4xf32>, %m: index, %stream: !llvm.ptr) -> i32 {
  %c0_i32 = arith.constant 0 : i32
  %part = memref.subview %x[0, 0] [%m, 4] [1, 1] : memref<?x8xf32> to memref<?x4xf32, strided<[8, 1]>>
  // expected-error @below {{'memref.copy' op would move parts of rows on the device, which no kernel does}}
  memref.copy %part, %y : memref<?x4xf32, strided<[8, 1]>> to memref<?x4xf32>
  return %c0_i32 : i32
}

// -----

// expected-error @below {{copies on a GPU need a gpu.binary, be it one without kernels: compile the gpu.module first}}
module {
  func.func @no_binary(%x: memref<4xf32>, %y: memref<4xf32>, %stream: !llvm.ptr) -> i32 {
    %c0_i32 = arith.constant 0 : i32
    memref.copy %x, %y : memref<4xf32> to memref<4xf32>
    return %c0_i32 : i32
  }
}

// -----

// A function that is not called with a stream is none of the pass's.
func.func @no_stream() -> i32 {
  %c0_i32 = arith.constant 0 : i32
  %true = arith.constant true
  cf.assert %true, "holds"
  return %c0_i32 : i32
}

// -----

module attributes {gpu.container_module} {
  gpu.binary @kernels [#gpu.object<#rocdl.target<chip = "gfx950">, "ELF">]
  func.func private @no_entry_point(%n: i64, %m: index) {
    %c1 = arith.constant 1 : index
    // expected-error @below {{'gpu.launch_func' op is in a function that C does not call, which has no stream: inline it}}
    gpu.launch_func @kernels::@k blocks in (%m, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i64)
    return
  }
}
