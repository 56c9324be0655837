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
#include "RowReductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

static constexpr int64_t elementsPerThread = RowSchedule::elementsPerThread;

SetVector<Value> beeline::kernelTensors(const RowProgram &program) {
  SetVector<Value> tensors;
  for (const RowStep &step : program.getSteps())
    if (step.tensor)
      tensors.insert(step.tensor);
  for (const RowStore &store : program.getStores())
    tensors.insert(store.tensor);
  return tensors;
}

MemRefType beeline::kernelPointerType(Type elementType) {
  auto space = gpu::AddressSpaceAttr::get(elementType.getContext(),
                                          gpu::AddressSpace::Global);
  return MemRefType::get({}, elementType, AffineMap(), space);
}

namespace {

/// Emits the body of a kernel.
class RowKernelEmitter {
public:
  RowKernelEmitter(ImplicitLocOpBuilder &builder, const RowProgram &program,
                   const RowSchedule &schedule, const Device &device,
                   gpu::GPUFuncOp kernel)
      : builder(builder), program(program), schedule(schedule), device(device),
        rows(kernel.getArguments().back()), tile(builder, schedule, rows),
        reductions(builder, tile, kernel) {
    for (auto [tensor, pointer] :
         llvm::zip(kernelTensors(program), kernel.getArguments()))
      pointers[tensor] = pointer;
  }

  void emit() {
    values.resize(program.getSteps().size());
    for (auto [i, step] : llvm::enumerate(program.getSteps()))
      if (step.kind == RowStep::Kind::Load)
        values[i] = load(step);
    for (auto [i, step] : llvm::enumerate(program.getSteps())) {
      if (step.kind == RowStep::Kind::Load)
        values[i] = map(values[i], [&](Value loaded) {
          return createDeviceExtend(builder, loaded, device);
        });
      else
        values[i] = evaluate(step);
      // What is stored early overlaps with what follows.
      for (const RowStore &store : program.getStores())
        if (store.value.index == i)
          emitStore(store);
    }
  }

private:
  /// What a thread has of a program's value: one scalar of a row's, and of
  /// others one value for each chunk. That is a vector of the elements', or a
  /// scalar where all of them have one value.
  using TileValue = Values;

  TileValue map(const TileValue &value, function_ref<Value(Value)> body) {
    return llvm::map_to_vector(value, body);
  }

  TileValue load(const RowStep &step);
  TileValue evaluate(const RowStep &step);
  TileValue evaluateMap(const RowStep &step);
  void emitStore(const RowStore &store);

  /// `value` for chunk `chunk`, as `type`: f32 or a vector of it.
  Value broadcast(RowValue value, int64_t chunk, Type type);
  /// What a thread has of each chunk of a value of this extent: f32, or a vector
  /// of it.
  Type typeOf(RowExtent extent, int64_t groupSize);
  Value truncate(Value value, FloatType type, std::optional<float> bound);

  /// The memory of `tensor` as `access` finds elements in it.
  Value view(Value tensor, RowAccess access, int64_t groupSize);

