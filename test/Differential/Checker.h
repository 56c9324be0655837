//===- Checker.h - Is a module rewritten as expected? -----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_CHECKER_H
#define BEELINE_TEST_DIFFERENTIAL_CHECKER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>

namespace beeline::differential {

struct Verdict {
  enum class Kind {
    Passed,
    /// The module means nothing, or its expectations contradict what it does.
    Invalid,
    /// The pass failed, or left a module that does not verify.
    Pass,
    /// A round trip is still there that should not be.
    Left,
    /// A dequantization was rewired that reads codes with scales of others.
    Wrong,
    /// A dequantization was rewired that was to be kept.
    Trap,
    /// Results are other than expected.
    Bytes,
  };

  Kind kind = Kind::Passed;
  std::string message = {};
};

/// As options name it: "left", say.
llvm::StringRef getName(Verdict::Kind kind);

/// Runs `module`, the same as its expectations say that it should become, and
/// what the pass makes of it, on `numInputs` inputs. `rewritten`, if not null,
/// is set to the last.
Verdict check(mlir::ModuleOp module, uint64_t seed, unsigned numInputs,
              mlir::OwningOpRef<mlir::ModuleOp> *rewritten = nullptr);

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_CHECKER_H
