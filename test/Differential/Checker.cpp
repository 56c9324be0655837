//===- Checker.cpp - Is a module rewritten as expected? -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Expectation.h"
#include "Interpreter.h"
#include "Trace.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;
using Kind = Verdict::Kind;
using llvm::formatv;

StringRef differential::getName(Kind kind) {
  switch (kind) {
  case Kind::Passed:
    return "passed";
  case Kind::Invalid:
    return "invalid";
  case Kind::Pass:
    return "pass";
  case Kind::Left:
    return "left";
  case Kind::Wrong:
    return "wrong";
  case Kind::Trap:
    return "trap";
  case Kind::Bytes:
    return "bytes";
  }
  llvm_unreachable("all kinds are handled");
}

namespace {

class Check {
public:
  Check(ModuleOp module, uint64_t seed, unsigned numInputs)
      : module(module), seed(seed), numInputs(numInputs) {}

  Verdict run();
  OwningOpRef<ModuleOp> takeRewritten() { return std::move(rewritten); }

private:
  void findEntries();
  /// Runs all entries of `program` on all inputs.
  bool runAll(ModuleOp program, bool asExpected, std::vector<Trace> &traces);
  RunValues makeArguments(func::FuncOp function, uint64_t inputSeed);
  Verdict validate();
  Verdict rewrite();
  Verdict compareRoundTrips();
  Verdict compareTraces(ArrayRef<Trace> plain, ArrayRef<Trace> expected,
                        ArrayRef<Trace> actual);

  ModuleOp module;
  uint64_t seed;
  unsigned numInputs;
  OwningOpRef<ModuleOp> rewritten;
  SmallVector<func::FuncOp> entries;
  llvm::DenseSet<int64_t> misread;
  std::string error;
};

} // namespace

/// Functions that somebody outside calls, and nobody inside.
void Check::findEntries() {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal() &&
        SymbolTable::symbolKnownUseEmpty(function, module))
      entries.push_back(function);
}

RunValues Check::makeArguments(func::FuncOp function, uint64_t inputSeed) {
  RunValues arguments;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes())) {
    uint64_t argumentSeed = inputSeed * 1000 + number;
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) {
      int64_t bound = type.isIndex() ? 3 : 2;
      if (auto below =
              function.getArgAttrOfType<IntegerAttr>(number, expect::below))
        bound = below.getInt();
      // Neighbouring seeds must not make neighbouring choices.
      uint64_t mixed = (argumentSeed + 1) * 0x9E3779B97F4A7C15;
      arguments.push_back({{}, static_cast<int64_t>((mixed >> 33) % bound)});
      continue;
    }
    SmallVector<int64_t> shape(tensor.getShape());
    auto extents =
        function.getArgAttrOfType<DenseI64ArrayAttr>(number, expect::extents);
    for (auto [dim, extent] : llvm::enumerate(shape))
      if (ShapedType::isDynamic(extent))
        extent = extents && dim < static_cast<size_t>(extents.size())
                     ? extents[dim]
                     : 4;
    arguments.push_back({std::make_shared<const Tensor>(
        randomTensor(tensor.getElementType(), shape, argumentSeed))});
  }
  return arguments;
}

bool Check::runAll(ModuleOp program, bool asExpected,
                   std::vector<Trace> &traces) {
  SymbolTable symbols(program);
  for (auto [number, entry] : llvm::enumerate(entries)) {
    auto function = symbols.lookup<func::FuncOp>(entry.getSymName());
    for (unsigned input = 0; input < numInputs; ++input) {
      Interpreter interpreter(program, asExpected);
      Trace trace;
      uint64_t inputSeed = (seed * 16 + number) * 16 + input;
      if (!function ||
          !interpreter.run(function, makeArguments(entry, inputSeed),
                           trace.results)) {
        error = function ? interpreter.getError() : "an entry has gone";
        return false;
      }
      trace.observations = interpreter.getObservations().vec();
      traces.push_back(std::move(trace));
      if (program == module)
        misread.insert_range(interpreter.getMisread());
    }
  }
  return true;
}

/// A module may be anybody's.
Verdict Check::validate() {
  Verdict verdict;
  llvm::DenseSet<int64_t> ids;
  auto refuse = [&](Operation *op, StringRef message) {
    verdict = {Kind::Invalid,
               formatv("{0}: '{1}' {2}", op->getLoc(), op->getName(), message)};
  };
  module.walk([&](DequantOp dequant) {
    if (!getExpectation(dequant))
      refuse(dequant, "has no 'expect.round_trip' that is \"rewired\", "
                      "\"kept\" or \"as_called\"");
    else if (getId(dequant) < 0 || !ids.insert(getId(dequant)).second)
      refuse(dequant, "has no 'expect.id' of its own");
  });
  if (verdict.kind == Kind::Passed && entries.empty())
    verdict = {Kind::Invalid, "there is no public function that nobody calls"};
  return verdict;
}

