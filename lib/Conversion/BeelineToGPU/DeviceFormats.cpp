//===- DeviceFormats.cpp - Conversions in hardware ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The chips round as we do, but for NaN, of which each keeps or makes its own,
// and for what is too large for FP8. NVIDIA's E4M3 NaN is ours, and its 16-bit
// ones are easily told from numbers. Otherwise, a vector that holds NaN or is
// too large is converted in integer arithmetic, on a branch that is hardly ever
// taken.
//
//===----------------------------------------------------------------------===//

#include "DeviceFormats.h"
#include "../FloatFormats.h"
#include "RowTile.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace beeline;

namespace {

bool isFP8(Type type) {
  return isa<Float8E4M3FNType, Float8E4M3FNUZType, Float8E5M2Type>(type);
}

/// The largest number of an FP8 type.
float largest(FloatType type) {
  APFloat value = APFloat::getLargest(type.getFloatSemantics());
  bool losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToFloat();
}

/// Whether any of the elements is NaN.
Value isAnyNaN(ImplicitLocOpBuilder &builder, ArrayRef<Value> elements) {
  Value any;
  for (size_t i = 0; i < elements.size(); i += 2) {
    Value either = arith::CmpFOp::create(builder, arith::CmpFPredicate::UNO,
                                         elements[i], elements[i + 1]);
    any = any ? arith::OrIOp::create(builder, any, either).getResult() : either;
  }
  return any;
}

/// FP8 codes of numbers that do not overflow.
Value truncateToFP8(ImplicitLocOpBuilder &builder, ArrayRef<Value> elements,
                    FloatType type, const Device &device) {
  int64_t count = elements.size();
  SmallVector<Value> words;
  if (device.platform == Device::Platform::CUDA) {
    // The instruction's first operand is the high half.
    for (int64_t i = 0; i < count; i += 2)
      words.push_back(NVVM::ConvertF32x2ToF8x2Op::create(
          builder, builder.getI16Type(), elements[i + 1], elements[i],
          NVVM::FPRoundingMode::RN, NVVM::SaturationMode::SATFINITE,
          /*relu=*/false, type));
  } else {
    auto quadType = VectorType::get({4}, type);
    for (int64_t i = 0; i < count; i += 4) {
      Value quad;
      for (int64_t word = 0; word < 2; ++word)
        quad = amdgpu::PackedTrunc2xFp8Op::create(
            builder, quadType, elements[i + 2 * word],
            elements[i + 2 * word + 1], static_cast<uint32_t>(word), quad);
      Value bytes = arith::BitcastOp::create(
          builder, quadType.clone(builder.getI8Type()), quad);
      Value word = vector::BitCastOp::create(
          builder, VectorType::get({1}, builder.getI32Type()), bytes);
      words.push_back(vector::ExtractOp::create(builder, word, 0));
    }
  }
  Value packed = vector::FromElementsOp::create(
      builder,
      VectorType::get({static_cast<int64_t>(words.size())},
                      words.front().getType()),
      words);
  auto bytesType = VectorType::get({count}, builder.getI8Type());
  return arith::BitcastOp::create(
      builder, bytesType.clone(type),
      vector::BitCastOp::create(builder, bytesType, packed));
}

/// Whether the chip converts f32 to `type` in hardware.
bool truncatesInHardware(FloatType type, const Device &device) {
  if (isFP8(type))
    return true;
  if (type.isBF16())
    return device.name != "gfx942";
  return type.isF16();
}

/// `value` of a 16-bit type, with the canonical NaN for NVIDIA's, 7FFF. As
/// signed integers, that alone is larger than the canonical one.
Value canonicalizeNaN(ImplicitLocOpBuilder &builder, Value value,
                      FloatType type) {
  auto bitsType = cast<VectorType>(value.getType()).clone(builder.getI16Type());
  APInt nan = APFloat::getQNaN(type.getFloatSemantics()).bitcastToAPInt();
  Value canonical =
      arith::ConstantOp::create(builder, DenseElementsAttr::get(bitsType, nan));
  Value bits = arith::BitcastOp::create(builder, bitsType, value);
  return arith::BitcastOp::create(
      builder, value.getType(),
      arith::MinSIOp::create(builder, bits, canonical));
}

/// NaN aside, the bits of `value` as `type`.
Value truncateNumbers(ImplicitLocOpBuilder &builder, Value value,
                      ArrayRef<Value> elements, FloatType type,
                      const Device &device) {
  if (isFP8(type))
    return truncateToFP8(builder, elements, type, device);
  // With a rounding mode, LLVM keeps the conversion apart from a product before
  // it: as one v_fma_mixlo_f16 it would turn -0 into +0.
  auto mode =
      type.isF16() && device.platform == Device::Platform::ROCm
          ? arith::RoundingModeAttr::get(builder.getContext(),
                                         arith::RoundingMode::to_nearest_even)
          : arith::RoundingModeAttr();
  return arith::TruncFOp::create(builder,
                                 cast<VectorType>(value.getType()).clone(type),
                                 value, mode, arith::FastMathFlagsAttr());
}

} // namespace

/// f32 has bf16's bits in its upper half.
static Value extendBF16(ImplicitLocOpBuilder &builder, Value value) {
  int64_t count = cast<VectorType>(value.getType()).getNumElements();
  auto pairsType = VectorType::get({count / 2}, builder.getI32Type());
  auto splat = [&](int32_t bits) {
    return arith::ConstantOp::create(
        builder,
        DenseElementsAttr::get(pairsType, builder.getI32IntegerAttr(bits)));
  };
  Value pairs = vector::BitCastOp::create(builder, pairsType, value);
  Value low = arith::ShLIOp::create(builder, pairs, splat(16));
  Value high = arith::AndIOp::create(builder, pairs,
                                     splat(static_cast<int32_t>(0xFFFF0000)));
  Value bits = vector::InterleaveOp::create(builder, low, high);
  return arith::BitcastOp::create(
      builder, VectorType::get({count}, builder.getF32Type()), bits);
}

Value beeline::createDeviceExtend(ImplicitLocOpBuilder &builder, Value value,
                                  const Device &device) {
  auto type = dyn_cast<VectorType>(value.getType());
  if (type && type.getElementType().isBF16() && type.getNumElements() % 2 == 0)
    return extendBF16(builder, value);
  return createExtend(builder, value);
}

Value beeline::createDeviceTruncate(ImplicitLocOpBuilder &builder, Value value,
                                    FloatType type, const Device &device,
                                    std::optional<float> bound) {
  bool isCUDA = device.platform == Device::Platform::CUDA;
  // CUDA's conversions saturate.
  bool isClamped = isCUDA && isFP8(type) && bound == largest(type);
  if (bound && !isClamped)
    value =
        RowMapBuilder(builder, value.getType()).clamp(value, -*bound, *bound);
  bool mayOverflow = isFP8(type) && !(bound && *bound <= largest(type));
  if (mayOverflow || !truncatesInHardware(type, device))
    return createTruncate(builder, value, type);

  SmallVector<Value> elements = elementsOf(builder, value);
  if (isCUDA && isa<Float8E4M3FNType>(type))
    return truncateNumbers(builder, value, elements, type, device);
  if (isCUDA && type.getWidth() == 16)
    return canonicalizeNaN(
        builder, truncateNumbers(builder, value, elements, type, device), type);
  auto converted = scf::IfOp::create(
      builder, isAnyNaN(builder, elements),
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(builder, createTruncate(builder, value, type));
      },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(
            builder, truncateNumbers(builder, value, elements, type, device));
      });
  return converted.getResult(0);
}
