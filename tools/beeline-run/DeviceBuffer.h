//===- DeviceBuffer.h - Memory that a layer works on ------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_DEVICEBUFFER_H
#define BEELINE_TOOLS_BEELINERUN_DEVICEBUFFER_H

#include "beeline/Target/Device.h"
#include "llvm/Support/Error.h"

namespace beeline {

/// Memory of a CPU, or of a GPU through its driver.
class DeviceBuffer {
public:
  static llvm::Expected<DeviceBuffer> allocate(const Device &device,
                                               uint64_t bytes);
  DeviceBuffer(DeviceBuffer &&other);
  DeviceBuffer &operator=(DeviceBuffer &&other) = delete;
  ~DeviceBuffer();

  void *get() const { return address; }
  /// Copies from and to the host. They return when it is done.
  llvm::Error upload(llvm::ArrayRef<char> source);
  llvm::Error download(llvm::MutableArrayRef<char> destination) const;

private:
  DeviceBuffer(const Device &device, void *address)
      : device(&device), address(address) {}

  const Device *device;
  void *address;
};

/// Waits for everything that the device was given to do.
llvm::Error synchronize(const Device &device);

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_DEVICEBUFFER_H
