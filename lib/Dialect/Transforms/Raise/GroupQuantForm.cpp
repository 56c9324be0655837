//===- GroupQuantForm.cpp - Written-out group quantizations ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   code =  round(clamp(x * (1 / scale), -fmax, fmax))
//
// where the scale of the group is made as in ScaleForm.cpp.
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "Numbers.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

static StringRef opName() { return GroupQuantOp::getOperationName(); }

namespace {

class GroupQuantMatcher {
public:
  explicit GroupQuantMatcher(Matcher &matcher) : matcher(matcher) {}

  std::optional<GroupQuantForm> match();

private:
  /// Takes the bounds off `element`.
  Element unclamp(Element element);
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
    matcher.inEitherOrder(
        product, [&](const Element &input, const Element &inverse) {
          return tryScale(input, matchInverseScale(matcher, inverse));
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
