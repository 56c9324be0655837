//===- Npy.h - NumPy files --------------------------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The format is numpy/lib/format.py's, versions 1.0 to 3.0: Debian has no C++
// library for it. Types that NumPy lacks are written as ml_dtypes' arrays are
// saved: opaque items (V1, V2) of the right size.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TOOLS_BEELINERUN_NPY_H
#define BEELINE_TOOLS_BEELINERUN_NPY_H

#include "Tensor.h"
#include "llvm/Support/Error.h"

namespace beeline {

/// Reads a tensor of `type`, whose dynamic extents the file decides. The item
/// type of the file must be `type`'s, or opaque and of its size.
llvm::Expected<Tensor> readNpy(llvm::StringRef path,
                               mlir::RankedTensorType type);

llvm::Error writeNpy(llvm::StringRef path, const Tensor &tensor);

} // namespace beeline

#endif // BEELINE_TOOLS_BEELINERUN_NPY_H
