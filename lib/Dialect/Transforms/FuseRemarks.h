//===- FuseRemarks.h - What became of row-wise ops --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The remarks of beeline-fuse, and the arithmetic of what a region saves:
//
//   Kernels      launches, if every op is one
//   BytesPerRow  memory traffic of one row: what one op writes and another
//   reads
//                back, and what several read. Weights are not counted: all rows
//                share them.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_FUSEREMARKS_H
#define BEELINE_DIALECT_TRANSFORMS_FUSEREMARKS_H

#include "RowOps.h"
#include <string>

namespace beeline {

/// Row-wise ops as they will be one region. Those of one inner list have been
/// one op, which was decomposed for that.
void remarkFused(llvm::ArrayRef<llvm::SmallVector<const RowOp *>> kernels);

/// `op` and `other` share rows, and are not in one region.
void remarkKeptApart(mlir::Operation *op, mlir::Operation *other,
                     const std::string &reason);
/// The same, because `between` needs the one and is needed by the other.
void remarkKeptApart(mlir::Operation *op, mlir::Operation *other,
                     mlir::Operation *between);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_FUSEREMARKS_H
