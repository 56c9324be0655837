//===- Fuzzer.h - One input after the other ---------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_FUZZER_H
#define BEELINE_TEST_FUZZ_FUZZER_H

#include "Random.h"
#include "Stages.h"
#include "Workers.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/raw_ostream.h"

namespace beeline::fuzz {

/// Makes inputs and puts them through the jobs. All that is wrong ends the
/// process, so it is for workers.
class Fuzzer {
public:
  /// How a process exits where there is something wrong that is no crash.
  enum Finding { InvalidIR = 3, SilentFailure = 4, RoundTripChanges = 5 };

  Fuzzer(mlir::MLIRContext &context, const std::vector<std::string> &corpus,
         std::vector<Job> &jobs, uint64_t seed);

  /// The text that input begins as.
  std::string getText(uint64_t input) const;

  /// Returns false if upstream may have broken the process's memory, so that
  /// what comes next would not be the next input's fault.
  bool run(uint64_t input, Progress &progress);

  /// Prints the module that has reached the place where it ends a process.
  void dump(const Progress &place, llvm::raw_ostream &os);

private:
  /// Null if it is not valid.
  mlir::OwningOpRef<mlir::ModuleOp>
  createModule(uint64_t input, Progress &progress, Random &random);
  Job &pickJob(Random &random);

  mlir::MLIRContext &context;
  const std::vector<std::string> &corpus;
  std::vector<Job> &jobs;
  uint64_t seed;
  unsigned totalWeight = 0;
  uint64_t numErrors = 0;
  bool isMemorySound = true;
};

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_FUZZER_H
