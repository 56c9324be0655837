//===- UnquantizedValueBuilder.cpp - Let values accompany codes -----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnquantizedValueBuilder.h"
#include "beeline/Dialect/IR/CastElements.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;

UnquantizedValueBuilder::UnquantizedValueBuilder(
    RewriterBase &rewriter, Joins &joins, const UnquantizedValues &plan,
    ArrayRef<DequantizeOpInterface> dequantizes)
    : rewriter(rewriter), joins(joins), plan(plan) {
  for (unsigned number : findNeeded(dequantizes))
    if (plan[number].join)
      addSlot(number);
  // Operands are moved when others are added: from here on the plan's joins are
  // of no use.
  addInputs();
  for (auto &[operand, slot] : slots)
    addOperands(slot);
}

UnquantizedValueBuilder::~UnquantizedValueBuilder() {
  for (auto &[op, replacement] : replaced)
    rewriter.eraseOp(op);
}

SmallVector<unsigned> UnquantizedValueBuilder::findNeeded(
    ArrayRef<DequantizeOpInterface> dequantizes) {
  SmallVector<unsigned> needed;
  DenseSet<unsigned> visited;
  SmallVector<unsigned> worklist;
  for (DequantizeOpInterface dequantize : dequantizes) {
    worklist.push_back(plan.getNumber(dequantize));
    while (!worklist.empty()) {
      unsigned number = plan.resolve(worklist.pop_back_val());
      if (!visited.insert(number).second)
        continue;
      needed.push_back(number);
      llvm::append_range(worklist, plan[number].sources);
    }
  }
  return needed;
}

//===----------------------------------------------------------------------===//
// Arguments and results
//===----------------------------------------------------------------------===//

void UnquantizedValueBuilder::addSlot(unsigned number) {
  const UnquantizedValue &value = plan[number];
  const Join &join = *value.join;
  auto [entry, isNew] = slots.try_emplace(join.incoming.front());
  Slot &slot = entry->second;
  auto type = mlir::cast<RankedTensorType>(value.codes.getType());
  if (!isNew) {
    FloatType wider = widerType(
        mlir::cast<FloatType>(slot.type.getElementType()), value.wanted);
    slot.type = slot.type.clone(wider);
    return;
  }
  slot.kind = join.kind;
  slot.op = join.op;
  slot.type = type.clone(value.wanted);
  slot.successors = join.successors;
  slot.sources = value.sources;
  for (OpOperand *operand : join.incoming)
    slot.owners.push_back(operand->getOwner());
}

/// The arguments that a further operand of `terminator` or, if that is null, of
/// `op` itself defines.
static SmallVector<Block *> getArgumentBlocks(Operation *op,
                                              Operation *terminator) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return {loop.getBody()};
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return {isa_and_nonnull<scf::ConditionOp>(terminator)
                ? loop.getAfterBody()
                : loop.getBeforeBody()};
  return {};
}

static bool addsResult(Operation *op, Operation *terminator) {
  return !isa<scf::WhileOp>(op) ||
         isa_and_nonnull<scf::ConditionOp>(terminator);
}

void UnquantizedValueBuilder::addRegionInputs(Slot &slot) {
  Operation *terminator = nullptr;
  for (Operation *owner : slot.owners)
    if (owner != slot.op)
      terminator = owner;
  for (Block *block : getArgumentBlocks(slot.op, terminator))
    slot.inputs[block] = block->addArgument(slot.type, slot.op->getLoc());
  if (addsResult(slot.op, terminator))
    moreResults[slot.op].push_back(&slot);
}

void UnquantizedValueBuilder::addInputs() {
  for (auto &[operand, slot] : slots) {
    switch (slot.kind) {
    case Join::Kind::Block: {
      Block *block = slot.owners.front()->getSuccessor(slot.successors.front());
      slot.inputs[block] = block->addArgument(slot.type, slot.op->getLoc());
      break;
    }
    case Join::Kind::Region:
      addRegionInputs(slot);
      break;
    case Join::Kind::FunctionArguments: {
      auto function = mlir::cast<func::FuncOp>(slot.op);
      unsigned number = function.getNumArguments();
      (void)function.insertArgument(number, slot.type, DictionaryAttr(),
                                    function.getLoc());
      slot.inputs[&function.getBody().front()] = function.getArgument(number);
      break;
    }
    case Join::Kind::CallResults: {
      auto function = slot.owners.front()->getParentOfType<func::FuncOp>();
      (void)function.insertResult(function.getNumResults(), slot.type,
                                  DictionaryAttr());
      for (func::CallOp call : joins.getCalls(function))
        moreResults[call].push_back(&slot);
      break;
    }
    }
  }
  addResults();
}

