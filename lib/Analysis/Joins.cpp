//===- Joins.cpp - Where control flow passes values on --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Joins.h"
#include "mlir/Analysis/CallGraph.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SCCIterator.h"

using namespace mlir;
using namespace beeline;

void Joins::invalidate() {
  dominance.invalidate();
  regionInputs.clear();
  functions.reset();
  callees.clear();
}

std::variant<std::monostate, Join, Obstacle> Joins::lookup(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!argument.getOwner()->isEntryBlock())
      return lookupBlockArgument(argument);
    Operation *parent = argument.getOwner()->getParentOp();
    if (auto function = dyn_cast<func::FuncOp>(parent))
      return lookupFunctionArgument(function, argument.getArgNumber());
    if (auto branch = dyn_cast<RegionBranchOpInterface>(parent))
      return lookupRegionBranch(branch, value);
    return std::monostate();
  }
  auto result = cast<OpResult>(value);
  if (auto call = dyn_cast<func::CallOp>(result.getOwner()))
    return lookupCallResult(call, result.getResultNumber());
  if (isa<CallOpInterface>(result.getOwner()))
    return Obstacle{Obstacle::Kind::IndirectCall, result.getOwner()};
  if (auto branch = dyn_cast<RegionBranchOpInterface>(result.getOwner()))
    return lookupRegionBranch(branch, value);
  return std::monostate();
}

bool Joins::isDefinedBefore(Value value, const Join &join) {
  if (join.crossesFunctions())
    return false;
  if (auto *op = dyn_cast<Operation *>(join.place))
    return dominance.hasSSADominance(op->getBlock()) &&
           dominance.properlyDominates(value, op);
  auto *block = cast<Block *>(join.place);
  auto argument = dyn_cast<BlockArgument>(value);
  if (argument && argument.getOwner() == block)
    return false;
  return !block->empty() && dominance.hasSSADominance(block) &&
         dominance.properlyDominates(value, &block->front());
}

//===----------------------------------------------------------------------===//
// Blocks and regions
//===----------------------------------------------------------------------===//

Joins::Found Joins::lookupBlockArgument(BlockArgument argument) {
  Block *block = argument.getOwner();
  Join join{Join::Kind::Block, block, nullptr, {}, {}};
  for (auto it = block->pred_begin(); it != block->pred_end(); ++it) {
    Operation *terminator = (*it)->getTerminator();
    if (!isReachable(terminator))
      return Obstacle{Obstacle::Kind::Unreachable, terminator};
    auto branch = dyn_cast<BranchOpInterface>(terminator);
    if (!branch)
      return Obstacle{Obstacle::Kind::Unrelated, terminator};
    SuccessorOperands operands =
        branch.getSuccessorOperands(it.getSuccessorIndex());
    unsigned number = argument.getArgNumber();
    if (operands.isOperandProduced(number))
      return Obstacle{Obstacle::Kind::Unrelated, terminator};
    if (!join.op)
      join.op = terminator;
    join.incoming.push_back(
        &branch->getOpOperand(operands.getOperandIndex(number)));
    join.successors.push_back(it.getSuccessorIndex());
  }
  if (join.incoming.empty())
    return Obstacle{Obstacle::Kind::Unreachable, block->getParentOp()};
  return join;
}

/// Puts the operands for each value in the order of their owners in the text.
static void sortByOwner(Operation *op,
                        RegionBranchInverseSuccessorMapping &mapping) {
  DenseMap<Operation *, unsigned> positions = {{op, 0}};
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (!block.empty())
        positions.try_emplace(&block.back(), positions.size());
  for (auto &[value, operands] : mapping)
    llvm::sort(operands, [&](OpOperand *a, OpOperand *b) {
      return positions.lookup(a->getOwner()) < positions.lookup(b->getOwner());
    });
}

Joins::Found Joins::lookupRegionBranch(RegionBranchOpInterface op,
                                       Value value) {
  auto [entry, isNew] = regionInputs.try_emplace(op);
  if (isNew) {
    op.getSuccessorInputOperandMapping(entry->second);
    sortByOwner(op, entry->second);
  }
  auto operands = entry->second.find(value);
  if (operands == entry->second.end() || operands->second.empty())
    return std::monostate();
  Join join{Join::Kind::Region, op.getOperation(), op, {}, {}};
  if (auto argument = dyn_cast<BlockArgument>(value))
    join.place = argument.getOwner();
  for (OpOperand *operand : operands->second) {
    if (operand->getOwner() != op && !isReachable(operand->getOwner()))
      return Obstacle{Obstacle::Kind::Unreachable, operand->getOwner()};
    join.incoming.push_back(operand);
  }
  return join;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

void Joins::findCalls() {
  SymbolTableCollection symbols;
  root->walk([&](func::CallOp call) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (!callee)
      return;
    (*functions)[callee].calls.push_back(call);
    callees[call] = callee;
  });
}

