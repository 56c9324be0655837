//===- Generator.h - Random modules and what must become of them *- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A module is built statement by statement. Of each pair of codes and scales
// that it makes on the way the generator knows its fate, from the way it was
// built: whether a dequantization of it is to be rewired. A trap makes a pair
// that is to be left alone; whatever the pair passes later, it stays one.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_GENERATOR_H
#define BEELINE_TEST_DIFFERENTIAL_GENERATOR_H

#include "Expectation.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

namespace beeline::differential {

/// How many dequantizations of each kind have been generated: of those to be
/// rewired, by what their codes passed; of those to be kept, by their trap.
struct Statistics {
  std::map<std::string, uint64_t> rewired, kept;
  uint64_t numRewired = 0, numKept = 0, numAsCalled = 0, numForwarded = 0;
};

struct Parameters {
  mlir::Type codeType, scaleType;
  int64_t groupSize;
  ScaleLayout layout;
  float fmax, minAmax;

  bool operator==(const Parameters &other) const {
    return codeType == other.codeType && scaleType == other.scaleType &&
           groupSize == other.groupSize && layout == other.layout &&
           fmax == other.fmax && minAmax == other.minAmax;
  }
};

struct Plain {
  mlir::Value value;
  /// What the extents are when the module is run.
  llvm::SmallVector<int64_t> extents;

  mlir::RankedTensorType getType() const {
    return llvm::cast<mlir::RankedTensorType>(value.getType());
  }
};

struct Pair {
  mlir::Value codes, scales;
  llvm::SmallVector<int64_t> extents;
  Parameters parameters;
  RoundTrip fate = RoundTrip::Rewired;
  /// Why it is to be kept.
  std::string trap = {};
  /// What the pair has passed.
  std::set<std::string> path = {};
  bool isViewed = false;

  mlir::RankedTensorType codesType() const {
    return llvm::cast<mlir::RankedTensorType>(codes.getType());
  }
  mlir::RankedTensorType scalesType() const {
    return llvm::cast<mlir::RankedTensorType>(scales.getType());
  }
  bool isLike(const Pair &other) const {
    return codes.getType() == other.codes.getType() &&
           scales.getType() == other.scales.getType() &&
           extents == other.extents && parameters == other.parameters;
  }
  int64_t numGroups() const {
    return (extents.back() + parameters.groupSize - 1) / parameters.groupSize;
  }
  bool isRowMajor() const { return parameters.layout == ScaleLayout::RowMajor; }
  int64_t rank() const { return extents.size(); }
  /// The dimension of the scales for one of the codes. For the last one, that
  /// of the groups.
  int64_t scalesDim(int64_t dim) const {
    return isRowMajor() ? dim : (dim + 1) % rank();
  }
  void keep(llvm::StringRef why) {
    if (fate != RoundTrip::Kept)
      trap = why.str();
    fate = RoundTrip::Kept;
  }
};

/// What can be named at a place.
struct Scope {
  std::vector<Plain> plains;
  std::vector<Pair> pairs;
  /// What was quantized, and how.
  std::vector<std::pair<Plain, Parameters>> quantized;
  /// Whether an op around asks to keep the rounding.
  bool isPreserved = false;
  /// Whether there may be blocks that branch to each other.
  bool hasBlocks = false;
  int depth = 0;
};

class Generator {
public:
  Generator(mlir::MLIRContext *context, uint64_t seed, Statistics &statistics);

  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  enum class Callers { AllProvide, NoneProvides, SomeProvide };
  struct Function {
    mlir::func::FuncOp op;
    /// What its arguments are: of pairs, plain ones, conditions or indices.
    struct Argument {
      llvm::SmallVector<int64_t> extents;
      int64_t below = 0;
      bool isOfPair = false;
    };
    std::vector<Argument> arguments;
    Pair pairArgument;
    /// The results: pairs first.
    std::vector<Pair> pairResults;
    std::vector<llvm::SmallVector<int64_t>> plainResults;
    Callers callers = Callers::AllProvide;
    bool isPublic = false, isFinished = false;
  };

