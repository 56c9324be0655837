//===- beeline-compile.cpp - Compile a layer to a library -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Target/LayerCompiler.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace beeline;
namespace cl = llvm::cl;

namespace {
enum class Stage {
  MLIR,
  Header,
  CPU,
  GPU,
  LLVM,
  Assembly,
  HSACO,
  PTX,
  Object,
  Library,
};
} // namespace

static cl::OptionCategory category("beeline-compile options");

static cl::opt<std::string> inputFile(cl::Positional, cl::Required,
                                      cl::desc("<module.mlir>"),
                                      cl::cat(category));
static cl::opt<std::string>
    outputFile("o", cl::value_desc("file"),
               cl::desc("Where the result goes; '-' is standard output, which "
                        "is where text goes by default"),
               cl::cat(category));
static cl::opt<std::string> target("target", cl::value_desc("chip"),
                                   cl::desc("What the layer runs on"),
                                   cl::init("cpu"), cl::cat(category));
static cl::opt<std::string>
    cpu("mcpu", cl::value_desc("processor"),
        cl::desc("The processor that code for the host is generated for: "
                 "LLVM's name, or 'native' (default x86-64)"),
        cl::init("x86-64"), cl::cat(category));
static cl::opt<Stage> stage(
    "emit", cl::desc("Write another stage than the library:"),
    cl::values(clEnumValN(Stage::MLIR, "mlir", "the graph, rewritten"),
               clEnumValN(Stage::Header, "header", "the library's C header"),
               clEnumValN(Stage::CPU, "cpu", "loops in place of Beeline's ops"),
               clEnumValN(Stage::GPU, "gpu",
                          "kernels in place of Beeline's ops"),
               clEnumValN(Stage::LLVM, "llvm",
                          "LLVM IR: of the kernels, or of a CPU's code"),
               clEnumValN(Stage::Assembly, "asm",
                          "assembly: of the kernels, or of a CPU's code"),
               clEnumValN(Stage::HSACO, "hsaco", "AMD's code object"),
               clEnumValN(Stage::PTX, "ptx", "NVIDIA's"),
               clEnumValN(Stage::Object, "object", "the host's object file")),
    cl::init(Stage::Library), cl::cat(category));
// What upstream leaves to whoever compiles: bits of `math` functions, and what
// fast-math flags permit.
static cl::list<std::string>
    assume("assume", cl::value_desc("names"), cl::CommaSeparated,
           cl::desc("Differences from Beeline's ops that may be overlooked in "
                    "what is written out, as beeline-raise names them; 'all' "
                    "or 'none' (default rsqrt,exp,powf,fast-math)"),
           cl::list_init<std::string>({"rsqrt", "exp", "powf", "fast-math"}),
           cl::cat(category));
static cl::opt<bool>
    elideRoundTrips("elide-round-trips",
                    cl::desc("Let what dequantizes read the unquantized value "
                             "(default on)"),
                    cl::init(true), cl::cat(category));

static cl::opt<bool>
    jointLaunches("joint-launches",
                  cl::desc("Launch row-wise ops together that do not need one "
                           "another (default on)"),
                  cl::init(true), cl::cat(category));

/// Where the result goes if nobody says: text to standard output, files into
/// the current folder, named after the input.
static std::string getOutputFile() {
  if (!outputFile.empty())
    return outputFile;
  StringRef stem = llvm::sys::path::stem(inputFile);
  switch (stage) {
  case Stage::Library:
    return (stem + ".so").str();
  case Stage::Object:
    return (stem + ".o").str();
  case Stage::HSACO:
    return (stem + ".hsaco").str();
  default:
    return "-";
  }
}

static LogicalResult fail(const Twine &message) {
  llvm::errs() << "beeline-compile: error: " << message << "\n";
  return failure();
}

/// Lets `print` write to `path`.
static LogicalResult
writeFile(StringRef path,
          llvm::function_ref<LogicalResult(llvm::raw_pwrite_stream &)> print) {
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_None);
  if (error)
    return fail(path + ": " + error.message());
  // Not every file can be written twice.
  llvm::SmallString<0> contents;
  llvm::raw_svector_ostream os(contents);
  if (failed(print(os)))
    return failure();
  file.os() << contents;
  file.os().close();
  if (file.os().has_error()) {
    std::string message = file.os().error().message();
    file.os().clear_error();
    return fail(path + ": " + message);
  }
  file.keep();
  return success();
}

