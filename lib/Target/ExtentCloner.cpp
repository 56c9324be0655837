//===- ExtentCloner.cpp - Sizes in terms of arguments' extents ------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtentCloner.h"
#include "beeline/Analysis/Reassociation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;

int64_t beeline::countExtents(TypeRange types) {
  int64_t count = 0;
  for (Type type : types)
    if (auto shaped = dyn_cast<ShapedType>(type))
      count += shaped.getNumDynamicDims();
  return count;
}

bool beeline::isLayerFunction(func::FuncOp function) {
  return function.isPublic() && !function.isDeclaration() &&
         function.getNumResults() == 0;
}

LogicalResult beeline::verifyBuffers(func::FuncOp function) {
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                            function.getResultTypes())) {
    auto buffer = dyn_cast<MemRefType>(type);
    if (buffer && buffer.getLayout().isIdentity())
      continue;
    InFlightDiagnostic diagnostic = function.emitOpError("takes or returns ")
                                    << type;
    if (isa<RankedTensorType>(type))
      return diagnostic << ": run one-shot-bufferize first, with an identity "
                           "layout at function boundaries";
    return diagnostic << ": a compiled layer has ranked tensors only";
  }
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("has several blocks: a compiled layer needs "
                                "structured control flow (scf)");
  Operation *terminator = function.front().getTerminator();
  if (!isa<func::ReturnOp>(terminator))
    return terminator->emitOpError(
        "ends a compiled layer, which has to return");
  return success();
}

LogicalResult beeline::verifyIsNew(func::FuncOp function, const Twine &name) {
  Operation *found = SymbolTable::lookupNearestSymbolFrom(
      function, StringAttr::get(function->getContext(), name));
  if (!found)
    return success();
  InFlightDiagnostic diagnostic = function.emitOpError("is to get a function @")
                                  << name
                                  << " beside it, but there is one: rename it";
  diagnostic.attachNote(found->getLoc()) << "this one";
  return diagnostic;
}

SmallVector<BlockArgument> beeline::getInputs(func::FuncOp function) {
  SmallVector<BlockArgument> inputs;
  for (BlockArgument argument : function.getArguments()) {
    if (function.getArgAttr(argument.getArgNumber(), resultAttrName))
      break;
    inputs.push_back(argument);
  }
  return inputs;
}

ExtentCloner::ExtentCloner(ImplicitLocOpBuilder &builder,
                           ArrayRef<BlockArgument> inputs, ValueRange extents)
    : builder(builder) {
  for (BlockArgument input : inputs) {
    auto type = cast<MemRefType>(input.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim)) {
        extentOf[{input, dim}] = extents.front();
        extents = extents.drop_front();
      }
  }
}

Value ExtentCloner::clone(Value value) {
  if (Value found = known.lookup(value))
    return found;
  Value result = cloneUncached(value);
  if (result)
    known[value] = result;
  return result;
}

Value ExtentCloner::clone(OpFoldResult value) {
  if (auto attribute = dyn_cast<Attribute>(value))
    return arith::ConstantIndexOp::create(
        builder, cast<IntegerAttr>(attribute).getInt());
  return clone(cast<Value>(value));
}

/// The value that one of two is, which `choose` clones.
Value ExtentCloner::cloneSelect(Value condition,
                                function_ref<Value(bool)> choose) {
  Value ifTrue = choose(true), ifFalse = choose(false);
  if (!ifTrue || !ifFalse || ifTrue == ifFalse)
    return ifTrue == ifFalse ? ifTrue : Value();
  condition = clone(condition);
  if (!condition)
    return {};
  return arith::SelectOp::create(builder, condition, ifTrue, ifFalse);
}

Value ExtentCloner::cloneUncached(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result || !value.getType().isIntOrIndex())
    return {};
  Operation *op = result.getOwner();
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    return index ? cloneExtent(dim.getSource(), *index) : Value();
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return cloneSelect(branch.getCondition(), [&](bool isThen) {
      return clone((isThen ? branch.thenYield() : branch.elseYield())
                       .getOperand(result.getResultNumber()));
    });
  if (op->getNumRegions() != 0 || !isPure(op))
    return {};
  IRMapping operands;
  for (Value operand : op->getOperands()) {
    Value cloned = clone(operand);
    if (!cloned)
      return {};
    operands.map(operand, cloned);
  }
  return builder.clone(*op, operands)->getResult(result.getResultNumber());
}

Value ExtentCloner::cloneExtent(Value buffer, int64_t dim) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type || dim < 0 || dim >= type.getRank())
    return {};
  if (!type.isDynamicDim(dim))
    return arith::ConstantIndexOp::create(builder, type.getDimSize(dim));
  if (Value known = extentOf.lookup({buffer, dim}))
    return known;
  Value extent;
  if (auto result = dyn_cast<OpResult>(buffer)) {
    extent = cloneExtentOfResult(result, dim);
  } else if (auto loop =
                 dyn_cast<scf::ForOp>(buffer.getParentBlock()->getParentOp())) {
    // A loop carries one buffer.
    if (OpOperand *init = loop.getTiedLoopInit(cast<BlockArgument>(buffer)))
      extent = cloneExtent(init->get(), dim);
  }
  if (extent)
    extentOf[{buffer, dim}] = extent;
  return extent;
}

Value ExtentCloner::cloneExtentOfResult(OpResult buffer, int64_t dim) {
  return llvm::TypeSwitch<Operation *, Value>(buffer.getOwner())
      .Case([&](memref::AllocOp alloc) {
        return clone(alloc.getMixedSizes()[dim]);
      })
      .Case([&](memref::CastOp cast) {
        return cloneExtent(cast.getSource(), dim);
      })
      .Case([&](memref::ReinterpretCastOp cast) {
        return clone(cast.getMixedSizes()[dim]);
      })
      .Case([&](memref::SubViewOp view) -> Value {
        llvm::SmallBitVector dropped = view.getDroppedDims();
        for (auto [index, size] : llvm::enumerate(view.getMixedSizes()))
          if (!dropped.test(index) && dim-- == 0)
            return clone(size);
        return {};
      })
      .Case([&](memref::ExpandShapeOp view) {
        return clone(view.getMixedOutputShape()[dim]);
      })
      .Case([&](memref::CollapseShapeOp view) -> Value {
        Value product;
        for (int64_t index : getReassociation(view, dim)) {
          Value extent = cloneExtent(view.getSrc(), index);
          if (!extent)
            return {};
          product =
              product
                  ? arith::MulIOp::create(builder, product, extent).getResult()
                  : extent;
        }
        return product;
      })
      .Case([&](scf::IfOp branch) {
        return cloneSelect(branch.getCondition(), [&](bool isThen) {
          return cloneExtent((isThen ? branch.thenYield() : branch.elseYield())
                                 .getOperand(buffer.getResultNumber()),
                             dim);
        });
      })
      .Case([&](arith::SelectOp select) {
        return cloneSelect(select.getCondition(), [&](bool isTrue) {
          return cloneExtent(
              isTrue ? select.getTrueValue() : select.getFalseValue(), dim);
        });
      })
      .Case([&](scf::ForOp loop) {
        return cloneExtent(loop.getInitArgs()[buffer.getResultNumber()], dim);
      })
      .Default([](Operation *) { return Value(); });
}
