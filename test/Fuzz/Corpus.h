//===- Corpus.h - What inputs are made from ---------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_CORPUS_H
#define BEELINE_TEST_FUZZ_CORPUS_H

#include "mlir/Support/LLVM.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace beeline::fuzz {

/// The texts of small modules: those of all .mlir files in `directory`, divided
/// at `// -----`. One that is valid is divided further, into its functions
/// and what they call.
llvm::Expected<std::vector<std::string>> loadCorpus(llvm::StringRef directory,
                                                    mlir::MLIRContext &context);

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_CORPUS_H
