//===- BeelineInterfaces.cpp - What the rewrites ask of an op -------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

#include "beeline/Dialect/IR/BeelineInterfaces.cpp.inc"

RowwiseOpInterface beeline::getRowwise(Operation *op) {
  auto rowwise = dyn_cast<RowwiseOpInterface>(op);
  return rowwise && rowwise.isRowwise() ? rowwise : RowwiseOpInterface();
}

static std::string str(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}
static std::string str(int64_t value) { return llvm::itostr(value); }
static std::string str(ScaleLayout layout) {
  return stringifyScaleLayout(layout).str();
}
static std::string str(const llvm::APFloat &value) {
  SmallString<16> text;
  value.toString(text);
  return text.str().str();
}

std::optional<std::string>
beeline::describeMismatch(const QuantizationParameters &written,
                          const QuantizationParameters &read) {
  auto differs = [](StringRef what, const auto &written, const auto &read) {
    return llvm::formatv("{0} is {1} where it was quantized and {2} where it "
                         "is read",
                         what, str(written), str(read))
        .str();
  };
  if (written.codeType != read.codeType)
    return differs("the FP8 format", written.codeType, read.codeType);
  if (written.scaleType != read.scaleType)
    return differs("the scale type", written.scaleType, read.scaleType);
  if (written.axis != read.axis)
    return differs("the quantized axis", written.axis, read.axis);
  if (written.groupSize != read.groupSize)
    return differs("the group size", written.groupSize, read.groupSize);
  if (written.layout != read.layout)
    return differs("the scale layout", written.layout, read.layout);
  auto disagree = [](const std::optional<llvm::APFloat> &a,
                     const std::optional<llvm::APFloat> &b) {
    return a && b && !a->bitwiseIsEqual(*b);
  };
  if (disagree(written.fmax, read.fmax))
    return differs("fmax", *written.fmax, *read.fmax);
  if (disagree(written.minAmax, read.minAmax))
    return differs("min_amax", *written.minAmax, *read.minAmax);
  return std::nullopt;
}
