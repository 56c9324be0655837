//===- BeelineToGPU.cpp - Kernels of the row-wise ops ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../LowerOps.h"
#include "../TensorBuffers.h"
#include "JointLaunches.h"
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
  GPULowering(ModuleOp module, const Device &device, bool jointLaunches)
      : device(device), library(module) {
    if (jointLaunches)
      partners = findJointLaunches(module, device);
  }

  /// The results that take `op`'s place, or an error.
  FailureOr<SmallVector<Value>> lower(ImplicitLocOpBuilder &builder,
                                      Operation *op);

  /// Replaces the slices of rows that others than row kernels read by copies.
  LogicalResult lowerSlices(Operation *root);

private:
  FailureOr<SmallVector<Value>> lowerRows(ImplicitLocOpBuilder &builder,
                                          RowwiseOpInterface op);
  /// A row program and what it is launched with.
  struct RowWork {
    Operation *op;
    RowProgram program;
    int64_t length;
    OpFoldResult rows;
    /// Of the tensors that it writes, and of those that it reads elsewhere than
    /// at themselves, as `slices` says where.
    DenseMap<Value, Value> buffers;
    RowSlices slices;
  };
  /// The work of an op, with fresh buffers for its results.
  RowWork prepareRows(ImplicitLocOpBuilder &builder, RowwiseOpInterface op);
  /// Launches one kernel for all of it.
  LogicalResult launchRows(ImplicitLocOpBuilder &builder,
                           ArrayRef<RowWork> works);
  FailureOr<SmallVector<Value>> lowerLinear(ImplicitLocOpBuilder &builder,
                                            LinearOp op);
  LogicalResult verifyPlace(Operation *op);
  LogicalResult verifyFormats(Operation *op);

  const Device &device;
  KernelLibrary library;
  /// Ops that others are launched with, by these; and their results once they
  /// are.
  DenseMap<Operation *, Operation *> partners;
  DenseMap<Operation *, SmallVector<Value>> launched;
};

} // namespace

//===----------------------------------------------------------------------===//
// GPULowering
//===----------------------------------------------------------------------===//

LogicalResult GPULowering::verifyPlace(Operation *op) {
  if (op->getParentOfType<ModuleOp>() != library.getModule())
    return op->emitOpError("is in a module inside of another: kernels are made "
                           "for the functions of one module");
  return success();
}

