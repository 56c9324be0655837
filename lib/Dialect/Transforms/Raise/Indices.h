//===- Indices.h - Index arithmetic of views --------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Views move elements. Where they come from is an affine expression over the
// indices of the tensor that is being explained, in a form such that equal
// positions are equal expressions: what a collapse and an expansion of known
// extents do to each other cancels.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_INDICES_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_INDICES_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace beeline {

using Indices = llvm::SmallVector<mlir::AffineExpr, 4>;

/// The variables that indices are made of, each of which counts from 0 to its
/// extent.
class IndexSpace {
public:
  /// A variable for each of `extents`, some of which may be dynamic.
  IndexSpace(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> extents)
      : context(context), extents(extents) {}

  /// A further variable; 0 where its extent is 1.
  mlir::AffineExpr addVariable(int64_t extent);
  /// The variable of dimension `index`; 0 where its extent is 1.
  mlir::AffineExpr getVariable(unsigned index) const;
  mlir::AffineExpr getConstant(int64_t value) const;

  /// The largest value of `expr`, if it is known.
  std::optional<int64_t> getUpperBound(mlir::AffineExpr expr) const;

  mlir::AffineExpr simplify(mlir::AffineExpr expr) const;
  mlir::AffineExpr floorDiv(mlir::AffineExpr expr, int64_t divisor) const;
  mlir::AffineExpr mod(mlir::AffineExpr expr, int64_t divisor) const;

  /// Where the element at `indices` of the expanded shape lies in the collapsed
  /// one, or the reverse. Nothing where extents that matter are unknown.
  std::optional<Indices>
  collapse(const Indices &indices, llvm::ArrayRef<int64_t> expandedShape,
           llvm::ArrayRef<mlir::ReassociationIndices> groups) const;
  std::optional<Indices>
  expand(const Indices &indices, llvm::ArrayRef<int64_t> expandedShape,
         llvm::ArrayRef<mlir::ReassociationIndices> groups) const;

private:
  /// expr = divisor * quotient + remainder.
  struct Division {
    mlir::AffineExpr quotient, remainder;
  };
  Division divide(mlir::AffineExpr expr, int64_t divisor) const;

  mlir::MLIRContext *context;
  llvm::SmallVector<int64_t> extents;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_INDICES_H
