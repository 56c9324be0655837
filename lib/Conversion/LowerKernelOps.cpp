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
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
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
        op, op.getType(), rewriter.getStringAttr(intrinsic),
        op->getOperands());
    return success();
  }

  StringRef intrinsic;
};

/// x / C ⇒ q + (x - C * q) * c, where q = x * c and c = 1 / C
///
/// With one rounding for each product and sum together, this is the rounded
/// quotient if c is rounded and q within one unit in its last place (Markstein,
/// Computation of elementary functions on the IBM RISC System/6000, 1990); a C
/// whose mantissa is all ones is the theorem's exception. A division is many
/// instructions that wait for one another; it is left for an x whose quotient or
/// rest might be subnormal, or that is not finite.
struct DivideByConstant final : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    FloatAttr divisorAttr;
    if (!op.getType().isF32() || op.getFastmath() != arith::FastMathFlags::none ||
        !matchPattern(op.getRhs(), m_Constant(&divisorAttr)))
      return failure();
    float divisor = divisorAttr.getValue().convertToFloat();
    uint32_t mantissa = llvm::bit_cast<uint32_t>(divisor) & 0x7FFFFF;
    bool isPowerOfTwo = mantissa == 0, isAllOnes = mantissa == 0x7FFFFF;
    if (!(divisor >= 0x1p-20f && divisor <= 0x1p20f) || isPowerOfTwo ||
        isAllOnes)
      return failure();

    ImplicitLocOpBuilder builder(op.getLoc(), rewriter);
    auto constant = [&](float value) -> Value {
      return arith::ConstantOp::create(builder,
                                       builder.getF32FloatAttr(value));
    };
    Value dividend = op.getLhs();
    auto branch = scf::IfOp::create(
        builder, createIsBetween(builder, dividend, 0x1p-90f, 0x1p100f),
        [&](OpBuilder &, Location) {
          Value inverse = constant(1.0f / divisor);
          Value quotient = arith::MulFOp::create(builder, dividend, inverse);
          Value rest =
              createFMA(builder, constant(-divisor), quotient, dividend);
          Value result = createFMA(builder, rest, inverse, quotient);
          scf::YieldOp::create(builder, result);
        },
        [&](OpBuilder &, Location) {
          Value result = LLVM::FDivOp::create(builder, dividend, op.getRhs());
          scf::YieldOp::create(builder, result);
        });
    rewriter.replaceOp(op, branch);
    return success();
  }

private:
  /// a * b + c, rounded once.
  static Value createFMA(ImplicitLocOpBuilder &builder, Value a, Value b,
                         Value c) {
    return LLVM::CallIntrinsicOp::create(builder, builder.getF32Type(),
                                         builder.getStringAttr("llvm.fma"),
                                         ValueRange{a, b, c})
        .getResult(0);
  }

  /// Whether the magnitude of `value` lies in [low, high), as is to be expected.
  static Value createIsBetween(ImplicitLocOpBuilder &builder, Value value,
                               float low, float high) {
    auto constant = [&](uint32_t bits) -> Value {
      return arith::ConstantOp::create(
          builder, builder.getI32IntegerAttr(static_cast<int32_t>(bits)));
    };
    uint32_t lowest = llvm::bit_cast<uint32_t>(low);
    uint32_t highest = llvm::bit_cast<uint32_t>(high);
    Value bits =
        arith::BitcastOp::create(builder, builder.getI32Type(), value);
    bits = arith::AndIOp::create(builder, bits, constant(0x7FFFFFFF));
    bits = arith::SubIOp::create(builder, bits, constant(lowest));
    Value isBetween = arith::CmpIOp::create(builder, arith::CmpIPredicate::ult,
                                            bits, constant(highest - lowest));
    Value yes = arith::ConstantOp::create(builder, builder.getBoolAttr(true));
    return LLVM::ExpectOp::create(builder, isBetween, yes);
  }
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
    patterns.add<DivideByConstant>(&getContext());
    patterns.add<MathToIntrinsic<math::AbsFOp>>(&getContext(), "llvm.fabs");
    patterns.add<MathToIntrinsic<math::CeilOp>>(&getContext(), "llvm.ceil");
    patterns.add<MathToIntrinsic<math::FloorOp>>(&getContext(), "llvm.floor");
    patterns.add<MathToIntrinsic<math::SqrtOp>>(&getContext(), "llvm.sqrt");
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
