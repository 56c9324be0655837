//===- BlockGraph.cpp - What in a block must come before what -------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGraph.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/BitVector.h"
#include <functional>
#include <queue>

using namespace mlir;
using namespace beeline;

void BlockGraph::addNeed(unsigned position, Value value) {
  Operation *producer = value.getDefiningOp();
  auto found = positions.find(producer);
  if (producer && found != positions.end())
    needs[position].push_back(found->second);
}

BlockGraph::BlockGraph(Block &block) {
  std::optional<unsigned> lastEffect;
  for (auto [position, op] : llvm::enumerate(block)) {
    ops.push_back(&op);
    needs.emplace_back();
    for (Value operand : op.getOperands())
      addNeed(position, operand);
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op.getRegions(), captured);
    for (Value value : captured)
      addNeed(position, value);

    bool hasEffects = !isMemoryEffectFree(&op);
    if (lastEffect && (hasEffects || !isSpeculatable(&op)))
      needs[position].push_back(*lastEffect);
    if (hasEffects)
      lastEffect = position;
    positions[&op] = position;
    nodes.push_back(position);
    members.push_back({static_cast<unsigned>(position)});
  }
}

BlockGraph::Node BlockGraph::getNode(Operation *op) const {
  return nodes[positions.lookup(op)];
}

SmallVector<Operation *> BlockGraph::getOps(Node node) const {
  return llvm::map_to_vector(members[node],
                             [&](unsigned position) { return ops[position]; });
}

SmallVector<Operation *> BlockGraph::findBetween(ArrayRef<Node> others,
                                                 Node node) const {
  SmallVector<Operation *> between(others.size());
  if (others.empty())
    return between;
  DenseMap<Node, Operation **> unseen;
  for (auto [other, found] : llvm::zip_equal(others, between))
    unseen[other] = &found;
  // Nothing that ends before all of `others` begin needs one of them.
  unsigned begin = *llvm::min_element(others);

  llvm::DenseSet<Node> visited = {node};
  SmallVector<Node> worklist;
  auto visit = [&](Node next) {
    if (members[next].back() >= begin && visited.insert(next).second)
      worklist.push_back(next);
  };
  for (unsigned position : members[node])
    for (unsigned need : needs[position])
      visit(nodes[need]);
  while (!worklist.empty() && !unseen.empty()) {
    Node current = worklist.pop_back_val();
    // What a node needs does not need it.
    if (unseen.size() == 1 && unseen.contains(current))
      continue;
    for (unsigned position : members[current]) {
      for (unsigned need : needs[position]) {
        Node next = nodes[need];
        if (next == current)
          continue;
        if (auto other = unseen.find(next); other != unseen.end()) {
          *other->second = ops[position];
          unseen.erase(other);
        }
        visit(next);
      }
    }
  }
  return between;
}

BlockGraph::Node BlockGraph::merge(Node a, Node b) {
  auto [into, from] = std::minmax(a, b);
  for (unsigned position : members[from])
    nodes[position] = into;
  bool isSorted = members[into].back() < members[from].front();
  llvm::append_range(members[into], members[from]);
  if (!isSorted)
    llvm::sort(members[into]);
  members[from].clear();
  return into;
}

SmallVector<BlockGraph::Node> BlockGraph::getOrder() const {
  SmallVector<SmallVector<Node, 2>> neededBy(ops.size());
  SmallVector<unsigned> numMissing(ops.size());
  for (unsigned position = 0; position < ops.size(); ++position) {
    for (unsigned need : needs[position]) {
      if (nodes[need] == nodes[position])
        continue;
      neededBy[nodes[need]].push_back(nodes[position]);
      ++numMissing[nodes[position]];
    }
  }

  std::priority_queue<Node, std::vector<Node>, std::greater<Node>> ready;
  for (unsigned position = 0; position < ops.size(); ++position)
    if (nodes[position] == position && numMissing[position] == 0)
      ready.push(position);
  SmallVector<Node> order;
  while (!ready.empty()) {
    Node node = ready.top();
    ready.pop();
    order.push_back(node);
    for (Node next : neededBy[node])
      if (--numMissing[next] == 0)
        ready.push(next);
  }
  return order;
}
