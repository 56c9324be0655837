//===- QuantizeOps.cpp - The interfaces of the quantizing ops -------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Dialect/IR/CastElements.h"

using namespace mlir;
using namespace beeline;

/// The parameters of an op that quantizes along the last dimension.
template <typename OpTy>
static QuantizationParameters writtenParameters(OpTy op) {
  auto codes = cast<RankedTensorType>(op.getCodes().getType());
  auto scales = cast<RankedTensorType>(op.getScales().getType());
  auto codeType = cast<FloatType>(codes.getElementType());
  APFloat fmax(0.0f);
  if (std::optional<APFloat> given = op.getFmax()) {
    fmax = *given;
  } else {
    fmax = APFloat::getLargest(codeType.getFloatSemantics());
    bool losesInfo;
    fmax.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  }
  return {codeType,
          scales.getElementType(),
          static_cast<int64_t>(op.getGroupSize()),
          codes.getRank() - 1,
          op.getScaleLayout(),
          fmax,
          op.getMinAmax()};
}

//===----------------------------------------------------------------------===//
// GroupQuantOp
//===----------------------------------------------------------------------===//

SmallVector<Quantization> GroupQuantOp::getQuantizations() {
  return {{getCodes(), getScales(), getInput(),
           getInput().getType().getElementType(), writtenParameters(*this)}};
}

FailureOr<QuantizeOpInterface> GroupQuantOp::exposeUnquantized(RewriterBase &,
                                                               unsigned, Type) {
  return cast<QuantizeOpInterface>(getOperation());
}

bool GroupQuantOp::dropUnusedResults(RewriterBase &rewriter) {
  if (!use_empty())
    return false;
  rewriter.eraseOp(*this);
  return true;
}

//===----------------------------------------------------------------------===//
// DequantOp
//===----------------------------------------------------------------------===//

OpOperand &DequantOp::getCodesOperand() { return getCodesMutable(); }

OpOperand &DequantOp::getScalesOperand() { return getScalesMutable(); }

QuantizationParameters DequantOp::getParameters() {
  return {getCodes().getType().getElementType(),
          getScales().getType().getElementType(),
          static_cast<int64_t>(getGroupSize()),
          getCodes().getType().getRank() - 1,
          getScaleLayout(),
          getFmax(),
          getMinAmax()};
}

//===----------------------------------------------------------------------===//
// RMSNormQuantOp
//===----------------------------------------------------------------------===//

SmallVector<Quantization> RMSNormQuantOp::getQuantizations() {
  return {{getCodes(), getScales(), getUnquantized(), getQuantizeFrom(),
           writtenParameters(*this)}};
}

/// Replaces `op` by one with the given optional results; null leaves one out.
static RMSNormQuantOp withOptionalResults(RewriterBase &rewriter,
                                          RMSNormQuantOp op,
                                          Type unquantizedType, Type sumType) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  SmallVector<Type> types = {op.getCodes().getType(), op.getScales().getType()};
  RMSNormQuantOp::Properties properties = op.getProperties();
  properties.resultSegmentSizes = {1, 1, unquantizedType != nullptr,
                                   sumType != nullptr};
  for (Type type : {unquantizedType, sumType})
    if (type)
      types.push_back(type);
  auto replacement = RMSNormQuantOp::create(
      rewriter, op.getLoc(), types, op->getOperands(), properties,
      llvm::to_vector(op->getDiscardableAttrs()));

  SmallVector<Value> results = {replacement.getCodes(),
                                replacement.getScales()};
  // A result that is left out has no uses, so null may stand for it.
  if (op.getUnquantized())
    results.push_back(replacement.getUnquantized());
  if (op.getSum())
    results.push_back(replacement.getSum());
  rewriter.replaceOp(op, results);
  return replacement;
}

FailureOr<QuantizeOpInterface>
RMSNormQuantOp::exposeUnquantized(RewriterBase &rewriter, unsigned,
                                  Type elementType) {
  if (getUnquantized())
    return cast<QuantizeOpInterface>(getOperation());
  RMSNormQuantOp grown = withOptionalResults(
      rewriter, *this, getInput().getType().clone(elementType),
      getSum() ? getSum().getType() : Type());
  return cast<QuantizeOpInterface>(grown.getOperation());
}

/// The norm part of `op`, with a result of type `elementType`.
static RMSNormOp createNorm(OpBuilder &builder, RMSNormQuantOp op,
                            Type elementType) {
  return RMSNormOp::create(
      builder, op.getLoc(), op.getInput().getType().clone(elementType),
      op.getSum() ? op.getSum().getType() : Type(), op.getInput(),
      op.getWeight(), op.getResidual(), op.getEpsilonAttr(),
      op.getWeightOffsetAttr(), op.getNormalizeFromAttr(),
      op.getRoundBeforeWeightAttr());
}

FailureOr<SmallVector<Value>>
RMSNormQuantOp::decomposeOperation(OpBuilder &builder) {
  RMSNormOp norm = createNorm(builder, *this, getQuantizeFrom());
  auto quant = GroupQuantOp::create(builder, getLoc(), getCodes().getType(),
                                    getScales().getType(), norm.getOutput(),
                                    getGroupSizeAttr(), getScaleLayoutAttr(),
                                    getFmaxAttr(), getMinAmaxAttr());
  // preserve_rounding, say, speaks of the quantization.
  quant->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  SmallVector<Value> results = {quant.getCodes(), quant.getScales()};
  if (getUnquantized())
    results.push_back(
        castElements(builder, getLoc(), norm.getOutput(),
                     getUnquantized().getType().getElementType()));
  if (getSum())
    results.push_back(norm.getSum());
  return results;
}

/// Replaces `op`, whose codes and scales have no uses, by the norm alone.
static void replaceByNorm(RewriterBase &rewriter, RMSNormQuantOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  // From f32, a norm that rounds nothing in between can round its result at
  // once to the type that is wanted.
  Type normType = op.getQuantizeFrom();
  Value unquantized = op.getUnquantized();
  if (unquantized && normType.isF32() && !op.getRoundBeforeWeight())
    normType = op.getUnquantized().getType().getElementType();
  RMSNormOp norm = createNorm(rewriter, op, normType);
  norm->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  if (unquantized)
    rewriter.replaceAllUsesWith(
        unquantized,
        castElements(rewriter, op.getLoc(), norm.getOutput(),
                     op.getUnquantized().getType().getElementType()));
  if (op.getSum())
    rewriter.replaceAllUsesWith(op.getSum(), norm.getSum());
  rewriter.eraseOp(op);
}

bool RMSNormQuantOp::dropUnusedResults(RewriterBase &rewriter) {
  auto isUnused = [](Value result) { return result && result.use_empty(); };
  auto typeIfUsed = [](Value result) {
    return result && !result.use_empty() ? result.getType() : Type();
  };
  if (use_empty())
    rewriter.eraseOp(*this);
  else if (isUnused(getCodes()) && isUnused(getScales()))
    replaceByNorm(rewriter, *this);
  else if (isUnused(getUnquantized()) || isUnused(getSum()))
    withOptionalResults(rewriter, *this, typeIfUsed(getUnquantized()),
                        typeIfUsed(getSum()));
  else
    return false;
  return true;
}
