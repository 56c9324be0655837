//===- LinkLibrary.cpp - Shared libraries of layers -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerCompiler.h"
#include "beeline/Target/Linker.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
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

Expected<std::string> beeline::linkLibrary(StringRef object, StringRef name,
                                           ArrayRef<std::string> symbols) {
  Expected<std::string> runtime = findRuntime();
  if (!runtime)
    return runtime.takeError();
  SmallString<128> exports;
  int file;
  if (std::error_code error =
          sys::fs::createTemporaryFile("beeline", "map", file, exports))
    return createStringError(error, "cannot make a temporary file for the "
                                    "linker (set TMPDIR to choose where)");
  FileRemover removeExports(exports);
  raw_fd_ostream(file, /*shouldClose=*/true)
      << "{ global: " << join(symbols, "; ") << "; local: *; };";

  std::string versionScript = "--version-script=" + exports.str().str();
  SmallVector<StringRef> arguments = {*runtime, "-soname",       name,
                                      "-z",     "defs",          "-z",
                                      "now",    "--gc-sections", versionScript};
  // The C library, the dynamic linker (for variables of threads), the math
  // library, and the compiler's (for f16 on processors without), so that the
  // library loads without help of its users. They are found by symbols that
  // nothing in this process is likely to define in their place, as sanitizers
  // and other preloaded libraries do with common ones.
  SmallVector<std::string> libraries;
  for (const char *symbol :
       {"gnu_get_libc_version", "_r_debug", "erff", "__extendhfsf2"})
    if (std::string library = systemLibraryOf(symbol); !library.empty())
      libraries.push_back(library);
  arguments.push_back("--as-needed");
  arguments.append(libraries.begin(), libraries.end());
  return linkSharedObject({object}, arguments);
}
