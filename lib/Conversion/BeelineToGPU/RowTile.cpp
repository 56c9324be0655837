//===- RowTile.cpp - The elements that a thread holds ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

static constexpr int64_t elementsPerThread = RowSchedule::elementsPerThread;

Value RowTile::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value RowTile::add(Value lhs, int64_t rhs) {
  return rhs == 0
             ? lhs
             : arith::AddIOp::create(builder, lhs, constant(rhs)).getResult();
}

RowTile::RowTile(ImplicitLocOpBuilder &builder, const RowSchedule &schedule,
                 Value block, Value rows)
    : builder(builder), schedule(schedule) {
  Type index = builder.getIndexType();
  Value threadOfBlock =
      gpu::ThreadIdOp::create(builder, index, gpu::Dimension::x,
                              builder.getIndexAttr(schedule.blockSize()));
  lane = arith::RemUIOp::create(builder, threadOfBlock,
                                constant(schedule.waveSize));
  if (schedule.rowsPerBlock == 1) {
    row = block;
    rowInBlock = constant(0);
    thread = threadOfBlock;
  } else {
    Value threadsPerRow = constant(schedule.threadsPerRow);
    rowInBlock = arith::DivUIOp::create(builder, threadOfBlock, threadsPerRow);
    thread = arith::RemUIOp::create(builder, threadOfBlock, threadsPerRow);
    Value firstRow =
        arith::MulIOp::create(builder, block, constant(schedule.rowsPerBlock));
    row = arith::AddIOp::create(builder, firstRow, rowInBlock);
    hasRow =
        arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, row, rows);
    row = arith::SelectOp::create(builder, hasRow, row, constant(0));
  }

  wave =
      arith::DivUIOp::create(builder, thread, constant(schedule.lanesPerRow()));
  Value laneOfRow =
      arith::RemUIOp::create(builder, thread, constant(schedule.lanesPerRow()));
  Value first = arith::AddIOp::create(
      builder,
      arith::MulIOp::create(builder, wave, constant(schedule.waveLength())),
      arith::MulIOp::create(builder, laneOfRow, constant(elementsPerThread)));
  bool isWhole =
      schedule.wavesPerRow() * schedule.waveLength() == schedule.length;
  for (int64_t i = 0; i < schedule.chunks; ++i) {
    Chunk chunk;
    chunk.begin = add(first, i * schedule.chunkLength());
    for (int64_t offset = 0; offset < elementsPerThread;
         offset += schedule.unit()) {
      Value source = add(chunk.begin, offset);
      if (!isWhole) {
        Value inside = arith::CmpIOp::create(builder, arith::CmpIPredicate::ult,
                                             source, constant(schedule.length));
        chunk.inside.push_back(inside);
        source = arith::SelectOp::create(builder, inside, source, constant(0));
      }
      chunk.source.push_back(source);
    }
    chunks.push_back(std::move(chunk));
  }
}

