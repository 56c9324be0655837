//===- LinalgBodies.h - From results of linalg ops into bodies --*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_LINALGBODIES_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_LINALGBODIES_H

#include "Elements.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace beeline {

/// The linalg op in whose body `value` is, or null.
mlir::linalg::LinalgOp getLinalgOp(mlir::Value value);

/// The op on tensors that `element` is a result of, or null.
mlir::linalg::LinalgOp getDefiningLinalgOp(const Element &element);

/// The iteration that makes the element of a result at `indices`. Null stands
/// for the loops that are reduced. Nothing if the result map is not one of
/// dimensions.
std::optional<Indices> getIteration(mlir::linalg::LinalgOp op,
                                    mlir::OpResult result,
                                    const Indices &indices);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_LINALGBODIES_H
