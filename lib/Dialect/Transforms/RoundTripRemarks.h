//===- RoundTripRemarks.h - What became of a round trip ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The remarks of beeline-elide-round-trips, and the arithmetic of what a
// removed round trip saves:
//
//   Kernels      launches, if every op is one
//   BytesPerRow  memory traffic of one row: what the removed kernels read and
//                wrote, less what new results and casts read and write
//
// Negative figures are possible and honest: a cast beside a new f32 result can
// move more bytes than the dequantization did.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPREMARKS_H
#define BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPREMARKS_H

#include "RoundTripCosts.h"
#include "beeline/Analysis/Obstacle.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include <optional>
#include <string>

namespace beeline {

/// Memory traffic and launches saved.
struct Savings {
  int64_t kernels = 0;
  /// Unknown where the quantized dimension is dynamic.
  std::optional<int64_t> bytesPerRow;
};

/// What rewiring one dequantization added to the graph.
struct Additions {
  bool result, cast;
  /// The value arrives through an added argument or result.
  bool isPassedOn = false;
};

void remarkKept(DequantizeOpInterface dequantize, const Refusal &refusal);

/// `quantizations` are those that may have made the codes. With a gate the
/// remark says what it counted.
void remarkRewired(DequantizeOpInterface dequantize,
                   llvm::ArrayRef<Quantization> quantizations,
                   Additions additions, const CostGate *gate);

void remarkKeptRequantization(QuantizeOpInterface op, const Refusal &refusal);

void remarkForwardedRequantization(QuantizeOpInterface op);

void remarkMergedQuantization(QuantizeOpInterface op,
                              QuantizeOpInterface first);

/// A dequantization that nobody reads, before it is erased.
void remarkRemovedDequantization(DequantizeOpInterface dequantize);

/// The quantizations of an op that nobody reads, noted before they go.
class RemovedQuantization {
public:
  explicit RemovedQuantization(QuantizeOpInterface op);

  /// To be called when they are gone.
  void remark() const;

private:
  mlir::Location loc;
  mlir::OperationName name;
  unsigned count = 0;
  Savings savings;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPREMARKS_H
