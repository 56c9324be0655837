//===- Mutate.h - Changes of texts and of modules ---------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_FUZZ_MUTATE_H
#define BEELINE_TEST_FUZZ_MUTATE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <vector>

namespace beeline::fuzz {
class Random;

/// Changes a token, a line or a name of the text, with what there is in the
/// corpus's other texts.
void mutateText(std::string &text, const std::vector<std::string> &corpus,
                Random &random);

/// Changes an attribute, an operand, an op or a type. The module need not be
/// valid afterwards.
void mutateModule(mlir::ModuleOp module, Random &random);

} // namespace beeline::fuzz

#endif // BEELINE_TEST_FUZZ_MUTATE_H
