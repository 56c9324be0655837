//===- BeelineInterfaces.h - What the rewrites ask of an op -----*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything that a rewrite of round trips knows about the ops of a graph.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEINTERFACES_H
#define BEELINE_DIALECT_IR_BEELINEINTERFACES_H

#include "beeline/Dialect/IR/BeelineAttrs.h"
#include "beeline/Dialect/IR/RowProgram.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/APFloat.h"
#include <optional>
#include <string>

namespace beeline {

/// How a tensor was divided into groups and encoded: see "Group quantization"
/// in the dialect's description.
struct QuantizationParameters {
  /// Element type of the codes, e.g. f8E4M3FN.
  mlir::Type codeType;
  /// Element type of the scales, e.g. f32 or f8E8M0FNU.
  mlir::Type scaleType;
  /// Elements that share a scale.
  int64_t groupSize = 0;
  /// The dimension of the codes that is divided into groups.
  int64_t axis = 0;
  ScaleLayout layout = ScaleLayout::RowMajor;
  /// Largest code magnitude, and the floor under a group's largest magnitude,
  /// in units of the unquantized value. A quantization states both. A
  /// dequantization need not: what it computes does not depend on them.
  std::optional<llvm::APFloat> fmax, minAmax;
};

/// What differs between the parameters that wrote a quantized tensor and those
/// that read it, in words for a remark, or nullopt if they agree. Parameters
/// that a side does not state agree with every value.
std::optional<std::string>
describeMismatch(const QuantizationParameters &written,
                 const QuantizationParameters &read);

/// One quantization that an op performs.
struct Quantization {
  mlir::Value codes, scales;
  /// The value that was quantized, as an operand or a result of the op, or null
  /// if the op keeps it to itself. It has the shape of the codes.
  mlir::Value unquantized;
  /// Element type of the value that was quantized. If `unquantized` is narrower
  /// than this, it is that value, rounded once more.
  mlir::Type sourceType;
  QuantizationParameters parameters;
};

} // namespace beeline

#include "beeline/Dialect/IR/BeelineInterfaces.h.inc"

namespace beeline {

/// `op`, if it is row-wise, or null. Not every op with the interface is, with
/// every type: see `RowwiseOpInterface::isRowwise`.
RowwiseOpInterface getRowwise(mlir::Operation *op);

} // namespace beeline

#endif // BEELINE_DIALECT_IR_BEELINEINTERFACES_H
