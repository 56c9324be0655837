//===- Forms.h - The definitions that are looked for ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_FORMS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_FORMS_H

#include "Matcher.h"

namespace beeline {

/// What a matcher's root is, in terms of an op's operands and attributes.
/// `anchor` is the op that makes it look like the beeline op.
struct DequantForm {
  mlir::Operation *anchor;
  TensorUse codes;
  Grouping scales;
};

struct SiluMulForm {
  mlir::Operation *anchor;
  TensorUse gate, up;
  bool roundBeforeMul;
};

struct NormForm {
  /// A sum that is normalized: of `input` and `residual`.
  struct Sum {
    TensorUse input, residual;
    /// The sum is rounded to the residual's type before it is normalized.
    bool isRounded;
    /// Holds the sum in f32 or so rounded, if there is such a tensor.
    std::optional<TensorUse> value;
  };

  mlir::Operation *anchor;
  /// What is normalized, if that is a tensor, or a sum.
  std::optional<TensorUse> input;
  std::optional<Sum> sum;
  /// Without one, there is none to multiply by.
  std::optional<TensorUse> weight;
  llvm::APFloat weightOffset, epsilon;
  bool roundBeforeWeight;
};

/// How a scale is computed from a group's largest magnitude.
struct ScaleForm {
  Element amax;
  llvm::APFloat fmax = llvm::APFloat(0.0f), minAmax = llvm::APFloat(0.0f);
  /// The scale is NaN where the largest magnitude is infinite.
  bool handlesInfinity = false;
};

struct GroupQuantForm {
  mlir::Operation *anchor;
  TensorUse input;
  ScaleForm scale;
  /// Of the largest magnitudes: `values` has the shape of the scales.
  Grouping grouping;
};

std::optional<DequantForm> matchDequant(Matcher &matcher);
std::optional<SiluMulForm> matchSiluMul(Matcher &matcher);
std::optional<NormForm> matchNorm(Matcher &matcher);
/// Of the codes.
std::optional<GroupQuantForm> matchGroupQuant(Matcher &matcher);
/// Of the scale that `element` is.
std::optional<ScaleForm> matchScale(Matcher &matcher, const Element &element);

/// Of the scale that `element` is one over.
std::optional<ScaleForm> matchInverseScale(Matcher &matcher,
                                           const Element &element);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_FORMS_H
