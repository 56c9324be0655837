//===- LowerRows.cpp - Loops over rows ------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerRows.h"
#include "RowEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace beeline;

Value beeline::foldRows(ImplicitLocOpBuilder &builder, Value buffer,
                        bool isGroupMajor) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t rank = type.getRank();
  if (rank <= 2)
    return buffer;
  int64_t split = isGroupMajor ? 1 : rank - 1;
  SmallVector<ReassociationIndices> folded(2);
  for (int64_t dim = 0; dim < rank; ++dim)
    folded[dim < split ? 0 : 1].push_back(dim);
  // Upstream takes 0 times an extent that is not known for 0, and then wants it
  // not to be known. So none of them is.
  SmallVector<int64_t> shape(type.getShape());
  for (const ReassociationIndices &group : folded) {
    MutableArrayRef<int64_t> extents =
        MutableArrayRef(shape).slice(group.front(), group.size());
    if (llvm::is_contained(extents, ShapedType::kDynamic) &&
        llvm::is_contained(extents, 0))
      llvm::fill(extents, ShapedType::kDynamic);
  }
  if (type.getShape() != ArrayRef(shape))
    buffer = memref::CastOp::create(
        builder, MemRefType(MemRefType::Builder(type).setShape(shape)), buffer);
  return memref::CollapseShapeOp::create(builder, buffer, folded);
}

SmallVector<Value> beeline::lowerRows(ImplicitLocOpBuilder &builder,
                                      RowwiseOpInterface op) {
  RowProgram program;
  op.buildRowProgram(program);
  DenseMap<Value, Value> buffers;
  bool hasRowSum = false;
  for (const RowStep &step : program.getSteps()) {
    hasRowSum |= step.kind == RowStep::Kind::RowSum;
    if (step.tensor && !buffers.contains(step.tensor))
      buffers[step.tensor] =
          foldRows(builder, createReadBuffer(builder, step.tensor),
                   step.access == RowAccess::GroupMajorScales);
  }

  Value rowTensor = op.getRowTensor();
  SmallVector<Value> resultBuffers;
  for (Value result : op->getResults()) {
    const RowStore &store = program.getStore(result);
    resultBuffers.push_back(
        createBuffer(builder, cast<RankedTensorType>(result.getType()),
                     reifyShape(builder, builder.getLoc(), rowTensor, store)));
    buffers[result] = foldRows(builder, resultBuffers.back(),
                               store.access == RowAccess::GroupMajorScales);
  }

  Value first = buffers.lookup(rowTensor);
  int64_t rank = cast<MemRefType>(first.getType()).getRank();
  OpFoldResult length =
      memref::getMixedSize(builder, builder.getLoc(), first, rank - 1);
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value rows = one;
  if (rank > 1)
    rows = getValueOrCreateConstantIndexOp(
        builder, builder.getLoc(),
        memref::getMixedSize(builder, builder.getLoc(), first, 0));

  Value scratch;
  if (hasRowSum)
    scratch = memref::AllocOp::create(builder,
                                      RowEmitter::scratchSize(builder, length),
                                      builder.getF32Type());
  auto loop = scf::ForOp::create(builder, zero, rows, one);
  builder.setInsertionPointToStart(loop.getBody());
  RowEmitter(builder, program, buffers, length, scratch)
      .emit(loop.getInductionVar());
  builder.setInsertionPointAfter(loop);

  SmallVector<Value> results;
  for (auto [result, buffer] : llvm::zip_equal(op->getResults(), resultBuffers))
    results.push_back(createTensor(
        builder, cast<RankedTensorType>(result.getType()), buffer));
  return results;
}
