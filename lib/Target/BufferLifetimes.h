//===- BufferLifetimes.h - When buffers are in use --------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_TARGET_BUFFERLIFETIMES_H
#define BEELINE_LIB_TARGET_BUFFERLIFETIMES_H

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/DenseMap.h"

namespace beeline {

/// From a buffer's allocation to the last op that accesses it, both included,
/// as positions in the order of the program.
struct Lifetime {
  int64_t begin, end;

  bool overlaps(const Lifetime &other) const {
    return begin <= other.end && other.begin <= end;
  }
};

/// The lifetimes of the buffers that a function of structured control flow
/// allocates.
class BufferLifetimes {
public:
  explicit BufferLifetimes(mlir::func::FuncOp function);

  /// The lifetime of a buffer, or failure if it outlives the iteration of a
  /// loop that allocates it.
  llvm::FailureOr<Lifetime> get(mlir::memref::AllocOp alloc) const;

private:
  mlir::BufferViewFlowAnalysis views;
  /// Where an op begins, and where the last op in its regions ends.
  llvm::DenseMap<mlir::Operation *, Lifetime> positions;
};

} // namespace beeline

#endif // BEELINE_LIB_TARGET_BUFFERLIFETIMES_H