  // Generator.cpp
  int64_t below(int64_t bound) { return random() % bound; }
  bool chance(int percent) { return below(100) < percent; }
  template <typename RangeTy>
  auto &pick(RangeTy &&range) {
    return *std::next(std::begin(range), below(std::size(range)));
  }
  void chooseShapes();
  Parameters chooseParameters();
  llvm::SmallVector<int64_t> chooseExtents();
  mlir::Value addArgument(mlir::Type type, llvm::ArrayRef<int64_t> extents,
                          int64_t bound);
  mlir::Value condition() { return addArgument(builder.getI1Type(), {}, 2); }
  mlir::Value index(int64_t bound) {
    return addArgument(builder.getIndexType(), {}, bound);
  }
  mlir::Value constant(int64_t number);
  mlir::Attribute nextIdAttr() { return builder.getI64IntegerAttr(nextId++); }
  void preserve(mlir::Operation *op);
  void statements(Scope &scope, int count);
  void statement(Scope &scope);
  void finishScope(Scope &scope);
  Scope inside(const Scope &scope, bool hasBlocks);
  void runEntry();

  // Values.cpp
  /// A type for a tensor of these extents, some of which it does not tell.
  mlir::RankedTensorType usualType(llvm::ArrayRef<int64_t> extents,
                                   mlir::Type elementType);
  mlir::Type chooseFloat();
  Plain plain(Scope &scope, mlir::RankedTensorType type,
              llvm::ArrayRef<int64_t> extents, bool isFresh = false);
  Plain choosePlain(Scope &scope);
  Plain computePlain(Scope &scope, mlir::RankedTensorType type,
                     llvm::ArrayRef<int64_t> extents);
  /// A function without a body.
  mlir::func::FuncOp declare(llvm::StringRef name, mlir::TypeRange arguments,
                             mlir::TypeRange results);
  void observe(mlir::Value value);
  void use(Scope &scope, const Plain &plain);
  void useQuantized(Scope &scope, const Pair &pair);

  // Quantizations.cpp
  /// `type` gives the shape. What is quantized is new if `isFresh`.
  Pair quantize(Scope &scope, mlir::RankedTensorType type,
                llvm::ArrayRef<int64_t> extents, const Parameters &parameters,
                bool isFresh = false);
  Pair quantizeUsual(Scope &scope);
  Pair quantizeValue(Scope &scope, const Plain &input,
                     const Parameters &parameters);
  void forwardIfEqual(const Scope &scope, GroupQuantOp op, Pair &pair);
  Pair quantizeNorm(Scope &scope, mlir::RankedTensorType codesType,
                    mlir::RankedTensorType scalesType,
                    llvm::ArrayRef<int64_t> extents,
                    const Parameters &parameters);
  Pair choosePair(Scope &scope);
  Pair freshPairLike(Scope &scope, const Pair &pair);
  Pair pairLike(Scope &scope, const Pair &pair);
  Pair goodPairLike(Scope &scope, const Pair &pair);
  Pair badPairLike(Scope &scope, const Pair &pair);
  /// The pair, with the types of another one.
  Pair castTo(const Pair &pair, mlir::Type codesType, mlir::Type scalesType);
  Plain dequantize(Scope &scope, Pair pair, mlir::Type elementType = {},
                   bool isStated = false);
  void requantize(Scope &scope);
  void quantizeInKernel(Scope &scope);

  // Views.cpp
  Pair viewRight(Scope &scope, const Pair &pair);
  bool castShape(Pair &pair);
  bool expandRows(Pair &pair);
  bool collapseRows(Pair &pair);
  bool sliceRows(Pair &pair);
  bool sliceGroups(Pair &pair);
  bool dropRows(Pair &pair);
  bool transposeRows(Pair &pair);
  bool changeLayout(Pair &pair);
  bool splitRow(Pair &pair);
  bool mergeRows(Pair &pair);
  bool reshapeRows(Pair &pair);
  bool transposeTwice(Pair &pair);
  mlir::Value slice(mlir::Value value, int64_t dim, mlir::OpFoldResult offset,
                    mlir::OpFoldResult size, int64_t stride,
                    bool isDropped = false);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value expand(mlir::Value value, int64_t dim, mlir::OpFoldResult outer,
                     mlir::OpFoldResult inner);
  mlir::Value collapse(mlir::Value value, int64_t dim);
  /// The last op that made one of the two.
  mlir::Operation *lastView(const Pair &pair);

