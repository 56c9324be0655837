//===- Linker.cpp - ld.lld, called ----------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/Linker.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace beeline;
using llvm::SmallString;
using llvm::StringRef;

namespace {

/// A file that goes when this object does.
struct TemporaryFile {
  static llvm::Expected<TemporaryFile> create(StringRef suffix) {
    SmallString<128> path;
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("beeline", suffix, path))
      return llvm::createStringError(error,
                                     "cannot make a temporary file for the "
                                     "linker (set TMPDIR to choose where)");
    return TemporaryFile(path);
  }

  StringRef getPath() const { return path; }

private:
  explicit TemporaryFile(StringRef path)
      : path(path), remover(std::make_unique<llvm::FileRemover>(path)) {}

  SmallString<128> path;
  std::unique_ptr<llvm::FileRemover> remover;
};

} // namespace

static std::string readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

llvm::Expected<std::string>
beeline::linkSharedObject(llvm::ArrayRef<StringRef> objects,
                          llvm::ArrayRef<StringRef> arguments) {
  auto linker =
      llvm::sys::findProgramByName("ld.lld", {StringRef(BEELINE_LLVM_TOOLS)});
  if (!linker)
    linker = llvm::sys::findProgramByName("ld.lld");
  if (!linker)
    return llvm::createStringError(
        "ld.lld is neither in " BEELINE_LLVM_TOOLS
        " nor in PATH: install LLVM's linker (Debian: lld-22)");

  std::vector<TemporaryFile> inputs;
  llvm::SmallVector<StringRef> command = {*linker, "-shared"};
  for (StringRef object : objects) {
    auto input = TemporaryFile::create("o");
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
    std::error_code error;
    llvm::raw_fd_ostream stream(inputs.back().getPath(), error);
    stream << object;
  }
  auto output = TemporaryFile::create("so"), log = TemporaryFile::create("log");
  if (!output)
    return output.takeError();
  if (!log)
    return log.takeError();
  for (const TemporaryFile &input : inputs)
    command.push_back(input.getPath());
  command.append(arguments.begin(), arguments.end());
  command.append({"-o", output->getPath()});

  std::optional<StringRef> redirects[] = {StringRef(), log->getPath(),
                                          log->getPath()};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(*linker, command, std::nullopt,
                                         redirects, 0, 0, &message);
  if (status != 0)
    return llvm::createStringError(*linker + " failed: " + message +
                                   readFile(log->getPath()));
  return readFile(output->getPath());
}
