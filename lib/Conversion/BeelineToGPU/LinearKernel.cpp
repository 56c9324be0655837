//===- LinearKernel.cpp - The kernel of a linear layer --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block walks along `in`, a part of it at a time. Its threads bring this part
// of the rows of input and weight that meet in the block's tile to LDS, scaled.
// Then each adds the products of four rows with four outputs:
//
//   sum[m, o] = 0
//   sum[m, o] = sum[m, o] + a[m, i] * b[o, i]       for i in 0 .. in - 1
//   output = sum + bias
//
// The order depends on `in` alone. What is missing in the last part is 0, which
// changes no sum that began with 0.
//
//===----------------------------------------------------------------------===//

#include "LinearKernel.h"
#include "../FloatFormats.h"
#include "DeviceFormats.h"
#include "Kernel.h"
#include "LinearTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

/// A thread's rows, which are neighbours, and its outputs.
static constexpr int64_t quad = 4;
/// Threads that share their rows. They have neighbouring outputs, so each one's
/// are this far apart.
static constexpr int64_t outputStride = LinearSchedule::tile / quad;
static_assert(LinearSchedule::blockSize == outputStride * outputStride);

namespace {

/// Emits the body of a kernel.
class LinearKernelEmitter : IndexBuilder {
public:
  LinearKernelEmitter(ImplicitLocOpBuilder &builder, LinearOp op,
                      gpu::GPUFuncOp kernel, const Device &device);

  void emit();

private:
  void createViews(LinearOp op, gpu::GPUFuncOp kernel);

  /// The sums, a vector of outputs for each row, with the products of what is
  /// in LDS added.
  Values addProducts(LinearTile &input, LinearTile &weight, ValueRange sums);
  Values addProductsAt(Value column, LinearTile &input, LinearTile &weight,
                       ValueRange sums);
  void storeResults(ValueRange sums);
  Value loadBias(ArrayRef<Value> columns);

  gpu::GPUFuncOp kernel;
  const Device &device;
  int64_t in, out;
  Value rows, thread;
  /// What the kernel's pointers point to: the bias, `[out]`, may be null, the
  /// output is `[rows, out]`.
  LinearTile::Source inputSource, weightSource;
  Value bias, output;
  /// The tile's first row and output, and this thread's in it and of all.
  Value tileRow, tileOutput, rowInTile, outputInTile, firstRow, firstOutput;
};

} // namespace

LinearKernelEmitter::LinearKernelEmitter(ImplicitLocOpBuilder &builder,
                                         LinearOp op, gpu::GPUFuncOp kernel,
                                         const Device &device)
    : IndexBuilder(builder), kernel(kernel), device(device),
      rows(kernel.getArguments().back()) {
  auto weightType = cast<RankedTensorType>(op.getWeight().getType());
  out = weightType.getDimSize(0);
  in = weightType.getDimSize(1);
  createViews(op, kernel);

  Type index = builder.getIndexType();
  Value block = gpu::BlockIdOp::create(builder, index, gpu::Dimension::x);
  thread =
      gpu::ThreadIdOp::create(builder, index, gpu::Dimension::x,
                              builder.getIndexAttr(LinearSchedule::blockSize));
  int64_t outputTiles = LinearSchedule::outputTiles(out);
  tileRow = mul(div(block, outputTiles), LinearSchedule::tile);
  tileOutput = mul(rem(block, outputTiles), LinearSchedule::tile);
  rowInTile = mul(div(thread, outputStride), quad);
  outputInTile = rem(thread, outputStride);
  firstRow = add(tileRow, rowInTile);
  firstOutput = add(tileOutput, outputInTile);
}

