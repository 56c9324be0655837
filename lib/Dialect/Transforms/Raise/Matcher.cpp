//===- Matcher.cpp - What the forms have in common ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

bool beeline::isArithmeticType(Type type) {
  return isa<Float32Type, BFloat16Type, Float16Type>(type);
}

bool beeline::isCodeType(Type type) {
  return isa<Float8E4M3FNType, Float8E4M3FNUZType, Float8E5M2Type>(type);
}

Type TensorUse::getElementType() const { return getElementTypeOrSelf(value); }

Matcher::Matcher(Value root, NearMisses &misses)
    : root(root), misses(misses),
      elements(cast<RankedTensorType>(root.getType())) {}

RankedTensorType Matcher::getRootType() const {
  return cast<RankedTensorType>(root.getType());
}

FloatType Matcher::getRootElementType() const {
  return cast<FloatType>(getRootType().getElementType());
}

Term Matcher::look(const Element &element) {
  Term term = elements.look(element);
  if (term.isFast)
    assume(Assumption::FastMath);
  return term;
}

std::optional<Element> Matcher::getUnroundedRoot() {
  Element element = getRootElement();
  Term term = look(element);
  if (term.kind == TermKind::Round)
    return term.type == getRootElementType()
               ? std::optional(term.operands.front())
               : std::nullopt;
  return getRootElementType().isF32() ? std::optional(element) : std::nullopt;
}

std::optional<Term> Matcher::getUnroundedProduct() {
  std::optional<Element> element = getUnroundedRoot();
  if (!element)
    return std::nullopt;
  Term term = look(*element);
  return term.kind == TermKind::Mul ? std::optional(term) : std::nullopt;
}

Term Matcher::peek(const Element &element) {
  size_t numVisited = elements.visited.size();
  Term term = elements.look(element);
  elements.visited.truncate(numVisited);
  return term;
}

bool Matcher::inEitherOrder(
    const Term &term,
    function_ref<bool(const Element &, const Element &)> match) {
  const Element &first = term.operands[0], &second = term.operands[1];
  AssumptionSet assumedBefore = assumed;
  size_t numVisited = elements.visited.size();
  auto tryOrder = [&](const Element &a, const Element &b) {
    if (match(a, b))
      return true;
    assumed = assumedBefore;
    elements.visited.truncate(numVisited);
    return false;
  };
  return tryOrder(first, second) || tryOrder(second, first);
}

std::optional<Element> Matcher::besideConstant(const Term &term,
                                               APFloat &number) {
  std::optional<Element> other;
  inEitherOrder(term, [&](const Element &a, const Element &b) {
    Term constant = look(b);
    if (!constant.isConstant())
      return false;
    number = *constant.constant;
    other = a;
    return true;
  });
  return other;
}

