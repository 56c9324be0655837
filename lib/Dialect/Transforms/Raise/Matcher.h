//===- Matcher.h - What the forms have in common ----------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A matcher holds one tensor, the root, against the definition of an op. Its
// terms are those of Elements.h; a form says which of them it takes, notes
// what that assumes, and finds the tensors that become operands.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_MATCHER_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_MATCHER_H

#include "Assumptions.h"
#include "Elements.h"
#include "Remarks.h"
#include "beeline/Dialect/IR/BeelineAttrs.h"

namespace beeline {

/// A tensor of the program, to be read in a shape that differs from its own by
/// extents of 1.
struct TensorUse {
  mlir::Value value;
  llvm::SmallVector<int64_t> shape;

  mlir::Type getElementType() const;
};

/// Groups of a row, and the values that there are one of for each.
struct Grouping {
  int64_t groupSize;
  ScaleLayout layout;
  /// The values, in the shape of scales.
  TensorUse values;
};

class Matcher {
public:
  Matcher(mlir::Value root, NearMisses &misses);

  mlir::Value getRoot() const { return root; }
  mlir::RankedTensorType getRootType() const;
  mlir::FloatType getRootElementType() const;
  /// N, or dynamic.
  int64_t getRowLength() const { return getRootType().getShape().back(); }
  Element getRootElement() { return elements.at(root); }

  /// What `element` computes, as a part of the form.
  Term look(const Element &element);
  /// The same, to see what it is not.
  Term peek(const Element &element);
  /// The root's value before it is rounded to its type, and whether a cast does
  /// that, if it is rounded to it once.
  std::optional<Element> getUnroundedRoot();

  /// The product that this value is, if it is one.
  std::optional<Term> getUnroundedProduct();

  Element strip(const Element &element) { return elements.strip(element); }
  bool isSame(const Element &a, const Element &b) {
    return elements.isSame(a, b);
  }
  IndexSpace &getSpace() { return elements.getSpace(); }
  /// The variable of the elements of a row.
  mlir::AffineExpr getColumn() {
    return getSpace().getVariable(getRootType().getRank() - 1);
  }

  /// Tries `match` on the operands of `term` in both orders.
  bool inEitherOrder(
      const Term &term,
      llvm::function_ref<bool(const Element &, const Element &)> match);
  /// The other operand, if one is a constant.
  std::optional<Element> besideConstant(const Term &term,
                                        llvm::APFloat &number);

  /// The first that was computed of the tensors with elements of such types
  /// whose elements `element` is: for every index of the root the one at the
  /// same index, or the one in the same column.
  std::optional<TensorUse>
  findRows(const Element &element,
           llvm::function_ref<bool(mlir::Type)> hasElements);
  std::optional<TensorUse>
  findVector(const Element &element,
             llvm::function_ref<bool(mlir::Type)> hasElements);
  /// The first that has one value for each group of each row.
  std::optional<Grouping>
  findGroups(const Element &element,
             llvm::function_ref<bool(mlir::Type)> hasElements);
  /// The same, of this tensor alone.
  std::optional<Grouping> getGrouping(const Element &element);

  void assume(Assumption assumption) { assumed.insert(assumption); }
  void assume(AssumptionSet others) { assumed.insert(others); }
  AssumptionSet getAssumed() const { return assumed; }
  /// The ops that the root's value was seen to come from.
  llvm::ArrayRef<mlir::Operation *> getCone() const { return elements.visited; }

  /// Notes why what looks like `anchor`'s form is not it. Returns false.
  bool miss(mlir::Operation *anchor, llvm::StringRef opName, std::string reason,
            std::string suggestion = {});

private:
  std::optional<TensorUse>
  findTensor(const Element &element,
             llvm::function_ref<bool(mlir::Type)> hasElements,
             llvm::ArrayRef<unsigned> dims);
  bool hasExtent(const Element &element, int64_t extent, int64_t wanted) const;

  mlir::Value root;
  NearMisses &misses;
  Elements elements;
  AssumptionSet assumed;
};

/// bf16, f16 or f32.
bool isArithmeticType(mlir::Type type);
/// One of the FP8 formats of codes.
bool isCodeType(mlir::Type type);

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_MATCHER_H
