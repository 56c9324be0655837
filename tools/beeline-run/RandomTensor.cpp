//===- RandomTensor.cpp - Seeded inputs -----------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomTensor.h"
#include "llvm/ADT/APFloat.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;
using namespace beeline;

/// Even over [0, 1), from the generator's upper bits: std's distributions
/// differ between libraries.
static double uniform(std::mt19937_64 &generator) {
  return std::ldexp(static_cast<double>(generator() >> 11), -53);
}

/// Box and Muller's method.
static double normal(std::mt19937_64 &generator) {
  constexpr double twoPi = 6.283185307179586;
  double radius = std::sqrt(-2 * std::log(1 - uniform(generator)));
  return radius * std::cos(twoPi * uniform(generator));
}

/// The code nearest to `value`; the largest finite one for what is too large.
static uint64_t encode(double value, FloatType type) {
  double largest =
      llvm::APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
  llvm::APFloat rounded(std::clamp(value, -largest, largest));
  bool losesInfo;
  rounded.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.bitcastToAPInt().getZExtValue();
}

Tensor beeline::createRandomTensor(FloatType elementType,
                                   ArrayRef<int64_t> shape,
                                   Distribution distribution, uint64_t seed) {
  Tensor tensor{elementType, SmallVector<int64_t>(shape), {}};
  unsigned size = tensor.elementSize();
  tensor.bytes.resize(tensor.numElements() * size);
  // A format without sign or zero takes magnitudes, which cannot vanish.
  bool isScale = isa<Float8E8M0FNUType>(elementType);

  std::mt19937_64 generator(seed);
  int64_t columns = shape.empty() ? 1 : shape.back();
  for (int64_t i = 0, end = tensor.numElements(); i < end; ++i) {
    uint64_t code = 0;
    switch (distribution) {
    case Distribution::Specials:
      code = i / columns % 4 == 3 ? 0 : generator();
      break;
    case Distribution::Uniform: {
      double value = uniform(generator);
      code = encode(isScale ? 1 + value : value, elementType);
      break;
    }
    case Distribution::Normal:
    case Distribution::Outliers: {
      double value = normal(generator);
      if (distribution == Distribution::Outliers && i % columns % 100 == 7)
        value *= 100;
      code = encode(isScale ? 1 + std::abs(value) : value, elementType);
      break;
    }
    }
    std::memcpy(tensor.bytes.data() + i * size, &code, size);
  }
  return tensor;
}
