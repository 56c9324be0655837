//===- Views.h - Ops that show a tensor in another form ---------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that knows views: tensor.cast, collapse_shape, expand_shape,
// reshape and extract_slice, and linalg.transpose. All are pure, and their
// result has nothing but elements of one operand.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_VIEWS_H
#define BEELINE_ANALYSIS_VIEWS_H

#include "beeline/Analysis/ElementIndex.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"

namespace beeline {

/// Gives names to extents that are known at run time only. Extents that are the
/// same number, as far as the ops that make them say, get the same name.
class ExtentNames {
public:
  /// The extent of `tensor` along `dim`.
  Extent of(mlir::Value tensor, int64_t dim);
  Extent of(mlir::OpFoldResult size);
  /// A name that nothing else has.
  Extent fresh() { return Extent::named(counter++); }

  /// What a name stands for: an index, or an extent of a tensor along `dim`.
  struct Meaning {
    mlir::Value value;
    int64_t dim;
  };
  /// Null for a fresh name.
  Meaning lookup(unsigned name) const { return meanings.lookup(name); }

private:
  static constexpr int64_t isIndex = -1;

  Extent named(mlir::Value value, int64_t dim);
  /// The same as `of`, in at most so many steps.
  Extent follow(mlir::Value tensor, int64_t dim, int &steps);

  llvm::DenseMap<std::pair<mlir::Value, int64_t>, unsigned> names;
  llvm::DenseMap<unsigned, Meaning> meanings;
  unsigned counter = 0;
};

/// What the result of `op` is a view of, or null if `op` is no view.
mlir::Value getViewSource(mlir::Operation *op);

/// The element of the source that is the element `indices` of the view `op`,
/// written in the numbers of `space`. Nullopt if a constant overflows.
std::optional<llvm::SmallVector<ElementIndex>>
mapToViewSource(mlir::Operation *op, llvm::ArrayRef<ElementIndex> indices,
                IndexSpace &space, ExtentNames &names);

/// The same view of `source`, which has the shape of the op's source and other
/// elements.
mlir::Value recreateView(mlir::OpBuilder &builder, mlir::Operation *op,
                         mlir::Value source);

} // namespace beeline

#endif // BEELINE_ANALYSIS_VIEWS_H
