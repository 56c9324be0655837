//===- Fuse.cpp - One kernel for ops on the same rows ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Block by block, the row-wise ops join groups in the order in which they come:
// an op joins the groups that read or make a tensor which it reads too, unless
// something stands between. Then the block is put into an order in which the
// ops of each group are neighbours, and each group becomes a region.
//
//===----------------------------------------------------------------------===//

#include "BlockGraph.h"
#include "FuseRemarks.h"
#include "RowOps.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/RegionKindInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace beeline {
#define GEN_PASS_DEF_FUSEPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

class BlockFusion {
public:
  BlockFusion(Block &block, IRRewriter &rewriter)
      : block(block), rewriter(rewriter) {}

  void run();

private:
  using Node = BlockGraph::Node;

  /// rms_norm_quant ⇒ rms_norm, group_quant
  void decompose();

  /// Lets `op` join the nodes with which it shares rows.
  void place(const RowOp &op);
  /// The nodes of placed ops with which `op` shares rows, or whose results it
  /// reads.
  llvm::SetVector<Node> findNeighbours(const RowOp &op);
  /// Why `node`, which shares rows with `op`, cannot be in one region with it.
  std::optional<std::string> findMismatch(const RowOp &op, Node node);
  /// Merges two nodes that `op`, which is in the first, brings together, if
  /// they can be.
  void tryMerge(const RowOp &op, Node &joined, Node node);

  SmallVector<const RowOp *> getRowOps(Node node);
  void remark(ArrayRef<const RowOp *> group);
  void createRegion(ArrayRef<const RowOp *> group);

  Block &block;
  IRRewriter &rewriter;
  std::optional<BlockGraph> graph;
  llvm::MapVector<Operation *, RowOp> rowOps;
  /// By part of an op that was decomposed: the first part.
  DenseMap<Operation *, Operation *> kernelOf;
  /// The placed ops that read a tensor in a way, one for each node.
  DenseMap<std::pair<Value, unsigned>, SmallVector<Operation *, 1>> readers;
};

struct FusePass final : beeline::impl::FusePassBase<FusePass> {
  void runOnOperation() override {
    // Where values are defined before they are used.
    SmallVector<Block *> blocks;
    DominanceInfo dominance;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<FusedOp>(op))
        return WalkResult::skip();
      for (Region &region : op->getRegions())
        if (mayHaveSSADominance(region))
          for (Block &block : region)
            if (dominance.isReachableFromEntry(&block))
              blocks.push_back(&block);
      return WalkResult::advance();
    });
    IRRewriter rewriter(&getContext());
    for (Block *block : blocks)
      BlockFusion(*block, rewriter).run();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

void BlockFusion::decompose() {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto aggregated = dyn_cast<linalg::AggregatedOpInterface>(op);
    if (!aggregated || isa<FusedOp>(op) ||
        !isa_and_nonnull<BeelineDialect>(op.getDialect()))
      continue;
    Operation *before = op.getPrevNode();
    rewriter.setInsertionPoint(&op);
    FailureOr<SmallVector<Value>> results =
        aggregated.decomposeOperation(rewriter);
    if (failed(results))
      continue;
    Operation *first = before ? before->getNextNode() : &block.front();
    for (Operation *part = first; part != &op; part = part->getNextNode())
      kernelOf[part] = first;
    rewriter.replaceOp(&op, *results);
  }
}

SmallVector<const RowOp *> BlockFusion::getRowOps(Node node) {
  return llvm::map_to_vector(graph->getOps(node), [&](Operation *op) {
    return static_cast<const RowOp *>(&rowOps.find(op)->second);
  });
}

llvm::SetVector<BlockFusion::Node>
BlockFusion::findNeighbours(const RowOp &op) {
  llvm::SetVector<Node> neighbours;
  for (const RowStep &load : op.loads) {
    if (Operation *maker = load.tensor.getDefiningOp(); rowOps.contains(maker))
      neighbours.insert(graph->getNode(maker));
    auto sharing =
        readers.find({load.tensor, static_cast<unsigned>(load.access)});
    if (sharing != readers.end())
      for (Operation *reader : sharing->second)
        neighbours.insert(graph->getNode(reader));
  }
  return neighbours;
}

std::optional<std::string> BlockFusion::findMismatch(const RowOp &op,
                                                     Node node) {
  RankedTensorType rows = rowOps.find(graph->getFirst(node))->second.rows;
  if (rows.getShape() != op.rows.getShape())
    return llvm::formatv("their rows are different, those of {0} and of {1}",
                         op.rows, rows);
  for (const RowStep &load : op.loads) {
    auto *maker = rowOps.find(load.tensor.getDefiningOp());
    if (maker == rowOps.end() || graph->getNode(maker->first) != node)
      continue;
    if (auto mismatch =
            describeMismatch(maker->second.getStore(load.tensor), load))
      return mismatch;
  }
  return std::nullopt;
}

void BlockFusion::tryMerge(const RowOp &op, Node &joined, Node node) {
  Operation *first = graph->getFirst(node);
  for (auto [from, to] : {std::pair(joined, node), std::pair(node, joined)}) {
    for (const RowOp *reader : getRowOps(to)) {
      if (auto mismatch = findMismatch(*reader, from)) {
        remarkKeptApart(op.op, first, *mismatch);
        return;
      }
    }
    if (Operation *between = graph->findBetween(from, to).front()) {
      remarkKeptApart(op.op, first, between);
      return;
    }
  }
  joined = graph->merge(joined, node);
}

