//===- ScalarCasts.cpp - Casts of scalars from and to FP8 -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarCasts.h"
#include "../FloatFormats.h"
#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace beeline;

static bool isSmallFloat(Type type) {
  auto floatType = dyn_cast<FloatType>(type);
  return floatType && floatType.getWidth() == 8 &&
         RowProgram::hasFormat(floatType);
}

/// `value` in a type that f32 holds, which `value`'s is not less than.
static Value convert(ImplicitLocOpBuilder &builder, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (isSmallFloat(type))
    return createTruncate(builder, value, cast<FloatType>(type));
  return arith::TruncFOp::create(builder, type, value);
}

void beeline::lowerScalarCasts(Operation *root) {
  IRRewriter rewriter(root->getContext());
  root->walk([&](Operation *op) {
    if (!isa<arith::ExtFOp, arith::TruncFOp>(op) ||
        !op->getParentOfType<linalg::LinalgOp>())
      return;
    Value source = op->getOperand(0);
    Type type = op->getResult(0).getType();
    Type f32 = rewriter.getF32Type();
    bool isExtension = isSmallFloat(source.getType());
    auto truncate = dyn_cast<arith::TruncFOp>(op);
    // The scale type takes powers of two only.
    if (!isExtension && (!isSmallFloat(type) || isa<Float8E8M0FNUType>(type) ||
                         source.getType().isF64()))
      return;
    if (truncate && truncate.getRoundingmode().value_or(
                        arith::RoundingMode::to_nearest_even) !=
                        arith::RoundingMode::to_nearest_even)
      return;
    rewriter.setInsertionPoint(op);
    ImplicitLocOpBuilder builder(op->getLoc(), rewriter);
    Value value = source;
    if (isExtension)
      value = createExtend(builder, value);
    else if (value.getType() != f32)
      value = arith::ExtFOp::create(builder, f32, value);
    rewriter.replaceOp(
        op, type.isF64()
                ? arith::ExtFOp::create(builder, type, value).getResult()
                : convert(builder, value, type));
  });
}
