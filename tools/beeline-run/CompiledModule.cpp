//===- CompiledModule.cpp - A module, compiled and loaded -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModule.h"
#include "beeline/Target/LayerCompiler.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <chrono>
#include <dlfcn.h>
#include <utility>

using namespace mlir;
using namespace beeline;

/// Nobody sees it: the library is loaded and gone.
static constexpr llvm::StringLiteral libraryName("beelinerun");

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<CompiledModule>>
CompiledModule::read(StringRef path, const Device &device,
                     MLIRContext &context) {
  std::unique_ptr<CompiledModule> compiled(new CompiledModule(device));
  compiled->path = path.str();
  compiled->module = parseSourceFile<ModuleOp>(path, &context);
  if (!compiled->module)
    return llvm::createStringError(path + ": cannot be read");
  for (auto function : compiled->module->getOps<func::FuncOp>()) {
    compiled->types[function.getName()] = function.getFunctionType();
    if (function.isPublic())
      compiled->publicNames.push_back(function.getName().str());
  }
  return compiled;
}

CompiledModule::~CompiledModule() {
  if (library)
    dlclose(library);
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

llvm::Error CompiledModule::compile(const llvm::StringSet<> &names) {
  // The others are nobody's concern, unless these call them.
  for (auto function : module->getOps<func::FuncOp>())
    if (!names.contains(function.getName()))
      function.setPrivate();
  if (names.empty())
    return llvm::Error::success();

  auto fail = [&](const Twine &what) {
    return llvm::createStringError(path + ": " + what);
  };
  LayerCompiler compiler(*module, {&device, libraryName.str(), /*cpu=*/"native",
                                   /*raise=*/false, /*assume=*/{},
                                   /*elideRoundTrips=*/false});
  FailureOr<std::string> compiled = compiler.compile();
  if (failed(compiled))
    return fail("cannot be compiled for " + device.name);
  llvm::SmallString<128> file;
  int descriptor;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("beeline", "so", descriptor, file))
    return fail("no temporary file: " + error.message());
  llvm::FileRemover remover(file);
  llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
  os << *compiled;
  os.close();
  if (os.has_error()) {
    std::string message = os.error().message();
    os.clear_error();
    return fail(file + ": " + message);
  }
  library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  return library ? llvm::Error::success() : fail(dlerror());
}

void *CompiledModule::lookup(const Twine &name) const {
  return dlsym(library, name.str().c_str());
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Words that a function can be called with.
static constexpr size_t maxWords = 256;

template <typename Result, size_t... Indices>
static Result callWith(void *function, const uint64_t *words,
                       std::index_sequence<Indices...>) {
  using Function = Result (*)(decltype((void)Indices, uint64_t())...);
  return reinterpret_cast<Function>(function)(words[Indices]...);
}

template <typename Result, size_t... Counts>
static constexpr auto makeCallers(std::index_sequence<Counts...>) {
  using Caller = Result (*)(void *, const uint64_t *);
  return std::array<Caller, sizeof...(Counts)>{
      +[](void *function, const uint64_t *words) {
        return callWith<Result>(function, words,
                                std::make_index_sequence<Counts>());
      }...};
}

/// Calls a C function of pointers and 64-bit integers, each of which is a word
/// in the calling conventions of 64-bit systems.
template <typename Result>
static Result call(void *function, ArrayRef<uint64_t> words) {
  static constexpr auto callers =
      makeCallers<Result>(std::make_index_sequence<maxWords + 1>());
  return callers[words.size()](function, words.data());
}

static uint64_t toWord(const void *pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

SmallVector<Tensor> CompiledModule::createResults(StringRef name,
                                                  ArrayRef<uint64_t> extents) {
  FunctionType type = types.lookup(name);
  int64_t numSizes = 0;
  for (Type result : type.getResults())
    numSizes += cast<RankedTensorType>(result).getNumDynamicDims();
  SmallVector<int64_t> sizes(numSizes);
  if (numSizes != 0) {
    SmallVector<uint64_t> words(extents);
    words.push_back(toWord(sizes.data()));
    ::call<void>(lookup(name + "_result_sizes"), words);
  }

  SmallVector<Tensor> results;
  ArrayRef<int64_t> remaining = sizes;
  for (Type result : type.getResults()) {
    auto tensorType = cast<RankedTensorType>(result);
    Tensor tensor{cast<FloatType>(tensorType.getElementType()),
                  SmallVector<int64_t>(tensorType.getShape()),
                  {}};
    for (int64_t &extent : tensor.shape)
      if (ShapedType::isDynamic(extent)) {
        extent = remaining.front();
        remaining = remaining.drop_front();
      }
    results.push_back(std::move(tensor));
  }
  return results;
}

llvm::Expected<SmallVector<Tensor>>
CompiledModule::call(StringRef name, ArrayRef<Tensor> inputs,
                     MutableArrayRef<double> seconds) {
  SmallVector<DeviceBuffer> buffers;
  SmallVector<uint64_t> words, extents;
  auto allocate = [&](uint64_t bytes) -> llvm::Error {
    auto buffer = DeviceBuffer::allocate(device, bytes);
    if (!buffer)
      return buffer.takeError();
    words.push_back(toWord(buffer->get()));
    buffers.push_back(std::move(*buffer));
    return llvm::Error::success();
  };

  FunctionType type = types.lookup(name);
  for (auto [input, value] : llvm::zip_equal(inputs, type.getInputs())) {
    if (llvm::Error error = allocate(input.bytes.size()))
      return error;
    if (llvm::Error error = buffers.back().upload(input.bytes))
      return error;
    for (auto [extent, size] :
         llvm::zip_equal(cast<RankedTensorType>(value).getShape(), input.shape))
      if (ShapedType::isDynamic(extent))
        extents.push_back(size);
  }
  llvm::append_range(words, extents);
  SmallVector<Tensor> results = createResults(name, extents);
  for (Tensor &result : results) {
    result.bytes.resize(result.numElements() * result.elementSize());
    if (llvm::Error error = allocate(result.bytes.size()))
      return error;
  }
  uint64_t workspace =
      ::call<uint64_t>(lookup(name + "_workspace_size"), extents);
  if (llvm::Error error = allocate(workspace))
    return error;
  words.append({workspace, /*stream=*/0});
  if (words.size() > maxWords)
    return llvm::createStringError("'" + name + "' has too many arguments");

  auto run = [&, function = lookup(name)]() -> llvm::Error {
    if (::call<int>(function, words) != 0)
      return llvm::createStringError(
          ::call<const char *>(lookup(libraryName + "_message"), {}));
    return synchronize(device);
  };
  if (llvm::Error error = run())
    return error;
  ArrayRef<DeviceBuffer> written =
      ArrayRef(buffers).slice(inputs.size(), results.size());
  for (auto [result, buffer] : llvm::zip_equal(results, written))
    if (llvm::Error error = buffer.download(result.bytes))
      return error;

  for (double &time : seconds) {
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = run())
      return error;
    time =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
  }
  return results;
}
