//===- TensorBuffers.h - Buffers of lowered ops -----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lowered ops read their operands' buffers and fill fresh ones, so that
// one-shot bufferization has nothing to decide about them.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_TENSORBUFFERS_H
#define BEELINE_LIB_CONVERSION_TENSORBUFFERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace beeline {

/// A tensor's elements as a memref with identity layout, to be read.
mlir::Value createReadBuffer(mlir::ImplicitLocOpBuilder &builder,
                             mlir::Value tensor);

/// A fresh buffer of `type`'s shape, whose dynamic extents are those of
/// `sizes`.
mlir::Value createBuffer(mlir::ImplicitLocOpBuilder &builder,
                         mlir::RankedTensorType type,
                         llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// The whole of a fresh buffer as a tensor of `type`.
mlir::Value createTensor(mlir::ImplicitLocOpBuilder &builder,
                         mlir::RankedTensorType type, mlir::Value buffer);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_TENSORBUFFERS_H
