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
    needs no software library and NaN is canonical.

    Operands are read through `bufferization.to_buffer`, results are fresh
    allocations: one-shot bufferization of the rest of the function is to follow.
    Row sums add in the order that the dialect defines. No op carries a fast-math
    flag.
  }];
  let dependentDialects = [
    "::beeline::BeelineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
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

#endif // BEELINE_CONVERSION_PASSES_TD
