//===- VerifyCalls.cpp - Calls that inlining left -------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace beeline {
#define GEN_PASS_DEF_VERIFYCALLSPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;

static LogicalResult refuse(CallOpInterface call,
                            SymbolTableCollection &symbols) {
  auto callee = dyn_cast_or_null<FunctionOpInterface>(
      call.resolveCallableInTable(&symbols));
  if (callee && !callee.isDeclaration())
    return call.emitError(
        "cannot be inlined: a compiled layer has no recursive "
        "functions");
  InFlightDiagnostic error = call.emitError(
      "calls what has no body here: give it a body or cut it out");
  if (callee)
    error.attachNote(callee.getLoc()) << "declared here";
  return error;
}

namespace {

struct VerifyCallsPass final
    : beeline::impl::VerifyCallsPassBase<VerifyCallsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    WalkResult walk =
        getOperation().walk([&](CallOpInterface call) -> WalkResult {
          return refuse(call, symbols);
        });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
