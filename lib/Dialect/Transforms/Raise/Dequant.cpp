//===- Dequant.cpp - Raise dequantizations --------------------------------===//
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

bool beeline::raiseDequant(Raising &raising, Value root) {
  Matcher matcher(root, raising.getMisses());
  IRRewriter &rewriter = raising.rewriter;
  std::optional<DequantForm> form = matchDequant(matcher);
  if (!form ||
      !raising.isAllowed(matcher, form->anchor, DequantOp::getOperationName()))
    return false;
  rewriter.setInsertionPoint(root.getDefiningOp());
  auto op = raising.createVerified<DequantOp>(
      matcher, form->anchor, [&](Location loc) {
        Value codes = raising.materialize(form->codes);
        Value scales = raising.materialize(form->scales.values);
        auto type = cast<RankedTensorType>(codes.getType());
        return DequantOp::create(
            rewriter, loc, type.clone(matcher.getRootElementType()), codes,
            scales, form->scales.groupSize, form->scales.layout,
            /*fmax=*/FloatAttr(), /*min_amax=*/FloatAttr());
      });
  if (!op)
    return false;
  raising.replaceRoot(matcher, op, op.getOutput());
  remarkRaised(op, matcher.getAssumed());
  return true;
}
