//===- DeviceBuffer.cpp - Memory that a layer works on --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceBuffer.h"
#include "beeline/device.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>
#include <utility>

using namespace beeline;

/// What a layer wants of addresses, and more.
static constexpr uint64_t hostAlignment = 64;

static llvm::Error check(beeline_status status) {
  return status == BEELINE_OK ? llvm::Error::success()
                              : llvm::createStringError(beeline_message());
}

llvm::Expected<DeviceBuffer> DeviceBuffer::allocate(const Device &device,
                                                    uint64_t bytes) {
  void *address = nullptr;
  if (device.isGPU()) {
    if (llvm::Error error =
            check(beeline_device_allocate(device.name.data(), bytes, &address)))
      return std::move(error);
  } else {
    uint64_t size = std::max<uint64_t>(bytes, 1);
    if (size <= uint64_t(PTRDIFF_MAX) - hostAlignment)
      address =
          std::aligned_alloc(hostAlignment, llvm::alignTo(size, hostAlignment));
    if (!address)
      return llvm::createStringError("no memory for " + llvm::Twine(bytes) +
                                     " bytes");
  }
  return DeviceBuffer(device, address);
}

DeviceBuffer::DeviceBuffer(DeviceBuffer &&other)
    : device(other.device), address(std::exchange(other.address, nullptr)) {}

DeviceBuffer::~DeviceBuffer() {
  if (!address)
    return;
  if (device->isGPU())
    (void)beeline_device_free(device->name.data(), address);
  else
    std::free(address);
}

llvm::Error DeviceBuffer::upload(llvm::ArrayRef<char> source) {
  if (device->isGPU())
    return check(beeline_device_upload(device->name.data(), address,
                                       source.data(), source.size()));
  if (!source.empty())
    std::memcpy(address, source.data(), source.size());
  return llvm::Error::success();
}

llvm::Error
DeviceBuffer::download(llvm::MutableArrayRef<char> destination) const {
  if (device->isGPU())
    return check(beeline_device_download(
        device->name.data(), destination.data(), address, destination.size()));
  if (!destination.empty())
    std::memcpy(destination.data(), address, destination.size());
  return llvm::Error::success();
}

llvm::Error beeline::synchronize(const Device &device) {
  if (!device.isGPU())
    return llvm::Error::success();
  return check(beeline_device_synchronize(device.name.data()));
}
