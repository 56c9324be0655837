//===- ResultsToArguments.cpp - Results in the caller's buffers -----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtentCloner.h"
#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace beeline {
#define GEN_PASS_DEF_RESULTSTOARGUMENTSPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// Builds the function that computes the extents of what `returned` returns.
static LogicalResult createResultSizes(func::FuncOp function,
                                       func::ReturnOp returned) {
  int64_t numExtents = countExtents(returned.getOperandTypes());
  if (numExtents == 0)
    return success();
  if (failed(verifyIsNew(function, function.getName() + ".result_sizes")))
    return failure();
  ImplicitLocOpBuilder builder(function.getLoc(), function->getContext());
  builder.setInsertionPointAfter(function);
  SmallVector<Type> arguments(countExtents(function.getArgumentTypes()),
                              builder.getIndexType());
  SmallVector<Type> results(numExtents, builder.getIndexType());
  auto sizes = func::FuncOp::create(
      builder, (function.getName() + ".result_sizes").str(),
      builder.getFunctionType(arguments, results));
  sizes.setPrivate();
  Block *body = sizes.addEntryBlock();
  builder.setInsertionPointToStart(body);

  SmallVector<BlockArgument> inputs(function.getArguments());
  ExtentCloner cloner(builder, inputs, body->getArguments());
  SmallVector<Value> extents;
  for (auto [index, buffer] : llvm::enumerate(returned.getOperands())) {
    auto type = cast<MemRefType>(buffer.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      extents.push_back(cloner.cloneExtent(buffer, dim));
      if (!extents.back())
        return returned.emitOpError()
               << "returns as result " << index << " a tensor whose dimension "
               << dim
               << " does not follow from the extents of the function's "
                  "arguments, so that its callers cannot provide a buffer";
    }
  }
  func::ReturnOp::create(builder, extents);
  return success();
}

/// The allocation that made `buffer`, if that is all of it and it is not made
/// in a branch or a loop.
static memref::AllocOp findAllocation(Value buffer) {
  while (auto cast = buffer.getDefiningOp<memref::CastOp>())
    buffer = cast.getSource();
  auto alloc = buffer.getDefiningOp<memref::AllocOp>();
  bool isTopLevel = alloc && isa<func::FuncOp>(alloc->getParentOp()) &&
                    alloc.getType().getLayout().isIdentity();
  return isTopLevel ? alloc : memref::AllocOp();
}

/// Appends the arguments and stores the results in them.
static LogicalResult convert(func::FuncOp function) {
  if (failed(verifyBuffers(function)))
    return failure();
  auto returned = cast<func::ReturnOp>(function.front().getTerminator());
  if (failed(createResultSizes(function, returned)))
    return failure();

  IRRewriter rewriter(function->getContext());
  rewriter.setInsertionPoint(returned);
  for (OpOperand &operand : returned->getOpOperands()) {
    // An argument, if it was a result before.
    Value buffer = operand.get();
    auto type = cast<MemRefType>(buffer.getType());
    unsigned index = function.getNumArguments();
    if (failed(function.insertArgument(
            index, type,
            rewriter.getDictionaryAttr(
                rewriter.getNamedAttr(resultAttrName, rewriter.getUnitAttr())),
            returned.getLoc())))
      return failure();
    Value result = function.getArgument(index);
    memref::AllocOp alloc = findAllocation(buffer);
    if (alloc && alloc.getType() == type)
      rewriter.replaceOp(alloc, result);
    else
      memref::CopyOp::create(rewriter, returned.getLoc(), buffer, result);
  }
  rewriter.replaceOpWithNewOp<func::ReturnOp>(returned);
  function.setType(
      rewriter.getFunctionType(function.getArgumentTypes(), TypeRange()));
  return success();
}

namespace {

struct ResultsToArgumentsPass final
    : beeline::impl::ResultsToArgumentsPassBase<ResultsToArgumentsPass> {
  void runOnOperation() override {
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (function.isPublic() && !function.isDeclaration() &&
          failed(convert(function)))
        return signalPassFailure();
  }
};

} // namespace
