//===- ScaleForm.cpp - Written-out scales of groups -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   scale = max(max |x|, min_amax) / fmax
//
// The op makes a group with an infinite element NaN. Written out it mostly is
// something else: the scale is infinite, and the codes are zeros and NaN.
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "Numbers.h"

using namespace mlir;
using namespace beeline;
using arith::CmpFPredicate;

static APFloat quotient(APFloat lhs, const APFloat &rhs) {
  lhs.divide(rhs, APFloat::rmNearestTiesToEven);
  return lhs;
}

static APFloat one() { return APFloat(1.0f); }

/// The largest of the operand that is no constant and a constant.
static std::optional<Element> getAtLeast(Matcher &matcher, const Term &term,
                                         APFloat &least) {
  if (term.kind != TermKind::Max)
    return std::nullopt;
  std::optional<Element> value = matcher.besideConstant(term, least);
  if (value && !term.keepsNaN[*value == term.operands[0] ? 0 : 1])
    matcher.assume(Assumption::NoNaN);
  return value;
}

/// max(amax, min_amax), where the reduction may begin with the latter.
static bool matchFloored(Matcher &matcher, const Element &element,
                         ScaleForm &scale) {
  APFloat least(0.0f);
  Term term = matcher.look(element);
  if (std::optional<Element> amax = getAtLeast(matcher, term, least)) {
    scale.amax = matcher.strip(*amax);
    scale.minAmax = least;
  } else {
    scale.amax = matcher.strip(element);
  }
  Term max = matcher.look(scale.amax);
  if (max.kind != TermKind::MaxOf)
    return false;
  Term init = matcher.look(max.operands[1]);
  if (!init.isConstant() || init.constant->isNaN())
    return false;
  if (!max.keepsNaN[0])
    matcher.assume(Assumption::NoNaN);
  scale.minAmax = maximum(scale.minAmax, *init.constant);
  return true;
}

/// The number that `inverse` is the reciprocal of, and whether exactly.
static std::optional<APFloat> getReciprocal(const APFloat &inverse,
                                            bool &isExact) {
  if (!isFinitePositive(inverse))
    return std::nullopt;
  APFloat number = quotient(one(), inverse);
  APFloat exact = number;
  isExact = exact.getExactInverse(&exact) && exact.bitwiseIsEqual(inverse);
  APFloat whole = number;
  whole.roundToIntegral(APFloat::rmNearestTiesToEven);
  for (const APFloat &candidate : {whole, number})
    if (quotient(one(), candidate).bitwiseIsEqual(inverse))
      return candidate;
  return std::nullopt;
}

/// The least magnitude that makes a scale of at least `least`: dividing by fmax
/// keeps the order, so that a floor under the scale is one under the largest
/// magnitude.
static std::optional<APFloat> getMinAmax(const APFloat &least,
                                         const APFloat &fmax) {
  APFloat magnitude = least;
  magnitude.multiply(fmax, APFloat::rmNearestTiesToEven);
  APFloat below = magnitude, above = magnitude;
  below.next(/*nextDown=*/true);
  above.next(/*nextDown=*/false);
  for (const APFloat &candidate : {magnitude, below, above})
    if (quotient(candidate, fmax).bitwiseIsEqual(least))
      return candidate;
  return std::nullopt;
}

/// max(amax, min_amax) / fmax, also as a multiplication.
static bool matchDivided(Matcher &matcher, const Term &term, ScaleForm &scale) {
  APFloat number(0.0f);
  if (term.kind == TermKind::Div) {
    Term divisor = matcher.look(term.operands[1]);
    if (!divisor.isConstant())
      return false;
    scale.fmax = *divisor.constant;
    return matchFloored(matcher, term.operands[0], scale);
  }
  if (term.kind != TermKind::Mul)
    return false;
  std::optional<Element> magnitude = matcher.besideConstant(term, number);
  bool isExact = false;
  std::optional<APFloat> fmax = getReciprocal(number, isExact);
  if (!magnitude || !fmax)
    return false;
  if (!isExact)
    matcher.assume(Assumption::Reciprocal);
  scale.fmax = *fmax;
  return matchFloored(matcher, *magnitude, scale);
}

/// What a comparison with infinity says of a value that is less, equal or NaN.
enum class Ordering { Less, Equal, Unordered };

