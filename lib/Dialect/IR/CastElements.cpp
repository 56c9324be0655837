//===- CastElements.cpp - Casts between floating-point tensors ------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/CastElements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace beeline;

Value beeline::castElements(OpBuilder &builder, Location loc, Value value,
                            Type elementType) {
  auto type = cast<RankedTensorType>(value.getType());
  auto from = cast<FloatType>(type.getElementType());
  auto to = cast<FloatType>(elementType);
  if (from == to)
    return value;
  // Of bf16 and f16 neither holds the other: go through f32, which holds both.
  if (from.getWidth() == to.getWidth())
    return castElements(builder, loc,
                        castElements(builder, loc, value, builder.getF32Type()),
                        elementType);
  Type castType = type.clone(elementType);
  if (from.getWidth() < to.getWidth())
    return arith::ExtFOp::create(builder, loc, castType, value);
  return arith::TruncFOp::create(builder, loc, castType, value);
}