LogicalResult GPULowering::verifyFormats(Operation *op) {
  // What is made and read within a region is no operand or result of it.
  WalkResult walk = op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    for (Type type : llvm::concat<const Type>(inner->getOperandTypes(),
                                              inner->getResultTypes())) {
      Type elementType = getElementTypeOrSelf(type);
      if (device.supports(elementType))
        continue;
      inner->emitOpError("has elements of type ")
          << elementType << ", which " << device.name
          << " cannot convert: it has " << device.describeFP8();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
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

/// Launches `kernel` unless `blocks` is 0.
static void createLaunch(ImplicitLocOpBuilder &builder, SymbolRefAttr kernel,
                         Value blocks, int64_t blockSize,
                         ValueRange arguments) {
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value hasBlocks =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ugt, blocks, zero);
  auto guard = scf::IfOp::create(builder, hasBlocks, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  Value threads = arith::ConstantIndexOp::create(builder, blockSize);
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
  if (!RowProgram::hasFormat(op.getType().getElementType()))
    return std::nullopt;
  int64_t pitch = op.getSourceType().getDimSize(1);
  int64_t firstRow = op.getStaticOffsets()[0];
  int64_t offset = op.getStaticOffsets()[1];
  if (firstRow != 0 || ShapedType::isDynamic(offset) ||
      ShapedType::isDynamic(pitch) || op.getType().isDynamicDim(1))
    return std::nullopt;
  return RowSlice{offset, pitch};
}

/// Emits an error if kernels do not take rows of `length`.
static LogicalResult verifyLength(Operation *op, int64_t length) {
  if (ShapedType::isDynamic(length))
    return op->emitOpError("has rows of a length that is known at run time "
                           "only, and GPU kernels are made for one length: "
                           "make the last dimension static, or run the layer "
                           "on the CPU");
  if (length == 0 || length > RowSchedule::maxLength)
    return op->emitOpError("has rows of ")
           << length << " elements, and GPU kernels take 1 to "
           << RowSchedule::maxLength;
  return success();
}

LogicalResult GPULowering::launchRows(ImplicitLocOpBuilder &builder,
                                      ArrayRef<RowWork> works) {
  SmallVector<KernelPart, 2> parts;
  SmallVector<Value> arguments, rows;
  std::string name;
  for (const RowWork &work : works) {
    if (failed(verifyLength(work.op, work.length)))
      return failure();
    for (Value tensor : kernelTensors(work.program)) {
      Value buffer = work.buffers.lookup(tensor);
      arguments.push_back(createKernelPointer(
          builder, buffer ? buffer : createReadBuffer(builder, tensor)));
    }
    rows.push_back(
        getValueOrCreateConstantIndexOp(builder, work.op->getLoc(), work.rows));
    if (!name.empty())
      name += "_";
    name += kernelName(work.op, work.length);
    auto schedule = RowSchedule::choose(work.program, work.length, device);
    parts.push_back({work.program, schedule, work.slices});
  }
  if (parts.size() == 2)
    joinSchedules(parts[0].schedule, parts[1].schedule, device);

  Operation *op = works.front().op;
  gpu::GPUFuncOp kernel =
      buildRowKernel(library.getKernels(), op->getLoc(), parts, device);
  if (failed(verifyLDS(op, kernel, device)))
    return failure();
  Value blocks;
  for (auto [part, count] : llvm::zip_equal(parts, rows)) {
    Value own = createBlockCount(builder, part.schedule, count);
    blocks = blocks ? arith::AddIOp::create(builder, blocks, own) : own;
  }
  llvm::append_range(arguments, rows);
  createLaunch(builder, library.add(kernel, name), blocks,
               parts.front().schedule.blockSize(), arguments);
  return success();
}

GPULowering::RowWork GPULowering::prepareRows(ImplicitLocOpBuilder &builder,
                                              RowwiseOpInterface op) {
  RowWork work;
  work.op = op;
  op.buildRowProgram(work.program);
  Value rowTensor = op.getRowTensor();
  for (const RowStore &store : work.program.getStores())
    work.buffers[store.tensor] =
        createBuffer(builder, cast<RankedTensorType>(store.tensor.getType()),
                     reifyShape(builder, op->getLoc(), rowTensor, store));
  // A slice is read where it is.
  for (const RowStep &step : work.program.getSteps()) {
    if (!step.tensor || step.access != RowAccess::Elements)
      continue;
    auto op = step.tensor.getDefiningOp<tensor::ExtractSliceOp>();
    if (std::optional<RowSlice> slice = op ? findRowSlice(op) : std::nullopt) {
      work.slices[step.tensor] = *slice;
      work.buffers[step.tensor] = createReadBuffer(builder, op.getSource());
    }
  }
  work.length = cast<RankedTensorType>(rowTensor.getType()).getShape().back();
  work.rows = countRows(builder, rowTensor);
  return work;
}

FailureOr<SmallVector<Value>>
GPULowering::lowerRows(ImplicitLocOpBuilder &builder, RowwiseOpInterface op) {
  // What is erased is taken out of the maps: its address may be another's next.
  if (auto done = launched.find(op); done != launched.end()) {
    SmallVector<Value> results = std::move(done->second);
    launched.erase(done);
    return results;
  }
  SmallVector<RowWork, 2> works;
  works.push_back(prepareRows(builder, op));
  if (auto pair = partners.find(op); pair != partners.end()) {
    if (failed(verifyFormats(pair->second)))
      return failure();
    works.push_back(prepareRows(builder, getRowwise(pair->second)));
    partners.erase(pair);
  }
  if (failed(launchRows(builder, works)))
    return failure();

  SmallVector<SmallVector<Value>, 2> results;
  for (const RowWork &work : works) {
    results.emplace_back();
    for (Value result : work.op->getResults())
      results.back().push_back(
          createTensor(builder, cast<RankedTensorType>(result.getType()),
                       work.buffers.lookup(result)));
  }
  if (works.size() == 2)
    launched[works.back().op] = std::move(results.back());
  return std::move(results.front());
}

LogicalResult GPULowering::lowerSlices(Operation *root) {
  SmallVector<tensor::ExtractSliceOp> slices;
  root->walk([&](tensor::ExtractSliceOp op) { slices.push_back(op); });
  for (tensor::ExtractSliceOp op : slices) {
    std::optional<RowSlice> slice = findRowSlice(op);
    if (!slice || op->use_empty())
      continue;
    if (failed(verifyPlace(op)))
      return failure();
    ImplicitLocOpBuilder builder(op.getLoc(), op);
    SmallVector<OpFoldResult> sizes = op.getMixedSizes();
    Value buffer = createBuffer(builder, op.getType(), sizes);
    RowWork work;
    work.op = op;
    work.length = op.getType().getDimSize(1);
    work.rows = sizes.front();
    work.program.store(work.program.load(op.getSource()), op.getResult());
    work.buffers[op.getResult()] = buffer;
    work.slices[op.getSource()] = *slice;
    if (failed(launchRows(builder, work)))
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
  Value blocks = arith::MulIOp::create(
      builder,
      arith::CeilDivUIOp::create(
          builder, rows,
          arith::ConstantIndexOp::create(builder, LinearSchedule::tile)),
      arith::ConstantIndexOp::create(builder,
                                     LinearSchedule::outputTiles(out)));
  pointers.push_back(rows);
  createLaunch(builder, symbol, blocks, LinearSchedule::blockSize, pointers);
  return SmallVector<Value>{createTensor(builder, outputType, result)};
}

FailureOr<SmallVector<Value>> GPULowering::lower(ImplicitLocOpBuilder &builder,
                                                 Operation *op) {
  if (failed(verifyPlace(op)) || failed(verifySingleRank(op)) ||
      failed(verifyFormats(op)))
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
    eraseUnreachableBlocks(getOperation());
    GPULowering lowering(getOperation(), *device, jointLaunches);
    auto lower = [&](ImplicitLocOpBuilder &builder, Operation *op) {
      return lowering.lower(builder, op);
    };
    if (failed(lowerOps(getOperation(), lower)) ||
        failed(lowering.lowerSlices(getOperation())))
      signalPassFailure();
  }
};

} // namespace
