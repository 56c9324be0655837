//===- Views.cpp - Ops that show a tensor in another form -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Views.h"
#include "beeline/Analysis/Reassociation.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;

using Indices = std::optional<SmallVector<ElementIndex>>;

//===----------------------------------------------------------------------===//
// ExtentNames
//===----------------------------------------------------------------------===//

Extent ExtentNames::named(Value value, int64_t dim) {
  auto [entry, isNew] = names.try_emplace({value, dim}, counter);
  if (isNew)
    meanings[counter++] = {value, dim};
  return Extent::named(entry->second);
}

namespace {

/// An extent of a tensor, or something that says more of it.
struct ExtentSource {
  Value tensor;
  int64_t dim;
  /// If set, the extent is this.
  OpFoldResult size = {};
};

} // namespace

/// One step back to where the extent of `result` along `dim` comes from.
static std::optional<ExtentSource> stepBack(OpResult result, int64_t dim) {
  using Source = std::optional<ExtentSource>;
  return llvm::TypeSwitch<Operation *, Source>(result.getOwner())
      .Case([&](tensor::CastOp op) -> Source {
        if (!isa<RankedTensorType>(op.getSource().getType()))
          return std::nullopt;
        return ExtentSource{op.getSource(), dim};
      })
      .Case([&](tensor::ExpandShapeOp op) -> Source {
        return ExtentSource{{}, 0, op.getMixedOutputShape()[dim]};
      })
      .Case([&](tensor::ExtractSliceOp op) -> Source {
        llvm::SmallBitVector dropped = op.getDroppedDims();
        for (auto [sourceDim, size] : llvm::enumerate(op.getMixedSizes()))
          if (!dropped[sourceDim] && dim-- == 0)
            return ExtentSource{{}, 0, size};
        return std::nullopt;
      })
      .Case([&](linalg::TransposeOp op) -> Source {
        return ExtentSource{op.getInput(), op.getPermutation()[dim]};
      })
      .Case([&](QuantizeOpInterface op) -> Source {
        for (const Quantization &quantization : op.getQuantizations()) {
          if (quantization.scales != result)
            continue;
          int64_t axis = quantization.parameters.axis;
          if (quantization.parameters.layout == ScaleLayout::RowMajor) {
            if (dim != axis)
              return ExtentSource{quantization.codes, dim};
          } else if (dim != 0) {
            return ExtentSource{quantization.codes,
                                dim <= axis ? dim - 1 : dim};
          }
        }
        return std::nullopt;
      })
      .Default(Source());
}

/// The dimension that `op` asks for, if that is known and there is one.
static std::optional<int64_t> getDimension(tensor::DimOp op) {
  std::optional<int64_t> dim = op.getConstantIndex();
  auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
  if (!dim || *dim < 0 || (type && *dim >= type.getRank()))
    return std::nullopt;
  return dim;
}

Extent ExtentNames::of(Value tensor, int64_t dim) {
  // Unreachable code can go round and round.
  int steps = 64;
  return follow(tensor, dim, steps);
}

Extent ExtentNames::follow(Value tensor, int64_t dim, int &steps) {
  while (steps-- > 0) {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!type)
      break;
    if (!type.isDynamicDim(dim))
      return Extent(type.getDimSize(dim));
    if (auto collapse = tensor.getDefiningOp<tensor::CollapseShapeOp>()) {
      std::optional<Extent> extent = Extent();
      for (int64_t sourceDim : getReassociation(collapse, dim))
        if (extent)
          extent =
              product(*extent, follow(collapse.getSrc(), sourceDim, steps));
      return extent ? *extent : named(tensor, dim);
    }
    auto result = dyn_cast<OpResult>(tensor);
    std::optional<ExtentSource> source =
        result ? stepBack(result, dim) : std::nullopt;
    if (!source)
      break;
    if (source->size) {
      if (std::optional<int64_t> size = getConstantIntValue(source->size))
        return Extent(*size);
      Value size = cast<Value>(source->size);
      auto dimOp = size.getDefiningOp<tensor::DimOp>();
      std::optional<int64_t> index = dimOp ? getDimension(dimOp) : std::nullopt;
      if (!index)
        return named(size, isIndex);
      source = {dimOp.getSource(), *index};
    }
    tensor = source->tensor;
    dim = source->dim;
  }
  return named(tensor, dim);
}

