//===- Random.h - The choices of one input ----------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_RANDOM_H
#define BEELINE_TEST_FUZZ_RANDOM_H

#include <cstdint>
#include <iterator>
#include <random>

namespace beeline::fuzz {

/// Choices that depend on a seed and on the number of the input, and on nothing
/// else.
class Random {
public:
  Random(uint64_t seed, uint64_t index) {
    std::seed_seq words{seed, seed >> 32, index, index >> 32};
    engine.seed(words);
  }

  /// A number below `bound`, which is not 0.
  size_t below(size_t bound) { return engine() % bound; }
  bool oneIn(size_t count) { return below(count) == 0; }

  /// One of a range that is not empty.
  template <typename Range>
  decltype(auto) pick(Range &&range) {
    return *std::next(std::begin(range), below(std::size(range)));
  }

private:
  std::minstd_rand engine;
};

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_RANDOM_H
