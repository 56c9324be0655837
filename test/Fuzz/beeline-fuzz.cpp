//===- beeline-fuzz.cpp - Mutated modules through all passes --------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// beeline-fuzz test --inputs=1000000
//
// Changes the modules of a corpus and puts each through a pass or a pipeline of
// Beeline's. There is to be no crash, no hang, no invalid IR, no failure
// without an error, and nothing that is printed otherwise than it is read.
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "Findings.h"
#include "Fuzzer.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/InitAllPasses.h"
#include "mlir/IR/Remarks.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::fuzz;
namespace cl = llvm::cl;

static cl::OptionCategory category("beeline-fuzz options");
static cl::opt<std::string> corpusDirectory(cl::Positional, cl::Required,
                                            cl::desc("<corpus>"),
                                            cl::cat(category));
static cl::opt<uint64_t> numInputs("inputs", cl::init(1000),
                                   cl::desc("How many inputs to make"),
                                   cl::cat(category));
static cl::opt<uint64_t> firstInput("first", cl::init(0),
                                    cl::desc("The number of the first one"),
                                    cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::init(1),
                              cl::desc("What all choices depend on"),
                              cl::cat(category));
static cl::opt<unsigned> numWorkers("workers", cl::init(2),
                                    cl::desc("Processes at a time"),
                                    cl::cat(category));
static cl::opt<unsigned>
    seconds("seconds", cl::init(20),
            cl::desc("Processor time from which an input counts as a hang"),
            cl::cat(category));
static cl::opt<unsigned>
    gigabytes("gigabytes", cl::init(4),
              cl::desc("Address space of a process; 0: no limit (sanitizers)"),
              cl::cat(category));
static cl::opt<std::string>
    outputDirectory("o", cl::init("fuzz-findings"),
                    cl::desc("Where inputs are written that something is wrong "
                             "with"),
                    cl::cat(category));
static cl::opt<std::string>
    onlyPipeline("pass-pipeline", cl::init(""),
                 cl::desc("Run this instead of all passes of Beeline's"),
                 cl::cat(category));
static cl::opt<std::string> plugin("load-pass-plugin", cl::init(""),
                                   cl::desc("A library with more passes"),
                                   cl::cat(category));

namespace {

/// Remarks are made, and read by nobody.
class NoRemarks final : public remark::detail::MLIRRemarkStreamerBase {
public:
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    text.clear();
    llvm::raw_string_ostream os(text);
    os << remark.getMsg();
  }

private:
  std::string text;
};

} // namespace

static int fail(llvm::Error error) {
  llvm::WithColor::error(llvm::errs(), "beeline-fuzz")
      << llvm::toString(std::move(error)) << "\n";
  return 2;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Mutated modules through all passes\n");
  // Names without lines do for a summary, and take no second each.
  setenv("LLVM_DISABLE_SYMBOLIZATION", "1", /*overwrite=*/0);

  mlir::registerAllPasses();
  beeline::registerAllPasses();
  if (!plugin.empty()) {
    auto loaded = PassPlugin::load(plugin);
    if (!loaded)
      return fail(loaded.takeError());
    loaded->registerPassRegistryCallbacks();
  }

  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<BeelineDialect>();
  // Threads do not survive a fork.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  // Foreign ops are in the tests, too.
  context.allowUnregisteredDialects();
  if (failed(remark::enableOptimizationRemarks(
          context, std::make_unique<NoRemarks>(),
          std::make_unique<remark::RemarkEmittingPolicyAll>(),
          remark::RemarkCategories{"beeline.*", {}, {}, {}, {}})))
    return fail(llvm::createStringError("cannot enable remarks"));

  auto jobs = onlyPipeline.empty()
                  ? llvm::Expected<std::vector<Job>>(createJobs(context))
                  : createJobs(onlyPipeline, context);
  if (!jobs)
    return fail(jobs.takeError());
  // Before the corpus is read: it holds what is not valid, too.
  DiagnosticEngine::HandlerID quiet = context.getDiagEngine().registerHandler(
      [](Diagnostic &) { return success(); });
  auto corpus = loadCorpus(corpusDirectory, context);
  context.getDiagEngine().eraseHandler(quiet);
  if (!corpus)
    return fail(corpus.takeError());
  if (std::error_code error =
          llvm::sys::fs::create_directories(outputDirectory))
    return fail(
        llvm::createStringError(error, "cannot make " + outputDirectory));

  Fuzzer fuzzer(context, *corpus, *jobs, seed);
  Limits limits{std::max(1u, numWorkers.getValue()), seconds,
                uint64_t(gigabytes) << 30};
  Findings findings(fuzzer, *jobs, limits, outputDirectory);
  Progress sum = runWorkers(
      firstInput, firstInput + numInputs, limits,
      [&](uint64_t input, Progress &progress) {
        return fuzzer.run(input, progress);
      },
      [&](const Death &death) { findings.add(death); });
  findings.print(sum, corpus->size(), llvm::outs());
  return findings.empty() ? 0 : 1;
}
