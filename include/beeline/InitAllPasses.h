//===- InitAllPasses.h - All of Beeline's passes ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_INITALLPASSES_H
#define BEELINE_INITALLPASSES_H

#include "beeline/Conversion/Passes.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "beeline/Pipelines/Passes.h"
#include "beeline/Target/Passes.h"

namespace beeline {

/// Registers passes and named pipelines, for tools that take them by name.
inline void registerAllPasses() {
  registerBeelinePasses();
  registerBeelineConversionPasses();
  registerBeelineTargetPasses();
  registerBeelinePipelines();
}

} // namespace beeline

#endif // BEELINE_INITALLPASSES_H
