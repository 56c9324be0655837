//===- Assumptions.cpp - What raising may take for equal ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assumptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace beeline;

namespace {
struct Entry {
  Assumption assumption;
  StringLiteral name, meaning;
};
} // namespace

/// In the order in which the pass's description lists them.
static constexpr Entry entries[] = {
    {Assumption::Rsqrt, "rsqrt", "math.rsqrt(x) is 1 / sqrt(x)"},
    {Assumption::Exp, "exp", "math.exp is the one of beeline.silu_mul"},
    {Assumption::Powf, "powf", "x to the power of 2 is x * x"},
    {Assumption::Reciprocal, "reciprocal",
     "a division is the multiplication by a rounded reciprocal"},
    {Assumption::MeanByMultiplication, "mean-by-multiplication",
     "sum * (1 / N) is sum / N"},
    {Assumption::NoInfinity, "no-infinity",
     "nothing that is quantized is infinite"},
    {Assumption::NoNaN, "no-nan",
     "nothing that is quantized is NaN, which is hidden here"},
    {Assumption::FastMath, "fast-math",
     "an op with fast-math flags computes what it does without"},
};

AssumptionSet AssumptionSet::all() {
  AssumptionSet all;
  for (const Entry &entry : entries)
    all.insert(entry.assumption);
  return all;
}

std::string AssumptionSet::getNames() const {
  SmallVector<StringRef> names;
  for (const Entry &entry : entries)
    if (contains(entry.assumption))
      names.push_back(entry.name);
  return join(names, ",");
}

std::string AssumptionSet::describe() const {
  SmallVector<StringRef> meanings;
  for (const Entry &entry : entries)
    if (contains(entry.assumption))
      meanings.push_back(entry.meaning);
  return join(meanings, ", and ");
}

std::optional<AssumptionSet> beeline::parseAssumptions(StringRef name) {
  AssumptionSet set;
  if (name == "all")
    return AssumptionSet::all();
  if (name == "none")
    return set;
  const auto *entry =
      find_if(entries, [&](const Entry &entry) { return entry.name == name; });
  if (entry == std::end(entries))
    return std::nullopt;
  set.insert(entry->assumption);
  return set;
}
