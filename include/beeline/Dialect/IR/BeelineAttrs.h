//===- BeelineAttrs.h - Attributes of the beeline dialect -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEATTRS_H
#define BEELINE_DIALECT_IR_BEELINEATTRS_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/DialectImplementation.h"

#include "beeline/Dialect/IR/BeelineEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "beeline/Dialect/IR/BeelineAttrs.h.inc"

#endif // BEELINE_DIALECT_IR_BEELINEATTRS_H
