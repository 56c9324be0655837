//===- RandomTensor.h - Seeded inputs ---------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_RANDOMTENSOR_H
#define BEELINE_TOOLS_BEELINERUN_RANDOMTENSOR_H

#include "Tensor.h"

namespace beeline {

enum class Distribution {
  /// Standard normal.
  Normal,
  /// Even over [0, 1).
  Uniform,
  /// Standard normal, where about every hundredth column is 100 times larger,
  /// as
  /// activations of large models are.
  Outliers,
  /// Any bits: subnormals, infinities and NaN as often as codes mean them, and
  /// every fourth row zero.
  Specials,
};

/// The same bits on every machine for equal arguments, but for the last bits of
/// normal values, which depend on the C library's logarithm and cosine.
Tensor createRandomTensor(mlir::FloatType elementType,
                          llvm::ArrayRef<int64_t> shape,
                          Distribution distribution, uint64_t seed);

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_RANDOMTENSOR_H
