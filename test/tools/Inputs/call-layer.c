// Calls a layer for a CPU the way that a serving engine would. prologue.mlir is in
// beeline-compile.test.

#include "other.h"
#include "prologue.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 256, MAX_ROWS = 3 };

static uint16_t x[MAX_ROWS * N], residual[MAX_ROWS * N], weight[N];

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 64) / 64 * 64);
  memset(memory, 0xA5, bytes);
  return memory;
}

static void expect(int holds, const char *what) {
  if (!holds) {
    printf("wrong: %s\n", what);
    exit(1);
  }
}

static int call(const void *input, int64_t input_rows, const void *added,
                int64_t added_rows, const void *gain, void *codes, void *scales,
                void *sum, void *workspace, uint64_t size) {
  return prologue(input, added, gain, input_rows, added_rows, codes, scales, sum,
                  workspace, size, NULL);
}

static void fails(int status, const char *name) {
  printf("%s: %d: %s\n", name, status, prologue_message());
}

int main(void) {
  // bf16 numbers between 1 and 2.
  for (int i = 0; i < MAX_ROWS * N; ++i) {
    x[i] = (uint16_t)(0x3F80 + i % 128);
    residual[i] = (uint16_t)(0x3F80 + i % 31);
  }
  for (int i = 0; i < N; ++i)
    weight[i] = 0x3F80;

  expect(prologue_load() == BEELINE_OK, "load");
  int64_t sizes[3];
  prologue_result_sizes(MAX_ROWS, MAX_ROWS, sizes);
  expect(sizes[0] == MAX_ROWS && sizes[1] == MAX_ROWS && sizes[2] == MAX_ROWS,
         "sizes of results");

  uint64_t size = prologue_workspace_size(MAX_ROWS, MAX_ROWS);
  void *workspace = allocate(size);
  char *codes = allocate(MAX_ROWS * N), *again = allocate(MAX_ROWS * N);
  float *scales = allocate(sizeof(float) * MAX_ROWS * 2);
  float *scales_again = allocate(sizeof(float) * MAX_ROWS * 2);
  uint16_t *sum = allocate(sizeof x), *stream = allocate(sizeof x);

  // What is in the workspace means nothing.
  expect(!call(x, MAX_ROWS, residual, MAX_ROWS, weight, codes, scales, sum,
               workspace, size), "a call");
  memset(workspace, 0xFF, size);

  // The residual in place.
  memcpy(stream, residual, sizeof residual);
  expect(!call(x, MAX_ROWS, stream, MAX_ROWS, weight, again, scales_again, stream,
               workspace, size), "a call in place");
  expect(!memcmp(codes, again, MAX_ROWS * N), "codes in place");
  expect(!memcmp(scales, scales_again, sizeof(float) * MAX_ROWS * 2),
         "scales in place");
  expect(!memcmp(sum, stream, sizeof x), "the sum in place");
  // 1 + 1 is 2 in bf16.
  expect(sum[0] == 0x4000, "the sum");

  // One row is the first of three, and no row is nothing, wherever it is.
  memset(again, 0xA5, MAX_ROWS * N);
  expect(!call(x, 1, residual, 1, weight, again, scales_again, stream, workspace,
               prologue_workspace_size(1, 1)), "one row");
  expect(!memcmp(codes, again, N), "codes of one row");
  for (int i = N; i < MAX_ROWS * N; ++i)
    expect(again[i] == (char)0xA5, "nothing after one row");
  expect(!call(NULL, 0, (char *)1, 0, weight, NULL, NULL, NULL, workspace,
               prologue_workspace_size(0, 0)), "no row");

  // What a caller can get wrong.
  fails(call(x, 2, residual, 3, weight, codes, scales, sum, workspace, size),
        "rows");
  fails(call(x, -1, residual, -1, weight, codes, scales, sum, workspace, size),
        "negative");
  fails(call(NULL, 3, residual, 3, weight, codes, scales, sum, workspace, size),
        "null");
  fails(call(x, 3, residual, 3, weight + 1, codes, scales, sum, workspace, size),
        "alignment");
  fails(call(x, 3, residual, 3, weight, codes, scales + 1, sum, workspace, size),
        "result");
  fails(call(x, 3, residual, 3, weight, codes, scales, sum, workspace, size - 1),
        "workspace");
  fails(call(x, INT64_MAX, residual, INT64_MAX, weight, codes, scales, sum,
             workspace, size), "overflow");

  // Another layer in the same program has messages of its own.
  float four[4] __attribute__((aligned(16))) = {0, 1, 2, 3}, eight[4];
  expect(!other(four, eight, NULL, 0, NULL), "the other layer");
  expect(eight[3] == 6, "its result");
  expect(!other_message()[0], "its message");
  printf("%s\n%s\n", prologue_metadata, other_metadata);
  return 0;
}
