//===- DequantForm.cpp - Written-out dequantizations ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
//   f32(codes) * f32(scale of the element's group)
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

static bool isScaleType(Type type) {
  return isa<Float32Type, Float8E8M0FNUType>(type);
}

/// Why `scale` is not one of a group.
static std::string describeScale(Matcher &matcher, const Element &scale) {
  Term term = matcher.peek(scale);
  if (term.kind == TermKind::Round)
    return llvm::formatv("the scales are rounded to {0} before they are "
                         "multiplied",
                         term.type);
  return "the scales are not a tensor of f32 or f8E8M0FNU with one for each "
         "group of neighbours in a row";
}

std::optional<DequantForm> beeline::matchDequant(Matcher &matcher) {
  std::optional<Term> mul = matcher.getUnroundedProduct();
  if (!mul)
    return std::nullopt;

  StringRef name = DequantOp::getOperationName();
  std::optional<DequantForm> form;
  matcher.inEitherOrder(*mul, [&](const Element &code, const Element &scale) {
    if (!isCodeType(getElementTypeOrSelf(matcher.strip(code).value)))
      return false;
    std::optional<TensorUse> codes = matcher.findRows(code, isCodeType);
    if (!codes)
      return matcher.miss(mul->op, name,
                          "the codes are not a tensor of the result's shape");
    // A number, or a scale for all.
    if (matcher.peek(scale).isConstant())
      return false;
    std::optional<Grouping> scales = matcher.findGroups(scale, isScaleType);
    if (!scales)
      return matcher.miss(mul->op, name, describeScale(matcher, scale));
    if (scales->groupSize == 1 && matcher.getRowLength() != 1)
      return matcher.miss(mul->op, name, "each code has a factor of its own");
    form = {mul->op, *codes, *scales};
    return true;
  });
  return form;
}
