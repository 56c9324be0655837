//===- Elements.h - What an element means -----------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same computation can be written in many ways: as arith on tensors, as
// linalg.generic or linalg.map with bodies, with broadcasts or with indexing
// maps, behind reshapes, slices and transposes. Here all of them become the
// same: an element of a tensor is an operation on elements of other tensors, at
// positions that are affine in its own. Terms are made as they are looked at,
// so that a graph that matches nothing is not walked.
//
// Terms are f32 arithmetic, as the beeline ops define theirs. An op on bf16 or
// f16 is the operation in f32 and a rounding, which is exact: see
// lib/Dialect/IR/ElementwiseOps.cpp. Extensions mean nothing.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_RAISE_ELEMENTS_H
#define BEELINE_DIALECT_TRANSFORMS_RAISE_ELEMENTS_H

#include "Indices.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"

namespace beeline {

/// One element of a tensor; or a scalar, in the body of a linalg op in the
/// iteration `indices`, or outside of any without indices.
struct Element {
  mlir::Value value;
  Indices indices;
  /// What `value`'s op computes, before it is rounded to `value`'s type.
  bool isUnrounded = false;
  /// On the way here from the element that was asked about there was a slice or
  /// a padding: equal indices do not make dynamic extents equal.
  bool hasOtherExtents = false;

  /// The type of a tensor that can be named, or null.
  mlir::RankedTensorType getTensorType() const;

  bool operator==(const Element &other) const {
    return value == other.value && indices == other.indices &&
           isUnrounded == other.isUnrounded;
  }
};

enum class TermKind {
  /// Anything else: an argument, an op that is not known.
  Opaque,
  /// A number.
  Constant,
  /// operand 0, rounded to `type`.
  Round,
  /// operand 0 inside of a tensor, `constant` beside it.
  Pad,
  Add,
  Sub,
  Mul,
  Div,
  Neg,
  Abs,
  Sqrt,
  Rsqrt,
  Exp,
  /// operand 0 to the power of two, by math.powf or math.fpowi.
  Power2,
  Max,
  Min,
  /// operand 0 `predicate` operand 1 ? operand 2 : operand 3
  Select,
  /// operand 0 over `reduced`, from operand 1 on.
  SumOf,
  MaxOf,
};

struct Term {
  TermKind kind = TermKind::Opaque;
  mlir::Operation *op = nullptr;
  llvm::SmallVector<Element, 4> operands = {};
  /// Of Constant and Pad; in f32.
  std::optional<llvm::APFloat> constant = {};
  /// What Round rounds to, and what SumOf adds in.
  mlir::FloatType type = {};
  /// Max, Min: whether NaN as this operand makes the result NaN. MaxOf: [0].
  bool keepsNaN[2] = {true, true};
  mlir::arith::CmpFPredicate predicate =
      mlir::arith::CmpFPredicate::AlwaysFalse;
  /// Fast-math flags permit other results.
  bool isFast = false;
  /// The variable that SumOf and MaxOf run over, and its extent. They run over
  /// one dimension each.
  mlir::AffineExpr reduced = {};
  int64_t reducedExtent = 0;

  bool isConstant() const { return kind == TermKind::Constant; }
};

/// Whether fast-math flags permit other results of `op`.
bool isFast(mlir::Operation *op);

/// Explains the elements of one tensor, the root.
class Elements {
public:
  explicit Elements(mlir::RankedTensorType root);

  IndexSpace &getSpace() { return space; }
  /// The element of `tensor`, of the root's shape, at the root's indices.
  Element at(mlir::Value tensor);

  /// `element` and all that it is a copy of, one after the other.
  llvm::SmallVector<Element, 4> trace(Element element);
  /// The last of them.
  Element strip(Element element);
  /// What it computes.
  Term look(const Element &element);
  /// Whether both are the same number, as far as that can be seen.
  bool isSame(const Element &a, const Element &b, unsigned depth = 4);

  /// The ops that were looked at so far.
  llvm::SmallVector<mlir::Operation *, 0> visited;

private:
  std::optional<Element> step(const Element &element);
  std::optional<Element> stepTensor(const Element &element,
                                    mlir::Operation *op);
  /// An operand, as an op in the same body or on the same tensors reads it.
  Element operand(const Element &user, mlir::Value value);
  Element atLinalgOperand(mlir::OpOperand &operand, const Indices &loops);
  /// What `element` is if its operands are numbers.
  std::optional<llvm::APFloat> foldNumbers(const Element &element,
                                           TermKind kind, mlir::FloatType type);
  /// `look` at what is no copy.
  Term explain(const Element &element);
  Term lookAtReduction(const Element &element);
  Term lookAtSelect(const Element &element, mlir::arith::SelectOp select);

  IndexSpace space;
  unsigned rank;
  /// Bounds the work on graphs that wind on and on.
  unsigned budget = 1000;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_RAISE_ELEMENTS_H
