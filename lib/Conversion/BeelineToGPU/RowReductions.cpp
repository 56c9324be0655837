//===- RowReductions.cpp - Sums and maxima over threads -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowReductions.h"
#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

static constexpr int64_t elementsPerThread = RowSchedule::elementsPerThread;

Value RowReductions::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value RowReductions::reduceLanes(gpu::AllReduceOperation kind, Value value,
                                 int64_t lanes) {
  if (lanes == 1)
    return value;
  return gpu::SubgroupReduceOp::create(builder, value, kind, /*uniform=*/false,
                                       static_cast<uint32_t>(lanes),
                                       /*cluster_stride=*/1);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value RowReductions::createNothing() {
  return arith::ConstantOp::create(builder, builder.getF32FloatAttr(-0.0f));
}

Value RowReductions::addPairwise(Values values) {
  while (values.size() > 1) {
    Values sums;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      sums.push_back(arith::AddFOp::create(builder, values[i], values[i + 1]));
    if (values.size() % 2 != 0)
      sums.push_back(values.back());
    values = std::move(sums);
  }
  return values.front();
}

Value RowReductions::rowSum(ArrayRef<Value> chunks) {
  const RowSchedule &schedule = tile.getSchedule();
  Value nothing = createNothing();
  Values sums;
  for (auto [i, elements] : llvm::enumerate(chunks)) {
    Value sum =
        addPairwise(elementsOf(builder, tile.pad(elements, nothing, i)));
    sums.push_back(
        reduceLanes(gpu::AllReduceOperation::ADD, sum, schedule.lanesPerRow()));
  }
  Value sum = addPairwise(sums);
  return schedule.wavesPerRow() == 1 ? sum : sumOverWaves(sum);
}

Value RowReductions::sumOverWaves(Value sum) {
  const RowSchedule &schedule = tile.getSchedule();
  int64_t waves = schedule.wavesPerRow();
  Value lds = createLDS(kernel, builder.getLoc(), waves * schedule.rowsPerBlock,
                        builder.getF32Type());
  Value first =
      arith::MulIOp::create(builder, tile.getRowInBlock(), constant(waves));

  Value isFirstLane = arith::CmpIOp::create(builder, arith::CmpIPredicate::eq,
                                            tile.getLane(), constant(0));
  auto guard =
      scf::IfOp::create(builder, isFirstLane, /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard insertion(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    Value slot = arith::AddIOp::create(builder, first, tile.getWave());
    memref::StoreOp::create(builder, sum, lds, slot);
  }
  gpu::BarrierOp::create(builder);

  // Every thread adds up all of them: broadcast loads, of 16 bytes where these
  // are aligned, and a few additions are sooner done than shuffles.
  uint64_t aligned = schedule.rowsPerBlock == 1 ? waves : waves & -waves;
  Values sums;
  for (int64_t i = 0, size; i < waves; i += size) {
    size = accessSize(lds,
                      llvm::bit_floor(std::min<uint64_t>(waves - i, aligned)));
    Value slot = arith::AddIOp::create(builder, first, constant(i));
    llvm::append_range(
        sums, elementsOf(builder, loadVector(builder, lds, slot, size)));
  }
  return addPairwise(std::move(sums));
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// `values` as `elementType`, scalar or vector, bit for bit.
static Value bitcastTo(ImplicitLocOpBuilder &builder, Type elementType,
                       Value values) {
  Type type = elementType;
  if (auto vector = dyn_cast<VectorType>(values.getType()))
    type = vector.clone(elementType);
  if (type == values.getType())
    return values;
  return arith::BitcastOp::create(builder, type, values);
}

Value RowReductions::magnitudesOf(Value elements, int64_t chunk) {
  if (device.hasMaximum) {
    Value zero =
        arith::ConstantOp::create(builder, builder.getF32FloatAttr(0.0f));
    return tile.pad(math::AbsFOp::create(builder, elements), zero, chunk);
  }
  auto bitsType = VectorType::get({elementsPerThread}, builder.getI32Type());
  Value magnitude = arith::ConstantOp::create(
      builder,
      DenseElementsAttr::get(bitsType, builder.getI32IntegerAttr(0x7FFFFFFF)));
  Value bits = arith::AndIOp::create(
      builder, arith::BitcastOp::create(builder, bitsType, elements),
      magnitude);
  return tile.pad(
      bits, arith::ConstantOp::create(builder, builder.getI32IntegerAttr(0)),
      chunk);
}

Value RowReductions::max(Value lhs, Value rhs) {
  if (device.hasMaximum)
    return arith::MaximumFOp::create(builder, lhs, rhs);
  return arith::MaxUIOp::create(builder, lhs, rhs);
}

Value RowReductions::maxOf(ArrayRef<Value> values) {
  Value largest = values.front();
  for (Value value : values.drop_front())
    largest = max(largest, value);
  return largest;
}

Values RowReductions::groupAbsMax(ArrayRef<Value> chunks, int64_t groupSize) {
  Values magnitudes;
  for (auto [i, elements] : llvm::enumerate(chunks))
    magnitudes.push_back(magnitudesOf(elements, i));

  std::optional<int64_t> withinLanes =
      tile.getSchedule().groupWithinLanes(groupSize);
  Values maxima = withinLanes ? maxOverLanes(magnitudes, *withinLanes)
                              : maxOverBlock(magnitudes, groupSize);
  return llvm::map_to_vector(maxima, [&](Value maximum) {
    return bitcastTo(builder, builder.getF32Type(), maximum);
  });
}

Values RowReductions::maxOverLanes(ArrayRef<Value> chunks, int64_t groupSize) {
  Values maxima;
  for (Value chunk : chunks) {
    Values elements = elementsOf(builder, chunk);
    if (RowTile::isInOneGroup(groupSize)) {
      maxima.push_back(
          reduceLanes(device.hasMaximum ? gpu::AllReduceOperation::MAXIMUMF
                                        : gpu::AllReduceOperation::MAXUI,
                      maxOf(elements), groupSize / elementsPerThread));
      continue;
    }
    Values ofElements;
    for (int64_t i = 0; i < elementsPerThread; i += groupSize)
      ofElements.append(groupSize,
                        maxOf(ArrayRef<Value>(elements).slice(i, groupSize)));
    maxima.push_back(
        vector::FromElementsOp::create(builder, chunk.getType(), ofElements));
  }
  return maxima;
}

Values RowReductions::maxOverBlock(ArrayRef<Value> chunks, int64_t groupSize) {
  const RowSchedule &schedule = tile.getSchedule();
  int64_t groups = llvm::divideCeil(schedule.length, groupSize);
  int64_t size = groups * schedule.rowsPerBlock;
  Value lds = createLDS(kernel, builder.getLoc(), size, builder.getI32Type());
  Value first =
      arith::MulIOp::create(builder, tile.getRowInBlock(), constant(groups));
  auto slotOf = [&](int64_t chunk, int64_t element) -> Value {
    return arith::AddIOp::create(builder, first,
                                 tile.groupOf(chunk, element, groupSize));
  };

  Value zero = arith::ConstantOp::create(builder, builder.getI32IntegerAttr(0));
  auto clear = scf::ForOp::create(builder, tile.getThread(), constant(groups),
                                  constant(schedule.threadsPerRow));
  {
    OpBuilder::InsertionGuard insertion(builder);
    builder.setInsertionPointToStart(clear.getBody());
    memref::StoreOp::create(
        builder, zero, lds,
        arith::AddIOp::create(builder, first, clear.getInductionVar())
            .getResult());
  }
  gpu::BarrierOp::create(builder);

  bool isInOneGroup = RowTile::isInOneGroup(groupSize);
  for (auto [i, chunk] : llvm::enumerate(chunks)) {
    Values elements = elementsOf(builder, chunk);
    if (isInOneGroup)
      elements = {maxOf(elements)};
    for (auto [j, element] : llvm::enumerate(elements))
      memref::AtomicRMWOp::create(
          builder, arith::AtomicRMWKind::maxu,
          bitcastTo(builder, builder.getI32Type(), element), lds, slotOf(i, j));
  }
  gpu::BarrierOp::create(builder);

  Values maxima;
  for (auto [i, chunk] : llvm::enumerate(chunks)) {
    Values elements;
    for (int64_t j = 0; j < (isInOneGroup ? 1 : elementsPerThread); ++j)
      elements.push_back(memref::LoadOp::create(builder, lds, slotOf(i, j)));
    maxima.push_back(isInOneGroup ? elements.front()
                                  : vector::FromElementsOp::create(
                                        builder,
                                        VectorType::get({elementsPerThread},
                                                        builder.getI32Type()),
                                        elements)
                                        .getResult());
  }
  return maxima;
}