void BlockFusion::place(const RowOp &op) {
  SmallVector<Node> candidates;
  for (Node node : findNeighbours(op)) {
    if (auto mismatch = findMismatch(op, node))
      remarkKeptApart(op.op, graph->getFirst(node), *mismatch);
    else
      candidates.push_back(node);
  }

  Node joined = graph->getNode(op.op);
  SmallVector<Operation *> between = graph->findBetween(candidates, joined);
  bool isAlone = true;
  for (auto [node, obstacle] : llvm::zip_equal(candidates, between)) {
    if (obstacle) {
      remarkKeptApart(op.op, graph->getFirst(node), obstacle);
    } else if (isAlone) {
      joined = graph->merge(joined, node);
      isAlone = false;
    } else {
      tryMerge(op, joined, node);
    }
  }

  for (const RowStep &load : op.loads) {
    if (load.access == RowAccess::Vector || isRowConstant(load.tensor, op.rows))
      continue;
    SmallVector<Operation *, 1> &sharing =
        readers[{load.tensor, static_cast<unsigned>(load.access)}];
    if (llvm::none_of(sharing, [&](Operation *reader) {
          return graph->getNode(reader) == joined;
        }))
      sharing.push_back(op.op);
  }
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// Whether the ops of a region have `value` inside, as a copy.
static bool isCopied(Value value, ArrayRef<const RowOp *> group) {
  return isRowConstant(value, group.front()->rows) &&
         llvm::all_of(group, [&](const RowOp *op) {
           return llvm::all_of(op->loads, [&](const RowStep &load) {
             return load.tensor != value || load.access == RowAccess::Elements;
           });
         });
}

void BlockFusion::createRegion(ArrayRef<const RowOp *> group) {
  llvm::SmallPtrSet<Operation *, 8> inside;
  llvm::SetVector<Value> inputs, constants;
  SmallVector<Location> locs;
  for (const RowOp *op : group) {
    inside.insert(op->op);
    locs.push_back(op->op->getLoc());
    for (Value operand : op->op->getOperands())
      if (!inside.contains(operand.getDefiningOp()))
        (isCopied(operand, group) ? constants : inputs).insert(operand);
  }
  SmallVector<Value> outputs;
  for (const RowOp *op : group)
    for (Value result : op->op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        outputs.push_back(result);

  rewriter.setInsertionPoint(group.front()->op);
  Location loc = rewriter.getFusedLoc(locs);
  auto fused = FusedOp::create(rewriter, loc, ValueRange(outputs).getTypes(),
                               inputs.getArrayRef());
  Block *body =
      rewriter.createBlock(&fused.getBody(), {}, fused.getInputs().getTypes(),
                           SmallVector<Location>(inputs.size(), loc));
  IRMapping arguments;
  arguments.map(inputs.getArrayRef(), body->getArguments());
  for (Value constant : constants)
    arguments.map(constant,
                  rewriter.clone(*constant.getDefiningOp())->getResult(0));
  for (const RowOp *op : group) {
    rewriter.moveOpBefore(op->op, body, body->end());
    rewriter.modifyOpInPlace(op->op, [&] {
      for (OpOperand &operand : op->op->getOpOperands())
        operand.set(arguments.lookupOrDefault(operand.get()));
    });
  }
  rewriter.setInsertionPointToEnd(body);
  YieldOp::create(rewriter, loc, outputs);
  for (auto [output, result] : llvm::zip_equal(outputs, fused.getResults()))
    rewriter.replaceUsesWithIf(output, result, [&](OpOperand &use) {
      return use.getOwner()->getParentOp() != fused;
    });
  for (Value constant : constants)
    if (constant.use_empty())
      rewriter.eraseOp(constant.getDefiningOp());
}

void BlockFusion::remark(ArrayRef<const RowOp *> group) {
  llvm::MapVector<Operation *, SmallVector<const RowOp *>> kernels;
  for (const RowOp *op : group) {
    Operation *kernel = kernelOf.lookup(op->op);
    kernels[kernel ? kernel : op->op].push_back(op);
  }
  remarkFused(llvm::to_vector(llvm::make_second_range(kernels)));
}

void BlockFusion::run() {
  decompose();
  for (Operation &op : block)
    if (std::optional<RowOp> rowOp = RowOp::get(&op))
      rowOps.insert({&op, std::move(*rowOp)});
  if (rowOps.size() < 2)
    return;
  graph.emplace(block);
  for (auto &[op, rowOp] : rowOps)
    place(rowOp);

  SmallVector<SmallVector<const RowOp *>> groups;
  SmallVector<Operation *> order;
  for (Node node : graph->getOrder()) {
    llvm::append_range(order, graph->getOps(node));
    if (order.back() != graph->getFirst(node))
      groups.push_back(getRowOps(node));
  }
  if (groups.empty())
    return;
  for (Operation *op : order)
    rewriter.moveOpBefore(op, &block, block.end());
  for (ArrayRef<const RowOp *> group : groups) {
    remark(group);
    createRegion(group);
  }
}
