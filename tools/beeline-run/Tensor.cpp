//===- Tensor.cpp - A tensor in host memory -------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace beeline;

int64_t Tensor::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

unsigned Tensor::elementSize() const {
  return mlir::FloatType(elementType).getWidth() / 8;
}

Decoder::Decoder(FloatType type) : size(type.getWidth() / 8) {
  if (size > 2)
    return;
  for (uint64_t code = 0; code < uint64_t(1) << type.getWidth(); ++code)
    values.push_back(llvm::APFloat(type.getFloatSemantics(),
                                   llvm::APInt(type.getWidth(), code))
                         .convertToDouble());
}

double Decoder::operator()(const char *element) const {
  if (size == 1)
    return values[static_cast<uint8_t>(*element)];
  if (size == 2) {
    uint16_t code;
    std::memcpy(&code, element, size);
    return values[code];
  }
  float value;
  std::memcpy(&value, element, size);
  return value;
}

static double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double difference = std::abs(a - b);
  return std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                : difference;
}

Difference beeline::compare(const Tensor &tensor, const Tensor &reference) {
  Decoder decode(tensor.elementType), decodeReference(reference.elementType);
  Difference result;
  int64_t count = tensor.numElements(), numEqual = 0;
  double squares = 0, referenceSquares = 0;
  bool sameType = tensor.elementType == reference.elementType;
  for (int64_t i = 0; i < count; ++i) {
    const char *a = tensor.bytes.data() + i * tensor.elementSize();
    const char *b = reference.bytes.data() + i * reference.elementSize();
    double reference = decodeReference(b);
    double difference = distance(decode(a), reference);
    result.largest = std::max(result.largest, difference);
    result.mean += difference;
    squares += difference * difference;
    if (std::isfinite(reference))
      referenceSquares += reference * reference;
    numEqual += sameType && std::memcmp(a, b, tensor.elementSize()) == 0;
  }
  if (count != 0)
    result.mean /= static_cast<double>(count);
  if (squares != 0)
    result.relative = std::sqrt(squares / referenceSquares);
  result.equalShare =
      !sameType    ? -1
      : count == 0 ? 1
                   : static_cast<double>(numEqual) / static_cast<double>(count);
  return result;
}
