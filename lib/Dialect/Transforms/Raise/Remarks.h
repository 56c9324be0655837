//===- Remarks.h - What was raised, and what was not ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_REMARKS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_REMARKS_H

#include "Assumptions.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"

namespace beeline {

void remarkRaised(mlir::Operation *op, AssumptionSet assumed);

/// What looked like an op, each time at the op that makes it look so. A graph
/// is held against the forms from each of its values; what came closest counts.
class NearMisses {
public:
  /// `progress` says how much of the form was seen.
  void add(mlir::Operation *anchor, llvm::StringRef opName, std::string reason,
           std::string suggestion, size_t progress);
  /// `op` became part of something after all, or is erased.
  void remove(mlir::Operation *op) {
    misses.erase(op);
    raised.insert(op);
  }
  /// An erased op's address may be taken again.
  void forget(mlir::Operation *op) {
    misses.erase(op);
    raised.erase(op);
  }

  void remark() const;

private:
  struct Miss {
    llvm::StringRef opName;
    std::string reason, suggestion;
    size_t progress;
  };
  llvm::MapVector<mlir::Operation *, Miss> misses;
  llvm::DenseSet<mlir::Operation *> raised;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_REMARKS_H