Extent ExtentNames::of(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return Extent(*constant);
  Value value = cast<Value>(size);
  if (auto op = value.getDefiningOp<tensor::DimOp>())
    if (std::optional<int64_t> dim = getDimension(op))
      return of(op.getSource(), *dim);
  return named(value, isIndex);
}

//===----------------------------------------------------------------------===//
// What is a view
//===----------------------------------------------------------------------===//

/// Strides that are known and go forwards: others are left alone.
static bool hasKnownStrides(tensor::ExtractSliceOp op) {
  return llvm::all_of(op.getStaticStrides(), [](int64_t stride) {
    return !ShapedType::isDynamic(stride) && stride > 0;
  });
}

Value beeline::getViewSource(Operation *op) {
  Value source =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([](tensor::CastOp op) { return op.getSource(); })
          .Case([](tensor::CollapseShapeOp op) { return op.getSrc(); })
          .Case([](tensor::ExpandShapeOp op) { return op.getSrc(); })
          .Case([](tensor::ReshapeOp op) { return op.getSource(); })
          .Case([](tensor::ExtractSliceOp op) {
            return hasKnownStrides(op) ? op.getSource() : Value();
          })
          .Case([](linalg::TransposeOp op) {
            return op.hasPureTensorSemantics() ? op.getInput() : Value();
          })
          .Default(Value());
  bool isRanked = source && isa<RankedTensorType>(source.getType()) &&
                  isa<RankedTensorType>(op->getResult(0).getType());
  return isRanked ? source : Value();
}

//===----------------------------------------------------------------------===//
// Where a view's elements are
//===----------------------------------------------------------------------===//

/// The position of element `indices` of a tensor of extents `shape` in
/// row-major order.
static std::optional<ElementIndex> flatten(ArrayRef<ElementIndex> indices,
                                           ArrayRef<Extent> shape) {
  ElementIndex position;
  Extent stride;
  for (size_t dim = indices.size(); dim-- > 0;) {
    std::optional<ElementIndex> scaled = indices[dim].times(stride);
    if (!scaled)
      return std::nullopt;
    position = position + *scaled;
    if (dim == 0)
      break;
    std::optional<Extent> longer = product(stride, shape[dim]);
    if (!longer)
      return std::nullopt;
    stride = *longer;
  }
  return position;
}

/// The inverse: appends the indices of the element at `position`.
static bool unflatten(ElementIndex position, ArrayRef<Extent> shape,
                      IndexSpace &space, ExtentNames &names,
                      SmallVectorImpl<ElementIndex> &indices) {
  SmallVector<ElementIndex> reversed;
  for (size_t dim = shape.size(); dim-- > 1;) {
    std::optional<ElementIndex::Division> division =
        position.dividedBy(shape[dim], space.sizes);
    if (!division)
      division = space.asNumber(position, [&] { return names.fresh(); })
                     .dividedBy(shape[dim], space.sizes);
    if (!division)
      return false;
    reversed.push_back(division->remainder);
    position = division->quotient;
  }
  if (!shape.empty())
    reversed.push_back(position);
  llvm::append_range(indices, llvm::reverse(reversed));
  return true;
}

static SmallVector<Extent> shapeOf(Value tensor, ExtentNames &names) {
  SmallVector<Extent> shape;
  for (int64_t dim = 0,
               rank = cast<RankedTensorType>(tensor.getType()).getRank();
       dim < rank; ++dim)
    shape.push_back(names.of(tensor, dim));
  return shape;
}

static Indices throughSlice(tensor::ExtractSliceOp op,
                            ArrayRef<ElementIndex> indices,
                            ExtentNames &names) {
  SmallVector<ElementIndex> result;
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
    ElementIndex index = ElementIndex::offset(names.of(offset));
    if (!dropped[dim]) {
      std::optional<ElementIndex> scaled =
          indices.front().times(Extent(op.getStaticStride(dim)));
      if (!scaled)
        return std::nullopt;
      index = index + *scaled;
      indices = indices.drop_front();
    }
    result.push_back(index);
  }
  return result;
}

