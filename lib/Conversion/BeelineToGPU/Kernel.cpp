//===- Kernel.cpp - What kernels are made of ------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

/// The largest access of a thread.
static constexpr int64_t maxAccessBytes = 16;

MemRefType beeline::kernelPointerType(Type elementType) {
  auto space = gpu::AddressSpaceAttr::get(elementType.getContext(),
                                          gpu::AddressSpace::Global);
  return MemRefType::get({}, elementType, AffineMap(), space);
}

gpu::GPUFuncOp beeline::createKernel(gpu::GPUModuleOp module, Location loc,
                                     ValueRange tensors, int64_t blockSize,
                                     int64_t rowCounts) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Type> arguments;
  for (Value tensor : tensors)
    arguments.push_back(kernelPointerType(getElementTypeOrSelf(tensor)));
  arguments.append(rowCounts, builder.getIndexType());
  auto kernel = gpu::GPUFuncOp::create(builder, loc, "kernel",
                                       builder.getFunctionType(arguments, {}));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  kernel.setKnownBlockSize(
      ArrayRef<int32_t>{static_cast<int32_t>(blockSize), 1, 1});
  return kernel;
}

Value beeline::createLDS(gpu::GPUFuncOp kernel, Location loc,
                         ArrayRef<int64_t> shape, Type elementType) {
  auto space = gpu::AddressSpaceAttr::get(
      kernel.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
  unsigned index = kernel.getNumWorkgroupAttributions();
  Value lds = kernel.addWorkgroupAttribution(
      MemRefType::get(shape, elementType, AffineMap(), space), loc);
  kernel.setWorkgroupAttributionAttr(
      index, LLVM::LLVMDialect::getAlignAttrName(),
      IntegerAttr::get(IntegerType::get(kernel.getContext(), 64),
                       ldsAlignment));
  return lds;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

static Value createView(ImplicitLocOpBuilder &builder, Value pointer,
                        ArrayRef<OpFoldResult> sizes,
                        ArrayRef<OpFoldResult> strides,
                        MemRefLayoutAttrInterface layout = {},
                        int64_t offset = 0) {
  auto pointerType = cast<MemRefType>(pointer.getType());
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamicSizes;
  dispatchIndexOpFoldResults(sizes, dynamicSizes, shape);
  auto type = MemRefType::get(shape, pointerType.getElementType(), layout,
                              pointerType.getMemorySpace());
  return memref::ReinterpretCastOp::create(
      builder, type, pointer, builder.getIndexAttr(offset), sizes, strides);
}

Value beeline::createVectorView(ImplicitLocOpBuilder &builder, Value pointer,
                                int64_t length) {
  return createView(builder, pointer, {builder.getIndexAttr(length)},
                    {builder.getIndexAttr(1)});
}

Value beeline::createMatrixView(ImplicitLocOpBuilder &builder, Value pointer,
                                OpFoldResult rows, int64_t columns,
                                bool isColumnMajor) {
  OpFoldResult one = builder.getIndexAttr(1);
  OpFoldResult width = builder.getIndexAttr(columns);
  if (!isColumnMajor)
    return createView(builder, pointer, {rows, width}, {width, one});
  std::optional<int64_t> count = getConstantIntValue(rows);
  return createView(
      builder, pointer, {rows, width}, {one, rows},
      StridedLayoutAttr::get(builder.getContext(), 0,
                             {1, count.value_or(ShapedType::kDynamic)}));
}

Value beeline::createSliceView(ImplicitLocOpBuilder &builder, Value pointer,
                               OpFoldResult rows, int64_t columns,
                               const RowSlice &slice) {
  return createView(
      builder, pointer, {rows, builder.getIndexAttr(columns)},
      {builder.getIndexAttr(slice.pitch), builder.getIndexAttr(1)},
      StridedLayoutAttr::get(builder.getContext(), slice.offset,
                             {slice.pitch, 1}),
      slice.offset);
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

int64_t beeline::accessSize(Value buffer, int64_t unit) {
  auto type = cast<MemRefType>(buffer.getType());
  // Where rows are parts of longer ones, these may begin at fewer multiples.
  if (auto layout = dyn_cast<StridedLayoutAttr>(type.getLayout())) {
    int64_t places = unit | layout.getOffset() | layout.getStrides().front();
    unit = places & -places;
  }
  return std::min(unit, maxAccessBytes * 8 / type.getElementTypeBitWidth());
}

static llvm::MaybeAlign accessAlignment(VectorType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return llvm::MaybeAlign(std::min(bytes, maxAccessBytes));
}

Value beeline::loadVector(ImplicitLocOpBuilder &builder, Value buffer,
                          ValueRange indices, int64_t size) {
  auto type = VectorType::get({size}, getElementTypeOrSelf(buffer));
  return vector::LoadOp::create(builder, type, buffer, indices,
                                /*nontemporal=*/false, accessAlignment(type));
}

void beeline::storeVector(ImplicitLocOpBuilder &builder, Value vector,
                          Value buffer, ValueRange indices) {
  vector::StoreOp::create(builder, vector, buffer, indices,
                          /*nontemporal=*/false,
                          accessAlignment(cast<VectorType>(vector.getType())));
}

Values beeline::elementsOf(ImplicitLocOpBuilder &builder, Value vector) {
  return llvm::to_vector_of<Value>(
      vector::ToElementsOp::create(builder, vector).getResults());
}

Value beeline::createVector(ImplicitLocOpBuilder &builder,
                            ArrayRef<Value> elements) {
  auto type = VectorType::get({static_cast<int64_t>(elements.size())},
                              elements.front().getType());
  return vector::FromElementsOp::create(builder, type, elements);
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value IndexBuilder::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value IndexBuilder::add(Value lhs, Value rhs) {
  return arith::AddIOp::create(builder, lhs, rhs);
}

Value IndexBuilder::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, constant(rhs));
}

Value IndexBuilder::mul(Value lhs, int64_t rhs) {
  return arith::MulIOp::create(builder, lhs, constant(rhs));
}

Value IndexBuilder::div(Value lhs, int64_t rhs) {
  return rhs == 1 ? lhs : arith::DivUIOp::create(builder, lhs, constant(rhs));
}

Value IndexBuilder::rem(Value lhs, int64_t rhs) {
  return arith::RemUIOp::create(builder, lhs, constant(rhs));
}

Value IndexBuilder::min(Value lhs, Value rhs) {
  return arith::MinUIOp::create(builder, lhs, rhs);
}

Value IndexBuilder::isBelow(Value lhs, Value rhs) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, lhs, rhs);
}
