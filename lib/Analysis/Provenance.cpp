//===- Provenance.cpp - Where codes and scales come from ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Provenance.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

std::string Obstacle::describe() const {
  auto withOp = [this](const char *format) {
    return llvm::formatv(format, op->getName()).str();
  };
  switch (kind) {
  case Kind::Argument:
    return withOp(
        "come from an argument of '{0}': no quantization is in sight");
  case Kind::Unrelated:
    return withOp("were made by '{0}': no quantization is in sight");
  case Kind::Call:
    return withOp(
        "were returned by '{0}', and what it calls is not looked into");
  case Kind::Changed:
    return withOp("were changed on the way by '{0}'");
  case Kind::Collective:
    return withOp("crossed '{0}': the unquantized value of other ranks is not "
                  "here");
  case Kind::Merge:
    if (isa<LoopLikeOpInterface>(op))
      return withOp("are carried from one iteration of '{0}' to the next");
    return withOp("come from different places on the paths that meet at '{0}'");
  }
  llvm_unreachable("all kinds are handled");
}

/// The quantization result that `value` is, if its op quantizes.
static std::optional<Origin> getOrigin(Value value) {
  auto op = value.getDefiningOp<QuantizeOpInterface>();
  if (!op)
    return std::nullopt;
  for (auto [index, quantization] : llvm::enumerate(op.getQuantizations())) {
    if (quantization.codes == value)
      return Origin{op, static_cast<unsigned>(index), Origin::Part::Codes};
    if (quantization.scales == value)
      return Origin{op, static_cast<unsigned>(index), Origin::Part::Scales};
  }
  return std::nullopt;
}

bool ProvenanceAnalysis::appendForwarded(Value value,
                                         SmallVectorImpl<Value> &forwarded,
                                         SmallVectorImpl<Operation *> &path) {
  auto argument = dyn_cast<BlockArgument>(value);
  Operation *op =
      argument ? argument.getOwner()->getParentOp() : value.getDefiningOp();

  // An argument of a block that is not its region's first: a branch passed it.
  if (argument && !argument.getOwner()->isEntryBlock()) {
    Block *block = argument.getOwner();
    for (auto it = block->pred_begin(); it != block->pred_end(); ++it) {
      auto branch = dyn_cast<BranchOpInterface>((*it)->getTerminator());
      Value passed = branch
                         ? branch.getSuccessorOperands(
                               it.getSuccessorIndex())[argument.getArgNumber()]
                         : Value();
      if (!passed)
        return false;
      forwarded.push_back(passed);
      path.push_back(branch);
    }
    return !block->hasNoPredecessors();
  }

  auto branch = dyn_cast<RegionBranchOpInterface>(op);
  if (!branch)
    return false;
  auto [entry, isNew] = regionInputs.try_emplace(op);
  if (isNew)
    branch.getSuccessorInputOperandMapping(entry->second);
  auto operands = entry->second.find(value);
  if (operands == entry->second.end())
    return false;
  for (OpOperand *operand : operands->second)
    forwarded.push_back(operand->get());
  path.push_back(op);
  return true;
}

Obstacle ProvenanceAnalysis::classify(Value value, unsigned &budget) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return {Obstacle::Kind::Argument, argument.getOwner()->getParentOp()};
  Operation *op = value.getDefiningOp();
  if (isa<CallOpInterface>(op))
    return {Obstacle::Kind::Call, op};
  // Past a dequantization the values are others.
  if (isa<DequantizeOpInterface>(op))
    return {Obstacle::Kind::Unrelated, op};

  for (Value operand : op->getOperands()) {
    if (getElementTypeOrSelf(operand) != getElementTypeOrSelf(value))
      continue;
    if (budget == 0)
      break;
    --budget;
    Provenance before = lookup(operand, budget);
    bool wasQuantized = before.origin ||
                        before.obstacle->kind == Obstacle::Kind::Changed ||
                        before.obstacle->kind == Obstacle::Kind::Collective;
    if (wasQuantized)
      return {isa<CollectiveOpInterface>(op) ? Obstacle::Kind::Collective
                                             : Obstacle::Kind::Changed,
              op};
  }
  return {Obstacle::Kind::Unrelated, op};
}

Provenance ProvenanceAnalysis::lookup(Value value) {
  unsigned budget = 32;
  return lookup(value, budget);
}

Provenance ProvenanceAnalysis::lookup(Value start, unsigned &budget) {
  Provenance result;
  SmallVector<Value> sources;
  SmallVector<Value> worklist = {start};
  SmallPtrSet<Value, 4> visited;
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (visited.insert(value).second &&
        !appendForwarded(value, worklist, result.path))
      sources.push_back(value);
  }

  SmallVector<std::optional<Origin>> origins =
      llvm::map_to_vector(sources, getOrigin);
  // Unreachable blocks can pass a value round and round that nobody made.
  if (!sources.empty() && llvm::none_of(origins, [](const auto &origin) {
        return origin.has_value();
      }))
    result.obstacle = classify(sources.front(), budget);
  else if (!sources.empty() && llvm::all_equal(origins))
    result.origin = origins.front();
  else
    result.obstacle = Obstacle{Obstacle::Kind::Merge, result.path.front()};
  return result;
}
