//===- ScalarCasts.h - Casts of scalars from and to FP8 ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOCPU_SCALARCASTS_H
#define BEELINE_LIB_CONVERSION_BEELINETOCPU_SCALARCASTS_H

#include "mlir/IR/Operation.h"

namespace beeline {

/// Turns casts of scalars from and to 8-bit floats in bodies of linalg ops into
/// integer arithmetic. LLVM has no such types.
void lowerScalarCasts(mlir::Operation *root);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOCPU_SCALARCASTS_H
