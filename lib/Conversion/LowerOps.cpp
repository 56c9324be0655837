//===- LowerOps.cpp - What is lowered, one after another ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerOps.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace beeline;

/// Whether `op` is lowered for itself.
static bool isLowered(Operation *op) {
  if (isa_and_nonnull<FusedOp>(op->getParentOp()) ||
      op->hasTrait<mlir::OpTrait::ConstantLike>())
    return false;
  return isa_and_nonnull<BeelineDialect>(op->getDialect()) || getRowwise(op);
}

namespace {

/// Notes the ops to lower that are inserted.
struct Listener final : OpBuilder::Listener {
  explicit Listener(SmallVector<Operation *> &worklist) : worklist(worklist) {}
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (isLowered(op))
      worklist.push_back(op);
  }
  SmallVector<Operation *> &worklist;
};

} // namespace

LogicalResult beeline::lowerOps(Operation *root, LowerFn lower) {
  SmallVector<Operation *> worklist;
  root->walk([&](Operation *op) {
    if (isLowered(op))
      worklist.push_back(op);
  });
  // Backwards, so that what an op is decomposed into comes next.
  std::reverse(worklist.begin(), worklist.end());
  IRRewriter rewriter(root->getContext());
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    ImplicitLocOpBuilder builder(op->getLoc(), op);
    Listener listener(worklist);
    builder.setListener(&listener);
    FailureOr<SmallVector<Value>> results = lower(builder, op);
    if (failed(results))
      return failure();
    rewriter.replaceOp(op, *results);
  }
  return success();
}

void beeline::eraseUnreachableBlocks(Operation *root) {
  IRRewriter rewriter(root->getContext());
  (void)mlir::eraseUnreachableBlocks(rewriter, root->getRegions());
}

LogicalResult beeline::verifySingleRank(Operation *op) {
  int64_t ranks = 1;
  if (auto reduce = dyn_cast<AllReduceOp>(op))
    ranks = reduce.getRanks();
  if (auto gather = dyn_cast<AllGatherOp>(op))
    ranks = gather.getRanks();
  if (ranks == 1)
    return success();
  return op->emitOpError("needs ")
         << ranks << " ranks, and a target is one: compile the layer for a "
         << "single rank";
}
