//===- LayerCompiler.cpp - From a graph to a library ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerCompiler.h"
#include "beeline/Pipelines/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace beeline;

LayerCompiler::LayerCompiler(ModuleOp module, LayerOptions options)
    : module(module), options(std::move(options)) {}

LayerCompiler::~LayerCompiler() = default;

void LayerCompiler::registerTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

//===----------------------------------------------------------------------===//
// MLIR
//===----------------------------------------------------------------------===//

LogicalResult LayerCompiler::rewriteGraph() {
  PassManager passes(module.getContext());
  buildGraphPipeline(passes, options.elideRoundTrips);
  if (failed(passes.run(module)))
    return failure();
  FailureOr<LayerInterface> found =
      LayerInterface::get(module, options.library, options.device->name);
  if (failed(found))
    return failure();
  interface = std::move(*found);
  return success();
}

LogicalResult LayerCompiler::convertOps() {
  if (options.device->isGPU())
    return emitError() << "there are no kernels for " << options.device->name
                       << " yet";
  PassManager passes(module.getContext());
  buildCPUKernelPipeline(passes);
  return passes.run(module);
}

LogicalResult LayerCompiler::lowerHostCode() {
  PassManager passes(module.getContext());
  buildHostPipeline(passes);
  if (failed(passes.run(module)))
    return failure();
  addLibrarySymbols();
  return success();
}

void LayerCompiler::addLibrarySymbols() {
  ImplicitLocOpBuilder builder(module.getLoc(), module.getContext());
  builder.setInsertionPointToEnd(module.getBody());
  Type status = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());

  std::string metadata = interface.getMetadata();
  metadata.push_back('\0');
  LLVM::GlobalOp::create(
      builder, LLVM::LLVMArrayType::get(builder.getI8Type(), metadata.size()),
      /*isConstant=*/true, LLVM::Linkage::External,
      interface.library + "_metadata", builder.getStringAttr(metadata));

  auto message = LLVM::LLVMFuncOp::create(
      builder, "beeline_message", LLVM::LLVMFunctionType::get(pointer, {}));
  auto define = [&](const char *suffix, Type result,
                    llvm::function_ref<Value()> compute) {
    OpBuilder::InsertionGuard guard(builder);
    auto function =
        LLVM::LLVMFuncOp::create(builder, interface.library + suffix,
                                 LLVM::LLVMFunctionType::get(result, {}));
    builder.setInsertionPointToStart(function.addEntryBlock(builder));
    LLVM::ReturnOp::create(builder, compute());
  };
  define("_message", pointer, [&] {
    return LLVM::CallOp::create(builder, message, ValueRange()).getResult();
  });
  define("_load", status, [&]() -> Value {
    return LLVM::ConstantOp::create(builder, status,
                                    builder.getI32IntegerAttr(0));
  });
}

//===----------------------------------------------------------------------===//
// LLVM
//===----------------------------------------------------------------------===//

LogicalResult LayerCompiler::createTargetMachine() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  std::string error;
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return emitError() << error;
  bool isNative = options.cpu == "native";
  std::string cpu =
      isNative ? llvm::sys::getHostCPUName().str() : options.cpu;
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!known->isCPUStringValid(cpu))
    return emitError() << "LLVM knows no processor '" << cpu << "' for "
                       << triple.str();
  std::string features;
  if (isNative)
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      features += (feature.second ? ",+" : ",-") + feature.first().str();
  machine.reset(target->createTargetMachine(
      triple, cpu, StringRef(features).ltrim(','), llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
  return success();
}

LogicalResult LayerCompiler::translate() {
  if (failed(createTargetMachine()))
    return failure();
  llvmModule = translateModuleToLLVMIR(module, llvmContext, interface.library);
  if (!llvmModule)
    return emitError() << "cannot be translated to LLVM IR";
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  auto optimize = makeOptimizingTransformer(/*optLevel=*/2, /*sizeLevel=*/0,
                                            machine.get());
  if (llvm::Error error = optimize(llvmModule.get()))
    return emitError() << llvm::toString(std::move(error));
  return success();
}

LogicalResult LayerCompiler::emit(llvm::CodeGenFileType type,
                                  llvm::raw_pwrite_stream &os) {
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, type))
    return emitError() << "LLVM cannot write this kind of file for "
                       << machine->getTargetTriple().str();
  passes.run(*llvmModule);
  return success();
}

LogicalResult LayerCompiler::link(StringRef outputFile) {
  llvm::SmallString<128> object;
  int file;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile(
          interface.library, "o", file, object))
    return emitError() << "no temporary file: " << error.message();
  llvm::FileRemover remover(object);
  llvm::raw_fd_ostream os(file, /*shouldClose=*/true);
  if (failed(emit(llvm::CodeGenFileType::ObjectFile, os)))
    return failure();
  os.close();
  if (os.has_error()) {
    std::string message = os.error().message();
    os.clear_error();
    return emitError() << object << ": " << message;
  }
  if (llvm::Error error =
          linkLibrary(object, outputFile, interface.library + ".so",
                      interface.getSymbols()))
    return emitError() << llvm::toString(std::move(error));
  return success();
}
