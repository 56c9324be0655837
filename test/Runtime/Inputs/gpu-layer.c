//===- gpu-layer.c - A layer for a GPU, by hand ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// quadruple(x) doubles a copy of x twice, the first time into the workspace.
// TARGET is what beeline-compile's --target would be, IMAGE the file of the
// code.
//
//===----------------------------------------------------------------------===//

#include "beeline/runtime.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const char gpu_layer_metadata[] =
    "{\"library\": \"gpu_layer\", \"target\": \"" TARGET "\", \"functions\": ["
    "{\"name\": \"quadruple\", \"arguments\": ["
    "  {\"name\": \"x\", \"type\": \"f32\", \"shape\": [null, 8]}],"
    " \"results\": ["
    "  {\"name\": \"y\", \"type\": \"f32\", \"shape\": [null, 8], "
    "\"may_alias\": [0]}]}]}";

__asm__(".section .rodata\n.balign 4096\nimage: .incbin \"" IMAGE
        "\"\n.byte 0\n.previous");
extern const char image[] __attribute__((visibility("hidden")));

static const char *const kernels[] = {"double"};

static beeline_module module = {
    .target = TARGET, .image = image, .kernels = kernels, .num_kernels = 1};

EXPORT int gpu_layer_load(void) { return beeline_load(&module); }

EXPORT const char *gpu_layer_message(void) { return beeline_message(); }

EXPORT uint64_t quadruple_workspace_size(int64_t rows) {
  return (uint64_t)rows * 8 * sizeof(float);
}

EXPORT void quadruple_result_sizes(int64_t rows, int64_t *sizes) {
  sizes[0] = rows;
}

static beeline_status launch_double(void *destination, const void *source,
                                    int64_t count, void *stream) {
  const uint64_t arguments[] = {(uintptr_t)destination, (uintptr_t)source,
                                (uint64_t)count};
  return beeline_launch(&module, 0, ((uint64_t)count + 255) / 256, 256,
                        arguments, 3, stream);
}

EXPORT int quadruple(const void *x, int64_t rows, void *y, void *workspace,
                     uint64_t workspace_size, void *stream) {
  beeline_status status = beeline_check_pointer(x, "quadruple", "x");
  if (!status)
    status = beeline_check_pointer(y, "quadruple", "y");
  uint64_t bytes = quadruple_workspace_size(rows);
  if (!status)
    status =
        beeline_check_workspace(workspace, workspace_size, bytes, "quadruple");
  if (!status)
    status = beeline_prepare(&module, stream);
  if (!status)
    status = beeline_copy(y, x, bytes, stream);
  if (!status)
    status = launch_double(workspace, y, rows * 8, stream);
  if (!status)
    status = launch_double(y, workspace, rows * 8, stream);
  return status;
}
