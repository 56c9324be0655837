//===- ViewOps.cpp - Ops that are views of one tensor ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Value Generator::slice(Value value, int64_t dim, OpFoldResult offset,
                       OpFoldResult size, int64_t stride, bool isDropped) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets[dim] = offset;
  sizes[dim] = size;
  strides[dim] = builder.getIndexAttr(stride);
  SmallVector<int64_t> shape(typeOf(value).getShape());
  shape[dim] = isa<Attribute>(size)
                   ? cast<IntegerAttr>(cast<Attribute>(size)).getInt()
                   : ShapedType::kDynamic;
  if (isDropped)
    shape.erase(shape.begin() + dim);
  auto type = RankedTensorType::get(shape, typeOf(value).getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, type, value, offsets,
                                        sizes, strides);
}

Value Generator::transpose(Value value, ArrayRef<int64_t> permutation) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  SmallVector<OpFoldResult> permuted;
  for (int64_t dim : permutation)
    permuted.push_back(sizes[dim]);
  Value init = tensor::EmptyOp::create(builder, loc, permuted,
                                       typeOf(value).getElementType());
  return linalg::TransposeOp::create(builder, loc, value, init, permutation)
      ->getResult(0);
}

Value Generator::reshape(Value value, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get({static_cast<int64_t>(shape.size())},
                                    builder.getI64Type());
  Value extents = arith::ConstantOp::create(
      builder, loc, DenseIntElementsAttr::get(type, shape));
  return tensor::ReshapeOp::create(
      builder, loc,
      RankedTensorType::get(shape, typeOf(value).getElementType()), value,
      extents);
}

/// Reassociation of a tensor with `rank` dimensions where `dim` and the one
/// after it are one.
static SmallVector<ReassociationIndices> pairedWithNext(int64_t rank,
                                                        int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t next = 0; next < rank; ++next) {
    groups.push_back({next});
    if (next == dim)
      groups.back().push_back(++next);
  }
  return groups;
}

Value Generator::expand(Value value, int64_t dim, OpFoldResult outer,
                        OpFoldResult inner) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  sizes[dim] = outer;
  sizes.insert(sizes.begin() + dim + 1, inner);
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(isa<Attribute>(size)
                        ? cast<IntegerAttr>(cast<Attribute>(size)).getInt()
                        : ShapedType::kDynamic);
  return tensor::ExpandShapeOp::create(
      builder, loc,
      RankedTensorType::get(shape, typeOf(value).getElementType()), value,
      pairedWithNext(sizes.size(), dim), sizes);
}

Value Generator::collapse(Value value, int64_t dim) {
  return tensor::CollapseShapeOp::create(
      builder, loc, value, pairedWithNext(typeOf(value).getRank(), dim));
}
