//===- DeviceFormats.h - Conversions in hardware ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEFORMATS_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEFORMATS_H

#include "beeline/Target/Device.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <optional>

namespace beeline {

/// `value`, a vector of a format that the device has, as f32: exact.
mlir::Value createDeviceExtend(mlir::ImplicitLocOpBuilder &builder,
                               mlir::Value value, const Device &device);

/// `value`, a vector of a multiple of four f32, clamped to a magnitude of
/// `bound` if there is one, and rounded to nearest even: the bits of
/// `createTruncate`.
mlir::Value createDeviceTruncate(mlir::ImplicitLocOpBuilder &builder,
                                 mlir::Value value, mlir::FloatType type,
                                 const Device &device,
                                 std::optional<float> bound = std::nullopt);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_DEVICEFORMATS_H
