//===- Expectation.h - What must become of a round trip ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is expected of the pass is written into the program, as attributes, so
// that a reduced program still says it:
//
//   expect.id = 7              on what is told apart: dequantizations,
//   functions,
//                              calls of functions that observe a value
//   expect.round_trip = "..."  on a dequantization:
//     "rewired"                is to read the unquantized value
//     "kept"                   is to stay; expect.trap = "..." says why
//     "as_called"              is to stay for some callers of its function only
//   expect.provides            on a call: its arguments are what a function
//   needs expect.provides_as_called  on a call: they are if the caller's own
//   were expect.forwarded           on a quantization of a dequantized value:
//   its
//                              readers are to get the first codes and scales
//   expect.forwarded_as_called the same for some callers of its function only
//   expect.extents = [...]     on an argument: the tensor's extents
//   expect.below = 4           on an argument: a bound of an index
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_EXPECTATION_H
#define BEELINE_TEST_DIFFERENTIAL_EXPECTATION_H

#include "beeline/Dialect/IR/BeelineOps.h"
#include <optional>

namespace beeline::differential {

namespace expect {
inline constexpr llvm::StringLiteral id("expect.id");
inline constexpr llvm::StringLiteral roundTrip("expect.round_trip");
inline constexpr llvm::StringLiteral trap("expect.trap");
inline constexpr llvm::StringLiteral provides("expect.provides");
inline constexpr llvm::StringLiteral
    providesAsCalled("expect.provides_as_called");
inline constexpr llvm::StringLiteral forwarded("expect.forwarded");
inline constexpr llvm::StringLiteral
    forwardedAsCalled("expect.forwarded_as_called");
inline constexpr llvm::StringLiteral extents("expect.extents");
inline constexpr llvm::StringLiteral below("expect.below");
inline constexpr llvm::StringLiteral
    allowPublicABIChange("expect.allow_public_abi_change");
} // namespace expect

enum class RoundTrip { Rewired, Kept, AsCalled };

/// Nullopt if nothing is expected of `dequant`.
std::optional<RoundTrip> getExpectation(DequantOp dequant);
void setExpectation(DequantOp dequant, RoundTrip roundTrip,
                    llvm::StringRef trap);

/// What is expected of `quant`, with `Kept` for all that is not said.
RoundTrip getForwarding(GroupQuantOp quant);

/// The number that tells an op apart, or -1.
int64_t getId(mlir::Operation *op);

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_EXPECTATION_H