static bool holds(CmpFPredicate predicate, Ordering ordering, bool isSwapped) {
  // Up to ORD a predicate is the set of orderings that it holds for: equal,
  // greater, less. The others hold for NaN too.
  auto bits = static_cast<unsigned>(predicate);
  bool isUnordered = predicate >= CmpFPredicate::UEQ;
  if (ordering == Ordering::Unordered)
    return isUnordered;
  if (predicate == CmpFPredicate::AlwaysTrue)
    return true;
  if (predicate == CmpFPredicate::UNO)
    return false;
  if (isUnordered)
    bits -= static_cast<unsigned>(CmpFPredicate::ORD);
  unsigned bit = ordering == Ordering::Equal ? 1 : isSwapped ? 2 : 4;
  return bits & bit;
}

/// amax < infinity ? scale : NaN, in any way to write it.
static bool matchSelected(Matcher &matcher, const Term &term,
                          ScaleForm &scale) {
  auto isNaN = [&](const Element &element) {
    Term constant = matcher.look(element);
    return constant.isConstant() && constant.constant->isNaN();
  };
  auto isInfinity = [&](const Element &element) {
    Term constant = matcher.look(element);
    return constant.isConstant() && constant.constant->isPosInfinity();
  };
  bool isSwapped = isInfinity(term.operands[0]);
  if (!isSwapped && !isInfinity(term.operands[1]))
    return false;
  const Element &compared = term.operands[isSwapped ? 1 : 0];
  auto chosen = [&](Ordering ordering) -> const Element & {
    return term.operands[holds(term.predicate, ordering, isSwapped) ? 2 : 3];
  };
  const Element &finite = chosen(Ordering::Less);
  if (!isNaN(chosen(Ordering::Equal)))
    return false;
  std::optional<ScaleForm> inner = matchScale(matcher, finite);
  // The scale is infinite where the magnitude is, and NaN where it is.
  if (!inner || (!matcher.isSame(compared, inner->amax) &&
                 !matcher.isSame(compared, finite)))
    return false;
  scale = *inner;
  scale.handlesInfinity = true;
  return true;
}

std::optional<ScaleForm> beeline::matchScale(Matcher &matcher,
                                             const Element &element) {
  ScaleForm scale;
  APFloat least(0.0f);
  Term term = matcher.look(element);
  if (term.kind == TermKind::Select)
    return matchSelected(matcher, term, scale) ? std::optional(scale)
                                               : std::nullopt;
  if (term.kind == TermKind::Div &&
      matcher.look(term.operands[0]).isConstant()) {
    // 1 / (fmax / m)
    Term factor = matcher.look(term.operands[1]);
    Term number = matcher.look(term.operands[0]);
    if (!number.constant->isExactlyValue(1.0) || factor.kind != TermKind::Div)
      return std::nullopt;
    Term fmax = matcher.look(factor.operands[0]);
    if (!fmax.isConstant())
      return std::nullopt;
    matcher.assume(Assumption::Reciprocal);
    scale.fmax = *fmax.constant;
    return matchFloored(matcher, factor.operands[1], scale)
               ? std::optional(scale)
               : std::nullopt;
  }
  std::optional<Element> divided = getAtLeast(matcher, term, least);
  if (!divided)
    return matchDivided(matcher, term, scale) ? std::optional(scale)
                                              : std::nullopt;
  if (!matchDivided(matcher, matcher.look(*divided), scale))
    return std::nullopt;
  if (!isFinitePositive(scale.fmax) || !isFinitePositive(least))
    return std::nullopt;
  std::optional<APFloat> minAmax = getMinAmax(least, scale.fmax);
  if (!minAmax)
    return std::nullopt;
  scale.minAmax = maximum(scale.minAmax, *minAmax);
  return scale;
}

std::optional<ScaleForm> beeline::matchInverseScale(Matcher &matcher,
                                                    const Element &element) {
  Term term = matcher.look(element);
  if (term.kind != TermKind::Div)
    return std::nullopt;
  Term number = matcher.look(term.operands[0]);
  if (!number.isConstant())
    return std::nullopt;
  if (number.constant->isExactlyValue(1.0))
    return matchScale(matcher, term.operands[1]);
  ScaleForm scale;
  scale.fmax = *number.constant;
  matcher.assume(Assumption::Reciprocal);
  return matchFloored(matcher, term.operands[1], scale) ? std::optional(scale)
                                                        : std::nullopt;
}
