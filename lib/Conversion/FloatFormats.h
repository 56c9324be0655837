//===- FloatFormats.h - Conversions in integer arithmetic -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_FLOATFORMATS_H
#define BEELINE_LIB_CONVERSION_FLOATFORMATS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace beeline {

/// `value`, a scalar or a vector of a format of row programs
/// (`RowProgram::hasFormat`), as f32: exact, subnormals
/// included. NaN stays NaN.
mlir::Value createExtend(mlir::ImplicitLocOpBuilder &builder,
                         mlir::Value value);

/// `value`, a scalar or a vector of f32, rounded to nearest even in such a
/// format. NaN becomes the format's canonical one. What is too large becomes
/// infinity, or NaN where the format has none. Of f32 values, f8E8M0FNU takes
/// the positive powers of two that it holds and NaN.
mlir::Value createTruncate(mlir::ImplicitLocOpBuilder &builder,
                           mlir::Value value, mlir::FloatType type);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_FLOATFORMATS_H
