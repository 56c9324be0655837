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
  if (!rowwise || isa<FusedOp>(op->getParentOp()) ||
      op->hasTrait<mlir::OpTrait::ConstantLike>())
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
  // In a graph region an op may be a view of its own result.
  DenseSet<Operation *> seen;
  while (Operation *op = value.getDefiningOp()) {
    if (!isa_and_present<tensor::TensorDialect>(op->getDialect()) ||
        op->getNumOperands() == 0 || !seen.insert(op).second)
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// Whether results of `writers` may take the place of arguments of the block
/// that `readers` read, all of which come before those that overwrite.
static bool mayOverwrite(ArrayRef<Operation *> writers,
                         ArrayRef<Operation *> readers) {
  DenseSet<Value> overwritten;
  for (Operation *writer : writers)
    for (BlockArgument argument : writer->getBlock()->getArguments())
      if (llvm::any_of(writer->getResults(), [&](Value result) {
            return mayShareBuffer(argument, result);
          }))
        overwritten.insert(argument);
  return llvm::any_of(readers, [&](Operation *reader) {
    return llvm::any_of(reader->getOperands(), [&](Value operand) {
      return overwritten.contains(getViewed(operand));
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

  /// Moves the one that was found, what it needs, and the assertions before it
  /// next to the first op.
  LogicalResult join(Operation *second);

private:
  bool needsFirst(Operation *op);
  /// What `join` would move: `op` and those passed ops that it or the
  /// assertions need.
  llvm::SetVector<Operation *> findMoved(Operation *op);
  /// Why `op`, which is independent, can't join, if it can't.
  std::optional<std::string> getObstacle(Operation *op, RowSchedule other,
                                         const DenseSet<Operation *> &taken);

  Operation *first;
  RowSchedule schedule;
  const Device &device;
  /// Ops that need the first one, and it.
  DenseSet<Operation *> dependent;
  /// The first op and all between it and the one that is looked at.
  llvm::SetVector<Operation *> passed;
  /// Assertions among them: what they guard must stay behind them.
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

llvm::SetVector<Operation *> PartnerSearch::findMoved(Operation *op) {
  llvm::SetVector<Operation *> moved;
  moved.insert(op);
  moved.insert_range(assertions);
  for (size_t i = 0; i < moved.size(); ++i)
    moved[i]->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (passed.contains(operand.getDefiningOp()))
          moved.insert(operand.getDefiningOp());
    });
  return moved;
}

std::optional<std::string>
PartnerSearch::getObstacle(Operation *op, RowSchedule other,
                           const DenseSet<Operation *> &taken) {
  if (effect)
    return "'" + effect->getName().getStringRef().str() +
           "' in between has effects";
  llvm::SetVector<Operation *> moved = findMoved(op);
  if (llvm::any_of(moved, [&](Operation *op) { return taken.contains(op); }))
    return "what it needs is launched together with another op";
  SmallVector<Operation *> staying = llvm::to_vector(llvm::make_filter_range(
      passed, [&](Operation *op) { return !moved.contains(op); }));
  if (mayOverwrite(moved.getArrayRef(), staying))
    return "a result of it, or of what it needs, may overwrite what is read "
           "before";
  RowSchedule own = schedule;
  return joinSchedules(own, other, device);
}

Operation *PartnerSearch::run(const DenseSet<Operation *> &taken) {
  int64_t seen = 0;
  passed.insert(first);
  for (Operation *op = first->getNextNode(); op && seen < lookAhead;
       op = op->getNextNode()) {
    bool isIndependent = !needsFirst(op);
    std::optional<RowSchedule> other = getSchedule(op, device);
    seen += other.has_value();
    if (other && isIndependent && !taken.contains(op)) {
      std::optional<std::string> obstacle = getObstacle(op, *other, taken);
      if (!obstacle)
        return op;
      if (auto remark = remark::missed(
              op->getLoc(),
              RemarkOpts::name("LaunchesKeptApart").category(kCategory)))
        remark << remark::add("not launched together with '{0}'",
                              first->getName())
               << remark::reason("{0}", *obstacle);
    }
    passed.insert(op);
    if (isIndependent && isa<cf::AssertOp>(op))
      assertions.push_back(op);
    else if (!effect && !isMemoryEffectFree(op))
      effect = op;
  }
  return nullptr;
}

LogicalResult PartnerSearch::join(Operation *second) {
  IRRewriter rewriter(first->getContext());
  for (Operation *assertion : assertions) {
    if (failed(moveOperationDependencies(rewriter, assertion, first)))
      return failure();
    rewriter.moveOpBefore(assertion, first);
  }
  if (failed(moveOperationDependencies(rewriter, second, first)))
    return failure();
  rewriter.moveOpAfter(second, first);
  return success();
}

DenseMap<Operation *, Operation *>
beeline::findJointLaunches(Operation *root, const Device &device) {
  DenseMap<Operation *, Operation *> partners;
  if (device.launchCost == 0)
    return partners;
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) { ops.push_back(op); });
  DenseSet<Operation *> taken;
  for (Operation *first : ops) {
    std::optional<RowSchedule> schedule = getSchedule(first, device);
    if (!schedule || taken.contains(first))
      continue;
    PartnerSearch search(first, *schedule, device);
    Operation *second = search.run(taken);
    if (!second || failed(search.join(second)))
      continue;
    taken.insert(first);
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
