//===- Elements.cpp - What an element means -------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "LinalgBodies.h"
#include "Windows.h"
#include "beeline/Analysis/Reassociation.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;

RankedTensorType Element::getTensorType() const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && !type.getEncoding() && !isUnrounded ? type
                                                     : RankedTensorType();
}

Elements::Elements(RankedTensorType root)
    : space(root.getContext(), root.getShape()), rank(root.getRank()) {}

Element Elements::at(Value tensor) {
  Indices indices;
  for (unsigned i = 0; i < rank; ++i)
    indices.push_back(space.getVariable(i));
  return {tensor, indices};
}

Element Elements::atLinalgOperand(OpOperand &operand, const Indices &loops) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return {operand.get(), {}};
  AffineMap map = op.getMatchingIndexingMap(&operand);
  Indices indices;
  for (auto [expr, extent] : llvm::zip_equal(map.getResults(), type.getShape()))
    indices.push_back(extent == 1 ? space.getConstant(0)
                                  : space.simplify(expr.replaceDims(loops)));
  return {operand.get(), indices};
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

Element Elements::operand(const Element &user, Value value) {
  if (isa<ShapedType>(value.getType()))
    return {value, user.indices, false, user.hasOtherExtents};
  // A scalar from outside of the body is the same in every iteration. So is a
  // scalar condition of a select of tensors.
  bool isInSameBody = !isa<ShapedType>(user.value.getType()) &&
                      getLinalgOp(value) == getLinalgOp(user.value);
  return {value, isInSameBody ? user.indices : Indices(), false,
          user.hasOtherExtents};
}

std::optional<Element> Elements::stepTensor(const Element &element,
                                            Operation *op) {
  Element source = element;
  auto moved = [&](Value value,
                   std::optional<Indices> indices) -> std::optional<Element> {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !indices)
      return std::nullopt;
    for (auto [index, extent] : llvm::zip_equal(*indices, type.getShape()))
      if (extent == 1)
        index = space.getConstant(0);
    return Element{value, *indices, false, source.hasOtherExtents};
  };
  return TypeSwitch<Operation *, std::optional<Element>>(op)
      .Case([&](tensor::CastOp cast) -> std::optional<Element> {
        if (!isa<RankedTensorType>(cast.getSource().getType()))
          return std::nullopt;
        return moved(cast.getSource(), element.indices);
      })
      .Case([&](tensor::ExpandShapeOp expand) {
        return moved(expand.getSrc(),
                     space.collapse(element.indices,
                                    expand.getResultType().getShape(),
                                    getReassociation(expand)));
      })
      .Case([&](tensor::CollapseShapeOp collapse) {
        return moved(collapse.getSrc(),
                     space.expand(element.indices,
                                  collapse.getSrcType().getShape(),
                                  getReassociation(collapse)));
      })
      .Case([&](tensor::ExtractSliceOp slice) {
        std::optional<Indices> indices = getSourceIndices(
            slice, element.indices, space, source.hasOtherExtents);
        return moved(slice.getSource(), indices);
      })
      .Case([&](tensor::PadOp pad) -> std::optional<Element> {
        if (isInSource(pad, element.indices, space) != true)
          return std::nullopt;
        source.hasOtherExtents = true;
        return moved(pad.getSource(), element.indices);
      })
      .Case(
          [&](tensor::SplatOp splat) { return Element{splat.getInput(), {}}; })
      .Case([&](tensor::FromElementsOp from) -> std::optional<Element> {
        if (from.getElements().size() != 1)
          return std::nullopt;
        return Element{from.getElements().front(), {}};
      })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Element> Elements::step(const Element &element) {
  if (element.isUnrounded)
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(element.value)) {
    linalg::LinalgOp op = getLinalgOp(element.value);
    if (!op || argument.getOwner() != op.getBlock() ||
        argument.getArgNumber() >= op->getNumOperands())
      return std::nullopt;
    OpOperand &read = *op.getMatchingOpOperand(argument);
    // What a reduction reads there is what it has so far.
    if (op.isDpsInit(&read) && op.getNumReductionLoops() != 0)
      return std::nullopt;
    visited.push_back(op);
    Element source = atLinalgOperand(read, element.indices);
    source.hasOtherExtents = element.hasOtherExtents;
    return source;
  }

  Operation *op = element.value.getDefiningOp();
  std::optional<Element> source;
  if (linalg::LinalgOp linalgOp = getDefiningLinalgOp(element)) {
    auto result = cast<OpResult>(element.value);
    std::optional<Indices> loops =
        getIteration(linalgOp, result, element.indices);
    // Null loops are reduced.
    if (loops && !llvm::is_contained(*loops, AffineExpr())) {
      Value yielded = linalgOp.getBlock()->getTerminator()->getOperand(
          result.getResultNumber());
      bool isInBody = getLinalgOp(yielded) == linalgOp;
      source = Element{yielded, isInBody ? *loops : Indices(), false,
                       element.hasOtherExtents};
    }
  } else if (auto extend = dyn_cast<arith::ExtFOp>(op)) {
    source = operand(element, extend.getIn());
  } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    Indices indices;
    for (Value index : extract.getIndices()) {
      std::optional<int64_t> constant = getConstantIntValue(index);
      if (!constant || *constant < 0)
        return std::nullopt;
      indices.push_back(space.getConstant(*constant));
    }
    source = Element{extract.getTensor(), indices};
  } else if (element.getTensorType()) {
    source = stepTensor(element, op);
  }
  if (source)
    visited.push_back(op);
  return source;
}

/// Deeper than any graph's views.
static constexpr unsigned maxSteps = 64;

SmallVector<Element, 4> Elements::trace(Element element) {
  SmallVector<Element, 4> elements = {element};
  for (unsigned i = 0; i < maxSteps && budget > 0; ++i, --budget) {
    std::optional<Element> source = step(elements.back());
    if (!source)
      break;
    elements.push_back(*source);
  }
  return elements;
}

Element Elements::strip(Element element) {
  for (unsigned i = 0; i < maxSteps && budget > 0; ++i, --budget) {
    std::optional<Element> source = step(element);
    if (!source)
      break;
    element = std::move(*source);
  }
  return element;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

bool Elements::isSame(const Element &first, const Element &second,
                      unsigned depth) {
  Element a = strip(first), b = strip(second);
  if (a == b)
    return true;
  if (depth == 0)
    return false;
  // Arithmetic that is written out twice.
  Term x = look(a);
  if (x.kind == TermKind::Opaque || x.kind == TermKind::Pad ||
      x.kind == TermKind::Select || x.kind == TermKind::SumOf ||
      x.kind == TermKind::MaxOf)
    return false;
  Term y = look(b);
  // Flags let equal ops give different results.
  if (x.kind != y.kind || x.type != y.type || x.isFast || y.isFast)
    return false;
  if (x.isConstant())
    return x.constant->bitwiseIsEqual(*y.constant);
  return x.keepsNaN[0] == y.keepsNaN[0] && x.keepsNaN[1] == y.keepsNaN[1] &&
         llvm::all_of_zip(x.operands, y.operands,
                          [&](const Element &p, const Element &q) {
                            return isSame(p, q, depth - 1);
                          });
}