void LinearKernelEmitter::createViews(LinearOp op, gpu::GPUFuncOp kernel) {
  constexpr int64_t weightBlock = LinearOp::weightBlock;
  auto pointers = kernel.getArguments().begin();
  inputSource = {createMatrixView(builder, *pointers++, rows, in), Value(),
                 /*scaleRows=*/1,
                 /*scaleColumns=*/static_cast<int64_t>(op.getGroupSize())};
  OpFoldResult outputs = builder.getIndexAttr(out);
  weightSource = {createMatrixView(builder, *pointers++, outputs, in), Value(),
                  weightBlock, weightBlock};
  if (op.getInputScales()) {
    inputSource.scales =
        createMatrixView(builder, *pointers++, rows,
                         llvm::divideCeil(in, inputSource.scaleColumns),
                         op.getScaleLayout() == ScaleLayout::GroupMajor);
    OpFoldResult blocks =
        builder.getIndexAttr(llvm::divideCeil(out, weightBlock));
    weightSource.scales = createMatrixView(builder, *pointers++, blocks,
                                           llvm::divideCeil(in, weightBlock));
  }
  if (op.getBias())
    bias = createVectorView(builder, *pointers++, out);
  output = createMatrixView(builder, *pointers++, rows, out);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Values LinearKernelEmitter::addProductsAt(Value column, LinearTile &input,
                                          LinearTile &weight, ValueRange sums) {
  SmallVector<Values> a, b;
  for (int64_t i = 0; i < quad; ++i) {
    a.push_back(input.read(add(rowInTile, i), column));
    b.push_back(weight.read(add(outputInTile, i * outputStride), column));
  }
  Values next(sums);
  for (int64_t k = 0; k < LinearTile::readSize; ++k) {
    Value ofOutputs =
        createVector(builder, {b[0][k], b[1][k], b[2][k], b[3][k]});
    for (int64_t i = 0; i < quad; ++i) {
      Value ofRow =
          vector::BroadcastOp::create(builder, ofOutputs.getType(), a[i][k]);
      Value products = arith::MulFOp::create(builder, ofRow, ofOutputs);
      next[i] = arith::AddFOp::create(builder, next[i], products);
    }
  }
  return next;
}

/// Asks LLVM not to unroll a loop. The name is `llvm.br`'s: the conversions on
/// the way pass the attribute on to the branch.
static void keepRolled(scf::ForOp loop) {
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {},
      {});
  loop->setAttr("loop_annotation", LLVM::LoopAnnotationAttr::get(
                                       context, {}, {}, {}, unroll, {}, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {}));
}

Values LinearKernelEmitter::addProducts(LinearTile &input, LinearTile &weight,
                                        ValueRange sums) {
  // A wave without rows has nothing to add.
  Value end = arith::SelectOp::create(builder, isBelow(firstRow, rows),
                                      constant(LinearTile::depth), constant(0));
  auto loop = scf::ForOp::create(builder, constant(0), end,
                                 constant(LinearTile::readSize), sums);
  keepRolled(loop);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(builder,
                       addProductsAt(loop.getInductionVar(), input, weight,
                                     loop.getRegionIterArgs()));
  return Values(loop.getResults());
}

void LinearKernelEmitter::emit() {
  LinearTile input(builder, device, kernel, inputSource, thread, tileRow,
                   add(rows, -1));
  LinearTile weight(builder, device, kernel, weightSource, thread, tileOutput,
                    constant(out - 1));
  auto vectorType = VectorType::get({quad}, builder.getF32Type());
  Values sums(quad, arith::ConstantOp::create(builder,
                                              builder.getZeroAttr(vectorType)));
  auto loop = scf::ForOp::create(builder, constant(0), constant(in),
                                 constant(LinearTile::depth), sums);
  {
    OpBuilder::InsertionGuard insertion(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Values a = input.load(loop.getInductionVar());
    Values b = weight.load(loop.getInductionVar());
    // No thread needs what is in LDS any more.
    gpu::BarrierOp::create(builder);
    input.share(a);
    weight.share(b);
    gpu::BarrierOp::create(builder);
    scf::YieldOp::create(builder,
                         addProducts(input, weight, loop.getRegionIterArgs()));
  }
  storeResults(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

Value LinearKernelEmitter::loadBias(ArrayRef<Value> columns) {
  Values elements;
  for (Value column : columns)
    elements.push_back(createExtend(
        builder,
        memref::LoadOp::create(builder, bias, min(column, constant(out - 1)))));
  return createVector(builder, elements);
}

static void emitIf(ImplicitLocOpBuilder &builder, Value condition,
                   function_ref<void()> body) {
  auto guard = scf::IfOp::create(builder, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  body();
}

void LinearKernelEmitter::storeResults(ValueRange sums) {
  Values columns;
  for (int64_t i = 0; i < quad; ++i)
    columns.push_back(add(firstOutput, i * outputStride));
  Value offsets = bias ? loadBias(columns) : Value();
  auto type = cast<FloatType>(getElementTypeOrSelf(output));

  for (int64_t i = 0; i < quad; ++i) {
    Value row = add(firstRow, i), result = sums[i];
    emitIf(builder, isBelow(row, rows), [&] {
      if (offsets)
        result = arith::AddFOp::create(builder, result, offsets);
      Values elements =
          elementsOf(builder, createDeviceTruncate(builder, result, type,
                                                   device, std::nullopt));
      for (int64_t j = 0; j < quad; ++j)
        emitIf(builder, isBelow(columns[j], constant(out)), [&] {
          memref::StoreOp::create(builder, elements[j], output,
                                  Values{row, columns[j]});
        });
    });
  }
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
