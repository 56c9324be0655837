//===- FakeDriver.c - A driver that writes down how it is called ----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry points of HIP and of the CUDA driver that the runtime uses, with
// their binary interface. Device memory is the host's, and kernels do nothing.
// An image is a text of lines "name number-of-arguments", one per kernel.
//
//   FAKE_DRIVER_LOG        the file that gets a line per call
//   FAKE_DRIVER_DEVICES    their architectures: "gfx950:sramecc+:xnack-,gfx942"
//   FAKE_DRIVER_FAIL       calls that fail, and how: "hipInit=100,hipMalloc=2"
//   FAKE_DRIVER_CAPTURING  the handle of the only stream that is being captured
//   FAKE_DRIVER_CONTEXT    CUDA's current context when a thread starts: the
//                          "primary" or "another" one of device 0, else none
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long long CUdeviceptr;

enum {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  CAPTURE_IMPLICIT = 906,
  MAX_DEVICES = 128,
};

typedef struct image {
  char *text;
  int device;
} image;

typedef struct function {
  char name[64];
  int num_arguments;
  int device;
} function;

typedef struct context {
  int device;
} context;

static context primary[MAX_DEVICES], another = {0};

static _Thread_local int hip_device = 0;
static _Thread_local context *cuda_context = NULL;
static _Thread_local int thread_has_started = 0;
static _Thread_local int last_error = SUCCESS;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

//===----------------------------------------------------------------------===//
// The log, and failing on demand
//===----------------------------------------------------------------------===//

static int wanted_failure(const char *call) {
  size_t length = strlen(call);
  for (const char *it = setting("FAKE_DRIVER_FAIL"); it && *it;
       it = (it = strchr(it, ',')) ? it + 1 : NULL)
    if (!strncmp(it, call, length) && it[length] == '=')
      return atoi(it + length + 1);
  return SUCCESS;
}

/// Writes a line, and says how the call is to fail.
__attribute__((format(printf, 2, 3))) static int
called(const char *call, const char *format, ...) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  FILE *log = fopen(setting("FAKE_DRIVER_LOG"), "a");
  if (log) {
    fputs(call, log);
    va_list values;
    va_start(values, format);
    vfprintf(log, format, values);
    va_end(values);
    fputc('\n', log);
    fclose(log);
  }
  pthread_mutex_unlock(&mutex);
  int failure = wanted_failure(call);
  if (failure)
    last_error = failure;
  return failure;
}

//===----------------------------------------------------------------------===//
// Devices and contexts
//===----------------------------------------------------------------------===//

/// Copies a device's architecture, if there is such a device.
static int architecture_of(int device, char *text, size_t size) {
  const char *it = setting("FAKE_DRIVER_DEVICES");
  for (int i = 0; i < device && it; ++i)
    it = (it = strchr(it, ',')) ? it + 1 : NULL;
  if (device < 0 || !it || !*it)
    return INVALID_DEVICE;
  snprintf(text, size, "%.*s", (int)strcspn(it, ","), it);
  return SUCCESS;
}

static int number_of_devices(void) {
  char ignored[64];
  int count = 0;
  while (architecture_of(count, ignored, sizeof ignored) == SUCCESS)
    ++count;
  return count;
}

static const char *own_file(void) {
  Dl_info info;
  dladdr((void *)own_file, &info);
  const char *slash = strrchr(info.dli_fname, '/');
  return slash ? slash + 1 : info.dli_fname;
}

static int init(const char *call) { return called(call, " in %s", own_file()); }

static int device_count(const char *call, int *count) {
  *count = number_of_devices();
  return called(call, "%s", "");
}

static int device_name(const char *call, char *name, int size, int device) {
  snprintf(name, (size_t)size, "Fake Device %d", device);
  return called(call, " %d", device);
}

/// The current context's device, or -1.
static int cuda_device(void) {
  if (!thread_has_started) {
    thread_has_started = 1;
    for (int i = 0; i < MAX_DEVICES; ++i)
      primary[i].device = i;
    const char *start = setting("FAKE_DRIVER_CONTEXT");
    cuda_context = !strcmp(start, "primary")   ? &primary[0]
                   : !strcmp(start, "another") ? &another
                                               : NULL;
  }
  return cuda_context ? cuda_context->device : -1;
}

static int current_device(const char *call) {
  return !strncmp(call, "hip", 3) ? hip_device : cuda_device();
}

//===----------------------------------------------------------------------===//
// Images, functions, launches
//===----------------------------------------------------------------------===//

static int load(const char *call, void **out, const void *text) {
  int device = current_device(call);
  int failure = called(call, " on device %d", device);
  if (failure)
    return failure;
  if (device < 0)
    return INVALID_CONTEXT;
  // Takes a while, so that other threads get here too if nothing keeps them
  // off.
  nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
  image *result = malloc(sizeof *result);
  result->text = strdup(text);
  result->device = device;
  *out = result;
  return SUCCESS;
}

