//===- RowSchedule.h - How threads share rows -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWSCHEDULE_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWSCHEDULE_H

#include "beeline/Dialect/IR/RowProgram.h"
#include "beeline/Target/Device.h"
#include "llvm/Support/MathExtras.h"

namespace beeline {

/// Which elements of which row a thread of a block works on.
///
/// A thread holds `chunks` runs of eight elements. The bits of an element's
/// index are, low ones first, its place in a run, the lane, the chunk and the
/// wave: a wave has a contiguous part of the row. So the pairwise sum, low bits
/// of the index first, is a sum in the thread, then over lanes, over the
/// thread's chunks, and over waves.
struct RowSchedule {
  static constexpr int64_t elementsPerThread = 8;
  /// The longest row that a GPU kernel takes.
  static constexpr int64_t maxLength = 65536;

  /// N, at most `maxLength`.
  int64_t length;
  int64_t waveSize;
  /// A multiple of the wave, or a power of two below it.
  int64_t threadsPerRow;
  /// Runs of eight elements that a thread has of a row: a power of two, and one
  /// if the row has less than a wave.
  int64_t chunks;
  int64_t rowsPerBlock;
  /// Blocks that a compute unit is to hold at a time.
  int64_t blocksPerUnit;
  /// Bytes of a row that are loaded.
  int64_t loadedBytes;
  /// Estimates of the registers that a thread needs: if vectors are loaded when
  /// they are used, and if they are loaded with the row.
  int64_t registersPerThread, registersWithVectors;
  /// Bytes of on-chip memory that a row needs.
  int64_t ldsBytesPerRow;

  static RowSchedule choose(const RowProgram &program, int64_t length,
                            const Device &device);

  /// Sets it, and how many of such blocks a compute unit is to hold.
  void setRowsPerBlock(int64_t rows, const Device &device);

  /// Whether a unit has registers for `blocksPerUnit` blocks that load vectors
  /// with the row.
  bool hasRegistersForVectors(const Device &device) const {
    return blocksPerUnit * blockSize() * registersWithVectors <=
           device.registersPerUnit;
  }

  int64_t blockSize() const { return threadsPerRow * rowsPerBlock; }
  int64_t wavesPerRow() const {
    return llvm::divideCeil(threadsPerRow, waveSize);
  }
  /// Elements of the lanes' chunks, which follow one another.
  int64_t chunkLength() const { return lanesPerRow() * elementsPerThread; }
  /// Elements of a wave's part of the row.
  int64_t waveLength() const { return chunkLength() * chunks; }
  /// Lanes of a wave that share a row.
  int64_t lanesPerRow() const { return std::min(threadsPerRow, waveSize); }
  /// Groups of how many elements, in neighbouring lanes, are those of
  /// `groupSize`. Nothing if those have to meet in on-chip memory.
  std::optional<int64_t> groupWithinLanes(int64_t groupSize) const;
  /// Elements that follow one another in memory and in a thread, are all there
  /// or all past the row's end, and start at a multiple of their size.
  int64_t unit() const {
    return std::min<int64_t>(elementsPerThread, length & -length);
  }
};

/// Changes the schedules of two programs so that one kernel can run both, each
/// in blocks of its own, and neither is slower than in a kernel of its own. Or
/// returns why that is not possible.
std::optional<std::string> joinSchedules(RowSchedule &a, RowSchedule &b,
                                         const Device &device);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_ROWSCHEDULE_H
