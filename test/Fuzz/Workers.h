//===- Workers.h - Processes that may crash ---------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_WORKERS_H
#define BEELINE_TEST_FUZZ_WORKERS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <string>
#include <vector>

namespace beeline::fuzz {

/// What a worker is at, and what it has done. In memory that outlives it.
struct Progress {
  static constexpr size_t maxJobs = 64;

  uint64_t input;
  /// Where in the input it is: parsing (0), verifying (1) or in a stage.
  enum Phase { Parse, Verify, RoundTrip, Run } phase;
  uint32_t job, stage;
  uint64_t numInputs, numParsed, numVerified;
  uint64_t numRuns[maxJobs], numSucceeded[maxJobs];
};

/// How a worker ended that did not come to the end of its inputs.
struct Death {
  Progress at;
  enum Kind { Crash, Hang, Exit } kind;
  /// The signal, or the status it exited with.
  int code;
  /// What it wrote to standard error.
  std::string output;
};

struct Limits {
  unsigned numWorkers;
  /// Of processor time, for one input.
  unsigned seconds;
  /// Of a worker's memory. 0: as much as there is.
  uint64_t bytes;
};

/// Tells the kernel that an input begins, which is to end within the limit.
void startClock(const Limits &limits);

/// Runs `work`, in processes of their own, on all inputs from `first` to
/// `last`, and `onDeath` here for each of them that ends a process. Adds up the
/// progress. Where `work` returns false, the next input gets a new process.
Progress runWorkers(uint64_t first, uint64_t last, const Limits &limits,
                    llvm::function_ref<bool(uint64_t, Progress &)> work,
                    llvm::function_ref<void(const Death &)> onDeath);

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_WORKERS_H
