//===- Folds.cpp - Folders and canonicalizations of the beeline ops -------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything here is exact: results keep their bits.
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

/// Whether the op rounds to its result type in one place only, at the end.
static bool roundsOnlyItsResult(RMSNormOp op) {
  return !op.getRoundBeforeWeight();
}
static bool roundsOnlyItsResult(SiluMulOp op) {
  return !op.getRoundBeforeMul();
}
static bool roundsOnlyItsResult(DequantOp) { return true; }

namespace {

/// truncf(op : f32) : bf16 ⇒ op : bf16
///
/// Where every use of the f32 result is that cast: the op rounds from f32 too.
template <typename OpTy>
struct RoundResultOnce final : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto output = cast<TypedValue<RankedTensorType>>(op.getOutput());
    if (!output.getType().getElementType().isF32() || output.use_empty() ||
        !roundsOnlyItsResult(op))
      return failure();
    Type narrow = output.user_begin()->getNumResults() == 1
                      ? output.user_begin()->getResult(0).getType()
                      : Type();
    SmallVector<arith::TruncFOp> casts;
    for (Operation *user : output.getUsers()) {
      auto cast = dyn_cast<arith::TruncFOp>(user);
      if (!cast || cast.getType() != narrow || cast.getRoundingmode())
        return failure();
      casts.push_back(cast);
    }
    if (!isa<BFloat16Type, Float16Type>(getElementTypeOrSelf(narrow)))
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { output.setType(cast<RankedTensorType>(narrow)); });
    for (arith::TruncFOp cast : casts)
      rewriter.replaceOp(cast, output);
    return success();
  }
};

/// %y, %sum = rms_norm, %sum unused ⇒ %y = rms_norm
struct DropUnusedSum final : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getSum() || !op.getSum().use_empty())
      return failure();
    auto norm = RMSNormOp::create(
        rewriter, op.getLoc(), op.getOutput().getType(), op->getOperands(),
        op.getProperties(), llvm::to_vector(op->getDiscardableAttrs()));
    rewriter.replaceAllUsesWith(op.getOutput(), norm.getOutput());
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

/// fmax = the format's largest finite value ⇒ (left out)
template <typename OpTy>
static LogicalResult dropDefaultFmax(OpTy op, PatternRewriter &rewriter) {
  std::optional<APFloat> fmax = op.getFmax();
  auto codes = cast<RankedTensorType>(op.getCodes().getType());
  auto codeType = cast<FloatType>(codes.getElementType());
  if (!fmax ||
      fmax->convertToDouble() !=
          APFloat::getLargest(codeType.getFloatSemantics()).convertToDouble())
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.removeFmaxAttr(); });
  return success();
}

void RMSNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<DropUnusedSum, RoundResultOnce<RMSNormOp>>(context);
}

void DequantOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<RoundResultOnce<DequantOp>>(context);
}

void SiluMulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<RoundResultOnce<SiluMulOp>>(context);
}

LogicalResult GroupQuantOp::canonicalize(GroupQuantOp op,
                                         PatternRewriter &rewriter) {
  return dropDefaultFmax(op, rewriter);
}

LogicalResult RMSNormQuantOp::canonicalize(RMSNormQuantOp op,
                                           PatternRewriter &rewriter) {
  if (op.dropUnusedResults(rewriter))
    return success();
  return dropDefaultFmax(op, rewriter);
}

OpFoldResult AllReduceOp::fold(FoldAdaptor) {
  return getRanks() == 1 ? getInput() : OpFoldResult();
}

OpFoldResult AllGatherOp::fold(FoldAdaptor) {
  return getRanks() == 1 ? getInput() : OpFoldResult();
}
