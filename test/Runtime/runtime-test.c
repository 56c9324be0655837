//===- runtime-test.c - Calls the runtime as a compiled layer does --------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: runtime-test TARGET IMAGE KERNEL[,KERNEL...] COMMAND...
//
// Runs each command, words in one argument, and prints what came of it:
// "load: BEELINE_NO_DEVICE: the message". The commands are in `commands` below.
//
//===----------------------------------------------------------------------===//

#include "beeline/device.h"
#include "beeline/runtime.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 1024, MAX_KERNELS = 8, NUM_THREADS = 8, LAUNCHES = 100 };

static beeline_module module;

static uint64_t number(const char *word) {
  return word ? strtoull(word, NULL, 0) : 0;
}

static void *address(const char *word) {
  return (void *)(uintptr_t)number(word);
}

static void report(const char *command, beeline_status status) {
  static const char *const names[] = {
      "BEELINE_OK",         "BEELINE_INVALID_ARGUMENT", "BEELINE_NO_DRIVER",
      "BEELINE_NO_DEVICE",  "BEELINE_WRONG_DEVICE",     "BEELINE_OUT_OF_MEMORY",
      "BEELINE_NOT_LOADED", "BEELINE_DEVICE_ERROR"};
  printf("%s: %s%s%s\n", command, names[status], status ? ": " : "",
         status ? beeline_message() : "");
  fflush(stdout);
}

//===----------------------------------------------------------------------===//
// Commands: each gets its words, of which the first is its name.
//===----------------------------------------------------------------------===//

static beeline_status run_load(char **words) { return beeline_load(&module); }

// prepare STREAM
static beeline_status run_prepare(char **words) {
  return beeline_prepare(&module, address(words[1]));
}

// launch KERNEL BLOCKS THREADS STREAM ARGUMENT...
static beeline_status run_launch(char **words) {
  uint64_t arguments[MAX_WORDS];
  uint64_t count = 0;
  for (char **word = words + 5; *word; ++word)
    arguments[count++] = number(*word);
  return beeline_launch(&module, number(words[1]), number(words[2]),
                        number(words[3]), arguments, count, address(words[4]));
}

// launch-many BLOCKS COUNT: a launch with COUNT arguments.
static beeline_status run_launch_many(char **words) {
  uint64_t arguments[MAX_WORDS] = {0};
  return beeline_launch(&module, 0, number(words[1]), 64, arguments,
                        number(words[2]), NULL);
}

// copy DESTINATION SOURCE BYTES STREAM
static beeline_status run_copy(char **words) {
  return beeline_copy(address(words[1]), address(words[2]), number(words[3]),
                      address(words[4]));
}

// check-pointer POINTER
static beeline_status run_check_pointer(char **words) {
  return beeline_check_pointer(address(words[1]), "layer", "hidden");
}

// check-extent EXTENT
static beeline_status run_check_extent(char **words) {
  return beeline_check_extent(strtoll(words[1], NULL, 0), "layer",
                              "rows of hidden");
}

// check-size ACTUAL EXPECTED
static beeline_status run_check_size(char **words) {
  return beeline_check_size(strtoll(words[1], NULL, 0),
                            strtoll(words[2], NULL, 0), "layer",
                            "rows of hidden");
}

// check-workspace POINTER GIVEN NEEDED
static beeline_status run_check_workspace(char **words) {
  return beeline_check_workspace(address(words[1]), number(words[2]),
                                 number(words[3]), "layer");
}

static beeline_status run_message(char **words) {
  printf("message: \"%s\"\n", beeline_message());
  return BEELINE_OK;
}

// mark WORD: a line in the fake driver's log.
static beeline_status run_mark(char **words) {
  FILE *log = fopen(getenv("FAKE_DRIVER_LOG"), "a");
  fprintf(log, "-- %s\n", words[1]);
  fclose(log);
  return BEELINE_OK;
}

// count
static beeline_status run_count(char **words) {
  int count = -1;
  beeline_status status = beeline_device_count(module.target, &count);
  printf("count = %d\n", count);
  return status;
}

// describe DEVICE
static beeline_status run_describe(char **words) {
  beeline_device device;
  beeline_status status =
      beeline_device_describe(module.target, atoi(words[1]), &device);
  if (!status)
    printf("name = %s, architecture = %s\n", device.name, device.architecture);
  return status;
}

// select DEVICE
static beeline_status run_select(char **words) {
  return beeline_device_select(module.target, atoi(words[1]));
}

// allocate BYTES
static beeline_status run_allocate(char **words) {
  void *memory;
  beeline_status status =
      beeline_device_allocate(module.target, number(words[1]), &memory);
  return status ? status : beeline_device_free(module.target, memory);
}

// synchronize
static beeline_status run_synchronize(char **words) {
  return beeline_device_synchronize(module.target);
}

