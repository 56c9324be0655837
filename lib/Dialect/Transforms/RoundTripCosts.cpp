//===- RoundTripCosts.cpp - Whether a round trip's end pays ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoundTripCosts.h"
#include "mlir/Analysis/CallGraph.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

static int64_t bytes(Type elementType) {
  return elementType.getIntOrFloatBitWidth() / 8;
}

RowBytes::RowBytes(Type codesType, const QuantizationParameters &parameters) {
  auto codes = dyn_cast<RankedTensorType>(codesType);
  if (!codes || parameters.axis >= codes.getRank() ||
      codes.isDynamicDim(parameters.axis) || parameters.groupSize <= 0)
    return;
  elements = codes.getDimSize(parameters.axis);
  quantized =
      *elements * bytes(parameters.codeType) +
      static_cast<int64_t>(llvm::divideCeil(*elements, parameters.groupSize)) *
          bytes(parameters.scaleType);
}

int64_t RowBytes::of(Type elementType) const {
  return *elements * bytes(elementType);
}

namespace {

/// What the end of some round trips saves each time the module's entries run
/// once. Doubles: counts of calls multiply.
struct Balance {
  double kernels = 0;
  double bytes = 0;
  /// Whether a row's length is known at run time only: nothing is decided then.
  bool isUnknown = false;
};

/// How often functions are run, if everything that is public is run once, and
/// every branch and loop body too.
class Runs {
public:
  explicit Runs(ModuleOp module) {
    DenseMap<Operation *, SmallVector<func::FuncOp>> callers;
    SymbolTableCollection symbols;
    module.walk([&](func::CallOp call) {
      if (auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
              call, call.getCalleeAttr()))
        if (auto caller = call->getParentOfType<func::FuncOp>())
          callers[callee].push_back(caller);
    });
    // Callers before callees, since the post-order visits callees first.
    SmallVector<func::FuncOp> order;
    CallGraph graph(module);
    for (const CallGraphNode *node :
         llvm::post_order<const CallGraph *>(&graph))
      if (!node->isExternal())
        if (auto function = dyn_cast<func::FuncOp>(
                node->getCallableRegion()->getParentOp()))
          order.push_back(function);
    for (func::FuncOp function : llvm::reverse(order)) {
      double &count = runs[function];
      count = function.isPrivate() ? 0 : 1;
      for (func::FuncOp caller : callers.lookup(function))
        count += runs.lookup(caller);
    }
  }

  double of(Operation *op) const {
    auto it = runs.find(op->getParentOfType<func::FuncOp>());
    return it == runs.end() || it->second == 0 ? 1 : it->second;
  }

private:
  DenseMap<Operation *, double> runs;
};

} // namespace

/// The rows of `codes`, `assumed` if that is not known.
static double countRows(Value codes, int64_t axis, int64_t assumed) {
  double rows = 1;
  bool isKnown = true;
  auto type = cast<RankedTensorType>(codes.getType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (dim == axis)
      continue;
    isKnown &= !type.isDynamicDim(dim);
    rows *= type.isDynamicDim(dim) ? 1 : type.getDimSize(dim);
  }
  return isKnown ? rows : assumed;
}

/// The type in which the plan has value `number`, and in which it is passed on.
static FloatType typeOf(const UnquantizedValue &value) {
  if (value.origin)
    if (Value unquantized = value.origin->getQuantization().unquantized)
      return unquantizedElementType(unquantized);
  return value.wanted;
}

double CostGate::price(double kernels, double bytes) const {
  // A byte takes 1 / GB/s nanoseconds.
  return kernels * device.launchCost + bytes / device.memoryBandwidth;
}

int64_t CostGate::price(DequantizeOpInterface dequantize, int64_t kernels,
                        int64_t bytesPerRow) const {
  double rows = countRows(dequantize.getCodesOperand().get(),
                          dequantize.getParameters().axis, assumedRows);
  return static_cast<int64_t>(price(kernels, bytesPerRow * rows));
}

SmallVector<std::optional<Refusal>>
CostGate::judge(ModuleOp module, ArrayRef<DequantizeOpInterface> dequantizes,
                const UnquantizedValues &plan) const {
  Runs runs(module);
  // What is connected by the plan shares its new results.
  llvm::IntEqClasses connected(plan.size());
  for (unsigned number = 0; number < plan.size(); ++number) {
    connected.join(number, plan.resolve(number));
    for (unsigned source : plan[number].sources)
      connected.join(number, plan.resolve(source));
  }
  connected.compress();
  SmallVector<Balance> balances(connected.getNumClasses());

  for (unsigned number = 0; number < plan.size(); ++number) {
    const UnquantizedValue &value = plan[number];
    if (!value.origin || value.origin->getQuantization().unquantized)
      continue;
    Balance &balance = balances[connected[number]];
    Quantization quantization = value.origin->getQuantization();
    RowBytes row(quantization.codes.getType(), quantization.parameters);
    balance.isUnknown |= !row;
    if (row)
      balance.bytes -= runs.of(value.origin->op) * row.of(value.wanted) *
                       countRows(quantization.codes,
                                 quantization.parameters.axis, assumedRows);
  }

  DenseSet<std::pair<unsigned, Type>> casts;
  for (DequantizeOpInterface op : dequantizes) {
    unsigned number = plan.resolve(plan.getNumber(op));
    Balance &balance = balances[connected[number]];
    QuantizationParameters parameters = op.getParameters();
    Value codes = op.getCodesOperand().get();
    RowBytes row(codes.getType(), parameters);
    balance.isUnknown |= !row;
    if (!row)
      continue;
    Type valueType = typeOf(plan[number]);
    Type wantedType = unquantizedElementType(op->getResult(0));
    bool needsCast =
        valueType != wantedType && casts.insert({number, wantedType}).second;
    int64_t perRow = row.quantized + row.of(wantedType);
    if (needsCast)
      perRow -= row.of(valueType) + row.of(wantedType);
    balance.kernels += runs.of(op) * (needsCast ? 0 : 1);
    balance.bytes +=
        runs.of(op) * perRow * countRows(codes, parameters.axis, assumedRows);
  }

  SmallVector<std::optional<Refusal>> refusals;
  for (DequantizeOpInterface op : dequantizes) {
    const Balance &balance = balances[connected[plan.getNumber(op)]];
    std::optional<Refusal> &refusal = refusals.emplace_back();
    double saved = price(balance.kernels, balance.bytes);
    if (!balance.isUnknown && saved < 0)
      refusal = Refusal{
          llvm::formatv("it does not pay on {0}: {1:f0} kernel{2} of {3} ns "
                        "saved, {4:f0} bytes more at {5} GB/s, {6:f1} ns lost",
                        device.name, balance.kernels,
                        balance.kernels == 1 ? "" : "s", device.launchCost,
                        -balance.bytes, device.memoryBandwidth, -saved)
              .str()};
  }
  return refusals;
}
