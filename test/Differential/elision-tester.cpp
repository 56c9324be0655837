//===- elision-tester.cpp - Random tests of beeline-elide-round-trips -----===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Without a file: generates modules and checks each. With one: checks that one,
// as the interestingness test of a reducer, too. docs/testing.md says how.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;
using Kind = Verdict::Kind;
namespace cl = llvm::cl;

static cl::OptionCategory category("elision-tester");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("[FILE]"),
                                      cl::cat(category));
static cl::opt<uint64_t>
    firstSeed("seed", cl::init(1), cl::cat(category),
              cl::desc("The first module's seed; of a FILE, its inputs'"));
static cl::opt<uint64_t> numModules("modules", cl::init(1000),
                                    cl::cat(category),
                                    cl::desc("How many modules to check"));
static cl::opt<double>
    maxSeconds("seconds", cl::init(0), cl::cat(category),
               cl::desc("Check modules for so long instead"));
static cl::opt<uint64_t> maxFailures("max-failures", cl::init(20),
                                     cl::cat(category),
                                     cl::desc("Stop after so many"));
static cl::opt<unsigned> numInputs("inputs", cl::init(3), cl::cat(category),
                                   cl::desc("Inputs on which a module is run"));
static cl::opt<bool> emitModule("emit", cl::cat(category),
                                cl::desc("Print the module of --seed"));
static cl::opt<bool>
    emitRewritten("emit-rewritten", cl::cat(category),
                  cl::desc("Print what the pass makes of the module"));
static cl::opt<std::string> wantedKind(
    "failure", cl::cat(category),
    cl::desc("Status 1 for this kind of failure only, 0 for all else: pass, "
             "left, wrong, trap or bytes. For reducers"));

static OwningOpRef<ModuleOp> generate(MLIRContext &context, uint64_t seed,
                                      Statistics &statistics) {
  return Generator(&context, seed, statistics).run();
}

static Verdict checkGenerated(ModuleOp module, uint64_t seed,
                              OwningOpRef<ModuleOp> *rewritten = nullptr) {
  if (failed(verify(module)))
    return {Kind::Invalid, "the module does not verify"};
  return check(module, seed, numInputs, rewritten);
}

/// The same for every failure of a kind, so that scripts can tell them apart.
static void printFailure(llvm::raw_ostream &os, const Verdict &verdict) {
  os << "failure '" << getName(verdict.kind) << "': " << verdict.message
     << '\n';
}

static void printCounts(llvm::raw_ostream &os, StringRef title,
                        const std::map<std::string, uint64_t> &counts) {
  os << title << '\n';
  for (const auto &[name, count] : counts)
    os << llvm::format("%9llu  ", static_cast<unsigned long long>(count))
       << name << '\n';
}

static int checkMany(MLIRContext &context) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Statistics statistics;
  uint64_t checked = 0, failures = 0;
  while (maxSeconds > 0 ? seconds() < maxSeconds : checked < numModules) {
    uint64_t seed = firstSeed + checked++;
    llvm::PrettyStackTraceFormat trace("elision-tester: seed %llu",
                                       static_cast<unsigned long long>(seed));
    OwningOpRef<ModuleOp> module = generate(context, seed, statistics);
    Verdict verdict = checkGenerated(*module, seed);
    if (verdict.kind == Kind::Passed)
      continue;
    llvm::outs() << "seed " << seed << ": ";
    printFailure(llvm::outs(), verdict);
    if (++failures == maxFailures)
      break;
  }
  printCounts(llvm::outs(),
              "to be rewired, by what the codes passed:", statistics.rewired);
  printCounts(llvm::outs(), "to be kept, by the trap:", statistics.kept);
  llvm::outs() << statistics.numRewired << " to be rewired, "
               << statistics.numAsCalled << " for some callers, "
               << statistics.numKept << " to be kept, "
               << statistics.numForwarded << " to be forwarded\n"
               << llvm::format("%.0f modules a minute\n",
                               checked * 60 / seconds())
               << "seeds " << firstSeed << " to " << firstSeed + checked - 1
               << ": " << checked << " modules, " << failures << " failed\n";
  return failures != 0;
}

/// The status for a module that has been looked at.
static int statusOf(const Verdict &verdict) {
  if (!wantedKind.empty())
    return getName(verdict.kind) == wantedKind;
  return verdict.kind == Kind::Passed    ? 0
         : verdict.kind == Kind::Invalid ? 2
                                         : 1;
}

/// The input file, or null.
static OwningOpRef<ModuleOp> parse(MLIRContext &context) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(inputFile, &error);
  if (!file) {
    llvm::errs() << "elision-tester: " << error << '\n';
    return nullptr;
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(file), SMLoc());
  SourceMgrDiagnosticHandler handler(*sources, &context);
  return parseSourceFile<ModuleOp>(sources, &context);
}

static int checkOne(MLIRContext &context) {
  OwningOpRef<ModuleOp> module, rewritten;
  if (inputFile.empty()) {
    Statistics statistics;
    module = generate(context, firstSeed, statistics);
  } else {
    module = parse(context);
  }
  if (!module)
    return wantedKind.empty() ? 2 : 0;
  if (emitModule) {
    module->print(llvm::outs());
    return 0;
  }
  Verdict verdict = checkGenerated(*module, firstSeed, &rewritten);
  if (emitRewritten && rewritten)
    rewritten->print(llvm::outs());
  if (verdict.kind != Kind::Passed)
    printFailure(llvm::errs(), verdict);
  return statusOf(verdict);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Random tests of beeline-elide-round-trips\n");
  bool isKnown = wantedKind.empty();
  for (Kind kind :
       {Kind::Pass, Kind::Left, Kind::Wrong, Kind::Trap, Kind::Bytes})
    isKnown |= wantedKind == getName(kind);
  if (!isKnown || numInputs == 0 || numInputs > 16) {
    llvm::errs() << "elision-tester: "
                 << (isKnown ? "--inputs is 1 to 16"
                             : "--failure is pass, left, wrong, trap or bytes")
                 << '\n';
    return 2;
  }
  DialectRegistry registry;
  registry.insert<BeelineDialect, arith::ArithDialect, cf::ControlFlowDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  scf::SCFDialect, tensor::TensorDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  if (!inputFile.empty() || emitModule || emitRewritten)
    return checkOne(context);
  return checkMany(context);
}
