//===- CompiledModule.h - A module, compiled for this CPU -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H
#define BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H

#include "Tensor.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace beeline {

/// A module's functions, compiled when it is loaded and ready to be called.
class CompiledModule {
public:
  /// Reads, checks and compiles a module file. Diagnostics go to `context`'s
  /// handler.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  load(llvm::StringRef path, mlir::MLIRContext &context);

  /// The type of a function of ranked floating-point tensors. Without a name,
  /// of the only public function; `name` is set to its.
  llvm::Expected<mlir::FunctionType> findFunction(std::string &name) const;

  /// Calls a function on inputs that fit its type. Sets `seconds`, if it is given,
  /// to the time that the function took.
  llvm::Expected<llvm::SmallVector<Tensor>> call(llvm::StringRef name,
                                                 llvm::ArrayRef<Tensor> inputs,
                                                 double *seconds = nullptr);

private:
  std::string path;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The types that the functions had as the file has them.
  llvm::StringMap<mlir::FunctionType> types;
  llvm::SmallVector<std::string> publicNames;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H
