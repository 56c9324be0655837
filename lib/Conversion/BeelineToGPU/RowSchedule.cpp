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

// The numbers below were chosen by measuring on an H200 (docs/kernels.md).

/// Threads of a block that has several rows.
static constexpr int64_t commonBlockSize = 128;

/// Threads of a row are no more than these where four chunks will do: fewer
/// threads wait for one another, and registers are for elements then.
static constexpr int64_t fewThreads = 256;

/// Bytes that each thread loads, where the row has enough for a wave.
static constexpr int64_t bytesPerThread = 32;

/// Bytes of loads that a compute unit has to have under way to keep the memory
/// busy: what it gets per second times how long a load takes. 4.3 TB/s over 132
/// units and 1.4 us under load are 46 KB.
static constexpr int64_t bytesInFlight = 48 * 1024;

namespace {

/// What a program loads for each element of a row, and of vectors.
struct Loads {
  int64_t tensors = 0;
  int64_t bytes = 0;
  int64_t vectors = 0;

  explicit Loads(const RowProgram &program) {
    for (const RowStep &step : program.getSteps()) {
      if (step.kind != RowStep::Kind::Load)
        continue;
      if (step.access == RowAccess::Vector)
        ++vectors;
      if (step.access != RowAccess::Elements)
        continue;
      ++tensors;
      bytes += getElementTypeOrSelf(step.tensor).getIntOrFloatBitWidth() / 8;
    }
  }
};

} // namespace

/// Registers that a thread needs: of each element one for a value and half of
/// one for each 16-bit tensor, and those for indices.
static int64_t estimateRegisters(int64_t tensors, int64_t chunks) {
  return 24 + chunks * RowSchedule::elementsPerThread * (2 + tensors) / 2;
}

/// Runs of eight elements that a thread holds.
static int64_t chooseChunks(const Loads &loads, int64_t runs,
                            const Device &device) {
  int64_t chunks = 1;
  auto hasManyThreads = [&](int64_t threads) {
    return runs > chunks * threads;
  };
  while ((chunks < 4 && hasManyThreads(fewThreads)) ||
         hasManyThreads(device.maxBlockSize))
    chunks *= 2;
  bool loadsLittle =
      loads.bytes * RowSchedule::elementsPerThread < bytesPerThread;
  if (chunks == 1 && loadsLittle && runs >= 2 * device.waveSize)
    return 2;
  return chunks;
}

/// Bytes of on-chip memory in which the threads of a row meet: a number of each
/// wave for a row sum, and one of each group that does not lie within lanes.
static int64_t countLDSBytes(const RowProgram &program,
                             const RowSchedule &schedule) {
  int64_t numbers = 0;
  for (const RowStep &step : program.getSteps()) {
    if (step.kind == RowStep::Kind::RowSum && schedule.wavesPerRow() > 1)
      numbers += schedule.wavesPerRow();
    if (step.kind == RowStep::Kind::GroupAbsMax &&
        !schedule.groupWithinLanes(step.groupSize))
      numbers += llvm::divideCeil(schedule.length, step.groupSize);
  }
  return 4 * numbers;
}

RowSchedule RowSchedule::choose(const RowProgram &program, int64_t length,
                                const Device &device) {
  Loads loads(program);
  int64_t runs = llvm::divideCeil(length, elementsPerThread);

  RowSchedule schedule;
  schedule.length = length;
  schedule.waveSize = device.waveSize;
  schedule.chunks = chooseChunks(loads, runs, device);
  int64_t threads = llvm::divideCeil(runs, schedule.chunks);
  schedule.threadsPerRow =
      threads < device.waveSize
          ? static_cast<int64_t>(llvm::PowerOf2Ceil(threads))
          : static_cast<int64_t>(llvm::alignTo(threads, device.waveSize));
  schedule.loadedBytes = length * loads.bytes;
  schedule.registersPerThread =
      estimateRegisters(loads.tensors, schedule.chunks);
  schedule.registersWithVectors =
      estimateRegisters(loads.tensors + loads.vectors, schedule.chunks);
  schedule.ldsBytesPerRow = countLDSBytes(program, schedule);
  schedule.setRowsPerBlock(
      std::max<int64_t>(1, commonBlockSize / schedule.threadsPerRow), device);
  return schedule;
}

std::optional<int64_t> RowSchedule::groupWithinLanes(int64_t groupSize) const {
  // A group that is the whole row is one of all lanes' elements.
  if (groupSize >= length && wavesPerRow() == 1 && chunks == 1)
    return threadsPerRow * elementsPerThread;
  if (llvm::isPowerOf2_64(groupSize) && groupSize <= chunkLength())
    return groupSize;
  return std::nullopt;
}

void RowSchedule::setRowsPerBlock(int64_t rows, const Device &device) {
  rowsPerBlock = rows;
  int64_t bytes = std::max<int64_t>(1, rows * loadedBytes);
  blocksPerUnit = std::max<int64_t>(
      1,
      std::min({static_cast<int64_t>(llvm::divideCeil(bytesInFlight, bytes)),
                device.threadsPerUnit / blockSize(),
                device.registersPerUnit / (blockSize() * registersPerThread)}));
}

std::optional<std::string>
beeline::joinSchedules(RowSchedule &a, RowSchedule &b, const Device &device) {
  RowSchedule &large = a.threadsPerRow < b.threadsPerRow ? b : a;
  RowSchedule &small = &large == &a ? b : a;
  if (large.blockSize() % small.threadsPerRow != 0)
    return "blocks of one size would not do for both";
  small.setRowsPerBlock(large.blockSize() / small.threadsPerRow, device);
  // Each then has the registers of the larger one, and fewer blocks may fit.
  int64_t blocks = std::max(a.blocksPerUnit, b.blocksPerUnit);
  int64_t registers = std::max(a.registersPerThread, b.registersPerThread);
  if (blocks * large.blockSize() * registers > device.registersPerUnit)
    return "with the registers of the one, too few rows of the other would be "
           "under way";
  // So it is with on-chip memory, of which a block has what both need.
  int64_t ldsBytes =
      a.rowsPerBlock * a.ldsBytesPerRow + b.rowsPerBlock * b.ldsBytesPerRow;
  if (blocks * ldsBytes > device.ldsBytes)
    return "their groups need too much on-chip memory for one block of both";
  a.blocksPerUnit = b.blocksPerUnit = blocks;
  return std::nullopt;
}
