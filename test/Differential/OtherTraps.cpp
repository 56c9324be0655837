//===- OtherTraps.cpp - Traps that are not in the elements ----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elements may even be right: parameters that are stated otherwise, values
// that nothing in sight made, ops that ask to keep the rounding.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

/// The dequantization states what is not so.
std::optional<Pair> Generator::misreadParameters(Scope &scope,
                                                 const Pair &pair) {
  Pair changed = pair;
  int64_t length = pair.extents.back(), groups = pair.numGroups();
  switch (below(3)) {
  case 0:
    if (pair.codesType().isDynamicDim(pair.rank() - 1))
      return std::nullopt;
    for (int64_t size = 1; size <= length + 1; ++size)
      if ((length + size - 1) / size == groups &&
          size != pair.parameters.groupSize && chance(60))
        changed.parameters.groupSize = size;
    if (changed.parameters.groupSize == pair.parameters.groupSize)
      return std::nullopt;
    return trapped(changed, "another group size");
  case 1:
    if (pair.rank() != 2 || groups < 2 || pair.extents[0] != groups)
      return std::nullopt;
    changed.parameters.layout =
        pair.isRowMajor() ? ScaleLayout::GroupMajor : ScaleLayout::RowMajor;
    // A static extent can be at the other place only if both are.
    changed = castTo(
        changed, changed.codes.getType(),
        RankedTensorType::get({groups, groups}, pair.parameters.scaleType));
    return trapped(changed, "scales read in another layout");
  default:
    if (chance(50))
      changed.parameters.fmax = pair.parameters.fmax / 2;
    else
      changed.parameters.minAmax = pair.parameters.minAmax * 8;
    // Only a dequantization that says so is wrong.
    dequantize(scope, trapped(changed, "another fmax or min_amax"), {},
               /*isStated=*/true);
    return std::nullopt;
  }
}

std::optional<Pair> Generator::loadFromMemory(Scope &scope, const Pair &pair) {
  SmallVector<int64_t> scales = pair.extents;
  for (int64_t dim = 0; dim < pair.rank(); ++dim)
    scales[pair.scalesDim(dim)] =
        dim + 1 == pair.rank() ? pair.numGroups() : pair.extents[dim];
  Pair loaded = pair;
  if (chance(30) && pair.codesType().hasStaticShape() &&
      pair.scalesType().hasStaticShape()) {
    func::FuncOp cache = declare("load" + std::to_string(nextId++), {},
                                 {pair.codes.getType(), pair.scales.getType()});
    auto call = func::CallOp::create(builder, loc, cache);
    loaded.codes = call.getResult(0);
    loaded.scales = call.getResult(1);
    return trapped(loaded, "returned by an external function");
  }
  // Only the entry is called from outside.
  if (function != &functions.front())
    return std::nullopt;
  loaded.codes = addArgument(pair.codes.getType(), pair.extents, 0);
  loaded.scales = addArgument(pair.scales.getType(), scales, 0);
  return trapped(loaded, "an argument of a public function");
}

std::optional<Pair> Generator::crossRanks(Scope &scope, const Pair &pair) {
  if (pair.rank() < 2)
    return std::nullopt;
  Pair gathered = pair;
  int64_t ranks = 1 + below(3), dim = below(pair.rank() - 1);
  auto gather = [&](Value value, int64_t axis) -> Value {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    if (!type.isDynamicDim(axis))
      shape[axis] *= ranks;
    return AllGatherOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        value, builder.getI64IntegerAttr(axis),
        builder.getI64IntegerAttr(ranks));
  };
  gathered.codes = gather(pair.codes, dim);
  gathered.scales = gather(pair.scales, pair.scalesDim(dim));
  gathered.extents[dim] *= ranks;
  return trapped(gathered, "gathered from other ranks");
}

Operation *Generator::lastView(const Pair &pair) {
  for (Value value : {pair.codes, pair.scales})
    if (Operation *op = value.getDefiningOp();
        op && chance(50) &&
        isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
            tensor::ExtractSliceOp, tensor::ReshapeOp, linalg::TransposeOp>(op))
      return op;
  return nullptr;
}

std::optional<Pair> Generator::preserveView(Scope &scope, const Pair &pair) {
  if (pair.fate == RoundTrip::Kept)
    return std::nullopt;
  Pair viewed = viewRight(scope, pair);
  Operation *view = lastView(viewed);
  if (!view || viewed.codes.getDefiningOp() == pair.codes.getDefiningOp() ||
      viewed.scales.getDefiningOp() == pair.scales.getDefiningOp())
    return std::nullopt;
  preserve(view);
  return trapped(viewed, "preserve_rounding on a view");
}
