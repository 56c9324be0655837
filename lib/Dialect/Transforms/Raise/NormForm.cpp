//===- NormForm.cpp - Written-out norms -----------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
//   u * (1 / sqrt(row_sum(u * u) / N + epsilon)) * (weight + weight_offset)
//
// A weight that nothing is added to is one with an offset of -0, which changes
// no bit of it; an offset of +0 would make a weight of -0 a +0.
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

static StringRef opName() { return RMSNormOp::getOperationName(); }

namespace {

/// u * (1 / sqrt(row_sum(u * u) / N + epsilon))
class NormalizedMatcher {
public:
  explicit NormalizedMatcher(Matcher &matcher) : matcher(matcher) {}

  bool match(const Element &element);

  Operation *anchor = nullptr;
  Element normalized;
  APFloat epsilon = APFloat(0.0f);

private:
  /// The argument of the root that `element` is one over.
  std::optional<Element> getUnderRoot(const Element &element);
  bool matchVariance(const Element &element);
  /// The sum that `element` is the mean of.
  std::optional<Element> getSum(const Element &element);
  bool matchSum(const Element &element);
  bool miss(std::string reason) {
    return matcher.miss(anchor, opName(), std::move(reason));
  }

  Matcher &matcher;
};

} // namespace

static bool isNumber(const Term &term, double number) {
  return term.isConstant() && term.constant->isExactlyValue(number);
}

bool NormalizedMatcher::match(const Element &element) {
  Term term = matcher.look(element);
  if (term.kind == TermKind::Div) {
    normalized = term.operands[0];
    Term root = matcher.look(term.operands[1]);
    if (root.kind != TermKind::Sqrt || matcher.peek(normalized).isConstant())
      return false;
    anchor = root.op;
    matcher.assume(Assumption::Reciprocal);
    return matchVariance(root.operands.front());
  }
  if (term.kind != TermKind::Mul)
    return false;
  return matcher.inEitherOrder(
      term, [&](const Element &value, const Element &factor) {
        normalized = value;
        std::optional<Element> variance = getUnderRoot(factor);
        return variance && matchVariance(*variance);
      });
}

