//===- Assumptions.h - What raising may take for equal ----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_ASSUMPTIONS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_ASSUMPTIONS_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace beeline {

/// A difference between what is written out and what the op computes, which
/// the user takes upon themselves. One bit each.
enum class Assumption : unsigned {
  Rsqrt = 1 << 0,
  Exp = 1 << 1,
  Powf = 1 << 2,
  Reciprocal = 1 << 3,
  MeanByMultiplication = 1 << 4,
  NoInfinity = 1 << 5,
  NoNaN = 1 << 6,
  FastMath = 1 << 7,
};

class AssumptionSet {
public:
  AssumptionSet() = default;
  static AssumptionSet all();

  void insert(Assumption assumption) {
    bits |= static_cast<unsigned>(assumption);
  }
  void insert(AssumptionSet others) { bits |= others.bits; }
  AssumptionSet without(AssumptionSet others) const {
    return AssumptionSet(bits & ~others.bits);
  }
  bool contains(Assumption assumption) const {
    return bits & static_cast<unsigned>(assumption);
  }
  bool empty() const { return bits == 0; }

  /// Their names, as the option takes them, with commas between.
  std::string getNames() const;
  /// What they say, in words.
  std::string describe() const;

private:
  explicit AssumptionSet(unsigned bits) : bits(bits) {}

  unsigned bits = 0;
};

/// One assumption, or `all` or `none` of them.
std::optional<AssumptionSet> parseAssumptions(llvm::StringRef name);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_ASSUMPTIONS_H
