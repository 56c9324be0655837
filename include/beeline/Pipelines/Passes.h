//===- Passes.h - The named pipelines ---------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_PIPELINES_PASSES_H
#define BEELINE_PIPELINES_PASSES_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace beeline {
struct Device;

/// From beeline ops to the LLVM dialect, for any CPU. Public functions get a C
/// interface (`_mlir_ciface_`), and their results belong to the caller.
void buildCPUPipeline(mlir::OpPassManager &pm);

/// From the kernels that `convert-beeline-to-gpu` makes to the LLVM dialect, with
/// the operations of one GPU.
void buildKernelPipeline(mlir::OpPassManager &pm, const Device &device);

/// Registers `beeline-cpu-pipeline`.
void registerBeelinePipelines();

} // namespace beeline

#endif // BEELINE_PIPELINES_PASSES_H
