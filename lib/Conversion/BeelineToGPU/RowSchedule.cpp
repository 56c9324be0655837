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

  // Few chunks keep the registers few and the rows in flight many; two of them
  // halve the waves that have to meet.
  schedule.chunks = runs <= commonBlockSize ? 1 : 2;
  while (llvm::divideCeil(runs, schedule.chunks) > device.maxBlockSize)
    schedule.chunks *= 2;
  int64_t threads = llvm::divideCeil(runs, schedule.chunks);
  schedule.threadsPerRow =
      threads < device.waveSize
          ? static_cast<int64_t>(llvm::PowerOf2Ceil(threads))
          : static_cast<int64_t>(llvm::alignTo(threads, device.waveSize));
  schedule.rowsPerBlock =
      std::max<int64_t>(1, commonBlockSize / schedule.threadsPerRow);
  return schedule;
}
