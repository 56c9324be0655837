//===- SiluMulForm.cpp - Written-out gates --------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
//   (gate / (1 + exp(-gate))) * up
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

namespace {

/// gate / (1 + exp(-gate)), and what it rounds on the way.
class SiluMatcher {
public:
  explicit SiluMatcher(Matcher &matcher) : matcher(matcher) {}

  bool match(const Element &element);

  Operation *anchor = nullptr;
  Element gate;
  /// The last type that was rounded to in between: the op does not.
  FloatType rounded;

private:
  bool matchDenominator(const Element &element);
  bool matchNegated(const Element &element);
  Term look(const Element &element) {
    Term term = matcher.look(element);
    if (term.kind != TermKind::Round)
      return term;
    rounded = term.type;
    return matcher.look(term.operands.front());
  }

  Matcher &matcher;
};

} // namespace

static bool isNumber(const Term &term, double number) {
  return term.isConstant() && term.constant->isExactlyValue(number);
}

bool SiluMatcher::match(const Element &element) {
  Term term = look(element);
  if (term.kind == TermKind::Div) {
    gate = term.operands[0];
    return matchDenominator(term.operands[1]);
  }
  if (term.kind != TermKind::Mul)
    return false;
  return matcher.inEitherOrder(
      term, [&](const Element &first, const Element &second) {
        gate = first;
        rounded = {};
        Term sigmoid = look(second);
        if (sigmoid.kind != TermKind::Div ||
            !isNumber(matcher.look(sigmoid.operands[0]), 1.0))
          return false;
        matcher.assume(Assumption::Reciprocal);
        return matchDenominator(sigmoid.operands[1]);
      });
}

bool SiluMatcher::matchDenominator(const Element &element) {
  Term term = look(element);
  APFloat number(0.0f);
  if (term.kind != TermKind::Add)
    return false;
  std::optional<Element> exp = matcher.besideConstant(term, number);
  if (!exp || !number.isExactlyValue(1.0))
    return false;
  Term exponential = look(*exp);
  if (exponential.kind != TermKind::Exp)
    return false;
  anchor = exponential.op;
  matcher.assume(Assumption::Exp);
  return matchNegated(exponential.operands.front());
}

bool SiluMatcher::matchNegated(const Element &element) {
  Term term = matcher.look(element);
  APFloat number(0.0f);
  if (term.kind == TermKind::Neg)
    return matcher.isSame(term.operands[0], gate);
  // Of zeros, exp gives 1 whatever their sign.
  if (term.kind == TermKind::Sub)
    return isNumber(matcher.look(term.operands[0]), 0.0) &&
           matcher.isSame(term.operands[1], gate);
  if (term.kind != TermKind::Mul)
    return false;
  std::optional<Element> other = matcher.besideConstant(term, number);
  return other && number.isExactlyValue(-1.0) && matcher.isSame(*other, gate);
}

std::optional<SiluMulForm> beeline::matchSiluMul(Matcher &matcher) {
  std::optional<Term> mul = matcher.getUnroundedProduct();
  if (!mul)
    return std::nullopt;

  StringRef name = SiluMulOp::getOperationName();
  std::optional<SiluMulForm> form;
  matcher.inEitherOrder(*mul, [&](const Element &left, const Element &right) {
    Term term = matcher.look(left);
    bool isRounded = term.kind == TermKind::Round;
    SiluMatcher silu(matcher);
    if (!silu.match(isRounded ? term.operands.front() : left))
      return false;
    if (silu.rounded)
      return matcher.miss(
          silu.anchor, name,
          llvm::formatv("silu rounds to {0} in between", silu.rounded));
    if (isRounded && term.type != matcher.getRootElementType())
      return matcher.miss(
          silu.anchor, name,
          llvm::formatv("silu of the gate is rounded to {0} and the product to "
                        "{1}",
                        term.type, matcher.getRootElementType()));
    std::optional<TensorUse> gate =
        matcher.findRows(silu.gate, isArithmeticType);
    std::optional<TensorUse> up = matcher.findRows(right, isArithmeticType);
    if (!gate || !up)
      return matcher.miss(silu.anchor, name,
                          llvm::formatv("{0} is not a tensor of bf16, f16 or "
                                        "f32 of the result's shape",
                                        gate ? "up" : "the gate"));
    form = {silu.anchor, *gate, *up, isRounded};
    return true;
  });
  return form;
}
