//===- PrepareBufferization.cpp - What keeps which buffer -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"

namespace beeline {
#define GEN_PASS_DEF_PREPAREBUFFERIZATIONPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;

/// What the caller passes is only read.
static void protectArguments(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    if (isa<TensorType>(argument.getType()))
      function.setArgAttr(
          argument.getArgNumber(),
          bufferization::BufferizationDialect::kWritableAttrName,
          BoolAttr::get(function.getContext(), false));
}

/// Whether `value` may be, or be a part of, another tensor that `loop` carries.
static bool mayBeCarried(Value value, scf::ForOp loop) {
  while (Operation *op = value.getDefiningOp()) {
    if (!loop->isAncestor(op))
      return false;
    if (op->getNumOperands() == 0 || op->getNumRegions() != 0 ||
        !isa<TensorType>(op->getOperand(0).getType()) ||
        !isa_and_present<tensor::TensorDialect>(op->getDialect()))
      return op->getNumRegions() != 0;
    value = op->getOperand(0);
  }
  return cast<BlockArgument>(value).getOwner() == loop.getBody();
}

/// Stores what the loop yields in the tensors that it carries.
static void pin(scf::ForOp loop, IRRewriter &rewriter) {
  Operation *yield = loop.getBody()->getTerminator();
  ImplicitLocOpBuilder builder(loop.getLoc(), yield);
  bool carriesSeveral = llvm::count_if(loop.getRegionIterArgs(), [](Value v) {
                          return isa<TensorType>(v.getType());
                        }) > 1;

  SmallVector<std::pair<OpOperand *, Value>> stored;
  for (OpOperand &yielded : yield->getOpOperands()) {
    Value value = yielded.get();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    Value carried = loop.getRegionIterArg(yielded.getOperandNumber());
    if (!type || value == carried)
      continue;
    // All copies come before any of the stores.
    if (carriesSeveral && mayBeCarried(value, loop))
      value = bufferization::AllocTensorOp::create(
          builder, type, /*dynamicSizes=*/ValueRange(), /*copy=*/value);
    stored.emplace_back(&yielded, value);
  }
  rewriter.startOpModification(yield);
  for (auto [yielded, value] : stored) {
    auto store = bufferization::MaterializeInDestinationOp::create(
        builder, value.getType(), value,
        loop.getRegionIterArg(yielded->getOperandNumber()));
    yielded->set(store->getResult(0));
  }
  rewriter.finalizeOpModification(yield);
}

namespace {

struct PrepareBufferizationPass final
    : beeline::impl::PrepareBufferizationPassBase<PrepareBufferizationPass> {
  void runOnOperation() override {
    getOperation().walk([&](func::FuncOp function) {
      if (function.isPublic())
        protectArguments(function);
    });
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](scf::ForOp loop) { pin(loop, rewriter); });
  }
};

} // namespace
