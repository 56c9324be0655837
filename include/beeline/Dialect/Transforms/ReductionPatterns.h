//===- ReductionPatterns.h - How modules are made smaller -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_REDUCTIONPATTERNS_H
#define BEELINE_DIALECT_TRANSFORMS_REDUCTIONPATTERNS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace beeline {

/// Gives the dialect what mlir-reduce's `reduction-tree` tries on its ops. The
/// modules that it makes are valid; what they compute is another thing.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_REDUCTIONPATTERNS_H
