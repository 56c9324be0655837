//===- DeviceMapBuilder.cpp - The arithmetic of a chip --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMapBuilder.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace beeline;

static Value fma(ImplicitLocOpBuilder &builder, Value a, Value b, Value c) {
  return math::FmaOp::create(builder, a, b, c);
}

bool DeviceMapBuilder::hasApproximations(Value value) const {
  return device.platform == Device::Platform::CUDA &&
         !isa<VectorType>(value.getType());
}

Value DeviceMapBuilder::approximate(StringRef intrinsic, Value value) {
  ImplicitLocOpBuilder &builder = getBuilder();
  return LLVM::CallIntrinsicOp::create(builder, value.getType(),
                                       builder.getStringAttr(intrinsic), value)
      .getResult(0);
}

Value DeviceMapBuilder::reciprocal(Value value) {
  APFloat number(0.0f);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return constant(1.0f / number.convertToFloat());
  // One step of Newton's method makes the right quotient of an approximation
  // that is next to it, but for one significand. On NVIDIA's chips it makes all
  // of them (test/Reference/check_reciprocals.py); on AMD's that was never
  // tried.
  if (!hasApproximations(value))
    return {};
  ImplicitLocOpBuilder &builder = getBuilder();
  Value approximation = approximate("llvm.nvvm.rcp.approx.ftz.f", value);
  Value error = fma(builder, negate(value), approximation, constant(1.0f));
  return fma(builder, error, approximation, approximation);
}

Value DeviceMapBuilder::divNormal(Value lhs, Value rhs) {
  Value inverse = reciprocal(rhs);
  if (!inverse)
    return div(lhs, rhs);
  if (matchPattern(lhs, m_OneFloat()))
    return inverse;
  // Markstein, "Computation of elementary functions on the IBM RISC System/6000
  // processor", 1990: the remainder is exact, and so the quotient is rounded
  // once (test/Reference/test_division.py).
  ImplicitLocOpBuilder &builder = getBuilder();
  Value quotient = mul(lhs, inverse);
  Value remainder = fma(builder, negate(quotient), rhs, lhs);
  return fma(builder, remainder, inverse, quotient);
}

Value DeviceMapBuilder::inverseSqrtNormal(Value value) {
  if (!hasApproximations(value))
    return RowMapBuilder::inverseSqrtNormal(value);
  // Newton's step for the root, near + (value - near * near) / (2 * near),
  // makes the rounded root of all numbers, and NaN of infinity
  // (test/Reference/check_reciprocals.py).
  ImplicitLocOpBuilder &builder = getBuilder();
  Value inverse = approximate("llvm.nvvm.rsqrt.approx.ftz.f", value);
  Value nearRoot = mul(value, inverse);
  Value rest = fma(builder, negate(nearRoot), nearRoot, value);
  Value root = fma(builder, rest, mul(inverse, constant(0.5f)), nearRoot);
  Value isInfinite = arith::CmpFOp::create(builder, arith::CmpFPredicate::OEQ,
                                           value, constant(INFINITY));
  return select(isInfinite, constant(0.0f), reciprocal(root));
}
