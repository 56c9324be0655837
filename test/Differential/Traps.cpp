//===- Traps.cpp - What must not match ------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each makes of a pair one that is to be left alone. Traps that need control
// flow are where that is generated.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

Pair Generator::trapped(const Pair &pair, StringRef name) {
  Pair result = pair;
  result.keep(name);
  return result;
}

std::optional<Pair> Generator::mixQuantizations(Scope &scope,
                                                const Pair &pair) {
  Pair other = freshPairLike(scope, pair);
  Pair mixed = pair;
  if (chance(50))
    mixed.codes = other.codes;
  else
    mixed.scales = other.scales;
  return trapped(mixed, "scales of another quantization");
}

std::optional<Pair> Generator::changeScales(Scope &scope, const Pair &pair) {
  if (!pair.parameters.scaleType.isF32())
    return std::nullopt;
  Pair changed = pair;
  switch (below(3)) {
  case 0:
    changed.scales =
        arith::AddFOp::create(builder, loc, pair.scales, pair.scales);
    return trapped(changed, "scales multiplied");
  case 1:
    changed.scales = arith::MaximumFOp::create(
        builder, loc, pair.scales, freshPairLike(scope, pair).scales);
    return trapped(changed, "scales clamped");
  default:
    // What is negated twice is what it was; nobody promises to see that.
    changed.scales = arith::NegFOp::create(
        builder, loc, arith::NegFOp::create(builder, loc, pair.scales));
    return trapped(changed, "scales computed");
  }
}

