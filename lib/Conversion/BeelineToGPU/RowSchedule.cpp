//===- RowSchedule.cpp - How threads share rows ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSchedule.h"

using namespace beeline;

/// Threads of a block where nothing asks for more.
static constexpr int64_t commonBlockSize = 256;

RowSchedule RowSchedule::choose(int64_t length, const Device &device) {
  RowSchedule schedule;
  schedule.length = length;
  schedule.waveSize = device.waveSize;
  int64_t runs = llvm::divideCeil(length, elementsPerThread);
  int64_t threads = static_cast<int64_t>(llvm::PowerOf2Ceil(runs));
  if (threads <= commonBlockSize) {
    // Short rows: as many as fill a block.
    schedule.threadsPerRow = threads;
    schedule.chunks = 1;
    schedule.rowsPerBlock = commonBlockSize / threads;
    return schedule;
  }
  schedule.rowsPerBlock = 1;
  if (runs <= device.maxBlockSize) {
    schedule.threadsPerRow = llvm::alignTo(runs, device.waveSize);
    schedule.chunks = 1;
    return schedule;
  }
  schedule.threadsPerRow = device.maxBlockSize;
  schedule.chunks = llvm::divideCeil(runs, device.maxBlockSize);
  return schedule;
}
