//===- beeline-run.cpp - Run a layer on the CPU ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModule.h"
#include "Npy.h"
#include "RandomTensor.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Target/LayerCompiler.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace beeline;
namespace cl = llvm::cl;

static cl::OptionCategory category("beeline-run options");

static cl::opt<std::string> inputFile(cl::Positional, cl::Required,
                                      cl::desc("<module.mlir>"),
                                      cl::cat(category));
static cl::opt<std::string> target("target", cl::value_desc("chip"),
                                   cl::desc("What to run the layer on (default "
                                            "cpu)"),
                                   cl::init("cpu"), cl::cat(category));
static cl::opt<std::string>
    functionName("function", cl::value_desc("name"),
                 cl::desc("The function to call; needed if there are several"),
                 cl::cat(category));
static cl::list<std::string>
    inputPaths("input", cl::value_desc("x.npy"),
               cl::desc("One argument, in order; those without a file are "
                        "random"),
               cl::cat(category));
static cl::list<std::string> outputPaths("output", cl::value_desc("y.npy"),
                                         cl::desc("Where one result goes, in "
                                                  "order"),
                                         cl::cat(category));
static cl::opt<Distribution> distribution(
    "random", cl::desc("How random arguments are distributed:"),
    cl::values(clEnumValN(Distribution::Normal, "normal", "standard normal"),
               clEnumValN(Distribution::Uniform, "uniform", "even over [0, 1)"),
               clEnumValN(Distribution::Outliers, "outliers",
                          "normal, with a few large columns"),
               clEnumValN(Distribution::Specials, "specials",
                          "any bits, and rows of zeros")),
    cl::init(Distribution::Normal), cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::desc("Seed of random arguments"),
                              cl::init(0), cl::cat(category));
static cl::opt<int64_t> rows("rows",
                             cl::desc("What the dynamic extents of random "
                                      "arguments are (default 16)"),
                             cl::init(16), cl::cat(category));
static cl::opt<std::string> compareFile(
    "compare", cl::value_desc("other.mlir"),
    cl::desc("Call the function of the same name in this module on "
             "the same arguments, and compare the results with its"),
    cl::cat(category));
static cl::opt<unsigned> repetitions("time", cl::value_desc("n"),
                                     cl::desc("Call n times and print the "
                                              "median time"),
                                     cl::init(0), cl::cat(category));
static cl::opt<std::string>
    batchFile("batch", cl::value_desc("calls.json"),
              cl::desc("Make many calls: a list of {\"function\": name, "
                       "\"inputs\": [paths], \"outputs\": [paths]}"),
              cl::cat(category));

/// The arguments of a function: from files as far as there are any, random
/// after that.
static llvm::Expected<SmallVector<Tensor>>
readInputs(FunctionType type, StringRef name, ArrayRef<std::string> paths) {
  if (paths.size() > type.getNumInputs())
    return llvm::createStringError(
        llvm::formatv("{0} inputs are given, and '{1}' takes {2}", paths.size(),
                      name, type.getNumInputs()));
  SmallVector<Tensor> inputs;
  for (auto [index, value] : llvm::enumerate(type.getInputs())) {
    auto tensorType = cast<RankedTensorType>(value);
    if (index < paths.size()) {
      llvm::Expected<Tensor> input = readNpy(paths[index], tensorType);
      if (!input)
        return input.takeError();
      inputs.push_back(std::move(*input));
      continue;
    }
    SmallVector<int64_t> shape(tensorType.getShape());
    llvm::replace(shape, ShapedType::kDynamic, rows.getValue());
    // A bound far above every layer, and far below what cannot be counted.
    constexpr int64_t maxElements = int64_t(1) << 36;
    int64_t numElements = 1;
    for (int64_t extent : shape)
      if (llvm::MulOverflow(numElements, extent, numElements) ||
          numElements > maxElements)
        return llvm::createStringError(
            llvm::formatv("argument {0} of '{1}' would have more than 2^36 "
                          "elements: give fewer --rows",
                          index, name));
    inputs.push_back(
        createRandomTensor(cast<FloatType>(tensorType.getElementType()), shape,
                           distribution, seed + index));
  }
  return inputs;
}

