//===- ElementwiseOps.h - Row programs of arith and math --------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_DIALECT_IR_ELEMENTWISEOPS_H
#define BEELINE_LIB_DIALECT_IR_ELEMENTWISEOPS_H

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace beeline {

/// Gives elementwise ops of arith and math, which must be loaded, their row
/// programs.
void attachElementwiseModels(mlir::MLIRContext &context);

} // namespace beeline

#endif // BEELINE_LIB_DIALECT_IR_ELEMENTWISEOPS_H
