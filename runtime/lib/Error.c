//===- Error.c - The one way to fail --------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Written by failures only: a thread that succeeds never touches it, so that
// the C library need not even allocate it.
static _Thread_local char message[2048];

const char *beeline_message(void) { return message; }

beeline_status beeline_fail(beeline_status status, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);
  return status;
}

static beeline_status status_of(driver_result result) {
  switch (result) {
  case RESULT_OUT_OF_MEMORY:
    return BEELINE_OUT_OF_MEMORY;
  case RESULT_NO_DEVICE:
    return BEELINE_NO_DEVICE;
  case RESULT_NO_BINARY_FOR_GPU:
  case RESULT_INVALID_PTX:
    return BEELINE_WRONG_DEVICE;
  case RESULT_STUB_LIBRARY:
  case RESULT_INSUFFICIENT_DRIVER:
  case RESULT_UNSUPPORTED_PTX_VERSION:
  case RESULT_SYSTEM_DRIVER_MISMATCH:
    return BEELINE_NO_DRIVER;
  default:
    return BEELINE_DEVICE_ERROR;
  }
}

beeline_status beeline_fail_in_driver(const driver *driver,
                                      driver_result result, const char *format,
                                      ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);

  const char *name = NULL, *text = NULL;
  driver->error_name(result, &name);
  driver->error_string(result, &text);
  size_t length = strlen(message);
  snprintf(message + length, sizeof message - length, ": %s (%d): %s",
           name ? name : "unnamed error", result,
           text ? text : "no description");
  driver->forget_failure();
  return status_of(result);
}
