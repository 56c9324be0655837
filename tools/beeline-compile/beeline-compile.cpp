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
enum class Stage { MLIR, Kernels, LLVM, Assembly, Object, Header, Library };
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
    cl::values(
        clEnumValN(Stage::MLIR, "mlir", "the graph, rewritten"),
        clEnumValN(Stage::Kernels, "cpu", "loops in place of Beeline's ops"),
        clEnumValN(Stage::LLVM, "llvm", "LLVM IR of the host's code"),
        clEnumValN(Stage::Assembly, "asm", "assembly"),
        clEnumValN(Stage::Object, "object", "the host's object file"),
        clEnumValN(Stage::Header, "header", "the library's C header")),
    cl::init(Stage::Library), cl::cat(category));
static cl::opt<bool>
    elideRoundTrips("elide-round-trips",
                    cl::desc("Let what dequantizes read the unquantized value "
                             "(default on)"),
                    cl::init(true), cl::cat(category));

/// Where the result goes if nobody says: text to standard output, files beside
/// nothing else, named after the input.
static std::string getOutputFile() {
  if (!outputFile.empty())
    return outputFile;
  StringRef stem = llvm::sys::path::stem(inputFile);
  if (stage == Stage::Library)
    return (stem + ".so").str();
  return stage == Stage::Object ? (stem + ".o").str() : "-";
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

static LogicalResult compile(ModuleOp module, LayerOptions options) {
  std::string output = getOutputFile();
  if (stage == Stage::Library && output == "-")
    return fail("a library needs a file to go to");
  LayerCompiler compiler(module, std::move(options));
  auto printModule = [&](llvm::raw_pwrite_stream &os) {
    module.print(os);
    os << "\n";
    return success();
  };

  if (failed(compiler.rewriteGraph()))
    return failure();
  if (stage == Stage::MLIR)
    return writeFile(output, printModule);
  if (stage == Stage::Header)
    return writeHeader(compiler, output);
  if (failed(compiler.convertOps()))
    return failure();
  if (stage == Stage::Kernels)
    return writeFile(output, printModule);
  if (failed(compiler.lowerHostCode()) || failed(compiler.translate()))
    return failure();
  if (stage == Stage::LLVM)
    return writeFile(output, [&](llvm::raw_pwrite_stream &os) {
      compiler.getLLVMModule().print(os, nullptr);
      return success();
    });
  if (stage == Stage::Assembly || stage == Stage::Object)
    return writeFile(output, [&](llvm::raw_pwrite_stream &os) {
      return compiler.emit(stage == Stage::Object
                               ? llvm::CodeGenFileType::ObjectFile
                               : llvm::CodeGenFileType::AssemblyFile,
                           os);
    });
  llvm::SmallString<128> header(output);
  llvm::sys::path::replace_extension(header, "h");
  if (failed(compiler.link(output)))
    return failure();
  return writeHeader(compiler, header);
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

  LayerOptions options{device, getLibraryName(getOutputFile()), cpu,
                       elideRoundTrips};
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
