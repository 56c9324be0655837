//===- LowerRows.h - Loops over rows ----------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOCPU_LOWERROWS_H
#define BEELINE_LIB_CONVERSION_BEELINETOCPU_LOWERROWS_H

#include "../TensorBuffers.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace beeline {

/// `buffer` with all dimensions but the last folded into one, or all but the
/// first if `isGroupMajor`. Of rank 1, it stays as it is.
mlir::Value foldRows(mlir::ImplicitLocOpBuilder &builder, mlir::Value buffer,
                     bool isGroupMajor = false);

/// Emits loops that run `op`'s row program for all rows, and returns the op's
/// results.
llvm::SmallVector<mlir::Value> lowerRows(mlir::ImplicitLocOpBuilder &builder,
                                         RowwiseOpInterface op);

/// Emits loops that compute `op`, and returns its result.
mlir::Value lowerLinear(mlir::ImplicitLocOpBuilder &builder, LinearOp op);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOCPU_LOWERROWS_H
