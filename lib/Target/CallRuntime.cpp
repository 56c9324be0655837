//===- CallRuntime.cpp - Launches, copies and checks ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeCalls.h"
#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace beeline {
#define GEN_PASS_DEF_CALLRUNTIMEPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// Whether `function` returns a status to C, and gets a stream.
static bool isEntryPoint(func::FuncOp function) {
  return function.isPublic() && !function.isDeclaration() &&
         function.getNumResults() == 1 &&
         function.getResultTypes().front().isInteger(32);
}

/// cf.assert ⇒ beeline_check_condition
static void convert(cf::AssertOp assertion, func::FuncOp function) {
  ImplicitLocOpBuilder builder(assertion.getLoc(), assertion);
  RuntimeCalls runtime(builder, function);
  Value holds = arith::ExtUIOp::create(builder, builder.getI32Type(),
                                       assertion.getArg());
  runtime.call("beeline_check_condition",
               {holds, runtime.createString(function.getName()),
                runtime.createString(assertion.getMsg())});
  assertion.erase();
}

namespace {

struct CallRuntimePass final
    : beeline::impl::CallRuntimePassBase<CallRuntimePass> {
  void runOnOperation() override {
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      if (!isEntryPoint(function))
        continue;
      SmallVector<cf::AssertOp> assertions;
      function.walk([&](cf::AssertOp op) { assertions.push_back(op); });
      for (cf::AssertOp assertion : assertions)
        convert(assertion, function);
    }
  }
};

} // namespace
