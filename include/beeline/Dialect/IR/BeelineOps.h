//===- BeelineOps.h - Ops of the beeline dialect ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEOPS_H
#define BEELINE_DIALECT_IR_BEELINEOPS_H

#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace beeline::OpTrait {
namespace detail {
llvm::LogicalResult verifyDiscardableAttributes(mlir::Operation *op);
} // namespace detail

/// An op that takes a misspelt attribute for an error: discardable attributes
/// need a dialect's prefix.
template <typename ConcreteType>
struct PrefixedAttributes
    : mlir::OpTrait::TraitBase<ConcreteType, PrefixedAttributes> {
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyDiscardableAttributes(op);
  }
};
} // namespace beeline::OpTrait

#define GET_OP_CLASSES
#include "beeline/Dialect/IR/BeelineOps.h.inc"

#endif // BEELINE_DIALECT_IR_BEELINEOPS_H
