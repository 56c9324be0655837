//===- Views.cpp - Views that give each code its own scale ----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <numeric>

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

bool Generator::castShape(Pair &pair) {
  // A last group that is shorter is known to be one only where extents are.
  if (pair.extents.back() % pair.parameters.groupSize != 0)
    return false;
  SmallVector<int64_t> codes = pair.extents, scales = pair.extents;
  for (int64_t dim = 0; dim < pair.rank(); ++dim) {
    bool isRow = dim + 1 < pair.rank();
    int64_t &scalesExtent = scales[pair.scalesDim(dim)];
    scalesExtent = isRow ? codes[dim] : pair.numGroups();
    // Behind a join nobody could tell that an extent of the one which is known
    // is that of the other which is not.
    bool isBlurred = codes[dim] == 0 || chance(40);
    if (isRow ? isBlurred : chance(40))
      scalesExtent = ShapedType::kDynamic;
    if (isBlurred)
      codes[dim] = ShapedType::kDynamic;
  }
  pair = castTo(pair, RankedTensorType::get(codes, pair.parameters.codeType),
                RankedTensorType::get(scales, pair.parameters.scaleType));
  return true;
}

bool Generator::expandRows(Pair &pair) {
  if (pair.rank() < 2 || pair.rank() > 4)
    return false;
  int64_t dim = below(pair.rank() - 1), extent = pair.extents[dim];
  SmallVector<int64_t> divisors;
  for (int64_t divisor = 1; divisor <= std::max<int64_t>(extent, 1); ++divisor)
    if (extent % divisor == 0)
      divisors.push_back(divisor);
  int64_t inner = pick(divisors), outer = extent / inner;
  bool isDynamic = pair.codesType().isDynamicDim(dim);
  if (isDynamic != pair.scalesType().isDynamicDim(pair.scalesDim(dim)))
    return false;
  OpFoldResult outerSize = builder.getIndexAttr(outer);
  OpFoldResult innerSize = builder.getIndexAttr(inner);
  if (isDynamic) {
    Value size = tensor::DimOp::create(builder, loc, pair.codes, dim);
    outerSize =
        arith::DivUIOp::create(builder, loc, size, constant(inner)).getResult();
  }
  pair.scales = expand(pair.scales, pair.scalesDim(dim), outerSize, innerSize);
  pair.codes = expand(pair.codes, dim, outerSize, innerSize);
  pair.extents[dim] = outer;
  pair.extents.insert(pair.extents.begin() + dim + 1, inner);
  return true;
}

bool Generator::collapseRows(Pair &pair) {
  if (pair.rank() < 3)
    return false;
  int64_t dim = below(pair.rank() - 2);
  pair.scales = collapse(pair.scales, pair.scalesDim(dim));
  pair.codes = collapse(pair.codes, dim);
  pair.extents[dim] *= pair.extents[dim + 1];
  pair.extents.erase(pair.extents.begin() + dim + 1);
  return true;
}

bool Generator::sliceRows(Pair &pair) {
  if (pair.rank() < 2)
    return false;
  int64_t dim = below(pair.rank() - 1), extent = pair.extents[dim];
  if (extent == 0)
    return false;
  int64_t size = 1 + below(extent), last = extent - size;
  int64_t stride = size > 1 ? 1 + below((extent - 1) / (size - 1)) : 1;
  if (stride > 1)
    last = extent - ((size - 1) * stride + 1);
  OpFoldResult offset = chance(40) ? OpFoldResult(index(last + 1))
                                   : builder.getIndexAttr(below(last + 1));
  OpFoldResult sizeResult =
      chance(20) ? OpFoldResult(constant(size)) : builder.getIndexAttr(size);
  pair.scales =
      slice(pair.scales, pair.scalesDim(dim), offset, sizeResult, stride);
  pair.codes = slice(pair.codes, dim, offset, sizeResult, stride);
  pair.extents[dim] = size;
  return true;
}

