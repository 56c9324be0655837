//===- Reductions.cpp - Selects, sums and maxima as terms -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "LinalgBodies.h"

using namespace mlir;
using namespace beeline;
using arith::CmpFPredicate;

//===----------------------------------------------------------------------===//
// Selects
//===----------------------------------------------------------------------===//

static bool isLess(CmpFPredicate predicate) {
  return predicate == CmpFPredicate::OLT || predicate == CmpFPredicate::OLE ||
         predicate == CmpFPredicate::ULT || predicate == CmpFPredicate::ULE;
}
static bool isGreater(CmpFPredicate predicate) {
  return predicate == CmpFPredicate::OGT || predicate == CmpFPredicate::OGE ||
         predicate == CmpFPredicate::UGT || predicate == CmpFPredicate::UGE;
}
/// What the predicate says if one side is NaN.
static bool isUnordered(CmpFPredicate predicate) {
  return predicate >= CmpFPredicate::UEQ;
}

Term Elements::lookAtSelect(const Element &element, arith::SelectOp select) {
  Term term;
  term.op = select;
  Element condition = strip(operand(element, select.getCondition()));
  auto compare = condition.value.getDefiningOp<arith::CmpFOp>();
  if (!compare)
    return term;
  visited.push_back(compare);
  term.kind = TermKind::Select;
  term.predicate = compare.getPredicate();
  term.isFast = isFast(compare) || isFast(select);
  term.operands = {operand(condition, compare.getLhs()),
                   operand(condition, compare.getRhs()),
                   operand(element, select.getTrueValue()),
                   operand(element, select.getFalseValue())};

  // lhs < rhs ? lhs : rhs and the like are a minimum or a maximum. With NaN, an
  // unordered comparison picks the first branch, an ordered one the second.
  ArrayRef<Element> operands = term.operands;
  bool isStraight =
      isSame(operands[0], operands[2]) && isSame(operands[1], operands[3]);
  bool isCrossed = !isStraight && isSame(operands[0], operands[3]) &&
                   isSame(operands[1], operands[2]);
  if ((!isStraight && !isCrossed) ||
      (!isLess(term.predicate) && !isGreater(term.predicate)))
    return term;
  term.kind =
      isGreater(term.predicate) == isStraight ? TermKind::Max : TermKind::Min;
  term.operands.erase(term.operands.begin(), term.operands.begin() + 2);
  term.keepsNaN[0] = isUnordered(term.predicate);
  term.keepsNaN[1] = !term.keepsNaN[0];
  return term;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// How a body makes the next partial result.
struct Combiner {
  TermKind kind;
  Operation *op;
  Value element;
  bool keepsNaN = true, isFast = false;
};

/// The combination of `accumulator` and something that does not depend on it.
static std::optional<Combiner> getCombiner(Value yielded,
                                           BlockArgument accumulator) {
  Operation *op = yielded.getDefiningOp();
  if (!op)
    return std::nullopt;
  auto other = [&](Value a, Value b) {
    return a == accumulator ? b : b == accumulator ? a : Value();
  };
  auto isUsed = [&](unsigned times) {
    return accumulator.hasNUses(times) && yielded.hasOneUse();
  };

  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    Value element = other(select.getTrueValue(), select.getFalseValue());
    if (!compare || !element || element == accumulator || !isUsed(2) ||
        other(compare.getLhs(), compare.getRhs()) != element ||
        !isa<FloatType>(element.getType()))
      return std::nullopt;
    bool isMax = (isGreater(compare.getPredicate()) &&
                  compare.getLhs() == select.getTrueValue()) ||
                 (isLess(compare.getPredicate()) &&
                  compare.getLhs() == select.getFalseValue());
    if (!isMax)
      return std::nullopt;
    // Whichever way it decides on NaN, one of an element that is NaN and a
    // partial result that is NaN is lost.
    return Combiner{TermKind::MaxOf, op, element, /*keepsNaN=*/false,
                    isFast(compare) || isFast(select)};
  }
  if (!isa<arith::AddFOp, arith::MaximumFOp, arith::MaxNumFOp>(op) ||
      !isUsed(1))
    return std::nullopt;
  Value element = other(op->getOperand(0), op->getOperand(1));
  if (!element)
    return std::nullopt;
  return Combiner{isa<arith::AddFOp>(op) ? TermKind::SumOf : TermKind::MaxOf,
                  op, element, !isa<arith::MaxNumFOp>(op), isFast(op)};
}

Term Elements::lookAtReduction(const Element &element) {
  Term term;
  linalg::LinalgOp op = getDefiningLinalgOp(element);
  term.op = op;
  auto result = cast<OpResult>(element.value);
  std::optional<Indices> loops = getIteration(op, result, element.indices);
  if (!loops || llvm::count(*loops, AffineExpr()) != 1)
    return term;
  size_t reduced = llvm::find(*loops, AffineExpr()) - loops->begin();
  if (op.getIteratorTypesArray()[reduced] != utils::IteratorType::reduction)
    return term;

  OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
  std::optional<Combiner> combiner = getCombiner(
      op.getBlock()->getTerminator()->getOperand(result.getResultNumber()),
      op.getMatchingBlockArgument(init));
  if (!combiner)
    return term;
  term.kind = combiner->kind;
  term.op = combiner->op;
  term.isFast = combiner->isFast;
  term.keepsNaN[0] = combiner->keepsNaN;
  term.type = cast<FloatType>(combiner->element.getType());
  term.reducedExtent = op.getStaticLoopRanges()[reduced];
  term.reduced = space.addVariable(term.reducedExtent);
  (*loops)[reduced] = term.reduced;
  bool isInBody = getLinalgOp(combiner->element) == op;
  visited.push_back(op);
  term.operands = {
      {combiner->element, isInBody ? *loops : Indices(), false,
       element.hasOtherExtents},
      {init->get(), element.indices, false, element.hasOtherExtents}};
  return term;
}
