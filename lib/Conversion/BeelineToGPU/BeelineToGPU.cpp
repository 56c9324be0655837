//===- BeelineToGPU.cpp - Kernels of the row-wise ops ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../LowerOps.h"
#include "../TensorBuffers.h"
#include "RowKernel.h"
#include "beeline/Conversion/Passes.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"

namespace beeline {
#define GEN_PASS_DEF_CONVERTBEELINETOGPUPASS
#include "beeline/Conversion/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

/// The kernels of a module. Equal ones are one.
class KernelLibrary {
public:
  KernelLibrary(ModuleOp module, const Device &device)
      : module(module), device(device) {}

  /// The kernel of `program`, which describes `op`. Emits an error if the device
  /// cannot hold it.
  FailureOr<SymbolRefAttr> getRowKernel(Operation *op,
                                        const RowProgram &program,
                                        const RowSchedule &schedule);

private:
  gpu::GPUModuleOp getKernels();
  /// `kernel`, or the one that was there before and is equal.
  SymbolRefAttr unify(gpu::GPUFuncOp kernel, StringRef name);

  ModuleOp module;
  const Device &device;
  gpu::GPUModuleOp kernels;
  /// By their text without a name.
  llvm::StringMap<SymbolRefAttr> known;
};

/// Replaces ops by launches of their kernels.
class GPULowering {
public:
  GPULowering(ModuleOp module, const Device &device)
      : device(device), library(module, device) {}

  /// The results that take `op`'s place, or an error.
  FailureOr<SmallVector<Value>> lower(ImplicitLocOpBuilder &builder,
                                      Operation *op);

private:
  FailureOr<SmallVector<Value>> lowerRows(ImplicitLocOpBuilder &builder,
                                          RowwiseOpInterface op);
  LogicalResult verifyFormats(Operation *op);

  const Device &device;
  KernelLibrary library;
};

} // namespace

//===----------------------------------------------------------------------===//
// KernelLibrary
//===----------------------------------------------------------------------===//

gpu::GPUModuleOp KernelLibrary::getKernels() {
  if (!kernels) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    kernels = gpu::GPUModuleOp::create(builder, module.getLoc(),
                                       "beeline_kernels");
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                    builder.getUnitAttr());
  }
  return kernels;
}

SymbolRefAttr KernelLibrary::unify(gpu::GPUFuncOp kernel, StringRef name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope());
  auto [entry, isNew] = known.try_emplace(text);
  if (!isNew) {
    kernel->erase();
    return entry->second;
  }
  std::string unique = name.str();
  for (int64_t i = 1; kernels.lookupSymbol(unique); ++i)
    unique = (name + "_" + Twine(i)).str();
  kernel.setName(unique);
  auto reference = FlatSymbolRefAttr::get(module.getContext(), unique);
  entry->second = SymbolRefAttr::get(kernels.getNameAttr(), reference);
  return entry->second;
}

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

FailureOr<SymbolRefAttr>
KernelLibrary::getRowKernel(Operation *op, const RowProgram &program,
                            const RowSchedule &schedule) {
  OpBuilder builder(module.getContext());
  gpu::GPUFuncOp kernel =
      buildRowKernel(builder, getKernels(), op->getLoc(), "unnamed", program,
                     schedule, device);
  int64_t ldsBytes = 0;
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(buffer.getType());
    ldsBytes += type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }
  if (ldsBytes > device.ldsBytes)
    return op->emitOpError("needs ")
           << ldsBytes << " bytes of on-chip memory for its groups, and "
           << device.name << " has " << device.ldsBytes
           << ": choose larger groups, or a multiple of 8";
  return unify(kernel, kernelName(op, schedule.length));
}

//===----------------------------------------------------------------------===//
// GPULowering
//===----------------------------------------------------------------------===//

