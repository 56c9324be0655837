//===- Joins.h - Where control flow passes values on ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One form for all of them: arguments of blocks, arguments of regions and
// results of the ops around these, results of calls, arguments of functions.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_JOINS_H
#define BEELINE_ANALYSIS_JOINS_H

#include "beeline/Analysis/Obstacle.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include <optional>
#include <variant>

namespace beeline {

/// What may become the value of a block argument or an op result when control
/// flow arrives there.
struct Join {
  enum class Kind { Block, Region, CallResults, FunctionArguments };

  Kind kind;
  /// Values with the same place and point are defined at the same moment, and
  /// have their incoming operands in the same order.
  llvm::PointerUnion<mlir::Operation *, mlir::Block *> place;
  /// The op that a user would name: a branch, an op with regions, a call, a
  /// function.
  mlir::Operation *op;
  /// One operand for each way that leads here.
  llvm::SmallVector<mlir::OpOperand *, 2> incoming;
  /// Where the operands of blocks go: which successor of their owners.
  llvm::SmallVector<unsigned, 2> successors;

  bool crossesFunctions() const {
    return kind == Kind::CallResults || kind == Kind::FunctionArguments;
  }
  bool isSamePlace(const Join &other) const { return place == other.place; }
};

/// Answers for the ops in `root`, as long as no control flow is changed in them
/// without saying so.
class Joins {
public:
  Joins(mlir::Operation *root, mlir::DominanceInfo &dominance,
        bool allowPublicABIChange)
      : root(root), dominance(dominance),
        allowPublicABIChange(allowPublicABIChange) {}

  /// Calls, signatures or branches have changed, functions have been added.
  /// Only how functions are referred to beside calls is taken to be as it was,
  /// since that is what takes longest to find.
  void invalidate();

  /// How control flow defines `value`, or why that is not known, or monostate
  /// if something else defines it.
  std::variant<std::monostate, Join, Obstacle> lookup(mlir::Value value);

  /// Whether `value` has been defined, once and for all, when control flow
  /// arrives at a join.
  bool isDefinedBefore(mlir::Value value, const Join &join);

  /// All calls of a function, at one of whose joins `lookup` has answered.
  llvm::ArrayRef<mlir::func::CallOp> getCalls(mlir::func::FuncOp function) {
    return (*functions)[function].calls;
  }

  /// Whether the op in which it stands is ever run.
  bool isReachable(mlir::Operation *op) {
    return op->getBlock() && dominance.isReachableFromEntry(op->getBlock());
  }

  /// Whether values are defined before they are used there.
  bool hasOrder(mlir::Operation *op) {
    return isReachable(op) && dominance.hasSSADominance(op->getBlock());
  }

private:
  using Found = std::variant<std::monostate, Join, Obstacle>;

  Found lookupBlockArgument(mlir::BlockArgument argument);
  Found lookupRegionBranch(mlir::RegionBranchOpInterface op, mlir::Value value);
  Found lookupCallResult(mlir::func::CallOp call, unsigned number);
  Found lookupFunctionArgument(mlir::func::FuncOp function, unsigned number);

  struct Function {
    llvm::SmallVector<mlir::func::CallOp> calls;
    bool isRecursive = false;
  };
  /// What keeps the signature of a function with a body from being changed.
  std::optional<Obstacle> getObstacle(mlir::func::FuncOp function);
  /// Fills `functions` and `callees`, once.
  void findFunctions();
  void findCalls();
  void findOtherReferences();
  void findRecursion();

  mlir::Operation *root;
  mlir::DominanceInfo &dominance;
  bool allowPublicABIChange;
  llvm::DenseMap<mlir::Operation *, mlir::RegionBranchInverseSuccessorMapping>
      regionInputs;
  /// Both looked for when a value first crosses a signature.
  std::optional<llvm::DenseMap<mlir::Operation *, Function>> functions;
  std::optional<llvm::DenseSet<mlir::Operation *>> referred;
  llvm::DenseMap<mlir::Operation *, mlir::func::FuncOp> callees;
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_JOINS_H