static int unload(const char *call, image *image) {
  int failure = called(call, " on device %d", image->device);
  free(image->text);
  free(image);
  return failure;
}

static int get_function(const char *call, void **out, const image *image,
                        const char *name) {
  int failure = called(call, " %s", name);
  if (failure)
    return failure;
  size_t length = strlen(name);
  for (const char *it = image->text; it && *it;
       it = (it = strchr(it, '\n')) ? it + 1 : NULL) {
    if (strncmp(it, name, length) || it[length] != ' ')
      continue;
    function *result = malloc(sizeof *result);
    snprintf(result->name, sizeof result->name, "%s", name);
    result->num_arguments = atoi(it + length);
    result->device = image->device;
    *out = result;
    return SUCCESS;
  }
  return NOT_FOUND;
}

static int launch(const char *call, const function *function,
                  const unsigned grid[3], const unsigned block[3],
                  unsigned shared, void *stream, void **arguments,
                  void **extra) {
  char text[8192] = "";
  for (int i = 0; i < function->num_arguments; ++i) {
    uint64_t value;
    memcpy(&value, arguments[i], sizeof value);
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, " 0x%llx",
             (unsigned long long)value);
  }
  int failure = called(call,
                       " %s grid %u,%u,%u block %u,%u,%u shared %u stream %p "
                       "extra %p arguments%s",
                       function->name, grid[0], grid[1], grid[2], block[0],
                       block[1], block[2], shared, stream, (void *)extra, text);
  if (failure)
    return failure;
  return function->device == current_device(call) ? SUCCESS : INVALID_HANDLE;
}

