//===- UnquantizedValues.cpp - Whether they are at hand -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/UnquantizedValues.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

FloatType beeline::widerType(FloatType a, FloatType b) {
  if (a == b)
    return a;
  if (a.getWidth() == b.getWidth())
    return Float32Type::get(a.getContext());
  return a.getWidth() > b.getWidth() ? a : b;
}

FloatType beeline::unquantizedElementType(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  if (!tensor ||
      !isa<BFloat16Type, Float16Type, Float32Type>(tensor.getElementType()))
    return FloatType();
  return cast<FloatType>(tensor.getElementType());
}

/// The ops with regions of which it is known how to give them one more result
/// or argument: all that they pass on are their last operands.
static bool canPassOnMore(const Join &join) {
  return join.kind != Join::Kind::Region ||
         isa<scf::ExecuteRegionOp, scf::ForOp, scf::IfOp, scf::IndexSwitchOp,
             scf::WhileOp>(join.op);
}

UnquantizedValues::UnquantizedValues(
    Joins &joins, ArrayRef<DequantizeOpInterface> dequantizes)
    : joins(joins) {
  for (DequantizeOpInterface dequantize : dequantizes)
    starts[dequantize] = visit(dequantize.getCodesOperand().get());
  while (!worklist.empty())
    expand(worklist.pop_back_val());
  findSame();
  for (auto &[number, refusal] : obstructed)
    refuse(number, refusal);
  for (DequantizeOpInterface dequantize : dequantizes)
    want(starts[dequantize], unquantizedElementType(dequantize->getResult(0)));
  for (unsigned number = 0; number < values.size(); ++number) {
    const UnquantizedValue &value = values[number];
    if (value.join && !value.same && !canPassOnMore(*value.join))
      refuse(number,
             {llvm::formatv("the unquantized value is not available here: "
                            "'{0}' cannot be given one more result",
                            value.join->op->getName())
                  .str()});
  }
}

unsigned UnquantizedValues::getNumber(DequantizeOpInterface dequantize) const {
  return starts.lookup(dequantize);
}

unsigned UnquantizedValues::resolve(unsigned number) const {
  while (values[number].same)
    number = *values[number].same;
  return number;
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

unsigned UnquantizedValues::visit(Value codes) {
  auto [entry, isNew] = numbers.try_emplace(codes, values.size());
  if (!isNew)
    return entry->second;
  std::optional<Origin> origin = Origin::of(codes);
  // Of one value there is one, whatever quantizes it.
  if (origin)
    if (Value unquantized = origin->getQuantization().unquantized) {
      auto known = quantized.try_emplace(unquantized, values.size());
      if (!known.second)
        return entry->second = known.first->second;
    }
  UnquantizedValue &value = values.emplace_back();
  value.codes = codes;
  value.origin = origin;
  worklist.push_back(values.size() - 1);
  return values.size() - 1;
}

void UnquantizedValues::expand(unsigned number) {
  Value codes = values[number].codes;
  auto addSource = [&](Value sourceCodes) {
    unsigned source = visit(sourceCodes);
    values[number].sources.push_back(source);
    values[source].readers.push_back(number);
  };
  if (values[number].origin) {
    Value unquantized = values[number].origin->getQuantization().unquantized;
    if (unquantized &&
        (!unquantizedElementType(unquantized) ||
         failed(verifyCompatibleShape(unquantized.getType(), codes.getType()))))
      obstructed.push_back({number,
                            {"the quantized value is no bf16, f16 or f32 "
                             "tensor of the codes' shape"}});
    return;
  }
  Operation *op = codes.getDefiningOp();
  if (Value source = op ? getViewSource(op) : Value()) {
    values[number].view = op;
    addSource(source);
    return;
  }
  auto found = joins.lookup(codes);
  if (auto *join = std::get_if<Join>(&found)) {
    values[number].join = *join;
    for (OpOperand *operand : join->incoming)
      addSource(operand->get());
    return;
  }
  obstructed.push_back(
      {number, {"no quantization made the codes on all ways"}});
}

bool UnquantizedValues::isAvailable(const UnquantizedValue &value,
                                    const Join &join) {
  Value where = value.codes;
  if (value.origin)
    if (Value unquantized = value.origin->getQuantization().unquantized)
      where = unquantized;
  if (!joins.isDefinedBefore(where, join))
    return false;
  auto *op = dyn_cast<Operation *>(join.place);
  Region *region =
      op ? op->getParentRegion() : cast<Block *>(join.place)->getParent();
  for (; region != where.getParentRegion(); region = region->getParentRegion())
    if (!region ||
        region->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
      return false;
  return true;
}

void UnquantizedValues::findSame() {
  for (unsigned number = 0; number < values.size(); ++number)
    if (values[number].join && !values[number].join->crossesFunctions())
      worklist.push_back(number);
  while (!worklist.empty()) {
    unsigned number = worklist.pop_back_val();
    UnquantizedValue &value = values[number];
    if (!value.join || value.same || value.join->crossesFunctions())
      continue;
    std::optional<unsigned> only;
    bool isOne = true;
    for (unsigned source : value.sources) {
      unsigned resolved = resolve(source);
      if (resolved == number)
        continue;
      isOne &= !only || *only == resolved;
      only = resolved;
    }
    if (!only || !isOne || !isAvailable(values[*only], *value.join))
      continue;
    value.same = only;
    llvm::append_range(worklist, value.readers);
  }
}

void UnquantizedValues::want(unsigned number, FloatType type) {
  SmallVector<std::pair<unsigned, FloatType>> wanted = {{number, type}};
  while (!wanted.empty()) {
    auto [next, nextType] = wanted.pop_back_val();
    UnquantizedValue &value = values[next];
    FloatType wider =
        value.wanted ? widerType(value.wanted, nextType) : nextType;
    if (wider == value.wanted)
      continue;
    value.wanted = wider;
    if (value.same)
      wanted.push_back({*value.same, wider});
    else
      for (unsigned source : value.sources)
        wanted.push_back({source, wider});
  }
}

void UnquantizedValues::refuse(unsigned number, Refusal refusal) {
  if (values[number].refusal)
    return;
  values[number].refusal = refusal;
  SmallVector<unsigned> refused = {number};
  while (!refused.empty()) {
    unsigned source = refused.pop_back_val();
    for (unsigned reader : values[source].readers) {
      UnquantizedValue &value = values[reader];
      if (value.refusal ||
          (value.same && !values[resolve(*value.same)].refusal))
        continue;
      value.refusal = refusal;
      refused.push_back(reader);
    }
  }
}
