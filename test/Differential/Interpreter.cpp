//===- Interpreter.cpp - Control flow and calls ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

/// Reduced programs may loop for ever.
static constexpr int64_t maxSteps = 100000;
static constexpr int maxDepth = 64;

bool Interpreter::fail(Operation *op, const Twine &message) {
  if (error.empty())
    error = ("'" + op->getName().getStringRef() + "' " + message).str();
  return false;
}

int64_t Interpreter::number(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant;
  return get(cast<Value>(value)).number;
}

RunValues Interpreter::getAll(ValueRange values) {
  RunValues result;
  for (Value value : values)
    result.push_back(get(value));
  return result;
}

void Interpreter::set(Value value, Tensor tensor) {
  set(value, RunValue{std::make_shared<const Tensor>(std::move(tensor))});
}

void Interpreter::setAll(ValueRange values, const RunValues &results) {
  for (auto [value, result] : llvm::zip_equal(values, results))
    set(value, result);
}

Tensor Interpreter::make(Value value, ArrayRef<int64_t> shape,
                         ValueRange operands) {
  Tensor result(cast<ShapedType>(value.getType()).getElementType(), shape);
  for (Value operand : operands)
    if (const TensorRef &tensor = get(operand).tensor)
      result.isRewired |= tensor->isRewired;
  return result;
}

//===----------------------------------------------------------------------===//
// Blocks and regions
//===----------------------------------------------------------------------===//

bool Interpreter::branch(Operation *terminator, Block *&block,
                         RunValues &arguments) {
  if (auto br = dyn_cast<cf::BranchOp>(terminator)) {
    block = br.getDest();
    arguments = getAll(br.getDestOperands());
    return true;
  }
  if (auto br = dyn_cast<cf::CondBranchOp>(terminator)) {
    bool condition = get(br.getCondition()).number;
    block = condition ? br.getTrueDest() : br.getFalseDest();
    arguments = getAll(condition ? br.getTrueDestOperands()
                                 : br.getFalseDestOperands());
    return true;
  }
  return false;
}

Operation *Interpreter::runBlocks(Block &entry, const RunValues &arguments) {
  Block *block = &entry;
  RunValues incoming = arguments;
  while (true) {
    setAll(block->getArguments(), incoming);
    for (Operation &op : block->without_terminator())
      if (!runOp(&op))
        return nullptr;
    Operation *terminator = block->getTerminator();
    if (++steps > maxSteps) {
      fail(terminator, "is reached too often");
      return nullptr;
    }
    if (!branch(terminator, block, incoming))
      return terminator;
  }
}

bool Interpreter::runRegion(Region &region, const RunValues &arguments,
                            RunValues &results) {
  Operation *terminator = runBlocks(region.front(), arguments);
  if (!terminator)
    return false;
  results = getAll(terminator->getOperands());
  return true;
}

bool Interpreter::runFor(scf::ForOp op) {
  RunValues carried = getAll(op.getInitArgs());
  int64_t step = get(op.getStep()).number;
  if (step <= 0)
    return fail(op, "makes no step forward");
  for (int64_t i = get(op.getLowerBound()).number;
       i < get(op.getUpperBound()).number; i += step) {
    RunValues arguments = {{{}, i}};
    llvm::append_range(arguments, carried);
    if (!runRegion(op.getRegion(), arguments, carried))
      return false;
  }
  setAll(op.getResults(), carried);
  return true;
}

bool Interpreter::runWhile(scf::WhileOp op) {
  RunValues carried = getAll(op.getInits());
  while (true) {
    RunValues condition;
    if (!runRegion(op.getBefore(), carried, condition))
      return false;
    bool goesOn = condition.front().number;
    condition.erase(condition.begin());
    if (!goesOn) {
      setAll(op.getResults(), condition);
      return true;
    }
    if (!runRegion(op.getAfter(), condition, carried))
      return false;
  }
}

bool Interpreter::runSwitch(scf::IndexSwitchOp op) {
  int64_t argument = get(op.getArg()).number;
  Region *region = &op.getDefaultRegion();
  for (auto [value, caseRegion] :
       llvm::zip_equal(op.getCases(), op.getCaseRegions()))
    if (value == argument)
      region = &caseRegion;
  RunValues results;
  if (!runRegion(*region, {}, results))
    return false;
  setAll(op.getResults(), results);
  return true;
}

