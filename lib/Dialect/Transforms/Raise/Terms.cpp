//===- Terms.cpp - What the op of an element computes ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "LinalgBodies.h"
#include "Numbers.h"
#include "Windows.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;

/// An op on one element each of its operands.
static std::optional<TermKind> getKind(Operation *op) {
  auto isTwo = [](Value value) {
    APFloat number(0.0f);
    APInt integer;
    if (matchPattern(value, m_ConstantFloat(&number)))
      return number.isExactlyValue(2.0);
    return matchPattern(value, m_ConstantInt(&integer)) && integer == 2;
  };
  auto power = [&](Value exponent) -> std::optional<TermKind> {
    if (isTwo(exponent))
      return TermKind::Power2;
    return std::nullopt;
  };
  return TypeSwitch<Operation *, std::optional<TermKind>>(op)
      .Case([](arith::AddFOp) { return TermKind::Add; })
      .Case([](arith::SubFOp) { return TermKind::Sub; })
      .Case([](arith::MulFOp) { return TermKind::Mul; })
      .Case([](arith::DivFOp) { return TermKind::Div; })
      .Case([](arith::NegFOp) { return TermKind::Neg; })
      .Case([](math::AbsFOp) { return TermKind::Abs; })
      .Case([](math::SqrtOp) { return TermKind::Sqrt; })
      .Case([](math::RsqrtOp) { return TermKind::Rsqrt; })
      .Case([](math::ExpOp) { return TermKind::Exp; })
      .Case([](arith::MaximumFOp) { return TermKind::Max; })
      .Case([](arith::MaxNumFOp) { return TermKind::Max; })
      .Case([](arith::MinimumFOp) { return TermKind::Min; })
      .Case([](arith::MinNumFOp) { return TermKind::Min; })
      .Case([&](math::PowFOp op) { return power(op.getRhs()); })
      .Case([&](math::FPowIOp op) { return power(op.getRhs()); })
      .Default([](Operation *) { return std::nullopt; });
}

static bool isRounded(TermKind kind) {
  switch (kind) {
  case TermKind::Add:
  case TermKind::Sub:
  case TermKind::Mul:
  case TermKind::Div:
  case TermKind::Sqrt:
  case TermKind::Rsqrt:
  case TermKind::Exp:
  case TermKind::Power2:
    return true;
  default:
    return false;
  }
}

bool beeline::isFast(Operation *op) {
  auto fast = dyn_cast<arith::ArithFastMathInterface>(op);
  auto flags = fast ? fast.getFastMathFlagsAttr() : arith::FastMathFlagsAttr();
  return flags && flags.getValue() != arith::FastMathFlags::none;
}

/// Rounding to nearest, ties to even, is also what is meant by none.
static bool roundsToNearest(Operation *op) {
  auto rounding = dyn_cast<arith::ArithRoundingModeInterface>(op);
  auto mode =
      rounding ? rounding.getRoundingModeAttr() : arith::RoundingModeAttr();
  return !mode || mode.getValue() == arith::RoundingMode::to_nearest_even;
}

std::optional<APFloat> Elements::foldNumbers(const Element &element,
                                             TermKind kind, FloatType type) {
  SmallVector<APFloat, 2> numbers;
  for (Value value : element.value.getDefiningOp()->getOperands()) {
    std::optional<APFloat> number =
        getNumber(strip(operand(element, value)).value);
    if (number)
      number = toF32(*number);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return fold(kind, numbers, type);
}

Term Elements::look(const Element &element) {
  Term term = explain(strip(element));
  // What is opaque is read, and no part of anything.
  if (term.kind != TermKind::Opaque)
    visited.push_back(term.op);
  return term;
}

Term Elements::explain(const Element &element) {
  Term term;
  auto type =
      dyn_cast<FloatType>(getElementTypeOrSelf(element.value.getType()));
  Operation *op = element.value.getDefiningOp();
  term.op = op;
  if (!type || !op || budget == 0)
    return term;

  if (std::optional<APFloat> number = getNumber(element.value)) {
    term.constant = toF32(*number);
    term.kind = term.constant ? TermKind::Constant : TermKind::Opaque;
    return term;
  }
  if (getDefiningLinalgOp(element))
    return lookAtReduction(element);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return lookAtSelect(element, select);
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    Value padding = pad.getConstantPaddingValue();
    APFloat number(0.0f);
    if (!padding || !matchPattern(padding, m_ConstantFloat(&number)) ||
        isInSource(pad, element.indices, space) != false ||
        !(term.constant = toF32(number)))
      return term;
    term.kind = TermKind::Pad;
    term.operands = {{pad.getSource(), element.indices, false, true}};
    return term;
  }
  if (!roundsToNearest(op))
    return term;
  term.isFast = isFast(op);
  if (auto truncate = dyn_cast<arith::TruncFOp>(op)) {
    Element source = operand(element, truncate.getIn());
    // A constant of f64 that becomes one of f32.
    if (std::optional<APFloat> number = getNumber(strip(source).value)) {
      bool losesInfo;
      number->convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
      term.constant = toF32(*number);
      term.kind = TermKind::Constant;
      return term;
    }
    term.kind = TermKind::Round;
    term.type = type;
    term.operands = {source};
    return term;
  }
  if (auto extend = dyn_cast<arith::ScalingExtFOp>(op)) {
    // With other scales it rounds them first.
    if (!isa<Float8E8M0FNUType>(
            getElementTypeOrSelf(extend.getScale().getType())))
      return term;
    term.kind = TermKind::Mul;
  } else if (std::optional<TermKind> kind = getKind(op)) {
    term.kind = *kind;
  }
  if (term.kind == TermKind::Opaque ||
      !isa<Float32Type, BFloat16Type, Float16Type>(type)) {
    term.kind = TermKind::Opaque;
    return term;
  }
  if (isa<arith::MaxNumFOp, arith::MinNumFOp>(op))
    term.keepsNaN[0] = term.keepsNaN[1] = false;
  if (std::optional<APFloat> number = foldNumbers(element, term.kind, type)) {
    term.kind = TermKind::Constant;
    term.constant = number;
    return term;
  }
  if (isRounded(term.kind) && !type.isF32() && !element.isUnrounded) {
    term.kind = TermKind::Round;
    term.type = type;
    term.operands = {element};
    term.operands.front().isUnrounded = true;
    return term;
  }
  unsigned numOperands =
      term.kind == TermKind::Power2 ? 1 : op->getNumOperands();
  for (Value value : op->getOperands().take_front(numOperands))
    term.operands.push_back(operand(element, value));
  return term;
}
