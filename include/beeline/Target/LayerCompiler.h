//===- LayerCompiler.h - From a graph to a library --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_LAYERCOMPILER_H
#define BEELINE_TARGET_LAYERCOMPILER_H

#include "beeline/Target/CodeObject.h"
#include "beeline/Target/Device.h"
#include "beeline/Target/LayerInterface.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include <memory>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace mlir {
class DialectRegistry;
class PassManager;
} // namespace mlir

namespace beeline {

struct LayerOptions {
  /// The chip that the layer runs on.
  const Device *device;
  /// What names of the library's own functions begin with.
  std::string library;
  /// The processor that host code is generated for: LLVM's name, or `native`.
  std::string cpu = "x86-64";
  /// Written-out ops become Beeline's, where they differ by no more than
  /// `assume` names.
  bool raise = true;
  std::vector<std::string> assume = {};
  bool elideRoundTrips = true;
  /// Whether independent row-wise ops share launches on a GPU.
  bool jointLaunches = true;
};

/// Compiles a layer, stage by stage, in the order of the methods. Each returns
/// failure once an error was emitted at the ops that it is about.
class LayerCompiler {
public:
  LayerCompiler(mlir::ModuleOp module, LayerOptions options);
  ~LayerCompiler();

  /// Registers what translates the module to LLVM IR. The module's context
  /// needs it.
  static void registerTranslations(mlir::DialectRegistry &registry);

  /// Rewrites the graph, and finds out its interface.
  llvm::LogicalResult rewriteGraph();
  /// Turns ops into code for the device.
  llvm::LogicalResult convertOps();
  /// On a GPU, compiles the kernels that `convertOps` has made, and returns
  /// them.
  llvm::FailureOr<std::string> compileDeviceCode(KernelFormat format);
  /// Turns what is left into LLVM's dialect. On a GPU, the kernels have to be
  /// compiled as objects by then.
  llvm::LogicalResult lowerHostCode();
  /// Makes the module LLVM IR, optimized.
  llvm::LogicalResult translate();
  /// Writes assembly or an object file.
  llvm::LogicalResult emit(llvm::CodeGenFileType type,
                           llvm::raw_pwrite_stream &os);
  /// The bytes of the shared library.
  llvm::FailureOr<std::string> link();

  /// All stages from the graph to the shared library.
  llvm::FailureOr<std::string> compile();

  /// After `rewriteGraph`.
  const LayerInterface &getInterface() const { return interface; }
  /// After `translate`.
  const llvm::Module &getLLVMModule() const { return *llvmModule; }

private:
  /// Emits an error that is about the layer as a whole.
  mlir::InFlightDiagnostic emitError() { return module.emitError(); }
  llvm::LogicalResult createTargetMachine();
  /// Defines the library's own functions and data.
  void addLibrarySymbols();

  mlir::ModuleOp module;
  LayerOptions options;
  LayerInterface interface;
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> llvmModule;
};

/// Links an object, given as its bytes, with Beeline's runtime into a shared
/// library that exports `symbols` and nothing else. Returns the library's
/// bytes.
llvm::Expected<std::string> linkLibrary(llvm::StringRef object,
                                        llvm::StringRef name,
                                        llvm::ArrayRef<std::string> symbols);

} // namespace beeline

#endif // BEELINE_TARGET_LAYERCOMPILER_H
