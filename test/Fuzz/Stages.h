//===- Stages.h - What inputs are put through -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_STAGES_H
#define BEELINE_TEST_FUZZ_STAGES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace beeline::fuzz {

/// A pass, or passes on ops in the module, as `beeline-opt --pass-pipeline=`
/// takes it.
struct Stage {
  std::string pipeline;
  /// Beeline's own, not upstream's.
  bool isOurs;
  std::unique_ptr<mlir::PassManager> passes;
};

/// Stages one after the other. A whole pipeline of Beeline's, or one pass.
struct Job {
  std::string name;
  std::vector<Stage> stages;
  /// How often it is chosen, in relation to the others.
  unsigned weight;
};

/// Every pass of Beeline's with options that matter, and every pipeline.
std::vector<Job> createJobs(mlir::MLIRContext &context);

/// One job with the pipeline.
llvm::Expected<std::vector<Job>> createJobs(llvm::StringRef pipeline,
                                            mlir::MLIRContext &context);

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_STAGES_H
