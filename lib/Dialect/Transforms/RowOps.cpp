//===- RowOps.cpp - Row-wise ops as fusing sees them ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"
#include "beeline/Dialect/IR/BeelineOps.h"

using namespace mlir;
using namespace beeline;

static bool isConstant(Operation *op) {
  return op->hasTrait<mlir::OpTrait::ConstantLike>();
}

/// Whether a region can have values of the type as inputs and results.
static bool isRegionType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0 && !tensor.getEncoding();
}

std::optional<RowOp> RowOp::get(Operation *op) {
  RowwiseOpInterface rowwise = getRowwise(op);
  if (!rowwise || isa<FusedOp>(op) || isConstant(op) ||
      op->getNumRegions() != 0 || !isMemoryEffectFree(op) ||
      !llvm::all_of(op->getOperandTypes(), isRegionType) ||
      !llvm::all_of(op->getResultTypes(), isRegionType))
    return std::nullopt;
  RowProgram program;
  rowwise.buildRowProgram(program);
  RowOp rowOp{op, cast<RankedTensorType>(rowwise.getRowTensor().getType())};
  for (const RowStep &step : program.getSteps())
    if (step.kind == RowStep::Kind::Load)
      rowOp.loads.push_back(step);
  llvm::append_range(rowOp.stores, program.getStores());
  return rowOp;
}

const RowStore &RowOp::getStore(Value result) const {
  return *llvm::find_if(
      stores, [&](const RowStore &store) { return store.tensor == result; });
}

bool beeline::isRowConstant(Value value, RankedTensorType rows) {
  Operation *op = value.getDefiningOp();
  return op && isConstant(op) && getRowwise(op) &&
         cast<RankedTensorType>(value.getType()).getShape() == rows.getShape();
}
