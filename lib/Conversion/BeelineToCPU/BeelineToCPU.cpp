//===- BeelineToCPU.cpp - The reference on the CPU ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../FloatFormats.h"
#include "../LowerOps.h"
#include "LowerRows.h"
#include "RowEmitter.h"
#include "ScalarCasts.h"
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

/// Errors of ops that cannot be lowered.
static LogicalResult verifyLowerable(Operation *op) {
  if (failed(verifySingleRank(op)))
    return failure();
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

/// Whether `op` is a region whose own program the CPU can run.
static bool isWholeRegion(Operation *op) {
  auto fused = dyn_cast<FusedOp>(op);
  if (!fused || !fused.isRowwise())
    return false;
  RowProgram program;
  fused.buildRowProgram(program);
  return !RowEmitter::findObstacle(program);
}

/// The results that take `op`'s place.
static FailureOr<SmallVector<Value>> lower(ImplicitLocOpBuilder &builder,
                                           Operation *op, bool wholeRegions) {
  if (wholeRegions && isWholeRegion(op))
    return lowerRows(builder, cast<RowwiseOpInterface>(op));
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
  using ConvertBeelineToCPUPassBase::ConvertBeelineToCPUPassBase;

  void runOnOperation() override {
    eraseUnreachableBlocks(getOperation());
    // All errors first: nothing is lowered in vain.
    WalkResult walk = getOperation().walk(
        [](Operation *op) -> WalkResult { return verifyLowerable(op); });
    auto lowerOne = [&](ImplicitLocOpBuilder &builder, Operation *op) {
      return lower(builder, op, wholeRegions);
    };
    if (walk.wasInterrupted() || failed(lowerOps(getOperation(), lowerOne)))
      return signalPassFailure();
    lowerScalarCasts(getOperation());
  }
};

} // namespace