LogicalResult GPULowering::verifyFormats(Operation *op) {
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(),
                                            op->getResultTypes())) {
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
      rows = arith::MulIOp::create(
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

/// Launches `kernel` unless `rows` is 0.
static void createLaunch(ImplicitLocOpBuilder &builder, SymbolRefAttr kernel,
                         const RowSchedule &schedule, Value rows,
                         ValueRange pointers) {
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value one = arith::ConstantIndexOp::create(builder, 1);
  Value hasRows = arith::CmpIOp::create(builder, arith::CmpIPredicate::ugt,
                                        rows, zero);
  auto guard = scf::IfOp::create(builder, hasRows, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard insertion(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  Value blocks = arith::CeilDivUIOp::create(
      builder, rows,
      arith::ConstantIndexOp::create(builder, schedule.rowsPerBlock));
  Value threads =
      arith::ConstantIndexOp::create(builder, schedule.blockSize());
  SmallVector<Value> arguments(pointers);
  arguments.push_back(rows);
  gpu::LaunchFuncOp::create(
      builder, kernel, gpu::KernelDim3{blocks, one, one},
      gpu::KernelDim3{threads, one, one}, /*dynamicSharedMemorySize=*/Value(),
      arguments);
}

FailureOr<SmallVector<Value>>
GPULowering::lowerRows(ImplicitLocOpBuilder &builder,
                       RowwiseOpInterface op) {
  Value rowTensor = op.getRowTensor();
  int64_t length = cast<RankedTensorType>(rowTensor.getType()).getShape().back();
  if (ShapedType::isDynamic(length))
    return op->emitOpError("has rows of a length that is known at run time "
                           "only, and GPU kernels are made for one length: "
                           "make the last dimension static, or run the layer "
                           "on the CPU");
  if (length == 0 || length > RowSchedule::maxLength)
    return op->emitOpError("has rows of ")
           << length << " elements, and GPU kernels take 1 to "
           << RowSchedule::maxLength;
  RowProgram program;
  op.buildRowProgram(program);
  RowSchedule schedule = RowSchedule::choose(length, device);
  FailureOr<SymbolRefAttr> kernel = library.getRowKernel(op, program, schedule);
  if (failed(kernel))
    return failure();

  DenseMap<Value, Value> buffers;
  for (const RowStore &store : program.getStores())
    buffers[store.tensor] = createBuffer(
        builder, cast<RankedTensorType>(store.tensor.getType()),
        reifyShape(builder, op->getLoc(), rowTensor, store));
  SmallVector<Value> pointers;
  for (Value tensor : kernelTensors(program)) {
    Value buffer = buffers.lookup(tensor);
    pointers.push_back(createKernelPointer(
        builder, buffer ? buffer : createReadBuffer(builder, tensor)));
  }
  Value rows = getValueOrCreateConstantIndexOp(builder, op->getLoc(),
                                               countRows(builder, rowTensor));
  createLaunch(builder, *kernel, schedule, rows, pointers);

  SmallVector<Value> results;
  for (Value result : op->getResults())
    results.push_back(createTensor(
        builder, cast<RankedTensorType>(result.getType()), buffers[result]));
  return results;
}

FailureOr<SmallVector<Value>>
GPULowering::lower(ImplicitLocOpBuilder &builder, Operation *op) {
  if (failed(verifySingleRank(op)) || failed(verifyFormats(op)))
    return failure();
  if (isa<AllReduceOp, AllGatherOp>(op))
    return SmallVector<Value>{op->getOperand(0)};
  if (RowwiseOpInterface rowwise = getRowwise(op))
    return lowerRows(builder, rowwise);
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
          << getArgument() << ": no GPU target '" << target
          << "'; there is " << listDevices();
      return signalPassFailure();
    }
    GPULowering lowering(getOperation(), *device);
    auto lower = [&](ImplicitLocOpBuilder &builder, Operation *op) {
      return lowering.lower(builder, op);
    };
    if (failed(lowerOps(getOperation(), lower)))
      signalPassFailure();
  }
};

} // namespace
