//===- RowKernel.h - The kernel of a row program ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H

#include "RowSchedule.h"
#include "Kernel.h"
#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/SetVector.h"

namespace beeline {

/// The tensors that `program` reads and writes, in the order of the kernel's
/// arguments.
llvm::SetVector<mlir::Value> kernelTensors(const RowProgram &program);

/// The tensors whose rows are parts of longer ones.
using RowSlices = llvm::DenseMap<mlir::Value, RowSlice>;

/// Appends to `module` a kernel that runs `program` for all rows. It takes
/// pointers to `kernelTensors(program)`, as `createKernel` has them, and the
/// number of rows, and is launched in blocks of `schedule.rowsPerBlock` rows.
mlir::gpu::GPUFuncOp
buildRowKernel(mlir::gpu::GPUModuleOp module, mlir::Location loc,
               const RowProgram &program, const RowSchedule &schedule,
               const RowSlices &slices, const Device &device);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H
