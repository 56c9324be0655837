//===- Blocks.cpp - Blocks that pass pairs on -----------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

static Block *addBlock(OpBuilder &builder, TypeRange types, Location loc) {
  Block &block = builder.getBlock()->getParent()->emplaceBlock();
  for (Type type : types)
    block.addArgument(type, loc);
  return &block;
}

void Generator::blocks(Scope &scope) {
  Pair pair = choosePair(scope);
  Block *join =
      addBlock(builder, {pair.codes.getType(), pair.scales.getType()}, loc);
  SmallVector<Pair> sources;
  Block *targets[2];
  SmallVector<Value> operands[2];
  // An edge goes to the join at once, or to a block of its own.
  bool isAtOnce[] = {chance(20), chance(20)};
  for (int way : {0, 1}) {
    targets[way] = isAtOnce[way] ? join : addBlock(builder, {}, loc);
    if (isAtOnce[way]) {
      Pair source = passedOn(scope, pair);
      sources.push_back(source);
      operands[way] = {source.codes, source.scales};
    }
  }
  auto branch = cf::CondBranchOp::create(builder, loc, condition(), targets[0],
                                         operands[0], targets[1], operands[1]);
  bool isPreserved = !sources.empty() && chance(4);
  if (isPreserved)
    preserve(branch);
  for (int way : {0, 1}) {
    if (isAtOnce[way])
      continue;
    builder.setInsertionPointToEnd(targets[way]);
    Scope inner = inside(scope, /*hasBlocks=*/true);
    statements(inner, below(3));
    if (chance(40))
      finishScope(inner);
    Pair source = passedOn(inner, pair);
    auto jump = cf::BranchOp::create(builder, loc, join,
                                     ValueRange{source.codes, source.scales});
    if (chance(3)) {
      preserve(jump);
      source.keep("preserve_rounding on a branch");
    }
    sources.push_back(source);
  }
  builder.setInsertionPointToEnd(join);
  Pair result = joined(scope, sources, join->getArgument(0),
                       join->getArgument(1), "cf.cond_br");
  if (isPreserved)
    result.keep("preserve_rounding on a branch");
  scope.pairs.push_back(result);
}

void Generator::blockLoop(Scope &scope) {
  Carried carried = carry(scope, "loop of blocks");
  const Pair &first = carried.first;
  Value bound = index(4);
  Block *head = addBlock(
      builder,
      {builder.getIndexType(), first.codes.getType(), first.scales.getType()},
      loc);
  Block *body = addBlock(builder, {}, loc), *exit = addBlock(builder, {}, loc);
  cf::BranchOp::create(builder, loc, head,
                       ValueRange{constant(0), first.codes, first.scales});
  builder.setInsertionPointToEnd(head);
  Pair before = inLoop(carried, head->getArgument(1), head->getArgument(2));
  cf::CondBranchOp::create(builder, loc, isBelow(head->getArgument(0), bound),
                           body, ValueRange(), exit, ValueRange());

  builder.setInsertionPointToEnd(body);
  Scope inner = inside(scope, /*hasBlocks=*/true);
  inner.pairs.push_back(before);
  statements(inner, below(3));
  if (chance(60))
    finishScope(inner);
  Pair next = nextOf(inner, carried, before);
  Value increased =
      arith::AddIOp::create(builder, loc, head->getArgument(0), constant(1));
  cf::BranchOp::create(builder, loc, head,
                       ValueRange{increased, next.codes, next.scales});
  builder.setInsertionPointToEnd(exit);
  scope.pairs.push_back(before);
}
