//===- Module.c - Loading code objects, launching their kernels -----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A module's state has a slot per device, written once under a lock when the
// module is loaded there. From then on a launch asks which device is current,
// reads that slot, and starts the kernel.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Error.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
  MAX_DEVICES = 64,
  /// CUDA's limit of 4 KiB.
  MAX_ARGUMENTS = 512,
  /// Of both APIs, in one dimension.
  MAX_BLOCKS = INT32_MAX,
  MAX_THREADS = 1024,
};

typedef struct module_state {
  const driver *driver;
  /// Per device the kernels' handles, null until the module is loaded there.
  void **kernels[MAX_DEVICES];
} module_state;

/// The driver of the modules of this library, which are for one target. Null
/// until one is prepared.
static const driver *active_driver;

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static beeline_status get_kernels(const driver *driver, void *image,
                                  const beeline_module *module,
                                  void **kernels) {
  for (uint64_t i = 0; i < module->num_kernels; ++i) {
    driver_result result =
        driver->get_function(&kernels[i], image, module->kernels[i]);
    // CUDA may put off a kernel's loading until something is asked of it; here
    // that must not be its first launch.
    enum { MAX_THREADS_PER_BLOCK = 0 };
    int ignored;
    if (!result)
      result = driver->function_attribute(&ignored, MAX_THREADS_PER_BLOCK,
                                          kernels[i]);
    if (result)
      return beeline_fail_in_driver(driver, result, "loading kernel '%s'",
                                    module->kernels[i]);
  }
  return BEELINE_OK;
}

static beeline_status load_kernels(const driver *driver, int device,
                                   const beeline_module *module,
                                   void ***kernels) {
  beeline_status status = beeline_check_device(driver, module->target, device);
  if (status)
    return status;
  // One more, since a module may have none.
  *kernels = calloc(module->num_kernels + 1, sizeof **kernels);
  if (!*kernels)
    return beeline_fail(BEELINE_OUT_OF_MEMORY, "no host memory for kernels");

  void *image;
  status = driver->load_image(module, device, &image);
  if (!status) {
    status = get_kernels(driver, image, module, *kernels);
    if (status)
      driver->unload_image(image);
  }
  if (status)
    free(*kernels);
  return status;
}

static module_state *state_of(const beeline_module *module) {
  return __atomic_load_n(&module->state, __ATOMIC_ACQUIRE);
}

static void **loaded_kernels(const module_state *state, int device) {
  return state ? __atomic_load_n(&state->kernels[device], __ATOMIC_ACQUIRE)
               : NULL;
}

/// The state, made at the first load. Under the lock.
static module_state *make_state(beeline_module *module, const driver *driver) {
  module_state *state = state_of(module);
  if (state)
    return state;
  state = calloc(1, sizeof *state);
  if (!state)
    return NULL;
  state->driver = driver;
  __atomic_store_n(&module->state, state, __ATOMIC_RELEASE);
  return state;
}

/// Under the lock.
static beeline_status load_on(const driver *driver, int device,
                              beeline_module *module) {
  module_state *state = make_state(module, driver);
  if (!state)
    return beeline_fail(BEELINE_OUT_OF_MEMORY, "no host memory for the module");
  if (loaded_kernels(state, device))
    return BEELINE_OK;
  void **kernels;
  beeline_status status = load_kernels(driver, device, module, &kernels);
  if (status)
    return status;
  __atomic_store_n(&active_driver, driver, __ATOMIC_RELEASE);
  __atomic_store_n(&state->kernels[device], kernels, __ATOMIC_RELEASE);
  return BEELINE_OK;
}

static beeline_status find_device(const driver *driver, int *device) {
  driver_result result = driver->current_device(device);
  if (result)
    return beeline_fail_in_driver(driver, result,
                                  "asking for the current device");
  if (*device < 0 || *device >= MAX_DEVICES)
    return beeline_fail(
        BEELINE_WRONG_DEVICE,
        "layers run on devices 0 to %d, and device %d is current",
        MAX_DEVICES - 1, *device);
  return BEELINE_OK;
}

/// Loading is no part of a graph, and breaks the capture of one.
static beeline_status check_not_capturing(const driver *driver, void *stream) {
  int capturing = 0;
  driver_result result = driver->is_capturing(stream, &capturing);
  // Asked of the default stream while another is captured.
  if (result == RESULT_STREAM_CAPTURE_IMPLICIT) {
    driver->forget_failure();
    capturing = 1;
  } else if (result) {
    return beeline_fail_in_driver(
        driver, result, "asking whether stream %p is captured", stream);
  }
  if (capturing)
    return beeline_fail(
        BEELINE_NOT_LOADED,
        "the layer is not loaded on this device, and cannot be "
        "while a stream is captured: call the library's function "
        "'<library>_load' before the capture");
  return BEELINE_OK;
}

