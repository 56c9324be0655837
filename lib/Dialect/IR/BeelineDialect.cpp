//===- BeelineDialect.cpp - The beeline dialect ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineDialect.h"
#include "ElementwiseOps.h"
#include "beeline/Dialect/IR/BeelineAttrs.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;

#include "beeline/Dialect/IR/BeelineDialect.cpp.inc"
#include "beeline/Dialect/IR/BeelineEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "beeline/Dialect/IR/BeelineAttrs.cpp.inc"

namespace {

/// Ops may stand in any function.
struct BeelineInlinerInterface final : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool,
                       IRMapping &) const override {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const override {
    return true;
  }
};

} // namespace

void BeelineDialect::initialize() {
  registerAttributes();
  addInterfaces<BeelineInlinerInterface>();
  addOperations<
#define GET_OP_LIST
#include "beeline/Dialect/IR/BeelineOps.cpp.inc"
      >();
  // Here and not in an extension: who loads the dialect is not to forget it.
  attachElementwiseModels(*getContext());
}

void BeelineDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "beeline/Dialect/IR/BeelineAttrs.cpp.inc"
      >();
}

LogicalResult
BeelineDialect::verifyOperationAttribute(Operation *op,
                                         NamedAttribute attribute) {
  if (attribute.getName() != PreserveRoundingAttrHelper::getNameStr())
    return op->emitError() << "the beeline dialect has no attribute "
                           << attribute.getName();
  if (!isa<UnitAttr>(attribute.getValue()))
    return op->emitError() << attribute.getName()
                           << " is a unit attribute: give it no value";
  return success();
}

LogicalResult
BeelineDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                         NamedAttribute attribute) {
  return op->emitError() << attribute.getName()
                         << " belongs on an op, not on an argument";
}

LogicalResult
BeelineDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                            NamedAttribute attribute) {
  return op->emitError() << attribute.getName()
                         << " belongs on an op, not on a result";
}

bool BeelineDialect::preservesRounding(Operation *op) {
  for (; op; op = op->getParentOp())
    if (op->hasAttr(PreserveRoundingAttrHelper::getNameStr()))
      return true;
  return false;
}
