//===- RaiseGroupQuant.cpp - Written-out group quantizations --------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   scale = max(max |x|, min_amax) / fmax
//   code  = round(clamp(x * (1 / scale), -fmax, fmax))
//
// The op makes a group with an infinite element NaN. Written out it mostly is
// something else: the scale is infinite, and the codes are zeros and NaN.
//
//===----------------------------------------------------------------------===//

#include "RaiseForms.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;
using arith::CmpFPredicate;

static StringRef opName() { return GroupQuantOp::getOperationName(); }

static APFloat quotient(APFloat lhs, const APFloat &rhs) {
  lhs.divide(rhs, APFloat::rmNearestTiesToEven);
  return lhs;
}

static APFloat one() { return APFloat(1.0f); }

static bool isFinitePositive(const APFloat &value) {
  return value.isFiniteNonZero() && !value.isNegative();
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

namespace {

class GroupQuantMatcher {
public:
  explicit GroupQuantMatcher(Matcher &matcher) : matcher(matcher) {}

  std::optional<GroupQuantForm> match();

private:
  /// Takes the bounds off `element`.
  Element unclamp(Element element);
  /// 1 / scale, or fmax / m.
  std::optional<ScaleForm> matchInverse(const Element &element);
  bool finish(const Element &input, const ScaleForm &scale);
  /// Whether codes come out as if clamped to fmax.
  bool clampsTo(const APFloat &fmax);
  /// Whether the largest magnitudes of `grouping`, at `element`, are `input`'s.
  bool matchMagnitudes(const Element &element, const Grouping &grouping,
                       const Element &input);
  bool miss(std::string reason, std::string suggestion = {}) {
    return matcher.miss(anchor, opName(), std::move(reason),
                        std::move(suggestion));
  }

  Matcher &matcher;
  Operation *anchor = nullptr;
  std::optional<APFloat> low, high;
  bool clampHidesNaN = false;
  std::optional<GroupQuantForm> form;
};

} // namespace

Element GroupQuantMatcher::unclamp(Element element) {
  while (true) {
    Term term = matcher.look(element);
    bool isMax = term.kind == TermKind::Max;
    if ((!isMax && term.kind != TermKind::Min) || (isMax ? low : high))
      return element;
    APFloat bound(0.0f);
    std::optional<Element> value = matcher.besideConstant(term, bound);
    if (!value || bound.isNaN())
      return element;
    clampHidesNaN |= !term.keepsNaN[*value == term.operands[0] ? 0 : 1];
    (isMax ? low : high) = bound;
    element = *value;
  }
}

std::optional<ScaleForm>
GroupQuantMatcher::matchInverse(const Element &element) {
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

std::optional<GroupQuantForm> GroupQuantMatcher::match() {
  Term cast = matcher.look(matcher.getRootElement());
  if (cast.kind != TermKind::Round || cast.type != matcher.getRootElementType())
    return std::nullopt;
  anchor = cast.op;
  Element clamped = unclamp(cast.operands.front());
  Term product = matcher.look(clamped);
  FloatType rounded;
  if (product.kind == TermKind::Round) {
    rounded = product.type;
    product = matcher.look(product.operands.front());
  }
  auto tryScale = [&](const Element &input,
                      const std::optional<ScaleForm> &scale) {
    if (!scale)
      return false;
    if (rounded)
      return miss(llvm::formatv("the scaled elements are rounded to {0} first",
                                rounded));
    return finish(input, *scale);
  };
  if (product.kind == TermKind::Mul) {
    matcher.inEitherOrder(product,
                          [&](const Element &input, const Element &inverse) {
                            return tryScale(input, matchInverse(inverse));
                          });
  } else if (product.kind == TermKind::Div) {
    matcher.assume(Assumption::Reciprocal);
    tryScale(product.operands[0], matchScale(matcher, product.operands[1]));
  }
  return form;
}

bool GroupQuantMatcher::clampsTo(const APFloat &fmax) {
  APFloat negative = -fmax;
  if ((high && *high < fmax) || (low && *low > negative))
    return false;
  if (high && low && high->bitwiseIsEqual(fmax) &&
      low->bitwiseIsEqual(negative))
    return true;
  // No magnitude exceeds fmax by more than the few roundings on the way to it.
  // If the code of that is fmax's, no clamp is needed.
  auto code = [&](APFloat value) {
    bool losesInfo;
    value.convert(matcher.getRootElementType().getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
    return value;
  };
  APFloat above = fmax;
  above.multiply(APFloat(1.0f + 0x1p-20f), APFloat::rmNearestTiesToEven);
  return code(above).bitwiseIsEqual(code(fmax));
}

bool GroupQuantMatcher::finish(const Element &input, const ScaleForm &scale) {
  if (!isFinitePositive(scale.minAmax))
    return miss("the scale of a group of zeros is zero",
                "keep the largest magnitude above a small positive number");
  if (!isFinitePositive(scale.fmax) || !clampsTo(scale.fmax))
    return miss("the codes are not clamped to the magnitude that the scale is "
                "made for");
  std::optional<Grouping> grouping = matcher.getGrouping(scale.amax);
  if (!grouping)
    return miss("the largest magnitudes are not those of groups of neighbours "
                "in a row");
  if (!matchMagnitudes(scale.amax, *grouping, input))
    return false;
  std::optional<TensorUse> rows = matcher.findRows(input, isArithmeticType);
  if (!rows)
    return miss("what is quantized is not a tensor of bf16, f16 or f32 of the "
                "codes' shape");
  if (clampHidesNaN)
    matcher.assume(Assumption::NoNaN);
  if (!scale.handlesInfinity || clampHidesNaN)
    matcher.assume(Assumption::NoInfinity);
  form = {anchor, *rows, scale, *grouping};
  return true;
}

bool GroupQuantMatcher::matchMagnitudes(const Element &element,
                                        const Grouping &grouping,
                                        const Element &input) {
  // Each group on its own: the column's group becomes a variable.
  IndexSpace &space = matcher.getSpace();
  bool isRowMajor = grouping.layout == ScaleLayout::RowMajor;
  ArrayRef<int64_t> shape = grouping.values.shape;
  int64_t groups = isRowMajor ? shape.back() : shape.front();
  int64_t groupSize = grouping.groupSize, n = matcher.getRowLength();
  AffineExpr column = matcher.getColumn();
  AffineExpr group = space.addVariable(groups);
  Element position = element;
  for (AffineExpr &index : position.indices)
    if (auto dim = dyn_cast<AffineDimExpr>(column);
        dim && index.isFunctionOfDim(dim.getPosition()))
      index = group;

  Term max = matcher.look(position);
  if (max.kind != TermKind::MaxOf || max.reducedExtent != groupSize)
    return miss("the largest magnitudes are not those of whole groups of a "
                "row");
  Element magnitude = max.operands.front();
  bool isAbsolute = false, isPadded = false;
  while (true) {
    Term term = matcher.look(magnitude);
    if (term.kind == TermKind::Abs) {
      isAbsolute = true;
    } else if (term.kind == TermKind::Pad && term.constant->isZero()) {
      // What is beside the row counts as zero.
      auto pad = cast<tensor::PadOp>(term.op);
      AffineExpr last = term.operands.front().indices.back();
      auto reduced = dyn_cast<AffineDimExpr>(max.reduced);
      isPadded = reduced && last.isFunctionOfDim(reduced.getPosition()) &&
                 pad.getSourceType().getShape().back() == n;
      if (!isPadded)
        break;
    } else {
      break;
    }
    magnitude = term.operands.front();
  }
  if (!isAbsolute)
    return miss("the largest elements are taken, not the largest magnitudes");
  bool isWhole = ShapedType::isDynamic(n) ||
                 (!ShapedType::isDynamic(groups) && groups * groupSize == n);
  if (!isWhole && !isPadded)
    return miss("the groups reach past the row");

  // The magnitude of the element in this column.
  AffineExpr inGroup = space.mod(column, groupSize);
  AffineExpr ofGroup = space.floorDiv(column, groupSize);
  for (AffineExpr &index : magnitude.indices)
    index = space.simplify(
        index.replace({{group, ofGroup}, {max.reduced, inGroup}}));
  return matcher.isSame(magnitude, input) ||
         miss("the largest magnitudes are those of another value");
}

std::optional<GroupQuantForm> beeline::matchGroupQuant(Matcher &matcher) {
  return GroupQuantMatcher(matcher).match();
}
