//===- BeelineToGPU.cpp - Kernels of the row-wise ops ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../LowerOps.h"
#include "../TensorBuffers.h"
#include "Kernel.h"
#include "KernelLibrary.h"
#include "LinearKernel.h"
#include "RowKernel.h"
#include "beeline/Conversion/Passes.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

namespace beeline {
#define GEN_PASS_DEF_CONVERTBEELINETOGPUPASS
#include "beeline/Conversion/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

/// Replaces ops by launches of their kernels.
class GPULowering {
public:
  GPULowering(ModuleOp module, const Device &device)
      : device(device), library(module) {}

  /// The results that take `op`'s place, or an error.
  FailureOr<SmallVector<Value>> lower(ImplicitLocOpBuilder &builder,
                                      Operation *op);

  /// Replaces the slices of rows that others than row kernels read by copies.
  LogicalResult lowerSlices(Operation *root);

private:
  FailureOr<SmallVector<Value>> lowerRows(ImplicitLocOpBuilder &builder,
                                          RowwiseOpInterface op);
  /// Launches the kernel of `program`, which describes `op`. `buffers` has the
  /// tensors that it writes, and those that it reads elsewhere than at
  /// themselves, as `slices` says where.
  LogicalResult launchRows(ImplicitLocOpBuilder &builder, Operation *op,
                           const RowProgram &program, int64_t length,
                           OpFoldResult rows,
                           const DenseMap<Value, Value> &buffers,
                           const RowSlices &slices);
  FailureOr<SmallVector<Value>> lowerLinear(ImplicitLocOpBuilder &builder,
                                            LinearOp op);
  LogicalResult verifyFormats(Operation *op);

  const Device &device;
  KernelLibrary library;
};

} // namespace

//===----------------------------------------------------------------------===//
// GPULowering
//===----------------------------------------------------------------------===//

LogicalResult GPULowering::verifyFormats(Operation *op) {
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    Type elementType = getElementTypeOrSelf(type);
    if (!device.supports(elementType))
      return op->emitOpError("has elements of type ")
             << elementType << ", which " << device.name
             << " cannot convert: it has " << device.describeFP8();
  }
  return success();
}

/// The number of rows that `tensor` has: the product of all dimensions but the
/// last.
static OpFoldResult countRows(ImplicitLocOpBuilder &builder, Value tensor) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, builder.getLoc(), tensor);
  OpFoldResult rows = builder.getIndexAttr(1);
  for (OpFoldResult size : ArrayRef(sizes).drop_back()) {
    std::optional<int64_t> lhs = getConstantIntValue(rows);
    std::optional<int64_t> rhs = getConstantIntValue(size);
    if (lhs && rhs)
      rows = builder.getIndexAttr(*lhs * *rhs);
    else if (lhs == 1)
      rows = size;
    else
      rows =
          arith::MulIOp::create(
              builder,
              getValueOrCreateConstantIndexOp(builder, builder.getLoc(), rows),
              getValueOrCreateConstantIndexOp(builder, builder.getLoc(), size))
              .getResult();
  }
  return rows;
}

/// A kernel's pointer to the first element of `buffer`.
static Value createKernelPointer(ImplicitLocOpBuilder &builder, Value buffer) {
  Type elementType = getElementTypeOrSelf(buffer);
  Value first = memref::ReinterpretCastOp::create(
      builder, MemRefType::get({}, elementType), buffer,
      builder.getIndexAttr(0), ArrayRef<OpFoldResult>{},
      ArrayRef<OpFoldResult>{});
  return memref::MemorySpaceCastOp::create(
      builder, kernelPointerType(elementType), first);
}

namespace {

/// How many blocks a kernel has, and of what size.
struct Grid {
  int64_t blockSize;
  int64_t rowsPerBlock;
  /// Blocks that share their rows.
  int64_t blocksPerRow;
};

} // namespace

/// Launches `kernel` unless `rows` is 0.
static void createLaunch(ImplicitLocOpBuilder &builder, SymbolRefAttr kernel,
                         const Grid &grid, Value rows, ValueRange pointers) {
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value hasRows =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ugt, rows, zero);
  auto guard = scf::IfOp::create(builder, hasRows, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  Value blocks = arith::CeilDivUIOp::create(
      builder, rows,
      arith::ConstantIndexOp::create(builder, grid.rowsPerBlock));
  if (grid.blocksPerRow > 1)
    blocks = arith::MulIOp::create(
        builder, blocks,
        arith::ConstantIndexOp::create(builder, grid.blocksPerRow));
  Value threads = arith::ConstantIndexOp::create(builder, grid.blockSize);
  SmallVector<Value> arguments(pointers);
  arguments.push_back(rows);
  gpu::LaunchFuncOp::create(builder, kernel, gpu::KernelDim3{blocks, one, one},
                            gpu::KernelDim3{threads, one, one},
                            /*dynamicSharedMemorySize=*/Value(), arguments);
}