void Joins::findOtherReferences() {
  if (referred)
    return;
  referred.emplace();
  SymbolTableCollection symbols;
  root->walk<WalkOrder::PreOrder>([&](Operation *table) {
    // What a function may hold cannot see the functions beside it.
    if (isa<func::FuncOp>(table))
      return WalkResult::skip();
    if (!table->hasTrait<OpTrait::SymbolTable>())
      return WalkResult::advance();
    auto uses = SymbolTable::getSymbolUses(&table->getRegion(0));
    if (!uses) {
      // An unknown op may refer to every function.
      for (auto function : table->getRegion(0).getOps<func::FuncOp>())
        referred->insert(function);
      return WalkResult::advance();
    }
    for (SymbolTable::SymbolUse use : *uses) {
      auto call = dyn_cast<func::CallOp>(use.getUser());
      if (call && call.getCalleeAttr() == use.getSymbolRef())
        continue;
      if (auto function = symbols.lookupNearestSymbolFrom<func::FuncOp>(
              use.getUser(), use.getSymbolRef()))
        referred->insert(function);
    }
    return WalkResult::advance();
  });
}

void Joins::findRecursion() {
  CallGraph graph(root);
  for (auto it = llvm::scc_begin<const CallGraph *>(&graph); !it.isAtEnd();
       ++it) {
    if (!it.hasCycle())
      continue;
    for (CallGraphNode *node : *it)
      if (!node->isExternal())
        (*functions)[node->getCallableRegion()->getParentOp()].isRecursive =
            true;
  }
}

void Joins::findFunctions() {
  if (functions)
    return;
  functions.emplace();
  findCalls();
  findOtherReferences();
  findRecursion();
}

std::optional<Obstacle> Joins::getObstacle(func::FuncOp function) {
  if (!function.isPrivate() && !allowPublicABIChange)
    return Obstacle{Obstacle::Kind::Public, function};
  if (referred->contains(function))
    return Obstacle{Obstacle::Kind::AddressTaken, function};
  if ((*functions)[function].isRecursive)
    return Obstacle{Obstacle::Kind::Recursive, function};
  return std::nullopt;
}

Joins::Found Joins::lookupCallResult(func::CallOp call, unsigned number) {
  findFunctions();
  func::FuncOp callee = callees.lookup(call);
  if (!callee)
    return Obstacle{Obstacle::Kind::IndirectCall, call};
  if (callee.isExternal())
    return Obstacle{Obstacle::Kind::External, callee};
  if (std::optional<Obstacle> obstacle = getObstacle(callee))
    return *obstacle;
  Join join{Join::Kind::CallResults, call.getOperation(), call, {}, {}};
  for (Block &block : callee.getBody()) {
    auto terminator = dyn_cast<func::ReturnOp>(block.getTerminator());
    if (!terminator)
      continue;
    if (!isReachable(terminator))
      return Obstacle{Obstacle::Kind::Unreachable, terminator};
    join.incoming.push_back(&terminator->getOpOperand(number));
  }
  // A call that never returns.
  if (join.incoming.empty())
    return Obstacle{Obstacle::Kind::Unreachable, call};
  return join;
}

Joins::Found Joins::lookupFunctionArgument(func::FuncOp function,
                                           unsigned number) {
  findFunctions();
  const Function &known = (*functions)[function];
  if (known.calls.empty())
    return Obstacle{Obstacle::Kind::Argument, function};
  if (std::optional<Obstacle> obstacle = getObstacle(function))
    return *obstacle;
  Join join{Join::Kind::FunctionArguments,
            &function.getBody().front(),
            function,
            {},
            {}};
  for (func::CallOp call : known.calls) {
    if (!isReachable(call))
      return Obstacle{Obstacle::Kind::Unreachable, call};
    join.incoming.push_back(&call->getOpOperand(number));
  }
  return join;
}
