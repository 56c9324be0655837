//===- RowProgram.cpp - What a row-wise op computes -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

//===----------------------------------------------------------------------===//
// RowMapBuilder
//===----------------------------------------------------------------------===//

/// `attribute`, or a splat of it, as a constant of `type`.
static Value createConstant(ImplicitLocOpBuilder &builder, Type type,
                            TypedAttr attribute) {
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, Attribute(attribute));
  return arith::ConstantOp::create(builder, attribute);
}

/// `type` with i32 elements.
static Type bitsType(OpBuilder &builder, Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(builder.getI32Type());
  return builder.getI32Type();
}

Value RowMapBuilder::constant(float value) {
  return createConstant(builder, type, builder.getF32FloatAttr(value));
}

Value RowMapBuilder::constantBits(uint32_t value) {
  return createConstant(builder, bitsType(builder, type),
                        builder.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value RowMapBuilder::add(Value lhs, Value rhs) {
  return arith::AddFOp::create(builder, lhs, rhs);
}

Value RowMapBuilder::sub(Value lhs, Value rhs) {
  return arith::SubFOp::create(builder, lhs, rhs);
}

Value RowMapBuilder::mul(Value lhs, Value rhs) {
  return arith::MulFOp::create(builder, lhs, rhs);
}

Value RowMapBuilder::div(Value lhs, Value rhs) {
  return arith::DivFOp::create(builder, lhs, rhs);
}

Value RowMapBuilder::divNormal(Value lhs, Value rhs) { return div(lhs, rhs); }

Value RowMapBuilder::negate(Value value) {
  return arith::NegFOp::create(builder, value);
}

Value RowMapBuilder::sqrt(Value value) {
  return math::SqrtOp::create(builder, value);
}

Value RowMapBuilder::inverseSqrtNormal(Value value) {
  return div(constant(1.0f), sqrt(value));
}

Value RowMapBuilder::floor(Value value) {
  return math::FloorOp::create(builder, value);
}

Value RowMapBuilder::clamp(Value value, float low, float high) {
  Value lowest = constant(low), highest = constant(high);
  value = select(isLess(value, lowest), lowest, value);
  return select(isLess(highest, value), highest, value);
}

Value RowMapBuilder::isLess(Value lhs, Value rhs) {
  return arith::CmpFOp::create(builder, arith::CmpFPredicate::OLT, lhs, rhs);
}

Value RowMapBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return arith::SelectOp::create(builder, condition, ifTrue, ifFalse);
}

Value RowMapBuilder::toBits(Value value) {
  return arith::BitcastOp::create(builder, bitsType(builder, type), value);
}

Value RowMapBuilder::fromBits(Value bits) {
  return arith::BitcastOp::create(builder, type, bits);
}

Value RowMapBuilder::exp(Value x) {
  RowMapBuilder &b = *this;
  x = b.clamp(x, -104.0f, 104.0f);
  Value shift = b.constant(12582912.0f);
  Value n = b.sub(b.add(b.mul(x, b.constant(1.44269504f)), shift), shift);
  Value r = b.sub(x, b.mul(n, b.constant(0.693359375f)));
  r = b.sub(r, b.mul(n, b.constant(-2.12194440e-4f)));

  Value p = b.constant(1.9875691500e-4f);
  for (float coefficient :
       {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
        5.0000001201e-1f})
    p = b.add(b.mul(p, r), b.constant(coefficient));
  Value e = b.add(b.add(b.mul(p, b.mul(r, r)), r), b.constant(1.0f));

  auto powerOfTwo = [&](Value exponent) {
    // Exact for -127 < exponent < 128: 2^k has the exponent field k + 127.
    // Adding to 1.5 * 2^23 leaves the integer in the low bits.
    Value biased = b.toBits(b.add(exponent, b.constant(12582912.0f + 127.0f)));
    return b.fromBits(
        arith::ShLIOp::create(builder, biased, b.constantBits(23)));
  };
  Value half = b.floor(b.mul(n, b.constant(0.5f)));
  return b.mul(b.mul(e, powerOfTwo(half)), powerOfTwo(b.sub(n, half)));
}

//===----------------------------------------------------------------------===//
// RowProgram
//===----------------------------------------------------------------------===//

bool RowProgram::hasFormat(Type elementType) {
  return isa<Float32Type, BFloat16Type, Float16Type, Float8E4M3FNType,
             Float8E4M3FNUZType, Float8E5M2Type, Float8E8M0FNUType>(
      elementType);
}

RowValue RowProgram::append(RowStep step) {
  if (step.kind == RowStep::Kind::Load)
    for (auto [index, other] : llvm::enumerate(steps))
      if (other.tensor == step.tensor && other.access == step.access &&
          other.groupSize == step.groupSize)
        return {static_cast<unsigned>(index)};
  for (RowValue operand : step.operands)
    if (step.groupSize == 0)
      step.groupSize = (*this)[operand].groupSize;
  if (step.extent == RowExtent::Row)
    step.groupSize = 0;
  steps.push_back(std::move(step));
  return {static_cast<unsigned>(steps.size() - 1)};
}

RowValue RowProgram::load(Value tensor) {
  RowStep step{RowStep::Kind::Load, RowExtent::Element};
  step.tensor = tensor;
  return append(step);
}

RowValue RowProgram::loadVector(Value vector) {
  RowStep step{RowStep::Kind::Load, RowExtent::Element};
  step.tensor = vector;
  step.access = RowAccess::Vector;
  return append(step);
}

static RowAccess scalesAccess(ScaleLayout layout) {
  return layout == ScaleLayout::RowMajor ? RowAccess::RowMajorScales
                                         : RowAccess::GroupMajorScales;
}

RowValue RowProgram::loadScales(Value scales, int64_t groupSize,
                                ScaleLayout layout) {
  RowStep step{RowStep::Kind::Load, RowExtent::Group};
  step.tensor = scales;
  step.access = scalesAccess(layout);
  step.groupSize = groupSize;
  return append(step);
}

RowValue RowProgram::map(ArrayRef<RowValue> operands, RowStep::MapFn map) {
  RowStep step{RowStep::Kind::Map, RowExtent::Row};
  for (RowValue operand : operands)
    step.extent = std::max(step.extent, (*this)[operand].extent);
  llvm::append_range(step.operands, operands);
  step.map = std::move(map);
  return append(step);
}

RowValue RowProgram::clamp(RowValue value, float bound) {
  RowStep step{RowStep::Kind::Clamp, (*this)[value].extent, {value}};
  step.bound = bound;
  return append(step);
}

RowValue RowProgram::round(RowValue value, Type type) {
  RowStep step{RowStep::Kind::Round, (*this)[value].extent, {value}};
  step.type = cast<FloatType>(type);
  return append(step);
}

RowValue RowProgram::rowSum(RowValue value) {
  return append({RowStep::Kind::RowSum, RowExtent::Row, {value}});
}

RowValue RowProgram::groupAbsMax(RowValue value, int64_t groupSize) {
  RowStep step{RowStep::Kind::GroupAbsMax, RowExtent::Group, {value}};
  step.groupSize = groupSize;
  return append(step);
}

RowValue RowProgram::rowLength() {
  return append({RowStep::Kind::RowLength, RowExtent::Row});
}

void RowProgram::store(RowValue value, Value tensor) {
  stores.push_back({value, tensor, RowAccess::Elements});
}

void RowProgram::storeScales(RowValue value, Value scales, ScaleLayout layout) {
  stores.push_back(
      {value, scales, scalesAccess(layout), (*this)[value].groupSize});
}

const RowStore &RowProgram::getStore(Value tensor) const {
  return *llvm::find_if(
      stores, [&](const RowStore &store) { return store.tensor == tensor; });
}

/// Completes "... are read as".
static std::string describe(RowAccess access, int64_t groupSize) {
  switch (access) {
  case RowAccess::Elements:
    return "elements";
  case RowAccess::Vector:
    return "a vector that all rows share";
  case RowAccess::RowMajorScales:
    return llvm::formatv("row_major scales of groups of {0}", groupSize);
  case RowAccess::GroupMajorScales:
    return llvm::formatv("group_major scales of groups of {0}", groupSize);
  }
  llvm_unreachable("all kinds are handled");
}

std::optional<std::string> beeline::describeMismatch(const RowStore &store,
                                                     const RowStep &load) {
  if (load.access == store.access && load.groupSize == store.groupSize)
    return std::nullopt;
  return llvm::formatv("{0} are read as {1}",
                       describe(store.access, store.groupSize),
                       describe(load.access, load.groupSize));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

SmallVector<OpFoldResult>
beeline::reifyScalesShape(OpBuilder &builder, Location loc,
                          SmallVector<OpFoldResult> codes, int64_t groupSize,
                          ScaleLayout layout) {
  OpFoldResult extent = codes.pop_back_val();
  OpFoldResult groups;
  // A static extent is an attribute, and so must its number of groups be.
  if (auto known = dyn_cast<Attribute>(extent)) {
    groups = builder.getIndexAttr(static_cast<int64_t>(
        llvm::divideCeil(cast<IntegerAttr>(known).getInt(), groupSize)));
  } else {
    Value size = arith::ConstantIndexOp::create(builder, loc, groupSize);
    groups = arith::CeilDivUIOp::create(builder, loc, cast<Value>(extent), size)
                 .getResult();
  }
  codes.insert(layout == ScaleLayout::RowMajor ? codes.end() : codes.begin(),
               groups);
  return codes;
}

SmallVector<OpFoldResult> beeline::reifyShape(OpBuilder &builder, Location loc,
                                              Value rows,
                                              const RowStore &store) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, rows);
  if (store.access == RowAccess::RowMajorScales ||
      store.access == RowAccess::GroupMajorScales)
    sizes = reifyScalesShape(builder, loc, sizes, store.groupSize,
                             store.access == RowAccess::RowMajorScales
                                 ? ScaleLayout::RowMajor
                                 : ScaleLayout::GroupMajor);
  auto type = cast<RankedTensorType>(store.tensor.getType());
  for (auto [size, extent] : llvm::zip_equal(sizes, type.getShape()))
    if (!ShapedType::isDynamic(extent))
      size = builder.getIndexAttr(extent);
  return sizes;
}