static LogicalResult writeHeader(const LayerCompiler &compiler,
                                 StringRef path) {
  return writeFile(path, [&](llvm::raw_pwrite_stream &os) {
    compiler.getInterface().printHeader(os);
    return success();
  });
}

static LogicalResult writeText(StringRef path, StringRef text) {
  return writeFile(path, [&](llvm::raw_pwrite_stream &os) {
    os << text;
    return success();
  });
}

static LogicalResult writeModule(StringRef path, ModuleOp module) {
  return writeFile(path, [&](llvm::raw_pwrite_stream &os) {
    module.print(os);
    os << "\n";
    return success();
  });
}

/// Writes kernels in one of their forms.
static LogicalResult writeKernels(LayerCompiler &compiler, StringRef path) {
  KernelFormat format = stage == Stage::LLVM       ? KernelFormat::LLVM
                        : stage == Stage::Assembly ? KernelFormat::Assembly
                                                   : KernelFormat::Object;
  FailureOr<std::string> code = compiler.compileDeviceCode(format);
  return failed(code) ? failure() : writeText(path, *code);
}

/// Writes code of the host, and of the whole layer for a CPU.
static LogicalResult writeHostCode(LayerCompiler &compiler, StringRef path) {
  if (failed(compiler.lowerHostCode()) || failed(compiler.translate()))
    return failure();
  if (stage == Stage::Library) {
    FailureOr<std::string> library = compiler.link();
    llvm::SmallString<128> header(path);
    llvm::sys::path::replace_extension(header, "h");
    return failed(library) || failed(writeText(path, *library))
               ? failure()
               : writeHeader(compiler, header);
  }
  return writeFile(path, [&](llvm::raw_pwrite_stream &os) -> LogicalResult {
    if (stage == Stage::LLVM) {
      compiler.getLLVMModule().print(os, nullptr);
      return success();
    }
    return compiler.emit(stage == Stage::Object
                             ? llvm::CodeGenFileType::ObjectFile
                             : llvm::CodeGenFileType::AssemblyFile,
                         os);
  });
}

/// Whether the target has the stage.
static bool hasStage(const Device &device) {
  switch (stage) {
  case Stage::CPU:
    return device.platform == Device::Platform::CPU;
  case Stage::GPU:
    return device.isGPU();
  case Stage::HSACO:
    return device.platform == Device::Platform::ROCm;
  case Stage::PTX:
    return device.platform == Device::Platform::CUDA;
  default:
    return true;
  }
}

static LogicalResult compile(ModuleOp module, LayerOptions options) {
  const Device &device = *options.device;
  std::string output = getOutputFile();
  if (!hasStage(device))
    return fail("--target=" + device.name + " has no such stage to --emit");
  if (stage == Stage::Library && output == "-")
    return fail("a library needs a file to go to");
  LayerCompiler compiler(module, std::move(options));

  if (failed(compiler.rewriteGraph()))
    return failure();
  if (stage == Stage::MLIR)
    return writeModule(output, module);
  if (stage == Stage::Header)
    return writeHeader(compiler, output);
  if (failed(compiler.convertOps()))
    return failure();
  if (stage == Stage::CPU || stage == Stage::GPU)
    return writeModule(output, module);
  if (device.isGPU()) {
    if (stage != Stage::Object && stage != Stage::Library)
      return writeKernels(compiler, output);
    if (failed(compiler.compileDeviceCode(KernelFormat::Object)))
      return failure();
  }
  return writeHostCode(compiler, output);
}

static LogicalResult run() {
  const Device *device = lookupDevice(target);
  if (!device)
    return fail("unknown target '" + target + "'; there is " + listDevices());

  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<BeelineDialect>();
  LayerCompiler::registerTranslations(registry);
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(inputFile, &context);
  if (!module)
    return failure();

  LayerOptions options{device, getLibraryName(getOutputFile()), cpu};
  options.assume = assume;
  options.elideRoundTrips = elideRoundTrips;
  options.jointLaunches = jointLaunches;
  if (getOutputFile() == "-")
    options.library = getLibraryName(inputFile);
  return compile(*module, std::move(options));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Compile a layer to a C library\n");
  return failed(run());
}
