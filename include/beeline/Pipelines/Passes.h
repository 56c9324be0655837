//===- Passes.h - The named pipelines ---------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer goes through a graph, a kernel and a host pipeline.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_PIPELINES_PASSES_H
#define BEELINE_PIPELINES_PASSES_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace beeline {
struct Device;

/// Rewrites of the graph: round trips removed if `elideRoundTrips`, one
/// function without calls for each public one, and ops on the same rows fused.
void buildGraphPipeline(mlir::OpPassManager &pm, bool elideRoundTrips);

/// From beeline ops to loops with vector code, for any CPU.
void buildCPUKernelPipeline(mlir::OpPassManager &pm);

/// From beeline ops to kernels for a GPU and their launches, which independent
/// ops share if `jointLaunches`.
void buildGPUKernelPipeline(mlir::OpPassManager &pm, const Device &device,
                            bool jointLaunches);

/// From tensors to the LLVM dialect. Public functions become C functions as
/// `beeline-create-entry-points` describes them; nothing else is left. On a
/// GPU, kernels have to be a `gpu.binary` by then.
void buildHostPipeline(mlir::OpPassManager &pm, const Device &device);

/// All of them, for a CPU.
void buildCPUPipeline(mlir::OpPassManager &pm);

/// From the kernels that `convert-beeline-to-gpu` makes to the LLVM dialect,
/// with the operations of one GPU.
void buildKernelPipeline(mlir::OpPassManager &pm, const Device &device);

/// Registers `beeline-cpu-pipeline`.
void registerBeelinePipelines();

} // namespace beeline

#endif // BEELINE_PIPELINES_PASSES_H