// double COUNT: kernel 0 gets (destination, source, count), and shall write
// twice the source's floats.
static beeline_status run_double(char **words) {
  uint64_t count = number(words[1]), bytes = count * sizeof(float);
  float *values = malloc(bytes);
  for (uint64_t i = 0; i < count; ++i)
    values[i] = (float)i;

  void *source = NULL, *destination = NULL;
  beeline_status status =
      beeline_device_allocate(module.target, bytes, &source);
  if (!status)
    status = beeline_device_allocate(module.target, bytes, &destination);
  if (!status)
    status = beeline_device_upload(module.target, source, values, bytes);
  const uint64_t arguments[] = {(uintptr_t)destination, (uintptr_t)source,
                                count};
  if (!status)
    status = beeline_launch(&module, 0, (count + 255) / 256, 256, arguments, 3,
                            NULL);
  // The sources are overwritten by the results, on the device.
  if (!status)
    status = beeline_copy(source, destination, bytes, NULL);
  if (!status)
    status = beeline_device_synchronize(module.target);
  if (!status)
    status = beeline_device_download(module.target, values, source, bytes);
  uint64_t right = 0;
  for (uint64_t i = 0; i < count; ++i)
    right += values[i] == 2.0F * (float)i;
  free(values);
  if (!status)
    status = beeline_device_free(module.target, source);
  if (!status)
    status = beeline_device_free(module.target, destination);
  printf("%" PRIu64 " of %" PRIu64 " right\n", right, count);
  return status;
}

static beeline_status launch_often(int device) {
  beeline_status status = beeline_device_select(module.target, device);
  for (uint64_t i = 0; i < LAUNCHES && !status; ++i) {
    const uint64_t arguments[] = {(uint64_t)device, i, 0};
    status = beeline_launch(&module, 0, i, 64, arguments, 3, NULL);
  }
  return status;
}

static void *thread_main(void *device) {
  beeline_status *status = malloc(sizeof *status);
  *status = launch_often((int)(uintptr_t)device);
  if (*status)
    report("thread", *status);
  return status;
}

// threads: eight that launch kernel 0 at the same time, every other one on the
// second device, on 0 to 99 blocks.
static beeline_status run_threads(char **words) {
  pthread_t threads[NUM_THREADS];
  for (uintptr_t i = 0; i < NUM_THREADS; ++i)
    pthread_create(&threads[i], NULL, thread_main, (void *)(i % 2));
  beeline_status worst = BEELINE_OK;
  for (int i = 0; i < NUM_THREADS; ++i) {
    void *status;
    pthread_join(threads[i], &status);
    if (*(beeline_status *)status)
      worst = *(beeline_status *)status;
    free(status);
  }
  return worst;
}

static void *failing_thread(void *text) {
  beeline_check_pointer(NULL, "other", "thread");
  snprintf(text, 256, "%s", beeline_message());
  return NULL;
}

// other-message: what a failure of another thread leaves there, and here.
static beeline_status run_other_message(char **words) {
  pthread_t thread;
  char text[256];
  pthread_create(&thread, NULL, failing_thread, text);
  pthread_join(thread, NULL);
  printf("there: \"%s\", here: \"%s\"\n", text, beeline_message());
  return BEELINE_OK;
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static const struct {
  const char *name;
  beeline_status (*run)(char **words);
} commands[] = {
    {"load", run_load},
    {"prepare", run_prepare},
    {"launch", run_launch},
    {"launch-many", run_launch_many},
    {"copy", run_copy},
    {"check-pointer", run_check_pointer},
    {"check-extent", run_check_extent},
    {"check-size", run_check_size},
    {"check-workspace", run_check_workspace},
    {"message", run_message},
    {"other-message", run_other_message},
    {"mark", run_mark},
    {"count", run_count},
    {"describe", run_describe},
    {"select", run_select},
    {"allocate", run_allocate},
    {"synchronize", run_synchronize},
    {"double", run_double},
    {"threads", run_threads},
};

static int run(char *command) {
  char *words[MAX_WORDS] = {NULL};
  int count = 0;
  for (char *word = strtok(command, " "); word && count < MAX_WORDS - 1;
       word = strtok(NULL, " "))
    words[count++] = word;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
    if (count && !strcmp(words[0], commands[i].name)) {
      report(words[0], commands[i].run(words));
      return 0;
    }
  fprintf(stderr, "runtime-test: no command '%s'\n", command);
  return 1;
}

static int read_image(const char *path) {
  static char image[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return 1;
  }
  module.image_size = fread(image, 1, sizeof image - 1, file);
  module.image = image;
  fclose(file);
  return 0;
}

int main(int count, char **words) {
  if (count < 4) {
    fprintf(stderr,
            "usage: runtime-test TARGET IMAGE KERNEL[,KERNEL...] COMMAND...\n");
    return 1;
  }
  module.target = words[1];
  if (read_image(words[2]))
    return 1;
  static const char *kernels[MAX_KERNELS];
  for (char *it = strtok(words[3], ","); it && module.num_kernels < MAX_KERNELS;
       it = strtok(NULL, ","))
    kernels[module.num_kernels++] = it;
  module.kernels = kernels;
  for (int i = 4; i < count; ++i)
    if (run(words[i]))
      return 1;
  return 0;
}
