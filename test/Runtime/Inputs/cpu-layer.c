//===- cpu-layer.c - A layer as beeline-compile writes them, by hand ------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the loader's tests, which need functions whose results are plain to see.
//
//===----------------------------------------------------------------------===//

#include "beeline/runtime.h"
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT const char cpu_layer_metadata[] =
    "{\"library\": \"cpu_layer\", \"target\": \"cpu\", \"functions\": ["
    "{\"name\": \"add\", \"arguments\": ["
    "  {\"name\": \"x\", \"type\": \"f32\", \"shape\": [null, 8]},"
    "  {\"name\": \"residual\", \"type\": \"f32\", \"shape\": [null, 8]}],"
    " \"results\": ["
    "  {\"name\": \"sum\", \"type\": \"f32\", \"shape\": [null, 8], "
    "\"may_alias\": [1]},"
    "  {\"name\": \"signs\", \"type\": \"f8E4M3FN\", \"shape\": [null, 8]}]},"
    "{\"name\": \"transpose\", \"arguments\": ["
    "  {\"type\": \"bf16\", \"shape\": [null, null]}],"
    " \"results\": [{\"type\": \"bf16\", \"shape\": [null, null]}]},"
    "{\"name\": \"four\", \"arguments\": [],"
    " \"results\": [{\"type\": \"f8E8M0FNU\", \"shape\": [4]}]},"
    "{\"name\": \"nothing\", \"arguments\": [], \"results\": []}]}";

EXPORT int cpu_layer_load(void) { return BEELINE_OK; }

EXPORT const char *cpu_layer_message(void) { return beeline_message(); }

//===----------------------------------------------------------------------===//
// add: the sums, by way of the workspace, and their signs as +-1.0 or 0.0
//===----------------------------------------------------------------------===//

EXPORT uint64_t add_workspace_size(int64_t rows, int64_t residual_rows) {
  return (uint64_t)rows * 8 * sizeof(float);
}

EXPORT void add_result_sizes(int64_t rows, int64_t residual_rows,
                             int64_t *sizes) {
  sizes[0] = rows;
  sizes[1] = rows;
}

EXPORT int add(const void *x, const void *residual, int64_t rows,
               int64_t residual_rows, void *sum, void *signs, void *workspace,
               uint64_t workspace_size, void *stream) {
  beeline_status status =
      beeline_check_size(residual_rows, rows, "add", "rows of residual");
  if (!status)
    status = beeline_check_pointer(x, "add", "x");
  if (!status)
    status = beeline_check_pointer(sum, "add", "sum");
  if (!status)
    status = beeline_check_workspace(workspace, workspace_size,
                                     add_workspace_size(rows, rows), "add");
  if (status)
    return status;
  float *sums = workspace;
  for (int64_t i = 0; i < rows * 8; ++i)
    sums[i] = ((const float *)x)[i] + ((const float *)residual)[i];
  for (int64_t i = 0; i < rows * 8; ++i)
    ((uint8_t *)signs)[i] = sums[i] > 0 ? 0x38 : sums[i] < 0 ? 0xb8 : 0;
  if (rows)
    memcpy(sum, sums, add_workspace_size(rows, rows));
  return BEELINE_OK;
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

EXPORT uint64_t transpose_workspace_size(int64_t rows, int64_t columns) {
  return 0;
}

EXPORT void transpose_result_sizes(int64_t rows, int64_t columns,
                                   int64_t *sizes) {
  sizes[0] = columns;
  sizes[1] = rows;
}

EXPORT int transpose(const void *x, int64_t rows, int64_t columns, void *result,
                     void *workspace, uint64_t workspace_size, void *stream) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      ((uint16_t *)result)[j * rows + i] =
          ((const uint16_t *)x)[i * columns + j];
  return BEELINE_OK;
}

//===----------------------------------------------------------------------===//
// four scales of 1, 2, 4 and 8; and nothing
//===----------------------------------------------------------------------===//

EXPORT uint64_t four_workspace_size(void) { return 0; }

EXPORT int four(void *result, void *workspace, uint64_t workspace_size,
                void *stream) {
  for (int i = 0; i < 4; ++i)
    ((uint8_t *)result)[i] = (uint8_t)(127 + i);
  return BEELINE_OK;
}

EXPORT uint64_t nothing_workspace_size(void) { return 0; }

EXPORT int nothing(void *workspace, uint64_t workspace_size, void *stream) {
  return workspace || workspace_size || stream;
}
