//===- FloatFormats.cpp - Conversions in integer arithmetic ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Integer arithmetic on the bits of f32, so that no host instruction flushes a
// subnormal or picks a NaN. f16 is the exception: its conversions are exact in
// every host that LLVM has.
//
//===----------------------------------------------------------------------===//

#include "FloatFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

namespace {

/// What an 8-bit format with a sign looks like.
struct SmallFormat {
  int mantissaBits;
  int bias;
  /// The code of a magnitude that is too large: infinity or NaN.
  uint32_t overflowCode;
  uint32_t nanCode;

  static SmallFormat of(Type type) {
    if (isa<Float8E4M3FNType>(type))
      return {3, 7, 0x7F, 0x7F};
    if (isa<Float8E4M3FNUZType>(type))
      return {3, 8, 0x80, 0x80};
    return {2, 15, 0x7C, 0x7E}; // f8E5M2
  }

  bool hasInfinity() const { return overflowCode != nanCode; }
  /// Where other formats have a negative zero, this one has NaN.
  bool hasNegativeZero() const { return nanCode != 0x80; }

  /// Bits of f32's mantissa that the format lacks.
  int droppedBits() const { return 23 - mantissaBits; }
  /// What is added to the format's exponent field to have f32's.
  int biasDifference() const { return 127 - bias; }
  /// Exponent of the smallest subnormal.
  int lowestExponent() const { return 1 - bias - mantissaBits; }
};

/// Integer and float arithmetic on scalars and vectors alike: constants take
/// the shape of the value under work.
class BitBuilder {
public:
  BitBuilder(ImplicitLocOpBuilder &builder, Type shape)
      : builder(builder), shape(shape) {}

  Type withElements(Type elementType) const {
    if (auto vector = dyn_cast<VectorType>(shape))
      return vector.clone(elementType);
    return elementType;
  }
  Type i32() const { return withElements(builder.getI32Type()); }
  Type f32() const { return withElements(builder.getF32Type()); }

  Value constant(uint32_t bits) {
    return constant(builder.getI32IntegerAttr(static_cast<int32_t>(bits)));
  }
  Value constantFloat(float value) {
    return constant(builder.getF32FloatAttr(value));
  }

  Value bitcast(Value value, Type type) {
    return arith::BitcastOp::create(builder, type, value);
  }
  /// The bits of a value of 8 or 16 bits, as i32.
  Value toBits(Value value, unsigned width) {
    Value bits = bitcast(value, withElements(builder.getIntegerType(width)));
    return arith::ExtUIOp::create(builder, i32(), bits);
  }
  /// The low bits of an i32, as `elementType`.
  Value fromBits(Value bits, FloatType elementType) {
    Type narrow = withElements(builder.getIntegerType(elementType.getWidth()));
    return bitcast(arith::TruncIOp::create(builder, narrow, bits),
                   withElements(elementType));
  }

  Value band(Value value, uint32_t mask) {
    return arith::AndIOp::create(builder, value, constant(mask));
  }
  Value bor(Value lhs, Value rhs) {
    return arith::OrIOp::create(builder, lhs, rhs);
  }
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(builder, lhs, rhs);
  }
  Value shl(Value value, unsigned bits) {
    return arith::ShLIOp::create(builder, value, constant(bits));
  }
  Value shr(Value value, unsigned bits) {
    return arith::ShRUIOp::create(builder, value, constant(bits));
  }
  Value minU(Value lhs, Value rhs) {
    return arith::MinUIOp::create(builder, lhs, rhs);
  }
  Value isEqual(Value lhs, uint32_t rhs) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, lhs,
                                 constant(rhs));
  }
  Value isBelow(Value lhs, uint32_t rhs) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, lhs,
                                 constant(rhs));
  }
  Value isAbove(Value lhs, uint32_t rhs) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::ugt, lhs,
                                 constant(rhs));
  }
  Value select(Value condition, Value ifTrue, Value ifFalse) {
    return arith::SelectOp::create(builder, condition, ifTrue, ifFalse);
  }

  /// `bits`, the magnitude of an f32, without its `dropped` lowest bits,
  /// rounded to nearest even.
  Value roundBits(Value bits, int dropped) {
    Value isOdd = band(shr(bits, dropped), 1);
    Value half = constant((1u << (dropped - 1)) - 1);
    return shr(add(add(bits, half), isOdd), dropped);
  }

private:
  Value constant(TypedAttr attribute) {
    if (auto vector = dyn_cast<VectorType>(withElements(attribute.getType())))
      attribute = DenseElementsAttr::get(vector, Attribute(attribute));
    return arith::ConstantOp::create(builder, attribute);
  }

  ImplicitLocOpBuilder &builder;
  Type shape;
};

} // namespace

static constexpr uint32_t f32Infinity = 0x7F800000, f32Sign = 0x80000000;

static float powerOfTwo(int exponent) { return std::ldexp(1.0f, exponent); }

//===----------------------------------------------------------------------===//
// Extending
//===----------------------------------------------------------------------===//

