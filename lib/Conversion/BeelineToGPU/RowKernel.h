//===- RowKernel.h - The kernel of a row program ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H

#include "Kernel.h"
#include "RowSchedule.h"
#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/SetVector.h"

namespace beeline {

/// The tensors that `program` reads and writes, in the order of the kernel's
/// arguments.
llvm::SetVector<mlir::Value> kernelTensors(const RowProgram &program);

/// The tensors whose rows are parts of longer ones.
using RowSlices = llvm::DenseMap<mlir::Value, RowSlice>;

/// A row program that a kernel runs.
struct KernelPart {
  RowProgram program;
  RowSchedule schedule;
  RowSlices slices;
};

/// Appends to `module` a kernel that runs each part for all of its rows, in
/// blocks of `schedule.rowsPerBlock` rows: first those of the first part, then
/// those of the next. It takes pointers to `kernelTensors` of each part, as
/// `createKernel` has them, and the number of rows of each part.
mlir::gpu::GPUFuncOp buildRowKernel(mlir::gpu::GPUModuleOp module,
                                    mlir::Location loc,
                                    llvm::ArrayRef<KernelPart> parts,
                                    const Device &device);

/// How many blocks `rows` rows are.
mlir::Value createBlockCount(mlir::ImplicitLocOpBuilder &builder,
                             const RowSchedule &schedule, mlir::Value rows);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H
