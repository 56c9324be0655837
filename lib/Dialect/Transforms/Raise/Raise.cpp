//===- Raise.cpp - Written-out ops become beeline ops ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each tensor that arith, math, tensor or linalg ops make is held against the
// definition of each op, the last tensor first: what comes last is the whole of
// what was written out, and what only it needed is gone by the time its turn
// would come.
//
//   Indices.h       where elements come from
//   Elements.h      what an element means
//   Matcher.h       what the forms have in common
//   Forms.h         the forms, one file for each: DequantForm.cpp, ...
//   Raising.h       the rewrite, one file for each op: Dequant.cpp, ...
//   Assumptions.h   what may be overlooked
//   Remarks.h       what was raised, and what was not
//
//===----------------------------------------------------------------------===//

#include "Raising.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

namespace beeline {
#define GEN_PASS_DEF_RAISEPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

bool beeline::isRoot(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 && !type.getEncoding() &&
         (isArithmeticType(type.getElementType()) ||
          isCodeType(type.getElementType()));
}

/// Whether the root rounds a value that somebody else reads too: then that
/// value is the op's result, rather than a second op.
static bool isRoundingOfShared(Value root) {
  Operation *op = root.getDefiningOp();
  auto generic = dyn_cast<linalg::LinalgOp>(op);
  if (!isa<arith::TruncFOp>(op) &&
      !(generic && generic.getNumDpsInputs() == 1 &&
        isa<arith::TruncFOp>(generic.getBlock()->front())))
    return false;
  return llvm::any_of(op->getOperand(0).getUsers(), [&](Operation *user) {
    return user != op && (!isa<arith::TruncFOp>(user) ||
                          user->getResult(0).getType() != root.getType());
  });
}

/// Whether the root is a product or a quotient, as all forms but codes are.
static bool isProduct(Value root) {
  NearMisses ignored;
  Matcher matcher(root, ignored);
  std::optional<Element> unrounded = matcher.getUnroundedRoot();
  if (!unrounded)
    return false;
  TermKind kind = matcher.look(*unrounded).kind;
  return kind == TermKind::Mul || kind == TermKind::Div;
}

static void raise(Raising &raising, Value root) {
  if (isCodeType(getElementTypeOrSelf(root)))
    raiseGroupQuant(raising, root);
  else if (isProduct(root) && !raiseDequant(raising, root) &&
           !raiseSiluMul(raising, root))
    raiseNorm(raising, root);
}

/// What may be the whole of something that is written out, in order.
static SmallVector<std::pair<Operation *, Value>> getRoots(ModuleOp module) {
  SmallVector<std::pair<Operation *, Value>> roots;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    // Bodies are looked into from their ops' results.
    if (isa<FusedOp>(op))
      return WalkResult::skip();
    if (isa_and_present<arith::ArithDialect, math::MathDialect,
                        tensor::TensorDialect, linalg::LinalgDialect>(
            op->getDialect()))
      for (Value result : op->getResults())
        if (isRoot(result))
          roots.push_back({op, result});
    return isa<linalg::LinalgOp>(op) ? WalkResult::skip()
                                     : WalkResult::advance();
  });
  return roots;
}

namespace {

struct RaisePass final : beeline::impl::RaisePassBase<RaisePass> {
  using RaisePassBase::RaisePassBase;

  LogicalResult initialize(MLIRContext *context) override {
    allowed = {};
    for (StringRef name : assume) {
      std::optional<AssumptionSet> assumptions = parseAssumptions(name);
      if (!assumptions)
        return emitError(UnknownLoc::get(context))
               << "beeline-raise has no assumption '" << name << "'; there are "
               << AssumptionSet::all().getNames() << ", all and none";
      allowed.insert(*assumptions);
    }
    return success();
  }

  void runOnOperation() override {
    Raising raising(getOperation(), allowed);
    auto isDone = [&](Operation *op, Value root) {
      return raising.isErased(op) || root.use_empty();
    };
    auto roots = getRoots(getOperation());
    // Roundings of values that others read unrounded.
    SmallVector<std::pair<Operation *, Value>> deferred;
    for (auto [op, root] : llvm::reverse(roots)) {
      if (isDone(op, root))
        continue;
      if (isRoundingOfShared(root))
        deferred.push_back({op, root});
      else
        raise(raising, root);
    }
    for (auto [op, root] : deferred)
      if (!isDone(op, root))
        raise(raising, root);
    raising.getMisses().remark();
  }

  AssumptionSet allowed;
};

} // namespace
