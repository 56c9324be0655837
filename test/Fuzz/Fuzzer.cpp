//===- Fuzzer.cpp - One input after the other -----------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzer.h"
#include "Mutate.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Process.h"

using namespace mlir;
using namespace beeline::fuzz;

Fuzzer::Fuzzer(MLIRContext &context, const std::vector<std::string> &corpus,
               std::vector<Job> &jobs, uint64_t seed)
    : context(context), corpus(corpus), jobs(jobs), seed(seed) {
  for (const Job &job : jobs)
    totalWeight += job.weight;
  // Nobody is to read all these, but a failure comes with an error.
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    numErrors += diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
}

[[noreturn]] static void exitWith(Fuzzer::Finding finding,
                                  const llvm::Twine &what) {
  llvm::errs() << what << "\n";
  llvm::sys::Process::Exit(finding, /*NoCleanup=*/true);
}

static std::string createText(const std::vector<std::string> &corpus,
                              Random &random) {
  std::string text = random.pick(corpus);
  // Two of three inputs are changed as modules; few texts stay valid.
  if (random.oneIn(3))
    for (size_t i = random.below(3) + 1; i > 0; --i)
      mutateText(text, corpus, random);
  return text;
}

/// As upstream's verifier should have it: its canonicalization of a negative
/// dimension crashes.
static LogicalResult verifyAll(ModuleOp module) {
  if (failed(verify(module)))
    return failure();
  WalkResult walk = module.walk([](memref::DimOp op) {
    return op.getConstantIndex().value_or(0) < 0 ? WalkResult::interrupt()
                                                 : WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

std::string Fuzzer::getText(uint64_t input) const {
  Random random(seed, input);
  return createText(corpus, random);
}

OwningOpRef<ModuleOp> Fuzzer::createModule(uint64_t input, Progress &progress,
                                           Random &random) {
  progress.phase = Progress::Parse;
  std::string text = createText(corpus, random);
  // Verified below, so as to tell one from the other.
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      text, ParserConfig(&context, /*verifyAfterParse=*/false));
  if (!module) {
    // Parsers of ops with several regions free ops that others still use.
    isMemorySound = false;
    return nullptr;
  }
  ++progress.numParsed;
  progress.phase = Progress::Verify;
  if (failed(verifyAll(*module)))
    return nullptr;
  // Those that leave the module valid are kept.
  for (size_t i = random.below(6); i > 0; --i) {
    OwningOpRef<ModuleOp> changed = module->clone();
    mutateModule(*changed, random);
    if (succeeded(verifyAll(*changed)))
      module = std::move(changed);
  }
  ++progress.numVerified;
  return module;
}

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

/// Whether upstream's syntax says less than the op is: one type for all
/// operands and results, of which the verifier only wants that they agree.
static bool printsOneTypeOfSeveral(Operation *op) {
  auto types =
      llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes());
  return op->hasTrait<OpTrait::SameOperandsAndResultType>() &&
         !llvm::all_equal(types);
}

/// What is printed or written as bytecode is read again as it was.
static void checkRoundTrip(ModuleOp module) {
  WalkResult walk = module.walk([](Operation *op) {
    return printsOneTypeOfSeveral(op) ? WalkResult::interrupt()
                                      : WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return;
  std::string text = print(module);
  OwningOpRef<ModuleOp> parsed =
      parseSourceString<ModuleOp>(text, module.getContext());
  if (!parsed)
    exitWith(Fuzzer::RoundTripChanges, "cannot be parsed:\n" + text);
  std::string again = print(*parsed);
  if (again != text)
    exitWith(Fuzzer::RoundTripChanges,
             "text:\n" + text + "\nbecomes:\n" + again);

  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (failed(writeBytecodeToFile(module, os)))
    exitWith(Fuzzer::RoundTripChanges,
             "cannot be written as bytecode:\n" + text);
  parsed = parseSourceString<ModuleOp>(bytes, module.getContext());
  if (!parsed)
    exitWith(Fuzzer::RoundTripChanges, "cannot be read as bytecode:\n" + text);
  again = print(*parsed);
  if (again != text)
    exitWith(Fuzzer::RoundTripChanges,
             "text:\n" + text + "\nas bytecode becomes:\n" + again);
}

Job &Fuzzer::pickJob(Random &random) {
  size_t place = random.below(totalWeight);
  auto job = jobs.begin();
  for (; place >= job->weight; ++job)
    place -= job->weight;
  return *job;
}

bool Fuzzer::run(uint64_t input, Progress &progress) {
  Random random(seed, input);
  OwningOpRef<ModuleOp> module = createModule(input, progress, random);
  if (!module)
    return isMemorySound;
  if (random.oneIn(16)) {
    progress.phase = Progress::RoundTrip;
    checkRoundTrip(*module);
  }

  Job &job = pickJob(random);
  progress.job = &job - jobs.data();
  progress.stage = 0;
  progress.phase = Progress::Run;
  ++progress.numRuns[progress.job];
  for (Stage &stage : job.stages) {
    uint64_t numErrorsBefore = numErrors;
    if (failed(stage.passes->run(*module))) {
      if (stage.isOurs && numErrors == numErrorsBefore)
        exitWith(SilentFailure, "fails without an error");
      return true;
    }
    if (failed(verify(*module))) {
      // Where an upstream pass does so, users get the verifier's error.
      if (stage.isOurs)
        exitWith(InvalidIR, "leaves invalid IR");
      return true;
    }
    ++progress.stage;
  }
  ++progress.numSucceeded[progress.job];
  return true;
}

void Fuzzer::dump(const Progress &place, llvm::raw_ostream &os) {
  Random random(seed, place.input);
  Progress progress{};
  OwningOpRef<ModuleOp> module = createModule(place.input, progress, random);
  if (!module)
    return;
  if (place.phase == Progress::Run)
    for (size_t i = 0; i < place.stage; ++i)
      if (failed(jobs[place.job].stages[i].passes->run(*module)))
        return;
  module->print(os, OpPrintingFlags().useLocalScope());
}
