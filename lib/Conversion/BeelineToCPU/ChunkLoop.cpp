//===- ChunkLoop.cpp - Loops over vectors of elements ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkLoop.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

Value beeline::createSplat(ImplicitLocOpBuilder &builder, TypedAttr value) {
  auto type = VectorType::get({chunkSize}, value.getType());
  return arith::ConstantOp::create(
      builder, DenseElementsAttr::get(type, Attribute(value)));
}

Value beeline::createNothing(ImplicitLocOpBuilder &builder) {
  return createSplat(builder, builder.getF32FloatAttr(-0.0f));
}

OpFoldResult beeline::ceilDiv(ImplicitLocOpBuilder &builder, OpFoldResult value,
                              int64_t divisor) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return builder.getIndexAttr(
        static_cast<int64_t>(llvm::divideCeil(*known, divisor)));
  Value size = arith::ConstantIndexOp::create(builder, divisor);
  return arith::CeilDivUIOp::create(builder, cast<Value>(value), size)
      .getResult();
}

Values beeline::forEachChunk(ImplicitLocOpBuilder &builder, Value begin,
                             OpFoldResult length, Values carried,
                             function_ref<Values(Chunk, ValueRange)> body) {
  Value size = arith::ConstantIndexOp::create(builder, chunkSize);
  std::optional<int64_t> known = getConstantIntValue(length);

  // Whole chunks.
  Value whole, rest;
  if (known) {
    whole =
        arith::ConstantIndexOp::create(builder, *known / chunkSize * chunkSize);
  } else {
    rest = arith::RemUIOp::create(builder, cast<Value>(length), size);
    whole = arith::SubIOp::create(builder, cast<Value>(length), rest);
  }
  Value end = arith::AddIOp::create(builder, begin, whole);
  if (!known || *known >= chunkSize) {
    auto loop = scf::ForOp::create(builder, begin, end, size, carried);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Values next = body(Chunk{loop.getInductionVar()}, loop.getRegionIterArgs());
    // A loop without carried values has its terminator already.
    if (!carried.empty())
      scf::YieldOp::create(builder, next);
    carried = Values(loop.getResults());
  }

  // The rest, in a smaller vector if its size is known.
  if (known && *known % chunkSize == 0)
    return carried;
  if (known)
    return body(Chunk{end, *known % chunkSize}, carried);
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value hasRest =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ne, rest, zero);
  auto guarded =
      scf::IfOp::create(builder, ValueRange(carried).getTypes(), hasRest,
                        /*withElseRegion=*/!carried.empty());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(guarded.thenBlock());
  Value mask = vector::CreateMaskOp::create(
      builder, VectorType::get({chunkSize}, builder.getI1Type()), rest);
  Values next = body(Chunk{end, chunkSize, mask, rest}, carried);
  if (!carried.empty()) {
    scf::YieldOp::create(builder, next);
    builder.setInsertionPointToStart(guarded.elseBlock());
    scf::YieldOp::create(builder, carried);
  }
  return Values(guarded.getResults());
}

Value beeline::loadChunk(ImplicitLocOpBuilder &builder, Value buffer,
                         ValueRange indices, const Chunk &chunk) {
  VectorType type = chunk.typeOf(getElementTypeOrSelf(buffer));
  if (!chunk.mask)
    return vector::LoadOp::create(builder, type, buffer, indices);
  Value nothing = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
  return vector::MaskedLoadOp::create(builder, type, buffer, indices,
                                      chunk.mask, nothing);
}

void beeline::storeChunk(ImplicitLocOpBuilder &builder, Value elements,
                         Value buffer, ValueRange indices, const Chunk &chunk) {
  if (!chunk.mask) {
    vector::StoreOp::create(builder, elements, buffer, indices);
    return;
  }
  // One by one: LLVM 22 for x86 makes a store of four bytes of a masked one of
  // i8 once it finds out that the mask has one element.
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  auto loop = scf::ForOp::create(builder, zero, chunk.count, one);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value index = loop.getInductionVar();
  Values at(indices);
  at.back() = arith::AddIOp::create(builder, at.back(), index);
  Value element =
      vector::ExtractOp::create(builder, elements, OpFoldResult(index));
  memref::StoreOp::create(builder, element, buffer, at);
}

Value beeline::pad(ImplicitLocOpBuilder &builder, Value elements, Value padding,
                   const Chunk &chunk) {
  if (chunk.mask)
    return arith::SelectOp::create(builder, chunk.mask, elements, padding);
  if (chunk.size == chunkSize)
    return elements;
  return vector::InsertStridedSliceOp::create(builder, elements, padding,
                                              /*offsets=*/ArrayRef<int64_t>{0},
                                              /*strides=*/ArrayRef<int64_t>{1});
}

Value beeline::sumOfChunk(ImplicitLocOpBuilder &builder, Value elements) {
  while (cast<VectorType>(elements.getType()).getNumElements() > 1) {
    auto halves = vector::DeinterleaveOp::create(builder, elements);
    elements =
        arith::AddFOp::create(builder, halves.getRes1(), halves.getRes2());
  }
  return vector::ExtractOp::create(builder, elements, ArrayRef<int64_t>{0});
}
