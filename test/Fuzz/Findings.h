//===- Findings.h - What is wrong with which inputs -------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_FINDINGS_H
#define BEELINE_TEST_FUZZ_FINDINGS_H

#include "Fuzzer.h"
#include "Workers.h"
#include <map>

namespace beeline::fuzz {

/// Writes inputs to files, and counts those with one cause together. Crashes
/// that upstream has without Beeline are counted apart, and are none.
class Findings {
public:
  Findings(Fuzzer &fuzzer, const std::vector<Job> &jobs, const Limits &limits,
           std::string directory)
      : fuzzer(fuzzer), jobs(jobs), limits(limits),
        directory(std::move(directory)) {}

  void add(const Death &death);
  bool empty() const { return causes.empty(); }
  /// The summary of all.
  void print(const Progress &sum, size_t corpusSize,
             llvm::raw_ostream &os) const;

private:
  /// Returns the file's name.
  std::string write(const Death &death, llvm::StringRef where);

  struct Cause {
    size_t count = 0;
    std::string file;
  };

  Fuzzer &fuzzer;
  const std::vector<Job> &jobs;
  Limits limits;
  std::string directory;
  std::map<std::string, Cause> causes, upstreamCauses;
  size_t numOf[3] = {};
};

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_FINDINGS_H
