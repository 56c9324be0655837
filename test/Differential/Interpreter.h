//===- Interpreter.h - Runs a module, op by op ------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_INTERPRETER_H
#define BEELINE_TEST_DIFFERENTIAL_INTERPRETER_H

#include "Expectation.h"
#include "Tensor.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <string>

namespace beeline::differential {

/// What a value is while a program runs: a tensor, a number, or a function.
struct RunValue {
  TensorRef tensor;
  int64_t number = 0;
  mlir::Operation *function = nullptr;
};
using RunValues = llvm::SmallVector<RunValue>;

/// What somebody outside sees: an argument of a function that has no body.
struct Observation {
  int64_t id;
  TensorRef tensor;
};

class Interpreter {
public:
  /// With `asExpected`, dequantizations that are to be rewired read the
  /// unquantized value, and quantizations that are to be forwarded give what
  /// was dequantized; otherwise every op does what its description says.
  Interpreter(mlir::ModuleOp module, bool asExpected)
      : module(module), symbols(module), asExpected(asExpected) {}

  /// Returns false, with an error, if the program means nothing.
  bool run(mlir::func::FuncOp function, RunValues arguments,
           RunValues &results);
  const std::string &getError() const { return error; }

  llvm::ArrayRef<Observation> getObservations() const { return observations; }
  /// The ids of dequantizations that were given codes and scales of different
  /// groups, executions or quantizations, or of none. Where what is read
  /// depends on the caller, only those that are to be rewired for it.
  const llvm::DenseSet<int64_t> &getMisread() const { return misread; }

private:
  struct Frame {
    llvm::DenseMap<mlir::Value, RunValue> values;
    /// Whether the arguments are what a function needs to be rewired.
    bool provides = false;
  };

  /// Whether something is to be rewired in this call of the function it is in.
  bool isNow(RoundTrip expected) const {
    return expected == RoundTrip::Rewired ||
           (expected == RoundTrip::AsCalled && frame->provides);
  }
  bool fail(mlir::Operation *op, const llvm::Twine &message);
  const RunValue &get(mlir::Value value) { return frame->values[value]; }
  const Tensor &tensor(mlir::Value value) { return *get(value).tensor; }
  int64_t number(mlir::OpFoldResult value);
  RunValues getAll(mlir::ValueRange values);
  void set(mlir::Value value, RunValue result) {
    frame->values[value] = std::move(result);
  }
  void set(mlir::Value value, Tensor tensor);
  void set(mlir::Value value, int64_t number) {
    set(value, RunValue{{}, number});
  }
  void setAll(mlir::ValueRange values, const RunValues &results);
  /// A tensor for the result `value` that depends on `operands`.
  Tensor make(mlir::Value value, llvm::ArrayRef<int64_t> shape,
              mlir::ValueRange operands);

  /// Runs blocks until one ends in something that is no branch.
  mlir::Operation *runBlocks(mlir::Block &block, const RunValues &arguments);
  bool branch(mlir::Operation *terminator, mlir::Block *&block,
              RunValues &arguments);
  /// Runs a region that gives the results of its op.
  bool runRegion(mlir::Region &region, const RunValues &arguments,
                 RunValues &results);
  bool runOp(mlir::Operation *op);
  bool runFor(mlir::scf::ForOp op);
  bool runWhile(mlir::scf::WhileOp op);
  bool runSwitch(mlir::scf::IndexSwitchOp op);
  bool runFused(FusedOp op);
  bool call(mlir::Operation *op, mlir::func::FuncOp callee,
            RunValues arguments);
  /// What a function without a body returns: the same for the same number of
  /// the call.
  bool callExternal(mlir::Operation *op, mlir::func::FuncOp callee,
                    const RunValues &arguments);

  /// Ops of arith, tensor and linalg. Returns false if it is none that is
  /// known.
  bool evaluate(mlir::Operation *op, bool &isKnown);
  bool evaluateElementwise(mlir::Operation *op);
  bool evaluateView(mlir::Operation *op, bool &isKnown);
  bool evaluateSlice(mlir::Operation *op);
  bool evaluateConcat(mlir::Operation *op);
  bool checkShape(mlir::Operation *op);

  bool evaluateBeeline(mlir::Operation *op, bool &isKnown);
  bool checkOperands(mlir::Operation *op);
  void evaluateNorm(RMSNormOp op);
  void evaluateQuant(GroupQuantOp op);
  void evaluateNormQuant(RMSNormQuantOp op);
  bool evaluateDequant(DequantOp op);
  void evaluateLinear(LinearOp op);
  void evaluateGather(AllGatherOp op);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  bool asExpected;
  Frame *frame = nullptr;
  int depth = 0;
  int64_t steps = 0;
  uint64_t executions = 0;
  uint64_t externalCalls = 0;
  std::string error;
  std::vector<Observation> observations;
  llvm::DenseSet<int64_t> misread;
};

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_INTERPRETER_H