  // Traps.cpp
  bool setTrap(Scope &scope);
  Pair trapped(const Pair &pair, llvm::StringRef name);
  std::optional<Pair> mixQuantizations(Scope &scope, const Pair &pair);
  std::optional<Pair> changeScales(Scope &scope, const Pair &pair);
  std::optional<Pair> changeCodes(Scope &scope, const Pair &pair);
  std::optional<Pair> reshapeScales(Scope &scope, const Pair &pair);
  std::optional<Pair> permuteCodes(Scope &scope, const Pair &pair);
  std::optional<Pair> sliceApart(Scope &scope, const Pair &pair);
  std::optional<Pair> cutGroup(Scope &scope, const Pair &pair);
  std::optional<Pair> misreadParameters(Scope &scope, const Pair &pair);
  std::optional<Pair> loadFromMemory(Scope &scope, const Pair &pair);
  std::optional<Pair> crossRanks(Scope &scope, const Pair &pair);
  std::optional<Pair> preserveView(Scope &scope, const Pair &pair);
  std::optional<Pair> chooseApart(Scope &scope, const Pair &pair);
  std::optional<Pair> crossSignature(Scope &scope, const Pair &pair);

  // ControlFlow.cpp
  void branch(Scope &scope);
  void switchIndex(Scope &scope);
  void loop(Scope &scope);
  void whileLoop(Scope &scope);
  void executeRegion(Scope &scope);
  /// Fills a region that gives a pair like `pair`, which it returns.
  Pair fillRegion(mlir::Region &region, const Scope &scope, const Pair &pair,
                  bool isPreserved);
  /// What a way into a join passes that wants a pair like `pair`: a trap, at
  /// times.
  Pair passedOn(Scope &scope, const Pair &pair);
  Pair joined(const Scope &scope, llvm::ArrayRef<Pair> sources,
              mlir::Value codes, mlir::Value scales, llvm::StringRef name);

  // Blocks.cpp
  void blocks(Scope &scope);
  void blockLoop(Scope &scope);

  // Loops.cpp
  /// The pair that a loop begins with and one that its first iterations read,
  /// before it is known where that is.
  struct Carried {
    Pair first;
    Pair inside;
    bool isMixed;
  };
  Carried carry(Scope &scope, llvm::StringRef name);
  Pair inLoop(const Carried &carried, mlir::Value codes, mlir::Value scales);
  /// What an iteration passes on to the next one.
  Pair nextOf(Scope &scope, const Carried &carried, const Pair &before);
  mlir::Value isBelow(mlir::Value index, mlir::Value bound);

  // Functions.cpp
  void callFunction(Scope &scope);
  Function &createFunction(const Scope &scope, const Pair &pair,
                           Callers callers);
  void emitCall(Scope &scope, Function &callee, const Pair &pair);
  void returnFrom(Scope &scope);
  mlir::func::FuncOp passThrough(const Pair &pair, llvm::StringRef name);
  mlir::func::FuncOp passThroughAgain(const Pair &pair);

  mlir::MLIRContext *context;
  std::mt19937_64 random;
  Statistics &statistics;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::ModuleOp module;
  std::deque<Function> functions;
  Function *function = nullptr;
  std::map<std::string, mlir::func::FuncOp> observers;
  /// What each dequantization reads, with the fate of that.
  llvm::DenseMap<mlir::Operation *, Pair> dequantizations;
  int64_t nextId = 0;
  int budget = 0;
  bool allowPublicABIChange = false;

  llvm::SmallVector<int64_t> usualExtents;
  llvm::SmallVector<bool> usualIsDynamic;
  std::vector<Parameters> usualParameters;
};

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_GENERATOR_H