static Value extendSmall(BitBuilder b, ImplicitLocOpBuilder &builder,
                         Value value, SmallFormat format) {
  Value code = b.toBits(value, 8);
  Value magnitude = b.band(code, 0x7F);

  Value normal = b.add(b.shl(magnitude, format.droppedBits()),
                       b.constant(format.biasDifference() << 23));
  // A multiple of the smallest subnormal; f32 holds it as a normal number.
  Value subnormal = b.bitcast(
      arith::MulFOp::create(
          builder, arith::UIToFPOp::create(builder, b.f32(), magnitude),
          b.constantFloat(powerOfTwo(format.lowestExponent()))),
      b.i32());
  Value bits = b.select(b.isBelow(magnitude, 1u << format.mantissaBits),
                        subnormal, normal);
  if (format.hasInfinity())
    bits = b.select(b.isEqual(magnitude, format.overflowCode),
                    b.constant(f32Infinity), bits);
  bits = b.bor(bits, b.shl(b.band(code, 0x80), 24));
  Value isNaN = format.hasInfinity() ? b.isAbove(magnitude, format.overflowCode)
                : format.hasNegativeZero()
                    ? b.isEqual(magnitude, format.nanCode)
                    : b.isEqual(code, format.nanCode);
  return b.bitcast(b.select(isNaN, b.constant(0x7FC00000), bits), b.f32());
}

/// Code e is 2^(e - 127): the exponent field, but for the lowest, which f32 has
/// as a subnormal, and for NaN.
static Value extendExponent(BitBuilder b, Value value) {
  Value code = b.toBits(value, 8);
  Value bits = b.shl(code, 23);
  bits = b.select(b.isEqual(code, 0), b.constant(0x00400000), bits);
  bits = b.select(b.isEqual(code, 0xFF), b.constant(0x7FC00000), bits);
  return b.bitcast(bits, b.f32());
}

Value beeline::createExtend(ImplicitLocOpBuilder &builder, Value value) {
  Type type = getElementTypeOrSelf(value);
  BitBuilder b(builder, value.getType());
  if (type.isF32())
    return value;
  if (type.isF16())
    return arith::ExtFOp::create(builder, b.f32(), value);
  if (type.isBF16())
    return b.bitcast(b.shl(b.toBits(value, 16), 16), b.f32());
  if (isa<Float8E8M0FNUType>(type))
    return extendExponent(b, value);
  return extendSmall(b, builder, value, SmallFormat::of(type));
}

//===----------------------------------------------------------------------===//
// Truncating
//===----------------------------------------------------------------------===//

static Value truncateSmall(BitBuilder b, ImplicitLocOpBuilder &builder,
                           Value value, FloatType type) {
  SmallFormat format = SmallFormat::of(type);
  Value bits = b.bitcast(value, b.i32());
  Value magnitude = b.band(bits, ~f32Sign);

  Value normal =
      b.add(b.roundBits(magnitude, format.droppedBits()),
            b.constant(-(format.biasDifference() << format.mantissaBits)));
  // Adding 2^23 times the smallest subnormal leaves the multiple, rounded, in
  // the low bits.
  float shift = powerOfTwo(format.lowestExponent() + 23);
  Value shifted = arith::AddFOp::create(builder, b.bitcast(magnitude, b.f32()),
                                        b.constantFloat(shift));
  Value subnormal = b.add(b.bitcast(shifted, b.i32()),
                          b.constant(-llvm::bit_cast<uint32_t>(shift)));
  uint32_t lowestNormal = static_cast<uint32_t>(format.biasDifference() + 1)
                          << 23;
  Value code =
      b.minU(b.select(b.isBelow(magnitude, lowestNormal), subnormal, normal),
             b.constant(format.overflowCode));

  Value isNaN = format.hasInfinity() ? b.isAbove(magnitude, f32Infinity)
                                     : b.isEqual(code, format.nanCode);
  Value sign = b.shr(b.band(bits, f32Sign), 24);
  if (!format.hasNegativeZero())
    sign = b.select(b.isEqual(code, 0), b.constant(0), sign);
  return b.fromBits(
      b.select(isNaN, b.constant(format.nanCode), b.bor(code, sign)), type);
}

Value beeline::createTruncate(ImplicitLocOpBuilder &builder, Value value,
                              FloatType type) {
  BitBuilder b(builder, value.getType());
  Value isNaN =
      arith::CmpFOp::create(builder, arith::CmpFPredicate::UNO, value, value);
  Value bits = b.bitcast(value, b.i32());
  if (type.isF32())
    return b.bitcast(b.select(isNaN, b.constant(0x7FC00000), bits), b.f32());
  if (type.isF16()) {
    Value half = arith::TruncFOp::create(builder, b.withElements(type), value);
    return b.fromBits(b.select(isNaN, b.constant(0x7E00), b.toBits(half, 16)),
                      type);
  }
  if (type.isBF16())
    return b.fromBits(
        b.select(isNaN, b.constant(0x7FC0), b.roundBits(bits, 16)), type);
  if (isa<Float8E8M0FNUType>(type))
    return b.fromBits(b.select(isNaN, b.constant(0xFF), b.shr(bits, 23)), type);
  return truncateSmall(b, builder, value, type);
}
