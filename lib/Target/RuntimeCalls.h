//===- RuntimeCalls.h - Calls of Beeline's runtime --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_TARGET_RUNTIMECALLS_H
#define BEELINE_LIB_TARGET_RUNTIMECALLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace beeline {

/// Emits calls of functions of beeline/runtime.h in a C function that returns a
/// `beeline_status`, and returns early with what is not BEELINE_OK.
class RuntimeCalls {
public:
  RuntimeCalls(mlir::ImplicitLocOpBuilder &builder, mlir::func::FuncOp function)
      : builder(builder), function(function) {}

  /// Calls a function that returns a status. What follows the builder's
  /// insertion point is executed if it is BEELINE_OK; the builder continues
  /// there.
  void call(llvm::StringRef callee, mlir::ValueRange operands);

  /// The address of a NUL-terminated string.
  mlir::Value createString(llvm::StringRef text);

private:
  mlir::func::FuncOp declare(llvm::StringRef callee, mlir::TypeRange operands);
  /// Where the function returns its argument, a status.
  mlir::Block *getExit();

  mlir::ImplicitLocOpBuilder &builder;
  mlir::func::FuncOp function;
};

} // namespace beeline

#endif // BEELINE_LIB_TARGET_RUNTIMECALLS_H
