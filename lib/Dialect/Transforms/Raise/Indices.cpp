//===- Indices.cpp - Index arithmetic of views ----------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Indices.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

AffineExpr IndexSpace::addVariable(int64_t extent) {
  extents.push_back(extent);
  return getVariable(extents.size() - 1);
}

AffineExpr IndexSpace::getVariable(unsigned index) const {
  return extents[index] == 1 ? getConstant(0)
                             : getAffineDimExpr(index, context);
}

AffineExpr IndexSpace::getConstant(int64_t value) const {
  return getAffineConstantExpr(value, context);
}

/// Indices and their parts are never negative, so that the bounds of the parts
/// bound the whole.
std::optional<int64_t> IndexSpace::getUpperBound(AffineExpr expr) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() >= 0 ? std::optional(constant.getValue())
                                    : std::nullopt;
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    int64_t extent = extents[dim.getPosition()];
    return ShapedType::isDynamic(extent) ? std::nullopt
                                         : std::optional(extent - 1);
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<int64_t> lhs = getUpperBound(binary.getLHS());
  std::optional<int64_t> rhs = getUpperBound(binary.getRHS());
  if (!rhs)
    return std::nullopt;
  int64_t bound = 0;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    if (!lhs || llvm::AddOverflow(*lhs, *rhs, bound))
      return std::nullopt;
    return bound;
  case AffineExprKind::Mul:
    if (!lhs || llvm::MulOverflow(*lhs, *rhs, bound))
      return std::nullopt;
    return bound;
  case AffineExprKind::FloorDiv:
    if (!lhs || *rhs <= 0)
      return std::nullopt;
    return *lhs / *rhs;
  case AffineExprKind::Mod:
    return lhs ? std::min(*lhs, *rhs - 1) : *rhs - 1;
  default:
    return std::nullopt;
  }
}

AffineExpr IndexSpace::simplify(AffineExpr expr) const {
  return simplifyAffineExpr(expr, extents.size(), /*numSymbols=*/0);
}

IndexSpace::Division IndexSpace::divide(AffineExpr expr,
                                        int64_t divisor) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    int64_t value = constant.getValue();
    return {getConstant(llvm::divideFloorSigned(value, divisor)),
            getConstant(llvm::mod(value, divisor))};
  }
  if (expr.isMultipleOf(divisor))
    return {expr.floorDiv(divisor), getConstant(0)};
  if (expr.getKind() == AffineExprKind::Add) {
    auto sum = cast<AffineBinaryOpExpr>(expr);
    Division lhs = divide(sum.getLHS(), divisor);
    Division rhs = divide(sum.getRHS(), divisor);
    return {lhs.quotient + rhs.quotient, lhs.remainder + rhs.remainder};
  }
  return {getConstant(0), expr};
}

AffineExpr IndexSpace::floorDiv(AffineExpr expr, int64_t divisor) const {
  Division parts = divide(expr, divisor);
  std::optional<int64_t> bound = getUpperBound(parts.remainder);
  if (bound && *bound < divisor)
    return simplify(parts.quotient);
  return simplify(parts.quotient + parts.remainder.floorDiv(divisor));
}

AffineExpr IndexSpace::mod(AffineExpr expr, int64_t divisor) const {
  AffineExpr remainder = divide(expr, divisor).remainder;
  std::optional<int64_t> bound = getUpperBound(remainder);
  return simplify(bound && *bound < divisor ? remainder : remainder % divisor);
}

/// Far below where sums and products of a few indices overflow.
static constexpr int64_t largestStride = int64_t(1) << 48;

/// How far apart the neighbours along each dimension of `group` lie, 0 for an
/// extent of 1. Fails where an extent is unknown that a stride depends on.
static std::optional<SmallVector<int64_t>>
computeStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> group) {
  SmallVector<int64_t> strides(group.size());
  int64_t stride = 1;
  for (size_t i = group.size(); i-- > 0;) {
    int64_t extent = shape[group[i]];
    if (extent == 1)
      continue;
    if (ShapedType::isDynamic(stride))
      return std::nullopt;
    strides[i] = stride;
    if (ShapedType::isDynamic(extent))
      stride = ShapedType::kDynamic;
    else if (extent == 0 || llvm::MulOverflow(stride, extent, stride) ||
             stride > largestStride)
      return std::nullopt;
  }
  return strides;
}

std::optional<Indices>
IndexSpace::collapse(const Indices &indices, ArrayRef<int64_t> expandedShape,
                     ArrayRef<ReassociationIndices> groups) const {
  Indices collapsed;
  for (const ReassociationIndices &group : groups) {
    std::optional<SmallVector<int64_t>> strides =
        computeStrides(expandedShape, group);
    if (!strides)
      return std::nullopt;
    AffineExpr position = getConstant(0);
    for (auto [dim, stride] : llvm::zip_equal(group, *strides))
      position = position + indices[dim] * stride;
    collapsed.push_back(simplify(position));
  }
  return collapsed;
}

std::optional<Indices>
IndexSpace::expand(const Indices &indices, ArrayRef<int64_t> expandedShape,
                   ArrayRef<ReassociationIndices> groups) const {
  Indices expanded(expandedShape.size(), getConstant(0));
  for (auto [index, group] : llvm::zip_equal(indices, groups)) {
    std::optional<SmallVector<int64_t>> strides =
        computeStrides(expandedShape, group);
    if (!strides)
      return std::nullopt;
    AffineExpr rest = index;
    for (auto [dim, stride] : llvm::zip_equal(group, *strides)) {
      if (stride == 0)
        continue;
      expanded[dim] = floorDiv(rest, stride);
      rest = mod(rest, stride);
    }
  }
  return expanded;
}
