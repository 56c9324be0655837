//===- RowOps.h - Row-wise ops as fusing sees them --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_ROWOPS_H
#define BEELINE_DIALECT_TRANSFORMS_ROWOPS_H

#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include <optional>

namespace beeline {

/// A row-wise op that can be in a fused region, and what its row program reads
/// and leaves.
struct RowOp {
  /// Nothing if `op` is no such op. A constant is not one: regions that need it
  /// have a copy of it.
  static std::optional<RowOp> get(mlir::Operation *op);

  /// The store of `result`.
  const RowStore &getStore(mlir::Value result) const;

  mlir::Operation *op;
  /// The type of the tensor `[..., N]` that determines the rows.
  mlir::RankedTensorType rows;
  llvm::SmallVector<RowStep, 0> loads = {};
  llvm::SmallVector<RowStore, 0> stores = {};
};

/// Whether `value` is a constant that a region for `rows` can have inside.
bool isRowConstant(mlir::Value value, mlir::RankedTensorType rows);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_ROWOPS_H
