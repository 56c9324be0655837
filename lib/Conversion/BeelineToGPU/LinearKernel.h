//===- LinearKernel.h - The kernel of a linear layer ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARKERNEL_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARKERNEL_H

#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Target/Device.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/Support/MathExtras.h"

namespace beeline {

/// Which results a block of a linear kernel computes: those of `tile` rows and
/// `tile` outputs.
///
/// Block b has the tile of rows b / outputTiles and that of outputs
/// b % outputTiles.
struct LinearSchedule {
  static constexpr int64_t blockSize = 256;
  static constexpr int64_t tile = 64;

  static int64_t outputTiles(int64_t outputs) {
    return llvm::divideCeil(outputs, tile);
  }
};

/// Appends to `module` a kernel that computes `op`, whose weight is static and
/// not empty. It takes pointers to the op's operands and then its result, as
/// `createKernel` has them, and the number of rows.
mlir::gpu::GPUFuncOp buildLinearKernel(mlir::gpu::GPUModuleOp module,
                                       LinearOp op, const Device &device);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARKERNEL_H
