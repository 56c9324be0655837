//===- Windows.cpp - Slices and padding -----------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

using namespace mlir;
using namespace beeline;

std::optional<Indices> beeline::getSourceIndices(tensor::ExtractSliceOp slice,
                                                 const Indices &indices,
                                                 const IndexSpace &space,
                                                 bool &hasOtherExtents) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  ArrayRef<int64_t> shape = slice.getSourceType().getShape();
  Indices source;
  const auto *next = indices.begin();
  for (auto [dim, offset, size, stride] :
       llvm::enumerate(slice.getMixedOffsets(), slice.getMixedSizes(),
                       slice.getMixedStrides())) {
    std::optional<int64_t> first = getConstantIntValue(offset);
    std::optional<int64_t> step = getConstantIntValue(stride);
    std::optional<int64_t> count = getConstantIntValue(size);
    // Of an unknown number only all can be told apart from some.
    if (!count) {
      auto extent =
          dyn_cast_if_present<Value>(size).getDefiningOp<tensor::DimOp>();
      if (!extent || extent.getSource() != slice.getSource() ||
          extent.getConstantIndex() != static_cast<int64_t>(dim))
        return std::nullopt;
    }
    if (!first || !step || *first < 0 || *step < 1 ||
        (!count && (*first != 0 || *step != 1)))
      return std::nullopt;
    if (count && *count != shape[dim])
      hasOtherExtents = true;
    AffineExpr index = dropped.test(dim) ? space.getConstant(0) : *next++;
    source.push_back(shape[dim] == 1 ? space.getConstant(0)
                                     : space.simplify(index * *step + *first));
  }
  return source;
}

std::optional<bool> beeline::isInSource(tensor::PadOp pad,
                                        const Indices &indices,
                                        const IndexSpace &space) {
  // Upstream's verifier does not count them.
  auto isUnknown = [](int64_t amount) { return ShapedType::isDynamic(amount); };
  if (llvm::count_if(pad.getStaticLow(), isUnknown) != pad.getLow().size() ||
      llvm::count_if(pad.getStaticHigh(), isUnknown) != pad.getHigh().size())
    return std::nullopt;
  bool isInside = true;
  for (auto [dim, low, high] :
       llvm::enumerate(pad.getMixedLowPad(), pad.getMixedHighPad())) {
    if (getConstantIntValue(low) != 0)
      return std::nullopt;
    if (getConstantIntValue(high) == 0)
      continue;
    int64_t extent = pad.getSourceType().getDimSize(dim);
    std::optional<int64_t> last = space.getUpperBound(indices[dim]);
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    isInside &= last && *last < extent;
  }
  return isInside;
}