static int is_capturing(const char *call, void *stream, int *status) {
  int failure = called(call, " %p", stream);
  const char *captured = setting("FAKE_DRIVER_CAPTURING");
  *status = 0;
  if (failure || !*captured)
    return failure;
  if (!stream)
    return last_error = CAPTURE_IMPLICIT;
  *status = strtoull(captured, NULL, 16) == (uintptr_t)stream;
  return SUCCESS;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static int allocate(const char *call, void **pointer, size_t bytes) {
  int failure = called(call, " %zu", bytes);
  if (!failure)
    *pointer = malloc(bytes);
  return failure;
}

static int release(const char *call, void *pointer) {
  int failure = called(call, "%s", "");
  if (!failure)
    free(pointer);
  return failure;
}

static int copy(const char *call, void *destination, const void *source,
                size_t bytes) {
  int failure = called(call, " %zu", bytes);
  if (!failure)
    memcpy(destination, source, bytes);
  return failure;
}

static int copy_async(const char *call, uintptr_t destination, uintptr_t source,
                      size_t bytes, void *stream) {
  return called(call, " 0x%zx from 0x%zx, %zu bytes, stream %p", destination,
                source, bytes, stream);
}

//===----------------------------------------------------------------------===//
// HIP
//===----------------------------------------------------------------------===//

int hipInit(unsigned flags) { return init(__func__); }

int hipDrvGetErrorName(int error, const char **name) {
  *name = error == NO_DEVICE ? "hipErrorNoDevice" : "hipErrorOfTheFake";
  return SUCCESS;
}

int hipDrvGetErrorString(int error, const char **text) {
  *text = "as it was told to";
  return SUCCESS;
}

int hipGetLastError(void) {
  int error = last_error;
  called(__func__, " was %d", error);
  last_error = SUCCESS;
  return error;
}

int hipGetDeviceCount(int *count) {
  int failure = device_count(__func__, count);
  return failure ? failure : *count ? SUCCESS : NO_DEVICE;
}

int hipDeviceGetName(char *name, int size, int device) {
  return device_name(__func__, name, size, device);
}

/// Of the layout that the symbol has had since HIP 4.
int hipGetDeviceProperties(void *properties, int device) {
  int failure = called(__func__, " %d", device);
  memset(properties, 0xcd, 792);
  return failure ? failure
                 : architecture_of(device, (char *)properties + 396, 256);
}

int hipGetDevice(int *device) {
  *device = hip_device;
  return called(__func__, "%s", "");
}

int hipSetDevice(int device) {
  hip_device = device;
  return called(__func__, " %d", device);
}

int hipModuleLoadData(void **image, const void *data) {
  return load(__func__, image, data);
}

int hipModuleUnload(void *image) { return unload(__func__, image); }

int hipModuleGetFunction(void **function, void *image, const char *name) {
  return get_function(__func__, function, image, name);
}

int hipFuncGetAttribute(int *value, int attribute, void *function) {
  *value = 1024;
  return called(__func__, " %d", attribute);
}

#ifndef FAKE_DRIVER_IS_OLD
int hipModuleLaunchKernel(void *function, unsigned grid_x, unsigned grid_y,
                          unsigned grid_z, unsigned block_x, unsigned block_y,
                          unsigned block_z, unsigned shared, void *stream,
                          void **arguments, void **extra) {
  const unsigned grid[] = {grid_x, grid_y, grid_z};
  const unsigned block[] = {block_x, block_y, block_z};
  return launch(__func__, function, grid, block, shared, stream, arguments,
                extra);
}
#endif

int hipStreamIsCapturing(void *stream, int *status) {
  return is_capturing(__func__, stream, status);
}

int hipMemcpyDtoDAsync(void *destination, void *source, size_t bytes,
                       void *stream) {
  return copy_async(__func__, (uintptr_t)destination, (uintptr_t)source, bytes,
                    stream);
}

int hipMalloc(void **pointer, size_t bytes) {
  return allocate(__func__, pointer, bytes);
}

int hipFree(void *pointer) { return release(__func__, pointer); }

int hipMemcpyHtoD(void *destination, const void *source, size_t bytes) {
  return copy(__func__, destination, source, bytes);
}

int hipMemcpyDtoH(void *destination, void *source, size_t bytes) {
  return copy(__func__, destination, source, bytes);
}

int hipDeviceSynchronize(void) { return called(__func__, "%s", ""); }

//===----------------------------------------------------------------------===//
// CUDA
//===----------------------------------------------------------------------===//

int cuInit(unsigned flags) { return init(__func__); }

int cuGetErrorName(int error, const char **name) {
  // Some have none.
  *name = error == NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : NULL;
  return *name ? SUCCESS : INVALID_VALUE;
}

int cuGetErrorString(int error, const char **text) {
  *text = error == NO_DEVICE ? "as it was told to" : NULL;
  return *text ? SUCCESS : INVALID_VALUE;
}

int cuDeviceGetCount(int *count) { return device_count(__func__, count); }

int cuDeviceGetName(char *name, int size, int device) {
  return device_name(__func__, name, size, device);
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  int failure = called(__func__, " %d of device %d", attribute, device);
  char text[64];
  if (!failure)
    failure = architecture_of(device, text, sizeof text);
  if (failure)
    return failure;
  int number = atoi(text + strlen("sm_"));
  *value = attribute == 75 ? number / 10 : attribute == 76 ? number % 10 : -1;
  return SUCCESS;
}

int cuCtxGetDevice(int *device) {
  int failure = called(__func__, "%s", "");
  *device = cuda_device();
  return failure ? failure : *device < 0 ? INVALID_CONTEXT : SUCCESS;
}

int cuCtxGetCurrent(void **context) {
  cuda_device();
  *context = cuda_context;
  return called(__func__, "%s", "");
}

int cuCtxSetCurrent(void *context) {
  cuda_device();
  cuda_context = context;
  return called(__func__, " of device %d", cuda_context->device);
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
  cuda_device();
  *context = &primary[device];
  return called(__func__, " %d", device);
}

int cuModuleLoadDataEx(void **image, const void *data, unsigned num_options,
                       int *options, void **values) {
  int failure = load(__func__, image, data);
  enum { JIT_ERROR_LOG_BUFFER = 5, JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };
  if (failure && num_options == 2 && options[0] == JIT_ERROR_LOG_BUFFER &&
      options[1] == JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
    snprintf(values[0], (uintptr_t)values[1],
             "ptxas fake.ptx, line 3; error: the log of %zu bytes",
             (size_t)(uintptr_t)values[1]);
  return failure;
}

int cuModuleUnload(void *image) { return unload(__func__, image); }

int cuModuleGetFunction(void **function, void *image, const char *name) {
  return get_function(__func__, function, image, name);
}

int cuFuncGetAttribute(int *value, int attribute, void *function) {
  *value = 1024;
  return called(__func__, " %d", attribute);
}

int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y,
                   unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared, void *stream,
                   void **arguments, void **extra) {
  const unsigned grid[] = {grid_x, grid_y, grid_z};
  const unsigned block[] = {block_x, block_y, block_z};
  return launch(__func__, function, grid, block, shared, stream, arguments,
                extra);
}

int cuStreamIsCapturing(void *stream, int *status) {
  return is_capturing(__func__, stream, status);
}

#ifndef FAKE_DRIVER_IS_OLD
int cuMemcpyDtoDAsync_v2(CUdeviceptr destination, CUdeviceptr source,
                         size_t bytes, void *stream) {
  return copy_async(__func__, destination, source, bytes, stream);
}
#endif

int cuMemAlloc_v2(CUdeviceptr *pointer, size_t bytes) {
  void *memory = NULL;
  int failure = allocate(__func__, &memory, bytes);
  *pointer = (uintptr_t)memory;
  return failure;
}

int cuMemFree_v2(CUdeviceptr pointer) {
  return release(__func__, (void *)(uintptr_t)pointer);
}

int cuMemcpyHtoD_v2(CUdeviceptr destination, const void *source, size_t bytes) {
  return copy(__func__, (void *)(uintptr_t)destination, source, bytes);
}

int cuMemcpyDtoH_v2(void *destination, CUdeviceptr source, size_t bytes) {
  return copy(__func__, destination, (void *)(uintptr_t)source, bytes);
}

int cuCtxSynchronize(void) { return called(__func__, "%s", ""); }