Verdict Check::rewrite() {
  rewritten = module.clone();
  std::string diagnostics;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        diagnostics +=
            formatv("{0}: {1}\n", diagnostic.getLocation(), diagnostic.str());
        return success();
      });
  ElideRoundTripsPassOptions options;
  options.allowPublicABIChange = module->hasAttr(expect::allowPublicABIChange);
  PassManager passes(module.getContext());
  passes.addPass(createElideRoundTripsPass(options));
  if (failed(passes.run(*rewritten)))
    return {Kind::Pass, diagnostics};
  return {};
}

Verdict Check::compareRoundTrips() {
  // How often each dequantization and each function is there now.
  llvm::DenseMap<int64_t, int64_t> remaining, copies;
  rewritten->walk([&](Operation *op) {
    if (isa<DequantOp, GroupQuantOp>(op))
      ++remaining[getId(op)];
    else if (isa<func::FuncOp>(op))
      ++copies[getId(op)];
  });
  Verdict verdict;
  module.walk([&](Operation *op) {
    std::optional<RoundTrip> expected;
    if (auto dequant = dyn_cast<DequantOp>(op))
      expected = getExpectation(dequant);
    else if (auto quant = dyn_cast<GroupQuantOp>(op);
             quant && getForwarding(quant) != RoundTrip::Kept)
      expected = getForwarding(quant);
    if (!expected)
      return WalkResult::advance();
    int64_t function = getId(op->getParentOfType<func::FuncOp>());
    int64_t copied = function < 0 ? 1 : copies.lookup(function);
    int64_t left = remaining.lookup(getId(op));
    int64_t wanted = *expected == RoundTrip::Rewired ? 0
                     : *expected == RoundTrip::Kept  ? copied
                                                     : 1;
    // Quantizations go where nobody reads them, too.
    if (left == wanted || (left < wanted && isa<GroupQuantOp>(op)))
      return WalkResult::advance();
    Kind kind = left > wanted                 ? Kind::Left
                : misread.contains(getId(op)) ? Kind::Wrong
                                              : Kind::Trap;
    auto trap = op->getAttrOfType<StringAttr>(expect::trap);
    verdict = {kind, formatv("{0} {1}{2}{3} is there {4} times instead of {5}",
                             op->getName(), getId(op), trap ? ", trap: " : "",
                             trap ? trap.getValue() : "", left, wanted)};
    return WalkResult::interrupt();
  });
  return verdict;
}

Verdict Check::compareTraces(ArrayRef<Trace> plain, ArrayRef<Trace> expected,
                             ArrayRef<Trace> actual) {
  for (size_t run = 0; run < expected.size(); ++run) {
    auto differ = [&](std::string what) {
      return Verdict{Kind::Bytes, formatv("{0}, in '@{1}' on input {2}", what,
                                          entries[run / numInputs].getSymName(),
                                          run % numInputs)};
    };
    if (actual[run].results.size() < expected[run].results.size())
      return differ("the number of results");
    for (size_t i = 0; i < expected[run].results.size(); ++i) {
      std::string difference =
          findDifference(plain[run].results[i], expected[run].results[i],
                         actual[run].results[i]);
      if (!difference.empty())
        return differ(formatv("result {0}: {1}", i, difference));
    }
    if (actual[run].observations.size() != expected[run].observations.size())
      return differ("the number of values observed");
    for (size_t i = 0; i < expected[run].observations.size(); ++i) {
      const Observation &seen = actual[run].observations[i];
      std::string difference =
          findDifference({plain[run].observations[i].tensor},
                         {expected[run].observations[i].tensor}, {seen.tensor});
      if (seen.id != expected[run].observations[i].id)
        difference = "another call";
      if (!difference.empty())
        return differ(
            formatv("what call {0} observes: {1}", seen.id, difference));
    }
  }
  return {};
}

Verdict Check::run() {
  findEntries();
  Verdict verdict = validate();
  if (verdict.kind != Kind::Passed)
    return verdict;
  std::vector<Trace> plain, expected, actual;
  if (!runAll(module, /*asExpected=*/false, plain) ||
      !runAll(module, /*asExpected=*/true, expected))
    return {Kind::Invalid, error};
  module.walk([&](DequantOp dequant) {
    if (getExpectation(dequant) != RoundTrip::Kept &&
        misread.contains(getId(dequant)))
      verdict = {Kind::Invalid,
                 formatv("dequantization {0} is to be rewired, but reads codes "
                         "with scales that are not theirs",
                         getId(dequant))};
  });
  if (verdict.kind != Kind::Passed)
    return verdict;
  verdict = rewrite();
  if (verdict.kind != Kind::Passed)
    return verdict;
  verdict = compareRoundTrips();
  if (verdict.kind != Kind::Passed)
    return verdict;
  if (!runAll(*rewritten, /*asExpected=*/false, actual))
    return {Kind::Bytes, "the rewritten module cannot be run: " + error};
  return compareTraces(plain, expected, actual);
}

Verdict differential::check(ModuleOp module, uint64_t seed, unsigned numInputs,
                            OwningOpRef<ModuleOp> *rewritten) {
  Check check(module, seed, numInputs);
  Verdict verdict = check.run();
  if (rewritten)
    *rewritten = check.takeRewritten();
  return verdict;
}
