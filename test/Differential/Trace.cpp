//===- Trace.cpp - What a run of a program shows --------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Trace.h"
#include "llvm/Support/FormatVariadic.h"

using namespace beeline::differential;
using llvm::formatv;

static bool isEqual(const RunValue &a, const RunValue &b) {
  if (!a.tensor || !b.tensor)
    return !a.tensor && !b.tensor && a.number == b.number;
  return a.tensor->elementType == b.tensor->elementType &&
         a.tensor->shape == b.tensor->shape && a.tensor->bits == b.tensor->bits;
}

/// How `a` and `b`, which are not equal, differ.
static std::string describe(const RunValue &a, const RunValue &b) {
  if (!a.tensor || !b.tensor)
    return formatv("{0} instead of {1}", b.number, a.number);
  if (a.tensor->elementType != b.tensor->elementType ||
      a.tensor->shape != b.tensor->shape)
    return "another type";
  auto [x, y] = std::mismatch(a.tensor->bits.begin(), a.tensor->bits.end(),
                              b.tensor->bits.begin());
  return formatv("element {0} is {1:x} instead of {2:x}, {3}",
                 x - a.tensor->bits.begin(), *y, *x, a.tensor->elementType);
}

std::string beeline::differential::findDifference(const RunValue &plain,
                                                  const RunValue &expected,
                                                  const RunValue &actual) {
  if (!isEqual(expected, actual))
    return describe(expected, actual);
  if ((!expected.tensor || !expected.tensor->isRewired) &&
      !isEqual(plain, actual))
    return describe(plain, actual) + ", but depends on nothing rewired";
  return {};
}
