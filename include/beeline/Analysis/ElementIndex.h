//===- ElementIndex.h - Which element a view shows --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Views renumber elements. An ElementIndex is the position along one dimension
// of a tensor, written in the index i[0], i[1], ... of the tensor in which the
// element is finally read: a sum of offsets and of digits of i[d],
//
//   offset + sum over k of coefficient[k] * ((i[d] / low) % (high / low))
//
// which slices, transposes and reshapes keep in this form. Where digits would
// have to be carried (an offset that is no multiple of an extent), the index
// gets a number of its own in the IndexSpace, and digits of that are taken. Two
// indices with the same normal form are equal for every i. The other way round
// they may be equal without it: an answer "not equal" is a refusal, never a
// proof.
//
// An extent of 1 is not taken to mean that its index is 0. So a [G, M] tensor
// reshaped to [M, G] is no transpose of it, whatever M and G are.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_ELEMENTINDEX_H
#define BEELINE_ANALYSIS_ELEMENTINDEX_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>

namespace beeline {

/// A number of elements: the product of a constant and of extents that are
/// known at run time only, each of which has a name.
struct Extent {
  int64_t factor = 1;
  /// Sorted.
  llvm::SmallVector<unsigned, 0> names;

  Extent(int64_t constant = 1) : factor(constant) {}
  static Extent named(unsigned name);

  /// This with each name replaced by what it means. Nullopt on overflow.
  std::optional<Extent>
  substituted(llvm::function_ref<Extent(unsigned)> meaning) const;

  bool isConstant() const { return names.empty(); }
  bool isOne() const { return isConstant() && factor == 1; }
  bool operator==(const Extent &other) const {
    return factor == other.factor && names == other.names;
  }
  bool operator!=(const Extent &other) const { return !(*this == other); }
};

/// Nullopt if the constant overflows.
std::optional<Extent> product(const Extent &a, const Extent &b);

/// Nullopt if `b` does not divide `a` whatever the named extents are.
std::optional<Extent> exactQuotient(const Extent &a, const Extent &b);

class ElementIndex {
public:
  /// The constant `value`.
  explicit ElementIndex(int64_t value = 0);
  /// `value`, a number which may be anything.
  static ElementIndex offset(const Extent &value);
  /// i[dim].
  static ElementIndex ofDimension(unsigned dim);

  ElementIndex operator+(const ElementIndex &other) const;
  /// Nullopt on overflow.
  std::optional<ElementIndex> times(const Extent &factor) const;

  struct Division;
  /// Quotient and remainder, or nullopt if they have no such form. `sizes` are
  /// the extents of i.
  std::optional<Division> dividedBy(const Extent &divisor,
                                    llvm::ArrayRef<Extent> sizes) const;

  /// The `c` of `i[dim] + c`, if that is what this is and `c` is constant.
  std::optional<int64_t> getOffsetFrom(unsigned dim) const;

  /// Replaces the named extents; `sizes` are those of i afterwards. Returns
  /// false on overflow.
  bool substitute(llvm::function_ref<Extent(unsigned)> meaning,
                  llvm::ArrayRef<Extent> sizes);

  bool operator==(const ElementIndex &other) const;
  bool operator!=(const ElementIndex &other) const { return !(*this == other); }

private:
  /// `(i[dim] / low) % (high / low)`, or `i[dim] / low` without `high`.
  struct Digit {
    unsigned dim;
    Extent low;
    std::optional<Extent> high;

    /// How many values it takes, if that is known.
    std::optional<Extent> count(llvm::ArrayRef<Extent> sizes) const;
    bool operator==(const Digit &other) const {
      return dim == other.dim && low == other.low && high == other.high;
    }
  };
  struct Term {
    Extent coefficient;
    Digit digit;

    bool operator==(const Term &other) const {
      return coefficient == other.coefficient && digit == other.digit;
    }
  };

  void addOffset(const Extent &offset);
  /// Drops digits that are always 0, and bounds that are never reached.
  void dropEmptyDigits(llvm::ArrayRef<Extent> sizes);
  /// Joins the digits that continue each other.
  void normalize();
  /// Whether this is surely below `bound`.
  bool isBelow(const Extent &bound, llvm::ArrayRef<Extent> sizes) const;
  /// Adds quotient and remainder of one term to those of the whole.
  static bool divideTerm(const Term &term, const Extent &divisor,
                         llvm::ArrayRef<Extent> sizes, Division &result);

  /// At most one for each set of names, and none that is 0.
  llvm::SmallVector<Extent, 0> offsets;
  llvm::SmallVector<Term, 0> terms;
};

struct ElementIndex::Division {
  ElementIndex quotient, remainder;
};

/// The indices i, and whatever else has been given a number as if it were one.
struct IndexSpace {
  /// The extents of i[0], i[1], ..., then bounds of the derived numbers.
  llvm::SmallVector<Extent, 4> sizes;
  llvm::SmallVector<ElementIndex, 0> derived;

  /// `index`, as one number. `bound` is used if it has none yet.
  ElementIndex asNumber(const ElementIndex &index,
                        llvm::function_ref<Extent()> bound);

  bool operator==(const IndexSpace &other) const {
    return sizes == other.sizes && derived == other.derived;
  }
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_ELEMENTINDEX_H
