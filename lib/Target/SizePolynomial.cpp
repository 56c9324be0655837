//===- SizePolynomial.cpp - Sizes for all extents at once -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizePolynomial.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

using namespace beeline;

SizePolynomial SizePolynomial::constant(uint64_t value) {
  SizePolynomial result;
  if (value != 0)
    result.terms[{}] = value;
  return result;
}

SizePolynomial SizePolynomial::variable(unsigned index) {
  SizePolynomial result;
  result.terms[{index}] = 1;
  return result;
}

SizePolynomial SizePolynomial::operator+(const SizePolynomial &other) const {
  SizePolynomial result = *this;
  for (const auto &[monomial, coefficient] : other.terms) {
    uint64_t &sum = result.terms[monomial];
    sum = llvm::SaturatingAdd(sum, coefficient);
  }
  return result;
}

SizePolynomial SizePolynomial::operator*(const SizePolynomial &other) const {
  SizePolynomial result;
  for (const auto &[lhs, lhsCoefficient] : terms)
    for (const auto &[rhs, rhsCoefficient] : other.terms) {
      Monomial product = lhs;
      product.append(rhs.begin(), rhs.end());
      llvm::sort(product);
      uint64_t &sum = result.terms[product];
      sum = llvm::SaturatingMultiplyAdd(lhsCoefficient, rhsCoefficient, sum);
    }
  return result;
}

SizePolynomial SizePolynomial::upperBound(const SizePolynomial &other) const {
  SizePolynomial result = *this;
  for (const auto &[monomial, coefficient] : other.terms) {
    uint64_t &larger = result.terms[monomial];
    larger = std::max(larger, coefficient);
  }
  return result;
}

SizePolynomial SizePolynomial::alignTo(uint64_t alignment) const {
  SizePolynomial result = *this;
  uint64_t largest =
      llvm::alignDown(std::numeric_limits<uint64_t>::max(), alignment);
  for (auto &[monomial, coefficient] : result.terms)
    coefficient =
        coefficient > largest ? largest : llvm::alignTo(coefficient, alignment);
  return result;
}

bool SizePolynomial::isAtMost(const SizePolynomial &other) const {
  return llvm::all_of(terms, [&](const auto &term) {
    auto found = other.terms.find(term.first);
    return found != other.terms.end() && term.second <= found->second;
  });
}

uint64_t SizePolynomial::evaluate(uint64_t value) const {
  uint64_t sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    uint64_t term = coefficient;
    for (size_t i = 0; i < monomial.size(); ++i)
      term = llvm::SaturatingMultiply(term, value);
    sum = llvm::SaturatingAdd(sum, term);
  }
  return sum;
}