bool Matcher::miss(Operation *anchor, StringRef opName, std::string reason,
                   std::string suggestion) {
  misses.add(anchor, opName, std::move(reason), std::move(suggestion),
             elements.visited.size());
  return false;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Whether a dimension of `extent` of a tensor can be one that has to have
/// `wanted`.
bool Matcher::hasExtent(const Element &element, int64_t extent,
                        int64_t wanted) const {
  if (ShapedType::isDynamic(extent) || ShapedType::isDynamic(wanted))
    return !element.hasOtherExtents;
  return extent == wanted;
}

std::optional<TensorUse>
Matcher::findTensor(const Element &element,
                    function_ref<bool(Type)> hasElements,
                    ArrayRef<unsigned> dims) {
  SmallVector<Element, 4> trace = elements.trace(element);
  auto find = [&](const Element &candidate,
                  bool isReshaped) -> std::optional<TensorUse> {
    RankedTensorType type = candidate.getTensorType();
    if (!type || !hasElements(type.getElementType()))
      return std::nullopt;
    if (!isReshaped && type.getRank() != static_cast<int64_t>(dims.size()))
      return std::nullopt;
    TensorUse use{candidate.value, {}};
    size_t position = 0;
    for (unsigned dim : dims) {
      int64_t wanted = getRootType().getDimSize(dim);
      if (wanted == 1) {
        use.shape.push_back(1);
        continue;
      }
      while (position < candidate.indices.size() &&
             type.getDimSize(position) == 1)
        ++position;
      if (position == candidate.indices.size() ||
          candidate.indices[position] != getSpace().getVariable(dim) ||
          !hasExtent(candidate, type.getDimSize(position), wanted))
        return std::nullopt;
      use.shape.push_back(type.getDimSize(position++));
    }
    for (; position < candidate.indices.size(); ++position)
      if (type.getDimSize(position) != 1)
        return std::nullopt;
    return use;
  };
  for (bool isReshaped : {false, true})
    for (const Element &candidate : llvm::reverse(trace))
      if (std::optional<TensorUse> use = find(candidate, isReshaped))
        return use;
  return std::nullopt;
}

std::optional<TensorUse>
Matcher::findRows(const Element &element,
                  function_ref<bool(Type)> hasElements) {
  return findTensor(
      element, hasElements,
      llvm::to_vector(llvm::seq<unsigned>(getRootType().getRank())));
}

std::optional<TensorUse>
Matcher::findVector(const Element &element,
                    function_ref<bool(Type)> hasElements) {
  unsigned last = getRootType().getRank() - 1;
  return findTensor(element, hasElements, {last});
}

std::optional<Grouping>
Matcher::findGroups(const Element &element,
                    function_ref<bool(Type)> hasElements) {
  SmallVector<Element, 4> trace = elements.trace(element);
  for (const Element &candidate : llvm::reverse(trace)) {
    RankedTensorType type = candidate.getTensorType();
    if (type && hasElements(type.getElementType()))
      if (std::optional<Grouping> grouping = getGrouping(candidate))
        return grouping;
  }
  return std::nullopt;
}

/// How many elements share an index that is `expr`, if it counts groups.
static std::optional<int64_t> getGroupSize(AffineExpr expr, AffineExpr column) {
  if (expr == column)
    return 1;
  auto division = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!division || expr.getKind() != AffineExprKind::FloorDiv ||
      division.getLHS() != column)
    return std::nullopt;
  auto divisor = dyn_cast<AffineConstantExpr>(division.getRHS());
  return divisor && divisor.getValue() > 0 ? std::optional(divisor.getValue())
                                           : std::nullopt;
}

std::optional<Grouping> Matcher::getGrouping(const Element &element) {
  RankedTensorType type = element.getTensorType();
  ArrayRef<int64_t> rootShape = getRootType().getShape();
  unsigned numRowDims = rootShape.size() - 1;
  if (!type)
    return std::nullopt;
  // Dimensions of extent 1 are where one wants them.
  SmallVector<unsigned> used;
  for (unsigned i = 0; i < element.indices.size(); ++i)
    if (type.getDimSize(i) != 1)
      used.push_back(i);
  unsigned numUsedRows =
      numRowDims - llvm::count(rootShape.drop_back(), int64_t(1));
  if (used.size() != numUsedRows && used.size() != numUsedRows + 1)
    return std::nullopt;

  Grouping grouping{
      rootShape.back(), ScaleLayout::RowMajor, {element.value, {}}};
  int64_t groups = 1;
  if (used.size() > numUsedRows) {
    std::optional<int64_t> size;
    unsigned position = used.back();
    if ((size = getGroupSize(element.indices[position], getColumn()))) {
      used.pop_back();
    } else if ((size = getGroupSize(element.indices[position = used.front()],
                                    getColumn()))) {
      used.erase(used.begin());
      grouping.layout = ScaleLayout::GroupMajor;
    } else {
      return std::nullopt;
    }
    grouping.groupSize = *size;
    groups = type.getDimSize(position);
    int64_t wanted =
        ShapedType::isDynamic(rootShape.back())
            ? rootShape.back()
            : static_cast<int64_t>(llvm::divideCeil(rootShape.back(), *size));
    if (!hasExtent(element, groups, wanted))
      return std::nullopt;
  }
  if (ShapedType::isDynamic(grouping.groupSize) || grouping.groupSize < 1)
    return std::nullopt;

  const auto *next = used.begin();
  for (unsigned dim = 0; dim < numRowDims; ++dim) {
    if (rootShape[dim] == 1) {
      grouping.values.shape.push_back(1);
      continue;
    }
    unsigned position = *next++;
    if (element.indices[position] != getSpace().getVariable(dim) ||
        !hasExtent(element, type.getDimSize(position), rootShape[dim]))
      return std::nullopt;
    grouping.values.shape.push_back(type.getDimSize(position));
  }
  SmallVector<int64_t> &shape = grouping.values.shape;
  shape.insert(grouping.layout == ScaleLayout::RowMajor ? shape.end()
                                                        : shape.begin(),
               groups);
  return grouping;
}
