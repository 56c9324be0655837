//===- ReduceOps.cpp - Make a module smaller, op by op --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's reduction-tree folds all ops before it asks whether the module is
// still interesting, and crashes if it is not. Here nothing is changed without
// asking.
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/Transforms/Passes.h"
#include "beeline/Dialect/Transforms/ReductionPatterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Reducer/Tester.h"
#include "llvm/Support/FileSystem.h"

namespace beeline {
#define GEN_PASS_DEF_REDUCEOPSPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// Users before what they use.
static SmallVector<Operation *> collectOps(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.getBody()->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { ops.push_back(op); });
  std::reverse(ops.begin(), ops.end());
  return ops;
}

/// Goes over all ops once. Returns whether there was anything to reduce.
static bool reduceAll(ModuleOp module, RewritePatternSet &patterns) {
  PatternRewriter rewriter(module.getContext());
  bool changed = false;
  SmallVector<Operation *> ops = collectOps(module);
  for (size_t i = 0; i < ops.size();) {
    rewriter.setInsertionPoint(ops[i]);
    bool reduced = llvm::any_of(patterns.getNativePatterns(), [&](auto &it) {
      return succeeded(it->matchAndRewrite(ops[i], rewriter));
    });
    if (!reduced) {
      ++i;
      continue;
    }
    changed = true;
    // What was looked at is as it was, if no region went. Else the next round
    // looks at what is skipped.
    ops = collectOps(module);
  }
  return changed;
}

namespace {

struct ReduceOpsPass final : beeline::impl::ReduceOpsPassBase<ReduceOpsPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!llvm::sys::fs::can_execute(test)) {
      module.emitError("test=") << test << ": there is no such program";
      return signalPassFailure();
    }
    Tester tester(test, *testArgs);
    if (tester.isInteresting(module).first != Tester::Interestingness::True) {
      module.emitError("is not interesting: ") << test << " exits with 0";
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    populateReductionPatterns(patterns, tester);
    while (reduceAll(module, patterns)) {
    }
  }
};

} // namespace
