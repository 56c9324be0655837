//===- MutateModule.cpp - Changes of modules ------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "Random.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using beeline::fuzz::Random;

static constexpr int64_t extents[] = {
    // Of small, ragged and real rows and groups.
    0,
    1,
    2,
    7,
    8,
    64,
    96,
    127,
    128,
    129,
    256,
    384,
    1024,
    6144,
    1 << 24,
    (1 << 24) + 1,
    ShapedType::kDynamic};
static constexpr int64_t oddIntegers[] = {
    // What no extent is.
    -1, 3, 16, 31, 32, 448, 65536, INT32_MAX, INT64_C(1) << 32, INT64_MAX};

static int64_t pickInteger(Random &random) {
  return random.oneIn(2) ? random.pick(extents) : random.pick(oddIntegers);
}

static constexpr double floats[] = {0.0,     -0.0,  1.0,     -1.0,   1.0e-5,
                                    1.0e-45, 448.0, 57344.0, 1.0e39, -1.0e39};

static SmallVector<Operation *> collectOps(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.getBody()->walk([&](Operation *op) { ops.push_back(op); });
  return ops;
}

/// Values of the type that can be read where `op` stands, as far as that is
/// plain: results of ops before it and arguments, in all regions around it.
static SmallVector<Value> collectValues(Operation *op, Type type) {
  SmallVector<Value> values;
  auto add = [&](ValueRange range) {
    for (Value value : range)
      if (value.getType() == type)
        values.push_back(value);
  };
  for (; op && op->getBlock(); op = op->getParentOp()) {
    add(op->getBlock()->getArguments());
    for (Operation *before = op->getPrevNode(); before;
         before = before->getPrevNode())
      add(before->getResults());
    if (op->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
      break;
  }
  return values;
}

/// Reads another value of the same type.
static void changeOperand(Operation *op, Random &random) {
  if (op->getNumOperands() == 0)
    return;
  OpOperand &operand = op->getOpOperand(random.below(op->getNumOperands()));
  SmallVector<Value> values = collectValues(op, operand.get().getType());
  if (!values.empty())
    operand.set(random.pick(values));
}

/// Something else that has the type of a result.
static Value createReplacement(Operation *op, Value result, Random &random) {
  SmallVector<Value> values = collectValues(op, result.getType());
  if (!values.empty())
    return random.pick(values);
  OpBuilder builder(op);
  auto tensor = dyn_cast<RankedTensorType>(result.getType());
  if (tensor && tensor.hasStaticShape() && random.oneIn(2))
    return tensor::EmptyOp::create(builder, op->getLoc(), tensor.getShape(),
                                   tensor.getElementType());
  return ub::PoisonOp::create(builder, op->getLoc(), result.getType());
}

static void eraseOp(Operation *op, Random &random) {
  if (op->hasTrait<OpTrait::IsTerminator>())
    return;
  for (Value result : op->getResults())
    if (!result.use_empty())
      result.replaceAllUsesWith(createReplacement(op, result, random));
  op->erase();
}

/// Some of what reads the op reads the copy.
static void duplicateOp(Operation *op, Random &random) {
  if (op->hasTrait<OpTrait::IsTerminator>() ||
      op->hasAttr(SymbolTable::getSymbolAttrName()))
    return;
  Operation *copy = op->clone();
  op->getBlock()->getOperations().insertAfter(op->getIterator(), copy);
  for (auto [result, copied] :
       llvm::zip_equal(op->getResults(), copy->getResults()))
    result.replaceUsesWithIf(copied,
                             [&](OpOperand &) { return random.oneIn(2); });
}

static void moveOp(Operation *op, Random &random) {
  if (op->hasTrait<OpTrait::IsTerminator>())
    return;
  op->moveBefore(&random.pick(op->getBlock()->getOperations()));
}

/// What reads one result reads the other.
static void swapResults(Operation *op, Random &random) {
  if (op->getNumResults() < 2)
    return;
  Value one = op->getResult(random.below(op->getNumResults()));
  Value other = op->getResult(random.below(op->getNumResults()));
  if (one == other || one.getType() != other.getType())
    return;
  llvm::SmallPtrSet<OpOperand *, 8> uses;
  for (OpOperand &use : one.getUses())
    uses.insert(&use);
  other.replaceAllUsesWith(one);
  one.replaceUsesWithIf(other,
                        [&](OpOperand &use) { return uses.contains(&use); });
}

static Attribute changeValue(Attribute value, Random &random) {
  Builder builder(value.getContext());
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    if (integer.getType().isInteger(1))
      return builder.getIntegerAttr(integer.getType(), !integer.getInt());
    auto type = dyn_cast<IntegerType>(integer.getType());
    int64_t chosen = pickInteger(random);
    return IntegerAttr::get(integer.getType(),
                            APInt(type ? type.getWidth() : 64, chosen,
                                  /*isSigned=*/true,
                                  /*implicitTrunc=*/true));
  }
  if (auto number = dyn_cast<FloatAttr>(value)) {
    if (random.oneIn(8))
      return FloatAttr::get(number.getType(),
                            APFloat::getNaN(number.getValue().getSemantics()));
    return builder.getFloatAttr(number.getType(), random.pick(floats));
  }
  if (auto array = dyn_cast<DenseI64ArrayAttr>(value)) {
    SmallVector<int64_t> elements(array.asArrayRef());
    if (elements.empty() || random.oneIn(4))
      elements.push_back(pickInteger(random));
    else
      random.pick(elements) = pickInteger(random);
    return builder.getDenseI64ArrayAttr(elements);
  }
  if (auto array = dyn_cast<ArrayAttr>(value)) {
    SmallVector<Attribute> elements(array.getValue());
    if (elements.empty())
      return value;
    Attribute &element = random.pick(elements);
    element = random.oneIn(2) ? random.pick(array.getValue())
                              : changeValue(element, random);
    return builder.getArrayAttr(elements);
  }
  return value;
}

