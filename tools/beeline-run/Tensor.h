//===- Tensor.h - A tensor in host memory -----------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_TENSOR_H
#define BEELINE_TOOLS_BEELINERUN_TENSOR_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <vector>

namespace beeline {

/// Elements of a floating-point type in row-major order.
struct Tensor {
  mlir::FloatType elementType;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> bytes;

  int64_t numElements() const;
  unsigned elementSize() const;
};

/// The values of all codes of a format of 8 or 16 bits; for f32 the values are
/// read off the bits.
class Decoder {
public:
  explicit Decoder(mlir::FloatType type);
  double operator()(const char *element) const;

private:
  unsigned size;
  std::vector<double> values;
};

/// How far the elements of two tensors of one shape lie apart.
struct Difference {
  /// Largest and mean absolute difference. NaN in both counts as equal, in one
  /// as infinity.
  double largest = 0, mean = 0;
  /// The Euclidean norm of the differences over that of the second tensor's
  /// finite elements.
  double relative = 0;
  /// Share of elements with equal bytes, or -1 if the types differ.
  double equalShare = 0;
};

Difference compare(const Tensor &tensor, const Tensor &reference);

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_TENSOR_H
