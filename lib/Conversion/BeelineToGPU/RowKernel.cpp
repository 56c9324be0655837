//===- RowKernel.cpp - The kernel of a row program ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A thread runs the program for the elements that it holds. All it loads is
// asked for first, and what it has computed is kept in registers until the row
// is done: memory is read once and written once.
//
//===----------------------------------------------------------------------===//

#include "RowKernel.h"
#include "../FloatFormats.h"
#include "DeviceFormats.h"
#include "DeviceMapBuilder.h"
#include "Kernel.h"
#include "RowReductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

static constexpr int64_t elementsPerThread = RowSchedule::elementsPerThread;

/// Chunks of a row up to which vectors are loaded before it.
static constexpr int64_t maxChunksVectorsFirst = 2;

/// Chunks up to which a thread computes what it can before it waits for others.
/// With more, registers are spilled as it is. (The compilers may still put it
/// off, unlike loads, so that the schedule's estimate need not allow for it.)
static constexpr int64_t maxChunksAhead = 4;

SetVector<Value> beeline::kernelTensors(const RowProgram &program) {
  SetVector<Value> tensors;
  for (const RowStep &step : program.getSteps())
    if (step.tensor)
      tensors.insert(step.tensor);
  for (const RowStore &store : program.getStores())
    tensors.insert(store.tensor);
  return tensors;
}

namespace {

/// Emits the body of a kernel.
class RowKernelEmitter {
public:
  /// `arguments` are the kernel's for the program's tensors.
  RowKernelEmitter(ImplicitLocOpBuilder &builder, const KernelPart &part,
                   const Device &device, gpu::GPUFuncOp kernel,
                   ValueRange arguments, Value block, Value rows)
      : builder(builder), program(part.program), schedule(part.schedule),
        slices(part.slices), device(device), rows(rows),
        tile(builder, schedule, block, rows),
        reductions(builder, tile, kernel, device) {
    for (auto [tensor, pointer] :
         llvm::zip_equal(kernelTensors(program), arguments))
      pointers[tensor] = pointer;
  }

  void emit() {
    emitLoads();
    SmallVector<bool> isLater = findLaterSteps();
    values.resize(isLater.size());
    for (bool later : {false, true})
      for (size_t i = 0; i < values.size(); ++i)
        if (isLater[i] == later)
          emitStep(i);
  }

private:
  /// What a thread has of a program's value: one scalar of a row's, and of
  /// others one value for each chunk. That is a vector of the elements', or a
  /// scalar where all of them have one value.
  using TileValue = Values;

  void emitLoads();
  /// Of each step, whether it comes after those that need no other thread.
  SmallVector<bool> findLaterSteps() const;
  /// Emits a step's value, and what stores it.
  void emitStep(unsigned i);

  TileValue load(const RowStep &step);
  TileValue evaluate(RowValue value);
  TileValue evaluateElementwise(const RowStep &step);
  void emitStore(const RowStore &store);

  /// `value` for chunk `chunk`, as `type`: f32 or a vector of it.
  Value broadcast(RowValue value, int64_t chunk, Type type);
  /// What a thread has of each chunk of a value of this extent: f32, or a
  /// vector of it.
  Type typeOf(RowExtent extent, int64_t groupSize);
  /// `value` for chunk `chunk`, of type `type` as it is held, rounded to
  /// `format`.
  Value truncate(RowValue value, int64_t chunk, Type type, FloatType format);

  /// The memory of `tensor` as `access` finds elements in it.
  Value view(Value tensor, RowAccess access, int64_t groupSize);

  ImplicitLocOpBuilder &builder;
  const RowProgram &program;
  const RowSchedule &schedule;
  const RowSlices &slices;
  const Device &device;
  Value rows;
  RowTile tile;
  RowReductions reductions;
  DenseMap<Value, Value> pointers;
  SmallVector<TileValue> values;
  /// What was loaded, as it is in memory.
  DenseMap<unsigned, TileValue> loaded;
};

} // namespace

void RowKernelEmitter::emitLoads() {
  auto emitThose = [&](function_ref<bool(const RowStep &)> isWanted) {
    for (auto [i, step] : llvm::enumerate(program.getSteps()))
      if (step.kind == RowStep::Kind::Load && isWanted(step))
        loaded[i] = load(step);
  };
  auto isVector = [](const RowStep &step) {
    return step.access == RowAccess::Vector;
  };
  auto isAny = [](const RowStep &) { return true; };

  // The weight is used last, and so the compilers would have it loaded when the
  // row is there, and has been used.
  if (device.platform == Device::Platform::ROCm) {
    emitThose(isAny);
    if (schedule.hasRegistersForVectors(device))
      ROCDL::SchedBarrier::create(builder, /*mask: nothing passes*/ 0);
    return;
  }
  // ptxas moves no load over a warp's barrier, but what is computed. Ahead of a
  // long row, a weight as long would delay it.
  bool isShort = schedule.chunks <= maxChunksVectorsFirst;
  if (!isShort || !llvm::any_of(program.getSteps(), isVector))
    return emitThose(isAny);
  emitThose(isVector);
  NVVM::SyncWarpOp::create(
      builder,
      arith::ConstantOp::create(builder, builder.getI32IntegerAttr(-1)));
  emitThose(std::not_fn(isVector));
}

