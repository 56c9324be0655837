//===- RowTile.h - The elements that a thread holds -------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWTILE_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWTILE_H

#include "Kernel.h"
#include "RowSchedule.h"
#include "beeline/Dialect/IR/RowProgram.h"

namespace beeline {

/// The elements of one row that a thread of a kernel holds: `chunks` vectors of
/// eight. Past the row's end, loads give the elements of its beginning, and
/// nothing is stored.
class RowTile {
public:
  /// Emits what finds this thread's elements among `rows` rows, of which
  /// `block` is the number of this block's first, by the number in a block.
  RowTile(mlir::ImplicitLocOpBuilder &builder, const RowSchedule &schedule,
          mlir::Value block, mlir::Value rows);

  const RowSchedule &getSchedule() const { return schedule; }
  /// This thread's place among those of its row and of its wave, its wave's
  /// among those of the row, and its row's among those of the block.
  mlir::Value getThread() const { return thread; }
  mlir::Value getLane() const { return lane; }
  mlir::Value getWave() const { return wave; }
  mlir::Value getRowInBlock() const { return rowInBlock; }

  /// Eight elements of `buffer`, `[rows, N]`, or `[N]` the same for all rows.
  mlir::Value load(mlir::Value buffer, RowAccess access, int64_t chunk);
  void store(mlir::Value elements, mlir::Value buffer, int64_t chunk);

  /// The value of `buffer`, a view of scales as `[rows, G]`, for a chunk: one
  /// if it lies in a group (`isInOneGroup`), else one for each element.
  mlir::Value loadScales(mlir::Value buffer, int64_t groupSize, int64_t chunk);
  void storeScales(mlir::Value scales, mlir::Value buffer, int64_t groupSize,
                   int64_t chunk);
  static bool isInOneGroup(int64_t groupSize) {
    return groupSize % RowSchedule::elementsPerThread == 0;
  }

  /// The index of the group that the chunk's element `element` belongs to. Past
  /// the row's end it is some group of the row.
  mlir::Value groupOf(int64_t chunk, int64_t element, int64_t groupSize);

  /// `elements`, with `padding`, a scalar, past the row's end.
  mlir::Value pad(mlir::Value elements, mlir::Value padding, int64_t chunk);
  /// Whether an element is in the row, as i1. Null where all are.
  mlir::Value isInside(int64_t chunk, int64_t element) const;

private:
  /// A run of eight elements.
  struct Chunk {
    /// Index of the first element.
    mlir::Value begin;
    /// For each unit, whether it is in the row; empty if all are. And the index
    /// to load it from.
    Values inside, source;
  };

  /// Emits `body` if the row is one, and `condition` (unless it is null) holds.
  void emitGuarded(mlir::Value condition, llvm::function_ref<void()> body);
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value lhs, int64_t rhs);

  mlir::ImplicitLocOpBuilder &builder;
  RowSchedule schedule;
  mlir::Value thread, lane, wave, rowInBlock;
  /// The row to load from, and whether there is one to store to: null if there
  /// always is.
  mlir::Value row, hasRow;
  llvm::SmallVector<Chunk> chunks;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWTILE_H
