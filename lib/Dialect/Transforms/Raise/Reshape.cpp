//===- Reshape.cpp - Extents of 1, added and dropped ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reshape.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;

/// Groups of dimensions each of which has one extent other than 1.
static SmallVector<ReassociationIndices>
groupAroundUnits(ArrayRef<int64_t> shape) {
  SmallVector<ReassociationIndices> groups;
  bool hasExtent = false;
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    if (groups.empty() || (extent != 1 && hasExtent)) {
      groups.emplace_back();
      hasExtent = false;
    }
    groups.back().push_back(dim);
    hasExtent |= extent != 1;
  }
  return groups;
}

Value beeline::reshape(OpBuilder &builder, Location loc, Value value,
                       ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  SmallVector<int64_t> squeezed;
  for (int64_t extent : shape)
    if (extent != 1)
      squeezed.push_back(extent);
  if (squeezed.empty())
    squeezed.push_back(1);
  if (type.getShape() != ArrayRef(squeezed))
    value = tensor::CollapseShapeOp::create(builder, loc, type.clone(squeezed),
                                            value,
                                            groupAroundUnits(type.getShape()));
  if (ArrayRef(squeezed) == shape)
    return value;
  SmallVector<OpFoldResult> sizes;
  unsigned next = 0;
  for (int64_t extent : shape)
    sizes.push_back(extent == 1
                        ? OpFoldResult(builder.getIndexAttr(1))
                        : tensor::getMixedSize(builder, loc, value, next++));
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), value,
                                       groupAroundUnits(shape), sizes);
}
