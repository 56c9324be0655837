//===- CUDA.c - NVIDIA's driver, as HIP sees it ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// HIP's current device is in CUDA the current context, which a thread may lack,
// and of which a device may have several. As HIP on NVIDIA, the CUDA runtime
// and PyTorch do, this uses the primary one.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static driver cuda;

static struct {
  driver_result (*device_attribute)(int *value, int attribute, int device);
  driver_result (*context_device)(int *device);
  driver_result (*current_context)(void **context);
  driver_result (*set_current_context)(void *context);
  driver_result (*retain_primary_context)(void **context, int device);
  driver_result (*load_data)(void **image, const void *data,
                             unsigned num_options, int *options, void **values);
} only_cuda;

static const char *const libraries[] = {"libcuda.so.1", NULL};

static const driver_symbol symbols[] = {
    {"cuInit", &cuda.init},
    {"cuGetErrorName", &cuda.error_name},
    {"cuGetErrorString", &cuda.error_string},
    {"cuDeviceGetCount", &cuda.device_count},
    {"cuDeviceGetName", &cuda.device_name},
    {"cuModuleGetFunction", &cuda.get_function},
    {"cuFuncGetAttribute", &cuda.function_attribute},
    {"cuModuleUnload", &cuda.unload_image},
    {"cuLaunchKernel", &cuda.launch},
    {"cuStreamIsCapturing", &cuda.is_capturing},
    {"cuMemcpyDtoDAsync_v2", &cuda.copy_async},
    {"cuMemAlloc_v2", &cuda.allocate},
    {"cuMemFree_v2", &cuda.free},
    {"cuMemcpyHtoD_v2", &cuda.upload},
    {"cuMemcpyDtoH_v2", &cuda.download},
    {"cuCtxSynchronize", &cuda.synchronize},
    {"cuDeviceGetAttribute", &only_cuda.device_attribute},
    {"cuCtxGetDevice", &only_cuda.context_device},
    {"cuCtxGetCurrent", &only_cuda.current_context},
    {"cuCtxSetCurrent", &only_cuda.set_current_context},
    {"cuDevicePrimaryCtxRetain", &only_cuda.retain_primary_context},
    {"cuModuleLoadDataEx", &only_cuda.load_data},
    {NULL, NULL},
};

// The context is retained for good: loaded modules live in it. A CUdevice is
// the device's ordinal.
static driver_result select_device(int device) {
  void *context;
  driver_result result = only_cuda.retain_primary_context(&context, device);
  return result ? result : only_cuda.set_current_context(context);
}

static driver_result current_device(int *device) {
  driver_result result = only_cuda.context_device(device);
  if (result != RESULT_INVALID_CONTEXT)
    return result;
  *device = 0;
  return select_device(0);
}

static driver_result architecture(int device, char *text, size_t size) {
  enum { COMPUTE_CAPABILITY_MAJOR = 75, COMPUTE_CAPABILITY_MINOR = 76 };
  int major = 0, minor = 0;
  driver_result result =
      only_cuda.device_attribute(&major, COMPUTE_CAPABILITY_MAJOR, device);
  if (!result)
    result =
        only_cuda.device_attribute(&minor, COMPUTE_CAPABILITY_MINOR, device);
  snprintf(text, size, "sm_%d%d", major, minor);
  return result;
}

// PTX runs on the device it is for and on all later ones, but for sm_90a's
// kind, which uses what later ones may lack.
static int fits(const char *target, const char *architecture) {
  char *suffix;
  long needed = strtol(target + strlen("sm_"), &suffix, 10);
  long given = strtol(architecture + strlen("sm_"), NULL, 10);
  return *suffix ? given == needed : given >= needed;
}

static beeline_status check_context(int device) {
  void *current, *primary;
  driver_result result = only_cuda.current_context(&current);
  if (!result)
    result = only_cuda.retain_primary_context(&primary, device);
  if (result)
    return beeline_fail_in_driver(&cuda, result,
                                  "asking for device %d's context", device);
  if (current != primary)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "the current context is not device %d's primary one, "
                        "where layers run: cuDevicePrimaryCtxRetain gives it",
                        device);
  return BEELINE_OK;
}

static beeline_status load_image(const beeline_module *module, int device,
                                 void **image) {
  beeline_status status = check_context(device);
  if (status)
    return status;

  enum { JIT_ERROR_LOG_BUFFER = 5, JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };
  char log[1024] = "";
  int options[] = {JIT_ERROR_LOG_BUFFER, JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, (void *)(uintptr_t)sizeof log};
  driver_result result =
      only_cuda.load_data(image, module->image, 2, options, values);
  if (!result)
    return BEELINE_OK;
  log[sizeof log - 1] = '\0';
  return beeline_fail_in_driver(&cuda, result,
                                "compiling the code for %s onto device %d%s%s",
                                module->target, device, *log ? ":\n" : "", log);
}

// The driver does not remember failures.
static void forget_failure(void) {}

static driver cuda = {
    .api = "CUDA",
    .libraries = libraries,
    .symbols = symbols,
    .max_grid_threads = UINT64_MAX,
    .current_device = current_device,
    .select_device = select_device,
    .architecture = architecture,
    .fits = fits,
    .load_image = load_image,
    .forget_failure = forget_failure,
};

driver *beeline_cuda(void) { return &cuda; }