std::optional<Pair> Generator::changeCodes(Scope &scope, const Pair &pair) {
  Pair changed = pair;
  switch (below(3)) {
  case 0: {
    // One element of another quantization.
    if (llvm::is_contained(pair.extents, 0))
      return std::nullopt;
    Value other = freshPairLike(scope, pair).codes;
    SmallVector<OpFoldResult> zeros(pair.rank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> ones(pair.rank(), builder.getIndexAttr(1));
    Value part =
        tensor::ExtractSliceOp::create(builder, loc, other, zeros, ones, ones);
    changed.codes = tensor::InsertSliceOp::create(
        builder, loc, part, pair.codes, zeros, ones, ones);
    return trapped(changed, "codes inserted into");
  }
  case 1: {
    auto to = isa<Float8E4M3FNType>(pair.parameters.codeType)
                  ? Type(Float8E4M3FNUZType::get(context))
                  : Type(Float8E4M3FNType::get(context));
    changed.codes = arith::BitcastOp::create(
        builder, loc, pair.codesType().clone(to), pair.codes);
    changed.parameters.codeType = to;
    changed.parameters.fmax = std::min(
        pair.parameters.fmax, isa<Float8E4M3FNType>(to) ? 448.f : 240.f);
    return trapped(changed, "another FP8 format");
  }
  default: {
    Pair other = freshPairLike(scope, pair);
    Value chosen = condition();
    changed.codes =
        arith::SelectOp::create(builder, loc, chosen, pair.codes, other.codes);
    changed.scales = arith::SelectOp::create(builder, loc, chosen, pair.scales,
                                             other.scales);
    return trapped(changed, "chosen by arith.select");
  }
  }
}

/// [G, M] is no [M, G], whatever the bytes.
std::optional<Pair> Generator::reshapeScales(Scope &scope, const Pair &pair) {
  RankedTensorType type = pair.scalesType();
  if (pair.rank() != 2 || !type.hasStaticShape() || pair.numGroups() < 2)
    return std::nullopt;
  // A row that a view has made one of many may be all that there is, for good.
  if (pair.extents[0] == 1 && pair.isViewed)
    return std::nullopt;
  int64_t shape[] = {type.getDimSize(1), type.getDimSize(0)};
  Pair changed = pair;
  if (chance(50) && pair.extents[0] != 0)
    changed.scales =
        expand(collapse(pair.scales, 0), 0, builder.getIndexAttr(shape[0]),
               builder.getIndexAttr(shape[1]));
  else
    changed.scales = reshape(pair.scales, shape);
  changed.parameters.layout =
      pair.isRowMajor() ? ScaleLayout::GroupMajor : ScaleLayout::RowMajor;
  return trapped(changed, shape[0] == shape[1] ? "scales reshaped, M = G"
                          : pair.extents[0] == 1
                              ? "scales reshaped, M = 1"
                              : "scales reshaped, not transposed");
}

/// Rows change places for one of the two.
std::optional<Pair> Generator::permuteCodes(Scope &scope, const Pair &pair) {
  Pair changed = pair;
  if (pair.rank() > 2 && pair.extents[0] == pair.extents[1] &&
      pair.extents[0] > 1) {
    SmallVector<int64_t> permutation = {1, 0};
    for (int64_t dim = 2; dim < pair.rank(); ++dim)
      permutation.push_back(dim);
    Value codes = transpose(pair.codes, permutation);
    if (codes.getType() != pair.codes.getType())
      codes = tensor::CastOp::create(builder, loc, pair.codes.getType(), codes);
    changed.codes = codes;
    return trapped(changed, "rows of the codes transposed");
  }
  if (pair.rank() < 2 || pair.extents[0] < 2 ||
      pair.codesType().isDynamicDim(0))
    return std::nullopt;
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value first = slice(pair.codes, 0, zero, one, 1);
  Value others =
      slice(pair.codes, 0, one, builder.getIndexAttr(pair.extents[0] - 1), 1);
  changed.codes = tensor::ConcatOp::create(builder, loc, pair.codesType(), 0,
                                           ValueRange{others, first});
  return trapped(changed, "rows of the codes concatenated");
}

/// Other rows or groups of the codes than of the scales.
std::optional<Pair> Generator::sliceApart(Scope &scope, const Pair &pair) {
  bool isOfGroups = chance(40);
  int64_t dim = isOfGroups ? pair.rank() - 1 : below(pair.rank());
  isOfGroups = dim == pair.rank() - 1;
  int64_t groupSize = isOfGroups ? pair.parameters.groupSize : 1;
  int64_t extent =
      isOfGroups ? pair.extents[dim] / groupSize : pair.extents[dim];
  if (extent < 2)
    return std::nullopt;
  Pair changed = pair;
  if (!isOfGroups && extent > 2 && chance(25)) {
    // Every second row of the one, the first rows of the other.
    int64_t size = (extent + 1) / 2;
    OpFoldResult sizeAttr = builder.getIndexAttr(size);
    OpFoldResult zero = builder.getIndexAttr(0);
    changed.codes = slice(pair.codes, dim, zero, sizeAttr, 2);
    changed.scales = slice(pair.scales, pair.scalesDim(dim), zero, sizeAttr, 1);
    changed.extents[dim] = size;
    return trapped(changed, "slices with other strides");
  }
  int64_t size = 1 + below(extent - 1), last = extent - size;
  OpFoldResult codes, scales;
  if (!isOfGroups && chance(30)) {
    // Two numbers, which may be equal.
    codes = index(last + 1);
    scales = index(last + 1);
  } else {
    int64_t offset = below(last + 1);
    codes = builder.getIndexAttr(offset * groupSize);
    scales = builder.getIndexAttr((offset + 1 + below(last)) % (last + 1));
  }
  changed.codes =
      slice(pair.codes, dim, codes, builder.getIndexAttr(size * groupSize), 1);
  changed.scales = slice(pair.scales, pair.scalesDim(dim), scales,
                         builder.getIndexAttr(size), 1);
  changed.extents[dim] = size * groupSize;
  return trapped(changed, isOfGroups ? "slices of other groups"
                                     : "slices of other rows");
}

/// A slice that begins or ends inside of a group.
std::optional<Pair> Generator::cutGroup(Scope &scope, const Pair &pair) {
  int64_t groupSize = pair.parameters.groupSize, dim = pair.rank() - 1;
  int64_t length = pair.extents.back();
  if (pair.codesType().isDynamicDim(dim) ||
      pair.scalesType().isDynamicDim(pair.scalesDim(dim)) || groupSize < 2 ||
      length < 3)
    return std::nullopt;
  Pair changed = pair;
  int64_t offset = 0, size = 1 + below(length - 1);
  if (chance(50)) {
    // The scales are those of the groups that it touches first.
    offset = 1 + below(length - 1);
    size = 1 + below(length - offset);
    if (offset % groupSize == 0)
      return std::nullopt;
  } else if (size % groupSize == 0) {
    return std::nullopt;
  }
  int64_t groups = (size + groupSize - 1) / groupSize;
  int64_t first = std::min(offset / groupSize, pair.numGroups() - groups);
  changed.codes = slice(pair.codes, dim, builder.getIndexAttr(offset),
                        builder.getIndexAttr(size), 1);
  changed.scales =
      slice(pair.scales, pair.scalesDim(dim), builder.getIndexAttr(first),
            builder.getIndexAttr(groups), 1);
  changed.extents.back() = size;
  return trapped(changed, "a slice cuts a group");
}

bool Generator::setTrap(Scope &scope) {
  using Trap = std::optional<Pair> (Generator::*)(Scope &, const Pair &);
  static constexpr Trap traps[] = {
      &Generator::mixQuantizations,  &Generator::changeScales,
      &Generator::changeCodes,       &Generator::reshapeScales,
      &Generator::reshapeScales,     &Generator::permuteCodes,
      &Generator::sliceApart,        &Generator::sliceApart,
      &Generator::cutGroup,          &Generator::cutGroup,
      &Generator::misreadParameters, &Generator::misreadParameters,
      &Generator::loadFromMemory,    &Generator::crossRanks,
      &Generator::preserveView,      &Generator::chooseApart,
      &Generator::crossSignature};
  for (int attempt = 0; attempt < 6; ++attempt) {
    Pair pair = choosePair(scope);
    // Two wrongs can make a right: a slice of a slice, say.
    if (pair.fate == RoundTrip::Kept)
      continue;
    std::optional<Pair> result = (this->*pick(traps))(scope, pair);
    if (!result)
      continue;
    dequantize(scope, *result);
    scope.pairs.push_back(*result);
    return true;
  }
  return false;
}
