//===- LinearTile.cpp - What of an operand is in LDS ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearTile.h"
#include "../FloatFormats.h"
#include "DeviceFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/TypeUtilities.h"
#include <numeric>

using namespace mlir;
using namespace beeline;

/// Elements of one row that a thread brings to LDS: neighbouring threads read
/// 64 bytes or so of each row.
static constexpr int64_t partSize = 8;
static constexpr int64_t partsPerRow = LinearTile::depth / partSize;
static_assert(LinearSchedule::blockSize == LinearTile::rows * partsPerRow);

/// Elements from one row in LDS to the next: rows begin at multiples of 16
/// bytes, and eight that follow one another in different banks.
static constexpr int64_t ldsStride = LinearTile::depth + 4;

LinearTile::LinearTile(ImplicitLocOpBuilder &builder, const Device &device,
                       gpu::GPUFuncOp kernel, const Source &source,
                       Value thread, Value firstRow, Value lastRow)
    : IndexBuilder(builder), source(source), device(device),
      lds(createLDS(kernel, builder.getLoc(), {LinearTile::rows, ldsStride},
                    builder.getF32Type())) {
  partRow = div(thread, partsPerRow);
  partColumn = mul(rem(thread, partsPerRow), partSize);
  row = min(add(firstRow, partRow), lastRow);
  if (source.scales)
    scaleRow = div(row, source.scaleRows);
}

Value LinearTile::loadScales(Value column, int64_t size) {
  bool isOneBlock = source.scaleColumns % size == 0;
  Values scales;
  for (int64_t i = 0; i < (isOneBlock ? 1 : size); ++i) {
    Value block = div(add(column, i), source.scaleColumns);
    scales.push_back(
        createExtend(builder, memref::LoadOp::create(builder, source.scales,
                                                     Values{scaleRow, block})));
  }
  scales.resize(size, scales.front());
  return createVector(builder, scales);
}

Values LinearTile::load(Value first) {
  auto type = cast<MemRefType>(source.elements.getType());
  int64_t in = type.getDimSize(1);
  int64_t size = accessSize(source.elements, std::gcd(partSize, in));
  Values parts;
  for (int64_t offset = 0; offset < partSize; offset += size) {
    Value column = add(add(first, partColumn), offset), isInside;
    if (in % depth != 0) {
      isInside = isBelow(column, constant(in));
      column = arith::SelectOp::create(builder, isInside, column, constant(0));
    }
    Value part = createDeviceExtend(
        builder, loadVector(builder, source.elements, {row, column}, size),
        device);
    if (source.scales)
      part = arith::MulFOp::create(builder, part, loadScales(column, size));
    if (isInside) {
      Value zeros = arith::ConstantOp::create(
          builder, builder.getZeroAttr(part.getType()));
      part = arith::SelectOp::create(builder, isInside, part, zeros);
    }
    parts.push_back(part);
  }
  return parts;
}

void LinearTile::share(ValueRange parts) {
  int64_t size = partSize / parts.size();
  for (auto [i, part] : llvm::enumerate(parts))
    storeVector(builder, part, lds, {partRow, add(partColumn, i * size)});
}

Values LinearTile::read(Value row, Value column) {
  return elementsOf(builder, loadVector(builder, lds, {row, column}, readSize));
}
