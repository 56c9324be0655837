//===- Expectation.cpp - What must become of a round trip -----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expectation.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

std::optional<RoundTrip> differential::getExpectation(DequantOp dequant) {
  auto name = dequant->getAttrOfType<StringAttr>(expect::roundTrip);
  if (!name)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<RoundTrip>>(name.getValue())
      .Case("rewired", RoundTrip::Rewired)
      .Case("kept", RoundTrip::Kept)
      .Case("as_called", RoundTrip::AsCalled)
      .Default(std::nullopt);
}

void differential::setExpectation(DequantOp dequant, RoundTrip roundTrip,
                                  StringRef trap) {
  Builder builder(dequant.getContext());
  StringRef name = roundTrip == RoundTrip::Rewired ? "rewired"
                   : roundTrip == RoundTrip::Kept  ? "kept"
                                                   : "as_called";
  dequant->setAttr(expect::roundTrip, builder.getStringAttr(name));
  if (roundTrip == RoundTrip::Kept)
    dequant->setAttr(expect::trap, builder.getStringAttr(trap));
}

RoundTrip differential::getForwarding(GroupQuantOp quant) {
  return quant->hasAttr(expect::forwarded)           ? RoundTrip::Rewired
         : quant->hasAttr(expect::forwardedAsCalled) ? RoundTrip::AsCalled
                                                     : RoundTrip::Kept;
}

int64_t differential::getId(Operation *op) {
  auto id = op->getAttrOfType<IntegerAttr>(expect::id);
  return id ? id.getInt() : -1;
}
