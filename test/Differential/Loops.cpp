//===- Loops.cpp - Loops that carry pairs ---------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a loop carries is read before it is known what an iteration passes on,
// so the fate of that is decided first.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

Value Generator::isBelow(Value index, Value bound) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, index,
                               bound);
}

Generator::Carried Generator::carry(Scope &scope, StringRef name) {
  Carried carried;
  carried.first = passedOn(scope, choosePair(scope));
  carried.isMixed = chance(12);
  carried.inside = joined(scope, carried.first, carried.first.codes,
                          carried.first.scales, name);
  if (carried.isMixed)
    carried.inside.keep("of two quantizations in the next iteration");
  return carried;
}

Pair Generator::inLoop(const Carried &carried, Value codes, Value scales) {
  Pair pair = carried.inside;
  pair.codes = codes;
  pair.scales = scales;
  return pair;
}

Pair Generator::nextOf(Scope &scope, const Carried &carried,
                       const Pair &before) {
  Pair now = freshPairLike(scope, before);
  if (chance(40)) {
    // Codes and scales of two iterations.
    Pair mixed = now;
    bool isOldCodes = chance(50);
    (isOldCodes ? mixed.codes : mixed.scales) =
        isOldCodes ? before.codes : before.scales;
    mixed.keep(isOldCodes ? "codes of the iteration before"
                          : "scales of the iteration before");
    dequantize(scope, mixed);
  }
  if (carried.isMixed) {
    now.scales = freshPairLike(scope, before).scales;
    return now;
  }
  if (chance(15))
    return before;
  // Not one with a further view in each iteration, nor one that a function gave
  // to which it was passed: to see that callers differ, the pass asks first for
  // one that is known whatever the function does.
  Pair other = goodPairLike(scope, before);
  bool isSimple = !other.isViewed && !other.path.count("result of a call");
  return chance(30) && isSimple ? other : now;
}

void Generator::loop(Scope &scope) {
  Carried carried = carry(scope, "scf.for");
  const Pair &first = carried.first;
  // The scales of two iterations ago are carried, too, at times.
  bool isLate = chance(25);
  SmallVector<Value> inits = {first.codes, first.scales};
  if (isLate)
    inits.push_back(first.scales);
  auto op = scf::ForOp::create(builder, loc, constant(0), index(4), constant(1),
                               inits);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(op.getBody());
    Scope inner = inside(scope, /*hasBlocks=*/false);
    Pair before =
        inLoop(carried, op.getRegionIterArg(0), op.getRegionIterArg(1));
    if (isLate) {
      Pair late = before;
      late.scales = op.getRegionIterArg(2);
      late.keep("scales of two iterations before");
      dequantize(inner, late);
    }
    inner.pairs.push_back(before);
    statements(inner, below(4));
    if (chance(60))
      finishScope(inner);
    Pair next = nextOf(inner, carried, before);
    // Were the codes of all iterations one value, so would the scales be.
    if (isLate && !carried.isMixed)
      next = freshPairLike(inner, before);
    SmallVector<Value> results = {next.codes, next.scales};
    if (isLate)
      results.push_back(before.scales);
    scf::YieldOp::create(builder, loc, results);
  }
  scope.pairs.push_back(inLoop(carried, op.getResult(0), op.getResult(1)));
}

void Generator::whileLoop(Scope &scope) {
  Carried carried = carry(scope, "scf.while");
  const Pair &first = carried.first;
  Value bound = index(4);
  Type types[] = {builder.getIndexType(), first.codes.getType(),
                  first.scales.getType()};
  SmallVector<Location> locs(3, loc);
  auto op = scf::WhileOp::create(
      builder, loc, types, ValueRange{constant(0), first.codes, first.scales});
  Pair inside = carried.inside;
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *before =
        builder.createBlock(&op.getBefore(), op.getBefore().end(), types, locs);
    Scope scopeBefore = this->inside(scope, /*hasBlocks=*/false);
    inside = inLoop(carried, before->getArgument(1), before->getArgument(2));
    scopeBefore.pairs.push_back(inside);
    statements(scopeBefore, below(2));
    // What is passed on may be made in front of the condition.
    if (chance(30)) {
      inside = freshPairLike(scopeBefore, inside);
      inside.path.insert("made before scf.condition");
    }
    scf::ConditionOp::create(
        builder, loc, isBelow(before->getArgument(0), bound),
        ValueRange{before->getArgument(0), inside.codes, inside.scales});

    Block *after =
        builder.createBlock(&op.getAfter(), op.getAfter().end(), types, locs);
    Scope scopeAfter = this->inside(scope, /*hasBlocks=*/false);
    inside.codes = after->getArgument(1);
    inside.scales = after->getArgument(2);
    scopeAfter.pairs.push_back(inside);
    statements(scopeAfter, below(3));
    if (chance(60))
      finishScope(scopeAfter);
    Pair next = nextOf(scopeAfter, carried, inside);
    Value increased =
        arith::AddIOp::create(builder, loc, after->getArgument(0), constant(1));
    scf::YieldOp::create(builder, loc,
                         ValueRange{increased, next.codes, next.scales});
  }
  inside.codes = op.getResult(1);
  inside.scales = op.getResult(2);
  scope.pairs.push_back(inside);
}
