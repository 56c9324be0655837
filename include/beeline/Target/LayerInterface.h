//===- LayerInterface.h - What callers of a layer see -----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_LAYERINTERFACE_H
#define BEELINE_TARGET_LAYERINTERFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <string>
#include <vector>

namespace beeline {

/// A tensor that a function takes or returns.
struct LayerTensor {
  /// `arg0`, `result1`
  std::string name;
  mlir::RankedTensorType type;
  /// Of a result: the arguments whose buffer may be the result's too.
  llvm::SmallVector<unsigned> mayAlias = {};
};

struct LayerFunction {
  std::string name;
  std::vector<LayerTensor> arguments, results;

  bool hasDynamicResults() const;
  /// The names of the C functions that belong to it.
  llvm::SmallVector<std::string> getSymbols() const;
};

/// The C functions of a library: what its header and its metadata describe.
struct LayerInterface {
  /// What the names of the library's own functions begin with.
  std::string library;
  /// As `--target=` has it.
  std::string target;
  std::vector<LayerFunction> functions;

  /// The interface of the public functions of a graph. Emits an error at each
  /// that C could not call: names and types have to have a counterpart there.
  static llvm::FailureOr<LayerInterface>
  get(mlir::ModuleOp module, llvm::StringRef library, llvm::StringRef target);

  /// The names of all symbols that the library exports.
  llvm::SmallVector<std::string> getSymbols() const;
  /// JSON, on one line: docs/compiling.md describes it.
  std::string getMetadata() const;
  /// A header for C and C++.
  void printHeader(llvm::raw_ostream &os) const;
};

/// What a library is called whose file is `path`: its stem, with an underscore
/// in place of each character that no C identifier has there.
std::string getLibraryName(llvm::StringRef path);

} // namespace beeline

#endif // BEELINE_TARGET_LAYERINTERFACE_H