void RowTile::emitGuarded(Value condition, function_ref<void()> body) {
  if (hasRow)
    condition =
        condition
            ? arith::AndIOp::create(builder, hasRow, condition).getResult()
            : hasRow;
  if (!condition)
    return body();
  auto guard = scf::IfOp::create(builder, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  body();
}

Value RowTile::isInside(int64_t chunk, int64_t element) const {
  const Chunk &c = chunks[chunk];
  return c.inside.empty() ? Value() : c.inside[element / schedule.unit()];
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value RowTile::load(Value buffer, RowAccess access, int64_t chunk) {
  Type elementType = getElementTypeOrSelf(buffer);
  int64_t unit = schedule.unit();
  int64_t size = accessSize(buffer, unit);
  Values elements;
  for (int64_t i = 0; i < elementsPerThread; i += size) {
    Value index = add(chunks[chunk].source[i / unit], i % unit);
    Values indices =
        access == RowAccess::Vector ? Values{index} : Values{row, index};
    Value part = loadVector(builder, buffer, indices, size);
    if (size == elementsPerThread)
      return part;
    llvm::append_range(elements, elementsOf(builder, part));
  }
  return vector::FromElementsOp::create(
      builder, VectorType::get({elementsPerThread}, elementType), elements);
}

void RowTile::store(Value elements, Value buffer, int64_t chunk) {
  int64_t unit = schedule.unit();
  int64_t size = accessSize(buffer, unit);
  auto accessType = VectorType::get({size}, getElementTypeOrSelf(buffer));
  const Chunk &c = chunks[chunk];
  Values parts = {elements};
  if (size != elementsPerThread) {
    Values all = elementsOf(builder, elements);
    parts.clear();
    for (int64_t i = 0; i < elementsPerThread; i += size)
      parts.push_back(vector::FromElementsOp::create(
          builder, accessType, ArrayRef<Value>(all).slice(i, size)));
  }
  for (int64_t offset = 0; offset < elementsPerThread; offset += unit)
    emitGuarded(isInside(chunk, offset), [&] {
      for (int64_t i = offset; i < offset + unit; i += size) {
        storeVector(builder, parts[i / size], buffer,
                    Values{row, add(c.begin, i)});
      }
    });
}

Value RowTile::pad(Value elements, Value padding, int64_t chunk) {
  const Chunk &c = chunks[chunk];
  if (c.inside.empty())
    return elements;
  Value paddings =
      vector::BroadcastOp::create(builder, elements.getType(), padding);
  Value inside = c.inside.front();
  if (c.inside.size() > 1) {
    Values mask;
    for (int64_t i = 0; i < elementsPerThread; ++i)
      mask.push_back(isInside(chunk, i));
    inside = vector::FromElementsOp::create(
        builder, VectorType::get({elementsPerThread}, builder.getI1Type()),
        mask);
  }
  return arith::SelectOp::create(builder, inside, elements, paddings);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

Value RowTile::groupOf(int64_t chunk, int64_t element, int64_t groupSize) {
  int64_t unit = schedule.unit();
  auto groupIn = [&](int64_t chunk) -> Value {
    Value index = add(chunks[chunk].source[element / unit], element % unit);
    return arith::DivUIOp::create(builder, index, constant(groupSize));
  };
  // Whole groups from the first chunk on are a constant, which becomes an
  // offset of the address.
  int64_t distance = chunk * schedule.chunkLength();
  if (chunks[chunk].inside.empty() && distance % groupSize == 0)
    return add(groupIn(0), distance / groupSize);
  return groupIn(chunk);
}

Value RowTile::loadScales(Value buffer, int64_t groupSize, int64_t chunk) {
  Values scales;
  int64_t count = isInOneGroup(groupSize) ? 1 : elementsPerThread;
  for (int64_t i = 0; i < count; ++i)
    scales.push_back(memref::LoadOp::create(
        builder, buffer, Values{row, groupOf(chunk, i, groupSize)}));
  if (count == 1)
    return scales.front();
  return vector::FromElementsOp::create(
      builder, VectorType::get({count}, scales.front().getType()), scales);
}

void RowTile::storeScales(Value scales, Value buffer, int64_t groupSize,
                          int64_t chunk) {
  // Stored by the thread that has the group's first element.
  int64_t count = isInOneGroup(groupSize) ? 1 : elementsPerThread;
  for (int64_t i = 0; i < count; ++i) {
    Value index = add(chunks[chunk].begin, i);
    Value rest = arith::RemUIOp::create(builder, index, constant(groupSize));
    Value isFirst = arith::CmpIOp::create(builder, arith::CmpIPredicate::eq,
                                          rest, constant(0));
    if (Value inside = isInside(chunk, i))
      isFirst = arith::AndIOp::create(builder, isFirst, inside);
    emitGuarded(isFirst, [&] {
      Value scale =
          count == 1
              ? scales
              : vector::ExtractOp::create(builder, scales, i).getResult();
      memref::StoreOp::create(builder, scale, buffer,
                              Values{row, groupOf(chunk, i, groupSize)});
    });
  }
}
