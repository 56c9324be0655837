//===- SpecializeCalls.cpp - Tell callers apart ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SpecializeCalls.h"

using namespace mlir;
using namespace beeline;

static int64_t countOps(Operation *op) {
  int64_t count = 0;
  op->walk([&](Operation *) { ++count; });
  return count;
}

/// Gives `calls` a copy of the function they call.
static void specialize(const MixedCalls &mixed,
                       SymbolTableCollection &symbols) {
  func::FuncOp function = mixed.function;
  func::FuncOp copy = function.clone();
  copy.setPrivate();
  copy.setSymName((function.getSymName() + "_unquantized").str());
  Operation *table = SymbolTable::getNearestSymbolTable(function);
  StringAttr name = symbols.getSymbolTable(table).insert(
      copy, std::next(function->getIterator()));
  for (func::CallOp call : mixed.calls)
    call.setCallee(name.getValue());
}

bool CallSpecializer::run(ArrayRef<MixedCalls> mixed) {
  bool changed = false;
  for (const MixedCalls &calls : mixed) {
    if (!budget)
      budget = countOps(module);
    *budget -= countOps(calls.function);
    if (*budget < 0)
      break;
    specialize(calls, symbols);
    changed = true;
  }
  return changed;
}
