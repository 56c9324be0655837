//===- Kernels.cpp - What Beeline's ops compute ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

/// Pairwise, low bits of the index first.
static float rowSum(std::vector<float> values) {
  size_t count = values.size();
  while (count > 1) {
    for (size_t i = 0; i < count / 2; ++i)
      values[i] = values[2 * i] + values[2 * i + 1];
    if (count % 2 != 0)
      values[count / 2] = values[count - 1];
    count = (count + 1) / 2;
  }
  return values[0];
}

void differential::rmsNorm(const Tensor &input, const Tensor &weight,
                           const Tensor *residual,
                           const NormParameters &parameters, Tensor &output,
                           Tensor *sum) {
  int64_t length = input.rowLength();
  std::vector<float> row(length), squares(length);
  for (int64_t start = 0; start < input.size(); start += length) {
    for (int64_t i = 0; i < length; ++i) {
      row[i] = input.get(start + i);
      if (residual)
        row[i] = row[i] + residual->get(start + i);
      if (sum)
        sum->set(start + i, row[i]);
      if (residual && parameters.fromRounded)
        row[i] = roundTo(residual->elementType, row[i]);
      squares[i] = row[i] * row[i];
    }
    float mean = rowSum(squares) / static_cast<float>(length);
    float rstd = 1.0f / std::sqrt(mean + parameters.epsilon);
    for (int64_t i = 0; i < length; ++i) {
      float normed = row[i] * rstd;
      if (parameters.roundBeforeWeight)
        normed = roundTo(output.elementType, normed);
      float scale = weight.get(i) + parameters.weightOffset;
      output.set(start + i, normed * scale);
    }
  }
}

/// The scale of a group whose largest magnitude is `largest`.
static float scaleFor(float largest, const QuantParameters &parameters,
                      bool isPowerOfTwo) {
  float scale = std::max(largest, parameters.minAmax) / parameters.fmax;
  if (!isPowerOfTwo)
    return scale;
  uint32_t bits = llvm::bit_cast<uint32_t>(scale);
  int exponent = static_cast<int>(bits >> 23) + ((bits & 0x7FFFFF) != 0);
  return std::ldexp(1.0f, exponent - 127);
}

void differential::groupQuant(const Tensor &input,
                              const QuantParameters &parameters,
                              uint64_t execution, Tensor &codes,
                              Tensor &scales) {
  ScaleIndex index(input, parameters.groupSize, parameters.layout);
  int64_t length = input.rowLength();
  codes.groups.resize(codes.size());
  codes.unquantized.resize(codes.size());
  scales.groups.resize(scales.size());
  bool isPowerOfTwo = isa<Float8E8M0FNUType>(scales.elementType);
  for (int64_t row = 0; row < index.rows; ++row) {
    for (int64_t begin = 0; begin < length; begin += index.groupSize) {
      int64_t end = std::min(begin + index.groupSize, length);
      float largest = 0;
      bool isFinite = true;
      for (int64_t i = begin; i < end; ++i) {
        float magnitude = std::fabs(input.get(row * length + i));
        isFinite &= std::isfinite(magnitude);
        largest = std::max(largest, magnitude);
      }
      int64_t position = index(row, begin);
      float scale =
          isFinite ? scaleFor(largest, parameters, isPowerOfTwo) : NAN;
      scales.set(position, scale);
      uint64_t group =
          execution << 24 | (row * index.groups + begin / index.groupSize);
      scales.groups[position] = group;
      float inverse = 1.0f / scale;
      for (int64_t i = row * length + begin; i < row * length + end; ++i) {
        float scaled = input.get(i) * inverse;
        if (scaled < -parameters.fmax)
          scaled = -parameters.fmax;
        if (scaled > parameters.fmax)
          scaled = parameters.fmax;
        codes.set(i, scaled);
        codes.groups[i] = group;
        codes.unquantized[i] = input.get(i);
      }
    }
  }
}

void differential::dequant(const Tensor &codes, const Tensor &scales,
                           const ScaleIndex &index, Tensor &output) {
  for (int64_t i = 0; i < codes.size(); ++i) {
    int64_t length = codes.rowLength();
    output.set(i, codes.get(i) * scales.get(index(i / length, i % length)));
  }
}

static float exponential(float x) {
  if (std::isnan(x))
    return x;
  x = std::min(std::max(x, -104.0f), 104.0f);
  float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                  1.6666665459e-1f, 5.0000001201e-1f})
    p = p * r + c;
  float e = (p * (r * r) + r) + 1.0f;
  float half = std::floor(n * 0.5f);
  return (e * std::ldexp(1.0f, static_cast<int>(half))) *
         std::ldexp(1.0f, static_cast<int>(n - half));
}

void differential::siluMul(const Tensor &gate, const Tensor &up,
                           bool roundBeforeMul, Tensor &output) {
  for (int64_t i = 0; i < gate.size(); ++i) {
    float g = gate.get(i);
    float silu = g / (1.0f + exponential(-g));
    if (roundBeforeMul)
      silu = roundTo(output.elementType, silu);
    output.set(i, silu * up.get(i));
  }
}

void differential::linear(const Tensor &input, const Tensor &weight,
                          const Tensor *inputScales, const Tensor *weightScales,
                          const Tensor *bias, int64_t groupSize,
                          ScaleLayout layout, Tensor &output) {
  ScaleIndex index(input, groupSize, layout);
  int64_t length = input.rowLength(), numOut = weight.shape[0];
  constexpr int64_t block = LinearOp::weightBlock;
  for (int64_t row = 0; row < input.rows(); ++row) {
    for (int64_t o = 0; o < numOut; ++o) {
      float sum = 0;
      for (int64_t i = 0; i < length; ++i) {
        float a = input.get(row * length + i);
        float b = weight.get(o * length + i);
        if (inputScales) {
          a = a * inputScales->get(index(row, i));
          b = b *
              weightScales->get(o / block * weightScales->shape[1] + i / block);
        }
        sum = sum + a * b;
      }
      if (bias)
        sum = sum + bias->get(o);
      output.set(row * numOut + o, sum);
    }
  }
}

void differential::allReduce(const Tensor &input, int64_t ranks,
                             Tensor &output) {
  for (int64_t i = 0; i < input.size(); ++i) {
    float sum = input.get(i);
    for (int64_t rank = 1; rank < ranks; ++rank)
      sum = sum + input.get(i);
    output.set(i, sum);
  }
}