/// Changes an attribute, drops it, or takes that of another op.
static void changeAttribute(Operation *op, ArrayRef<Operation *> ops,
                            Random &random) {
  DictionaryAttr attributes = op->getAttrDictionary();
  if (random.oneIn(8)) {
    op->setAttr("beeline.preserve_rounding", UnitAttr::get(op->getContext()));
  } else if (random.oneIn(3)) {
    DictionaryAttr others = random.pick(ops)->getAttrDictionary();
    if (!others.empty()) {
      NamedAttribute other = random.pick(others.getValue());
      op->setAttr(other.getName(), other.getValue());
    }
  } else if (!attributes.empty()) {
    NamedAttribute attribute = random.pick(attributes.getValue());
    if (random.oneIn(4))
      op->removeAttr(attribute.getName());
    else
      op->setAttr(attribute.getName(),
                  changeValue(attribute.getValue(), random));
  }
  // As in a text without it: what an op does not take as its own is then null.
  op->getName().populateDefaultProperties(op->getPropertiesStorage());
}

/// Gives every tensor with one extent another one in its place, or other
/// elements, in the whole module or in one op.
static void changeType(ModuleOp module, Operation *op, Random &random) {
  if (op->getNumResults() == 0)
    return;
  auto type = dyn_cast<RankedTensorType>(random.pick(op->getResultTypes()));
  if (!type)
    return;
  Builder builder(module.getContext());
  Type element = type.getElementType();
  const Type elements[] = {builder.getBF16Type(),
                           builder.getF16Type(),
                           builder.getF32Type(),
                           builder.getF64Type(),
                           builder.getI32Type(),
                           builder.getType<Float8E4M3FNType>(),
                           builder.getType<Float8E4M3FNUZType>(),
                           builder.getType<Float8E5M2Type>(),
                           builder.getType<Float8E8M0FNUType>()};
  bool ofElements = type.getRank() == 0 || random.oneIn(2);
  Type newElement = random.pick(elements);
  int64_t oldExtent = type.getRank() ? random.pick(type.getShape()) : 0;
  int64_t newExtent = random.pick(extents);

  AttrTypeReplacer replacer;
  replacer.addReplacement([&](RankedTensorType tensor) -> std::optional<Type> {
    SmallVector<int64_t> shape(tensor.getShape());
    if (!ofElements)
      llvm::replace(shape, oldExtent, newExtent);
    else if (tensor.getElementType() == element)
      return tensor.clone(newElement);
    return tensor.clone(shape);
  });
  // Constants keep the elements that they have.
  replacer.addReplacement([](ElementsAttr attribute) {
    return std::make_pair(Attribute(attribute), WalkResult::skip());
  });
  if (random.oneIn(4))
    replacer.replaceElementsIn(op, true, false, true);
  else
    replacer.recursivelyReplaceElementsIn(module, true, false, true);
}

void beeline::fuzz::mutateModule(ModuleOp module, Random &random) {
  SmallVector<Operation *> ops = collectOps(module);
  if (ops.empty())
    return;
  Operation *op = random.pick(ops);
  switch (random.below(10)) {
  case 0:
  case 1:
    return changeOperand(op, random);
  case 2:
    return eraseOp(op, random);
  case 3:
    return duplicateOp(op, random);
  case 4:
    return moveOp(op, random);
  case 5:
    return swapResults(op, random);
  case 6:
  case 7:
    return changeType(module, op, random);
  default:
    return changeAttribute(op, ops, random);
  }
}
