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

Value RowMapBuilder::negate(Value value) {
  return arith::NegFOp::create(builder, value);
}

Value RowMapBuilder::sqrt(Value value) {
  return math::SqrtOp::create(builder, value);
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

//===----------------------------------------------------------------------===//
// RowProgram
//===----------------------------------------------------------------------===//

RowValue RowProgram::append(RowStep step) {
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

RowValue RowProgram::map(ArrayRef<RowValue> operands, RowStep::MapFn map,
                         std::optional<float> magnitudeBound) {
  RowStep step{RowStep::Kind::Map, RowExtent::Row};
  for (RowValue operand : operands)
    step.extent = std::max(step.extent, (*this)[operand].extent);
  llvm::append_range(step.operands, operands);
  step.map = std::move(map);
  step.magnitudeBound = magnitudeBound;
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
  stores.push_back({value, scales, scalesAccess(layout)});
}
