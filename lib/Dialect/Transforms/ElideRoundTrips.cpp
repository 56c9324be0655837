//===- ElideRoundTrips.cpp - Read the unquantized value -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three rewrites, then what nobody reads any more goes:
//
//   quantize(dequantize(codes, scales))            =>  codes, scales
//   two quantizations of one value                 =>  the first
//   dequantize(quantize(value))                    =>  value
//
// The first comes before the last, since it may leave nothing to dequantize
// for. Before all of them, functions are copied for those callers whose codes
// are of known origin.
//
//===----------------------------------------------------------------------===//

#include "RoundTripRemarks.h"
#include "SpecializeCalls.h"
#include "UnquantizedValueBuilder.h"
#include "beeline/Analysis/UnquantizedValues.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"

namespace beeline {
#define GEN_PASS_DEF_ELIDEROUNDTRIPSPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// Whether `value` may be named where `user` stands.
static bool isAvailable(Value value, Operation *user,
                        DominanceInfo &dominance) {
  for (Region *region = user->getParentRegion();
       region != value.getParentRegion(); region = region->getParentRegion())
    if (!region ||
        region->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
      return false;
  return dominance.properlyDominates(value, user);
}

namespace {

class RoundTripElision {
public:
  /// Without a gate, whatever can be rewired is.
  RoundTripElision(ModuleOp module, bool allowPublicABIChange,
                   const CostGate *gate)
      : module(module), rewriter(module.getContext()),
        joins(module, dominance, allowPublicABIChange), gate(gate) {}

  void run() {
    specializeCalls();
    forwardRequantizations();
    mergeQuantizations();
    dropUnused();
    rewireDequantizations();
    dropUnused();
  }

private:
  using Dequantizations = SmallVector<DequantizeOpInterface>;

  /// Copies functions that some callers call with codes of known origin.
  void specializeCalls();
  /// quantize(dequantize(codes, scales)) ⇒ codes, scales
  void forwardRequantizations();
  void forwardRequantization(QuantizeOpInterface op, const Quantization &second,
                             DequantizeOpInterface dequantize,
                             const ProvenanceAnalysis &provenance);
  /// quantize(v), quantize(v) ⇒ quantize(v)
  void mergeQuantizations();
  /// dequantize(quantize(v)) ⇒ v
  void rewireDequantizations();
  void rewireDequantizations(Dequantizations dequantizes);
  /// Those of `dequantizes` whose codes and scales are of known origin, and
  /// those for which the unquantized value can be had. The others get a remark.
  Dequantizations keepTraced(const Dequantizations &dequantizes,
                             const ProvenanceAnalysis &provenance);
  Dequantizations keepAvailable(const Dequantizations &dequantizes,
                                const UnquantizedValues &plan);
  Dequantizations keepPaying(const Dequantizations &dequantizes,
                             const UnquantizedValues &plan);
  /// Has the quantizations of the plan give their unquantized values, which is
  /// refused where they cannot. Returns the new results.
  DenseSet<Value> exposeUnquantized(UnquantizedValues &plan);
  void rewire(const Dequantizations &dequantizes, const UnquantizedValues &plan,
              DenseSet<Value> newResults);
  /// Those of `ops`, and what only they read, that are views without uses.
  void dropUnusedViews(SetVector<Operation *> ops);
  /// Whatever has no uses.
  void dropUnused();

  template <typename InterfaceTy>
  SmallVector<InterfaceTy> collect() {
    SmallVector<InterfaceTy> ops;
    module.walk<WalkOrder::PreOrder>(
        [&](InterfaceTy op) { ops.push_back(op); });
    return ops;
  }

  ModuleOp module;
  IRRewriter rewriter;
  DominanceInfo dominance;
  Joins joins;
  const CostGate *gate;
};

struct ElideRoundTripsPass final
    : beeline::impl::ElideRoundTripsPassBase<ElideRoundTripsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (assumeRows < 0) {
      getOperation().emitError("assume-rows=")
          << assumeRows.getValue() << ": no tensor has fewer than 0 rows";
      return signalPassFailure();
    }
    std::optional<CostGate> gate;
    if (!target.empty()) {
      const Device *device = lookupDevice(target);
      if (!device) {
        getOperation().emitError("no target '")
            << target << "'; there is " << listDevices();
        return signalPassFailure();
      }
      gate.emplace(*device, assumeRows);
    }
    RoundTripElision(getOperation(), allowPublicABIChange,
                     gate ? &*gate : nullptr)
        .run();
  }
};

} // namespace

