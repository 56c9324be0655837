//===- Raising.h - The rewrite, as all forms share it -----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_RAISING_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_RAISING_H

#include "Forms.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"

namespace beeline {

class Raising {
public:
  Raising(mlir::ModuleOp module, AssumptionSet allowed)
      : rewriter(module.getContext()), allowed(allowed) {}

  NearMisses &getMisses() { return misses; }
  bool isErased(mlir::Operation *op) const { return erased.contains(op); }

  /// Whether assuming this is allowed.
  bool isAllowed(AssumptionSet assumed) const {
    return assumed.without(allowed).empty();
  }
  /// Whether all that the match assumed is; else it is a near miss.
  bool isAllowed(Matcher &matcher, mlir::Operation *anchor,
                 llvm::StringRef opName) const;

  /// The first place in the root's block at or after the first op of the
  /// matched ones where all of `operands` are there.
  void setInsertionPointBefore(Matcher &matcher,
                               llvm::ArrayRef<mlir::Value> operands);
  /// Whether `value` is made where or after the next op will be.
  bool isMadeLater(mlir::Value value) const;
  /// `use` in the shape that it is read in.
  mlir::Value materialize(const TensorUse &use);
  /// What `create` makes, if the verifier takes it; else it is a near miss.
  template <typename OpTy>
  OpTy createVerified(Matcher &matcher, mlir::Operation *anchor,
                      llvm::function_ref<OpTy(mlir::Location)> create) {
    OpTy op = create(matcher.getRoot().getLoc());
    return verifies(matcher, anchor, op) ? op : OpTy();
  }

  /// Lets readers of `value` read `replacement`, cast to its shape.
  void replace(mlir::Value value, mlir::Value replacement);
  /// The root's readers read `result` of `op`; nothing else of the matched ops
  /// is needed, unless something else reads it.
  void replaceRoot(Matcher &matcher, mlir::Operation *op, mlir::Value result);
  /// And what only it needed, but not `except`.
  void eraseIfDead(mlir::Operation *op, mlir::Operation *except = nullptr);

  mlir::IRRewriter rewriter;

private:
  /// Erases `op` if the verifier does not take it.
  bool verifies(Matcher &matcher, mlir::Operation *anchor, mlir::Operation *op);

  AssumptionSet allowed;
  NearMisses misses;
  llvm::DenseSet<mlir::Operation *> erased;
};

/// A tensor that can be the result of an op that is raised, by its type.
bool isRoot(mlir::Value value);

/// Each raises `root` if it is the op, and returns whether.
bool raiseDequant(Raising &raising, mlir::Value root);
bool raiseSiluMul(Raising &raising, mlir::Value root);
bool raiseNorm(Raising &raising, mlir::Value root);
/// Of the codes; the scales follow.
bool raiseGroupQuant(Raising &raising, mlir::Value root);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_RAISING_H
