//===- SiluMul.cpp - Raise gates ------------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raising.h"
#include "beeline/Dialect/IR/BeelineOps.h"

using namespace mlir;
using namespace beeline;

bool beeline::raiseSiluMul(Raising &raising, Value root) {
  Matcher matcher(root, raising.getMisses());
  IRRewriter &rewriter = raising.rewriter;
  std::optional<SiluMulForm> form = matchSiluMul(matcher);
  if (!form ||
      !raising.isAllowed(matcher, form->anchor, SiluMulOp::getOperationName()))
    return false;
  rewriter.setInsertionPoint(root.getDefiningOp());
  auto op = raising.createVerified<SiluMulOp>(
      matcher, form->anchor, [&](Location loc) {
        Value gate = raising.materialize(form->gate);
        Value up = raising.materialize(form->up);
        auto type = cast<RankedTensorType>(gate.getType());
        return SiluMulOp::create(rewriter, loc,
                                 type.clone(matcher.getRootElementType()), gate,
                                 up, form->roundBeforeMul);
      });
  if (!op)
    return false;
  raising.replaceRoot(matcher, op, op.getOutput());
  remarkRaised(op, matcher.getAssumed());
  return true;
}