void RoundTripElision::specializeCalls() {
  // Each round tells apart the callers of functions whose own callers have
  // been.
  for (CallSpecializer specializer(module);; joins.invalidate()) {
    ProvenanceAnalysis provenance(joins, collect<DequantizeOpInterface>());
    if (!specializer.run(provenance.getMixedCalls()))
      return;
  }
}

//===----------------------------------------------------------------------===//
// Quantizations
//===----------------------------------------------------------------------===//

void RoundTripElision::forwardRequantizations() {
  struct Requantization {
    QuantizeOpInterface op;
    Quantization second;
    DequantizeOpInterface dequantize;
  };
  SmallVector<Requantization> requantizations;
  Dequantizations dequantizes;
  for (auto op : collect<QuantizeOpInterface>())
    for (const Quantization &second : op.getQuantizations())
      if (second.unquantized)
        if (auto dequantize =
                second.unquantized.getDefiningOp<DequantizeOpInterface>()) {
          requantizations.push_back({op, second, dequantize});
          dequantizes.push_back(dequantize);
        }
  ProvenanceAnalysis provenance(joins, dequantizes);
  for (const Requantization &requantization : requantizations)
    forwardRequantization(requantization.op, requantization.second,
                          requantization.dequantize, provenance);
}

void RoundTripElision::forwardRequantization(
    QuantizeOpInterface op, const Quantization &second,
    DequantizeOpInterface dequantize, const ProvenanceAnalysis &provenance) {
  // Where the dequantization cannot be traced, its own remark will say so.
  if (provenance.getRefusal(dequantize))
    return;
  if (BeelineDialect::preservesRounding(op))
    return remarkKeptRequantization(
        op, {"beeline.preserve_rounding asks to keep the rounding"});
  for (Origin origin : provenance.getOrigins(dequantize)) {
    // Views may have turned one layout into another before it was read.
    QuantizationParameters first = origin.getQuantization().parameters;
    first.axis = dequantize.getParameters().axis;
    first.layout = dequantize.getParameters().layout;
    if (auto mismatch = describeMismatch(first, second.parameters))
      return remarkKeptRequantization(op, {*mismatch});
  }
  Value codes = dequantize.getCodesOperand().get();
  Value scales = dequantize.getScalesOperand().get();
  if (codes.getType() != second.codes.getType() ||
      scales.getType() != second.scales.getType())
    return remarkKeptRequantization(
        op, {"the types of the codes or of the scales differ"});

  remarkForwardedRequantization(op);
  rewriter.replaceAllUsesWith(second.codes, codes);
  rewriter.replaceAllUsesWith(second.scales, scales);
}

void RoundTripElision::mergeQuantizations() {
  struct Seen {
    QuantizeOpInterface op;
    Quantization quantization;
  };
  DenseMap<Value, SmallVector<Seen, 1>> seenOf;
  for (auto op : collect<QuantizeOpInterface>()) {
    for (const Quantization &second : op.getQuantizations()) {
      // A narrower unquantized result is not what was quantized.
      if (!second.unquantized ||
          (second.codes.use_empty() && second.scales.use_empty()) ||
          unquantizedElementType(second.unquantized) != second.sourceType)
        continue;
      SmallVector<Seen, 1> &seen = seenOf[second.unquantized];
      auto *same = llvm::find_if(seen, [&](Seen &candidate) {
        const Quantization &first = candidate.quantization;
        return first.codes.getType() == second.codes.getType() &&
               first.scales.getType() == second.scales.getType() &&
               !describeMismatch(first.parameters, second.parameters) &&
               BeelineDialect::preservesRounding(candidate.op) ==
                   BeelineDialect::preservesRounding(op) &&
               isAvailable(first.codes, op, dominance);
      });
      if (same == seen.end()) {
        seen.push_back({op, second});
        continue;
      }
      remarkMergedQuantization(op, same->op);
      rewriter.replaceAllUsesWith(second.codes, same->quantization.codes);
      rewriter.replaceAllUsesWith(second.scales, same->quantization.scales);
    }
  }
}