/// Finds the kernels on the current device, and loads them if need be: unless
/// `stream`, if there is one to look at, is being captured.
static beeline_status prepare(beeline_module *module, void *const *stream,
                              void ***kernels) {
  module_state *state = state_of(module);
  const driver *driver = state ? state->driver : NULL;
  beeline_status status =
      state ? BEELINE_OK : beeline_find_driver(module->target, &driver);
  if (status)
    return status;
  int device;
  status = find_device(driver, &device);
  if (status)
    return status;
  *kernels = loaded_kernels(state, device);
  if (*kernels)
    return BEELINE_OK;

  status = stream ? check_not_capturing(driver, *stream) : BEELINE_OK;
  if (status)
    return status;
  pthread_mutex_lock(&loading);
  status = load_on(driver, device, module);
  pthread_mutex_unlock(&loading);
  if (status)
    return status;
  *kernels = loaded_kernels(state_of(module), device);
  return BEELINE_OK;
}

beeline_status beeline_load(beeline_module *module) {
  void **kernels;
  return prepare(module, NULL, &kernels);
}

beeline_status beeline_prepare(beeline_module *module, void *stream) {
  void **kernels;
  return prepare(module, &stream, &kernels);
}

//===----------------------------------------------------------------------===//
// Calling
//===----------------------------------------------------------------------===//

static beeline_status check_launch(const beeline_module *module,
                                   uint64_t kernel, uint64_t blocks,
                                   uint64_t threads, uint64_t num_arguments) {
  if (kernel >= module->num_kernels)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "kernel %" PRIu64 " of a module of %" PRIu64, kernel,
                        module->num_kernels);
  const char *name = module->kernels[kernel];
  if (blocks > MAX_BLOCKS)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "kernel '%s' would need %" PRIu64
                        " blocks, and a launch has at most %d",
                        name, blocks, MAX_BLOCKS);
  if (threads == 0 || threads > MAX_THREADS)
    return beeline_fail(
        BEELINE_INVALID_ARGUMENT,
        "kernel '%s': a block has 1 to %d threads, not %" PRIu64, name,
        MAX_THREADS, threads);
  if (num_arguments > MAX_ARGUMENTS)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "kernel '%s' has %" PRIu64
                        " arguments, and at most %d can be passed",
                        name, num_arguments, MAX_ARGUMENTS);
  return BEELINE_OK;
}

beeline_status beeline_launch(beeline_module *module, uint64_t kernel,
                              uint64_t blocks, uint64_t threads,
                              const uint64_t *arguments, uint64_t num_arguments,
                              void *stream) {
  if (blocks == 0)
    return BEELINE_OK;
  beeline_status status =
      check_launch(module, kernel, blocks, threads, num_arguments);
  if (status)
    return status;
  void **kernels;
  status = prepare(module, &stream, &kernels);
  if (status)
    return status;
  const driver *driver = state_of(module)->driver;
  if (blocks * threads > driver->max_grid_threads)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "kernel '%s' would need %" PRIu64
                        " threads, and a launch has at most %" PRIu64,
                        module->kernels[kernel], blocks * threads,
                        driver->max_grid_threads);

  void *addresses[MAX_ARGUMENTS];
  for (uint64_t i = 0; i < num_arguments; ++i)
    addresses[i] = (void *)&arguments[i];
  driver_result result =
      driver->launch(kernels[kernel], (unsigned)blocks, 1, 1, (unsigned)threads,
                     1, 1, 0, stream, addresses, NULL);
  if (result)
    return beeline_fail_in_driver(driver, result,
                                  "launching kernel '%s' on %" PRIu64
                                  " blocks of %" PRIu64 " threads",
                                  module->kernels[kernel], blocks, threads);
  return BEELINE_OK;
}

beeline_status beeline_copy(void *destination, const void *source,
                            uint64_t bytes, void *stream) {
  if (bytes == 0)
    return BEELINE_OK;
  const driver *driver = __atomic_load_n(&active_driver, __ATOMIC_ACQUIRE);
  if (!driver)
    return beeline_fail(BEELINE_NOT_LOADED,
                        "a copy before anything is loaded: call the library's "
                        "function '<library>_load' first");
  int device;
  beeline_status status = find_device(driver, &device);
  if (status)
    return status;
  driver_result result =
      driver->copy_async(destination, (void *)source, bytes, stream);
  if (result)
    return beeline_fail_in_driver(
        driver, result, "copying %" PRIu64 " bytes on the device", bytes);
  return BEELINE_OK;
}
