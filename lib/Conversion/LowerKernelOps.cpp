//===- LowerKernelOps.cpp - What each chip has of its own ----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Conversion/Passes.h"
#include "beeline/Target/Device.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/AMDGPU/Utils/Chipset.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace beeline {
#define GEN_PASS_DEF_LOWERKERNELOPSPASS
#include "beeline/Conversion/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

/// gpu.barrier ⇒ amdgpu.lds_barrier
///
/// Blocks share nothing but LDS: global accesses need not be waited for.
struct BarrierToLDSBarrier final : OpRewritePattern<gpu::BarrierOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(gpu::BarrierOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<amdgpu::LDSBarrierOp>(op);
    return success();
  }
};

/// math.sqrt ⇒ llvm.call_intrinsic "llvm.sqrt", and the like
///
/// Upstream's conversions call NVIDIA's device library, also for the ops that
/// stand for these intrinsics.
template <typename MathOp>
struct MathToIntrinsic final : OpRewritePattern<MathOp> {
  MathToIntrinsic(MLIRContext *context, StringRef intrinsic)
      : OpRewritePattern<MathOp>(context), intrinsic(intrinsic) {}

  LogicalResult matchAndRewrite(MathOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
        op, op.getType(), rewriter.getStringAttr(intrinsic), op->getOperands());
    return success();
  }

  StringRef intrinsic;
};

struct LowerKernelOpsPass final
    : beeline::impl::LowerKernelOpsPassBase<LowerKernelOpsPass> {
  using LowerKernelOpsPassBase::LowerKernelOpsPassBase;

  void runOnOperation() override {
    const Device *device = lookupDevice(target);
    if (!device || !device->isGPU()) {
      getOperation().emitError("no GPU target '")
          << target << "'; there is " << listDevices();
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    if (device->platform == Device::Platform::ROCm) {
      FailureOr<amdgpu::Chipset> chipset = amdgpu::Chipset::parse(device->name);
      if (failed(chipset))
        return signalPassFailure();
      populateGpuLowerClusteredSubgroupReduceToDPPPatterns(
          patterns, device->waveSize, *chipset);
      patterns.add<BarrierToLDSBarrier>(&getContext());
    } else {
      populateGpuLowerClusteredSubgroupReduceToShufflePatterns(
          patterns, device->waveSize);
    }
    patterns.add<MathToIntrinsic<math::AbsFOp>>(&getContext(), "llvm.fabs");
    patterns.add<MathToIntrinsic<math::CeilOp>>(&getContext(), "llvm.ceil");
    patterns.add<MathToIntrinsic<math::FmaOp>>(&getContext(), "llvm.fma");
    patterns.add<MathToIntrinsic<math::FloorOp>>(&getContext(), "llvm.floor");
    patterns.add<MathToIntrinsic<math::SqrtOp>>(&getContext(), "llvm.sqrt");
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
