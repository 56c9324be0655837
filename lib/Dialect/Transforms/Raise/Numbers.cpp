//===- Numbers.cpp - Numbers that are known -------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace beeline;

/// An integer that is known: also an extent, which norms divide by.
static std::optional<int64_t> getInteger(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSignificantBits() <= 63
               ? std::optional(constant.getSExtValue())
               : std::nullopt;
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (type && index && *index >= 0 && *index < type.getRank() &&
        !type.isDynamicDim(*index))
      return type.getDimSize(*index);
    return std::nullopt;
  }
  return isa_and_present<arith::IndexCastOp, arith::IndexCastUIOp>(op)
             ? getInteger(op->getOperand(0))
             : std::nullopt;
}

std::optional<APFloat> beeline::toF32(APFloat value) {
  bool losesInfo = false;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return losesInfo ? std::nullopt : std::optional(value);
}

std::optional<APFloat> beeline::getNumber(Value value) {
  APFloat number(0.0f);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number;
  Operation *op = value.getDefiningOp();
  if (!isa_and_present<arith::SIToFPOp, arith::UIToFPOp>(op) ||
      !isa<FloatType>(value.getType()))
    return std::nullopt;
  std::optional<int64_t> integer = getInteger(op->getOperand(0));
  if (!integer || *integer < 0 || *integer > (int64_t(1) << 24))
    return std::nullopt;
  APFloat converted(static_cast<double>(*integer));
  bool losesInfo = false;
  converted.convert(cast<FloatType>(value.getType()).getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &losesInfo);
  return losesInfo ? std::nullopt : std::optional(converted);
}

bool beeline::isFinitePositive(const APFloat &value) {
  return value.isFiniteNonZero() && !value.isNegative();
}

std::optional<APFloat> beeline::fold(TermKind kind, ArrayRef<APFloat> numbers,
                                     FloatType type) {
  constexpr auto toNearest = APFloat::rmNearestTiesToEven;
  APFloat result = numbers.front();
  switch (kind) {
  case TermKind::Neg:
    result.changeSign();
    break;
  case TermKind::Add:
    result.add(numbers[1], toNearest);
    break;
  case TermKind::Sub:
    result.subtract(numbers[1], toNearest);
    break;
  case TermKind::Mul:
    result.multiply(numbers[1], toNearest);
    break;
  case TermKind::Div:
    result.divide(numbers[1], toNearest);
    break;
  default:
    return std::nullopt;
  }
  bool losesInfo;
  result.convert(type.getFloatSemantics(), toNearest, &losesInfo);
  return toF32(result);
}
