//===- UnquantizedValues.h - Whether they are at hand -----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codes are made, viewed and passed on, and the unquantized value can accompany
// them: wherever the codes are defined, so is, in the same moment, the value
// that they were made of.
//
//   codes made by a quantization   what it quantized
//   a view of codes                the same view
//   codes that a join defines      one more argument or result, which each way
//                                  into the join fills with its own; or none,
//                                  if one value is right on all ways
//
// This is a plan. It follows only codes whose origin is known
// (ProvenanceAnalysis), and changes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_UNQUANTIZEDVALUES_H
#define BEELINE_ANALYSIS_UNQUANTIZEDVALUES_H

#include "beeline/Analysis/Provenance.h"
#include "mlir/IR/BuiltinTypes.h"

namespace beeline {

/// The narrowest of bf16, f16 and f32 that holds every value of both.
mlir::FloatType widerType(mlir::FloatType a, mlir::FloatType b);

/// The type of the elements of an unquantized tensor: bf16, f16 or f32. Null if
/// `value` is something else.
mlir::FloatType unquantizedElementType(mlir::Value value);

/// What accompanies one value that holds codes.
struct UnquantizedValue {
  mlir::Value codes;
  /// One of: the quantization that made the codes, the view that they are, the
  /// join that defines them.
  std::optional<Origin> origin;
  mlir::Operation *view = nullptr;
  std::optional<Join> join;
  /// The values that accompany what is viewed or passed on, one for each way
  /// into the join; and what reads this in this way.
  llvm::SmallVector<unsigned, 2> sources, readers;
  /// If this is on all ways one value, which is at hand: that value.
  std::optional<unsigned> same;
  /// The widest type in which it is wanted.
  mlir::FloatType wanted;
  std::optional<Refusal> refusal;
};

class UnquantizedValues {
public:
  UnquantizedValues(Joins &joins,
                    llvm::ArrayRef<DequantizeOpInterface> dequantizes);

  /// The number of what `dequantize` can read.
  unsigned getNumber(DequantizeOpInterface dequantize) const;
  /// The number behind `number` after all `same`.
  unsigned resolve(unsigned number) const;
  const UnquantizedValue &operator[](unsigned number) const {
    return values[number];
  }
  unsigned size() const { return values.size(); }

  /// Refuses what depends on a quantization that cannot give its value.
  void refuse(unsigned number, Refusal refusal);

private:
  unsigned visit(mlir::Value codes);
  void expand(unsigned number);
  void findSame();
  bool isAvailable(const UnquantizedValue &value, const Join &join);
  void want(unsigned number, mlir::FloatType type);

  Joins &joins;
  std::vector<UnquantizedValue> values;
  llvm::SmallVector<unsigned> worklist;
  llvm::SmallVector<std::pair<unsigned, Refusal>, 0> obstructed;
  /// By codes, and by the unquantized value where a quantization has it.
  llvm::DenseMap<mlir::Value, unsigned> numbers, quantized;
  llvm::DenseMap<mlir::Operation *, unsigned> starts;
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_UNQUANTIZEDVALUES_H
