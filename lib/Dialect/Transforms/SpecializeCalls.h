//===- SpecializeCalls.h - Tell callers apart -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_SPECIALIZECALLS_H
#define BEELINE_DIALECT_TRANSFORMS_SPECIALIZECALLS_H

#include "beeline/Analysis/Provenance.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

namespace beeline {

/// Where some callers of a private function pass quantized tensors of known
/// origin, and others do not, gives the former a copy of the function, so that
/// the latter can keep its signature.
class CallSpecializer {
public:
  explicit CallSpecializer(mlir::ModuleOp module) : module(module) {}

  /// Returns whether anything was copied. Copies are bounded by the size that
  /// the module had at first.
  bool run(llvm::ArrayRef<MixedCalls> mixed);

private:
  mlir::ModuleOp module;
  mlir::SymbolTableCollection symbols;
  std::optional<int64_t> budget;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_SPECIALIZECALLS_H
