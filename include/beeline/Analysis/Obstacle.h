//===- Obstacle.h - Why a value cannot be traced ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_OBSTACLE_H
#define BEELINE_ANALYSIS_OBSTACLE_H

#include "mlir/IR/Operation.h"
#include <string>

namespace beeline {

/// Why something stays as it is, and what the user could change, if anything.
struct Refusal {
  std::string reason;
  std::string suggestion = {};
};

/// Refused because of `beeline.preserve_rounding`.
Refusal keepsRounding();

/// What a walk to the making of codes or scales met where it could go no
/// further.
struct Obstacle {
  enum class Kind {
    /// The value is an argument that no op in sight passes.
    Argument,
    /// The value was made by something that is not a quantization.
    Unrelated,
    /// A quantization made what this op read, and the op did something to it.
    Changed,
    /// The same, and the op exchanged data with other ranks.
    Collective,
    /// A view through which elements cannot be followed.
    View,
    /// On different paths of control flow the value comes from different
    /// places.
    Merge,
    /// A call returned the value, and it is not known what it calls.
    IndirectCall,
    /// The value crosses the signature of a function that ...
    External,
    Public,
    AddressTaken,
    Recursive,
    /// The value comes on a path that is never taken.
    Unreachable,
  };

  Kind kind;
  /// The op that made, changed or merged the value, or whose block's argument
  /// it is, or the function.
  mlir::Operation *op;

  /// For a value with the name `what`, e.g. "the codes".
  Refusal describe(llvm::StringRef what) const;
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_OBSTACLE_H
