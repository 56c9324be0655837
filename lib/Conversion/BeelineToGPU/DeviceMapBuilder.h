//===- DeviceMapBuilder.h - The arithmetic of a chip ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEMAPBUILDER_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEMAPBUILDER_H

#include "beeline/Dialect/IR/RowProgram.h"
#include "beeline/Target/Device.h"

namespace beeline {

/// Builds the steps of a program in a kernel.
class DeviceMapBuilder final : public RowMapBuilder {
public:
  DeviceMapBuilder(mlir::ImplicitLocOpBuilder &builder, mlir::Type type,
                   const Device &device)
      : RowMapBuilder(builder, type), device(device) {}

  /// Without a branch for numbers at the ends of the range: such branches keep
  /// the divisions of a thread from overlapping, and hold registers for what
  /// is never computed.
  mlir::Value divNormal(mlir::Value lhs, mlir::Value rhs) override;
  mlir::Value inverseSqrtNormal(mlir::Value value) override;

private:
  /// Whether there are instructions that approximate functions of `value`.
  bool hasApproximations(mlir::Value value) const;
  /// The result of one of them, which intrinsic `intrinsic` is.
  mlir::Value approximate(llvm::StringRef intrinsic, mlir::Value value);
  /// 1 / value, rounded to nearest. Null if there is no short way to it.
  mlir::Value reciprocal(mlir::Value value);

  const Device &device;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEMAPBUILDER_H
