//===- ElementIndex.cpp - Which element a view shows ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/ElementIndex.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace beeline;
using llvm::ArrayRef;

//===----------------------------------------------------------------------===//
// Extent
//===----------------------------------------------------------------------===//

Extent Extent::named(unsigned name) {
  Extent extent;
  extent.names.push_back(name);
  return extent;
}

std::optional<Extent>
Extent::substituted(llvm::function_ref<Extent(unsigned)> meaning) const {
  std::optional<Extent> result = Extent(factor);
  for (unsigned name : names) {
    result = product(*result, meaning(name));
    if (!result)
      break;
  }
  return result;
}

std::optional<Extent> beeline::product(const Extent &a, const Extent &b) {
  Extent result;
  if (llvm::MulOverflow(a.factor, b.factor, result.factor))
    return std::nullopt;
  std::merge(a.names.begin(), a.names.end(), b.names.begin(), b.names.end(),
             std::back_inserter(result.names));
  return result;
}

std::optional<Extent> beeline::exactQuotient(const Extent &a, const Extent &b) {
  if (b.factor <= 0 || a.factor % b.factor != 0 ||
      !std::includes(a.names.begin(), a.names.end(), b.names.begin(),
                     b.names.end()))
    return std::nullopt;
  Extent result(a.factor / b.factor);
  std::set_difference(a.names.begin(), a.names.end(), b.names.begin(),
                      b.names.end(), std::back_inserter(result.names));
  return result;
}

//===----------------------------------------------------------------------===//
// ElementIndex
//===----------------------------------------------------------------------===//

ElementIndex::ElementIndex(int64_t value) { addOffset(value); }

ElementIndex ElementIndex::offset(const Extent &value) {
  ElementIndex index;
  index.addOffset(value);
  return index;
}

ElementIndex ElementIndex::ofDimension(unsigned dim) {
  ElementIndex index;
  index.terms.push_back({Extent(), {dim, Extent(), std::nullopt}});
  return index;
}

std::optional<Extent> ElementIndex::Digit::count(ArrayRef<Extent> sizes) const {
  const Extent &end = high ? *high : sizes[dim];
  if (std::optional<Extent> exact = exactQuotient(end, low))
    return exact;
  if (!high && end.isConstant() && low.isConstant() && low.factor > 0 &&
      end.factor > 0)
    return Extent(
        static_cast<int64_t>(llvm::divideCeil(end.factor, low.factor)));
  return std::nullopt;
}

void ElementIndex::addOffset(const Extent &offset) {
  auto *same = llvm::find_if(
      offsets, [&](const Extent &e) { return e.names == offset.names; });
  if (same == offsets.end())
    same = &offsets.emplace_back(offset);
  else // Out of bounds if it wraps round, and then the program means nothing.
    same->factor = static_cast<int64_t>(static_cast<uint64_t>(same->factor) +
                                        static_cast<uint64_t>(offset.factor));
  if (same->factor == 0)
    offsets.erase(same);
}

void ElementIndex::normalize() {
  auto continues = [](const Term &low, const Term &high) {
    if (low.digit.dim != high.digit.dim || !low.digit.high ||
        *low.digit.high != high.digit.low)
      return false;
    std::optional<Extent> count = exactQuotient(*low.digit.high, low.digit.low);
    return count && product(low.coefficient, *count) == high.coefficient;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (Term &low : terms) {
      auto *high = llvm::find_if(
          terms, [&](const Term &high) { return continues(low, high); });
      if (high == terms.end())
        continue;
      low.digit.high = high->digit.high;
      terms.erase(high);
      changed = true;
      break;
    }
  }
}

ElementIndex ElementIndex::operator+(const ElementIndex &other) const {
  ElementIndex sum = *this;
  for (const Extent &offset : other.offsets)
    sum.addOffset(offset);
  llvm::append_range(sum.terms, other.terms);
  sum.normalize();
  return sum;
}

std::optional<ElementIndex> ElementIndex::times(const Extent &factor) const {
  ElementIndex result;
  for (const Extent &offset : offsets) {
    std::optional<Extent> scaled = product(offset, factor);
    if (!scaled)
      return std::nullopt;
    result.addOffset(*scaled);
  }
  for (const Term &term : terms) {
    std::optional<Extent> scaled = product(term.coefficient, factor);
    if (!scaled)
      return std::nullopt;
    result.terms.push_back({*scaled, term.digit});
  }
  return result;
}

bool ElementIndex::isBelow(const Extent &bound, ArrayRef<Extent> sizes) const {
  struct Part {
    Extent coefficient, count;
  };
  llvm::SmallVector<Part> parts;
  bool isConstant = bound.isConstant();
  for (const Term &term : terms) {
    std::optional<Extent> count = term.digit.count(sizes);
    if (!count)
      return false;
    isConstant &= count->isConstant() && term.coefficient.isConstant();
    parts.push_back({term.coefficient, *count});
  }

  if (isConstant) {
    int64_t largest = 0;
    for (const Extent &offset : offsets)
      if (!offset.isConstant() ||
          llvm::AddOverflow(largest, offset.factor, largest))
        return false;
    for (const Part &part : parts) {
      int64_t most;
      if (llvm::MulOverflow(part.coefficient.factor, part.count.factor - 1,
                            most) ||
          llvm::AddOverflow(largest, most, largest))
        return false;
    }
    return largest < bound.factor;
  }

  // Digits of one number system, each of which reaches no further than where
  // the next begins, are below the product of all.
  if (!offsets.empty())
    return false;
  Extent reached;
  while (!parts.empty()) {
    auto *next = llvm::find_if(parts, [&](const Part &part) {
      return exactQuotient(part.coefficient, reached) &&
             llvm::all_of(parts, [&](const Part &other) {
               return exactQuotient(other.coefficient, part.coefficient);
             });
    });
    if (next == parts.end())
      return false;
    std::optional<Extent> end = product(next->coefficient, next->count);
    if (!end)
      return false;
    reached = *end;
    parts.erase(next);
  }
  return exactQuotient(bound, reached).has_value();
}

