//===- LinearTile.h - What of an operand is in LDS --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARTILE_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARTILE_H

#include "Kernel.h"
#include "LinearKernel.h"

namespace beeline {

/// The rows of a linear layer's input or weight that a block reads, of which
/// `depth` columns are in LDS at a time, as f32, multiplied by their scales.
class LinearTile : IndexBuilder {
public:
  static constexpr int64_t rows = LinearSchedule::tile;
  static constexpr int64_t depth = 32;
  /// Columns that a thread reads from LDS at a time.
  static constexpr int64_t readSize = 4;

  /// The operand in memory: `[M, in]`, and its scales, null without, of blocks
  /// of so many rows and columns.
  struct Source {
    mlir::Value elements, scales;
    int64_t scaleRows, scaleColumns;
  };

  /// `lastRow` is the operand's: it stands for what would come after it.
  LinearTile(mlir::ImplicitLocOpBuilder &builder, const Device &device,
             mlir::gpu::GPUFuncOp kernel, const Source &source,
             mlir::Value thread, mlir::Value firstRow, mlir::Value lastRow);

  /// Loads this thread's part of the columns from `first` on: vectors of f32,
  /// scaled, and 0 past the last column.
  Values load(mlir::Value first);
  /// Brings it to LDS.
  void share(mlir::ValueRange parts);
  /// `readSize` elements from LDS; both indices are of the tile.
  Values read(mlir::Value row, mlir::Value column);

private:
  mlir::Value loadScales(mlir::Value column, int64_t size);

  Source source;
  const Device &device;
  /// `[rows, ldsStride]`.
  mlir::Value lds;
  /// Where in the tile this thread's part is, and in which row of the operand
  /// and of its scales.
  mlir::Value partRow, partColumn, row, scaleRow;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_LINEARTILE_H