static Indices throughCollapse(tensor::CollapseShapeOp op,
                               ArrayRef<ElementIndex> indices,
                               IndexSpace &space, ExtentNames &names) {
  SmallVector<ElementIndex> result;
  SmallVector<Extent> shape = shapeOf(op.getSrc(), names);
  for (auto [index, group] : llvm::zip_equal(indices, getReassociation(op)))
    if (!unflatten(index, ArrayRef(shape).slice(group.front(), group.size()),
                   space, names, result))
      return std::nullopt;
  return result;
}

static Indices throughExpand(tensor::ExpandShapeOp op,
                             ArrayRef<ElementIndex> indices,
                             ExtentNames &names) {
  SmallVector<ElementIndex> result;
  SmallVector<Extent> shape = shapeOf(op.getResult(), names);
  for (const ReassociationIndices &group : getReassociation(op)) {
    std::optional<ElementIndex> position =
        flatten(indices.slice(group.front(), group.size()),
                ArrayRef(shape).slice(group.front(), group.size()));
    if (!position)
      return std::nullopt;
    result.push_back(*position);
  }
  return result;
}

static Indices throughReshape(tensor::ReshapeOp op,
                              ArrayRef<ElementIndex> indices, IndexSpace &space,
                              ExtentNames &names) {
  SmallVector<Extent> fromShape = shapeOf(op.getSource(), names);
  SmallVector<Extent> toShape = shapeOf(op.getResult(), names);
  ArrayRef<Extent> from = fromShape, to = toShape;
  // First and last dimensions that stay what they are.
  SmallVector<ElementIndex> result, last;
  while (!from.empty() && !to.empty() && from.front() == to.front()) {
    result.push_back(indices.front());
    from = from.drop_front();
    to = to.drop_front();
    indices = indices.drop_front();
  }
  while (!from.empty() && !to.empty() && from.back() == to.back()) {
    last.push_back(indices.back());
    from = from.drop_back();
    to = to.drop_back();
    indices = indices.drop_back();
  }
  std::optional<ElementIndex> position = flatten(indices, to);
  if (!position || !unflatten(*position, from, space, names, result))
    return std::nullopt;
  llvm::append_range(result, llvm::reverse(last));
  return result;
}

static Indices throughTranspose(linalg::TransposeOp op,
                                ArrayRef<ElementIndex> indices) {
  SmallVector<ElementIndex> result(indices);
  for (auto [dim, from] : llvm::enumerate(op.getPermutation()))
    result[from] = indices[dim];
  return result;
}

Indices beeline::mapToViewSource(Operation *op, ArrayRef<ElementIndex> indices,
                                 IndexSpace &space, ExtentNames &names) {
  return llvm::TypeSwitch<Operation *, Indices>(op)
      .Case([&](tensor::CastOp) { return llvm::to_vector(indices); })
      .Case([&](tensor::ExtractSliceOp op) {
        return throughSlice(op, indices, names);
      })
      .Case([&](tensor::CollapseShapeOp op) {
        return throughCollapse(op, indices, space, names);
      })
      .Case([&](tensor::ExpandShapeOp op) {
        return throughExpand(op, indices, names);
      })
      .Case([&](tensor::ReshapeOp op) {
        return throughReshape(op, indices, space, names);
      })
      .Case(
          [&](linalg::TransposeOp op) { return throughTranspose(op, indices); })
      .Default(Indices());
}

//===----------------------------------------------------------------------===//
// The same view of another tensor
//===----------------------------------------------------------------------===//

Value beeline::recreateView(OpBuilder &builder, Operation *op, Value source) {
  Type elementType = cast<RankedTensorType>(source.getType()).getElementType();
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, op->getLoc(), source);
    SmallVector<OpFoldResult> permuted;
    for (int64_t from : transpose.getPermutation())
      permuted.push_back(sizes[from]);
    Value init =
        tensor::EmptyOp::create(builder, op->getLoc(), permuted, elementType);
    Value result = linalg::TransposeOp::create(builder, op->getLoc(), source,
                                               init, transpose.getPermutation())
                       ->getResult(0);
    auto wanted =
        cast<RankedTensorType>(op->getResult(0).getType()).clone(elementType);
    return result.getType() == wanted
               ? result
               : tensor::CastOp::create(builder, op->getLoc(), wanted, result);
  }
  IRMapping mapping;
  mapping.map(getViewSource(op), source);
  Value result = builder.clone(*op, mapping)->getResult(0);
  result.setType(cast<RankedTensorType>(result.getType()).clone(elementType));
  return result;
}
