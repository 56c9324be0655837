//===- LinearKernel.cpp - The kernel of a linear layer --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block walks along `in`, 32 elements at a time. Its threads load these of
// each row of the input and the weight that meet in its tile, extend them to
// f32, multiply them by their scales and share them in LDS. Then every thread
// adds the products of four rows with four outputs:
//
//   sum[m, o] = 0
//   sum[m, o] = sum[m, o] + a[m, i] * b[o, i]       for i in 0 .. in - 1
//   output = sum + bias
//
// The order depends on `in` alone. What is missing in the last 32 elements is
// 0, which changes no sum that began with 0.
//
//===----------------------------------------------------------------------===//

#include "LinearKernel.h"
#include "../FloatFormats.h"
#include "DeviceFormats.h"
#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include <numeric>

using namespace mlir;
using namespace beeline;

static constexpr int64_t tile = LinearSchedule::tile;

/// Elements of each row that are in LDS at a time.
static constexpr int64_t depth = 32;

/// Elements from one row in LDS to the next: rows begin at multiples of 16
/// bytes, and eight that follow one another in different banks.
static constexpr int64_t ldsStride = depth + 4;

/// Elements that a thread brings to LDS, all of one row.
static constexpr int64_t run = 8;
static_assert(LinearSchedule::blockSize * run == tile * depth);

/// A thread's rows, which are neighbours, its outputs, and the elements of one
/// of these that it takes from LDS at a time.
static constexpr int64_t quad = 4;
/// Threads that share their rows. They have neighbouring outputs, so each one's
/// are this far apart.
static constexpr int64_t outputStride = tile / quad;
static_assert(LinearSchedule::blockSize * quad * quad == tile * tile);

namespace {

/// The input or the weight, as a thread brings elements of it to LDS.
struct Operand {
  /// `[rows, in]`.
  Value elements;
  /// `[.., ceil(in / groupSize)]`, null without.
  Value scales;
  int64_t groupSize;
  /// The row that the thread brings, and that row's scales'. Past the end, the
  /// last one once more.
  Value row, scaleRow;
  /// `[tile, ldsStride]`.
  Value lds;
};

/// Emits the body of a kernel.
class LinearKernelEmitter {
public:
  LinearKernelEmitter(ImplicitLocOpBuilder &builder, LinearOp op,
                      gpu::GPUFuncOp kernel, const Device &device);

  void emit();

private:
  /// Elements `first` to `first + run - 1` of an operand's row, as vectors of
  /// f32, multiplied by their scales. Zeros past the end.
  Values load(const Operand &operand, Value first);
  Value loadScales(const Operand &operand, Value column, int64_t size);
  void storeToLDS(const Operand &operand, ValueRange parts);

  /// The sums, a vector of outputs for each row, with the products of what is
  /// in LDS added.
  Values addProducts(ValueRange sums);
  Values addProductsAt(Value column, ValueRange sums);
  void storeResults(ValueRange sums);
  Value loadBias(ArrayRef<Value> columns);

  Value allocateLDS(gpu::GPUFuncOp kernel);
  /// Emits `body` under a condition.
  void emitIf(Value condition, function_ref<void()> body);

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, value);
  }
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(builder, lhs, rhs);
  }
  Value add(Value lhs, int64_t rhs) {
    return rhs == 0 ? lhs : add(lhs, constant(rhs));
  }
  Value mul(Value lhs, int64_t rhs) {
    return arith::MulIOp::create(builder, lhs, constant(rhs));
  }
  Value div(Value lhs, int64_t rhs) {
    return rhs == 1 ? lhs : arith::DivUIOp::create(builder, lhs, constant(rhs));
  }
  Value rem(Value lhs, int64_t rhs) {
    return arith::RemUIOp::create(builder, lhs, constant(rhs));
  }
  Value min(Value lhs, Value rhs) {
    return arith::MinUIOp::create(builder, lhs, rhs);
  }
  Value isBelow(Value lhs, Value rhs) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, lhs, rhs);
  }
  Value gather(ArrayRef<Value> elements) {
    return vector::FromElementsOp::create(
        builder,
        VectorType::get({static_cast<int64_t>(elements.size())},
                        elements.front().getType()),
        elements);
  }

  ImplicitLocOpBuilder &builder;
  const Device &device;
  int64_t in, out;
  Value rows;
  Operand input, weight;
  /// `[out]`, or null; and `[rows, out]`.
  Value bias, output;
  /// Where in the tiles this thread's runs are.
  Value runRow, runBegin;
  /// This thread's first row and output, in the tile and of all.
  Value rowInTile, outputInTile, firstRow, firstOutput;
};

} // namespace

