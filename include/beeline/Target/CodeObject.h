//===- CodeObject.h - Kernels as a driver loads them ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_CODEOBJECT_H
#define BEELINE_TARGET_CODEOBJECT_H

#include "beeline/Target/Device.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <string>

namespace beeline {

enum class KernelFormat {
  /// LLVM IR, optimized, as text.
  LLVM,
  /// The chip's assembly; PTX for NVIDIA.
  Assembly,
  /// What the driver loads: a code object (HSACO) for AMD, PTX for NVIDIA.
  Object,
};

/// Compiles kernels in the LLVM dialect (`buildKernelPipeline`). It runs in
/// this process, but for `ld.lld`, which links AMD's code objects and is looked
/// for beside LLVM's tools and in PATH. Errors are emitted at `kernels`.
mlir::FailureOr<std::string> compileKernels(mlir::gpu::GPUModuleOp kernels,
                                            const Device &device,
                                            KernelFormat format);

} // namespace beeline

#endif // BEELINE_TARGET_CODEOBJECT_H
