//===- LayerCompiler.cpp - From a graph to a library ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerCompiler.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "beeline/Pipelines/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
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
  if (options.raise) {
    RaisePassOptions raise;
    llvm::append_range(raise.assume, options.assume);
    passes.addPass(createRaisePass(raise));
  }
  if (options.elideRoundTrips)
    passes.addPass(createElideRoundTripsPass());
  buildFusionPipeline(passes);
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
  PassManager passes(module.getContext());
  if (options.device->isGPU())
    buildGPUKernelPipeline(passes, *options.device, options.jointLaunches);
  else
    buildCPUKernelPipeline(passes);
  return passes.run(module);
}

/// What says for which chip the bytes of a code object are.
static Attribute getTargetAttr(MLIRContext *context, const Device &device) {
  if (device.platform == Device::Platform::ROCm)
    return ROCDL::ROCDLTargetAttr::get(context, /*optLevel=*/3,
                                       "amdgcn-amd-amdhsa", device.name);
  return NVVM::NVVMTargetAttr::get(context, /*optLevel=*/3,
                                   "nvptx64-nvidia-cuda", device.name);
}

FailureOr<std::string> LayerCompiler::compileDeviceCode(KernelFormat format) {
  auto kernels = module.getOps<gpu::GPUModuleOp>();
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  // A layer may have no kernels, and only copy.
  gpu::GPUModuleOp gpuModule =
      kernels.empty() ? gpu::GPUModuleOp::create(builder, module.getLoc(),
                                                 "beeline_kernels")
                      : *kernels.begin();
  PassManager passes(module.getContext());
  buildKernelPipeline(passes, *options.device);
  if (failed(passes.run(module)))
    return failure();
  FailureOr<std::string> code =
      compileKernels(gpuModule, *options.device, format);
  if (failed(code) || format != KernelFormat::Object)
    return code;

  bool isText = options.device->platform == Device::Platform::CUDA;
  auto object = gpu::ObjectAttr::get(
      module.getContext(), getTargetAttr(module.getContext(), *options.device),
      isText ? gpu::CompilationTarget::Assembly
             : gpu::CompilationTarget::Binary,
      builder.getStringAttr(*code), /*properties=*/{}, /*kernels=*/{});
  std::string name = gpuModule.getName().str();
  gpuModule.erase();
  builder.setInsertionPointToStart(module.getBody());
  gpu::BinaryOp::create(builder, module.getLoc(), name,
                        /*offloadingHandler=*/Attribute(),
                        ArrayRef<Attribute>(object));
  return code;
}

LogicalResult LayerCompiler::lowerHostCode() {
  PassManager passes(module.getContext());
  buildHostPipeline(passes, *options.device);
  if (failed(passes.run(module)))
    return failure();
  addLibrarySymbols();
  return success();
}

FailureOr<std::string> LayerCompiler::compile() {
  if (failed(rewriteGraph()) || failed(convertOps()))
    return failure();
  if (options.device->isGPU() &&
      failed(compileDeviceCode(KernelFormat::Object)))
    return failure();
  if (failed(lowerHostCode()) || failed(translate()))
    return failure();
  return link();
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
  LLVM::LLVMFuncOp load;
  if (options.device->isGPU())
    load = LLVM::LLVMFuncOp::create(
        builder, "beeline_load", LLVM::LLVMFunctionType::get(status, pointer));
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
    if (!options.device->isGPU())
      return LLVM::ConstantOp::create(builder, status,
                                      builder.getI32IntegerAttr(0));
    Value kernels =
        LLVM::AddressOfOp::create(builder, pointer, "beeline_module");
    return LLVM::CallOp::create(builder, load, kernels).getResult();
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
  std::string cpu = isNative ? llvm::sys::getHostCPUName().str() : options.cpu;
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

/// Moves 16-bit floats as integers, where a mask or an index decides. LLVM 22
/// takes what a processor has no arithmetic for through f32 and calls of the
/// compiler's library otherwise. It is the last step: LLVM's own ones would
/// undo it.
static void moveSmallFloatsAsBits(llvm::Module &module) {
  auto isMove = [](llvm::Instruction &instruction) {
    if (!instruction.getType()->getScalarType()->is16bitFPTy())
      return false;
    auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    return llvm::isa<llvm::ExtractElementInst>(instruction) ||
           (llvm::isa<llvm::SelectInst>(instruction) &&
            instruction.getType()->isVectorTy()) ||
           (call && call->getIntrinsicID() == llvm::Intrinsic::masked_load);
  };
  SmallVector<llvm::Instruction *> moves;
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (isMove(instruction))
        moves.push_back(&instruction);
  for (llvm::Instruction *move : moves) {
    llvm::IRBuilder<> builder(move);
    // Bits that are there already are better than new ones: those of a value
    // from another block would be taken through f32 on the way.
    auto toBits = [&](llvm::Value *vector) -> llvm::Value * {
      auto *type = llvm::VectorType::getInteger(
          llvm::cast<llvm::VectorType>(vector->getType()));
      if (auto *cast = llvm::dyn_cast<llvm::BitCastInst>(vector);
          cast && cast->getSrcTy() == type)
        return cast->getOperand(0);
      return builder.CreateBitCast(vector, type);
    };
    llvm::Value *moved;
    if (auto *extract = llvm::dyn_cast<llvm::ExtractElementInst>(move)) {
      moved = builder.CreateExtractElement(toBits(extract->getVectorOperand()),
                                           extract->getIndexOperand());
    } else if (auto *select = llvm::dyn_cast<llvm::SelectInst>(move)) {
      moved = builder.CreateSelect(select->getCondition(),
                                   toBits(select->getTrueValue()),
                                   toBits(select->getFalseValue()));
    } else {
      auto *load = llvm::cast<llvm::IntrinsicInst>(move);
      llvm::Value *otherwise = toBits(load->getArgOperand(2));
      moved =
          builder.CreateMaskedLoad(otherwise->getType(), load->getArgOperand(0),
                                   load->getParamAlign(0).valueOrOne(),
                                   load->getArgOperand(1), otherwise);
    }
    move->replaceAllUsesWith(builder.CreateBitCast(moved, move->getType()));
    move->eraseFromParent();
  }
}

LogicalResult LayerCompiler::translate() {
  if (failed(createTargetMachine()))
    return failure();
  llvmModule = translateModuleToLLVMIR(module, llvmContext, interface.library);
  if (!llvmModule)
    return emitError() << "cannot be translated to LLVM IR";
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  auto optimize =
      makeOptimizingTransformer(/*optLevel=*/2, /*sizeLevel=*/0, machine.get());
  if (llvm::Error error = optimize(llvmModule.get()))
    return emitError() << llvm::toString(std::move(error));
  moveSmallFloatsAsBits(*llvmModule);
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

FailureOr<std::string> LayerCompiler::link() {
  SmallString<0> object;
  llvm::raw_svector_ostream os(object);
  if (failed(emit(llvm::CodeGenFileType::ObjectFile, os)))
    return failure();
  llvm::Expected<std::string> library = linkLibrary(
      object.str(), interface.library + ".so", interface.getSymbols());
  if (!library)
    return emitError() << llvm::toString(library.takeError());
  return std::move(*library);
}
