//===- Passes.td - Conversions of the beeline dialect ------*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_CONVERSION_PASSES_TD
#define BEELINE_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertBeelineToCPUPass : Pass<"convert-beeline-to-cpu", "::mlir::ModuleOp"> {
  let summary = "Lower beeline ops to loops over rows with vector code inside";
  let description = [{
    The reference: every op computes exactly the bits that its description states,
    on any CPU.

    Ops with a row program (`RowwiseOpInterface`) become a loop over rows, with
    loops over vectors of 16 elements inside. Aggregated ops are decomposed
    first, `beeline.fused` too: the reference for a fused kernel is its ops, one
    after the other. `beeline.linear` becomes a loop over the weight's rows, each
    extended to f32 once and multiplied with all rows of the input. Collectives
    of one rank are dropped; more ranks are an error. Elementwise ops of `arith`
    and `math` on tensors, casts among them, have row programs too, so that FP8
    needs no software library and NaN is canonical. So are casts of scalars from
    and to FP8, in bodies of linalg ops.

    Operands are read through `bufferization.to_buffer`, results are fresh
    allocations: one-shot bufferization of the rest of the function is to follow.
    Row sums add in the order that the dialect defines. No op carries a fast-math
    flag.
  }];
  let options = [
    Option<"wholeRegions", "whole-regions", "bool", /*default=*/"false",
           "Run the row program of a region as a whole where no op in it reduces "
           "over a row, or over other groups, what depends on groups. Gives the "
           "same bits; for tests of that">
  ];
  let dependentDialects = [
    "::beeline::BeelineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ConvertBeelineToGPUPass : Pass<"convert-beeline-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Lower beeline ops to GPU kernels and their launches";
  let description = [{
    Ops with a row program (`RowwiseOpInterface`) become kernels in
    `gpu.module @beeline_kernels`, one for all equal ones, and a
    `gpu.launch_func` each, which zero rows skip. A kernel computes the bits that
    the CPU does; it reads and writes memory once and keeps what is in between
    in registers. See docs/kernels.md for how threads share rows.

    Two row-wise ops of a block, neither of which needs the other, share a launch:
    the blocks of the one, then those of the other. That saves what the device
    table says a launch costs, and is done only where it costs nothing: where
    blocks of one size do for both, and a compute unit can hold as many of them as
    each has loads to keep under way. Ops with effects in between keep them apart,
    and so does a result of the second, or of what it needs, that may overwrite
    what is read before. A remark says which (`beeline-joint-launches`).

    `beeline.linear` becomes a kernel that has tiles of both operands in LDS, as
    f32. It adds the products one after the other, from the first element of `in`
    to the last, so a result depends on its row and on the weight alone.

    Kernels are made for one length of rows, and for one shape of a weight: these
    extents must be static. An FP8 format that the target lacks is an error.

    Operands are read through `bufferization.to_buffer`, results are fresh
    allocations: one-shot bufferization of the rest of the function is to follow.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"\"",
           "The GPU to make kernels for: gfx942, gfx950 or sm_90">,
    Option<"jointLaunches", "joint-launches", "bool", /*default=*/"true",
           "Launch row-wise ops together that do not need one another">
  ];
  let dependentDialects = [
    "::mlir::amdgpu::AMDGPUDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ConvertMemRefCopyToLinalgPass : Pass<"convert-memref-copy-to-linalg"> {
  let summary = "Copy buffers by loops instead of a runtime library";
  let description = [{
    Upstream's lowering of `memref.copy` calls `memrefCopy` of MLIR's runner
    library where a buffer is not contiguous. As `linalg.generic`, which
    `convert-linalg-to-loops` lowers, a copy needs no library.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def LowerKernelOpsPass : Pass<"lower-kernel-ops", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower what of a kernel's ops is different on each GPU";
  let description = [{
    `gpu.subgroup_reduce` over clusters becomes DPP operations on AMD and
    shuffles on NVIDIA, adding neighbours first. `gpu.barrier` becomes, on AMD,
    one that waits for LDS only, since that is all that a block's threads share.
    Square roots and roundings to integers become LLVM's intrinsics, which are
    exact and need no device library.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"\"",
           "The GPU to lower for: gfx942, gfx950 or sm_90">
  ];
  let dependentDialects = [
    "::mlir::amdgpu::AMDGPUDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::ROCDL::ROCDLDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // BEELINE_CONVERSION_PASSES_TD
