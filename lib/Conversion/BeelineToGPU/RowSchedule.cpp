//===- RowSchedule.cpp - How threads share rows ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSchedule.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

/// Threads of a block where nothing asks for more.
static constexpr int64_t commonBlockSize = 256;

/// Bytes of loads that a compute unit has to have under way to keep the memory
/// busy: what it gets per second times how long a load takes. 4.3 TB/s over 132
/// units and 1.4 us under load are 46 KB; kernels with less were measured
/// slower on an H200 (docs/kernels.md).
static constexpr int64_t bytesInFlight = 48 * 1024;

namespace {

/// What a program loads for each element of a row.
struct Loads {
  int64_t tensors = 0;
  int64_t bytes = 0;

  explicit Loads(const RowProgram &program) {
    for (const RowStep &step : program.getSteps())
      if (step.kind == RowStep::Kind::Load &&
          step.access == RowAccess::Elements) {
        ++tensors;
        bytes += getElementTypeOrSelf(step.tensor).getIntOrFloatBitWidth() / 8;
      }
  }
};

} // namespace

/// Registers that a thread needs: of each element one for a value, half of one
/// for a 16-bit weight, and of each further tensor as much; and those for
/// indices.
static int64_t estimateRegisters(const Loads &loads, int64_t chunks) {
  return 16 + chunks * RowSchedule::elementsPerThread * (2 + loads.tensors) / 2;
}

RowSchedule RowSchedule::choose(const RowProgram &program, int64_t length,
                                const Device &device) {
  int64_t runs = llvm::divideCeil(length, elementsPerThread);
  Loads loads(program);
  int64_t rowsInFlight = llvm::divideCeil(
      bytesInFlight, std::max<int64_t>(1, loads.bytes) * length);

  RowSchedule schedule;
  schedule.length = length;
  schedule.waveSize = device.waveSize;
  auto setChunks = [&](int64_t chunks) {
    int64_t threads = llvm::divideCeil(runs, chunks);
    schedule.chunks = chunks;
    schedule.threadsPerRow =
        threads < device.waveSize
            ? static_cast<int64_t>(llvm::PowerOf2Ceil(threads))
            : static_cast<int64_t>(llvm::alignTo(threads, device.waveSize));
    schedule.rowsPerBlock =
        std::max<int64_t>(1, commonBlockSize / schedule.threadsPerRow);
    schedule.blocksPerUnit =
        std::min<int64_t>(llvm::divideCeil(rowsInFlight, schedule.rowsPerBlock),
                          device.threadsPerUnit / schedule.blockSize());
  };
  auto fits = [&] {
    return schedule.blocksPerUnit * schedule.blockSize() *
               estimateRegisters(loads, schedule.chunks) <=
           device.registersPerUnit;
  };

  if (runs <= commonBlockSize) {
    setChunks(1);
    schedule.blocksPerUnit = 1;
    return schedule;
  }
  // More chunks, and so fewer threads, until the rows in flight fit: a row's
  // threads need registers for more than its elements.
  int64_t chunks = 2;
  while (llvm::divideCeil(runs, chunks) >
         static_cast<uint64_t>(device.maxBlockSize))
    chunks *= 2;
  setChunks(chunks);
  if (!fits() && length < maxLength / 8)
    setChunks(2 * chunks);
  if (!fits())
    schedule.blocksPerUnit = 1;
  return schedule;
}
