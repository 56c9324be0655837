//===- EvaluateOps.cpp - Ops of arith, tensor and linalg ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

bool Interpreter::evaluateElementwise(Operation *op) {
  const Tensor &first = tensor(op->getOperand(0));
  for (Value operand : op->getOperands())
    if (tensor(operand).size() != first.size())
      return fail(op, "has operands of different extents");
  auto at = [&](unsigned operand, int64_t i) {
    return tensor(op->getOperand(operand)).get(i);
  };
  Tensor result = make(op->getResult(0), first.shape, op->getOperands());
  for (int64_t i = 0; i < result.size(); ++i) {
    if (isa<arith::BitcastOp>(op)) {
      result.bits[i] = first.bits[i];
      continue;
    }
    float value = llvm::TypeSwitch<Operation *, float>(op)
                      .Case([&](arith::AddFOp) { return at(0, i) + at(1, i); })
                      .Case([&](arith::SubFOp) { return at(0, i) - at(1, i); })
                      .Case([&](arith::MulFOp) { return at(0, i) * at(1, i); })
                      .Case([&](arith::NegFOp) { return -at(0, i); })
                      .Case([&](arith::MaximumFOp) {
                        float a = at(0, i), b = at(1, i);
                        return std::isnan(a) || a > b ? a : b;
                      })
                      .Default([&](Operation *) { return at(0, i); });
    result.set(i, value);
  }
  set(op->getResult(0), std::move(result));
  return true;
}

static Tensor constantTensor(DenseElementsAttr attribute) {
  Tensor result(attribute.getElementType(), attribute.getType().getShape());
  if (isa<FloatType>(attribute.getElementType()))
    for (auto [i, value] : llvm::enumerate(attribute.getValues<APFloat>()))
      result.bits[i] =
          static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue());
  else
    for (auto [i, value] : llvm::enumerate(attribute.getValues<APInt>()))
      result.bits[i] = static_cast<uint32_t>(value.getZExtValue());
  return result;
}

static bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
  case arith::CmpIPredicate::ult:
    return a < b;
  case arith::CmpIPredicate::sle:
  case arith::CmpIPredicate::ule:
    return a <= b;
  case arith::CmpIPredicate::sgt:
  case arith::CmpIPredicate::ugt:
    return a > b;
  default:
    return a >= b;
  }
}

bool Interpreter::evaluate(Operation *op, bool &isKnown) {
  auto lhs = [&] { return get(op->getOperand(0)).number; };
  auto rhs = [&] { return get(op->getOperand(1)).number; };
  auto setNumber = [&](int64_t number) {
    set(op->getResult(0), number);
    return true;
  };
  isKnown = true;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](arith::ConstantOp op) {
        if (auto dense = dyn_cast<DenseElementsAttr>(op.getValue()))
          return set(op.getResult(), constantTensor(dense)), true;
        auto integer = dyn_cast<IntegerAttr>(op.getValue());
        return integer ? setNumber(integer.getValue().getZExtValue())
                       : fail(op, "is no number");
      })
      .Case([&](arith::AddIOp) { return setNumber(lhs() + rhs()); })
      .Case([&](arith::SubIOp) { return setNumber(lhs() - rhs()); })
      .Case([&](arith::MulIOp) { return setNumber(lhs() * rhs()); })
      .Case<arith::DivUIOp, arith::CeilDivUIOp>([&](Operation *op) {
        int64_t divisor = rhs();
        if (divisor <= 0 || lhs() < 0)
          return fail(op, "divides by no positive number");
        int64_t extra = isa<arith::CeilDivUIOp>(op) ? divisor - 1 : 0;
        return setNumber((lhs() + extra) / divisor);
      })
      .Case([&](arith::CmpIOp op) {
        return setNumber(compare(op.getPredicate(), lhs(), rhs()));
      })
      .Case([&](arith::SelectOp op) {
        if (isa<ShapedType>(op.getCondition().getType()))
          return fail(op, "chooses element by element");
        RunValue chosen =
            get(get(op.getCondition()).number ? op.getTrueValue()
                                              : op.getFalseValue());
        return set(op.getResult(), chosen), true;
      })
      .Case<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
            arith::MaximumFOp, arith::ExtFOp, arith::TruncFOp,
            arith::BitcastOp>([&](Operation *op) {
        return isa<ShapedType>(op->getResult(0).getType())
                   ? evaluateElementwise(op)
                   : fail(op, "is on scalars");
      })
      .Default([&](Operation *op) { return evaluateView(op, isKnown); });
}

//===----------------------------------------------------------------------===//
// Ops that move elements
//===----------------------------------------------------------------------===//