SmallVector<bool> RowKernelEmitter::findLaterSteps() const {
  SmallVector<bool> isLater;
  for (const RowStep &step : program.getSteps())
    isLater.push_back(schedule.chunks > maxChunksAhead ||
                      step.kind == RowStep::Kind::RowSum ||
                      step.kind == RowStep::Kind::GroupAbsMax ||
                      llvm::any_of(step.operands, [&](RowValue operand) {
                        return isLater[operand.index];
                      }));
  return isLater;
}

void RowKernelEmitter::emitStep(unsigned i) {
  values[i] = evaluate(RowValue{i});
  // What is stored early overlaps with what follows.
  for (const RowStore &store : program.getStores())
    if (store.value.index == i)
      emitStore(store);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value RowKernelEmitter::view(Value tensor, RowAccess access,
                             int64_t groupSize) {
  Value pointer = pointers.lookup(tensor);
  if (access == RowAccess::Vector)
    return createVectorView(builder, pointer, schedule.length);
  if (auto slice = slices.find(tensor); slice != slices.end())
    return createSliceView(builder, pointer, rows, schedule.length,
                           slice->second);
  int64_t width = access == RowAccess::Elements
                      ? schedule.length
                      : llvm::divideCeil(schedule.length, groupSize);
  // Scales as [G, rows] are seen as [rows, G].
  return createMatrixView(builder, pointer, rows, width,
                          access == RowAccess::GroupMajorScales);
}

RowKernelEmitter::TileValue RowKernelEmitter::load(const RowStep &step) {
  Value memory = view(step.tensor, step.access, step.groupSize);
  TileValue loaded;
  for (int64_t i = 0; i < schedule.chunks; ++i)
    loaded.push_back(step.extent == RowExtent::Group
                         ? tile.loadScales(memory, step.groupSize, i)
                         : tile.load(memory, step.access, i));
  return loaded;
}

void RowKernelEmitter::emitStore(const RowStore &store) {
  Value memory = view(store.tensor, store.access, store.groupSize);
  auto type = cast<FloatType>(getElementTypeOrSelf(store.tensor));
  bool isElements = store.access == RowAccess::Elements;
  const RowStep &step = program[store.value];
  bool isMove = step.kind == RowStep::Kind::Load && isElements &&
                getElementTypeOrSelf(step.tensor) == type;
  for (int64_t i = 0; i < schedule.chunks; ++i) {
    if (isMove) {
      tile.store(loaded[store.value.index][i], memory, i);
      continue;
    }
    Type vectorType = typeOf(isElements ? RowExtent::Element : RowExtent::Group,
                             store.groupSize);
    Value rounded = truncate(store.value, i, vectorType, type);
    if (isElements)
      tile.store(rounded, memory, i);
    else
      tile.storeScales(rounded, memory, store.groupSize, i);
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Type RowKernelEmitter::typeOf(RowExtent extent, int64_t groupSize) {
  Type f32 = builder.getF32Type();
  bool isScalar =
      extent == RowExtent::Row ||
      (extent == RowExtent::Group && RowTile::isInOneGroup(groupSize));
  return isScalar ? f32 : VectorType::get({elementsPerThread}, f32);
}

Value RowKernelEmitter::broadcast(RowValue value, int64_t chunk, Type type) {
  const TileValue &held = values[value.index];
  Value part = held.size() == 1 ? held.front() : held[chunk];
  if (part.getType() == type)
    return part;
  return vector::BroadcastOp::create(builder, type, part);
}

Value RowKernelEmitter::truncate(RowValue value, int64_t chunk, Type type,
                                 FloatType format) {
  if (!isa<VectorType>(type))
    return createTruncate(builder, broadcast(value, chunk, type), format);
  const RowStep &step = program[value];
  if (step.kind != RowStep::Kind::Clamp)
    return createDeviceTruncate(builder, broadcast(value, chunk, type), format,
                                device);
  // Clamped anew, if need be: the value before may be all that is used.
  return createDeviceTruncate(builder,
                              broadcast(step.operands.front(), chunk, type),
                              format, device, step.bound);
}

RowKernelEmitter::TileValue
RowKernelEmitter::evaluateElementwise(const RowStep &step) {
  Type type = typeOf(step.extent, step.groupSize);
  int64_t count = step.extent == RowExtent::Row ? 1 : schedule.chunks;
  TileValue result;
  for (int64_t i = 0; i < count; ++i) {
    if (step.kind == RowStep::Kind::Round) {
      result.push_back(createDeviceExtend(
          builder, truncate(step.operands.front(), i, type, step.type),
          device));
      continue;
    }
    Values operands;
    for (RowValue operand : step.operands)
      operands.push_back(broadcast(operand, i, type));
    DeviceMapBuilder mapBuilder(builder, type, device);
    result.push_back(
        step.kind == RowStep::Kind::Clamp
            ? mapBuilder.clamp(operands.front(), -step.bound, step.bound)
            : step.map(mapBuilder, operands));
  }
  return result;
}

RowKernelEmitter::TileValue RowKernelEmitter::evaluate(RowValue value) {
  const RowStep &step = program[value];
  switch (step.kind) {
  case RowStep::Kind::Load:
    return llvm::map_to_vector(loaded[value.index], [&](Value part) {
      return createDeviceExtend(builder, part, device);
    });
  case RowStep::Kind::Map:
  case RowStep::Kind::Clamp:
  case RowStep::Kind::Round:
    return evaluateElementwise(step);
  case RowStep::Kind::RowLength:
    return {arith::ConstantOp::create(
        builder, builder.getF32FloatAttr(static_cast<float>(schedule.length)))};
  case RowStep::Kind::RowSum:
  case RowStep::Kind::GroupAbsMax: {
    Type type = typeOf(RowExtent::Element, 0);
    Values chunks;
    for (int64_t i = 0; i < schedule.chunks; ++i)
      chunks.push_back(broadcast(step.operands.front(), i, type));
    if (step.kind == RowStep::Kind::RowSum)
      return {reductions.rowSum(chunks)};
    return reductions.groupAbsMax(chunks, step.groupSize);
  }
  }
  llvm_unreachable("all kinds of steps are above");
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Value beeline::createBlockCount(ImplicitLocOpBuilder &builder,
                                const RowSchedule &schedule, Value rows) {
  return arith::CeilDivUIOp::create(
      builder, rows,
      arith::ConstantIndexOp::create(builder, schedule.rowsPerBlock));
}

/// SIMDs of a compute unit of AMD's, each with its share of the registers.
static constexpr int64_t simdsPerUnit = 4;

/// Tells LLVM how many blocks the schedule counts on, so that it keeps to the
/// registers that so many leave.
static void setOccupancy(gpu::GPUFuncOp kernel, const RowSchedule &schedule,
                         const Device &device) {
  if (schedule.blocksPerUnit == 1)
    return;
  StringRef name;
  int64_t value;
  if (device.platform == Device::Platform::CUDA) {
    name = NVVM::NVVMDialect::getMinctasmAttrName();
    value = schedule.blocksPerUnit;
  } else {
    name = ROCDL::ROCDLDialect::WavesPerEuAttrHelper::getNameStr();
    value = llvm::divideCeil(schedule.blocksPerUnit * schedule.blockSize(),
                             schedule.waveSize * simdsPerUnit);
  }
  kernel->setAttr(name, Builder(kernel).getI32IntegerAttr(value));
}

gpu::GPUFuncOp beeline::buildRowKernel(gpu::GPUModuleOp module, Location loc,
                                       ArrayRef<KernelPart> parts,
                                       const Device &device) {
  SmallVector<Value> tensors;
  for (const KernelPart &part : parts)
    llvm::append_range(tensors, kernelTensors(part.program));
  const RowSchedule &schedule = parts.front().schedule;
  gpu::GPUFuncOp kernel =
      createKernel(module, loc, tensors, schedule.blockSize(), parts.size());
  auto builder =
      ImplicitLocOpBuilder::atBlockBegin(loc, &kernel.getBody().front());
  setOccupancy(kernel, schedule, device);

  // LDS will be further arguments, behind these.
  SmallVector<Value> arguments(kernel.getArguments());
  ValueRange pointers = ValueRange(arguments).take_front(tensors.size());
  ValueRange rows = ValueRange(arguments).drop_front(tensors.size());
  Value block = gpu::BlockIdOp::create(builder, builder.getIndexType(),
                                       gpu::Dimension::x);
  for (size_t i = 0; i < parts.size(); ++i) {
    const KernelPart &part = parts[i];
    size_t count = kernelTensors(part.program).size();
    auto emit = [&] {
      RowKernelEmitter(builder, part, device, kernel,
                       pointers.take_front(count), block, rows[i])
          .emit();
    };
    if (i + 1 == parts.size()) {
      emit();
      break;
    }
    // The first blocks are this part's, the others those of what follows.
    Value blocks = createBlockCount(builder, part.schedule, rows[i]);
    auto choice = scf::IfOp::create(
        builder,
        arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, block,
                              blocks),
        /*withElseRegion=*/true);
    builder.setInsertionPointToStart(choice.thenBlock());
    emit();
    builder.setInsertionPointToStart(choice.elseBlock());
    block = arith::SubIOp::create(builder, block, blocks);
    pointers = pointers.drop_front(count);
  }
  builder.setInsertionPointToEnd(&kernel.getBody().front());
  gpu::ReturnOp::create(builder);
  return kernel;
}
