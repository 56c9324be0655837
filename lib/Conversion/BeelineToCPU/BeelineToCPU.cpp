//===- BeelineToCPU.cpp - The reference on the CPU ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../FloatFormats.h"
#include "LowerRows.h"
#include "RowEmitter.h"
#include "beeline/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

namespace beeline {
#define GEN_PASS_DEF_CONVERTBEELINETOCPUPASS
#include "beeline/Conversion/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// Whether `op` is lowered for itself. A region is lowered as a whole, and
/// constants are left to the bufferization.
static bool isLowered(Operation *op) {
  if (isa_and_nonnull<FusedOp>(op->getParentOp()) ||
      op->hasTrait<mlir::OpTrait::ConstantLike>())
    return false;
  return isa_and_nonnull<BeelineDialect>(op->getDialect()) || getRowwise(op);
}

/// Errors of ops that cannot be lowered.
static LogicalResult verifyLowerable(Operation *op) {
  int64_t ranks = 1;
  if (auto reduce = dyn_cast<AllReduceOp>(op))
    ranks = reduce.getRanks();
  if (auto gather = dyn_cast<AllGatherOp>(op))
    ranks = gather.getRanks();
  if (ranks != 1)
    return op->emitOpError("needs ")
           << ranks << " ranks, and the CPU target is one: compile the layer "
           << "for a single rank";
  // The program of an op that is decomposed is not run.
  auto rowwise = getRowwise(op);
  if (rowwise && !isa<linalg::AggregatedOpInterface>(op)) {
    RowProgram program;
    rowwise.buildRowProgram(program);
    if (std::optional<std::string> obstacle = RowEmitter::findObstacle(program))
      return op->emitOpError("cannot be lowered to the CPU: ") << *obstacle;
  }
  return success();
}

/// The results that take `op`'s place.
static FailureOr<SmallVector<Value>> lower(ImplicitLocOpBuilder &builder,
                                           Operation *op) {
  if (auto aggregated = dyn_cast<linalg::AggregatedOpInterface>(op))
    return aggregated.decomposeOperation(builder);
  if (auto linear = dyn_cast<LinearOp>(op))
    return SmallVector<Value>{lowerLinear(builder, linear)};
  if (isa<AllReduceOp, AllGatherOp>(op))
    return SmallVector<Value>{op->getOperand(0)};

  return lowerRows(builder, cast<RowwiseOpInterface>(op));
}

namespace {

struct ConvertBeelineToCPUPass final
    : beeline::impl::ConvertBeelineToCPUPassBase<ConvertBeelineToCPUPass> {
  void runOnOperation() override {
    SmallVector<Operation *> worklist;
    WalkResult walk = getOperation().walk([&](Operation *op) -> WalkResult {
      if (isLowered(op))
        worklist.push_back(op);
      return verifyLowerable(op);
    });
    if (walk.wasInterrupted())
      return signalPassFailure();

    IRRewriter rewriter(&getContext());
    // Backwards, so that what an op is decomposed into comes next.
    std::reverse(worklist.begin(), worklist.end());
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      ImplicitLocOpBuilder builder(op->getLoc(), op);
      Listener listener(worklist);
      builder.setListener(&listener);
      FailureOr<SmallVector<Value>> results = lower(builder, op);
      if (failed(results))
        return signalPassFailure();
      rewriter.replaceOp(op, *results);
    }
  }

private:
  /// Notes the ops that a decomposition makes.
  struct Listener final : OpBuilder::Listener {
    explicit Listener(SmallVector<Operation *> &worklist)
        : worklist(worklist) {}
    void notifyOperationInserted(Operation *op,
                                 OpBuilder::InsertPoint) override {
      if (isLowered(op))
        worklist.push_back(op);
    }
    SmallVector<Operation *> &worklist;
  };
};

} // namespace
