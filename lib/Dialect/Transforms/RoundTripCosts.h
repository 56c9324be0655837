//===- RoundTripCosts.h - Whether a round trip's end pays -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of remarks, and of the gate that a target turns on. What is
// counted is kernels, if every op is one, and memory traffic: what removed
// kernels read and wrote, less what new results and casts read and write. A
// kernel costs the device's launch, a byte the inverse of its bandwidth.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPCOSTS_H
#define BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPCOSTS_H

#include "beeline/Analysis/UnquantizedValues.h"
#include "beeline/Target/Device.h"
#include <optional>

namespace beeline {

/// Bytes of one row of the tensors around a quantization, if the quantized
/// dimension is known.
struct RowBytes {
  RowBytes(mlir::Type codesType, const QuantizationParameters &parameters);

  /// Of a tensor of the codes' shape.
  int64_t of(mlir::Type elementType) const;

  explicit operator bool() const { return elements.has_value(); }

  std::optional<int64_t> elements;
  /// Codes and scales together.
  int64_t quantized = 0;
};

/// Decides, for one device and number of rows, which dequantizations to leave
/// alone.
class CostGate {
public:
  /// Rows that are known at run time only count as `assumedRows`.
  CostGate(const Device &device, int64_t assumedRows)
      : device(device), assumedRows(assumedRows) {}

  /// For each of `dequantizes` why its end does not pay, if so. Those that
  /// share new results pay for them together, and share their fate.
  llvm::SmallVector<std::optional<Refusal>>
  judge(mlir::ModuleOp module,
        llvm::ArrayRef<DequantizeOpInterface> dequantizes,
        const UnquantizedValues &plan) const;

  /// The nanoseconds in which the device starts `kernels` and moves
  /// `bytesPerRow` for the rows of one dequantization.
  int64_t price(DequantizeOpInterface dequantize, int64_t kernels,
                int64_t bytesPerRow) const;

private:
  double price(double kernels, double bytes) const;

  const Device &device;
  int64_t assumedRows;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_ROUNDTRIPCOSTS_H
