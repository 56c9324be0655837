//===- ReductionPatterns.cpp - How modules are made smaller ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/Transforms/ReductionPatterns.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Reducer/ReductionPatternInterface.h"

using namespace mlir;
using namespace beeline;

/// Whether something else of their types can take the place of the results.
static bool isReplaceable(Operation *op) {
  return !op->use_empty() && !op->hasTrait<mlir::OpTrait::IsTerminator>() &&
         !op->hasTrait<mlir::OpTrait::ConstantLike>() &&
         !isa<tensor::EmptyOp>(op) &&
         !isa_and_nonnull<FusedOp>(op->getParentOp());
}

namespace {

/// A rewrite that is made only if the module stays interesting.
///
/// `reduction-tree` first applies all patterns to all ops, and goes no further
/// where that is one too many. So each is tried on a copy of the module.
class Reduction : public RewritePattern {
public:
  Reduction(MLIRContext *context, const Tester &tester, unsigned benefit)
      : RewritePattern(MatchAnyOpTypeTag(), benefit, context), tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const final {
    return success(staysInteresting(op) && succeeded(reduce(op, rewriter)));
  }

protected:
  virtual LogicalResult reduce(Operation *op, RewriterBase &rewriter) const = 0;

private:
  bool staysInteresting(Operation *op) const {
    auto module = op->getParentOfType<ModuleOp>();
    while (auto parent = module->getParentOfType<ModuleOp>())
      module = parent;
    IRMapping mapping;
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
    IRRewriter rewriter(getContext());
    Operation *copied = mapping.lookup(op);
    rewriter.setInsertionPoint(copied);
    return succeeded(reduce(copied, rewriter)) && succeeded(verify(*copy)) &&
           tester.isInteresting(*copy).first == Tester::Interestingness::True;
  }

  const Tester &tester;
};

/// rms_norm_quant ⇒ rms_norm, group_quant; fused ⇒ what is in it
struct Decompose final : Reduction {
  Decompose(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/1) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    auto aggregated = dyn_cast<linalg::AggregatedOpInterface>(op);
    if (!aggregated || !isa<BeelineDialect>(op->getDialect()))
      return failure();
    FailureOr<SmallVector<Value>> results =
        aggregated.decomposeOperation(rewriter);
    if (failed(results))
      return failure();
    rewriter.replaceOp(op, *results);
    return success();
  }
};

/// call @observe(%x) ⇒
///
/// Also functions that nobody calls.
struct EraseUnused final : Reduction {
  EraseUnused(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/5) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    if (!op->use_empty() || op->hasTrait<mlir::OpTrait::IsTerminator>() ||
        !op->getParentOp())
      return failure();
    if (isa<SymbolOpInterface>(op) &&
        !SymbolTable::symbolKnownUseEmpty(op, op->getParentOp()))
      return failure();
    rewriter.eraseOp(op);
    return success();
  }
};

/// func @f(%x, %unread) { return %y, %nothing } ⇒ func @f(%x) { return %y }
///
/// Where nobody calls it. Nothing is an empty tensor, a constant or an
/// argument.
struct DropSignature final : Reduction {
  DropSignature(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/5) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function || !function.getBody().hasOneBlock() ||
        !SymbolTable::symbolKnownUseEmpty(op, op->getParentOp()))
      return failure();
    Operation *terminator = function.getBody().front().getTerminator();
    BitVector results(function.getNumResults());
    for (OpOperand &operand : terminator->getOpOperands()) {
      Operation *maker = operand.get().getDefiningOp();
      if (!maker || isa<tensor::EmptyOp>(maker) ||
          maker->hasTrait<mlir::OpTrait::ConstantLike>())
        results.set(operand.getOperandNumber());
    }
    BitVector arguments(function.getNumArguments());
    for (BlockArgument argument : function.getArguments())
      if (llvm::all_of(argument.getUses(), [&](OpOperand &use) {
            return use.getOwner() == terminator;
          }))
        arguments.set(argument.getArgNumber());
    if (results.none() && arguments.none())
      return failure();
    rewriter.modifyOpInPlace(terminator,
                             [&] { terminator->eraseOperands(results); });
    rewriter.modifyOpInPlace(function, [&] {
      (void)function.eraseResults(results);
      (void)function.eraseArguments(arguments);
    });
    return success();
  }
};

/// %q, %s, %unread = beeline.rms_norm_quant ... ⇒ %q, %s = ...
struct DropUnusedResults final : Reduction {
  DropUnusedResults(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/2) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    auto quantize = dyn_cast<QuantizeOpInterface>(op);
    return success(quantize && quantize.dropUnusedResults(rewriter));
  }
};

/// %y = beeline.rms_norm %x, ... ⇒ %x; views, calls and branches alike
///
/// Each used result is replaced by an operand of its type.
struct ReplaceByOperands final : Reduction {
  ReplaceByOperands(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/3) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    if (!isReplaceable(op))
      return failure();
    SmallVector<Value> replacements;
    for (Value result : op->getResults()) {
      auto operand = llvm::find_if(op->getOperands(), [&](Value operand) {
        return operand.getType() == result.getType();
      });
      bool isFound = operand != op->operand_end();
      if (!isFound && !result.use_empty())
        return failure();
      replacements.push_back(isFound ? *operand : Value());
    }
    for (auto [result, replacement] :
         llvm::zip_equal(op->getResults(), replacements))
      if (replacement)
        rewriter.replaceAllUsesWith(result, replacement);
    rewriter.eraseOp(op);
    return success();
  }
};

/// %q, %s = beeline.group_quant ... ⇒ tensor.empty, tensor.empty
///
/// Unknown extents are 1.
struct ReplaceByEmptyTensors final : Reduction {
  ReplaceByEmptyTensors(MLIRContext *context, const Tester &tester)
      : Reduction(context, tester, /*benefit=*/4) {}

  LogicalResult reduce(Operation *op, RewriterBase &rewriter) const override {
    if (!isReplaceable(op) ||
        !llvm::all_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
      return failure();
    SmallVector<Value> tensors;
    for (Type type : op->getResultTypes()) {
      auto tensorType = cast<RankedTensorType>(type);
      Value one = arith::ConstantIndexOp::create(rewriter, op->getLoc(), 1);
      tensors.push_back(tensor::EmptyOp::create(
          rewriter, op->getLoc(), tensorType,
          SmallVector<Value>(tensorType.getNumDynamicDims(), one)));
    }
    rewriter.replaceOp(op, tensors);
    return success();
  }
};

struct BeelineReductionPatterns final : DialectReductionPatternInterface {
  explicit BeelineReductionPatterns(Dialect *dialect)
      : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const override {}

  void populateReductionPatternsWithTester(RewritePatternSet &patterns,
                                           Tester &tester) const override {
    beeline::populateReductionPatterns(patterns, tester);
  }
};

} // namespace

void beeline::populateReductionPatterns(RewritePatternSet &patterns,
                                        const Tester &tester) {
  patterns.add<EraseUnused, DropSignature, ReplaceByEmptyTensors,
               ReplaceByOperands, DropUnusedResults, Decompose>(
      patterns.getContext(), tester);
}

void beeline::registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, BeelineDialect *dialect) {
    dialect->addInterfaces<BeelineReductionPatterns>();
    // What the patterns make.
    context->loadDialect<arith::ArithDialect, tensor::TensorDialect>();
  });
}
