//===- ChunkLoop.h - Loops over vectors of elements -------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOCPU_CHUNKLOOP_H
#define BEELINE_LIB_CONVERSION_BEELINETOCPU_CHUNKLOOP_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace beeline {

/// Elements that a loop works on at a time. A power of two, so that the
/// pairwise sum of chunks is the pairwise sum of their elements.
constexpr int64_t chunkSize = 16;

/// The elements of a row that a vector holds: `size` from `offset` on. Where
/// the row's end is known at run time only, the last chunk of it has a `mask`
/// for the `count` elements that are there.
struct Chunk {
  mlir::Value offset;
  int64_t size = chunkSize;
  mlir::Value mask = {}, count = {};

  /// A vector of `size` elements.
  mlir::VectorType typeOf(mlir::Type elementType) const {
    return mlir::VectorType::get({size}, elementType);
  }
};

using Values = llvm::SmallVector<mlir::Value>;

/// A whole chunk of `value`, an attribute of the elements' type.
mlir::Value createSplat(mlir::ImplicitLocOpBuilder &builder,
                        mlir::TypedAttr value);

/// Emits `body` for the chunks of `length` elements from `begin` on, with
/// `carried` passed from one to the next, and returns what the last one passes.
Values forEachChunk(mlir::ImplicitLocOpBuilder &builder, mlir::Value begin,
                    mlir::OpFoldResult length, Values carried,
                    llvm::function_ref<Values(Chunk, mlir::ValueRange)> body);

/// A whole chunk of -0.0, which can be added to every number without changing
/// it.
mlir::Value createNothing(mlir::ImplicitLocOpBuilder &builder);

/// The chunk of `buffer` at `indices`, whose last is the chunk's offset.
/// Elements under a false mask are zero.
mlir::Value loadChunk(mlir::ImplicitLocOpBuilder &builder, mlir::Value buffer,
                      mlir::ValueRange indices, const Chunk &chunk);

void storeChunk(mlir::ImplicitLocOpBuilder &builder, mlir::Value elements,
                mlir::Value buffer, mlir::ValueRange indices,
                const Chunk &chunk);

/// A whole chunk: `elements` where `chunk` has them, and `padding` elsewhere.
mlir::Value pad(mlir::ImplicitLocOpBuilder &builder, mlir::Value elements,
                mlir::Value padding, const Chunk &chunk);

/// The pairwise sum of a whole chunk's elements, low bits of the index first.
mlir::Value sumOfChunk(mlir::ImplicitLocOpBuilder &builder,
                       mlir::Value elements);

/// ceil(value / divisor)
mlir::OpFoldResult ceilDiv(mlir::ImplicitLocOpBuilder &builder,
                           mlir::OpFoldResult value, int64_t divisor);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOCPU_CHUNKLOOP_H
