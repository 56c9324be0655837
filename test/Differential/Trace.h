//===- Trace.h - What a run of a program shows ------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_TRACE_H
#define BEELINE_TEST_DIFFERENTIAL_TRACE_H

#include "Interpreter.h"

namespace beeline::differential {

struct Trace {
  RunValues results;
  std::vector<Observation> observations;
};

/// How `actual`, of the rewritten program, differs from `expected` or, where
/// that depends on no rewired value, from `plain`, of the original. Empty if it
/// does not.
std::string findDifference(const RunValue &plain, const RunValue &expected,
                           const RunValue &actual);

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_TRACE_H
