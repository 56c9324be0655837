//===- Tensor.cpp - A tensor of an interpreted program --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <array>
#include <cmath>
#include <random>

using namespace mlir;
using namespace beeline::differential;
using llvm::APFloat;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static float decodeWithAPFloat(FloatType type, uint32_t bits) {
  APFloat value(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits));
  bool losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToFloat();
}

/// The values of all 256 codes.
template <typename FormatTy>
static const std::array<float, 256> &table(FormatTy type) {
  static std::array<float, 256> values = [&] {
    std::array<float, 256> values;
    for (uint32_t bits = 0; bits < 256; ++bits)
      values[bits] = decodeWithAPFloat(type, bits);
    return values;
  }();
  return values;
}

float beeline::differential::decode(Type type, uint32_t bits) {
  if (type.isF32())
    return llvm::bit_cast<float>(bits);
  if (type.isBF16())
    return llvm::bit_cast<float>(bits << 16);
  if (auto format = dyn_cast<Float8E4M3FNType>(type))
    return table(format)[bits & 0xFF];
  if (auto format = dyn_cast<Float8E4M3FNUZType>(type))
    return table(format)[bits & 0xFF];
  if (auto format = dyn_cast<Float8E5M2Type>(type))
    return table(format)[bits & 0xFF];
  if (isa<Float8E8M0FNUType>(type))
    return bits == 0xFF ? NAN : std::ldexp(1.0f, static_cast<int>(bits) - 127);
  if (auto format = dyn_cast<FloatType>(type))
    return decodeWithAPFloat(format, bits);
  return static_cast<float>(static_cast<int32_t>(bits));
}

static uint32_t canonicalNaN(Type type) {
  if (type.isF32())
    return 0x7FC00000;
  if (type.isBF16())
    return 0x7FC0;
  if (type.isF16())
    return 0x7E00;
  if (isa<Float8E5M2Type>(type))
    return 0x7E;
  if (isa<Float8E4M3FNUZType>(type))
    return 0x80;
  return isa<Float8E8M0FNUType>(type) ? 0xFF : 0x7F;
}

uint32_t beeline::differential::encode(Type type, float value) {
  if (std::isnan(value))
    return canonicalNaN(type);
  if (type.isF32())
    return llvm::bit_cast<uint32_t>(value);
  // Only quantizations make scales of this type, and they are powers of two.
  if (isa<Float8E8M0FNUType>(type))
    return static_cast<uint32_t>(std::ilogb(value) + 127);
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(cast<FloatType>(type).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint32_t>(rounded.bitcastToAPInt().getZExtValue());
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

int64_t Tensor::count(ArrayRef<int64_t> shape) {
  int64_t product = 1;
  for (int64_t extent : shape)
    product *= extent;
  return product;
}

void Tensor::copyElement(int64_t to, const Tensor &source, int64_t from) {
  bits[to] = source.bits[from];
  if (!source.groups.empty()) {
    groups.resize(bits.size());
    groups[to] = source.groups[from];
  }
  if (!source.unquantized.empty()) {
    unquantized.resize(bits.size());
    unquantized[to] = source.unquantized[from];
  }
}

Tensor beeline::differential::rearrange(const Tensor &source,
                                        ArrayRef<int64_t> shape,
                                        ArrayRef<int64_t> from) {
  Tensor result(source.elementType, shape);
  result.isRewired = source.isRewired;
  for (auto [to, position] : llvm::enumerate(from))
    result.copyElement(to, source, position);
  return result;
}

int64_t beeline::differential::linearize(ArrayRef<int64_t> index,
                                         ArrayRef<int64_t> shape) {
  int64_t position = 0;
  for (auto [i, extent] : llvm::zip_equal(index, shape))
    position = position * extent + i;
  return position;
}

bool beeline::differential::next(MutableArrayRef<int64_t> index,
                                 ArrayRef<int64_t> shape) {
  for (size_t dim = index.size(); dim-- > 0;) {
    if (++index[dim] < shape[dim])
      return true;
    index[dim] = 0;
  }
  return false;
}

Tensor beeline::differential::randomTensor(Type elementType,
                                           ArrayRef<int64_t> shape,
                                           uint64_t seed) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15 + 1);
  Tensor result(elementType, shape);
  bool isFloat = isa<FloatType>(elementType);
  unsigned width = elementType.getIntOrFloatBitWidth();
  // Most tensors are tame. Others have a few elements of any bits at all.
  bool isWild = random() % 4 == 0;
  int scale = static_cast<int>(random() % 7) - 3;
  for (int64_t i = 0; i < result.size(); ++i) {
    uint64_t number = random();
    if (!isFloat) {
      result.bits[i] = number % 2;
    } else if (width == 8) {
      result.bits[i] = number & 0x7F;
      if (!isa<Float8E8M0FNUType>(elementType))
        result.bits[i] =
            encode(elementType, decode(elementType, number & 0xFF));
    } else if (isWild && number % 61 == 0) {
      uint32_t any = (number >> 8) & (width == 16 ? 0xFFFF : 0xFFFFFFFF);
      result.set(i, decode(elementType, any));
    } else {
      float value = std::ldexp(
          static_cast<float>(static_cast<int64_t>(number >> 32) - (1LL << 31)),
          scale - 31);
      result.set(i, value * (1.0f + static_cast<float>(number % 8)));
    }
  }
  return result;
}