bool Generator::dropRows(Pair &pair) {
  // The type of a slice does not say which of two extents of 1 it has dropped.
  if (pair.rank() < 2 || pair.numGroups() == 1)
    return false;
  int64_t dim = below(pair.rank() - 1), extent = pair.extents[dim];
  if (extent == 0)
    return false;
  OpFoldResult offset = chance(40) ? OpFoldResult(index(extent))
                                   : builder.getIndexAttr(below(extent));
  OpFoldResult one = builder.getIndexAttr(1);
  pair.scales = slice(pair.scales, pair.scalesDim(dim), offset, one, 1,
                      /*isDropped=*/true);
  pair.codes = slice(pair.codes, dim, offset, one, 1, /*isDropped=*/true);
  pair.extents.erase(pair.extents.begin() + dim);
  return true;
}

bool Generator::sliceGroups(Pair &pair) {
  int64_t dim = pair.rank() - 1, length = pair.extents.back();
  int64_t groupSize = pair.parameters.groupSize;
  // From within one row into the next: nobody promises to see that.
  if (pair.path.count("collapse_shape to longer rows"))
    return false;
  if (pair.codesType().isDynamicDim(dim) ||
      pair.scalesType().isDynamicDim(pair.scalesDim(dim)))
    return false;
  int64_t first = below(pair.numGroups());
  int64_t count = 1 + below(pair.numGroups() - first);
  int64_t size = std::min(count * groupSize, length - first * groupSize);
  pair.scales =
      slice(pair.scales, pair.scalesDim(dim), builder.getIndexAttr(first),
            builder.getIndexAttr(count), 1);
  pair.codes = slice(pair.codes, dim, builder.getIndexAttr(first * groupSize),
                     builder.getIndexAttr(size), 1);
  pair.extents[dim] = size;
  return true;
}

