//===- JointLaunches.h - Row-wise ops that share a launch -------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_JOINTLAUNCHES_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_JOINTLAUNCHES_H

#include "beeline/Target/Device.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace beeline {

/// Finds pairs of row-wise ops in one block, neither of which needs the other,
/// that can run side by side in one launch at no loss, and moves the second of
/// each pair right behind the first. Returns the second ones by the first ones.
/// Remarks say what was joined, and what kept independent ops apart.
llvm::DenseMap<mlir::Operation *, mlir::Operation *>
findJointLaunches(mlir::Operation *root, const Device &device);

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_JOINTLAUNCHES_H