bool Interpreter::evaluateSlice(Operation *op) {
  // Which elements a slice is of, of the whole that it is of or is put into.
  auto slice = cast<OffsetSizeAndStrideOpInterface>(op);
  auto extract = dyn_cast<tensor::ExtractSliceOp>(op);
  auto insert = dyn_cast<tensor::InsertSliceOp>(op);
  const Tensor &whole =
      tensor(extract ? extract.getSource() : insert.getDest());
  SmallVector<int64_t> sizes, from;
  for (OpFoldResult size : slice.getMixedSizes())
    sizes.push_back(number(size));
  for (auto [offset, size, stride, extent] :
       llvm::zip_equal(slice.getMixedOffsets(), sizes, slice.getMixedStrides(),
                       whole.shape)) {
    int64_t first = number(offset), step = number(stride);
    if (first < 0 || size < 0 || step <= 0 || first > extent ||
        (size > 0 && first + (size - 1) * step >= extent))
      return fail(op, "reaches out of its tensor");
  }
  SmallVector<int64_t> index(sizes.size());
  for (int64_t i = 0, e = Tensor::count(sizes); i < e;
       ++i, next(index, sizes)) {
    SmallVector<int64_t> position;
    for (auto [offset, stride, at] : llvm::zip_equal(
             slice.getMixedOffsets(), slice.getMixedStrides(), index))
      position.push_back(number(offset) + number(stride) * at);
    from.push_back(linearize(position, whole.shape));
  }

  if (extract) {
    llvm::SmallBitVector dropped = extract.getDroppedDims();
    SmallVector<int64_t> shape;
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (!dropped[dim])
        shape.push_back(size);
    set(op->getResult(0), rearrange(whole, shape, from));
    return true;
  }
  const Tensor &part = tensor(insert.getSource());
  if (part.size() != static_cast<int64_t>(from.size()))
    return fail(op, "is given another number of elements");
  Tensor result = whole;
  result.isRewired |= part.isRewired;
  for (auto [i, position] : llvm::enumerate(from))
    result.copyElement(position, part, i);
  set(op->getResult(0), std::move(result));
  return true;
}

bool Interpreter::evaluateConcat(Operation *op) {
  auto concat = cast<tensor::ConcatOp>(op);
  int64_t dim = concat.getDim();
  SmallVector<int64_t> shape(tensor(concat.getInputs().front()).shape);
  shape[dim] = 0;
  for (Value input : concat.getInputs())
    shape[dim] += tensor(input).shape[dim];
  Tensor result = make(concat.getResult(), shape, concat.getInputs());
  int64_t offset = 0;
  for (Value input : concat.getInputs()) {
    const Tensor &part = tensor(input);
    SmallVector<int64_t> index(shape.size());
    for (int64_t i = 0; i < part.size(); ++i, next(index, part.shape)) {
      SmallVector<int64_t> to = index;
      to[dim] += offset;
      result.copyElement(linearize(to, shape), part, i);
    }
    offset += part.shape[dim];
  }
  set(concat.getResult(), std::move(result));
  return true;
}

bool Interpreter::evaluateView(Operation *op, bool &isKnown) {
  auto reshape = [&](Value from, ArrayRef<int64_t> shape) {
    const Tensor &source = tensor(from);
    if (Tensor::count(shape) != source.size())
      return fail(op, "changes the number of elements");
    Tensor result = source;
    result.shape.assign(shape.begin(), shape.end());
    return set(op->getResult(0), std::move(result)), true;
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](tensor::EmptyOp op) {
        SmallVector<int64_t> shape;
        for (OpFoldResult size : op.getMixedSizes())
          shape.push_back(number(size));
        return set(op.getResult(), make(op.getResult(), shape, {})), true;
      })
      .Case([&](tensor::DimOp op) {
        const Tensor &source = tensor(op.getSource());
        int64_t dim = get(op.getIndex()).number;
        if (dim < 0 || dim >= static_cast<int64_t>(source.shape.size()))
          return fail(op, "asks for no dimension");
        return set(op.getResult(), source.shape[dim]), true;
      })
      .Case([&](tensor::CastOp op) {
        return set(op.getResult(), get(op.getSource())), true;
      })
      .Case([&](tensor::CollapseShapeOp op) {
        SmallVector<int64_t> shape;
        ArrayRef<int64_t> source = tensor(op.getSrc()).shape;
        for (const ReassociationIndices &group : op.getReassociationIndices())
          shape.push_back(
              Tensor::count(source.slice(group.front(), group.size())));
        return reshape(op.getSrc(), shape);
      })
      .Case([&](tensor::ExpandShapeOp op) {
        SmallVector<int64_t> shape;
        for (OpFoldResult size : op.getMixedOutputShape())
          shape.push_back(number(size));
        return reshape(op.getSrc(), shape);
      })
      .Case([&](tensor::ReshapeOp op) {
        SmallVector<int64_t> shape;
        for (uint32_t extent : tensor(op.getShape()).bits)
          shape.push_back(extent);
        return reshape(op.getSource(), shape);
      })
      .Case([&](tensor::FromElementsOp op) {
        Tensor result(getElementTypeOrSelf(op.getType()),
                      op.getType().getShape());
        for (auto [i, element] : llvm::enumerate(op.getElements()))
          result.bits[i] = static_cast<uint32_t>(get(element).number);
        return set(op.getResult(), std::move(result)), true;
      })
      .Case<tensor::ExtractSliceOp, tensor::InsertSliceOp>(
          [&](Operation *op) { return evaluateSlice(op); })
      .Case([&](tensor::ConcatOp op) { return evaluateConcat(op); })
      .Case([&](linalg::TransposeOp op) {
        const Tensor &source = tensor(op.getInput());
        ArrayRef<int64_t> permutation = op.getPermutation();
        SmallVector<int64_t> shape, from, index(permutation.size());
        for (int64_t dim : permutation)
          shape.push_back(source.shape[dim]);
        for (int64_t i = 0; i < source.size(); ++i, next(index, shape)) {
          SmallVector<int64_t> position(index.size());
          for (auto [to, dim] : llvm::enumerate(permutation))
            position[dim] = index[to];
          from.push_back(linearize(position, source.shape));
        }
        return set(op->getResult(0), rearrange(source, shape, from)), true;
      })
      .Default([&](Operation *) { return isKnown = false; });
}
