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
#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/SetVector.h"

namespace beeline {

/// The tensors that `program` reads and writes: the kernel's arguments, in this
/// order, each as a pointer to its first element. The number of rows follows.
llvm::SetVector<mlir::Value> kernelTensors(const RowProgram &program);

/// Appends to `module` a kernel that runs `program` for all rows. It takes
/// `kernelTensors(program)` as memrefs of rank 0 in global memory and the number
/// of rows as an index, and is launched with `schedule.blockSize()` threads in
/// blocks of `schedule.rowsPerBlock` rows.
mlir::gpu::GPUFuncOp buildRowKernel(mlir::OpBuilder &builder,
                                    mlir::gpu::GPUModuleOp module,
                                    mlir::Location loc, llvm::StringRef name,
                                    const RowProgram &program,
                                    const RowSchedule &schedule,
                                    const Device &device);

/// The type of a kernel's pointer to elements of `elementType`.
mlir::MemRefType kernelPointerType(mlir::Type elementType);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWKERNEL_H
