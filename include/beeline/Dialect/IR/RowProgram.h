//===- RowProgram.h - What a row-wise op computes ---------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row-wise op describes how it computes one row, once, as a row program. The
// CPU and the GPU code generators read the same programs.
//
// A program's values are f32. There is one of each per element of the row, per
// group of its elements, or per row; what is combined with a finer value is
// broadcast to it.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_ROWPROGRAM_H
#define BEELINE_DIALECT_IR_ROWPROGRAM_H

#include "beeline/Dialect/IR/BeelineAttrs.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <functional>
#include <optional>
#include <string>

namespace beeline {

/// Builds the ops of one step of a program. Operands and results are scalars or
/// vectors of f32, all of one type, which is known also where there are no
/// operands.
class RowMapBuilder {
public:
  RowMapBuilder(mlir::ImplicitLocOpBuilder &builder, mlir::Type type)
      : builder(builder), type(type) {}
  virtual ~RowMapBuilder() = default;

  mlir::ImplicitLocOpBuilder &getBuilder() { return builder; }

  /// `value`, of the type of the step's result.
  mlir::Value constant(float value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value div(mlir::Value lhs, mlir::Value rhs);
  /// lhs / rhs for numbers that are far from the ends of f32's range, which a
  /// chip may divide in a shorter way: rhs and the quotient have magnitudes
  /// between 2^-100 and 2^126. The quotient may also be smaller; it is right
  /// then up to the last bits, or 0 if it is 0. Any other is unspecified.
  virtual mlir::Value divNormal(mlir::Value lhs, mlir::Value rhs);
  mlir::Value negate(mlir::Value value);
  mlir::Value sqrt(mlir::Value value);
  /// 1 / sqrt(value), both rounded, of a number that is not less than 2^-60, of
  /// infinity or NaN. Of any other it is unspecified.
  virtual mlir::Value inverseSqrtNormal(mlir::Value value);
  mlir::Value floor(mlir::Value value);
  /// As `beeline.silu_mul` defines it.
  mlir::Value exp(mlir::Value value);
  /// value < low ? low : value > high ? high : value. NaN stays.
  mlir::Value clamp(mlir::Value value, float low, float high);
  /// whether lhs < rhs. False where either is NaN.
  mlir::Value isLess(mlir::Value lhs, mlir::Value rhs);
  mlir::Value select(mlir::Value condition, mlir::Value ifTrue,
                     mlir::Value ifFalse);
  /// The bits of `value` as i32, and back.
  mlir::Value toBits(mlir::Value value);
  mlir::Value fromBits(mlir::Value bits);
  /// `value`, of the type of `toBits`' results.
  mlir::Value constantBits(uint32_t value);

private:
  mlir::ImplicitLocOpBuilder &builder;
  mlir::Type type;
};

/// How many of a value there are.
enum class RowExtent { Row, Group, Element };

/// A value of a program.
struct RowValue {
  unsigned index;
};

/// How the rows of a program find a tensor's elements.
enum class RowAccess {
  /// `[..., N]`: an element for each of the row's.
  Elements,
  /// `[N]`: the same for every row.
  Vector,
  /// `[..., G]`: a value for each group.
  RowMajorScales,
  /// `[G, ...]`: a value for each group.
  GroupMajorScales,
};

/// One step: what makes a value.
struct RowStep {
  using MapFn =
      std::function<mlir::Value(RowMapBuilder &, llvm::ArrayRef<mlir::Value>)>;
  enum class Kind {
    /// `tensor`'s elements, extended.
    Load,
    /// `map` of the operands.
    Map,
    /// The operand, but no larger in magnitude than `bound`. NaN stays.
    Clamp,
    /// The operand, rounded to `type` and extended.
    Round,
    /// The sum over the row, pairwise, low bits of the index first.
    RowSum,
    /// The largest magnitude in each group. NaN if one of them is.
    GroupAbsMax,
    /// N.
    RowLength,
  };

  Kind kind;
  RowExtent extent;
  llvm::SmallVector<RowValue, 3> operands = {};
  mlir::Value tensor = {};
  RowAccess access = RowAccess::Elements;
  /// Elements of a group; 0 where the value does not depend on groups. An
  /// element's may depend on groups of several sizes: then it is one of these.
  int64_t groupSize = 0;
  mlir::FloatType type = {};
  MapFn map = {};
  float bound = 0;
};

/// A value that a program leaves: `tensor`, one of the op's results.
struct RowStore {
  RowValue value;
  mlir::Value tensor;
  RowAccess access;
  /// Elements of a group, where `tensor` has a value for each; else 0.
  int64_t groupSize = 0;
};

/// How `load` reads a tensor otherwise than `store` left it, in words for a
/// remark, or nullopt if a program can hand the value on.
std::optional<std::string> describeMismatch(const RowStore &store,
                                            const RowStep &load);

/// What the rows of an op's results are, in terms of the rows of its operands.
class RowProgram {
public:
  /// Whether programs load, store and round to elements of this type: f32,
  /// bf16, f16, f8E4M3FN, f8E4M3FNUZ, f8E5M2, and f8E8M0FNU.
  static bool hasFormat(mlir::Type elementType);

  /// Loads of one tensor in one way are one step.
  RowValue load(mlir::Value tensor);
  RowValue loadVector(mlir::Value vector);
  RowValue loadScales(mlir::Value scales, int64_t groupSize,
                      ScaleLayout layout);
  /// Without operands the value is a constant, and one per row.
  RowValue map(llvm::ArrayRef<RowValue> operands, RowStep::MapFn map);
  /// Hardware that saturates when it rounds need not compute it.
  RowValue clamp(RowValue value, float bound);
  RowValue round(RowValue value, mlir::Type type);
  RowValue rowSum(RowValue value);
  RowValue groupAbsMax(RowValue value, int64_t groupSize);
  RowValue rowLength();
  /// The value is rounded to the tensor's element type; NaN is canonical.
  void store(RowValue value, mlir::Value tensor);
  void storeScales(RowValue value, mlir::Value scales, ScaleLayout layout);
  /// A step of another program, whose operands are values of this one.
  RowValue append(RowStep step);
  void append(RowStore store) { stores.push_back(store); }

  const RowStep &operator[](RowValue value) const { return steps[value.index]; }
  /// In an order in which operands come first.
  llvm::ArrayRef<RowStep> getSteps() const { return steps; }
  llvm::ArrayRef<RowStore> getStores() const { return stores; }
  /// The store of `tensor`, which there must be.
  const RowStore &getStore(mlir::Value tensor) const;

private:
  llvm::SmallVector<RowStep, 0> steps;
  llvm::SmallVector<RowStore> stores;
};

/// The extents of the tensor that `store` leaves, for the rows of `rows`, a
/// tensor `[..., N]`.
llvm::SmallVector<mlir::OpFoldResult> reifyShape(mlir::OpBuilder &builder,
                                                 mlir::Location loc,
                                                 mlir::Value rows,
                                                 const RowStore &store);

/// The extents of the scales of codes with the extents `codes`.
llvm::SmallVector<mlir::OpFoldResult>
reifyScalesShape(mlir::OpBuilder &builder, mlir::Location loc,
                 llvm::SmallVector<mlir::OpFoldResult> codes, int64_t groupSize,
                 ScaleLayout layout);

} // namespace beeline

#endif // BEELINE_DIALECT_IR_ROWPROGRAM_H
