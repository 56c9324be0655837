//===- LinalgBodies.cpp - From results of linalg ops into bodies ----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBodies.h"

using namespace mlir;
using namespace beeline;

linalg::LinalgOp beeline::getLinalgOp(Value value) {
  return dyn_cast_or_null<linalg::LinalgOp>(
      value.getParentBlock()->getParentOp());
}

linalg::LinalgOp beeline::getDefiningLinalgOp(const Element &element) {
  auto linalgOp = element.value.getDefiningOp<linalg::LinalgOp>();
  return linalgOp && linalgOp.hasPureTensorSemantics() ? linalgOp
                                                       : linalg::LinalgOp();
}

std::optional<Indices> beeline::getIteration(linalg::LinalgOp op,
                                             OpResult result,
                                             const Indices &indices) {
  AffineMap map = op.getIndexingMapMatchingResult(result);
  Indices loops(op.getNumLoops());
  for (auto [expr, index] : llvm::zip_equal(map.getResults(), indices)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    // A kept dimension of extent 1, as after a reduction.
    if (!dim && index == getAffineConstantExpr(0, expr.getContext()) &&
        expr == index)
      continue;
    if (!dim || loops[dim.getPosition()])
      return std::nullopt;
    loops[dim.getPosition()] = index;
  }
  return loops;
}
