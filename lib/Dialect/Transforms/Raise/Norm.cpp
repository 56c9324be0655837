//===- Norm.cpp - Raise norms ---------------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raising.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

/// Where the sum that a norm adds up can be its result. If there is a tensor
/// of it that something else reads, that has to be replaced too.
static bool canTakeSum(Raising &raising, Matcher &matcher, const NormForm &form,
                       SmallVectorImpl<Value> &values) {
  if (!form.sum)
    return false;
  SmallVector<Value> operands = {form.sum->input.value,
                                 form.sum->residual.value};
  if (form.weight)
    operands.push_back(form.weight->value);
  raising.setInsertionPointBefore(matcher, operands);
  if (!form.sum->value)
    return true;
  Value sum = form.sum->value->value;
  if (!raising.isMadeLater(sum))
    return false;
  // The op's sum has the residual's type.
  Type type = form.sum->residual.getElementType();
  if (form.sum->value->getElementType() == type) {
    values.push_back(sum);
    return true;
  }
  DenseSet<Operation *> cone(matcher.getCone().begin(),
                             matcher.getCone().end());
  for (Operation *user : sum.getUsers()) {
    auto truncate = dyn_cast<arith::TruncFOp>(user);
    if (truncate && getElementTypeOrSelf(truncate.getType()) == type &&
        !truncate.getRoundingmode() && !truncate.getFastmath())
      values.push_back(truncate.getOut());
    else if (!cone.contains(user))
      return false;
  }
  return true;
}

bool beeline::raiseNorm(Raising &raising, Value root) {
  Matcher matcher(root, raising.getMisses());
  IRRewriter &rewriter = raising.rewriter;
  std::optional<NormForm> form = matchNorm(matcher);
  if (!form ||
      !raising.isAllowed(matcher, form->anchor, RMSNormOp::getOperationName()))
    return false;
  SmallVector<Value> sums;
  bool takesSum = canTakeSum(raising, matcher, *form, sums);
  if (!takesSum) {
    sums.clear();
    rewriter.setInsertionPoint(root.getDefiningOp());
    if (!form->input)
      return matcher.miss(form->anchor, RMSNormOp::getOperationName(),
                          "the sum that is normalized is not a tensor");
  }
  llvm::erase_if(sums, [](Value value) { return value.use_empty(); });

  auto op = raising.createVerified<RMSNormOp>(
      matcher, form->anchor, [&](Location loc) {
        Value input =
            raising.materialize(takesSum ? form->sum->input : *form->input);
        Value residual =
            takesSum ? raising.materialize(form->sum->residual) : Value();
        Value weight;
        if (form->weight) {
          weight = raising.materialize(*form->weight);
        } else {
          auto type = RankedTensorType::get({matcher.getRowLength()},
                                            rewriter.getF32Type());
          weight = arith::ConstantOp::create(
              rewriter, loc, DenseElementsAttr::get(type, 1.0f));
        }
        auto type = cast<RankedTensorType>(input.getType());
        bool isRounded = takesSum && form->sum->isRounded;
        return RMSNormOp::create(
            rewriter, loc, type.clone(matcher.getRootElementType()),
            sums.empty() ? Type() : residual.getType(), input, weight, residual,
            rewriter.getFloatAttr(rewriter.getF32Type(), form->epsilon),
            rewriter.getFloatAttr(rewriter.getF32Type(), form->weightOffset),
            NormalizeFromAttr::get(rewriter.getContext(),
                                   isRounded ? NormalizeFrom::Rounded
                                             : NormalizeFrom::F32),
            form->roundBeforeWeight ? rewriter.getUnitAttr() : UnitAttr());
      });
  if (!op)
    return false;
  SmallVector<Operation *> adders;
  for (Value sum : sums) {
    raising.replace(sum, op.getSum());
    adders.push_back(sum.getDefiningOp());
  }
  raising.replaceRoot(matcher, op, op.getOutput());
  for (Operation *adder : adders)
    if (!raising.isErased(adder))
      raising.eraseIfDead(adder);
  remarkRaised(op, matcher.getAssumed());
  return true;
}
