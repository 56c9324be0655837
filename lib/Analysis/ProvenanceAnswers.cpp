//===- ProvenanceAnswers.cpp - What the graph of pairs says ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Provenance.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

void ProvenanceAnalysis::refuse(unsigned number, Refusal refusal) {
  pairs[number].refusal = refusals.size();
  pairs[number].isRefusedForAll = true;
  refusals.push_back({std::move(refusal)});
}

unsigned ProvenanceAnalysis::placeRefusal(unsigned number, const Pair &reader) {
  const PlacedRefusal &source = refusals[number];
  if (source.isPlaced || reader.sources.size() == 1)
    return number;
  std::string place;
  switch (reader.join->kind) {
  case Join::Kind::Block:
  case Join::Kind::Region:
    place = llvm::formatv("on a way into '{0}', ", reader.join->op->getName());
    break;
  case Join::Kind::CallResults:
    place = llvm::formatv("on a way out of what '{0}' calls, ",
                          reader.join->op->getName());
    break;
  case Join::Kind::FunctionArguments:
    place = llvm::formatv("in a call of '@{0}', ",
                          SymbolTable::getSymbolName(reader.join->op).str());
    break;
  }
  refusals.push_back(
      {{place + source.refusal.reason, source.refusal.suggestion},
       /*isPlaced=*/true});
  return refusals.size() - 1;
}

void ProvenanceAnalysis::propagateRefusals() {
  // What depends on a refused pair is refused.
  SmallVector<unsigned> refused;
  for (auto [number, pair] : llvm::enumerate(pairs))
    if (pair.refusal)
      refused.push_back(number);
  SmallVector<unsigned> refusedForAll = refused;
  while (!refused.empty()) {
    unsigned source = refused.pop_back_val();
    for (unsigned reader : pairs[source].readers) {
      if (pairs[reader].refusal)
        continue;
      pairs[reader].refusal =
          placeRefusal(*pairs[source].refusal, pairs[reader]);
      refused.push_back(reader);
    }
  }
  // A function's arguments are refused for all of its callers only if no caller
  // passes others. Elsewhere one way in is enough.
  while (!refusedForAll.empty()) {
    for (unsigned reader : pairs[refusedForAll.pop_back_val()].readers) {
      Pair &pair = pairs[reader];
      if (pair.isRefusedForAll ||
          (pair.join->kind == Join::Kind::FunctionArguments &&
           !llvm::all_of(pair.sources, [&](unsigned source) {
             return pairs[source].isRefusedForAll;
           })))
        continue;
      pair.isRefusedForAll = true;
      refusedForAll.push_back(reader);
    }
  }
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

std::optional<Refusal>
ProvenanceAnalysis::getRefusal(DequantizeOpInterface dequantize) const {
  const Pair &pair = pairs[starts.lookup(dequantize)];
  if (pair.refusal)
    return refusals[*pair.refusal].refusal;
  if (BeelineDialect::preservesRounding(dequantize))
    return keepsRounding();
  return std::nullopt;
}

SmallVector<Origin>
ProvenanceAnalysis::getOrigins(DequantizeOpInterface dequantize) const {
  SmallVector<Origin> origins;
  SmallVector<unsigned> worklist = {starts.lookup(dequantize)};
  DenseSet<unsigned> visited;
  while (!worklist.empty()) {
    unsigned number = worklist.pop_back_val();
    if (!visited.insert(number).second)
      continue;
    const Pair &pair = pairs[number];
    if (!pair.join)
      origins.push_back(*Origin::of(pair.codes));
    llvm::append_range(worklist, pair.sources);
  }
  return origins;
}

SmallVector<MixedCalls> ProvenanceAnalysis::getMixedCalls() const {
  // Who calls a caller must be settled first. Where that goes round, since a
  // function is called with what it has returned, say, one of them begins.
  SmallVector<MixedCalls> mixed = getMixedCalls(/*areSettled=*/true);
  if (mixed.empty()) {
    mixed = getMixedCalls(/*areSettled=*/false);
    mixed.truncate(std::min<size_t>(mixed.size(), 1));
  }
  return mixed;
}

SmallVector<MixedCalls>
ProvenanceAnalysis::getMixedCalls(bool areSettled) const {
  SmallVector<MixedCalls> mixed;
  DenseSet<Operation *> functions;
  for (const Pair &pair : pairs) {
    if (!pair.refusal || pair.isRefusedForAll ||
        pair.join->kind != Join::Kind::FunctionArguments)
      continue;
    auto isKnown = [&](unsigned source) { return !pairs[source].refusal; };
    auto isSettled = [&](unsigned source) {
      return isKnown(source) || pairs[source].isRefusedForAll;
    };
    if (llvm::none_of(pair.sources, isKnown) ||
        (areSettled && !llvm::all_of(pair.sources, isSettled)))
      continue;
    if (!functions.insert(pair.join->op).second)
      continue;
    MixedCalls &calls = mixed.emplace_back();
    calls.function = cast<func::FuncOp>(pair.join->op);
    for (auto [source, operand] :
         llvm::zip_equal(pair.sources, pair.join->incoming))
      if (isKnown(source))
        calls.calls.push_back(cast<func::CallOp>(operand->getOwner()));
  }
  return mixed;
}
