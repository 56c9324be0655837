//===- RowReductions.h - Sums and maxima over threads -----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWREDUCTIONS_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWREDUCTIONS_H

#include "RowTile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace beeline {

/// Reductions over the elements that the threads of a row hold. Every thread of
/// the block runs each of them.
class RowReductions {
public:
  RowReductions(mlir::ImplicitLocOpBuilder &builder, RowTile &tile,
                mlir::gpu::GPUFuncOp kernel, const Device &device)
      : builder(builder), tile(tile), kernel(kernel), device(device) {}

  /// The sum over the row of f32, pairwise, low bits of the index first.
  mlir::Value rowSum(llvm::ArrayRef<mlir::Value> chunks);

  /// The largest magnitude in each group, NaN if there is one in it: for each
  /// chunk a scalar, or a vector where a chunk lies in several groups.
  Values groupAbsMax(llvm::ArrayRef<mlir::Value> chunks, int64_t groupSize);

private:
  mlir::Value addPairwise(Values values);
  mlir::Value reduceLanes(mlir::gpu::AllReduceOperation kind, mlir::Value value,
                          int64_t lanes);
  /// The sum over waves of what each has.
  mlir::Value sumOverWaves(mlir::Value sum);
  /// -0.0, which can be added to every number without changing it.
  mlir::Value createNothing();
  /// The larger of two magnitudes, as `magnitudesOf` has them.
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value maxOf(llvm::ArrayRef<mlir::Value> values);
  /// Magnitudes with an order that has NaN above all: f32 where the chip has a
  /// maximum that keeps NaN, and the bits, which are ordered likewise,
  /// elsewhere.
  mlir::Value magnitudesOf(mlir::Value elements, int64_t chunk);
  /// Maxima of groups that lie within lanes, or of which lanes hold several.
  Values maxOverLanes(llvm::ArrayRef<mlir::Value> chunks, int64_t groupSize);
  /// Maxima of any groups, through LDS.
  Values maxOverBlock(llvm::ArrayRef<mlir::Value> chunks, int64_t groupSize);

  mlir::Value constant(int64_t value);

  mlir::ImplicitLocOpBuilder &builder;
  RowTile &tile;
  mlir::gpu::GPUFuncOp kernel;
  const Device &device;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWREDUCTIONS_H
