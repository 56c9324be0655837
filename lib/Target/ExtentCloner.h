//===- ExtentCloner.h - Sizes in terms of arguments' extents ----*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_TARGET_EXTENTCLONER_H
#define BEELINE_LIB_TARGET_EXTENTCLONER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"

namespace beeline {

/// The dynamic extents of all buffers among `types`, in order.
int64_t countExtents(mlir::TypeRange types);

/// Whether `function` is one that a layer's caller calls with buffers, and not
/// one that computes sizes.
bool isLayerFunction(mlir::func::FuncOp function);

/// Emits an error unless `function` takes and returns plain buffers, and is one
/// block that ends in `func.return`.
llvm::LogicalResult verifyBuffers(mlir::func::FuncOp function);

/// Emits an error if there is something of this name already beside `function`.
llvm::LogicalResult verifyIsNew(mlir::func::FuncOp function,
                                const llvm::Twine &name);

/// The arguments of a layer's function that are neither its results nor its
/// workspace.
llvm::SmallVector<mlir::BlockArgument> getInputs(mlir::func::FuncOp function);

/// The name that bufferization gives the attribute of an argument that is a
/// result.
inline constexpr llvm::StringLiteral resultAttrName = "bufferize.result";

/// Computes index values of a function of buffers anew, somewhere else, from
/// the extents of the function's arguments.
class ExtentCloner {
public:
  /// `builder` is where the values are wanted. `extents` are the dynamic
  /// extents of `inputs` there, in order.
  ExtentCloner(mlir::ImplicitLocOpBuilder &builder,
               llvm::ArrayRef<mlir::BlockArgument> inputs,
               mlir::ValueRange extents);

  /// `value`, or null if it depends on anything else than the extents.
  mlir::Value clone(mlir::Value value);
  /// The extent of dimension `dim` of `buffer`, or null.
  mlir::Value cloneExtent(mlir::Value buffer, int64_t dim);

private:
  mlir::Value cloneUncached(mlir::Value value);
  mlir::Value cloneExtentOfResult(mlir::OpResult buffer, int64_t dim);
  mlir::Value cloneSelect(mlir::Value condition,
                          llvm::function_ref<mlir::Value(bool)> choose);
  mlir::Value clone(mlir::OpFoldResult value);

  mlir::ImplicitLocOpBuilder &builder;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> extentOf;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
};

} // namespace beeline

#endif // BEELINE_LIB_TARGET_EXTENTCLONER_H
