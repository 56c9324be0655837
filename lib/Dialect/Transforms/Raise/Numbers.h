//===- Numbers.h - Numbers that are known -----------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_NUMBERS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_NUMBERS_H

#include "Elements.h"

namespace beeline {

/// `value` in f32, if f32 has it.
std::optional<llvm::APFloat> toF32(llvm::APFloat value);

/// The number that `value` is: a constant, or an integer that is known.
std::optional<llvm::APFloat> getNumber(mlir::Value value);

bool isFinitePositive(const llvm::APFloat &value);

/// `kind` of numbers, rounded to `type`. Nothing where that is not arithmetic.
std::optional<llvm::APFloat> fold(TermKind kind,
                                  llvm::ArrayRef<llvm::APFloat> numbers,
                                  mlir::FloatType type);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_NUMBERS_H
