//===- Reassociation.h - Groups of dimensions -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_REASSOCIATION_H
#define BEELINE_ANALYSIS_REASSOCIATION_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace beeline {

/// The groups of dimensions of `tensor.expand_shape` or
/// `tensor.collapse_shape`. They are all dimensions in order; upstream's
/// verifier compares 32 bits of each number, so that 2^32 may stand for 0.
template <typename OpTy>
llvm::SmallVector<mlir::ReassociationIndices> getReassociation(OpTy op) {
  llvm::SmallVector<mlir::ReassociationIndices> groups =
      op.getReassociationIndices();
  int64_t next = 0;
  for (mlir::ReassociationIndices &group : groups)
    for (int64_t &dim : group)
      dim = next++;
  return groups;
}

/// One of them. By value: `for (... : getReassociation(op)[dim])` would read
/// the group of a list that is gone.
template <typename OpTy>
mlir::ReassociationIndices getReassociation(OpTy op, int64_t dim) {
  return getReassociation(op)[dim];
}

} // namespace beeline

#endif // BEELINE_ANALYSIS_REASSOCIATION_H