bool Interpreter::runFused(FusedOp op) {
  RunValues results;
  if (!runRegion(op.getBody(), getAll(op.getInputs()), results))
    return false;
  for (auto [result, value] : llvm::zip_equal(op.getResults(), results)) {
    // A kernel's results are its own: nobody outside knows a quantization.
    Tensor tensor = *value.tensor;
    tensor.groups.clear();
    tensor.unquantized.clear();
    set(result, std::move(tensor));
  }
  return true;
}

bool Interpreter::runOp(Operation *op) {
  if (++steps > maxSteps)
    return fail(op, "is run too often");
  RunValues results;
  bool isKnown = true;
  bool isDone =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case([&](scf::ForOp op) { return runFor(op); })
          .Case([&](scf::WhileOp op) { return runWhile(op); })
          .Case([&](scf::IndexSwitchOp op) { return runSwitch(op); })
          .Case([&](FusedOp op) { return runFused(op); })
          .Case([&](scf::IfOp op) {
            Region &region = get(op.getCondition()).number ? op.getThenRegion()
                                                           : op.getElseRegion();
            if (region.empty())
              return true;
            if (!runRegion(region, {}, results))
              return false;
            setAll(op.getResults(), results);
            return true;
          })
          .Case([&](scf::ExecuteRegionOp op) {
            if (!runRegion(op.getRegion(), {}, results))
              return false;
            setAll(op.getResults(), results);
            return true;
          })
          .Case([&](func::CallOp op) {
            auto callee = symbols.lookup<func::FuncOp>(op.getCallee());
            return callee ? call(op, callee, getAll(op.getOperands()))
                          : fail(op, "calls a function that is not there");
          })
          .Case([&](func::CallIndirectOp op) {
            auto callee =
                dyn_cast_or_null<func::FuncOp>(get(op.getCallee()).function);
            return callee ? call(op, callee, getAll(op.getCalleeOperands()))
                          : fail(op, "calls what is no function");
          })
          .Case([&](func::ConstantOp op) {
            set(op.getResult(), RunValue{{}, 0, symbols.lookup(op.getValue())});
            return true;
          })
          .Default([&](Operation *op) {
            bool isDone = evaluateBeeline(op, isKnown);
            return isKnown ? isDone : evaluate(op, isKnown);
          });
  if (!isKnown)
    return fail(op, "is none of the ops that are interpreted");
  return isDone && checkShape(op);
}

bool Interpreter::checkShape(Operation *op) {
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type)
      continue;
    const TensorRef &tensor = get(result).tensor;
    if (!tensor || tensor->shape.size() != type.getShape().size())
      return fail(op, "has a result without a value");
    for (auto [extent, stated] :
         llvm::zip_equal(tensor->shape, type.getShape()))
      if (stated != extent && !ShapedType::isDynamic(stated))
        return fail(op, "has other extents than its type says");
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

bool Interpreter::call(Operation *op, func::FuncOp callee,
                       RunValues arguments) {
  if (callee.isExternal())
    return callExternal(op, callee, arguments);
  if (++depth > maxDepth)
    return fail(op, "is nested too deep");
  Frame callees;
  callees.provides = op->hasAttr(expect::provides) ||
                     (op->hasAttr(expect::providesAsCalled) && frame->provides);
  Frame *caller = frame;
  frame = &callees;
  RunValues results;
  bool isDone = runRegion(callee.getBody(), arguments, results);
  frame = caller;
  --depth;
  if (isDone)
    setAll(op->getResults(), results);
  return isDone;
}

bool Interpreter::callExternal(Operation *op, func::FuncOp callee,
                               const RunValues &arguments) {
  for (const RunValue &argument : arguments)
    if (argument.tensor)
      observations.push_back({getId(op), argument.tensor});
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape())
      return fail(op, "returns what has no static shape");
    set(result,
        randomTensor(type.getElementType(), type.getShape(), ++externalCalls));
  }
  return true;
}

bool Interpreter::run(func::FuncOp function, RunValues arguments,
                      RunValues &results) {
  Frame entry;
  frame = &entry;
  if (function.getNumArguments() != arguments.size())
    return fail(function, "takes another number of arguments");
  bool isDone = runRegion(function.getBody(), arguments, results);
  frame = nullptr;
  return isDone;
}
