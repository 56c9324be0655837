//===- Provenance.h - Where codes and scales come from ----------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows the codes and the scales of dequantizations together, back to the
// quantizations that made them: through views, branches, regions and calls.
//
// A step of the walk is a pair of values that are both at hand at one moment of
// the execution, and how their elements are read. The pair is followed to where
// the later of the two is defined:
//
//   a view            to what it shows, with the reading seen through it
//   one join          along each way into it, to what arrives there as a pair
//   a join of one     along each way into it, with the other value, which was
//                     defined before and is the same on all ways
//   one quantization  the end, if the reading gives each code its own scale
//   anything else     the end, with a reason
//
// So codes and scales of different executions part at a join and end at two
// quantizations, or never meet. All pairs of a module make one graph, in which
// each is visited once, whatever reads it.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_ANALYSIS_PROVENANCE_H
#define BEELINE_ANALYSIS_PROVENANCE_H

#include "beeline/Analysis/Joins.h"
#include "beeline/Analysis/Views.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace beeline {

/// A result of a quantization.
struct Origin {
  enum class Part { Codes, Scales };

  QuantizeOpInterface op;
  unsigned index;
  Part part;

  /// The quantization result that `value` is, if its op quantizes.
  static std::optional<Origin> of(mlir::Value value);

  Quantization getQuantization() const {
    return QuantizeOpInterface(op).getQuantizations()[index];
  }
  bool isSameQuantization(const Origin &other) const {
    return op == other.op && index == other.index;
  }
};

/// How the elements of codes and scales meet in a dequantization: element i of
/// its result is made of the element `codes` of the one tensor and `scales` of
/// the other. `space` is that of i.
struct Reading {
  IndexSpace space;
  llvm::SmallVector<ElementIndex> codes, scales;

  bool operator==(const Reading &other) const {
    return space == other.space && codes == other.codes &&
           scales == other.scales;
  }
};

/// A function that is called with quantized tensors of known origin by some,
/// and by others not.
struct MixedCalls {
  mlir::func::FuncOp function;
  /// Those that pass tensors of known origin.
  llvm::SmallVector<mlir::func::CallOp> calls;
};

class ProvenanceAnalysis {
public:
  ProvenanceAnalysis(Joins &joins,
                     llvm::ArrayRef<DequantizeOpInterface> dequantizes);

  /// Why a dequantization does not read what quantizations made, unchanged,
  /// with the parameters of their making and each code with its own scale.
  /// Nullopt if it does, in every execution.
  std::optional<Refusal> getRefusal(DequantizeOpInterface dequantize) const;

  /// The quantizations of those that are not refused.
  llvm::SmallVector<Origin> getOrigins(DequantizeOpInterface dequantize) const;

  /// At most one entry for each function. Functions whose callers can be told
  /// apart already come first: others are for another time.
  llvm::SmallVector<MixedCalls> getMixedCalls() const;

private:
  /// A pair of values, and how a dequantization reads them.
  struct Pair {
    mlir::Value codes, scales;
    /// Which of `parameters`.
    unsigned parameters;
    /// Nullopt if there has been no view: as the parameters say.
    std::optional<Reading> reading;

    /// What it may be, on each way into a join. Empty if quantizations made it.
    llvm::SmallVector<unsigned, 2> sources;
    llvm::SmallVector<unsigned, 2> readers;
    std::optional<Join> join;
    /// Which of `refusals`.
    std::optional<unsigned> refusal;
    /// Refused whoever calls the function whose arguments these are.
    bool isRefusedForAll = false;
  };
  struct PlacedRefusal {
    Refusal refusal;
    /// The reason says on which of several ways it holds.
    bool isPlaced = false;
  };

  /// The number of the pair to which the views on `pair` lead.
  unsigned visit(Pair pair);
  /// Goes through the views on both values, or says why that cannot be done.
  std::optional<Refusal> skipViews(Pair &pair);
  std::optional<Refusal> skipView(Pair &pair, mlir::Operation *view,
                                  bool isOfCodes);
  /// Finds what pair `number` may be.
  void expand(unsigned number);
  /// The same where one join defines both, or one of them (the other is null).
  void expandJoin(unsigned number, const Join *codes, const Join *scales);
  /// Writes the reading of `reader`, a pair that `join` defines, in terms of
  /// what is known before: of `pair`, which arrives there.
  bool readBefore(const Join &join, const Pair &reader, Pair &pair);
  /// Why these did not make what `pair` reads.
  std::optional<Refusal> compare(const Pair &pair, Origin codes, Origin scales);
  std::optional<Refusal> compareReadings(const Pair &pair,
                                         const Quantization &quantization);
  /// Why neither value's definition is known to be the later one.
  Refusal describeParting(const Join *codes, const Join *scales);
  /// What `value`, which nothing known made, is.
  Obstacle classify(mlir::Value value);

  /// With `areSettled`, only functions all of whose callers are known either to
  /// pass what is needed or never to.
  llvm::SmallVector<MixedCalls> getMixedCalls(bool areSettled) const;

  void refuse(unsigned number, Refusal refusal);
  void propagateRefusals();
  /// The refusal of a source, for what reads it.
  unsigned placeRefusal(unsigned refusal, const Pair &reader);

  std::optional<Reading> plainReading(const Pair &pair);
  unsigned numberOf(const QuantizationParameters &parameters);

  Joins &joins;
  ExtentNames names;
  std::vector<Pair> pairs;
  llvm::SmallVector<unsigned> worklist;
  std::vector<PlacedRefusal> refusals;
  llvm::SmallVector<QuantizationParameters> parameters;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Value>,
                 llvm::SmallVector<unsigned, 1>>
      numbers;
  /// The pairs that dequantizations read.
  llvm::DenseMap<mlir::Operation *, unsigned> starts;
};

} // namespace beeline

#endif // BEELINE_ANALYSIS_PROVENANCE_H
