//===- BlockGraph.h - What in a block must come before what -----*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops of a block are nodes, and can be merged into nodes of several ops. A
// node needs another one whose results it uses, in its regions too. What has
// effects stays in its order; what must not be executed speculatively stays
// after the effects before it.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_BLOCKGRAPH_H
#define BEELINE_DIALECT_TRANSFORMS_BLOCKGRAPH_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace beeline {

class BlockGraph {
public:
  /// The position of a node's first op.
  using Node = unsigned;

  explicit BlockGraph(mlir::Block &block);

  Node getNode(mlir::Operation *op) const;
  mlir::Operation *getFirst(Node node) const { return ops[node]; }
  /// In the block's order.
  llvm::SmallVector<mlir::Operation *> getOps(Node node) const;

  /// For each of `others`, an op that needs it and that `node` needs, directly
  /// or not, and that is in neither: null where there is none.
  llvm::SmallVector<mlir::Operation *> findBetween(llvm::ArrayRef<Node> others,
                                                   Node node) const;

  /// Makes one node of two between which there is nothing, in either direction.
  Node merge(Node a, Node b);

  /// The nodes in an order in which each comes after what it needs. As far as
  /// that allows it is the block's.
  llvm::SmallVector<Node> getOrder() const;

private:
  void addNeed(unsigned position, mlir::Value value);

  llvm::SmallVector<mlir::Operation *> ops;
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  /// By position: the positions of what an op needs.
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>> needs;
  llvm::SmallVector<Node> nodes;
  /// By node: the positions of its ops, ascending.
  llvm::SmallVector<llvm::SmallVector<unsigned, 1>> members;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_BLOCKGRAPH_H
