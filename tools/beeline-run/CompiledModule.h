//===- CompiledModule.h - A module, compiled and loaded ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H
#define BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H

#include "DeviceBuffer.h"
#include "Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

namespace beeline {

/// A module's functions, in a library as beeline-compile makes it.
class CompiledModule {
public:
  /// Reads a module file. Diagnostics go to `context`'s handler.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  read(llvm::StringRef path, const Device &device, mlir::MLIRContext &context);
  ~CompiledModule();

  /// The type of a function of ranked floating-point tensors. Without a name,
  /// of the only public function; `name` is set to its.
  llvm::Expected<mlir::FunctionType> findFunction(std::string &name) const;

  /// Compiles functions that were found. To be called once.
  llvm::Error compile(const llvm::StringSet<> &names);

  /// Calls a function that was compiled on inputs that fit its type, and then
  /// as often as `seconds` has room for the times that it takes.
  llvm::Expected<llvm::SmallVector<Tensor>>
  call(llvm::StringRef name, llvm::ArrayRef<Tensor> inputs,
       llvm::MutableArrayRef<double> seconds = {});

private:
  explicit CompiledModule(const Device &device) : device(device) {}

  /// The address of a function of the library, or null.
  void *lookup(const llvm::Twine &name) const;
  /// The results of a call, without their elements.
  llvm::SmallVector<Tensor> createResults(llvm::StringRef name,
                                          llvm::ArrayRef<uint64_t> extents);

  const Device &device;
  std::string path;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The types of the functions, as the file has them.
  llvm::StringMap<mlir::FunctionType> types;
  llvm::SmallVector<std::string> publicNames;
  void *library = nullptr;
};

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_COMPILEDMODULE_H
