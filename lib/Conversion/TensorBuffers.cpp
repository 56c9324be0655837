//===- TensorBuffers.cpp - Buffers of lowered ops -------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuffers.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace beeline;

Value beeline::createReadBuffer(ImplicitLocOpBuilder &builder, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return bufferization::ToBufferOp::create(
      builder, MemRefType::get(type.getShape(), type.getElementType()), tensor,
      /*read_only=*/true);
}

Value beeline::createBuffer(ImplicitLocOpBuilder &builder,
                            RankedTensorType type,
                            ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamicSizes;
  for (auto [extent, size] : llvm::zip_equal(type.getShape(), sizes))
    if (ShapedType::isDynamic(extent))
      dynamicSizes.push_back(
          getValueOrCreateConstantIndexOp(builder, builder.getLoc(), size));
  return memref::AllocOp::create(
      builder, MemRefType::get(type.getShape(), type.getElementType()),
      dynamicSizes);
}

Value beeline::createTensor(ImplicitLocOpBuilder &builder,
                            RankedTensorType type, Value buffer) {
  return bufferization::ToTensorOp::create(builder, type, buffer,
                                           /*restrict=*/true,
                                           /*writable=*/true);
}
