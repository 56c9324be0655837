//===- Findings.cpp - What is wrong with which inputs ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Findings.h"
#include "llvm/Support/Format.h"
#include <csignal>
#include <cstring>

using namespace beeline::fuzz;
using llvm::StringRef;

static std::string describePlace(const Progress &place,
                                 const std::vector<Job> &jobs) {
  switch (place.phase) {
  case Progress::Parse:
    return "the parser";
  case Progress::Verify:
    return "the verifier";
  case Progress::RoundTrip:
    return "printing and reading";
  case Progress::Run:
    break;
  }
  const Job &job = jobs[place.job];
  return job.stages[std::min<size_t>(place.stage, job.stages.size() - 1)]
      .pipeline;
}

static std::string describeKind(const Death &death) {
  switch (death.kind) {
  case Death::Hang:
    return "hang";
  case Death::Crash:
    return std::string("crash, ") + strsignal(death.code);
  case Death::Exit:
    break;
  }
  switch (death.code) {
  case Fuzzer::InvalidIR:
    return "invalid IR";
  case Fuzzer::SilentFailure:
    return "failure without an error";
  case Fuzzer::RoundTripChanges:
    return "changed by printing and reading";
  }
  return "exit with " + std::to_string(death.code);
}

/// The innermost function of Beeline's in a stack trace, or else of MLIR's.
static StringRef findFrame(StringRef output) {
  StringRef found;
  llvm::SmallVector<StringRef> lines;
  output.split(lines, '\n');
  for (StringRef line : lines) {
    // 5  libBeeline.so 0x00007fe8f13ce775 beeline::RMSNormOp::verify() + 789
    auto [place, frame] = line.split(" 0x");
    frame = frame.split(' ').second;
    if (frame.empty())
      continue;
    if (place.contains("libBeeline"))
      return frame;
    if (found.empty() && place.contains("libMLIR"))
      found = frame;
  }
  return found;
}

std::string Findings::write(const Death &death, StringRef where) {
  std::string file =
      directory + "/input-" + std::to_string(death.at.input) + ".mlir";
  std::error_code error;
  llvm::raw_fd_ostream os(file, error);
  if (error)
    return "cannot write " + file;
  os << "// " << describeKind(death) << "\n";
  if (death.at.phase == Progress::Run)
    os << "// beeline-opt --pass-pipeline='" << where << "'\n";
  os.flush();

  // Printing may crash, too. The process writes where this one goes on.
  bool isDumped =
      death.at.phase == Progress::Run || death.at.phase == Progress::RoundTrip;
  if (isDumped) {
    Limits one = limits;
    one.numWorkers = 1;
    runWorkers(
        death.at.input, death.at.input + 1, one,
        [&](uint64_t, Progress &) {
          fuzzer.dump(death.at, os);
          os.flush();
          return true;
        },
        [&](const Death &) { isDumped = false; });
  }
  if (!isDumped)
    os << fuzzer.getText(death.at.input);
  llvm::SmallVector<StringRef> lines;
  StringRef(death.output).split(lines, '\n');
  for (StringRef line : lines)
    os << "\n// " << line;
  os << "\n";
  return file;
}

/// Whether upstream crashed with nothing of Beeline's on the stack, on what
/// nothing of Beeline's has made.
static bool isUpstreams(const Death &death, const std::vector<Job> &jobs) {
  if (death.kind != Death::Crash)
    return false;
  if (death.at.phase == Progress::Run)
    for (size_t stage = 0; stage < death.at.stage; ++stage)
      if (jobs[death.at.job].stages[stage].isOurs)
        return false;
  llvm::SmallVector<StringRef> lines;
  StringRef(death.output).split(lines, '\n');
  // Of a failed parse nothing but broken memory may be left.
  bool isInMLIR = death.at.phase == Progress::Parse;
  for (StringRef line : lines) {
    auto [place, frame] = line.split(" 0x");
    StringRef function = frame.split(' ').second;
    // Templates of upstream's may be those that Beeline happens to have, too.
    bool isTemplate = function.starts_with("mlir::") &&
                      !function.contains("beeline") &&
                      !function.contains("anonymous namespace");
    if (place.contains("Beeline") && !isTemplate)
      return false;
    isInMLIR |= place.contains("libMLIR");
  }
  return isInMLIR;
}

void Findings::add(const Death &death) {
  std::string where = describePlace(death.at, jobs);
  std::string name = describeKind(death) + " in " + where;
  if (StringRef frame = findFrame(death.output); !frame.empty())
    name += ", " + frame.str();
  bool isOurs = !isUpstreams(death, jobs);
  if (isOurs)
    ++numOf[death.kind];
  Cause &cause = (isOurs ? causes : upstreamCauses)[name];
  if (++cause.count > 1)
    return;
  cause.file = write(death, where);
  llvm::errs() << (isOurs ? "" : "upstream: ") << name << ": input "
               << death.at.input << ", " << cause.file << "\n";
}

void Findings::print(const Progress &sum, size_t corpusSize,
                     llvm::raw_ostream &os) const {
  os << corpusSize << " modules in the corpus\n"
     << sum.numInputs << " inputs, " << sum.numParsed << " parsed, "
     << sum.numVerified << " valid\n";
  os << "      runs  succeeded\n";
  for (auto [index, job] : llvm::enumerate(jobs))
    os << llvm::format("%10llu %10llu  ",
                       static_cast<unsigned long long>(sum.numRuns[index]),
                       static_cast<unsigned long long>(sum.numSucceeded[index]))
       << job.name << "\n";
  for (const auto &[name, cause] : upstreamCauses)
    os << "upstream: " << cause.count << " x " << name << ": " << cause.file
       << "\n";
  for (const auto &[name, cause] : causes)
    os << cause.count << " x " << name << ": " << cause.file << "\n";
  os << numOf[Death::Crash] << " crashes, " << numOf[Death::Hang] << " hangs, "
     << numOf[Death::Exit] << " other findings\n";
}