/// Extents that are dynamic in the types of several arguments are one M, which
/// they share by position.
static llvm::Error checkRows(FunctionType type, ArrayRef<Tensor> inputs) {
  std::optional<int64_t> first;
  for (auto [value, input] : llvm::zip_equal(type.getInputs(), inputs)) {
    auto tensorType = cast<RankedTensorType>(value);
    if (tensorType.getRank() < 2 || tensorType.getNumDynamicDims() != 1)
      continue;
    for (auto [extent, size] :
         llvm::zip_equal(tensorType.getShape(), input.shape)) {
      if (!ShapedType::isDynamic(extent))
        continue;
      if (first && *first != size)
        return llvm::createStringError(llvm::formatv(
            "the inputs' numbers of rows do not match: {0} and {1}", *first,
            size));
      first = size;
    }
  }
  return llvm::Error::success();
}

static llvm::Error writeOutputs(ArrayRef<Tensor> results, StringRef name,
                                ArrayRef<std::string> paths) {
  if (paths.size() > results.size())
    return llvm::createStringError(
        llvm::formatv("{0} outputs are given, and '{1}' has {2} results",
                      paths.size(), name, results.size()));
  for (auto [path, result] : llvm::zip(paths, results))
    if (llvm::Error error = writeNpy(path, result))
      return error;
  return llvm::Error::success();
}

static void describe(const Tensor &tensor, raw_ostream &os) {
  llvm::interleave(
      tensor.shape, os, [&](int64_t extent) { os << extent; }, "x");
  os << (tensor.shape.empty() ? "" : "x") << tensor.elementType;
}

static llvm::Error compareResults(ArrayRef<Tensor> results,
                                  ArrayRef<Tensor> others) {
  if (results.size() != others.size())
    return llvm::createStringError(
        llvm::formatv("{0} results cannot be compared with {1}", results.size(),
                      others.size()));
  llvm::outs()
      << "result  type                     equal bytes     max error    "
         "mean error  relative error\n";
  for (auto [index, pair] : llvm::enumerate(llvm::zip_equal(results, others))) {
    auto [result, other] = pair;
    std::string type;
    llvm::raw_string_ostream os(type);
    describe(result, os);
    if (result.shape != other.shape) {
      os << " and ";
      describe(other, os);
      return llvm::createStringError(
          llvm::formatv("result {0} cannot be compared: {1}", index, type));
    }
    Difference difference = compare(result, other);
    std::string share =
        difference.equalShare < 0
            ? "other type"
            : llvm::formatv("{0:F4} %", 100 * difference.equalShare).str();
    llvm::outs() << llvm::format("%6zu  %-23s %12s %13.4g %13.4g %15.4g\n",
                                 index, type.c_str(), share.c_str(),
                                 difference.largest, difference.mean,
                                 difference.relative);
  }
  return llvm::Error::success();
}

static llvm::Error timeCalls(CompiledModule &module, StringRef name,
                             ArrayRef<Tensor> inputs) {
  SmallVector<double> seconds(repetitions);
  auto results = module.call(name, inputs, seconds);
  if (!results)
    return results.takeError();
  llvm::sort(seconds);
  llvm::outs() << llvm::format("time    %.6f ms (median of %u calls)\n",
                               1e3 * seconds[seconds.size() / 2],
                               repetitions.getValue());
  return llvm::Error::success();
}

/// Reads and compiles the module that the results are compared with.
static llvm::Expected<std::unique_ptr<CompiledModule>>
readOther(StringRef name, FunctionType type, const Device &device,
          MLIRContext &context) {
  auto other = CompiledModule::read(compareFile, device, context);
  if (!other)
    return other.takeError();
  std::string otherName = name.str();
  auto otherType = (*other)->findFunction(otherName);
  if (!otherType)
    return otherType.takeError();
  if (otherType->getInputs() != type.getInputs())
    return llvm::createStringError("'" + name + "' takes other arguments in " +
                                   compareFile);
  if (llvm::Error error = (*other)->compile(llvm::StringSet<>({name})))
    return error;
  return other;
}

