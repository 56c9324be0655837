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
// for.
//
//===----------------------------------------------------------------------===//

#include "RoundTripRemarks.h"
#include "beeline/Analysis/Provenance.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/IR/CastElements.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"
#include <variant>

namespace beeline {
#define GEN_PASS_DEF_ELIDEROUNDTRIPSPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

/// The narrowest type that holds every value of both. Of bf16 and f16 neither
/// holds the other.
static FloatType widerType(FloatType a, FloatType b) {
  if (a == b)
    return a;
  if (a.getWidth() == b.getWidth())
    return Float32Type::get(a.getContext());
  return a.getWidth() > b.getWidth() ? a : b;
}

/// The type of the elements of an unquantized tensor: floating point of 16 bits
/// or more. Null if `value` is something else.
static FloatType elementType(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  auto type =
      tensor ? dyn_cast<FloatType>(tensor.getElementType()) : FloatType();
  return type && type.getWidth() >= 16 ? type : FloatType();
}

static Value getResult(DequantizeOpInterface dequantize) {
  return dequantize->getResult(0);
}

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

using FoundQuantization = std::variant<Origin, Refusal>;

class RoundTripElision {
public:
  explicit RoundTripElision(ModuleOp module)
      : module(module), rewriter(module.getContext()), dominance(module) {}

  void run() {
    forwardRequantizations();
    mergeQuantizations();
    dropUnused();
    rewireDequantizations();
    dropUnused();
  }

private:
  /// The quantization whose codes and scales `dequantize` reads, unchanged and
  /// with the parameters of their making, or why there is none.
  FoundQuantization findQuantization(DequantizeOpInterface dequantize);
  /// The same, where the unquantized value can be had too.
  FoundQuantization findRoundTrip(DequantizeOpInterface dequantize);

  /// quantize(dequantize(codes, scales)) ⇒ codes, scales
  void forwardRequantizations();
  void forwardRequantization(QuantizeOpInterface op, const Quantization &second,
                             DequantizeOpInterface dequantize);
  /// quantize(v), quantize(v) ⇒ quantize(v)
  void mergeQuantizations();
  /// dequantize(quantize(v)) ⇒ v
  void rewireDequantizations();
  void rewire(QuantizeOpInterface op,
              ArrayRef<std::pair<unsigned, DequantizeOpInterface>> readers);
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
  ProvenanceAnalysis provenance;
};

struct ElideRoundTripsPass final
    : beeline::impl::ElideRoundTripsPassBase<ElideRoundTripsPass> {
  void runOnOperation() override { RoundTripElision(getOperation()).run(); }
};

} // namespace

//===----------------------------------------------------------------------===//
// What may be rewired
//===----------------------------------------------------------------------===//

static Refusal keepsRounding() {
  return {"beeline.preserve_rounding asks to keep the rounding",
          "remove the attribute where the unquantized value may be used"};
}

FoundQuantization
RoundTripElision::findQuantization(DequantizeOpInterface dequantize) {
  Provenance codes = provenance.lookup(dequantize.getCodesOperand().get());
  if (codes.obstacle)
    return Refusal{"the codes " + codes.obstacle->describe()};
  Provenance scales = provenance.lookup(dequantize.getScalesOperand().get());
  if (scales.obstacle)
    return Refusal{"the scales " + scales.obstacle->describe()};
  if (codes.origin->part != Origin::Part::Codes ||
      scales.origin->part != Origin::Part::Scales)
    return Refusal{"codes and scales are exchanged"};
  if (!codes.origin->isSameQuantization(*scales.origin))
    return Refusal{"the codes and the scales are of different quantizations"};

  Quantization quantization = codes.origin->getQuantization();
  if (std::optional<std::string> mismatch =
          describeMismatch(quantization.parameters, dequantize.getParameters()))
    return Refusal{*mismatch,
                   "dequantize with the parameters of the quantization"};

  SmallVector<Operation *> involved = {dequantize, codes.origin->op};
  llvm::append_range(involved, codes.path);
  llvm::append_range(involved, scales.path);
  if (llvm::any_of(involved, BeelineDialect::preservesRounding))
    return keepsRounding();
  return *codes.origin;
}

FoundQuantization
RoundTripElision::findRoundTrip(DequantizeOpInterface dequantize) {
  FoundQuantization found = findQuantization(dequantize);
  if (std::holds_alternative<Refusal>(found))
    return found;
  Quantization quantization = std::get<Origin>(found).getQuantization();

  auto fits = [&](Value value) {
    return elementType(value) &&
           succeeded(verifyCompatibleShape(value.getType(),
                                           quantization.codes.getType()));
  };
  if (!fits(getResult(dequantize)) ||
      (quantization.unquantized && !fits(quantization.unquantized)))
    return Refusal{"the dequantized value is no floating-point tensor of the "
                   "codes' shape"};

  // A result that the op does not have yet will be available where its codes
  // are.
  Value needed =
      quantization.unquantized ? quantization.unquantized : quantization.codes;
  if (!isAvailable(needed, dequantize, dominance))
    return Refusal{"the unquantized value is not available here: it is made in "
                   "a region that need not have run"};
  return found;
}

