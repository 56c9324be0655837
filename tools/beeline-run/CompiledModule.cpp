//===- CompiledModule.cpp - A module, compiled for this CPU ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModule.h"
#include "beeline/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace beeline;

/// Errors at calls of functions without a body, which nothing here could run.
static LogicalResult verifyNoForeignCalls(ModuleOp module) {
  SymbolTableCollection symbols;
  WalkResult walk = module.walk([&](CallOpInterface call) -> WalkResult {
    auto callee =
        dyn_cast_or_null<func::FuncOp>(call.resolveCallableInTable(&symbols));
    if (callee && !callee.isDeclaration())
      return WalkResult::advance();
    InFlightDiagnostic error =
        call.emitError("calls what has no body here, and beeline-run runs "
                       "beeline ops only: give it a body or cut it out");
    if (callee)
      error.attachNote(callee.getLoc()) << "declared here";
    return error;
  });
  return failure(walk.wasInterrupted());
}

llvm::Expected<std::unique_ptr<CompiledModule>>
CompiledModule::load(StringRef path, MLIRContext &context) {
  auto fail = [&](const char *what) {
    return llvm::createStringError(path + ": " + what);
  };
  auto compiled = std::make_unique<CompiledModule>();
  compiled->path = path.str();
  compiled->module = parseSourceFile<ModuleOp>(path, &context);
  if (!compiled->module)
    return fail("cannot be read");
  ModuleOp module = *compiled->module;
  if (failed(verifyNoForeignCalls(module)))
    return fail("cannot be run");
  for (auto function : module.getOps<func::FuncOp>()) {
    compiled->types[function.getName()] = function.getFunctionType();
    if (!function.isPublic())
      continue;
    compiled->publicNames.push_back(function.getName().str());
    // The inputs are the caller's: they are not to be overwritten.
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (isa<TensorType>(function.getArgument(i).getType()))
        function.setArgAttr(
            i, bufferization::BufferizationDialect::kWritableAttrName,
            BoolAttr::get(&context, false));
  }

  PassManager passes(&context);
  buildCPUPipeline(passes);
  if (failed(passes.run(module)))
    return fail("cannot be lowered to the CPU");

  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
  auto targetBuilder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!targetBuilder)
    return targetBuilder.takeError();
  auto target = targetBuilder->createTargetMachine();
  if (!target)
    return target.takeError();
  auto transformer = makeOptimizingTransformer(
      /*optLevel=*/2, /*sizeLevel=*/0, target->get());
  ExecutionEngineOptions options;
  options.transformer = transformer;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  auto engine = ExecutionEngine::create(module, options, std::move(*target));
  if (!engine)
    return engine.takeError();
  compiled->engine = std::move(*engine);
  return compiled;
}

llvm::Expected<FunctionType>
CompiledModule::findFunction(std::string &name) const {
  if (publicNames.empty())
    return llvm::createStringError(path + ": there is no public function");
  std::string names = llvm::join(publicNames, ", ");
  if (name.empty()) {
    if (publicNames.size() != 1)
      return llvm::createStringError(
          path + ": choose a function with --function: " + names);
    name = publicNames.front();
  }
  auto found = types.find(name);
  if (found == types.end() || !llvm::is_contained(publicNames, name))
    return llvm::createStringError(path + ": no public function '" + name +
                                   "'; there is " + names);
  FunctionType type = found->second;
  for (Type value :
       llvm::concat<const Type>(type.getInputs(), type.getResults())) {
    auto tensor = dyn_cast<RankedTensorType>(value);
    auto elementType =
        tensor ? dyn_cast<FloatType>(tensor.getElementType()) : FloatType();
    if (!elementType || elementType.getWidth() > 32)
      return llvm::createStringError(
          path + ": '" + name +
          "' takes or returns something else than ranked tensors of "
          "floating-point types of 8 to 32 bits");
  }
  return type;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// A memref descriptor is 8-byte words: allocated and aligned pointer, offset,
/// sizes, strides.
static size_t descriptorWords(size_t rank) { return 3 + 2 * rank; }

static void appendDescriptor(const Tensor &tensor,
                             SmallVectorImpl<int64_t> &words) {
  auto address = reinterpret_cast<intptr_t>(tensor.bytes.data());
  words.append({address, address, 0});
  llvm::append_range(words, tensor.shape);
  SmallVector<int64_t> strides(tensor.shape.size(), 1);
  for (size_t i = strides.size(); i > 1; --i)
    strides[i - 2] = strides[i - 1] * tensor.shape[i - 1];
  llvm::append_range(words, strides);
}

/// Takes the elements out of a descriptor of a contiguous buffer, and frees it.
static Tensor takeResult(RankedTensorType type, ArrayRef<int64_t> words) {
  size_t rank = type.getRank();
  Tensor tensor{cast<FloatType>(type.getElementType()),
                SmallVector<int64_t>(words.slice(3, rank)),
                {}};
  const char *data = reinterpret_cast<const char *>(words[1]) +
                     words[2] * tensor.elementSize();
  tensor.bytes.assign(data, data + tensor.numElements() * tensor.elementSize());
  std::free(reinterpret_cast<void *>(words[0]));
  return tensor;
}

llvm::Expected<SmallVector<Tensor>>
CompiledModule::call(StringRef name, ArrayRef<Tensor> inputs, double *seconds) {
  auto function = engine->lookupPacked(("_mlir_ciface_" + name).str());
  if (!function)
    return function.takeError();
  FunctionType type = types.lookup(name);

  // The C interface takes pointers to descriptors, of all results together
  // first; the packed one takes pointers to these pointers.
  size_t numResultWords = 0;
  for (Type result : type.getResults())
    numResultWords += descriptorWords(cast<RankedTensorType>(result).getRank());
  SmallVector<int64_t> resultWords(numResultWords);
  SmallVector<SmallVector<int64_t>> inputWords(inputs.size());
  SmallVector<void *> pointers;
  if (numResultWords != 0)
    pointers.push_back(resultWords.data());
  for (auto [input, words] : llvm::zip_equal(inputs, inputWords)) {
    appendDescriptor(input, words);
    pointers.push_back(words.data());
  }
  SmallVector<void *> packed;
  for (void *&pointer : pointers)
    packed.push_back(static_cast<void *>(&pointer));
  auto start = std::chrono::steady_clock::now();
  (*function)(packed.data());
  if (seconds)
    *seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();

  SmallVector<Tensor> results;
  ArrayRef<int64_t> remaining = resultWords;
  for (Type result : type.getResults()) {
    auto resultType = cast<RankedTensorType>(result);
    results.push_back(takeResult(resultType, remaining));
    remaining = remaining.drop_front(descriptorWords(resultType.getRank()));
  }
  return results;
}
