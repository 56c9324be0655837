//===- LowerLinear.cpp - Linear layers on the CPU -------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each row of the weight, the row is extended to f32 once (and multiplied
// by its scales), and then with each row of the input, which was extended
// before:
//
//   acc[j] = sum over c of a[m, 16 c + j] * b[o, 16 c + j]     in the order of
//   c output = (pairwise sum of acc) + bias
//
// The order depends on the extents of the weight alone.
//
//===----------------------------------------------------------------------===//

#include "../FloatFormats.h"
#include "ChunkLoop.h"
#include "LowerRows.h"
#include "RowEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace beeline;

/// A program that extends a row of codes or values to f32 and multiplies it by
/// its scales, if any. What it stores goes by the name of `result`.
static RowProgram extendProgram(Value values, Value scales, int64_t groupSize,
                                ScaleLayout layout, Value result) {
  RowProgram program;
  RowValue extended = program.load(values);
  if (scales)
    extended = program.map(
        {extended, program.loadScales(scales, groupSize, layout)},
        [](RowMapBuilder &b, ArrayRef<Value> v) { return b.mul(v[0], v[1]); });
  program.store(extended, result);
  return program;
}

/// Emits a loop from `begin` to `end`, excluded.
static void forEachIndex(ImplicitLocOpBuilder &builder, Value begin, Value end,
                         int64_t step, function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(builder, begin, end,
                                 arith::ConstantIndexOp::create(builder, step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// Row `row` of the scales of a weight, as a buffer of rank 1.
static Value scalesOfWeightRow(ImplicitLocOpBuilder &builder, Value scales,
                               Value row) {
  Value block = arith::DivUIOp::create(
      builder, row,
      arith::ConstantIndexOp::create(builder, LinearOp::weightBlock));
  auto type = cast<MemRefType>(scales.getType());
  SmallVector<OpFoldResult> offsets = {block, builder.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {
      builder.getIndexAttr(1),
      memref::getMixedSize(builder, builder.getLoc(), scales, 1)};
  SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
  MemRefType rowType = memref::SubViewOp::inferRankReducedResultType(
      type.getShape().drop_front(), type, offsets, sizes, strides);
  return memref::SubViewOp::create(builder, rowType, scales, offsets, sizes,
                                   strides);
}

/// Rows of the input that meet a row of the weight at a time. Each has a sum of
/// its own, so that additions need not wait for one another; its order does not
/// depend on the others.
static constexpr int64_t rowsAtOnce = 4;

/// The dot products of `count` rows with `weightRow`. `load` gives a chunk of
/// one of the rows.
static Values
emitDotProducts(ImplicitLocOpBuilder &builder, OpFoldResult length,
                Value weightRow, int64_t count,
                function_ref<Value(int64_t, const Chunk &)> load) {
  Value nothing = createNothing(builder);
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Values sums = forEachChunk(
      builder, zero, length, Values(count, nothing),
      [&](Chunk chunk, ValueRange carried) {
        Value b = loadChunk(builder, weightRow, chunk.offset, chunk);
        Values next;
        for (int64_t i = 0; i < count; ++i) {
          Value product = arith::MulFOp::create(builder, load(i, chunk), b);
          next.push_back(arith::AddFOp::create(
              builder, carried[i], pad(builder, product, nothing, chunk)));
        }
        return next;
      });
  for (Value &sum : sums)
    sum = sumOfChunk(builder, sum);
  return sums;
}

Value beeline::lowerLinear(ImplicitLocOpBuilder &builder, LinearOp op) {
  Location loc = op.getLoc();
  Type f32 = builder.getF32Type();
  Value output = op.getOutput();
  auto outputType = cast<RankedTensorType>(output.getType());
  Value weight = createReadBuffer(builder, op.getWeight());
  OpFoldResult numOutputs = memref::getMixedSize(builder, loc, weight, 0);
  OpFoldResult length = memref::getMixedSize(builder, loc, weight, 1);

  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, op.getInput());
  Value extendedInput = foldRows(
      builder,
      createBuffer(builder, op.getInput().getType().clone(f32), sizes));
  sizes.back() = numOutputs;
  Value result = createBuffer(builder, outputType, sizes);
  Value resultRows = foldRows(builder, result);

  // Without a dimension of rows, the input is one.
  Value input = foldRows(builder, createReadBuffer(builder, op.getInput()));
  bool hasRows = cast<MemRefType>(input.getType()).getRank() > 1;
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value rows = getValueOrCreateConstantIndexOp(
      builder, loc,
      hasRows ? memref::getMixedSize(builder, loc, input, 0)
              : OpFoldResult(builder.getIndexAttr(1)));
  Value wholeBlocks = arith::SubIOp::create(
      builder, rows,
      arith::RemUIOp::create(
          builder, rows, arith::ConstantIndexOp::create(builder, rowsAtOnce)));
  auto inRow = [&](Value row, Value index) {
    return hasRows ? Values{row, index} : Values{index};
  };

  RowProgram inputProgram =
      extendProgram(op.getInput(), op.getInputScales(), op.getGroupSize(),
                    op.getScaleLayout(), output);
  DenseMap<Value, Value> inputBuffers = {{op.getInput(), input},
                                         {output, extendedInput}};
  if (Value scales = op.getInputScales())
    inputBuffers[scales] =
        foldRows(builder, createReadBuffer(builder, scales),
                 op.getScaleLayout() == ScaleLayout::GroupMajor);
  forEachIndex(builder, zero, rows, 1, [&](Value row) {
    RowEmitter(builder, inputProgram, inputBuffers, length, Value()).emit(row);
  });

  RowProgram weightProgram =
      extendProgram(op.getWeight(), op.getWeightScales(), LinearOp::weightBlock,
                    ScaleLayout::RowMajor, output);
  Value weightRow = createBuffer(
      builder,
      RankedTensorType::get(op.getWeight().getType().getShape().back(), f32),
      length);
  Value weightScales, bias;
  if (op.getWeightScales())
    weightScales = createReadBuffer(builder, op.getWeightScales());
  if (op.getBias())
    bias = createReadBuffer(builder, op.getBias());
  Value outputs = getValueOrCreateConstantIndexOp(builder, loc, numOutputs);

  forEachIndex(builder, zero, outputs, 1, [&](Value index) {
    DenseMap<Value, Value> buffers = {{op.getWeight(), weight},
                                      {output, weightRow}};
    if (weightScales)
      buffers[op.getWeightScales()] =
          scalesOfWeightRow(builder, weightScales, index);
    RowEmitter(builder, weightProgram, buffers, length, Value()).emit(index);
    Value offset;
    if (bias)
      offset =
          createExtend(builder, memref::LoadOp::create(builder, bias, index));

    auto emitRows = [&](Value firstRow, int64_t count) {
      Values rowIndices = {firstRow};
      while (static_cast<int64_t>(rowIndices.size()) < count)
        rowIndices.push_back(arith::AddIOp::create(
            builder, firstRow,
            arith::ConstantIndexOp::create(builder, rowIndices.size())));
      Values sums = emitDotProducts(
          builder, length, weightRow, count,
          [&](int64_t i, const Chunk &chunk) {
            return loadChunk(builder, extendedInput,
                             inRow(rowIndices[i], chunk.offset), chunk);
          });
      for (auto [row, sum] : llvm::zip_equal(rowIndices, sums)) {
        if (offset)
          sum = arith::AddFOp::create(builder, sum, offset);
        memref::StoreOp::create(
            builder,
            createTruncate(builder, sum,
                           cast<FloatType>(outputType.getElementType())),
            resultRows, inRow(row, index));
      }
    };
    forEachIndex(builder, zero, wholeBlocks, rowsAtOnce,
                 [&](Value row) { emitRows(row, rowsAtOnce); });
    forEachIndex(builder, wholeBlocks, rows, 1,
                 [&](Value row) { emitRows(row, 1); });
  });
  return createTensor(builder, outputType, result);
}
