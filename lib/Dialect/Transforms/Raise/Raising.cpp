//===- Raising.cpp - The rewrite, as all forms share it -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raising.h"
#include "Reshape.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace beeline;

bool Raising::isAllowed(Matcher &matcher, Operation *anchor,
                        StringRef opName) const {
  AssumptionSet missing = matcher.getAssumed().without(allowed);
  return missing.empty() ||
         matcher.miss(anchor, opName,
                      "that is so only if " + missing.describe(),
                      "assume=" + missing.getNames());
}

bool Raising::verifies(Matcher &matcher, Operation *anchor, Operation *op) {
  std::string complaint;
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler handler(
      rewriter.getContext(), [&](Diagnostic &diagnostic) {
        if (llvm::get_threadid() != thread)
          return failure();
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          complaint = diagnostic.str();
        return success();
      });
  if (succeeded(verify(op, /*verifyRecursively=*/false)))
    return true;
  // "'beeline.op' op violates ...".
  StringRef reason = StringRef(complaint).split(" op ").second;
  matcher.miss(anchor, op->getName().getStringRef(),
               "the op " + (reason.empty() ? complaint : reason.str()));
  eraseIfDead(op);
  return false;
}

void Raising::setInsertionPointBefore(Matcher &matcher,
                                      ArrayRef<Value> operands) {
  Operation *root = matcher.getRoot().getDefiningOp();
  Block *block = root->getBlock();
  Operation *first = root;
  for (Operation *op : matcher.getCone())
    if (Operation *ancestor = block->findAncestorOpInBlock(*op))
      if (ancestor->isBeforeInBlock(first))
        first = ancestor;
  for (Value operand : operands)
    if (Operation *op = operand.getDefiningOp())
      if (op->getBlock() == block && !op->isBeforeInBlock(first))
        first = op->getNextNode();
  rewriter.setInsertionPoint(first);
}

bool Raising::isMadeLater(Value value) const {
  Operation *op = value.getDefiningOp();
  return op && op->getBlock() == rewriter.getInsertionBlock() &&
         !op->isBeforeInBlock(&*rewriter.getInsertionPoint());
}

Value Raising::materialize(const TensorUse &use) {
  return reshape(rewriter, use.value.getLoc(), use.value, use.shape);
}

void Raising::replace(Value value, Value replacement) {
  if (value.getType() != replacement.getType())
    replacement = tensor::CastOp::create(rewriter, value.getLoc(),
                                         value.getType(), replacement);
  rewriter.replaceAllUsesWith(value, replacement);
}

void Raising::replaceRoot(Matcher &matcher, Operation *op, Value result) {
  replace(matcher.getRoot(), result);
  auto preserveRounding =
      BeelineDialect::PreserveRoundingAttrHelper(rewriter.getContext());
  for (Operation *matched : matcher.getCone()) {
    misses.remove(matched);
    if (preserveRounding.isAttrPresent(matched))
      preserveRounding.setAttr(op, rewriter.getUnitAttr());
  }
  eraseIfDead(matcher.getRoot().getDefiningOp());
}

void Raising::eraseIfDead(Operation *first, Operation *except) {
  llvm::SetVector<Operation *> worklist;
  worklist.insert(first);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (op == except || !isOpTriviallyDead(op))
      continue;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *producer = operand.getDefiningOp();
            producer && !op->isAncestor(producer))
          worklist.insert(producer);
      misses.forget(inner);
      erased.insert(inner);
    });
    rewriter.eraseOp(op);
  }
}
