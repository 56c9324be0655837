//===- SizePolynomial.h - Sizes for all extents at once ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_TARGET_SIZEPOLYNOMIAL_H
#define BEELINE_LIB_TARGET_SIZEPOLYNOMIAL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <map>

namespace beeline {

/// A polynomial with coefficients >= 0 in variables >= 0, which are numbered.
/// Arithmetic on coefficients saturates.
class SizePolynomial {
public:
  /// The variables of a product, in order; one can occur several times. None is
  /// the constant 1.
  using Monomial = llvm::SmallVector<unsigned, 2>;

  SizePolynomial() = default;
  static SizePolynomial constant(uint64_t value);
  static SizePolynomial variable(unsigned index);

  SizePolynomial operator+(const SizePolynomial &other) const;
  SizePolynomial operator*(const SizePolynomial &other) const;
  /// A polynomial that is nowhere below either: of each coefficient the larger
  /// one.
  SizePolynomial upperBound(const SizePolynomial &other) const;
  /// A polynomial that is nowhere below this: coefficients rounded up.
  SizePolynomial alignTo(uint64_t alignment) const;

  /// Whether this is known to be nowhere above `other`: no coefficient is
  /// larger.
  bool isAtMost(const SizePolynomial &other) const;
  /// The value where every variable is `value`.
  uint64_t evaluate(uint64_t value) const;

  const std::map<Monomial, uint64_t> &getTerms() const { return terms; }

private:
  /// Without terms whose coefficient is zero.
  std::map<Monomial, uint64_t> terms;
};

} // namespace beeline

#endif // BEELINE_LIB_TARGET_SIZEPOLYNOMIAL_H
