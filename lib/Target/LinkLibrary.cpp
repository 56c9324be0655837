//===- LinkLibrary.cpp - Shared libraries of layers -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerCompiler.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <dlfcn.h>

using namespace llvm;

/// The file of the shared library that has the code at `address`.
static std::string libraryOf(const void *address) {
  Dl_info info;
  return dladdr(address, &info) && info.dli_fname ? info.dli_fname : "";
}

/// The file of the system's library that defines `symbol`: the one that this
/// process has.
static std::string systemLibraryOf(const char *symbol) {
  const void *address = dlsym(RTLD_DEFAULT, symbol);
  return address ? libraryOf(address) : "";
}

/// Beeline's runtime is installed beside Beeline.
static Expected<std::string> findRuntime() {
  SmallString<128> path(
      libraryOf(reinterpret_cast<const void *>(&beeline::linkLibrary)));
  sys::path::remove_filename(path);
  sys::path::append(path, "libBeelineRuntime.a");
  if (!sys::fs::exists(path))
    return createStringError("there is no " + path +
                             ", which layers are linked with");
  return path.str().str();
}

static Expected<std::string> findLinker() {
  if (ErrorOr<std::string> found =
          sys::findProgramByName("ld.lld", {BEELINE_LLVM_TOOLS}))
    return *found;
  if (ErrorOr<std::string> found = sys::findProgramByName("ld.lld"))
    return *found;
  return createStringError("there is no ld.lld, neither in " BEELINE_LLVM_TOOLS
                           " nor in PATH: install LLVM's linker (Debian: "
                           "lld-22)");
}

/// A temporary file of `contents`.
static Error writeTemporary(StringRef contents, SmallVectorImpl<char> &path) {
  int file;
  if (std::error_code error =
          sys::fs::createTemporaryFile("beeline", "txt", file, path))
    return createStringError("no temporary file: " + error.message());
  raw_fd_ostream os(file, /*shouldClose=*/true);
  os << contents;
  return Error::success();
}

Error beeline::linkLibrary(StringRef objectFile, StringRef outputFile,
                           StringRef name, ArrayRef<std::string> symbols) {
  Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();
  Expected<std::string> runtime = findRuntime();
  if (!runtime)
    return runtime.takeError();
  SmallString<128> exports, log;
  if (Error error = writeTemporary(
          "{ global: " + join(symbols, "; ") + "; local: *; };", exports))
    return error;
  FileRemover removeExports(exports);
  if (Error error = writeTemporary("", log))
    return error;
  FileRemover removeLog(log);

  std::string versionScript = "--version-script=" + exports.str().str();
  SmallVector<std::string> arguments = {
      *linker,       "-shared",     "-o",
      outputFile.str(), "-soname",  name.str(),
      versionScript, "--gc-sections", "-z",
      "defs",        "-z",          "now",
      objectFile.str(), *runtime,   "--as-needed"};
  // The C library, the dynamic linker (for variables of threads) and the math
  // library, so that the library loads without help of its users.
  for (const char *symbol : {"strlen", "__tls_get_addr", "erff"})
    if (std::string library = systemLibraryOf(symbol); !library.empty())
      arguments.push_back(library);
  std::optional<StringRef> redirects[] = {std::nullopt, log.str(), log.str()};
  std::string failure;
  SmallVector<StringRef> command(arguments.begin(), arguments.end());
  if (sys::ExecuteAndWait(*linker, command, std::nullopt, redirects,
                          /*SecondsToWait=*/0, /*MemoryLimit=*/0,
                          &failure) == 0)
    return Error::success();
  if (ErrorOr<std::unique_ptr<MemoryBuffer>> text = MemoryBuffer::getFile(log))
    failure += (*text)->getBuffer().rtrim();
  return createStringError("linking failed: " + failure);
}
