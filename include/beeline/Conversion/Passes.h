//===- Passes.h - Conversions of the beeline dialect ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_CONVERSION_PASSES_H
#define BEELINE_CONVERSION_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace beeline {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "beeline/Conversion/Passes.h.inc"

} // namespace beeline

#endif // BEELINE_CONVERSION_PASSES_H
