//===- Passes.h - From bufferized layers to C functions ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_PASSES_H
#define BEELINE_TARGET_PASSES_H

#include "mlir/Pass/Pass.h"

namespace beeline {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "beeline/Target/Passes.h.inc"

} // namespace beeline

#endif // BEELINE_TARGET_PASSES_H