//===----------------------------------------------------------------------===//
// Dequantizations
//===----------------------------------------------------------------------===//

/// Whether the result could be the value that was quantized.
static bool hasUnquantizedResult(DequantizeOpInterface dequantize) {
  Value result = dequantize->getResult(0);
  return unquantizedElementType(result) &&
         succeeded(verifyCompatibleShape(
             result.getType(), dequantize.getCodesOperand().get().getType()));
}

void RoundTripElision::rewireDequantizations() {
  auto dequantizes = collect<DequantizeOpInterface>();
  ProvenanceAnalysis provenance(joins, dequantizes);
  rewireDequantizations(keepTraced(dequantizes, provenance));
}

RoundTripElision::Dequantizations
RoundTripElision::keepTraced(const Dequantizations &dequantizes,
                             const ProvenanceAnalysis &provenance) {
  Dequantizations kept;
  for (DequantizeOpInterface dequantize : dequantizes) {
    if (auto refusal = provenance.getRefusal(dequantize))
      remarkKept(dequantize, *refusal);
    else if (!hasUnquantizedResult(dequantize))
      remarkKept(dequantize, {"the dequantized value is no floating-point "
                              "tensor of the codes' shape"});
    else
      kept.push_back(dequantize);
  }
  return kept;
}

void RoundTripElision::rewireDequantizations(Dequantizations dequantizes) {
  // A plan is made for what it will be carried out for, since what is wanted
  // decides in which types values are passed on.
  std::optional<UnquantizedValues> plan(std::in_place, joins, dequantizes);
  auto replan = [&](Dequantizations kept) {
    dequantizes = std::move(kept);
    plan.emplace(joins, dequantizes);
  };
  Dequantizations kept = keepAvailable(dequantizes, *plan);
  if (kept.size() != dequantizes.size())
    replan(std::move(kept));
  if (gate) {
    kept = keepPaying(dequantizes, *plan);
    if (kept.size() != dequantizes.size())
      replan(std::move(kept));
  }
  DenseSet<Value> newResults = exposeUnquantized(*plan);
  kept = keepAvailable(dequantizes, *plan);
  if (kept.size() != dequantizes.size() || !newResults.empty())
    replan(std::move(kept));
  rewire(dequantizes, *plan, std::move(newResults));
}

RoundTripElision::Dequantizations
RoundTripElision::keepAvailable(const Dequantizations &dequantizes,
                                const UnquantizedValues &plan) {
  Dequantizations kept;
  for (DequantizeOpInterface dequantize : dequantizes) {
    unsigned number = plan.resolve(plan.getNumber(dequantize));
    if (auto refusal = plan[number].refusal)
      remarkKept(dequantize, *refusal);
    else
      kept.push_back(dequantize);
  }
  return kept;
}

RoundTripElision::Dequantizations
RoundTripElision::keepPaying(const Dequantizations &dequantizes,
                             const UnquantizedValues &plan) {
  Dequantizations kept;
  for (auto [dequantize, refusal] :
       llvm::zip_equal(dequantizes, gate->judge(module, dequantizes, plan))) {
    if (refusal)
      remarkKept(dequantize, *refusal);
    else
      kept.push_back(dequantize);
  }
  return kept;
}