//===----------------------------------------------------------------------===//
// Row programs
//===----------------------------------------------------------------------===//

/// The ops that a kernel runs and the length of its rows, as profilers show it.
static std::string kernelName(Operation *op, int64_t length) {
  SmallVector<StringRef> names = {op->getName().stripDialect()};
  if (auto fused = dyn_cast<FusedOp>(op)) {
    names.clear();
    for (Operation &inner : fused.getBody().front().without_terminator())
      names.push_back(inner.getName().stripDialect());
  }
  return llvm::join(names, "_") + "_" + std::to_string(length);
}

/// Emits an error if `device` cannot hold the kernel of `op`.
static LogicalResult verifyLDS(Operation *op, gpu::GPUFuncOp kernel,
                               const Device &device) {
  int64_t bytes = 0;
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(buffer.getType());
    bytes = llvm::alignTo(bytes, ldsAlignment) +
            type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }
  if (bytes <= device.ldsBytes)
    return success();
  return op->emitOpError("needs ")
         << bytes << " bytes of on-chip memory for its groups, and "
         << device.name << " has " << device.ldsBytes
         << ": choose larger groups, or a multiple of 8";
}

/// Which part of its source's rows a slice is, if it is one with all in
/// between.
static std::optional<RowSlice> findRowSlice(tensor::ExtractSliceOp op) {
  if (op.getType().getRank() != 2 || op.getSourceType().getRank() != 2 ||
      !op.hasUnitStride())
    return std::nullopt;
  int64_t pitch = op.getSourceType().getDimSize(1);
  int64_t firstRow = op.getStaticOffsets()[0];
  int64_t offset = op.getStaticOffsets()[1];
  if (firstRow != 0 || ShapedType::isDynamic(offset) ||
      ShapedType::isDynamic(pitch) || op.getType().isDynamicDim(1))
    return std::nullopt;
  return RowSlice{offset, pitch};
}

LogicalResult GPULowering::launchRows(ImplicitLocOpBuilder &builder,
                                      Operation *op, const RowProgram &program,
                                      int64_t length, OpFoldResult rows,
                                      const DenseMap<Value, Value> &buffers,
                                      const RowSlices &slices) {
  if (ShapedType::isDynamic(length))
    return op->emitOpError("has rows of a length that is known at run time "
                           "only, and GPU kernels are made for one length: "
                           "make the last dimension static, or run the layer "
                           "on the CPU");
  if (length == 0 || length > RowSchedule::maxLength)
    return op->emitOpError("has rows of ")
           << length << " elements, and GPU kernels take 1 to "
           << RowSchedule::maxLength;
  RowSchedule schedule = RowSchedule::choose(program, length, device);
  gpu::GPUFuncOp kernel = buildRowKernel(library.getKernels(), op->getLoc(),
                                         program, schedule, slices, device);
  if (failed(verifyLDS(op, kernel, device)))
    return failure();
  SymbolRefAttr symbol = library.add(kernel, kernelName(op, length));

  SmallVector<Value> pointers;
  for (Value tensor : kernelTensors(program)) {
    Value buffer = buffers.lookup(tensor);
    pointers.push_back(createKernelPointer(
        builder, buffer ? buffer : createReadBuffer(builder, tensor)));
  }
  createLaunch(
      builder, symbol,
      {schedule.blockSize(), schedule.rowsPerBlock, /*blocksPerRow=*/1},
      getValueOrCreateConstantIndexOp(builder, op->getLoc(), rows), pointers);
  return success();
}

FailureOr<SmallVector<Value>>
GPULowering::lowerRows(ImplicitLocOpBuilder &builder, RowwiseOpInterface op) {
  RowProgram program;
  op.buildRowProgram(program);
  Value rowTensor = op.getRowTensor();
  DenseMap<Value, Value> buffers;
  for (const RowStore &store : program.getStores())
    buffers[store.tensor] =
        createBuffer(builder, cast<RankedTensorType>(store.tensor.getType()),
                     reifyShape(builder, op->getLoc(), rowTensor, store));
  // A slice is read where it is.
  RowSlices slices;
  for (const RowStep &step : program.getSteps()) {
    if (!step.tensor || step.access != RowAccess::Elements)
      continue;
    auto op = step.tensor.getDefiningOp<tensor::ExtractSliceOp>();
    if (std::optional<RowSlice> slice = op ? findRowSlice(op) : std::nullopt) {
      slices[step.tensor] = *slice;
      buffers[step.tensor] = createReadBuffer(builder, op.getSource());
    }
  }
  int64_t length =
      cast<RankedTensorType>(rowTensor.getType()).getShape().back();
  if (failed(launchRows(builder, op, program, length,
                        countRows(builder, rowTensor), buffers, slices)))
    return failure();

  SmallVector<Value> results;
  for (Value result : op->getResults())
    results.push_back(createTensor(
        builder, cast<RankedTensorType>(result.getType()), buffers[result]));
  return results;
}

