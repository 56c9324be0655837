//===- Passes.h - The named pipelines ---------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer goes through the graph pipeline, fusion, a kernel and a host
// pipeline.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_PIPELINES_PASSES_H
#define BEELINE_PIPELINES_PASSES_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace beeline {
struct Device;

/// The options of `beeline-graph-pipeline`, which are its passes'.
struct GraphPipelineOptions
    : public mlir::PassPipelineOptions<GraphPipelineOptions> {
  ListOption<std::string> assume{
      *this, "assume",
      llvm::cl::desc("Differences between what is written out and the ops that "
                     "may be overlooked, by name; 'all' or 'none' of them "
                     "(default all)"),
      llvm::cl::list_init<std::string>({"all"})};
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("The chip whose costs decide; empty: always elide"),
      llvm::cl::init("")};
  Option<int64_t> assumeRows{
      *this, "assume-rows",
      llvm::cl::desc("Rows of tensors that are known at run time only, for the "
                     "decision"),
      llvm::cl::init(64)};
  Option<bool> allowPublicABIChange{
      *this, "allow-public-abi-change",
      llvm::cl::desc("Give public functions arguments and results for "
                     "unquantized values too; what calls them from outside "
                     "must follow"),
      llvm::cl::init(false)};
};

/// What a graph compiler runs first: written-out ops become Beeline's, and what
/// dequantizes reads the unquantized value. Functions stay functions.
void buildGraphPipeline(mlir::OpPassManager &pm,
                        const GraphPipelineOptions &options);

/// One function without calls for each public one, and ops on the same rows
/// fused.
void buildFusionPipeline(mlir::OpPassManager &pm);

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

/// From Beeline's ops, as they are, to the LLVM dialect, for a CPU.
void buildCPUPipeline(mlir::OpPassManager &pm);

/// From the kernels that `convert-beeline-to-gpu` makes to the LLVM dialect,
/// with the operations of one GPU.
void buildKernelPipeline(mlir::OpPassManager &pm, const Device &device);

/// Registers `beeline-graph-pipeline` and `beeline-cpu-pipeline`.
void registerBeelinePipelines();

} // namespace beeline

#endif // BEELINE_PIPELINES_PASSES_H
