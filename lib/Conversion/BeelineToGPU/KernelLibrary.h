//===- KernelLibrary.h - The kernels of a module ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNELLIBRARY_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNELLIBRARY_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace beeline {

/// The kernels of a module. Equal ones are one.
class KernelLibrary {
public:
  explicit KernelLibrary(mlir::ModuleOp module) : module(module) {}

  /// The module that launches the kernels.
  mlir::ModuleOp getModule() const { return module; }

  /// Where to build a kernel, which `add` is to take. Made if it is not there.
  mlir::gpu::GPUModuleOp getKernels();

  /// The symbol of `kernel`, now called `name` or the like; or, if there is an
  /// equal kernel, that one's, and `kernel` is erased.
  mlir::SymbolRefAttr add(mlir::gpu::GPUFuncOp kernel, llvm::StringRef name);

private:
  mlir::ModuleOp module;
  mlir::gpu::GPUModuleOp kernels;
  /// By their text before they had a name.
  llvm::StringMap<mlir::SymbolRefAttr> known;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNELLIBRARY_H
