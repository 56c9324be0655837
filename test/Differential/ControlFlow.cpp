//===- ControlFlow.cpp - Branches that pass pairs on ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

Pair Generator::joined(const Scope &scope, ArrayRef<Pair> sources, Value codes,
                       Value scales, StringRef name) {
  Pair result = sources.front();
  result.codes = codes;
  result.scales = scales;
  for (const Pair &source : sources) {
    result.path.insert(source.path.begin(), source.path.end());
    result.isViewed |= source.isViewed;
    if (source.fate == RoundTrip::Kept)
      result.keep(source.trap);
    else if (source.fate == RoundTrip::AsCalled &&
             result.fate == RoundTrip::Rewired)
      result.fate = RoundTrip::AsCalled;
  }
  result.path.insert(name.str());
  if (scope.isPreserved)
    result.keep("preserve_rounding around");
  return result;
}

Pair Generator::passedOn(Scope &scope, const Pair &pair) {
  if (chance(8)) {
    Pair mixed = pairLike(scope, pair);
    mixed.scales = freshPairLike(scope, pair).scales;
    mixed.keep("of two quantizations on one way");
    return mixed;
  }
  if (chance(4))
    if (std::optional<Pair> loaded = loadFromMemory(scope, pair)) {
      loaded->trap = "quantized on one way only";
      return *loaded;
    }
  return pairLike(scope, pair);
}

Pair Generator::fillRegion(Region &region, const Scope &scope, const Pair &pair,
                           bool isPreserved) {
  OpBuilder::InsertionGuard guard(builder);
  Block &block = region.empty() ? region.emplaceBlock() : region.front();
  builder.setInsertionPointToEnd(&block);
  Scope inner = inside(
      scope, /*hasBlocks=*/isa<scf::ExecuteRegionOp>(region.getParentOp()));
  inner.isPreserved |= isPreserved;
  statements(inner, below(3));
  if (chance(40))
    finishScope(inner);
  Pair result = passedOn(inner, pair);
  scf::YieldOp::create(builder, loc, ValueRange{result.codes, result.scales});
  return result;
}

void Generator::branch(Scope &scope) {
  Pair pair = choosePair(scope);
  auto op = scf::IfOp::create(
      builder, loc, TypeRange{pair.codes.getType(), pair.scales.getType()},
      condition(), /*addThenBlock=*/true, /*addElseBlock=*/true);
  bool isPreserved = chance(3);
  Pair sources[] = {fillRegion(op.getThenRegion(), scope, pair, isPreserved),
                    fillRegion(op.getElseRegion(), scope, pair, isPreserved)};
  Pair result =
      joined(scope, sources, op.getResult(0), op.getResult(1), "scf.if");
  if (isPreserved) {
    preserve(op);
    result.keep("preserve_rounding around a way");
  }
  scope.pairs.push_back(result);
}

void Generator::switchIndex(Scope &scope) {
  Pair pair = choosePair(scope);
  int64_t cases[] = {0, 2};
  auto op = scf::IndexSwitchOp::create(
      builder, loc, TypeRange{pair.codes.getType(), pair.scales.getType()},
      index(4), cases, /*caseRegionsCount=*/2);
  SmallVector<Pair> sources;
  for (Region &region : op->getRegions())
    sources.push_back(fillRegion(region, scope, pair, /*isPreserved=*/false));
  scope.pairs.push_back(joined(scope, sources, op.getResult(0), op.getResult(1),
                               "scf.index_switch"));
}

void Generator::executeRegion(Scope &scope) {
  Pair pair = choosePair(scope);
  auto op = scf::ExecuteRegionOp::create(
      builder, loc, TypeRange{pair.codes.getType(), pair.scales.getType()});
  Pair source = fillRegion(op.getRegion(), scope, pair, /*isPreserved=*/false);
  scope.pairs.push_back(joined(scope, source, op.getResult(0), op.getResult(1),
                               "scf.execute_region"));
}

/// Codes of one branch and scales of another one, chosen under one condition.
std::optional<Pair> Generator::chooseApart(Scope &scope, const Pair &pair) {
  Pair other = freshPairLike(scope, pair);
  Value chosen = condition();
  auto choose = [&](Value ifTrue, Value ifFalse) {
    auto op = scf::IfOp::create(builder, loc, TypeRange{ifTrue.getType()},
                                chosen, /*addThenBlock=*/true,
                                /*addElseBlock=*/true);
    OpBuilder::InsertionGuard guard(builder);
    for (auto [region, value] : {std::pair(&op.getThenRegion(), ifTrue),
                                 std::pair(&op.getElseRegion(), ifFalse)}) {
      builder.setInsertionPointToEnd(&region->front());
      scf::YieldOp::create(builder, loc, value);
    }
    return op.getResult(0);
  };
  Pair apart = pair;
  apart.codes = choose(pair.codes, other.codes);
  apart.scales = choose(pair.scales, other.scales);
  return trapped(apart, "codes and scales of two branches");
}