static llvm::Error runOne(CompiledModule &module, const Device &device,
                          MLIRContext &context) {
  std::string name = functionName;
  auto type = module.findFunction(name);
  if (!type)
    return type.takeError();
  auto inputs = readInputs(*type, name, inputPaths);
  if (!inputs)
    return inputs.takeError();
  if (llvm::Error error = checkRows(*type, *inputs))
    return error;
  if (llvm::Error error = module.compile(llvm::StringSet<>({name})))
    return error;
  auto results = module.call(name, *inputs);
  if (!results)
    return results.takeError();
  if (llvm::Error error = writeOutputs(*results, name, outputPaths))
    return error;

  if (!compareFile.empty()) {
    auto other = readOther(name, *type, device, context);
    if (!other)
      return other.takeError();
    auto others = (*other)->call(name, *inputs);
    if (!others)
      return others.takeError();
    if (llvm::Error error = compareResults(*results, *others))
      return error;
  } else if (outputPaths.empty() && repetitions == 0) {
    for (auto [index, result] : llvm::enumerate(*results)) {
      llvm::outs() << "result " << index << ": ";
      describe(result, llvm::outs());
      llvm::outs() << "\n";
    }
  }
  return repetitions == 0 ? llvm::Error::success()
                          : timeCalls(module, name, *inputs);
}

namespace {
/// A call of a batch.
struct Call {
  std::string function;
  std::vector<std::string> inputs, outputs;
};
} // namespace

static llvm::Expected<std::vector<Call>> readBatch() {
  auto file = llvm::MemoryBuffer::getFile(batchFile);
  if (!file)
    return llvm::createStringError(batchFile + ": " +
                                   file.getError().message());
  auto json = llvm::json::parse((*file)->getBuffer());
  if (!json)
    return llvm::createStringError(batchFile + ": " +
                                   llvm::toString(json.takeError()));
  llvm::json::Path::Root root(batchFile);
  llvm::json::Path path(root);
  const llvm::json::Array *list = json->getAsArray();
  if (!list)
    return llvm::createStringError(batchFile + ": a list of calls is wanted");
  std::vector<Call> calls;
  for (const llvm::json::Value &value : *list) {
    Call call;
    llvm::json::ObjectMapper mapper(value, path);
    if (!mapper || !mapper.map("function", call.function) ||
        !mapper.map("inputs", call.inputs) ||
        !mapper.map("outputs", call.outputs))
      return root.getError();
    calls.push_back(std::move(call));
  }
  return calls;
}

static llvm::Error runBatch(CompiledModule &module) {
  auto calls = readBatch();
  if (!calls)
    return calls.takeError();
  llvm::StringSet<> names;
  for (Call &call : *calls) {
    auto type = module.findFunction(call.function);
    if (!type)
      return type.takeError();
    if (call.inputs.size() != type->getNumInputs())
      return llvm::createStringError(llvm::formatv(
          "'{0}' takes {1} inputs, and the batch gives {2}", call.function,
          type->getNumInputs(), call.inputs.size()));
    names.insert(call.function);
  }
  if (llvm::Error error = module.compile(names))
    return error;
  for (Call &call : *calls) {
    FunctionType type = *module.findFunction(call.function);
    auto inputs = readInputs(type, call.function, call.inputs);
    if (!inputs)
      return inputs.takeError();
    if (llvm::Error error = checkRows(type, *inputs))
      return error;
    auto results = module.call(call.function, *inputs);
    if (!results)
      return results.takeError();
    if (llvm::Error error = writeOutputs(*results, call.function, call.outputs))
      return error;
  }
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Run a layer\n");

  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<BeelineDialect>();
  LayerCompiler::registerTranslations(registry);
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  auto run = [&]() -> llvm::Error {
    if (rows < 0)
      return llvm::createStringError("--rows must not be negative");
    if (!batchFile.empty() &&
        (!inputPaths.empty() || !outputPaths.empty() || !compareFile.empty() ||
         !functionName.empty() || repetitions != 0))
      return llvm::createStringError("--batch names functions, inputs and "
                                     "outputs itself, and takes no --function, "
                                     "--input, --output, --compare or --time");
    const Device *device = lookupDevice(target);
    if (!device)
      return llvm::createStringError("unknown target '" + target +
                                     "'; there is " + listDevices());
    auto module = CompiledModule::read(inputFile, *device, context);
    if (!module)
      return module.takeError();
    return batchFile.empty() ? runOne(**module, *device, context)
                             : runBatch(**module);
  };
  if (llvm::Error error = run()) {
    llvm::errs() << "beeline-run: error: " << llvm::toString(std::move(error))
                 << "\n";
    return 1;
  }
  return 0;
}
