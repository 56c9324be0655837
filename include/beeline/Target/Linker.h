//===- Linker.h - ld.lld, called --------------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_LINKER_H
#define BEELINE_TARGET_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace beeline {

/// Links ELF objects, given as their bytes, into a shared object, with further
/// arguments for the linker. Runs `ld.lld`, which is looked for beside LLVM's
/// tools and in PATH; an error says so if there is none, or what it reported.
llvm::Expected<std::string>
linkSharedObject(llvm::ArrayRef<llvm::StringRef> objects,
                 llvm::ArrayRef<llvm::StringRef> arguments);

} // namespace beeline

#endif // BEELINE_TARGET_LINKER_H
