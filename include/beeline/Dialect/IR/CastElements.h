//===- CastElements.h - Casts between floating-point tensors ----*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_CASTELEMENTS_H
#define BEELINE_DIALECT_IR_CASTELEMENTS_H

#include "mlir/IR/Builders.h"

namespace beeline {

/// `value`, a tensor of floating point of 16 bits or more, with its elements
/// cast to `elementType`, one of the same kind: extended exactly, or rounded
/// once to nearest even. Gives `value` itself if it has these elements.
mlir::Value castElements(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value value, mlir::Type elementType);

} // namespace beeline

#endif // BEELINE_DIALECT_IR_CASTELEMENTS_H