  ImplicitLocOpBuilder &builder;
  const RowProgram &program;
  const RowSchedule &schedule;
  const Device &device;
  Value rows;
  RowTile tile;
  RowReductions reductions;
  DenseMap<Value, Value> pointers;
  SmallVector<TileValue> values;
};

} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value RowKernelEmitter::view(Value tensor, RowAccess access,
                             int64_t groupSize) {
  Value pointer = pointers.lookup(tensor);
  auto pointerType = cast<MemRefType>(pointer.getType());
  auto get = [&](ArrayRef<int64_t> shape, ArrayRef<OpFoldResult> sizes,
                 ArrayRef<OpFoldResult> strides,
                 MemRefLayoutAttrInterface layout = {}) -> Value {
    auto type = MemRefType::get(shape, pointerType.getElementType(), layout,
                                pointerType.getMemorySpace());
    return memref::ReinterpretCastOp::create(
        builder, type, pointer, builder.getIndexAttr(0), sizes, strides);
  };
  OpFoldResult one = builder.getIndexAttr(1);
  if (access == RowAccess::Vector)
    return get({schedule.length}, {builder.getIndexAttr(schedule.length)}, one);

  int64_t width = access == RowAccess::Elements
                      ? schedule.length
                      : llvm::divideCeil(schedule.length, groupSize);
  SmallVector<int64_t> shape = {ShapedType::kDynamic, width};
  SmallVector<OpFoldResult> sizes = {rows, builder.getIndexAttr(width)};
  if (access != RowAccess::GroupMajorScales)
    return get(shape, sizes, {builder.getIndexAttr(width), one});
  // [G, rows], seen as [rows, G].
  return get(shape, sizes, {one, rows},
             StridedLayoutAttr::get(builder.getContext(), 0,
                                    {1, ShapedType::kDynamic}));
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
  const RowStep &step = program[store.value];
  Value memory = view(store.tensor, store.access, store.groupSize);
  auto type = cast<FloatType>(getElementTypeOrSelf(store.tensor));
  bool isElements = store.access == RowAccess::Elements;
  for (int64_t i = 0; i < schedule.chunks; ++i) {
    Type vectorType =
        typeOf(isElements ? RowExtent::Element : RowExtent::Group,
               store.groupSize);
    Value rounded = truncate(broadcast(store.value, i, vectorType), type,
                             step.magnitudeBound);
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

Value RowKernelEmitter::truncate(Value value, FloatType type,
                                 std::optional<float> bound) {
  if (isa<VectorType>(value.getType()))
    return createDeviceTruncate(builder, value, type, device, bound);
  return createTruncate(builder, value, type);
}

RowKernelEmitter::TileValue RowKernelEmitter::evaluateMap(const RowStep &step) {
  Type type = typeOf(step.extent, step.groupSize);
  int64_t count = step.extent == RowExtent::Row ? 1 : schedule.chunks;
  TileValue result;
  for (int64_t i = 0; i < count; ++i) {
    Values operands;
    for (RowValue operand : step.operands)
      operands.push_back(broadcast(operand, i, type));
    RowMapBuilder mapBuilder(builder, type);
    result.push_back(step.map(mapBuilder, operands));
  }
  return result;
}

RowKernelEmitter::TileValue RowKernelEmitter::evaluate(const RowStep &step) {
  switch (step.kind) {
  case RowStep::Kind::Map:
    return evaluateMap(step);
  case RowStep::Kind::Round: {
    const RowStep &operand = program[step.operands.front()];
    return map(values[step.operands.front().index], [&](Value value) {
      return createDeviceExtend(
          builder, truncate(value, step.type, operand.magnitudeBound), device);
    });
  }
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
  case RowStep::Kind::Load:
    break;
  }
  llvm_unreachable("loads come first");
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

gpu::GPUFuncOp beeline::buildRowKernel(OpBuilder &builder,
                                       gpu::GPUModuleOp module, Location loc,
                                       StringRef name,
                                       const RowProgram &program,
                                       const RowSchedule &schedule,
                                       const Device &device) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  SmallVector<Type> arguments;
  for (Value tensor : kernelTensors(program))
    arguments.push_back(kernelPointerType(getElementTypeOrSelf(tensor)));
  arguments.push_back(builder.getIndexType());
  auto kernel = gpu::GPUFuncOp::create(builder, loc, name,
                                       builder.getFunctionType(arguments, {}));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  kernel.setKnownBlockSize(
      ArrayRef<int32_t>{static_cast<int32_t>(schedule.blockSize()), 1, 1});

  builder.setInsertionPointToStart(&kernel.getBody().front());
  ImplicitLocOpBuilder bodyBuilder(loc, builder);
  RowKernelEmitter(bodyBuilder, program, schedule, device, kernel).emit();
  gpu::ReturnOp::create(bodyBuilder);
  return kernel;
}
