//===- Values.cpp - Values that are not quantized -------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

RankedTensorType Generator::usualType(ArrayRef<int64_t> extents,
                                      Type elementType) {
  SmallVector<int64_t> shape(extents);
  for (auto [extent, isDynamic] : llvm::zip_equal(shape, usualIsDynamic))
    if (isDynamic)
      extent = ShapedType::kDynamic;
  return RankedTensorType::get(shape, elementType);
}

Type Generator::chooseFloat() {
  Type types[] = {builder.getBF16Type(), builder.getBF16Type(),
                  builder.getF16Type(), builder.getF32Type()};
  return pick(types);
}

Plain Generator::plain(Scope &scope, RankedTensorType type,
                       ArrayRef<int64_t> extents, bool isFresh) {
  std::vector<Plain> known;
  for (const Plain &plain : scope.plains)
    if (plain.getType() == type && ArrayRef(plain.extents) == extents)
      known.push_back(plain);
  if (!isFresh && !known.empty() && chance(75))
    return pick(known);
  Plain result =
      chance(50) && scope.depth < 6
          ? computePlain(scope, type, extents)
          : Plain{addArgument(type, extents, 0), SmallVector<int64_t>(extents)};
  scope.plains.push_back(result);
  return result;
}

/// A result of an op.
Plain Generator::computePlain(Scope &scope, RankedTensorType type,
                              ArrayRef<int64_t> extents) {
  // Each operand may be computed in turn.
  scope.depth += 2;
  auto operand = [&](Type elementType) {
    return plain(scope, type.clone(elementType), extents).value;
  };
  Value result;
  switch (below(5)) {
  case 0: {
    int64_t length[] = {type.getShape().back()};
    auto weightType = RankedTensorType::get(length, chooseFloat());
    Value weight = plain(scope, weightType, extents.back()).value;
    bool hasResidual = chance(40);
    Value input = operand(chooseFloat());
    Value residual = hasResidual ? operand(chooseFloat()) : Value();
    bool hasSum = hasResidual && chance(50);
    auto norm = RMSNormOp::create(
        builder, loc, type, hasSum ? residual.getType() : Type(), input, weight,
        residual, builder.getF32FloatAttr(1.0e-5f),
        builder.getF32FloatAttr(chance(30) ? 1.0f : 0.0f),
        NormalizeFromAttr::get(context, chance(50) ? NormalizeFrom::Rounded
                                                   : NormalizeFrom::F32),
        chance(30) ? builder.getUnitAttr() : UnitAttr());
    if (hasSum)
      scope.plains.push_back({norm.getSum(), SmallVector<int64_t>(extents)});
    result = norm.getOutput();
    break;
  }
  case 1: {
    Value gate = operand(chooseFloat()), up = operand(chooseFloat());
    result = SiluMulOp::create(builder, loc, type, gate, up,
                               chance(50) ? builder.getUnitAttr() : UnitAttr());
    break;
  }
  case 2: {
    Value lhs = operand(type.getElementType());
    Value rhs = operand(type.getElementType());
    result = arith::AddFOp::create(builder, loc, lhs, rhs);
    break;
  }
  case 3:
    result =
        AllReduceOp::create(builder, loc, type, operand(type.getElementType()),
                            builder.getI64IntegerAttr(1 + below(3)));
    break;
  default:
    result =
        arith::NegFOp::create(builder, loc, operand(type.getElementType()));
  }
  scope.depth -= 2;
  return {result, SmallVector<int64_t>(extents)};
}

Plain Generator::choosePlain(Scope &scope) {
  if (!scope.plains.empty())
    return pick(scope.plains);
  SmallVector<int64_t> extents = chooseExtents();
  return plain(scope, usualType(extents, chooseFloat()), extents);
}

func::FuncOp Generator::declare(StringRef name, TypeRange arguments,
                                TypeRange results) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  auto function = func::FuncOp::create(
      builder, loc, name, builder.getFunctionType(arguments, results));
  function.setPrivate();
  return function;
}

void Generator::observe(Value value) {
  std::string type;
  llvm::raw_string_ostream(type) << value.getType();
  func::FuncOp &observer = observers[type];
  if (!observer)
    observer = declare("observe" + std::to_string(observers.size()),
                       value.getType(), {});
  auto call = func::CallOp::create(builder, loc, observer, value);
  call->setAttr(expect::id, nextIdAttr());
}

/// Something that reads a value as it is.
void Generator::use(Scope &scope, const Plain &input) {
  RankedTensorType type = input.getType();
  if (type.getRank() == 1 || chance(40))
    return observe(input.value);
  int64_t shape[] = {1 + below(4), type.getShape().back()};
  int64_t extents[] = {shape[0], input.extents.back()};
  auto weightType = RankedTensorType::get(shape, chooseFloat());
  Value weight = plain(scope, weightType, extents).value;
  SmallVector<int64_t> resultShape(type.getShape());
  resultShape.back() = shape[0];
  Type resultElement =
      chance(50) ? Type(builder.getF32Type()) : Type(builder.getBF16Type());
  auto linear = LinearOp::create(
      builder, loc, RankedTensorType::get(resultShape, resultElement),
      input.value, weight, Value(), Value(), Value(),
      builder.getI64IntegerAttr(128),
      ScaleLayoutAttr::get(context, ScaleLayout::RowMajor));
  observe(linear);
}

/// Something that reads codes and scales as they are.
void Generator::useQuantized(Scope &scope, const Pair &pair) {
  int64_t length = pair.codesType().getShape().back();
  if (pair.rank() == 1 || ShapedType::isDynamic(length) || chance(30)) {
    observe(pair.codes);
    return observe(pair.scales);
  }
  int64_t numOut = 1 + below(4);
  auto weightType =
      RankedTensorType::get({numOut, length}, pair.parameters.codeType);
  constexpr int64_t block = LinearOp::weightBlock;
  auto scalesType = RankedTensorType::get({1, (length + block - 1) / block},
                                          builder.getF32Type());
  Value weight = addArgument(weightType, weightType.getShape(), 0);
  Value weightScales = addArgument(scalesType, scalesType.getShape(), 0);
  SmallVector<int64_t> shape(pair.codesType().getShape());
  shape.back() = numOut;
  auto linear = LinearOp::create(
      builder, loc, RankedTensorType::get(shape, builder.getF32Type()),
      pair.codes, weight, pair.scales, weightScales, Value(),
      builder.getI64IntegerAttr(pair.parameters.groupSize),
      ScaleLayoutAttr::get(context, pair.parameters.layout));
  observe(linear);
}
