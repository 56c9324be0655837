//===- RowEmitter.cpp - Vector code for one row of a program --------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowEmitter.h"
#include "../FloatFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

std::optional<std::string> RowEmitter::findObstacle(const RowProgram &program) {
  for (const RowStep &step : program.getSteps())
    for (RowValue operand : step.operands) {
      int64_t groupSize = program[operand].groupSize;
      if (groupSize != 0 && step.extent == RowExtent::Row)
        return "its row program sums over a row what depends on groups";
      if (groupSize != 0 && groupSize != step.groupSize)
        return "its row program combines groups of different sizes";
    }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value RowEmitter::materialize(OpFoldResult value) {
  return getValueOrCreateConstantIndexOp(builder, builder.getLoc(), value);
}

OpFoldResult RowEmitter::scratchSize(ImplicitLocOpBuilder &builder,
                                     OpFoldResult length) {
  // One sum for each chunk, and a chunk of padding.
  OpFoldResult chunks = ceilDiv(builder, length, chunkSize);
  if (std::optional<int64_t> known = getConstantIntValue(chunks))
    return builder.getIndexAttr(*known + chunkSize);
  Value padding = arith::ConstantIndexOp::create(builder, chunkSize);
  return arith::AddIOp::create(builder, cast<Value>(chunks), padding)
      .getResult();
}

Values RowEmitter::indices(Value buffer, RowAccess access, Value index) {
  if (cast<MemRefType>(buffer.getType()).getRank() == 1)
    return {index};
  if (access == RowAccess::GroupMajorScales)
    return {index, row};
  return {row, index};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value RowEmitter::apply(const RowStep &step, ArrayRef<Value> operands,
                        Type type) {
  if (step.kind == RowStep::Kind::Round)
    return createExtend(builder,
                        createTruncate(builder, operands.front(), step.type));
  RowMapBuilder mapBuilder(builder, type);
  if (step.kind == RowStep::Kind::Clamp)
    return mapBuilder.clamp(operands.front(), -step.bound, step.bound);
  return step.map(mapBuilder, operands);
}

Value RowEmitter::evaluate(RowValue value, const Chunk &chunk,
                           DenseMap<unsigned, Value> &known) {
  if (Value found = known.lookup(value.index))
    return found;
  const RowStep &step = program[value];
  Value result;
  if (step.extent != RowExtent::Element) {
    result =
        vector::BroadcastOp::create(builder, chunk.typeOf(builder.getF32Type()),
                                    scalars.lookup(value.index));
  } else if (step.kind == RowStep::Kind::Load) {
    Value buffer = buffers.lookup(step.tensor);
    result = createExtend(
        builder, loadChunk(builder, buffer,
                           indices(buffer, step.access, chunk.offset), chunk));
  } else {
    Values operands;
    for (RowValue operand : step.operands)
      operands.push_back(evaluate(operand, chunk, known));
    result = apply(step, operands, chunk.typeOf(builder.getF32Type()));
  }
  known[value.index] = result;
  return result;
}

Value RowEmitter::emitScalar(const RowStep &step) {
  switch (step.kind) {
  case RowStep::Kind::Load: {
    Value buffer = buffers.lookup(step.tensor);
    return createExtend(
        builder, memref::LoadOp::create(builder, buffer,
                                        indices(buffer, step.access, group)));
  }
  case RowStep::Kind::Map:
  case RowStep::Kind::Clamp:
  case RowStep::Kind::Round: {
    Values operands;
    for (RowValue operand : step.operands)
      operands.push_back(scalars.lookup(operand.index));
    return apply(step, operands, builder.getF32Type());
  }
  case RowStep::Kind::RowLength: {
    // At most 2^24, so f32 holds it.
    Value integer = arith::IndexCastOp::create(builder, builder.getI32Type(),
                                               materialize(length));
    return arith::UIToFPOp::create(builder, builder.getF32Type(), integer);
  }
  case RowStep::Kind::RowSum:
  case RowStep::Kind::GroupAbsMax:
    break;
  }
  llvm_unreachable("reductions are emitted as loops");
}

Value RowEmitter::emitRowSum(RowValue value) {
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value size = arith::ConstantIndexOp::create(builder, chunkSize);
  Value nothing = createNothing(builder);

  // The sum of each chunk ...
  forEachChunk(
      builder, zero, length, {}, [&](Chunk chunk, ValueRange) -> Values {
        DenseMap<unsigned, Value> known;
        Value elements =
            pad(builder, evaluate(value, chunk, known), nothing, chunk);
        Value index = arith::DivUIOp::create(builder, chunk.offset, size);
        memref::StoreOp::create(builder, sumOfChunk(builder, elements), scratch,
                                index);
        return {};
      });

  // ... and of each chunk of sums, until one is left.
  Value count = materialize(ceilDiv(builder, length, chunkSize));
  auto reduction = scf::WhileOp::create(
      builder, TypeRange{builder.getIndexType()}, ValueRange{count},
      [&](OpBuilder &, Location, ValueRange count) {
        Value hasMore = arith::CmpIOp::create(
            builder, arith::CmpIPredicate::ugt, count.front(), one);
        scf::ConditionOp::create(builder, hasMore, count);
      },
      [&](OpBuilder &, Location, ValueRange count) {
        vector::StoreOp::create(builder, nothing, scratch, count);
        Value chunks = arith::CeilDivUIOp::create(builder, count.front(), size);
        auto loop = scf::ForOp::create(builder, zero, chunks, one);
        {
          OpBuilder::InsertionGuard guard(builder);
          builder.setInsertionPointToStart(loop.getBody());
          Value index = loop.getInductionVar();
          Value offset = arith::MulIOp::create(builder, index, size);
          Value sums = vector::LoadOp::create(
              builder, cast<VectorType>(nothing.getType()), scratch, offset);
          memref::StoreOp::create(builder, sumOfChunk(builder, sums), scratch,
                                  index);
        }
        scf::YieldOp::create(builder, chunks);
      });
  builder.setInsertionPointAfter(reduction);
  return memref::LoadOp::create(builder, scratch, zero);
}

Value RowEmitter::emitGroupAbsMax(RowValue value, Value begin,
                                  OpFoldResult length) {
  // Magnitudes are ordered as their bits are, with NaN above all.
  Type i32 = builder.getI32Type();
  Value zeros = createSplat(builder, builder.getI32IntegerAttr(0));
  Value magnitude = createSplat(builder, builder.getI32IntegerAttr(0x7FFFFFFF));
  Values largest = forEachChunk(
      builder, begin, length, {zeros},
      [&](Chunk chunk, ValueRange carried) -> Values {
        DenseMap<unsigned, Value> known;
        Value bits = arith::BitcastOp::create(builder, chunk.typeOf(i32),
                                              evaluate(value, chunk, known));
        bits = pad(builder, bits, zeros, chunk);
        bits = arith::AndIOp::create(builder, bits, magnitude);
        return {arith::MaxUIOp::create(builder, carried.front(), bits)};
      });
  Value bits = vector::ReductionOp::create(
      builder, vector::CombiningKind::MAXUI, largest.front());
  return arith::BitcastOp::create(builder, builder.getF32Type(), bits);
}

//===----------------------------------------------------------------------===//
// Rows and groups
//===----------------------------------------------------------------------===//

void RowEmitter::emitRowSteps() {
  for (auto [index, step] : llvm::enumerate(program.getSteps()))
    if (step.extent == RowExtent::Row)
      scalars[index] = step.kind == RowStep::Kind::RowSum
                           ? emitRowSum(step.operands.front())
                           : emitScalar(step);
}

void RowEmitter::emitStores(Value begin, OpFoldResult length,
                            int64_t groupSize) {
  SmallVector<RowStore> elementStores;
  for (const RowStore &store : program.getStores()) {
    if (program[store.value].groupSize != groupSize)
      continue;
    if (store.access == RowAccess::Elements) {
      elementStores.push_back(store);
      continue;
    }
    Value buffer = buffers.lookup(store.tensor);
    Value scale = createTruncate(builder, scalars.lookup(store.value.index),
                                 cast<FloatType>(getElementTypeOrSelf(buffer)));
    memref::StoreOp::create(builder, scale, buffer,
                            indices(buffer, store.access, group));
  }
  if (elementStores.empty())
    return;
  forEachChunk(
      builder, begin, length, {}, [&](Chunk chunk, ValueRange) -> Values {
        // All are loaded before any is stored: a result may take an operand's
        // place.
        DenseMap<unsigned, Value> known;
        Values stored;
        for (const RowStore &store : elementStores)
          stored.push_back(createTruncate(builder,
                                          evaluate(store.value, chunk, known),
                                          cast<FloatType>(getElementTypeOrSelf(
                                              buffers.lookup(store.tensor)))));
        for (auto [store, elements] : llvm::zip_equal(elementStores, stored)) {
          Value buffer = buffers.lookup(store.tensor);
          storeChunk(builder, elements, buffer,
                     indices(buffer, store.access, chunk.offset), chunk);
        }
        return {};
      });
}

void RowEmitter::emitGroup(Value index, int64_t groupSize,
                           OpFoldResult length) {
  group = index;
  Value begin = arith::MulIOp::create(
      builder, index, arith::ConstantIndexOp::create(builder, groupSize));
  for (auto [index, step] : llvm::enumerate(program.getSteps()))
    if (step.extent == RowExtent::Group && step.groupSize == groupSize)
      scalars[index] =
          step.kind == RowStep::Kind::GroupAbsMax
              ? emitGroupAbsMax(step.operands.front(), begin, length)
              : emitScalar(step);
  emitStores(begin, length, groupSize);
}

void RowEmitter::emitGroups(int64_t groupSize) {
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value size = arith::ConstantIndexOp::create(builder, groupSize);
  Value wholeGroups =
      arith::DivUIOp::create(builder, materialize(length), size);
  auto loop = scf::ForOp::create(builder, zero, wholeGroups, one);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitGroup(loop.getInductionVar(), groupSize,
              builder.getIndexAttr(groupSize));
  }

  // The last group may be shorter.
  if (std::optional<int64_t> known = getConstantIntValue(length)) {
    if (*known % groupSize != 0)
      emitGroup(wholeGroups, groupSize,
                builder.getIndexAttr(*known % groupSize));
    return;
  }
  Value rest = arith::RemUIOp::create(builder, materialize(length), size);
  Value hasRest =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ne, rest, zero);
  auto guarded = scf::IfOp::create(builder, hasRest, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(guarded.thenBlock());
  emitGroup(wholeGroups, groupSize, rest);
}

void RowEmitter::emit(Value row) {
  this->row = row;
  emitRowSteps();
  // What does not depend on groups comes last: it may overwrite what the loops
  // over groups read.
  llvm::SetVector<int64_t> groupSizes;
  bool hasOthers = false;
  for (const RowStore &store : program.getStores()) {
    if (int64_t groupSize = program[store.value].groupSize)
      groupSizes.insert(groupSize);
    else
      hasOthers = true;
  }
  for (int64_t groupSize : groupSizes)
    emitGroups(groupSize);
  if (hasOthers)
    emitStores(arith::ConstantIndexOp::create(builder, 0), length, 0);
}