Operation *UnquantizedValueBuilder::withMoreResults(Operation *op,
                                                    TypeRange types) {
  SmallVector<Type> allTypes(op->getResultTypes());
  llvm::append_range(allTypes, types);
  Operation *wider = Operation::create(
      op->getLoc(), op->getName(), allTypes, op->getOperands(),
      op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
      op->getSuccessors(), op->getNumRegions());
  rewriter.setInsertionPoint(op);
  rewriter.insert(wider);
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), wider->getRegions()))
    to.takeBody(from);
  if (auto call = dyn_cast<func::CallOp>(wider))
    if (ArrayAttr attributes = call.getResAttrsAttr()) {
      SmallVector<Attribute> all(attributes.getValue());
      all.append(types.size(), rewriter.getDictionaryAttr({}));
      call.setResAttrsAttr(rewriter.getArrayAttr(all));
    }
  rewriter.replaceAllUsesWith(
      op->getResults(), wider->getResults().take_front(op->getNumResults()));
  return wider;
}

void UnquantizedValueBuilder::addResults() {
  for (auto &[op, slotsOfOp] : moreResults) {
    unsigned numResults = op->getNumResults();
    SmallVector<Type> types;
    for (Slot *slot : slotsOfOp)
      types.push_back(slot->type);
    // The op stays until the end: its address stands for its place.
    Operation *wider = withMoreResults(op, types);
    replaced[op] = wider;
    for (auto [index, slot] : llvm::enumerate(slotsOfOp))
      slot->inputs[op] = wider->getResult(numResults + index);
  }
}

Operation *UnquantizedValueBuilder::current(Operation *op) const {
  auto it = replaced.find(op);
  return it == replaced.end() ? op : it->second;
}

void UnquantizedValueBuilder::addOperands(Slot &slot) {
  for (size_t way = 0; way < slot.sources.size(); ++way) {
    Value value = cast(get(slot.sources[way]), slot.type);
    Operation *owner = current(slot.owners[way]);
    rewriter.modifyOpInPlace(owner, [&] {
      if (slot.kind == Join::Kind::Block)
        mlir::cast<BranchOpInterface>(owner)
            .getSuccessorOperands(slot.successors[way])
            .append(value);
      else
        owner->insertOperands(owner->getNumOperands(), value);
    });
    auto call = dyn_cast<func::CallOp>(owner);
    if (ArrayAttr attributes = call ? call.getArgAttrsAttr() : ArrayAttr()) {
      SmallVector<Attribute> all(attributes.getValue());
      all.push_back(rewriter.getDictionaryAttr({}));
      call.setArgAttrsAttr(rewriter.getArrayAttr(all));
    }
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value UnquantizedValueBuilder::get(unsigned number) {
  // The views whose source has to be built first, innermost last.
  SmallVector<unsigned> views;
  number = plan.resolve(number);
  while (!built.contains(number) && plan[number].view) {
    views.push_back(number);
    number = plan.resolve(plan[number].sources.front());
  }
  Value &value = built[number];
  if (!value) {
    const UnquantizedValue &planned = plan[number];
    if (planned.origin) {
      Origin origin = *planned.origin;
      value = origin.getQuantization().unquantized;
    } else {
      const Slot &slot = slots.find(planned.join->incoming.front())->second;
      value = slot.inputs.lookup(planned.join->place);
    }
  }
  Value result = value;
  for (unsigned view : llvm::reverse(views)) {
    Operation *op = plan[view].view;
    auto sourceType = mlir::cast<RankedTensorType>(getViewSource(op).getType());
    Value source = cast(result, sourceType.clone(plan[view].wanted));
    rewriter.setInsertionPointAfter(op);
    result = built[view] = recreateView(rewriter, op, source);
  }
  return result;
}

Value UnquantizedValueBuilder::cast(Value value, RankedTensorType type,
                                    bool *isNewCast) {
  if (isNewCast)
    *isNewCast = false;
  if (value.getType() == type)
    return value;
  Value &result = casts[{value, type}];
  if (result)
    return result;
  if (isNewCast)
    *isNewCast =
        mlir::cast<RankedTensorType>(value.getType()).getElementType() !=
        type.getElementType();
  rewriter.setInsertionPointAfterValue(value);
  result = castElements(rewriter, value.getLoc(), value, type.getElementType());
  if (result.getType() != type)
    result = tensor::CastOp::create(rewriter, value.getLoc(), type, result);
  return result;
}

UnquantizedValueBuilder::Built
UnquantizedValueBuilder::build(DequantizeOpInterface dequantize) {
  unsigned number = plan.resolve(plan.getNumber(dequantize));
  auto type = mlir::cast<RankedTensorType>(dequantize->getResult(0).getType());
  Built result;
  result.value = cast(get(number), type, &result.isNewCast);
  while (plan[number].view)
    number = plan.resolve(plan[number].sources.front());
  result.isPassedOn = plan[number].join.has_value();
  return result;
}
