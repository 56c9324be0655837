//===- BeelineAttrs.td - Attributes of the beeline dialect -*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEATTRS_TD
#define BEELINE_DIALECT_IR_BEELINEATTRS_TD

include "beeline/Dialect/IR/BeelineDialect.td"
include "mlir/IR/EnumAttr.td"

def Beeline_ScaleLayout : I32EnumAttr<"ScaleLayout",
    "how the scales of a quantized tensor lie", [
      I32EnumAttrCase<"RowMajor", 0, "row_major">,
      I32EnumAttrCase<"GroupMajor", 1, "group_major">
    ]> {
  let cppNamespace = "::beeline";
  let genSpecializedAttr = 0;
}
def Beeline_ScaleLayoutAttr
    : EnumAttr<BeelineDialect, Beeline_ScaleLayout, "scale_layout"> {
  let description = [{
    `row_major`: scales are `[..., G]`. `group_major`: scales are `[G, ...]`.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Beeline_NormalizeFrom : I32EnumAttr<"NormalizeFrom",
    "which form of input + residual a norm reads", [
      I32EnumAttrCase<"F32", 0, "f32">,
      I32EnumAttrCase<"Rounded", 1, "rounded">
    ]> {
  let cppNamespace = "::beeline";
  let genSpecializedAttr = 0;
}
def Beeline_NormalizeFromAttr
    : EnumAttr<BeelineDialect, Beeline_NormalizeFrom, "normalize_from"> {
  let description = [{
    `f32`: the f32 sum of input and residual. `rounded`: that sum rounded to the
    residual's element type, which is what the `sum` result holds.
  }];
  let assemblyFormat = "`<` $value `>`";
}

#endif // BEELINE_DIALECT_IR_BEELINEATTRS_TD
