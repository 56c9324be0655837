//===- UnquantizedValueBuilder.h - Let values accompany codes ---*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Carries out a plan of UnquantizedValues: builds the views, the casts, the
// arguments and the results through which dequantizations get the values that
// were quantized. Each is built once, however many read it.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_UNQUANTIZEDVALUEBUILDER_H
#define BEELINE_DIALECT_TRANSFORMS_UNQUANTIZEDVALUEBUILDER_H

#include "beeline/Analysis/UnquantizedValues.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"

namespace beeline {

class UnquantizedValueBuilder {
public:
  /// Adds the arguments and results that `dequantizes` need. All of the plan's
  /// quantizations have an unquantized value, and the plan refuses none of
  /// `dequantizes`.
  UnquantizedValueBuilder(mlir::RewriterBase &rewriter, Joins &joins,
                          const UnquantizedValues &plan,
                          llvm::ArrayRef<DequantizeOpInterface> dequantizes);
  /// Erases the ops that others with more results have replaced.
  ~UnquantizedValueBuilder();

  struct Built {
    mlir::Value value;
    /// Whether elements are cast that nobody before wanted in this type.
    bool isNewCast;
    /// Whether an argument or a result that was added brings it here.
    bool isPassedOn;
  };
  /// The value that `dequantize` can read, in the type of its result.
  Built build(DequantizeOpInterface dequantize);

private:
  /// One more value through a join: an argument or a result, or both, and an
  /// operand for each way in.
  struct Slot {
    Join::Kind kind;
    mlir::Operation *op;
    mlir::RankedTensorType type;
    /// Of the operands: what their ops are, and which values of the plan go in.
    llvm::SmallVector<mlir::Operation *> owners;
    llvm::SmallVector<unsigned, 2> successors, sources;
    /// What was added, by the place where it is defined.
    llvm::DenseMap<llvm::PointerUnion<mlir::Operation *, mlir::Block *>,
                   mlir::Value>
        inputs;
  };

  /// The values of the plan that are needed for `dequantizes`.
  llvm::SmallVector<unsigned>
  findNeeded(llvm::ArrayRef<DequantizeOpInterface> dequantizes);
  void addSlot(unsigned number);
  /// Adds to each slot's ops the arguments and results.
  void addInputs();
  void addRegionInputs(Slot &slot);
  /// Replaces ops by ones with more results.
  void addResults();
  mlir::Operation *withMoreResults(mlir::Operation *op, mlir::TypeRange types);
  void addOperands(Slot &slot);
  /// The op that `op` has become.
  mlir::Operation *current(mlir::Operation *op) const;

  mlir::Value get(unsigned number);
  /// `value` in another type, cast beside the value, where a fusion finds it.
  mlir::Value cast(mlir::Value value, mlir::RankedTensorType type,
                   bool *isNewCast = nullptr);

  mlir::RewriterBase &rewriter;
  Joins &joins;
  const UnquantizedValues &plan;
  /// By the first of the operands that pass the codes.
  llvm::MapVector<mlir::OpOperand *, Slot> slots;
  /// Which slots give an op one more result.
  llvm::MapVector<mlir::Operation *, llvm::SmallVector<Slot *>> moreResults;
  llvm::MapVector<mlir::Operation *, mlir::Operation *> replaced;
  llvm::DenseMap<unsigned, mlir::Value> built;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Type>, mlir::Value> casts;
};

} // namespace beeline

#endif // BEELINE_DIALECT_TRANSFORMS_UNQUANTIZEDVALUEBUILDER_H
