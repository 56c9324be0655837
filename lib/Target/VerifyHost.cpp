//===- VerifyHost.cpp - What the host cannot do with device memory --------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace beeline {
#define GEN_PASS_DEF_VERIFYHOSTPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;

/// Whether `op` moves buffers about, makes views of them, copies them as a
/// whole or gives them to kernels.
static bool isHostOp(Operation *op) {
  return isa_and_present<func::FuncDialect, scf::SCFDialect>(
             op->getDialect()) ||
         isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::DimOp,
             tensor::EmptyOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp,
             tensor::InsertSliceOp, arith::SelectOp,
             bufferization::AllocTensorOp,
             bufferization::MaterializeInDestinationOp,
             bufferization::ToBufferOp, bufferization::ToTensorOp,
             memref::AllocOp, memref::CastOp, memref::CollapseShapeOp,
             memref::CopyOp, memref::DimOp, memref::ExpandShapeOp,
             memref::MemorySpaceCastOp, memref::ReinterpretCastOp,
             memref::SubViewOp, gpu::LaunchFuncOp>(op);
}

static LogicalResult verify(Operation *op) {
  if (op->hasTrait<OpTrait::ConstantLike>() &&
      isa<ShapedType>(op->getResult(0).getType()))
    return op->emitOpError(
        "is data, which would have to be on the device: pass "
        "it as an argument");
  auto isShaped = [](Type type) { return isa<ShapedType>(type); };
  bool hasData = llvm::any_of(op->getOperandTypes(), isShaped) ||
                 llvm::any_of(op->getResultTypes(), isShaped);
  if (hasData && !isHostOp(op))
    return op->emitOpError(
        "would touch device memory on the host, and no kernel is made of it: "
        "express it in row-wise ops, or do it before or after the layer");
  return success();
}

namespace {

struct VerifyHostPass final
    : beeline::impl::VerifyHostPassBase<VerifyHostPass> {
  void runOnOperation() override {
    bool hasErrors = false;
    for (auto function : getOperation().getOps<func::FuncOp>())
      function.walk<WalkOrder::PreOrder>([&](Operation *op) {
        if (succeeded(verify(op)))
          return WalkResult::advance();
        hasErrors = true;
        return WalkResult::skip();
      });
    if (hasErrors)
      signalPassFailure();
  }
};

} // namespace
