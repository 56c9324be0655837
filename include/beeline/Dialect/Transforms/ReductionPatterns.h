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
class RewritePatternSet;
class Tester;
} // namespace mlir

namespace beeline {

/// Rewrites that make a module smaller, each made only if the module stays
/// valid and `tester` finds it interesting. What it computes is another thing.
/// The tester has to outlive them.
void populateReductionPatterns(mlir::RewritePatternSet &patterns,
                               const mlir::Tester &tester);

/// Gives them to mlir-reduce's `reduction-tree`.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_REDUCTIONPATTERNS_H
