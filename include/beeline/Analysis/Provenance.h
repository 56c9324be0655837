//===- Provenance.h - Where codes and scales come from ----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows a value back to the quantization that made it. The walk is backwards
// and on demand, since only a fraction of a graph's values is ever asked for.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_PROVENANCE_H
#define BEELINE_ANALYSIS_PROVENANCE_H

#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <string>

namespace beeline {

/// A result of a quantization.
struct Origin {
  enum class Part { Codes, Scales };

  QuantizeOpInterface op;
  unsigned index;
  Part part;

  Quantization getQuantization() { return op.getQuantizations()[index]; }
  bool isSameQuantization(const Origin &other) const {
    return op == other.op && index == other.index;
  }
  bool operator==(const Origin &other) const {
    return isSameQuantization(other) && part == other.part;
  }
};

/// What the walk met where it could go no further.
struct Obstacle {
  enum class Kind {
    /// The value is an argument of the function.
    Argument,
    /// The value was made by something that is not a quantization.
    Unrelated,
    /// A call returned the value.
    Call,
    /// A quantization made what this op read, and the op did something to it.
    Changed,
    /// The same, and the op exchanged data with other ranks.
    Collective,
    /// On different paths of control flow the value comes from different
    /// places.
    Merge,
  };

  Kind kind;
  /// The op that made, changed or merged the value, or whose block's argument
  /// it is.
  mlir::Operation *op;

  /// Completes a sentence that begins with the name of the value: "... were
  /// changed on the way by 'tensor.concat'".
  std::string describe() const;
};

/// What is known of a value: an origin, or an obstacle.
struct Provenance {
  /// Where the value was made, in every execution. It is the most recent
  /// execution of `origin->op` that made it: a value that might stem from an
  /// earlier one meets another value on the way, and is a `Merge`.
  std::optional<Origin> origin;
  std::optional<Obstacle> obstacle;
  /// Ops with regions or successors through which the value came.
  llvm::SmallVector<mlir::Operation *, 0> path;
};

/// Answers for one module, as long as no control flow is changed in it.
class ProvenanceAnalysis {
public:
  Provenance lookup(mlir::Value value);

private:
  /// `budget` bounds the number of ops that a search for a good description of
  /// an obstacle looks at.
  Provenance lookup(mlir::Value value, unsigned &budget);
  /// What `value`, which no quantization made and no control flow forwarded,
  /// is.
  Obstacle classify(mlir::Value value, unsigned &budget);
  /// Appends the values that `value` may be equal to, if control flow defines
  /// it, and the op that does. Returns whether that is so.
  bool appendForwarded(mlir::Value value,
                       llvm::SmallVectorImpl<mlir::Value> &forwarded,
                       llvm::SmallVectorImpl<mlir::Operation *> &path);

  llvm::DenseMap<mlir::Operation *, mlir::RegionBranchInverseSuccessorMapping>
      regionInputs;
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_PROVENANCE_H