bool Generator::transposeRows(Pair &pair) {
  if (pair.rank() < 3)
    return false;
  SmallVector<int64_t> permutation(pair.rank()), scales(pair.rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  int64_t dim = below(pair.rank() - 2);
  std::swap(permutation[dim], permutation[dim + 1]);
  for (auto [to, from] : llvm::enumerate(permutation))
    scales[pair.scalesDim(to)] = pair.scalesDim(from);
  pair.scales = transpose(pair.scales, scales);
  pair.codes = transpose(pair.codes, permutation);
  std::swap(pair.extents[dim], pair.extents[dim + 1]);
  return true;
}

bool Generator::changeLayout(Pair &pair) {
  if (pair.rank() < 2)
    return false;
  SmallVector<int64_t> permutation(pair.rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  if (pair.isRowMajor())
    std::rotate(permutation.begin(), permutation.end() - 1, permutation.end());
  else
    std::rotate(permutation.begin(), permutation.begin() + 1,
                permutation.end());
  pair.scales = transpose(pair.scales, permutation);
  pair.parameters.layout =
      pair.isRowMajor() ? ScaleLayout::GroupMajor : ScaleLayout::RowMajor;
  return true;
}

bool Generator::splitRow(Pair &pair) {
  int64_t dim = pair.rank() - 1, length = pair.extents.back();
  int64_t groupSize = pair.parameters.groupSize, groups = pair.numGroups();
  if (pair.rank() > 4 || length % groupSize != 0 ||
      pair.path.count("collapse_shape to longer rows") ||
      pair.codesType().isDynamicDim(dim) ||
      pair.scalesType().isDynamicDim(pair.scalesDim(dim)))
    return false;
  SmallVector<int64_t> divisors;
  for (int64_t divisor = 1; divisor <= groups; ++divisor)
    if (groups % divisor == 0)
      divisors.push_back(divisor);
  int64_t parts = pick(divisors);
  auto size = [&](int64_t size) { return builder.getIndexAttr(size); };
  bool isRowMajor = pair.isRowMajor();
  pair.scales = expand(pair.scales, pair.scalesDim(dim), size(parts),
                       size(groups / parts));
  if (!isRowMajor) {
    // [parts, groups, rows...] to [groups, rows..., parts].
    SmallVector<int64_t> permutation(pair.rank() + 1);
    std::iota(permutation.begin(), permutation.end(), 1);
    permutation.back() = 0;
    pair.scales = transpose(pair.scales, permutation);
  }
  pair.codes = expand(pair.codes, dim, size(parts), size(length / parts));
  pair.extents.back() = parts;
  pair.extents.push_back(length / parts);
  return true;
}

bool Generator::mergeRows(Pair &pair) {
  int64_t dim = pair.rank() - 1;
  // The extents of a row must be known, those of the other dimensions need not.
  if (pair.rank() < 2 || !pair.isRowMajor() ||
      pair.extents.back() % pair.parameters.groupSize != 0 ||
      pair.codesType().isDynamicDim(dim) || pair.scalesType().isDynamicDim(dim))
    return false;
  --dim;
  pair.scales = collapse(pair.scales, dim);
  pair.codes = collapse(pair.codes, dim);
  int64_t length = pair.extents.pop_back_val();
  pair.extents.back() *= length;
  return true;
}

bool Generator::reshapeRows(Pair &pair) {
  if (pair.rank() < 2 || !pair.codesType().hasStaticShape() ||
      !pair.scalesType().hasStaticShape())
    return false;
  int64_t rows = 1;
  for (int64_t extent : ArrayRef(pair.extents).drop_back())
    rows *= extent;
  SmallVector<int64_t> shape = {rows};
  if (rows % 2 == 0 && chance(60))
    shape = chance(50) ? SmallVector<int64_t>{2, rows / 2}
                       : SmallVector<int64_t>{rows / 2, 2};
  // Of several extents of 1 a reshape does not say which is which.
  if (pair.numGroups() == 1 && llvm::is_contained(shape, 1))
    return false;
  SmallVector<int64_t> scales = shape;
  scales.insert(pair.isRowMajor() ? scales.end() : scales.begin(),
                pair.numGroups());
  shape.push_back(pair.extents.back());
  pair.scales = reshape(pair.scales, scales);
  pair.codes = reshape(pair.codes, shape);
  pair.extents = shape;
  return true;
}

bool Generator::transposeTwice(Pair &pair) {
  if (pair.rank() < 2)
    return false;
  SmallVector<int64_t> permutation(pair.rank()), inverse(pair.rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  std::shuffle(permutation.begin(), permutation.end(), random);
  for (auto [to, from] : llvm::enumerate(permutation))
    inverse[from] = to;
  Value &value = chance(50) ? pair.codes : pair.scales;
  value = transpose(transpose(value, permutation), inverse);
  return true;
}

Pair Generator::viewRight(Scope &scope, const Pair &pair) {
  using View = bool (Generator::*)(Pair &);
  static constexpr std::pair<StringLiteral, View> views[] = {
      {"tensor.cast", &Generator::castShape},
      {"expand_shape of rows", &Generator::expandRows},
      {"collapse_shape of rows", &Generator::collapseRows},
      {"extract_slice of rows", &Generator::sliceRows},
      {"extract_slice that drops rows", &Generator::dropRows},
      {"extract_slice of groups", &Generator::sliceGroups},
      {"transpose of rows", &Generator::transposeRows},
      {"transpose of the scales' layout", &Generator::changeLayout},
      {"expand_shape of a row", &Generator::splitRow},
      {"collapse_shape to longer rows", &Generator::mergeRows},
      {"reshape of rows", &Generator::reshapeRows},
      {"transpose there and back", &Generator::transposeTwice},
  };
  Pair result = pair;
  // A view could make good what a trap has spoilt.
  if (pair.fate == RoundTrip::Kept)
    return result;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const auto &[name, view] = pick(views);
    if ((this->*view)(result)) {
      result.path.insert(name.str());
      result.isViewed = true;
      break;
    }
  }
  if (scope.isPreserved)
    result.keep("preserve_rounding around");
  return result;
}