LinearKernelEmitter::LinearKernelEmitter(ImplicitLocOpBuilder &builder,
                                         LinearOp op, gpu::GPUFuncOp kernel,
                                         const Device &device)
    : builder(builder), device(device), rows(kernel.getArguments().back()) {
  auto weightType = cast<RankedTensorType>(op.getWeight().getType());
  out = weightType.getDimSize(0);
  in = weightType.getDimSize(1);

  Type index = builder.getIndexType();
  Value block = gpu::BlockIdOp::create(builder, index, gpu::Dimension::x);
  Value thread =
      gpu::ThreadIdOp::create(builder, index, gpu::Dimension::x,
                              builder.getIndexAttr(LinearSchedule::blockSize));
  int64_t outputTiles = LinearSchedule::outputTiles(out);
  Value tileRow = mul(div(block, outputTiles), tile);
  Value tileOutput = mul(rem(block, outputTiles), tile);

  rowInTile = mul(div(thread, outputStride), quad);
  outputInTile = rem(thread, outputStride);
  firstRow = add(tileRow, rowInTile);
  firstOutput = add(tileOutput, outputInTile);

  constexpr int64_t runsPerRow = depth / run;
  runBegin = mul(rem(thread, runsPerRow), run);
  runRow = div(thread, runsPerRow);
  input.row = min(add(tileRow, runRow), add(rows, -1));
  weight.row = min(add(tileOutput, runRow), constant(out - 1));
  input.scaleRow = input.row;
  weight.scaleRow = div(weight.row, LinearOp::weightBlock);
  input.groupSize = op.getGroupSize();
  weight.groupSize = LinearOp::weightBlock;
  input.lds = allocateLDS(kernel);
  weight.lds = allocateLDS(kernel);

  auto pointers = kernel.getArguments().begin();
  input.elements = createMatrixView(builder, *pointers++, rows, in);
  weight.elements =
      createMatrixView(builder, *pointers++, builder.getIndexAttr(out), in);
  if (op.getInputScales()) {
    input.scales = createMatrixView(
        builder, *pointers++, rows, llvm::divideCeil(in, input.groupSize),
        op.getScaleLayout() == ScaleLayout::GroupMajor);
    weight.scales = createMatrixView(
        builder, *pointers++,
        builder.getIndexAttr(llvm::divideCeil(out, LinearOp::weightBlock)),
        llvm::divideCeil(in, LinearOp::weightBlock));
  }
  if (op.getBias())
    bias = createVectorView(builder, *pointers++, out);
  output = createMatrixView(builder, *pointers++, rows, out);
}

