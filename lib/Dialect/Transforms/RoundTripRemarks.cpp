//===- RoundTripRemarks.cpp - What became of a round trip -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoundTripRemarks.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;
using remark::RemarkOpts;

static constexpr StringLiteral kCategory("beeline-elide-round-trips");

static RemarkOpts named(StringRef name) {
  return RemarkOpts::name(name).category(kCategory);
}

static void addSavings(remark::detail::InFlightRemark &remark,
                       const Savings &savings) {
  remark << remark::metric("Kernels", savings.kernels);
  if (savings.bytesPerRow)
    remark << remark::metric("BytesPerRow", *savings.bytesPerRow);
}

static void addRefusal(remark::detail::InFlightRemark &remark,
                       const Refusal &refusal) {
  remark << remark::reason("{0}", refusal.reason);
  if (!refusal.suggestion.empty())
    remark << remark::suggest("{0}", refusal.suggestion);
}

/// What goes with a quantization of its own kernel, or with the codes and
/// scales of an op that stays for its other results.
static Savings savingsWithout(QuantizeOpInterface op,
                              const Quantization &quantization, bool isWhole) {
  Savings savings{isWhole ? 1 : 0, std::nullopt};
  if (RowBytes row{quantization.codes.getType(), quantization.parameters}) {
    savings.bytesPerRow = row.quantized;
    bool readsIt = quantization.unquantized &&
                   quantization.unquantized.getDefiningOp() != op;
    if (isWhole && readsIt)
      *savings.bytesPerRow +=
          row.of(getElementTypeOrSelf(quantization.unquantized));
  }
  return savings;
}

void beeline::remarkKept(DequantizeOpInterface dequantize,
                         const Refusal &refusal) {
  auto remark = remark::missed(dequantize.getLoc(), named("RoundTripKept"));
  if (remark)
    addRefusal(remark, refusal);
}

void beeline::remarkRewired(DequantizeOpInterface dequantize,
                            ArrayRef<Quantization> quantizations,
                            Additions additions, const CostGate *gate) {
  auto remark = remark::passed(dequantize.getLoc(), named("RoundTripRemoved"));
  if (!remark)
    return;
  const Quantization &quantization = quantizations.front();
  Type valueType = getElementTypeOrSelf(quantization.unquantized);
  Type wantedType = getElementTypeOrSelf(dequantize->getResult(0));

  Savings savings{additions.cast && valueType != wantedType ? 0 : 1,
                  std::nullopt};
  Value codes = dequantize.getCodesOperand().get();
  if (RowBytes row{codes.getType(), dequantize.getParameters()}) {
    int64_t saved = row.quantized + row.of(wantedType);
    // A row of the quantization may be several of a view of it, or a part.
    if (RowBytes whole{quantization.codes.getType(), quantization.parameters};
        additions.result && whole)
      saved -= whole.of(valueType);
    if (savings.kernels == 0)
      saved -= row.of(valueType) + row.of(wantedType);
    savings.bytesPerRow = saved;
  }

  StringRef how = "";
  if (valueType.getIntOrFloatBitWidth() < wantedType.getIntOrFloatBitWidth())
    how = ", extended";
  else if (valueType != wantedType)
    how = ", rounded";
  std::string others;
  if (quantizations.size() > 1)
    others = llvm::formatv(" or of {0} more quantization{1}",
                           quantizations.size() - 1,
                           quantizations.size() > 2 ? "s" : "");
  remark << remark::add(
      "reads the {0} unquantized {1} value of '{2}'{3}{4}{5}",
      additions.result ? "new" : "existing", valueType,
      quantization.codes.getDefiningOp()->getName(), others, how,
      additions.isPassedOn ? ", passed on with the codes" : "");
  addSavings(remark, savings);
  if (gate && savings.bytesPerRow)
    remark << remark::metric(
        "Nanoseconds",
        gate->price(dequantize, savings.kernels, *savings.bytesPerRow));
}

void beeline::remarkKeptRequantization(QuantizeOpInterface op,
                                       const Refusal &refusal) {
  auto remark = remark::missed(op.getLoc(), named("RequantizationKept"));
  if (remark)
    addRefusal(remark, refusal);
}

void beeline::remarkForwardedRequantization(QuantizeOpInterface op) {
  auto remark = remark::passed(op.getLoc(), named("RequantizationRemoved"));
  if (remark)
    remark << remark::add("'{0}' quantizes again what was dequantized with the "
                          "same parameters: its readers get the first codes "
                          "and scales",
                          op->getName());
}

void beeline::remarkMergedQuantization(QuantizeOpInterface op,
                                       QuantizeOpInterface first) {
  auto remark = remark::passed(op.getLoc(), named("QuantizationMerged"));
  if (remark)
    remark << remark::add("'{0}' quantized the same value with the same "
                          "parameters",
                          first->getName());
}

void beeline::remarkRemovedDequantization(DequantizeOpInterface dequantize) {
  auto remark =
      remark::passed(dequantize.getLoc(), named("DequantizationRemoved"));
  if (!remark)
    return;
  Savings savings{1, std::nullopt};
  if (RowBytes row{dequantize.getCodesOperand().get().getType(),
                   dequantize.getParameters()})
    savings.bytesPerRow =
        row.quantized + row.of(getElementTypeOrSelf(dequantize->getResult(0)));
  remark << remark::add("nobody reads it any more");
  addSavings(remark, savings);
}

RemovedQuantization::RemovedQuantization(QuantizeOpInterface op)
    : loc(op.getLoc()), name(op->getName()) {
  bool isWhole = op->use_empty();
  savings.bytesPerRow = 0;
  for (const Quantization &quantization : op.getQuantizations()) {
    if (!quantization.codes.use_empty() || !quantization.scales.use_empty())
      continue;
    Savings one = savingsWithout(op, quantization, isWhole && count == 0);
    ++count;
    savings.kernels += one.kernels;
    if (savings.bytesPerRow && one.bytesPerRow)
      *savings.bytesPerRow += *one.bytesPerRow;
    else
      savings.bytesPerRow.reset();
  }
}

void RemovedQuantization::remark() const {
  if (count == 0)
    return;
  auto remark = remark::passed(loc, named("QuantizationRemoved"));
  if (!remark)
    return;
  remark << remark::add("nobody reads the codes and scales of '{0}' any more",
                        name);
  addSavings(remark, savings);
}
