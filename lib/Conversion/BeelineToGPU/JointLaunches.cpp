//===- JointLaunches.cpp - Row-wise ops that share a launch ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where rows are few, a kernel's time is that of its launch. Two norms of one
// prologue (DeepSeek's q_a and kv_a) can have it together.
//
//===----------------------------------------------------------------------===//

#include "JointLaunches.h"
#include "RowSchedule.h"
#include "beeline/Analysis/InPlace.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace beeline;
using remark::RemarkOpts;

static constexpr StringLiteral kCategory("beeline-joint-launches");

/// How many row-wise ops after one are looked at.
static constexpr int64_t lookAhead = 8;

/// The schedule of the kernel of `op`, if it has one.
static std::optional<RowSchedule> getSchedule(Operation *op,
                                              const Device &device) {
  RowwiseOpInterface rowwise = getRowwise(op);
  if (!rowwise || isa<FusedOp>(op->getParentOp()))
    return std::nullopt;
  int64_t length = cast<RankedTensorType>(rowwise.getRowTensor().getType())
                       .getShape()
                       .back();
  if (length <= 0 || length > RowSchedule::maxLength)
    return std::nullopt;
  RowProgram program;
  rowwise.buildRowProgram(program);
  return RowSchedule::choose(program, length, device);
}

/// The tensor that `value` is a view of.
static Value getViewed(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::TensorDialect>(op->getDialect()) ||
        op->getNumOperands() == 0)
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// Whether a result of `writer` may take the place of an argument that `reader`
/// reads before it.
static bool mayOverwrite(Operation *writer, Operation *reader) {
  return llvm::any_of(reader->getOperands(), [&](Value operand) {
    auto argument = dyn_cast<BlockArgument>(getViewed(operand));
    return argument && llvm::any_of(writer->getResults(), [&](Value result) {
             return mayShareBuffer(argument, result);
           });
  });
}

namespace {

/// The walk from one op to one that can join it.
class PartnerSearch {
public:
  PartnerSearch(Operation *first, const RowSchedule &schedule,
                const Device &device)
      : first(first), schedule(schedule), device(device), dependent{first} {}

  /// Null if there is none. Leaves `taken` ops alone.
  Operation *run(const DenseSet<Operation *> &taken);

  /// Assertions that were passed: what they guard must stay behind them.
  ArrayRef<Operation *> getAssertions() const { return assertions; }

private:
  bool needsFirst(Operation *op);
  /// Why `op`, which is independent, can't join, if it can't.
  std::optional<std::string> getObstacle(Operation *op, RowSchedule other);

  Operation *first;
  RowSchedule schedule;
  const Device &device;
  /// Ops that need the first one, and it.
  DenseSet<Operation *> dependent;
  SmallVector<Operation *> assertions;
  /// The first op that was passed that has other effects, or whose effect
  /// needs the first op.
  Operation *effect = nullptr;
};

} // namespace

bool PartnerSearch::needsFirst(Operation *op) {
  bool needs = false;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      needs |= dependent.contains(operand.getDefiningOp());
  });
  if (needs)
    dependent.insert(op);
  return needs;
}

std::optional<std::string> PartnerSearch::getObstacle(Operation *op,
                                                      RowSchedule other) {
  if (effect)
    return "'" + effect->getName().getStringRef().str() +
           "' in between has effects";
  if (mayOverwrite(op, first))
    return "a result of it may overwrite what the other reads";
  RowSchedule own = schedule;
  return joinSchedules(own, other, device);
}

Operation *PartnerSearch::run(const DenseSet<Operation *> &taken) {
  int64_t seen = 0;
  for (Operation *op = first->getNextNode(); op && seen < lookAhead;
       op = op->getNextNode()) {
    bool isIndependent = !needsFirst(op);
    if (std::optional<RowSchedule> other = getSchedule(op, device)) {
      ++seen;
      if (!isIndependent || taken.contains(op))
        continue;
      std::optional<std::string> obstacle = getObstacle(op, *other);
      if (!obstacle)
        return op;
      if (auto remark = remark::missed(
              op->getLoc(),
              RemarkOpts::name("LaunchesKeptApart").category(kCategory)))
        remark << remark::add("not launched together with '{0}'",
                              first->getName())
               << remark::reason("{0}", *obstacle);
    }
    if (isIndependent && isa<cf::AssertOp>(op))
      assertions.push_back(op);
    else if (!effect && !isMemoryEffectFree(op))
      effect = op;
  }
  return nullptr;
}

DenseMap<Operation *, Operation *>
beeline::findJointLaunches(Operation *root, const Device &device) {
  DenseMap<Operation *, Operation *> partners;
  if (device.launchCost == 0)
    return partners;
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) { ops.push_back(op); });
  DenseSet<Operation *> taken;
  IRRewriter rewriter(root->getContext());
  for (Operation *first : ops) {
    std::optional<RowSchedule> schedule = getSchedule(first, device);
    if (!schedule || taken.contains(first))
      continue;
    PartnerSearch search(first, *schedule, device);
    Operation *second = search.run(taken);
    if (!second)
      continue;
    auto moveBeforeFirst = [&](Operation *assertion) {
      if (failed(moveOperationDependencies(rewriter, assertion, first)))
        return false;
      rewriter.moveOpBefore(assertion, first);
      return true;
    };
    if (!llvm::all_of(search.getAssertions(), moveBeforeFirst) ||
        failed(moveOperationDependencies(rewriter, second, first)))
      continue;
    rewriter.moveOpAfter(second, first);
    taken.insert(second);
    partners[first] = second;
    if (auto remark = remark::passed(
            second->getLoc(),
            RemarkOpts::name("LaunchesJoined").category(kCategory)))
      remark << remark::add("launched together with '{0}'", first->getName())
             << remark::metric("Kernels", 1)
             << remark::metric("Nanoseconds", device.launchCost);
  }
  return partners;
}