Value LinearKernelEmitter::allocateLDS(gpu::GPUFuncOp kernel) {
  auto space = gpu::AddressSpaceAttr::get(
      builder.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
  unsigned index = kernel.getNumWorkgroupAttributions();
  Value lds = kernel.addWorkgroupAttribution(
      MemRefType::get({tile, ldsStride}, builder.getF32Type(), AffineMap(),
                      space),
      builder.getLoc());
  kernel.setWorkgroupAttributionAttr(index,
                                     LLVM::LLVMDialect::getAlignAttrName(),
                                     builder.getI64IntegerAttr(16));
  return lds;
}

void LinearKernelEmitter::emitIf(Value condition, function_ref<void()> body) {
  auto guard = scf::IfOp::create(builder, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// From memory to LDS
//===----------------------------------------------------------------------===//

Value LinearKernelEmitter::loadScales(const Operand &operand, Value column,
                                      int64_t size) {
  bool isOneGroup = operand.groupSize % size == 0;
  Values scales;
  for (int64_t i = 0; i < (isOneGroup ? 1 : size); ++i) {
    Value group = div(add(column, i), operand.groupSize);
    scales.push_back(createExtend(
        builder, memref::LoadOp::create(builder, operand.scales,
                                        Values{operand.scaleRow, group})));
  }
  scales.resize(size, scales.front());
  return gather(scales);
}

Values LinearKernelEmitter::load(const Operand &operand, Value first) {
  int64_t size =
      accessSize(operand.elements, std::gcd(run, in));
  Values parts;
  for (int64_t offset = 0; offset < run; offset += size) {
    Value column = add(first, offset), isInside;
    if (in % depth != 0) {
      isInside = isBelow(column, constant(in));
      column = arith::SelectOp::create(builder, isInside, column, constant(0));
    }
    Value part = createDeviceExtend(
        builder,
        loadVector(builder, operand.elements, {operand.row, column}, size),
        device);
    if (operand.scales)
      part = arith::MulFOp::create(builder, part,
                                   loadScales(operand, column, size));
    if (isInside) {
      Value zeros = arith::ConstantOp::create(
          builder, builder.getZeroAttr(part.getType()));
      part = arith::SelectOp::create(builder, isInside, part, zeros);
    }
    parts.push_back(part);
  }
  return parts;
}

void LinearKernelEmitter::storeToLDS(const Operand &operand, ValueRange parts) {
  int64_t size = run / parts.size();
  for (auto [i, part] : llvm::enumerate(parts))
    storeVector(builder, part, operand.lds, {runRow, add(runBegin, i * size)});
}

//===----------------------------------------------------------------------===//
// From LDS to memory
//===----------------------------------------------------------------------===//

Values LinearKernelEmitter::addProductsAt(Value column, ValueRange sums) {
  SmallVector<Values> a, b;
  for (int64_t i = 0; i < quad; ++i) {
    Value row = add(rowInTile, i), output = add(outputInTile, i * outputStride);
    a.push_back(elementsOf(
        builder, loadVector(builder, input.lds, {row, column}, quad)));
    b.push_back(elementsOf(
        builder, loadVector(builder, weight.lds, {output, column}, quad)));
  }
  Values next(sums);
  for (int64_t k = 0; k < quad; ++k) {
    Value ofOutputs = gather({b[0][k], b[1][k], b[2][k], b[3][k]});
    for (int64_t i = 0; i < quad; ++i) {
      Value ofRow =
          vector::BroadcastOp::create(builder, ofOutputs.getType(), a[i][k]);
      Value products = arith::MulFOp::create(builder, ofRow, ofOutputs);
      next[i] = arith::AddFOp::create(builder, next[i], products);
    }
  }
  return next;
}

/// Asks LLVM to leave a loop as it is.
static LLVM::LoopAnnotationAttr keepRolled(MLIRContext *context) {
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {});
}

Values LinearKernelEmitter::addProducts(ValueRange sums) {
  // A wave without rows has nothing to add.
  Value end = arith::SelectOp::create(builder, isBelow(firstRow, rows),
                                      constant(depth), constant(0));
  auto loop =
      scf::ForOp::create(builder, constant(0), end, constant(quad), sums);
  loop->setAttr(LLVM::LoopAnnotationAttr::name,
                keepRolled(builder.getContext()));
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(
      builder, addProductsAt(loop.getInductionVar(), loop.getRegionIterArgs()));
  return Values(loop.getResults());
}

Value LinearKernelEmitter::loadBias(ArrayRef<Value> columns) {
  Values elements;
  for (Value column : columns)
    elements.push_back(createExtend(
        builder,
        memref::LoadOp::create(builder, bias, min(column, constant(out - 1)))));
  return gather(elements);
}

void LinearKernelEmitter::storeResults(ValueRange sums) {
  Values columns;
  for (int64_t i = 0; i < quad; ++i)
    columns.push_back(add(firstOutput, i * outputStride));
  Value offsets = bias ? loadBias(columns) : Value();
  auto type = cast<FloatType>(getElementTypeOrSelf(output));

  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value row = add(firstRow, i), result = sum;
    emitIf(isBelow(row, rows), [&] {
      if (offsets)
        result = arith::AddFOp::create(builder, result, offsets);
      Values elements =
          elementsOf(builder, createDeviceTruncate(builder, result, type,
                                                   device, std::nullopt));
      for (int64_t j = 0; j < quad; ++j)
        emitIf(isBelow(columns[j], constant(out)), [&] {
          memref::StoreOp::create(builder, elements[j], output,
                                  Values{row, columns[j]});
        });
    });
  }
}

void LinearKernelEmitter::emit() {
  auto vectorType = VectorType::get({quad}, builder.getF32Type());
  Values sums(quad, arith::ConstantOp::create(builder,
                                              builder.getZeroAttr(vectorType)));
  auto loop = scf::ForOp::create(builder, constant(0), constant(in),
                                 constant(depth), sums);
  {
    OpBuilder::InsertionGuard insertion(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value first = add(loop.getInductionVar(), runBegin);
    Values a = load(input, first), b = load(weight, first);
    // No thread needs what is in LDS any more.
    gpu::BarrierOp::create(builder);
    storeToLDS(input, a);
    storeToLDS(weight, b);
    gpu::BarrierOp::create(builder);
    scf::YieldOp::create(builder, addProducts(loop.getRegionIterArgs()));
  }
  storeResults(loop.getResults());
}

gpu::GPUFuncOp beeline::buildLinearKernel(gpu::GPUModuleOp module, LinearOp op,
                                          const Device &device) {
  SmallVector<Value> tensors(op->getOperands());
  tensors.push_back(op.getOutput());
  gpu::GPUFuncOp kernel =
      createKernel(module, op.getLoc(), tensors, LinearSchedule::blockSize);
  auto builder = ImplicitLocOpBuilder::atBlockBegin(op.getLoc(),
                                                    &kernel.getBody().front());
  LinearKernelEmitter(builder, op, kernel, device).emit();
  gpu::ReturnOp::create(builder);
  return kernel;
}