DenseSet<Value> RoundTripElision::exposeUnquantized(UnquantizedValues &plan) {
  // An op may quantize several times, and be replaced by each exposure.
  llvm::MapVector<Operation *, SmallVector<unsigned>> numbersOf;
  for (unsigned number = 0; number < plan.size(); ++number)
    if (plan[number].origin)
      numbersOf[plan[number].origin->op].push_back(number);

  DenseSet<Value> newResults;
  for (auto &[first, numbers] : numbersOf) {
    auto op = cast<QuantizeOpInterface>(first);
    for (unsigned number : numbers) {
      unsigned index = plan[number].origin->index;
      if (op.getQuantizations()[index].unquantized)
        continue;
      auto exposing =
          op.exposeUnquantized(rewriter, index, plan[number].wanted);
      if (succeeded(exposing))
        op = *exposing;
      Value unquantized = op.getQuantizations()[index].unquantized;
      if (failed(exposing) || !unquantized)
        plan.refuse(number, {"the quantizing op cannot give its unquantized "
                             "value"});
      else
        newResults.insert(unquantized);
    }
  }
  return newResults;
}

void RoundTripElision::rewire(const Dequantizations &dequantizes,
                              const UnquantizedValues &plan,
                              DenseSet<Value> newResults) {
  std::optional<ProvenanceAnalysis> provenance;
  if (module.getContext()->getRemarkEngine())
    provenance.emplace(joins, dequantizes);
  SmallVector<SmallVector<Quantization>> madeBy(dequantizes.size());
  if (provenance)
    for (auto [dequantize, quantizations] :
         llvm::zip_equal(dequantizes, madeBy))
      for (Origin origin : provenance->getOrigins(dequantize))
        quantizations.push_back(origin.getQuantization());

  // Views mark where others are built, so they stay as long as the builder. So
  // does what is rewired: it may have been quantized again, and then it is what
  // others are rewired to.
  SetVector<Operation *> makers;
  DenseMap<Value, Value> replacements;
  std::optional<UnquantizedValueBuilder> builder(std::in_place, rewriter, joins,
                                                 plan, dequantizes);
  for (auto [op, quantizations] : llvm::zip_equal(dequantizes, madeBy)) {
    DequantizeOpInterface dequantize = op;
    UnquantizedValueBuilder::Built built = builder->build(dequantize);
    if (provenance) {
      // The first reader pays for a new result.
      bool hasNewResult = false;
      for (const Quantization &quantization : quantizations)
        hasNewResult |= newResults.erase(quantization.unquantized);
      remarkRewired(dequantize, quantizations,
                    {hasNewResult, built.isNewCast, built.isPassedOn}, gate);
    }
    for (OpOperand *operand :
         {&dequantize.getCodesOperand(), &dequantize.getScalesOperand()})
      if (Operation *maker = operand->get().getDefiningOp())
        makers.insert(maker);
    replacements[dequantize->getResult(0)] = built.value;
  }
  for (DequantizeOpInterface dequantize : dequantizes) {
    Value value = dequantize->getResult(0);
    for (auto next = replacements.find(value); next != replacements.end();
         next = replacements.find(value))
      value = next->second;
    rewriter.replaceAllUsesWith(dequantize->getResult(0), value);
  }
  for (DequantizeOpInterface dequantize : dequantizes)
    rewriter.eraseOp(dequantize);
  builder.reset();
  dropUnusedViews(std::move(makers));
}

void RoundTripElision::dropUnusedViews(SetVector<Operation *> ops) {
  while (!ops.empty()) {
    Operation *op = ops.pop_back_val();
    if (!op->use_empty() || !(isa<tensor::EmptyOp>(op) || getViewSource(op)))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *maker = operand.getDefiningOp())
        ops.insert(maker);
    rewriter.eraseOp(op);
  }
}

void RoundTripElision::dropUnused() {
  SmallVector<Operation *> ops;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<QuantizeOpInterface, DequantizeOpInterface>(op))
      ops.push_back(op);
  });
  // Users before what they use.
  for (Operation *op : llvm::reverse(ops)) {
    if (auto dequantize = dyn_cast<DequantizeOpInterface>(op)) {
      if (op->use_empty()) {
        remarkRemovedDequantization(dequantize);
        rewriter.eraseOp(op);
      }
      continue;
    }
    auto quantize = cast<QuantizeOpInterface>(op);
    RemovedQuantization removed(quantize);
    if (quantize.dropUnusedResults(rewriter))
      removed.remark();
  }
}
