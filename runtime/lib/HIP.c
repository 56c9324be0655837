//===- HIP.c - AMD's driver -----------------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Error.h"
#include <stdio.h>
#include <string.h>

static driver hip;

static struct {
  driver_result (*load_data)(void **image, const void *data);
  driver_result (*device_properties)(void *properties, int device);
  driver_result (*get_last_error)(void);
} only_hip;

static const char *const libraries[] = {"libamdhip64.so.7", "libamdhip64.so.6",
                                        "libamdhip64.so.5", "libamdhip64.so",
                                        NULL};

static const driver_symbol symbols[] = {
    {"hipInit", &hip.init},
    {"hipDrvGetErrorName", &hip.error_name},
    {"hipDrvGetErrorString", &hip.error_string},
    {"hipGetDeviceCount", &hip.device_count},
    {"hipDeviceGetName", &hip.device_name},
    {"hipModuleGetFunction", &hip.get_function},
    {"hipFuncGetAttribute", &hip.function_attribute},
    {"hipModuleUnload", &hip.unload_image},
    {"hipModuleLaunchKernel", &hip.launch},
    {"hipStreamIsCapturing", &hip.is_capturing},
    {"hipMemcpyDtoDAsync", &hip.copy_async},
    {"hipMalloc", &hip.allocate},
    {"hipFree", &hip.free},
    {"hipMemcpyHtoD", &hip.upload},
    {"hipMemcpyDtoH", &hip.download},
    {"hipDeviceSynchronize", &hip.synchronize},
    {"hipGetDevice", &hip.current_device},
    {"hipSetDevice", &hip.select_device},
    {"hipModuleLoadData", &only_hip.load_data},
    {"hipGetDeviceProperties", &only_hip.device_properties},
    {"hipGetLastError", &only_hip.get_last_error},
    {NULL, NULL},
};

// The layout of hipDeviceProp_t changed in HIP 6, and HIP's headers made the
// name an alias of hipGetDevicePropertiesR0600 then. The symbol of the plain
// name, up to and including HIP 7, still fills the old layout, so that one
// offset serves all versions. (The compute capability would need no layout, but
// "9.0" is gfx900 and gfx90a and no name for a message.)
enum {
  PROPERTIES_SIZE = 792,
  ARCHITECTURE_OFFSET = 396,
  ARCHITECTURE_SIZE = 256
};

static driver_result architecture(int device, char *text, size_t size) {
  // Twice the size that is known: a field may have been added at the end.
  _Alignas(8) char properties[2 * PROPERTIES_SIZE] = {0};
  driver_result result = only_hip.device_properties(properties, device);
  // "gfx950:sramecc+:xnack-"
  const char *name = properties + ARCHITECTURE_OFFSET;
  int length = (int)strcspn(name, ":");
  if (length > ARCHITECTURE_SIZE)
    length = ARCHITECTURE_SIZE;
  snprintf(text, size, "%.*s", length, name);
  return result;
}

static int fits(const char *target, const char *architecture) {
  return !strcmp(target, architecture);
}

static beeline_status load_image(const beeline_module *module, int device,
                                 void **image) {
  driver_result result = only_hip.load_data(image, module->image);
  if (result)
    return beeline_fail_in_driver(&hip, result,
                                  "loading the code for %s onto device %d",
                                  module->target, device);
  return BEELINE_OK;
}

// A framework that asks for its own launches' failures would find ours.
static void forget_failure(void) { only_hip.get_last_error(); }

static driver hip = {
    .api = "HIP",
    .libraries = libraries,
    .symbols = symbols,
    // The size of a grid is 32 bits of a dispatch packet, and counts threads.
    .max_grid_threads = UINT32_MAX,
    .architecture = architecture,
    .fits = fits,
    .load_image = load_image,
    .forget_failure = forget_failure,
};

driver *beeline_hip(void) { return &hip; }
