//===- GroupQuant.cpp - Raise group quantizations -------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raising.h"
#include "Reshape.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace beeline;

/// Whether `element` is that of another tensor in the same place, but for
/// extents of 1.
static bool isInPlace(Matcher &matcher, const Element &element) {
  auto used = [&](RankedTensorType type, auto getIndex) {
    SmallVector<AffineExpr> indices;
    for (auto [dim, extent] : llvm::enumerate(type.getShape()))
      if (extent != 1)
        indices.push_back(getIndex(dim));
    return indices;
  };
  RankedTensorType type = element.getTensorType();
  return type && !element.hasOtherExtents &&
         used(type, [&](size_t dim) { return element.indices[dim]; }) ==
             used(matcher.getRootType(), [&](size_t dim) {
               return matcher.getSpace().getVariable(dim);
             });
}

/// Whether `value` holds the scales of `form`, by what is allowed.
static bool isScale(Raising &raising, Value value, const GroupQuantForm &form,
                    AssumptionSet &assumed) {
  NearMisses ignored;
  Matcher matcher(value, ignored);
  std::optional<ScaleForm> scale =
      matchScale(matcher, matcher.getRootElement());
  if (!scale || scale->amax.value != form.scale.amax.value ||
      !scale->fmax.bitwiseIsEqual(form.scale.fmax) ||
      !scale->minAmax.bitwiseIsEqual(form.scale.minAmax) ||
      !isInPlace(matcher, scale->amax))
    return false;
  if (!scale->handlesInfinity)
    matcher.assume(Assumption::NoInfinity);
  assumed = matcher.getAssumed();
  return raising.isAllowed(assumed);
}

/// `scales` as they are in `type`, whose extents other than 1 are those of
/// `shape`, in order.
static Value reshapeScales(OpBuilder &builder, Value scales,
                           ArrayRef<int64_t> shape, RankedTensorType type) {
  Location loc = scales.getLoc();
  RankedTensorType known = type.clone(shape);
  if (scales.getType() != known)
    scales = tensor::CastOp::create(builder, loc, known, scales);
  SmallVector<int64_t> extents(type.getShape());
  auto isUsed = [](int64_t extent) { return extent != 1; };
  for (auto [extent, knownExtent] :
       llvm::zip_equal(llvm::make_filter_range(extents, isUsed),
                       llvm::make_filter_range(shape, isUsed)))
    extent = knownExtent;
  return reshape(builder, loc, scales, extents);
}

/// Lets what reads the written-out scales read `op`'s.
static void replaceScales(Raising &raising, Matcher &matcher,
                          const GroupQuantForm &form, GroupQuantOp op) {
  // A few steps from the largest magnitudes on, the last first: with what is
  // replaced goes what only it needed.
  constexpr unsigned maxOps = 32;
  llvm::SetVector<Operation *> readers;
  readers.insert(form.scale.amax.value.getDefiningOp());
  for (unsigned i = 0; i < readers.size(); ++i)
    for (Operation *user : readers[i]->getUsers())
      if (readers.size() < maxOps && llvm::any_of(user->getResults(), isRoot))
        readers.insert(user);
  SmallVector<Operation *> sorted = readers.takeVector();
  computeTopologicalSorting(sorted);

  for (Operation *reader : llvm::reverse(sorted)) {
    if (raising.isErased(reader))
      continue;
    for (Value scale : reader->getResults()) {
      AssumptionSet assumed;
      if (scale.use_empty() || !isRoot(scale) ||
          !getElementTypeOrSelf(scale).isF32() ||
          !isScale(raising, scale, form, assumed))
        continue;
      matcher.assume(assumed);
      raising.rewriter.setInsertionPointAfter(op);
      raising.replace(scale,
                      reshapeScales(raising.rewriter, op.getScales(),
                                    form.grouping.values.shape,
                                    cast<RankedTensorType>(scale.getType())));
    }
    raising.eraseIfDead(reader, /*except=*/op);
  }
}

bool beeline::raiseGroupQuant(Raising &raising, Value root) {
  Matcher matcher(root, raising.getMisses());
  IRRewriter &rewriter = raising.rewriter;
  StringRef name = GroupQuantOp::getOperationName();
  std::optional<GroupQuantForm> form = matchGroupQuant(matcher);
  if (!form || !raising.isAllowed(matcher, form->anchor, name))
    return false;
  raising.setInsertionPointBefore(matcher, {form->input.value});
  if (!raising.isMadeLater(form->scale.amax.value))
    return matcher.miss(form->anchor, name,
                        "the largest magnitudes are computed in another block "
                        "than the codes");

  auto op = raising.createVerified<GroupQuantOp>(
      matcher, form->anchor, [&](Location loc) {
        Value input = raising.materialize(form->input);
        auto type = cast<RankedTensorType>(input.getType());
        int64_t n = type.getShape().back(), size = form->grouping.groupSize;
        SmallVector<int64_t> scalesShape(type.getShape().drop_back());
        bool isRowMajor = form->grouping.layout == ScaleLayout::RowMajor;
        scalesShape.insert(
            isRowMajor ? scalesShape.end() : scalesShape.begin(),
            ShapedType::isDynamic(n)
                ? n
                : static_cast<int64_t>(llvm::divideCeil(n, size)));
        FloatType codeType = matcher.getRootElementType();
        bool isDefault =
            APFloat::getLargest(codeType.getFloatSemantics())
                .convertToDouble() == form->scale.fmax.convertToDouble();
        Type f32 = rewriter.getF32Type();
        return GroupQuantOp::create(
            rewriter, loc, type.clone(codeType),
            RankedTensorType::get(scalesShape, f32), input,
            rewriter.getI64IntegerAttr(size),
            ScaleLayoutAttr::get(rewriter.getContext(), form->grouping.layout),
            isDefault ? FloatAttr()
                      : rewriter.getFloatAttr(f32, form->scale.fmax),
            rewriter.getFloatAttr(f32, form->scale.minAmax));
      });
  if (!op)
    return false;
  Operation *amax = form->scale.amax.value.getDefiningOp();
  raising.replaceRoot(matcher, op, op.getCodes());
  if (!raising.isErased(amax))
    replaceScales(raising, matcher, *form, op);
  remarkRaised(op, matcher.getAssumed());
  return true;
}