bool ElementIndex::divideTerm(const Term &term, const Extent &divisor,
                              ArrayRef<Extent> sizes, Division &result) {
  const Digit &digit = term.digit;
  if (std::optional<Extent> whole = exactQuotient(term.coefficient, divisor)) {
    result.quotient.terms.push_back({*whole, digit});
    return true;
  }
  // The digit's lower `split` values stay below the divisor.
  std::optional<Extent> split = exactQuotient(divisor, term.coefficient);
  std::optional<Extent> count = digit.count(sizes);
  bool isLow =
      count && ((split && exactQuotient(*split, *count)) ||
                (split && split->isConstant() && count->isConstant() &&
                 split->factor >= count->factor) ||
                // Whether it stays below is for the whole remainder to show.
                !split);
  if (isLow) {
    result.remainder.terms.push_back(term);
    return true;
  }
  if (!split)
    return false;
  std::optional<Extent> middle = product(digit.low, *split);
  if (!middle || (digit.high && !exactQuotient(*digit.high, *middle)))
    return false;
  result.remainder.terms.push_back(
      {term.coefficient, {digit.dim, digit.low, middle}});
  result.quotient.terms.push_back({Extent(), {digit.dim, *middle, digit.high}});
  return true;
}

std::optional<ElementIndex::Division>
ElementIndex::dividedBy(const Extent &divisor, ArrayRef<Extent> sizes) const {
  Division result;
  if (divisor.isOne()) {
    result.quotient = *this;
    return result;
  }
  for (const Extent &offset : offsets) {
    if (std::optional<Extent> whole = exactQuotient(offset, divisor)) {
      result.quotient.addOffset(*whole);
      continue;
    }
    if (!offset.isConstant() || offset.factor < 0 || !divisor.isConstant() ||
        divisor.factor <= 0)
      return std::nullopt;
    result.quotient.addOffset(offset.factor / divisor.factor);
    result.remainder.addOffset(offset.factor % divisor.factor);
  }
  for (const Term &term : terms)
    if (!divideTerm(term, divisor, sizes, result))
      return std::nullopt;
  if (!result.remainder.isBelow(divisor, sizes))
    return std::nullopt;
  result.quotient.normalize();
  result.remainder.normalize();
  return result;
}

std::optional<int64_t> ElementIndex::getOffsetFrom(unsigned dim) const {
  if (terms != ofDimension(dim).terms || offsets.size() > 1 ||
      (!offsets.empty() && !offsets.front().isConstant()))
    return std::nullopt;
  return offsets.empty() ? 0 : offsets.front().factor;
}

/// Whether `a` is surely not below `b`.
static bool reaches(const Extent &a, const Extent &b) {
  return exactQuotient(a, b) ||
         (a.isConstant() && b.isConstant() && a.factor >= b.factor);
}

void ElementIndex::dropEmptyDigits(ArrayRef<Extent> sizes) {
  llvm::erase_if(terms, [&](const Term &term) {
    const Digit &digit = term.digit;
    return digit.high == digit.low ||
           (!digit.low.isOne() && reaches(digit.low, sizes[digit.dim]));
  });
  for (Term &term : terms)
    if (term.digit.high && reaches(*term.digit.high, sizes[term.digit.dim]))
      term.digit.high.reset();
}

bool ElementIndex::substitute(llvm::function_ref<Extent(unsigned)> meaning,
                              ArrayRef<Extent> sizes) {
  auto replace = [&](Extent &extent) {
    std::optional<Extent> result = extent.substituted(meaning);
    if (result)
      extent = *result;
    return result.has_value();
  };
  ElementIndex result;
  for (Extent &offset : offsets) {
    if (!replace(offset))
      return false;
    result.addOffset(offset);
  }
  for (Term &term : terms)
    if (!replace(term.coefficient) || !replace(term.digit.low) ||
        (term.digit.high && !replace(*term.digit.high)))
      return false;
  result.terms = std::move(terms);
  result.dropEmptyDigits(sizes);
  result.normalize();
  *this = std::move(result);
  return true;
}

bool ElementIndex::operator==(const ElementIndex &other) const {
  return std::is_permutation(offsets.begin(), offsets.end(),
                             other.offsets.begin(), other.offsets.end()) &&
         std::is_permutation(terms.begin(), terms.end(), other.terms.begin(),
                             other.terms.end());
}

ElementIndex IndexSpace::asNumber(const ElementIndex &index,
                                  llvm::function_ref<Extent()> bound) {
  size_t rank = sizes.size() - derived.size();
  size_t number = llvm::find(derived, index) - derived.begin();
  if (number == derived.size()) {
    derived.push_back(index);
    sizes.push_back(bound());
  }
  return ElementIndex::ofDimension(rank + number);
}
