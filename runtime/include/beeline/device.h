//===- beeline/device.h - Devices and their memory, for tools -----*- C -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program needs to run a compiled layer where no framework manages the
// device. Layers themselves do not use it.
//
// `target` is the layer's ("gfx950", "sm_90") and picks the driver. Everything
// happens on the calling thread's current device, the first if it chose none.
// Failures leave a message: beeline_message().
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DEVICE_H
#define BEELINE_DEVICE_H

#include "beeline/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a device is. The strings are cut if they are longer.
typedef struct beeline_device {
  /// "AMD Instinct MI350X"
  char name[256];
  /// "gfx950", "sm_90"
  char architecture[32];
} beeline_device;

/// The number of devices. It is at least one: without any, this fails with
/// BEELINE_NO_DEVICE or BEELINE_NO_DRIVER.
beeline_status beeline_device_count(const char *target, int *count);

/// Describes one of the devices, counted from 0.
beeline_status beeline_device_describe(const char *target, int device,
                                       beeline_device *description);

/// Makes a device the calling thread's current one. Fails with
/// BEELINE_WRONG_DEVICE if code for `target` does not run on it.
beeline_status beeline_device_select(const char *target, int device);

/// Allocates device memory, which is not initialized. 0 bytes have an address
/// too.
beeline_status beeline_device_allocate(const char *target, uint64_t bytes,
                                       void **pointer);
beeline_status beeline_device_free(const char *target, void *pointer);

/// Copies from the host to the device and back. Both return when it is done.
beeline_status beeline_device_upload(const char *target, void *destination,
                                     const void *source, uint64_t bytes);
beeline_status beeline_device_download(const char *target, void *destination,
                                       const void *source, uint64_t bytes);

/// Waits for everything that the device was given to do.
beeline_status beeline_device_synchronize(const char *target);

#ifdef __cplusplus
}
#endif

#endif // BEELINE_DEVICE_H
