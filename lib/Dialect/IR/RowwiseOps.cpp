//===- RowwiseOps.cpp - The row programs of the beeline ops ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each program is the pseudo-code of the op's description.
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

using Values = ArrayRef<Value>;

/// f32's canonical NaN.
static constexpr uint32_t nanBits = 0x7FC00000;

/// 1 / sqrt(sum / length + epsilon)
static Value inverseRoot(RowMapBuilder &b, Value sum, Value length,
                         float epsilon) {
  if (!(epsilon >= 0x1p-60f))
    return b.div(b.constant(1.0f),
                 b.sqrt(b.add(b.div(sum, length), b.constant(epsilon))));
  // Of a mean that is too small for `divNormal`, nothing is left in the sum.
  Value mean = b.select(b.isLess(sum, b.constant(INFINITY)),
                        b.divNormal(sum, length), sum);
  return b.inverseSqrtNormal(b.add(mean, b.constant(epsilon)));
}

void RMSNormOp::buildRowProgram(RowProgram &program) {
  RowValue total = program.load(getInput());
  if (getResidual())
    total = program.map(
        {total, program.load(getResidual())},
        [](RowMapBuilder &b, Values v) { return b.add(v[0], v[1]); });
  if (getSum())
    program.store(total, getSum());
  if (getResidual() && getNormalizeFrom() == NormalizeFrom::Rounded)
    total = program.round(total, getElementTypeOrSelf(getResidual()));

  RowValue squares = program.map(
      {total}, [](RowMapBuilder &b, Values v) { return b.mul(v[0], v[0]); });
  RowValue rstd = program.map(
      {program.rowSum(squares), program.rowLength()},
      [epsilon = getEpsilon().convertToFloat()](RowMapBuilder &b, Values v) {
        return inverseRoot(b, v[0], v[1], epsilon);
      });
  RowValue normed = program.map({total, rstd}, [](RowMapBuilder &b, Values v) {
    return b.mul(v[0], v[1]);
  });
  if (getRoundBeforeWeight())
    normed = program.round(normed, getElementTypeOrSelf(getOutput()));
  RowValue weight = program.map({program.loadVector(getWeight())},
                                [offset = getWeightOffset().convertToFloat()](
                                    RowMapBuilder &b, Values v) {
                                  return b.add(v[0], b.constant(offset));
                                });
  program.store(
      program.map({normed, weight},
                  [](RowMapBuilder &b, Values v) { return b.mul(v[0], v[1]); }),
      getOutput());
}

void GroupQuantOp::buildRowProgram(RowProgram &program) {
  float fmax = getQuantizations().front().parameters.fmax->convertToFloat();
  float minAmax = getMinAmax().convertToFloat();
  bool isPowerOfTwo = isa<Float8E8M0FNUType>(getElementTypeOrSelf(getScales()));
  // Whether finite groups have scales, and inverses of these, that are normal.
  bool isNormal = minAmax >= 0x1p-60f && fmax >= 4.0f && fmax <= 0x1p16f;
  auto divide = [=](RowMapBuilder &b, Value lhs, Value rhs) {
    return isNormal ? b.divNormal(lhs, rhs) : b.div(lhs, rhs);
  };

  RowValue input = program.load(getInput());
  RowValue amax = program.groupAbsMax(input, getGroupSize());
  // The scale, NaN if the group holds NaN or infinity. Then so are the codes.
  RowValue scale = program.map({amax}, [=](RowMapBuilder &b, Values v) {
    Value floor = b.constant(minAmax);
    Value largest = b.select(b.isLess(floor, v[0]), v[0], floor);
    Value scale = divide(b, largest, b.constant(fmax));
    if (isPowerOfTwo) {
      // The exponent field, plus one if the mantissa field is not zero, by a
      // carry. Field 0 stands for 2^-127, which f32 has as a subnormal.
      ImplicitLocOpBuilder &builder = b.getBuilder();
      Value exponent = arith::ShRUIOp::create(
          builder,
          arith::AddIOp::create(builder, b.toBits(scale),
                                b.constantBits(0x007FFFFF)),
          b.constantBits(23));
      Value power = b.fromBits(
          arith::ShLIOp::create(builder, exponent, b.constantBits(23)));
      Value isLowest = arith::CmpIOp::create(builder, arith::CmpIPredicate::eq,
                                             exponent, b.constantBits(0));
      scale = b.select(isLowest, b.fromBits(b.constantBits(0x00400000)), power);
    }
    Value isFinite = b.isLess(v[0], b.constant(INFINITY));
    return b.select(isFinite, scale, b.fromBits(b.constantBits(nanBits)));
  });
  RowValue inverse = program.map({scale}, [=](RowMapBuilder &b, Values v) {
    return divide(b, b.constant(1.0f), v[0]);
  });
  program.storeScales(scale, getScales(), getScaleLayout());
  RowValue scaled =
      program.map({input, inverse},
                  [](RowMapBuilder &b, Values v) { return b.mul(v[0], v[1]); });
  program.store(program.clamp(scaled, fmax), getCodes());
}

void DequantOp::buildRowProgram(RowProgram &program) {
  RowValue codes = program.load(getCodes());
  RowValue scales =
      program.loadScales(getScales(), getGroupSize(), getScaleLayout());
  program.store(
      program.map({codes, scales},
                  [](RowMapBuilder &b, Values v) { return b.mul(v[0], v[1]); }),
      getOutput());
}

void SiluMulOp::buildRowProgram(RowProgram &program) {
  RowValue silu =
      program.map({program.load(getGate())}, [](RowMapBuilder &b, Values v) {
        Value exp = b.exp(b.negate(v[0]));
        return b.div(v[0], b.add(b.constant(1.0f), exp));
      });
  if (getRoundBeforeMul())
    silu = program.round(silu, getElementTypeOrSelf(getOutput()));
  program.store(
      program.map({silu, program.load(getUp())},
                  [](RowMapBuilder &b, Values v) { return b.mul(v[0], v[1]); }),
      getOutput());
}