std::optional<Element> NormalizedMatcher::getUnderRoot(const Element &element) {
  Term term = matcher.look(element);
  FloatType rounded;
  if (term.kind == TermKind::Round) {
    rounded = term.type;
    term = matcher.look(term.operands.front());
  }
  if (term.kind == TermKind::Rsqrt) {
    matcher.assume(Assumption::Rsqrt);
  } else if (term.kind == TermKind::Div &&
             isNumber(matcher.look(term.operands[0]), 1.0)) {
    term = matcher.look(term.operands[1]);
    if (term.kind != TermKind::Sqrt)
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  anchor = term.op;
  if (!rounded)
    return term.operands.front();
  miss(llvm::formatv("the reciprocal root is rounded to {0}", rounded));
  return std::nullopt;
}

bool NormalizedMatcher::matchVariance(const Element &element) {
  Term term = matcher.look(element);
  if (term.kind != TermKind::Add) {
    epsilon = APFloat(0.0f);
    std::optional<Element> sum = getSum(element);
    return sum && matchSum(*sum);
  }
  if (std::optional<Element> mean = matcher.besideConstant(term, epsilon)) {
    std::optional<Element> sum = getSum(*mean);
    return sum && matchSum(*sum);
  }
  return matcher.inEitherOrder(term, [&](const Element &mean, const Element &) {
    return getSum(mean) && miss("epsilon is not a constant");
  });
}

std::optional<Element> NormalizedMatcher::getSum(const Element &element) {
  Term term = matcher.look(element);
  APFloat number(0.0f);
  std::optional<Element> sum;
  auto isSum = [&](const std::optional<Element> &element) {
    return element && matcher.look(*element).kind == TermKind::SumOf;
  };
  if (term.kind == TermKind::SumOf) {
    miss("the sum of squares is not divided by N");
    return std::nullopt;
  }
  if (term.kind == TermKind::Div || term.kind == TermKind::Mul)
    sum = matcher.besideConstant(term, number);
  if (!isSum(sum) || (term.kind == TermKind::Div && *sum == term.operands[1])) {
    if (term.kind == TermKind::Div && isSum(term.operands[0]))
      miss("the sum of squares is divided by something that is not the "
           "constant N");
    return std::nullopt;
  }

  int64_t n = matcher.getRowLength();
  APFloat length(0.0f);
  // From 2^24 on, f32 lacks odd numbers; the op has no longer rows.
  if (!ShapedType::isDynamic(n) && n >= 1 && n <= (int64_t(1) << 24))
    length = APFloat(static_cast<float>(n));
  APFloat inverse(1.0f);
  inverse.divide(length, APFloat::rmNearestTiesToEven);
  if (!number.bitwiseIsEqual(term.kind == TermKind::Div ? length : inverse)) {
    miss("the sum of squares is divided by something that is not the constant "
         "N");
    return std::nullopt;
  }
  // Powers of two have exact reciprocals.
  if (term.kind == TermKind::Mul && !llvm::isPowerOf2_64(n))
    matcher.assume(Assumption::MeanByMultiplication);
  return sum;
}

bool NormalizedMatcher::matchSum(const Element &element) {
  Element position = matcher.strip(element);
  Term sum = matcher.look(element);
  auto column = dyn_cast<AffineDimExpr>(matcher.getColumn());
  if (column && llvm::any_of(position.indices, [&](AffineExpr index) {
        return index.isFunctionOfDim(column.getPosition());
      }))
    return miss("the sum of squares is not one for each row");
  if (sum.reducedExtent != matcher.getRowLength())
    return miss("the sum of squares is not over whole rows");
  if (!sum.type.isF32())
    return miss(llvm::formatv("the squares are added in {0}", sum.type));
  if (Term init = matcher.look(sum.operands[1]);
      !init.isConstant() || !init.constant->isZero())
    return miss("the sum of squares does not start at 0");

  Term square = matcher.look(sum.operands[0]);
  if (square.kind == TermKind::Power2)
    matcher.assume(Assumption::Powf);
  else if (square.kind == TermKind::Round)
    return miss(llvm::formatv("the squares are rounded to {0}", square.type));
  else if (square.kind != TermKind::Mul ||
           !matcher.isSame(square.operands[0], square.operands[1]))
    return miss("what is summed is not a square");

  // The summand at the column that is normalized.
  Element squared = square.operands.front();
  for (AffineExpr &index : squared.indices)
    index = matcher.getSpace().simplify(
        index.replace(sum.reduced, matcher.getColumn()));
  return matcher.isSame(squared, normalized) ||
         miss("the reciprocal root is not first multiplied by the value that "
              "was squared");
}

/// What is normalized as a sum, if both parts of it are tensors.
static std::optional<NormForm::Sum> findSum(Matcher &matcher,
                                            const Element &normalized) {
  Term term = matcher.peek(normalized);
  FloatType rounded;
  bool isFast = term.isFast;
  if (term.kind == TermKind::Round) {
    rounded = term.type;
    term = matcher.peek(term.operands.front());
  }
  if (term.kind != TermKind::Add || term.isFast || isFast ||
      matcher.peek(term.operands[0]).isConstant() ||
      matcher.peek(term.operands[1]).isConstant())
    return std::nullopt;
  std::optional<TensorUse> input =
      matcher.findRows(term.operands[0], isArithmeticType);
  std::optional<TensorUse> residual =
      matcher.findRows(term.operands[1], isArithmeticType);
  if (!input || !residual)
    return std::nullopt;
  // The sum is rounded to the residual's type.
  if (rounded && residual->getElementType() != rounded)
    std::swap(input, residual);
  if (rounded && residual->getElementType() != rounded)
    return std::nullopt;
  auto isSumType = [&](Type type) {
    return rounded ? type == rounded : type.isF32();
  };
  return NormForm::Sum{*input, *residual, rounded != nullptr,
                       matcher.findRows(normalized, isSumType)};
}

std::optional<NormForm> beeline::matchNorm(Matcher &matcher) {
  std::optional<Element> root = matcher.getUnroundedRoot();
  if (!root)
    return std::nullopt;
  Term product = matcher.look(*root);
  std::optional<NormForm> form;
  auto fill = [&](const NormalizedMatcher &match) {
    form = NormForm{match.anchor,
                    matcher.findRows(match.normalized, isArithmeticType),
                    findSum(matcher, match.normalized),
                    std::nullopt,
                    APFloat(0.0f),
                    match.epsilon,
                    false};
    if (form->input || form->sum)
      return true;
    form.reset();
    return matcher.miss(match.anchor, opName(),
                        "what is normalized is not a tensor of bf16, f16 or "
                        "f32 of the result's shape");
  };

  auto matchWeighted = [&](const Element &left, const Element &weight) {
    Term term = matcher.look(left);
    bool isRounded = term.kind == TermKind::Round;
    NormalizedMatcher match(matcher);
    if (!match.match(isRounded ? term.operands.front() : left) ||
        (isRounded && term.type != matcher.getRootElementType()))
      return false;
    std::optional<TensorUse> vector;
    APFloat offset = APFloat::getZero(APFloat::IEEEsingle(), /*Negative=*/true);
    Term sum = matcher.peek(weight);
    if (sum.kind == TermKind::Add && !sum.isFast) {
      if (std::optional<Element> base = matcher.besideConstant(sum, offset))
        vector = matcher.findVector(*base, isArithmeticType);
    }
    if (!vector) {
      offset = APFloat::getZero(APFloat::IEEEsingle(), /*Negative=*/true);
      vector = matcher.findVector(weight, isArithmeticType);
    }
    if (!vector)
      return matcher.miss(match.anchor, opName(),
                          "the weight is not a tensor [N] of bf16, f16 or f32");
    if (!fill(match))
      return false;
    form->weight = vector;
    form->weightOffset = offset;
    form->roundBeforeWeight = isRounded;
    return true;
  };
  if (product.kind == TermKind::Mul &&
      matcher.inEitherOrder(product, matchWeighted))
    return form;

  NormalizedMatcher match(matcher);
  if (match.match(*root))
    fill(match);
  return form;
}
