//===- Reshape.h - Extents of 1, added and dropped --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_RESHAPE_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_RESHAPE_H

#include "mlir/IR/Builders.h"

namespace beeline {

/// `value` in `shape`, which differs from its own by extents of 1.
mlir::Value reshape(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value value, llvm::ArrayRef<int64_t> shape);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_RESHAPE_H
