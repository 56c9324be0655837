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

/// Whether `op` casts a tensor between formats that the conversions know.
static bool isTensorCast(Operation *op) {
  if (!isa<arith::ExtFOp, arith::TruncFOp>(op))
    return false;
  if (auto truncate = dyn_cast<arith::TruncFOp>(op))
    if (truncate.getRoundingmode() ||
        isa<Float8E8M0FNUType>(getElementTypeOrSelf(truncate.getType())))
      return false;
  auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  return type && type.getRank() > 0 && isConvertible(type.getElementType()) &&
         isConvertible(getElementTypeOrSelf(op->getResult(0).getType()));
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
  if (auto rowwise = dyn_cast<RowwiseOpInterface>(op)) {
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

  RowProgram program;
  ReifiedRankedShapedTypeDims sizes;
  if (auto rowwise = dyn_cast<RowwiseOpInterface>(op)) {
    rowwise.buildRowProgram(program);
    if (failed(reifyResultShapes(builder, op, sizes)))
      return op->emitOpError("cannot tell the shapes of its results");
  } else {
    program.store(program.load(op->getOperand(0)), op->getResult(0));
    sizes = {tensor::getMixedSizes(builder, op->getLoc(), op->getOperand(0))};
  }
  return lowerRows(builder, op, program, sizes);
}

namespace {

struct ConvertBeelineToCPUPass final
    : beeline::impl::ConvertBeelineToCPUPassBase<ConvertBeelineToCPUPass> {
  void runOnOperation() override {
    SmallVector<Operation *> worklist;
    WalkResult walk = getOperation().walk([&](Operation *op) -> WalkResult {
      if (isa<BeelineDialect>(op->getDialect()) ||
          isa<RowwiseOpInterface>(op) || isTensorCast(op))
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
  /// Notes the beeline ops that a decomposition makes.
  struct Listener final : OpBuilder::Listener {
    explicit Listener(SmallVector<Operation *> &worklist)
        : worklist(worklist) {}
    void notifyOperationInserted(Operation *op,
                                 OpBuilder::InsertPoint) override {
      if (isa<BeelineDialect>(op->getDialect()) || isTensorCast(op))
        worklist.push_back(op);
    }
    SmallVector<Operation *> &worklist;
  };
};

} // namespace
