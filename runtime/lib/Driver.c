//===- Driver.c - Finding a driver, and whether a device fits -------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Error.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_library(const char *name, int flags, void **library) {
  *library = dlopen(name, RTLD_NOW | RTLD_LOCAL | flags);
  return *library;
}

/// Opens the driver's library: the one that the process has already, which a
/// framework may have brought along in any version, else the newest.
static beeline_status open_driver(const driver *driver, void **library,
                                  const char **name) {
  const char *given = getenv("BEELINE_DRIVER");
  const char *const given_only[] = {given, NULL};
  const char *const *names = given && *given ? given_only : driver->libraries;

  for (const char *const *it = names; *it; ++it)
    if (open_library(*name = *it, RTLD_NOLOAD, library))
      return BEELINE_OK;

  char reasons[1024] = "";
  for (const char *const *it = names; *it; ++it) {
    if (open_library(*name = *it, 0, library))
      return BEELINE_OK;
    size_t length = strlen(reasons);
    snprintf(reasons + length, sizeof reasons - length, "\n  %s", dlerror());
  }
  return beeline_fail(BEELINE_NO_DRIVER,
                      "no %s driver library can be opened (BEELINE_DRIVER may "
                      "name one):%s",
                      driver->api, reasons);
}

static beeline_status resolve_symbols(const driver *driver, void *library,
                                      const char *name) {
  for (const driver_symbol *it = driver->symbols; it->name; ++it) {
    void *address = dlsym(library, it->name);
    if (!address)
      return beeline_fail(BEELINE_NO_DRIVER,
                          "%s has no %s: the driver is too old", name,
                          it->name);
    memcpy(it->function, &address, sizeof address);
  }
  return BEELINE_OK;
}

static beeline_status start_driver(const driver *driver) {
  void *library;
  const char *name;
  beeline_status status = open_driver(driver, &library, &name);
  if (status)
    return status;
  status = resolve_symbols(driver, library, name);
  if (status)
    return status;

  driver_result result = driver->init(0);
  if (result)
    return beeline_fail_in_driver(driver, result, "starting %s", name);
  int count = 0;
  result = driver->device_count(&count);
  if (result)
    return beeline_fail_in_driver(driver, result, "counting devices");
  if (count == 0)
    return beeline_fail(BEELINE_NO_DEVICE, "%s sees no device", name);
  return BEELINE_OK;
}

/// Starts a driver, once. A failure is not remembered: it may be gone when the
/// caller tries again.
static beeline_status start_once(const driver *driver, int *started) {
  if (__atomic_load_n(started, __ATOMIC_ACQUIRE))
    return BEELINE_OK;
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  beeline_status status = *started ? BEELINE_OK : start_driver(driver);
  if (!status)
    __atomic_store_n(started, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&mutex);
  return status;
}

beeline_status beeline_find_driver(const char *target, const driver **found) {
  static int hip_started, cuda_started;
  if (!strncmp(target, "gfx", 3)) {
    *found = beeline_hip();
    return start_once(*found, &hip_started);
  }
  if (!strncmp(target, "sm_", 3)) {
    *found = beeline_cuda();
    return start_once(*found, &cuda_started);
  }
  return beeline_fail(BEELINE_INVALID_ARGUMENT, "no driver runs target '%s'",
                      target);
}

beeline_status beeline_check_device(const driver *driver, const char *target,
                                    int device) {
  char architecture[32];
  driver_result result =
      driver->architecture(device, architecture, sizeof architecture);
  if (result)
    return beeline_fail_in_driver(
        driver, result, "asking for device %d's architecture", device);
  if (driver->fits(target, architecture))
    return BEELINE_OK;
  char name[256] = "";
  driver->device_name(name, sizeof name, device);
  return beeline_fail(BEELINE_WRONG_DEVICE,
                      "the code is for %s, and device %d (%s) is %s", target,
                      device, name, architecture);
}
