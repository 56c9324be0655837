//===- beeline/runtime.h - What a compiled layer calls ------------*- C -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions that beeline-compile's host code calls to get kernels onto a
// device and started. They are linked statically into each layer, which then
// depends on nothing but the C library: AMD's HIP or NVIDIA's CUDA driver is
// looked for when the first code is loaded.
//
// All of them may be called from any thread. What is not BEELINE_OK has left a
// message for the calling thread.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_RUNTIME_H
#define BEELINE_RUNTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The headers of layers have it too.
#ifndef BEELINE_STATUS_DEFINED
#define BEELINE_STATUS_DEFINED
typedef enum beeline_status {
  BEELINE_OK = 0,
  /// The caller's mistake: a pointer, an extent, a workspace, a grid.
  BEELINE_INVALID_ARGUMENT,
  /// No driver library, or one that is too old.
  BEELINE_NO_DRIVER,
  BEELINE_NO_DEVICE,
  /// The code was compiled for another device than the current one.
  BEELINE_WRONG_DEVICE,
  /// Of the device or the host.
  BEELINE_OUT_OF_MEMORY,
  /// The code is not on the current device yet, and cannot be loaded now.
  BEELINE_NOT_LOADED,
  /// Anything else that the driver reports. Its message is the driver's.
  BEELINE_DEVICE_ERROR
} beeline_status;
#endif

/// A code object and its kernels. The compiler emits it as a mutable global
/// whose `state` is null.
typedef struct beeline_module {
  /// "gfx942", "gfx950", "sm_90"
  const char *target;
  /// A HSACO file, or NUL-terminated PTX.
  const void *image;
  /// In bytes.
  uint64_t image_size;
  /// Names, which launches refer to by index.
  const char *const *kernels;
  uint64_t num_kernels;
  /// The runtime's.
  void *state;
} beeline_module;

/// Loads the module onto the current device, unless it is there already. Takes
/// time and memory, and must not happen while a stream is captured.
beeline_status beeline_load(beeline_module *module);

/// What every launch does first, for functions that begin with something else
/// (a copy): loads the module if need be. Fails with BEELINE_NOT_LOADED if it
/// would have to while `stream` is being captured.
beeline_status beeline_prepare(beeline_module *module, void *stream);

/// Starts a kernel on `blocks` blocks of `threads` threads, in one dimension.
/// Every argument is 8 bytes: a device pointer or an int64. Does nothing if
/// there are no blocks. Once the module is loaded, this allocates nothing and
/// waits for nothing, and can be captured.
beeline_status beeline_launch(beeline_module *module, uint64_t kernel,
                              uint64_t blocks, uint64_t threads,
                              const uint64_t *arguments, uint64_t num_arguments,
                              void *stream);

/// Copies bytes on the current device, in the order of `stream`. A module has
/// to be loaded or prepared first: it says which driver to copy with.
beeline_status beeline_copy(void *destination, const void *source,
                            uint64_t bytes, void *stream);

/// Checks of a call's arguments. `function` and `name` are for the message.
/// A pointer must be neither null nor off the 16-byte alignment that kernels
/// access memory with.
beeline_status beeline_check_pointer(const void *pointer, const char *function,
                                     const char *name);
/// A dynamic extent must not be negative.
beeline_status beeline_check_extent(int64_t extent, const char *function,
                                    const char *name);
/// An extent must be what another one or the type says.
beeline_status beeline_check_size(int64_t actual, int64_t expected,
                                  const char *function, const char *name);
/// Whatever else a layer needs of extents. `what` does not fit unless `holds`.
beeline_status beeline_check_condition(int holds, const char *function,
                                       const char *what);
/// A workspace of which `needed` bytes are used, which may be 0.
beeline_status beeline_check_workspace(const void *workspace, uint64_t given,
                                       uint64_t needed, const char *function);

/// The calling thread's last failure, "" if there was none. The text is valid
/// until the thread's next call that fails.
const char *beeline_message(void);

#ifdef __cplusplus
}
#endif

#endif // BEELINE_RUNTIME_H
