//===- BeelineDialect.h - The beeline dialect -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEDIALECT_H
#define BEELINE_DIALECT_IR_BEELINEDIALECT_H

#include "mlir/IR/Dialect.h"
#include "mlir/IR/Operation.h"

#include "beeline/Dialect/IR/BeelineDialect.h.inc"

#endif // BEELINE_DIALECT_IR_BEELINEDIALECT_H
