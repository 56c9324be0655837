//===- CodeObject.cpp - Kernels as a driver loads them --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/CodeObject.h"
#include "beeline/Target/Linker.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/ROCDL/ROCDLToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace beeline;

/// Code objects of this version load on ROCm 5 and later.
static constexpr uint32_t codeObjectVersion = 500;

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const Device &device, std::string &error) {
  LLVMInitializeAMDGPUTargetInfo();
  LLVMInitializeAMDGPUTarget();
  LLVMInitializeAMDGPUTargetMC();
  LLVMInitializeAMDGPUAsmPrinter();
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  bool isCUDA = device.platform == Device::Platform::CUDA;
  llvm::Triple triple(isCUDA ? "nvptx64-nvidia-cuda" : "amdgcn-amd-amdhsa");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  // PTX 7.8 is the first to have sm_90, and 8.1 its conversions to FP8.
  StringRef features = isCUDA ? "+ptx81" : "";
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, device.name, features, llvm::TargetOptions(), llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// The kernels as optimized LLVM IR.
static std::unique_ptr<llvm::Module>
translateKernels(gpu::GPUModuleOp kernels, llvm::LLVMContext &context,
                 llvm::TargetMachine &machine) {
  MLIRContext &mlirContext = *kernels.getContext();
  registerBuiltinDialectTranslation(mlirContext);
  registerLLVMDialectTranslation(mlirContext);
  registerGPUDialectTranslation(mlirContext);
  registerROCDLDialectTranslation(mlirContext);
  registerNVVMDialectTranslation(mlirContext);
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(kernels, context, kernels.getName());
  if (!module)
    return nullptr;
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  if (machine.getTargetTriple().isAMDGPU())
    module->addModuleFlag(llvm::Module::Error, "amdhsa_code_object_version",
                          codeObjectVersion);
  if (llvm::Error error = makeOptimizingTransformer(
          /*optLevel=*/3, /*sizeLevel=*/0, &machine)(module.get())) {
    kernels.emitError("cannot be optimized: ")
        << llvm::toString(std::move(error));
    return nullptr;
  }
  return module;
}

FailureOr<std::string> beeline::compileKernels(gpu::GPUModuleOp kernels,
                                               const Device &device,
                                               KernelFormat format) {
  std::string message;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(device, message);
  if (!machine)
    return kernels.emitError("this LLVM has no back end for ")
           << device.name << ": " << message;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module =
      translateKernels(kernels, context, *machine);
  if (!module)
    return failure();

  if (format == KernelFormat::LLVM) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream, nullptr);
    return text;
  }
  bool isObject = format == KernelFormat::Object &&
                  device.platform == Device::Platform::ROCm;
  SmallString<0> code;
  llvm::raw_svector_ostream stream(code);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   isObject
                                       ? llvm::CodeGenFileType::ObjectFile
                                       : llvm::CodeGenFileType::AssemblyFile))
    return kernels.emitError("cannot be compiled for ") << device.name;
  passes.run(*module);
  if (!isObject)
    return code.str().str();

  llvm::Expected<std::string> linked = linkSharedObject({code.str()}, {});
  if (!linked)
    return kernels.emitError(llvm::toString(linked.takeError()));
  return std::move(*linked);
}
