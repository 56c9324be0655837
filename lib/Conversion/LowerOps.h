//===- LowerOps.h - What is lowered, one after another ----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_LOWEROPS_H
#define BEELINE_LIB_CONVERSION_LOWEROPS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace beeline {

/// The values that take an op's place, or failure after an error.
using LowerFn =
    llvm::function_ref<llvm::FailureOr<llvm::SmallVector<mlir::Value>>(
        mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op)>;

/// Replaces the ops in `root` that a target's conversion lowers, beeline ops
/// and row-wise ones, by what `lower` makes of them; where that are such ops
/// again, these too. A fused region is lowered as one op, and constants are
/// left to the bufferization.
llvm::LogicalResult lowerOps(mlir::Operation *root, LowerFn lower);

/// To be done before: values go round in circles in unreachable code, and so do
/// upstream's folders.
void eraseUnreachableBlocks(mlir::Operation *root);

/// Emits an error if `op` is a collective of several ranks.
llvm::LogicalResult verifySingleRank(mlir::Operation *op);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_LOWEROPS_H
