//===- Check.c - What a layer demands of its caller -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include <inttypes.h>

enum { ALIGNMENT = 16 };

beeline_status beeline_check_pointer(const void *pointer, const char *function,
                                     const char *name) {
  if (!pointer)
    return beeline_fail(BEELINE_INVALID_ARGUMENT, "%s: '%s' is a null pointer",
                        function, name);
  if ((uintptr_t)pointer % ALIGNMENT)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "%s: '%s' is not aligned to %d bytes: %p", function,
                        name, ALIGNMENT, pointer);
  return BEELINE_OK;
}

beeline_status beeline_check_extent(int64_t extent, const char *function,
                                    const char *name) {
  if (extent < 0)
    return beeline_fail(BEELINE_INVALID_ARGUMENT, "%s: '%s' is %" PRId64,
                        function, name, extent);
  return BEELINE_OK;
}

beeline_status beeline_check_size(int64_t actual, int64_t expected,
                                  const char *function, const char *name) {
  if (actual != expected)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "%s: '%s' is %" PRId64 " and must be %" PRId64,
                        function, name, actual, expected);
  return BEELINE_OK;
}

beeline_status beeline_check_condition(int holds, const char *function,
                                       const char *what) {
  if (!holds)
    return beeline_fail(BEELINE_INVALID_ARGUMENT, "%s: %s does not fit",
                        function, what);
  return BEELINE_OK;
}

beeline_status beeline_check_workspace(const void *workspace, uint64_t given,
                                       uint64_t needed, const char *function) {
  if (given < needed)
    return beeline_fail(BEELINE_INVALID_ARGUMENT,
                        "%s: the workspace has %" PRIu64 " bytes, and %" PRIu64
                        " are needed: ask %s_workspace_size",
                        function, given, needed, function);
  return needed ? beeline_check_pointer(workspace, function, "workspace")
                : BEELINE_OK;
}
