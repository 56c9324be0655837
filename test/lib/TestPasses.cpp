//===- TestPasses.cpp - Passes that only tests need -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

namespace {

/// Decomposes every op that can be. transform.structured.decompose_interface
/// takes ops of one result only.
struct TestDecompose final : PassWrapper<TestDecompose, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestDecompose)

  StringRef getArgument() const override { return "test-decompose"; }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::AggregatedOpInterface> ops;
    getOperation()->walk(
        [&](linalg::AggregatedOpInterface op) { ops.push_back(op); });
    for (linalg::AggregatedOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
      if (failed(results))
        return signalPassFailure();
      rewriter.replaceOp(op, *results);
    }
  }
};

/// Aborts, or never ends, where there is a gate: for tests of beeline-fuzz.
struct TestPlant final : PassWrapper<TestPlant, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestPlant)

  explicit TestPlant(bool hangs = false) : hangs(hangs) {}
  TestPlant(const TestPlant &other) = default;

  StringRef getArgument() const override {
    return hangs ? "test-hang" : "test-crash";
  }

  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (op->getName().getStringRef() != "beeline.silu_mul")
        return;
      volatile bool isForever = hangs;
      while (isForever) {
      }
      abort();
    });
  }

  bool hangs;
};

} // namespace

extern "C" PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "BeelineTestPasses", "0.1", [] {
            PassRegistration<TestDecompose>();
            for (bool hangs : {false, true})
              registerPass([=] { return std::make_unique<TestPlant>(hangs); });
          }};
}
