//===- InPlace.h - Results that may overwrite an argument -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_INPLACE_H
#define BEELINE_ANALYSIS_INPLACE_H

#include "mlir/IR/Value.h"

namespace beeline {

/// Whether a function's caller may pass one buffer for `argument`, which the
/// function takes, and `result`, a value that it returns: nobody reads the
/// argument any more once the op that makes the result has begun to write it,
/// but for that op itself, if it is row-wise and reads each element before it
/// writes the one in its place. Says no where it cannot tell.
bool mayShareBuffer(mlir::BlockArgument argument, mlir::Value result);

} // namespace beeline

#endif // BEELINE_ANALYSIS_INPLACE_H
