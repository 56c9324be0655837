//===- Driver.h - HIP and CUDA as one table of functions ----------*- C -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// HIP was made in the CUDA driver's image. Its functions have the same
// arguments, and the failures that are told apart here have the same numbers,
// so that one table serves both and only HIP.c and CUDA.c know which is which.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_RUNTIME_DRIVER_H
#define BEELINE_RUNTIME_DRIVER_H

#include "beeline/runtime.h"
#include <stddef.h>

/// A hipError_t or CUresult. 0 is success.
typedef int driver_result;

enum {
  RESULT_OUT_OF_MEMORY = 2,
  RESULT_STUB_LIBRARY = 34,
  RESULT_INSUFFICIENT_DRIVER = 35,
  RESULT_NO_DEVICE = 100,
  RESULT_INVALID_CONTEXT = 201,
  RESULT_NO_BINARY_FOR_GPU = 209,
  RESULT_INVALID_PTX = 218,
  RESULT_UNSUPPORTED_PTX_VERSION = 222,
  RESULT_SYSTEM_DRIVER_MISMATCH = 803,
  RESULT_STREAM_CAPTURE_IMPLICIT = 906,
};

/// A symbol of the driver library, and the function pointer that it fills.
typedef struct driver_symbol {
  const char *name;
  void *function;
} driver_symbol;

/// Device pointers are void * here, as in HIP. CUDA's are integers of the same
/// size, and are passed in the same way.
typedef struct driver {
  const char *api;
  /// File names, the most likely one first. Ends with a null pointer.
  const char *const *libraries;
  /// What has to be there. Ends with a null name.
  const driver_symbol *symbols;
  /// The most threads that a grid may have.
  uint64_t max_grid_threads;

  driver_result (*init)(unsigned flags);
  driver_result (*error_name)(driver_result result, const char **name);
  driver_result (*error_string)(driver_result result, const char **text);
  driver_result (*device_count)(int *count);
  driver_result (*device_name)(char *name, int size, int device);
  driver_result (*get_function)(void **function, void *image, const char *name);
  driver_result (*function_attribute)(int *value, int attribute,
                                      void *function);
  driver_result (*unload_image)(void *image);
  driver_result (*launch)(void *function, unsigned blocks_x, unsigned blocks_y,
                          unsigned blocks_z, unsigned threads_x,
                          unsigned threads_y, unsigned threads_z,
                          unsigned shared_bytes, void *stream, void **arguments,
                          void **extra);
  driver_result (*is_capturing)(void *stream, int *status);
  driver_result (*copy_async)(void *destination, void *source, size_t bytes,
                              void *stream);
  driver_result (*allocate)(void **pointer, size_t bytes);
  driver_result (*free)(void *pointer);
  driver_result (*upload)(void *destination, const void *source, size_t bytes);
  driver_result (*download)(void *destination, void *source, size_t bytes);
  driver_result (*synchronize)(void);

  /// The calling thread's current device; makes sure that there is one.
  driver_result (*current_device)(int *device);
  driver_result (*select_device)(int device);
  /// Writes "gfx950" or "sm_90".
  driver_result (*architecture)(int device, char *text, size_t size);
  /// Whether code for `target` runs on devices of `architecture`.
  int (*fits)(const char *target, const char *architecture);
  /// Loads a module's image onto the current device, which is `device`.
  beeline_status (*load_image)(const beeline_module *module, int device,
                               void **image);
  /// Forgets the last failure, if the driver remembers it for others to find.
  void (*forget_failure)(void);
} driver;

/// The platforms' tables, to be filled.
driver *beeline_hip(void);
driver *beeline_cuda(void);

/// Finds the driver that runs `target`'s code, in a state in which all of its
/// functions can be called: there is at least one device.
beeline_status beeline_find_driver(const char *target, const driver **found);

/// Fails with BEELINE_WRONG_DEVICE if `target`'s code does not run on `device`.
beeline_status beeline_check_device(const driver *driver, const char *target,
                                    int device);

#endif // BEELINE_RUNTIME_DRIVER_H
