//===- InPlace.cpp - Results that may overwrite an argument ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/InPlace.h"
#include "beeline/Dialect/IR/BeelineOps.h"

using namespace mlir;
using namespace beeline;

/// Whether `op` is a view of the same elements in the same order.
static bool isView(Operation *op) {
  return isa_and_nonnull<tensor::CastOp, tensor::CollapseShapeOp,
                         tensor::ExpandShapeOp>(op);
}

/// Whether `op` writes its results to memory of their own, whatever it reads.
static bool hasFreshResults(Operation *op) {
  return getRowwise(op) || isa<RMSNormQuantOp, LinearOp, tensor::DimOp>(op);
}

/// Whether the loop over a row that stores `result` is the last one: those over
/// groups come first.
static bool isStoredLast(const RowProgram &program, Value result) {
  auto groupSizes =
      llvm::map_range(program.getStores(), [&](const RowStore &store) {
        return program[store.value].groupSize;
      });
  for (auto [store, groupSize] :
       llvm::zip_equal(program.getStores(), groupSizes))
    if (store.tensor == result)
      return store.access == RowAccess::Elements &&
             (groupSize == 0 || llvm::all_equal(groupSizes));
  return false;
}

static bool isElementForElement(Operation *op, Value tensor, Value result);

/// The ops of a region may run one after the other: whether none reads `tensor`
/// after the one that writes `result`, and that one when it has read it.
static bool isReadBeforeWritten(FusedOp fused, Value tensor, Value result) {
  Block &body = fused.getBody().front();
  Value value = body.getTerminator()->getOperand(
      cast<OpResult>(result).getResultNumber());
  Operation *writer = value.getDefiningOp();
  for (auto [argument, input] :
       llvm::zip_equal(body.getArguments(), fused.getInputs())) {
    if (input != tensor)
      continue;
    for (Operation *reader : argument.getUsers())
      if (reader == writer ? !isElementForElement(reader, argument, value)
                           : !reader->isBeforeInBlock(writer))
        return false;
  }
  return true;
}

/// Whether `op` reads `tensor` element for element only, and writes `result` so
/// when it has read what is there.
static bool isElementForElement(Operation *op, Value tensor, Value result) {
  // It is decomposed: the norm, which writes the sum, is done with its operands
  // before anything else is written.
  if (auto norm = dyn_cast<RMSNormQuantOp>(op))
    return tensor != norm.getWeight() &&
           (result == norm.getSum() || result == norm.getUnquantized());
  RowwiseOpInterface rowwise = getRowwise(op);
  auto fused = dyn_cast<FusedOp>(op);
  if (!rowwise || (fused && !isReadBeforeWritten(fused, tensor, result)))
    return false;
  RowProgram program;
  rowwise.buildRowProgram(program);
  return isStoredLast(program, result) &&
         llvm::all_of(program.getSteps(), [&](const RowStep &step) {
           return step.tensor != tensor || step.access == RowAccess::Elements;
         });
}

/// Whether the ops of a region, one after the other, leave `input` alone once
/// they have begun to write `output`.
static bool isElementForElementInside(FusedOp fused, Value input,
                                      OpResult output) {
  Block &body = fused.getBody().front();
  Value yielded = body.getTerminator()->getOperand(output.getResultNumber());
  return llvm::all_of(llvm::zip_equal(fused.getInputs(), body.getArguments()),
                      [&](auto pair) {
                        auto [outer, inner] = pair;
                        return outer != input || mayShareBuffer(inner, yielded);
                      });
}

bool beeline::mayShareBuffer(BlockArgument argument, Value result) {
  if (argument.getType() != result.getType())
    return false;
  while (isView(result.getDefiningOp()))
    result = result.getDefiningOp()->getOperand(0);
  Operation *writer = result.getDefiningOp();
  if (!writer || writer->getBlock() != argument.getOwner() ||
      !hasFreshResults(writer))
    return false;

  // All that read the argument, through views.
  SmallVector<Value> tensors = {argument};
  for (size_t i = 0; i < tensors.size(); ++i)
    for (Operation *user : tensors[i].getUsers()) {
      if (isView(user)) {
        tensors.push_back(user->getResult(0));
      } else if (user == writer) {
        if (!isElementForElement(writer, tensors[i], result))
          return false;
        // A CPU runs the ops of a region one after the other.
        auto fused = dyn_cast<FusedOp>(writer);
        if (fused && !isElementForElementInside(fused, tensors[i],
                                                cast<OpResult>(result)))
          return false;
      } else if (user->getBlock() != writer->getBlock() ||
                 !user->isBeforeInBlock(writer) || !hasFreshResults(user)) {
        return false;
      }
    }
  return true;
}
