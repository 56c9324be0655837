//===- Error.h - The one way to fail ------------------------------*- C -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_RUNTIME_ERROR_H
#define BEELINE_RUNTIME_ERROR_H

#include "Driver.h"

/// Leaves the message for this thread and returns `status`.
__attribute__((format(printf, 2, 3))) beeline_status
beeline_fail(beeline_status status, const char *format, ...);

/// Leaves what was tried, and the driver's words for its failure; returns the
/// status that `result` means.
__attribute__((format(printf, 3, 4))) beeline_status beeline_fail_in_driver(
    const driver *driver, driver_result result, const char *format, ...);

#endif // BEELINE_RUNTIME_ERROR_H
