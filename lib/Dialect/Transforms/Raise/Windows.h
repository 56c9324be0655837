//===- Windows.h - Slices and padding ---------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_WINDOWS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_WINDOWS_H

#include "Indices.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace beeline {

/// Where the slice's element at `indices` is in its source. `hasOtherExtents`
/// becomes true if the slice is not all of it.
std::optional<Indices> getSourceIndices(mlir::tensor::ExtractSliceOp slice,
                                        const Indices &indices,
                                        const IndexSpace &space,
                                        bool &hasOtherExtents);

/// Whether all of the elements that `indices` stand for lie in the source, and
/// not in what was padded. Only what is padded behind it can be told.
std::optional<bool> isInSource(mlir::tensor::PadOp pad, const Indices &indices,
                               const IndexSpace &space);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_WINDOWS_H
