//===- Device.c - Devices and their memory, for tools ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/device.h"
#include "Driver.h"
#include "Error.h"
#include <inttypes.h>

beeline_status beeline_device_count(const char *target, int *count) {
  *count = 0;
  const driver *driver;
  beeline_status status = beeline_find_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->device_count(count);
  if (result)
    return beeline_fail_in_driver(driver, result, "counting devices");
  return BEELINE_OK;
}

/// Finds the driver, and fails if `device` is not one of its devices.
static beeline_status find_driver_of(const char *target, int device,
                                     const driver **driver) {
  int count;
  beeline_status status = beeline_device_count(target, &count);
  if (status)
    return status;
  if (device < 0 || device >= count)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "there is no device %d: the last one is %d", device,
                        count - 1);
  return beeline_find_driver(target, driver);
}

beeline_status beeline_device_describe(const char *target, int device,
                                       beeline_device *description) {
  const driver *driver;
  beeline_status status = find_driver_of(target, device, &driver);
  if (status)
    return status;
  driver_result result =
      driver->device_name(description->name, sizeof description->name, device);
  if (!result)
    result = driver->architecture(device, description->architecture,
                                  sizeof description->architecture);
  if (result)
    return beeline_fail_in_driver(driver, result, "describing device %d",
                                  device);
  return BEELINE_OK;
}

beeline_status beeline_device_select(const char *target, int device) {
  const driver *driver;
  beeline_status status = find_driver_of(target, device, &driver);
  if (!status)
    status = beeline_check_device(driver, target, device);
  if (status)
    return status;
  driver_result result = driver->select_device(device);
  if (result)
    return beeline_fail_in_driver(driver, result, "selecting device %d",
                                  device);
  return BEELINE_OK;
}

/// Finds the driver, and makes sure that the thread has a current device.
static beeline_status enter_driver(const char *target, const driver **driver) {
  beeline_status status = beeline_find_driver(target, driver);
  if (status)
    return status;
  int device;
  driver_result result = (*driver)->current_device(&device);
  if (result)
    return beeline_fail_in_driver(*driver, result,
                                  "asking for the current device");
  return BEELINE_OK;
}

beeline_status beeline_device_allocate(const char *target, uint64_t bytes,
                                       void **pointer) {
  const driver *driver;
  beeline_status status = enter_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->allocate(pointer, bytes ? bytes : 1);
  if (result)
    return beeline_fail_in_driver(
        driver, result, "allocating %" PRIu64 " bytes of device memory", bytes);
  return BEELINE_OK;
}

beeline_status beeline_device_free(const char *target, void *pointer) {
  const driver *driver;
  beeline_status status = enter_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->free(pointer);
  if (result)
    return beeline_fail_in_driver(driver, result, "freeing device memory");
  return BEELINE_OK;
}

beeline_status beeline_device_upload(const char *target, void *destination,
                                     const void *source, uint64_t bytes) {
  if (bytes == 0)
    return BEELINE_OK;
  const driver *driver;
  beeline_status status = enter_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->upload(destination, source, bytes);
  if (result)
    return beeline_fail_in_driver(
        driver, result, "copying %" PRIu64 " bytes to the device", bytes);
  return BEELINE_OK;
}

beeline_status beeline_device_download(const char *target, void *destination,
                                       const void *source, uint64_t bytes) {
  if (bytes == 0)
    return BEELINE_OK;
  const driver *driver;
  beeline_status status = enter_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->download(destination, (void *)source, bytes);
  if (result)
    return beeline_fail_in_driver(
        driver, result, "copying %" PRIu64 " bytes from the device", bytes);
  return BEELINE_OK;
}

beeline_status beeline_device_synchronize(const char *target) {
  const driver *driver;
  beeline_status status = enter_driver(target, &driver);
  if (status)
    return status;
  driver_result result = driver->synchronize();
  if (result)
    return beeline_fail_in_driver(driver, result, "waiting for the device");
  return BEELINE_OK;
}
