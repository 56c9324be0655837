//===- Workers.cpp - Processes that may crash -----------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Workers.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace beeline::fuzz;

/// Inputs that a process takes. What it leaves in MLIR's context goes with it.
static constexpr uint64_t batchSize = 500;
/// An input that waits uses no processor time. It is given that much longer,
/// since other work may have the processors.
static constexpr unsigned waitFactor = 60;

namespace {

struct Worker {
  pid_t pid = 0;
  Progress *progress = nullptr;
  FILE *output = nullptr;
  uint64_t last = 0;
  /// When the parent first saw it at this input.
  uint64_t seenInput = ~uint64_t(0);
  time_t seenTime = 0;
};

} // namespace

void beeline::fuzz::startClock(const Limits &limits) {
  itimerval timer{};
  timer.it_value.tv_sec = limits.seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

static void start(Worker &worker, uint64_t first, uint64_t last,
                  const Limits &limits,
                  llvm::function_ref<bool(uint64_t, Progress &)> work) {
  worker.last = last;
  worker.seenInput = ~uint64_t(0);
  std::memset(worker.progress, 0, sizeof(Progress));
  worker.progress->input = first;
  if (ftruncate(fileno(worker.output), 0) != 0 ||
      lseek(fileno(worker.output), 0, SEEK_SET) != 0)
    llvm::report_fatal_error("cannot empty a temporary file");
  std::fflush(nullptr);
  worker.pid = fork();
  if (worker.pid < 0)
    llvm::report_fatal_error("cannot fork");
  if (worker.pid > 0)
    return;

  dup2(fileno(worker.output), STDERR_FILENO);
  if (limits.bytes) {
    rlimit memory{limits.bytes, limits.bytes};
    setrlimit(RLIMIT_AS, &memory);
  }
  rlimit core{};
  setrlimit(RLIMIT_CORE, &core);
  for (uint64_t input = first; input < last; ++input) {
    worker.progress->input = input;
    worker.progress->phase = Progress::Parse;
    startClock(limits);
    bool goesOn = work(input, *worker.progress);
    ++worker.progress->numInputs;
    if (!goesOn)
      break;
  }
  _exit(0);
}

static std::string readAll(FILE *file) {
  std::string text;
  char buffer[4096];
  off_t offset = 0;
  ssize_t size;
  while ((size = pread(fileno(file), buffer, sizeof(buffer), offset)) > 0 &&
         text.size() < (1 << 16)) {
    text.append(buffer, size);
    offset += size;
  }
  return text;
}

static void add(Progress &sum, const Progress &part) {
  sum.numInputs += part.numInputs;
  sum.numParsed += part.numParsed;
  sum.numVerified += part.numVerified;
  for (size_t i = 0; i < Progress::maxJobs; ++i) {
    sum.numRuns[i] += part.numRuns[i];
    sum.numSucceeded[i] += part.numSucceeded[i];
  }
}

/// Kills a worker that has been at one input for too long.
static void watch(Worker &worker, const Limits &limits) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (worker.seenInput != worker.progress->input) {
    worker.seenInput = worker.progress->input;
    worker.seenTime = now.tv_sec;
  } else if (now.tv_sec - worker.seenTime > limits.seconds * waitFactor) {
    kill(worker.pid, SIGPROF);
  }
}

Progress
beeline::fuzz::runWorkers(uint64_t first, uint64_t last, const Limits &limits,
                          llvm::function_ref<bool(uint64_t, Progress &)> work,
                          llvm::function_ref<void(const Death &)> onDeath) {
  Progress sum{};
  std::vector<Worker> workers(limits.numWorkers);
  auto *memory = static_cast<Progress *>(
      mmap(nullptr, sizeof(Progress) * workers.size(), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (memory == MAP_FAILED)
    llvm::report_fatal_error("cannot share memory");
  for (Worker &worker : workers) {
    worker.progress = memory++;
    worker.output = tmpfile();
    if (!worker.output)
      llvm::report_fatal_error("cannot make a temporary file");
  }

  size_t numRunning = 0;
  auto startNext = [&](Worker &worker) {
    if (first >= last)
      return;
    uint64_t end = std::min(first + batchSize, last);
    start(worker, first, end, limits, work);
    first = end;
    ++numRunning;
  };
  for (Worker &worker : workers)
    startNext(worker);

  while (numRunning > 0) {
    usleep(500);
    for (Worker &worker : workers) {
      if (!worker.pid)
        continue;
      int status;
      pid_t ended = waitpid(worker.pid, &status, WNOHANG);
      if (ended == 0) {
        watch(worker, limits);
        continue;
      }
      if (ended < 0)
        llvm::report_fatal_error("cannot wait for a worker");
      worker.pid = 0;
      --numRunning;
      add(sum, *worker.progress);
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        ++sum.numInputs;
        Death death{*worker.progress, Death::Exit, 0, readAll(worker.output)};
        if (WIFSIGNALED(status)) {
          death.code = WTERMSIG(status);
          death.kind = death.code == SIGPROF ? Death::Hang : Death::Crash;
        } else {
          death.code = WEXITSTATUS(status);
        }
        onDeath(death);
      }
      // The rest of its inputs.
      uint64_t next = worker.progress->input + 1;
      if (next < worker.last) {
        start(worker, next, worker.last, limits, work);
        ++numRunning;
      } else {
        startNext(worker);
      }
    }
  }
  for (Worker &worker : workers)
    std::fclose(worker.output);
  munmap(memory - workers.size(), sizeof(Progress) * workers.size());
  return sum;
}
