//===- Tensor.h - A tensor of an interpreted program ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements are kept as the bits that they have in memory. Codes and scales also
// carry, element by element, of which group of which execution of a
// quantization they are, and codes the value that was quantized: whatever moves
// elements moves these along.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_TENSOR_H
#define BEELINE_TEST_DIFFERENTIAL_TENSOR_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <vector>

namespace beeline::differential {

/// The element of type `type` that `bits` are, as f32.
float decode(mlir::Type type, uint32_t bits);
/// `value` rounded to `type`, to nearest even; every NaN is the canonical one.
uint32_t encode(mlir::Type type, float value);
/// `value` rounded to `type` and extended.
inline float roundTo(mlir::Type type, float value) {
  return decode(type, encode(type, value));
}

struct Tensor {
  mlir::Type elementType;
  llvm::SmallVector<int64_t> shape;
  std::vector<uint32_t> bits;

  /// For each element, the execution of a quantization and the group in it that
  /// made it; 0 if none did. Empty if none made any.
  std::vector<uint64_t> groups;
  /// For each code, the value that was quantized, as f32. Has as many elements
  /// as `groups`, or none.
  std::vector<float> unquantized;
  /// Whether a value depends on one that a dequantization read unquantized.
  bool isRewired = false;

  Tensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape)
      : elementType(elementType), shape(shape), bits(count(shape)) {}

  static int64_t count(llvm::ArrayRef<int64_t> shape);
  int64_t size() const { return bits.size(); }
  int64_t rowLength() const { return shape.back(); }
  int64_t rows() const { return count(llvm::ArrayRef(shape).drop_back()); }

  float get(int64_t index) const { return decode(elementType, bits[index]); }
  void set(int64_t index, float value) {
    bits[index] = encode(elementType, value);
  }
  /// Copies element `from` of `source`, and where it came from.
  void copyElement(int64_t to, const Tensor &source, int64_t from);
};

using TensorRef = std::shared_ptr<const Tensor>;

/// The tensor of extents `shape` whose element i is element `from[i]` of
/// `source`.
Tensor rearrange(const Tensor &source, llvm::ArrayRef<int64_t> shape,
                 llvm::ArrayRef<int64_t> from);

/// The position in row-major order of the element `index` of a tensor, and the
/// index after it. `next` returns false past the last one.
int64_t linearize(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);
bool next(llvm::MutableArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// A tensor of elements that are chosen at random, some of them special: zeros,
/// subnormal, infinite or not a number.
Tensor randomTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape,
                    uint64_t seed);

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_TENSOR_H