//===----------------------------------------------------------------------===//
// The rewrites
//===----------------------------------------------------------------------===//

void RoundTripElision::forwardRequantizations() {
  for (auto op : collect<QuantizeOpInterface>())
    for (const Quantization &second : op.getQuantizations())
      if (second.unquantized)
        if (auto dequantize =
                second.unquantized.getDefiningOp<DequantizeOpInterface>())
          forwardRequantization(op, second, dequantize);
}

void RoundTripElision::forwardRequantization(QuantizeOpInterface op,
                                             const Quantization &second,
                                             DequantizeOpInterface dequantize) {
  // Where the dequantization cannot be traced, its own remark will say so.
  FoundQuantization found = findQuantization(dequantize);
  if (std::holds_alternative<Refusal>(found))
    return;
  if (BeelineDialect::preservesRounding(op))
    return remarkKeptRequantization(op, keepsRounding());
  Quantization first = std::get<Origin>(found).getQuantization();
  if (std::optional<std::string> mismatch =
          describeMismatch(first.parameters, second.parameters))
    return remarkKeptRequantization(op, {*mismatch});
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
          elementType(second.unquantized) != second.sourceType)
        continue;
      SmallVector<Seen, 1> &seen = seenOf[second.unquantized];
      auto *same = llvm::find_if(seen, [&](Seen &candidate) {
        const Quantization &first = candidate.quantization;
        return first.codes.getType() == second.codes.getType() &&
               first.scales.getType() == second.scales.getType() &&
               !describeMismatch(first.parameters, second.parameters) &&
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

void RoundTripElision::rewireDequantizations() {
  // All are found before the first is changed: to change one may replace the op
  // that quantizes.
  llvm::MapVector<Operation *,
                  SmallVector<std::pair<unsigned, DequantizeOpInterface>>>
      readersOf;
  for (auto dequantize : collect<DequantizeOpInterface>()) {
    FoundQuantization found = findRoundTrip(dequantize);
    if (auto *origin = std::get_if<Origin>(&found))
      readersOf[origin->op].push_back({origin->index, dequantize});
    else
      remarkKept(dequantize, std::get<Refusal>(found));
  }
  for (auto &[op, readers] : readersOf)
    rewire(cast<QuantizeOpInterface>(op), readers);
}

void RoundTripElision::rewire(
    QuantizeOpInterface op,
    ArrayRef<std::pair<unsigned, DequantizeOpInterface>> readers) {
  unsigned numQuantizations = op.getQuantizations().size();
  for (unsigned index = 0; index < numQuantizations; ++index) {
    SmallVector<DequantizeOpInterface> dequantizes;
    FloatType widest;
    for (auto [readIndex, dequantize] : readers) {
      if (readIndex != index)
        continue;
      dequantizes.push_back(dequantize);
      FloatType type = elementType(getResult(dequantize));
      widest = widest ? widerType(widest, type) : type;
    }
    if (dequantizes.empty())
      continue;

    bool isNewResult = !op.getQuantizations()[index].unquantized;
    FailureOr<QuantizeOpInterface> exposing =
        op.exposeUnquantized(rewriter, index, widest);
    if (succeeded(exposing))
      op = *exposing;
    Quantization quantization = op.getQuantizations()[index];
    if (failed(exposing) || !quantization.unquantized) {
      for (DequantizeOpInterface dequantize : dequantizes)
        remarkKept(dequantize, {"the quantizing op cannot give its unquantized "
                                "value"});
      continue;
    }

    // One cast for each type, beside the value, where a fusion finds it.
    rewriter.setInsertionPointAfterValue(quantization.unquantized);
    DenseMap<Type, Value> casts;
    for (DequantizeOpInterface dequantize : dequantizes) {
      Value result = getResult(dequantize);
      Value &value = casts[result.getType()];
      bool isNewCast = !value;
      if (isNewCast) {
        value = castElements(rewriter, dequantize.getLoc(),
                             quantization.unquantized, elementType(result));
        if (value.getType() != result.getType())
          value = tensor::CastOp::create(rewriter, dequantize.getLoc(),
                                         result.getType(), value);
      }
      remarkRewired(dequantize, quantization, {isNewResult, isNewCast});
      isNewResult = false;
      rewriter.replaceOp(dequantize, value);
    }
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