LogicalResult GPULowering::lowerSlices(Operation *root) {
  SmallVector<tensor::ExtractSliceOp> slices;
  root->walk([&](tensor::ExtractSliceOp op) { slices.push_back(op); });
  for (tensor::ExtractSliceOp op : slices) {
    std::optional<RowSlice> slice = findRowSlice(op);
    if (!slice || op->use_empty())
      continue;
    ImplicitLocOpBuilder builder(op.getLoc(), op);
    RowProgram program;
    program.store(program.load(op.getSource()), op.getResult());
    SmallVector<OpFoldResult> sizes = op.getMixedSizes();
    Value buffer = createBuffer(builder, op.getType(), sizes);
    if (failed(launchRows(builder, op, program, op.getType().getDimSize(1),
                          sizes.front(), {{op.getResult(), buffer}},
                          {{op.getSource(), *slice}})))
      return failure();
    op.replaceAllUsesWith(createTensor(builder, op.getType(), buffer));
    op.erase();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Linear layers
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>>
GPULowering::lowerLinear(ImplicitLocOpBuilder &builder, LinearOp op) {
  auto weightType = cast<RankedTensorType>(op.getWeight().getType());
  if (!weightType.hasStaticShape())
    return op.emitOpError("has a weight whose extents are known at run time "
                          "only, and GPU kernels are made for given ones: make "
                          "them static, or run the layer on the CPU");
  int64_t out = weightType.getDimSize(0), in = weightType.getDimSize(1);
  if (out == 0 || in == 0)
    return op.emitOpError("has a weight of ")
           << out << " by " << in
           << " elements, and GPU kernels take 1 or more of each";

  gpu::GPUFuncOp kernel = buildLinearKernel(library.getKernels(), op, device);
  std::string name = "linear_" + std::to_string(out) + "x" + std::to_string(in);
  SymbolRefAttr symbol = library.add(kernel, name);

  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, op.getLoc(), op.getInput());
  sizes.back() = builder.getIndexAttr(out);
  auto outputType = cast<RankedTensorType>(op.getOutput().getType());
  Value result = createBuffer(builder, outputType, sizes);
  SmallVector<Value> pointers;
  for (Value tensor : op->getOperands())
    pointers.push_back(
        createKernelPointer(builder, createReadBuffer(builder, tensor)));
  pointers.push_back(createKernelPointer(builder, result));
  Value rows = getValueOrCreateConstantIndexOp(
      builder, op.getLoc(), countRows(builder, op.getInput()));
  createLaunch(builder, symbol,
               {LinearSchedule::blockSize, LinearSchedule::tile,
                LinearSchedule::outputTiles(out)},
               rows, pointers);
  return SmallVector<Value>{createTensor(builder, outputType, result)};
}

FailureOr<SmallVector<Value>> GPULowering::lower(ImplicitLocOpBuilder &builder,
                                                 Operation *op) {
  if (failed(verifySingleRank(op)) || failed(verifyFormats(op)))
    return failure();
  if (isa<AllReduceOp, AllGatherOp>(op))
    return SmallVector<Value>{op->getOperand(0)};
  if (RowwiseOpInterface rowwise = getRowwise(op))
    return lowerRows(builder, rowwise);
  if (auto linear = dyn_cast<LinearOp>(op))
    return lowerLinear(builder, linear);
  return cast<linalg::AggregatedOpInterface>(op).decomposeOperation(builder);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {

struct ConvertBeelineToGPUPass final
    : beeline::impl::ConvertBeelineToGPUPassBase<ConvertBeelineToGPUPass> {
  using ConvertBeelineToGPUPassBase::ConvertBeelineToGPUPassBase;

  void runOnOperation() override {
    const Device *device = lookupDevice(target);
    if (!device || !device->isGPU()) {
      emitError(UnknownLoc::get(&getContext()))
          << getArgument() << ": no GPU target '" << target << "'; there is "
          << listDevices();
      return signalPassFailure();
    }
    GPULowering lowering(getOperation(), *device);
    auto lower = [&](ImplicitLocOpBuilder &builder, Operation *op) {
      return lowering.lower(builder, op);
    };
    if (failed(lowerOps(getOperation(), lower)) ||
        failed(lowering.lowerSlices(getOperation())))
      signalPassFailure();
  }
};

} // namespace
