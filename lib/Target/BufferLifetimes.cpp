//===- BufferLifetimes.cpp - When buffers are in use ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferLifetimes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <algorithm>

using namespace mlir;
using namespace beeline;

static void number(Operation *op, int64_t &next,
                   DenseMap<Operation *, Lifetime> &positions) {
  int64_t begin = next++;
  for (Region &region : op->getRegions())
    for (Operation &nested : region.getOps())
      number(&nested, next, positions);
  positions[op] = {begin, next++};
}

BufferLifetimes::BufferLifetimes(func::FuncOp function) : views(function) {
  int64_t next = 0;
  number(function, next, positions);
}

/// Whether the regions of `op` are executed at most once.
static bool isExecutedOnce(Operation *op) {
  return isa<scf::IfOp, scf::IndexSwitchOp, scf::ExecuteRegionOp>(op);
}

/// The op whose whole execution counts as an access by `user` to a buffer that
/// is allocated in `region`: the outermost loop around the user that is inside
/// of the region, if there is one.
static Operation *accessOf(Operation *user, Region *region) {
  Operation *access = user;
  for (Operation *op = user->getParentOp();
       op && region->isAncestor(op->getParentRegion()); op = op->getParentOp())
    if (!isExecutedOnce(op))
      access = op;
  return access;
}

FailureOr<Lifetime> BufferLifetimes::get(memref::AllocOp alloc) const {
  // The region that is executed anew for each buffer: a function's or a loop's
  // body.
  Region *region = alloc->getParentRegion();
  while (isExecutedOnce(region->getParentOp()))
    region = region->getParentRegion();

  Lifetime lifetime = positions.lookup(alloc);
  for (Value view : views.resolve(alloc)) {
    // As a result of the loop or as an argument of its next iteration.
    if (!region->isAncestor(view.getParentRegion()) ||
        (isa<BlockArgument>(view) && view.getParentRegion() == region))
      return failure();
    for (Operation *user : view.getUsers()) {
      Lifetime position = positions.lookup(accessOf(user, region));
      lifetime.begin = std::min(lifetime.begin, position.begin);
      lifetime.end = std::max(lifetime.end, position.end);
    }
  }
  return lifetime;
}
