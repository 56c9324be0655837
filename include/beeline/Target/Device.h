//===- Device.h - What the compiler knows of a chip -------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_DEVICE_H
#define BEELINE_TARGET_DEVICE_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace beeline {

/// A chip that layers are compiled for. Kernels, cost figures and gates read
/// this table; a new chip is a new row of it.
struct Device {
  enum class Platform { CPU, ROCm, CUDA };
  /// Whose bit patterns the chip's FP8 conversions produce. A CPU converts in
  /// integer arithmetic, whatever the format.
  enum class FP8 { Any, OCP, FNUZ };

  /// As `--target=` has it: LLVM's processor name.
  llvm::StringLiteral name;
  Platform platform;
  FP8 fp8;
  /// Whether the larger of two floats, or NaN if one is, is one instruction.
  bool hasMaximum;
  /// Lanes of a wave (AMD) or warp (NVIDIA).
  int64_t waveSize;
  /// Threads that a block can have.
  int64_t maxBlockSize;
  /// Bytes of on-chip memory (LDS, shared memory) that a block can declare.
  int64_t ldsBytes;
  /// Compute units (AMD) or streaming multiprocessors (NVIDIA). Of each: how
  /// many threads it holds at a time, and how many 32-bit registers for all of
  /// them.
  int64_t computeUnits;
  int64_t threadsPerUnit;
  int64_t registersPerUnit;
  /// Of the device's memory, in GB/s, read and written together.
  int64_t memoryBandwidth;
  /// What one more kernel in a graph costs, in nanoseconds.
  int64_t launchCost;

  bool isGPU() const { return platform != Platform::CPU; }
  /// Whether the chip converts to and from `type`, if that is an FP8 format.
  /// Every chip has the other types.
  bool supports(mlir::Type type) const;
  /// The FP8 formats that the chip has, as a message lists them.
  llvm::StringRef describeFP8() const;
};

llvm::ArrayRef<Device> getDevices();

/// Null if there is no such device.
const Device *lookupDevice(llvm::StringRef name);

/// `cpu, gfx942, ...`
std::string listDevices();

} // namespace beeline

#endif // BEELINE_TARGET_DEVICE_H
