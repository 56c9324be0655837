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
//   RaiseIndices.h      where elements come from
//   RaiseElements.h     what an element means
//   RaiseMatcher.h      what the forms have in common
//   RaiseForms.h        the forms, one file for each
//   RaiseRemarks.h      what was raised, and what was not
//
//===----------------------------------------------------------------------===//

#include "RaiseForms.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Threading.h"

namespace beeline {
#define GEN_PASS_DEF_RAISEPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Groups of dimensions each of which has one extent other than 1.
static SmallVector<ReassociationIndices>
groupAroundUnits(ArrayRef<int64_t> shape) {
  SmallVector<ReassociationIndices> groups;
  bool hasExtent = false;
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    if (groups.empty() || (extent != 1 && hasExtent)) {
      groups.emplace_back();
      hasExtent = false;
    }
    groups.back().push_back(dim);
    hasExtent |= extent != 1;
  }
  return groups;
}

/// `value` in `shape`, which differs from its own by extents of 1.
static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  SmallVector<int64_t> squeezed;
  for (int64_t extent : shape)
    if (extent != 1)
      squeezed.push_back(extent);
  if (squeezed.empty())
    squeezed.push_back(1);
  if (type.getShape() != ArrayRef(squeezed))
    value = tensor::CollapseShapeOp::create(builder, loc, type.clone(squeezed),
                                            value,
                                            groupAroundUnits(type.getShape()));
  if (ArrayRef(squeezed) == shape)
    return value;
  SmallVector<OpFoldResult> sizes;
  unsigned next = 0;
  for (int64_t extent : shape)
    sizes.push_back(extent == 1
                        ? OpFoldResult(builder.getIndexAttr(1))
                        : tensor::getMixedSize(builder, loc, value, next++));
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), value,
                                       groupAroundUnits(shape), sizes);
}

static Value materialize(OpBuilder &builder, Location loc,
                         const TensorUse &use) {
  return reshape(builder, loc, use.value, use.shape);
}

namespace {

class Raising {
public:
  Raising(ModuleOp module, AssumptionSet allowed)
      : module(module), rewriter(module.getContext()), allowed(allowed) {}

  void run();

private:
  void raise(Value root);
  bool raiseDequant(Value root);
  bool raiseSiluMul(Value root);
  bool raiseNorm(Value root);
  bool raiseGroupQuant(Value root);

  /// Whether all that the match assumed may be.
  bool isAllowed(Matcher &matcher, Operation *anchor, StringRef opName);
  /// Creates the op by `create`, if the verifier takes it.
  template <typename OpTy>
  OpTy createVerified(Matcher &matcher, Operation *anchor,
                      function_ref<OpTy(Location)> create);
  /// The first place in the root's block at or after the first op of the
  /// matched ones where all of `operands` are there.
  void setInsertionPointBefore(Matcher &matcher, ArrayRef<Value> operands);
  /// Whether `value` is made where or after the next op will be.
  bool isMadeLater(Value value);
  /// Where the sum that a norm adds up can be its result. If there is a tensor
  /// of it that something else reads, that has to be replaced too.
  bool canTakeSum(Matcher &matcher, const NormForm &form,
                  SmallVectorImpl<Value> &values);
  /// Whether `value` holds the scales of `form`, by what is allowed.
  bool isScale(Value value, const GroupQuantForm &form, AssumptionSet &assumed);
  /// Lets what reads the written-out scales read `op`'s.
  void replaceScales(Matcher &matcher, const GroupQuantForm &form,
                     GroupQuantOp op);
  Value reshapeScales(Value scales, ArrayRef<int64_t> shape,
                      RankedTensorType type);

  /// Lets readers of `value` read `replacement`, cast to its shape.
  void replace(Value value, Value replacement);
  void finish(Matcher &matcher, Operation *op);
  void eraseIfDead(Operation *op);

  ModuleOp module;
  IRRewriter rewriter;
  AssumptionSet allowed;
  NearMisses misses;
  DenseSet<Operation *> erased;
};

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

  void runOnOperation() override { Raising(getOperation(), allowed).run(); }

  AssumptionSet allowed;
};

} // namespace

//===----------------------------------------------------------------------===//
// Roots
//===----------------------------------------------------------------------===//

static bool isRoot(Value value) {
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

void Raising::run() {
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
  // Roundings of values that others read unrounded.
  SmallVector<std::pair<Operation *, Value>> deferred;
  for (auto [op, root] : llvm::reverse(roots)) {
    if (erased.contains(op) || root.use_empty())
      continue;
    if (isRoundingOfShared(root))
      deferred.push_back({op, root});
    else
      raise(root);
  }
  for (auto [op, root] : deferred)
    if (!erased.contains(op) && !root.use_empty())
      raise(root);
  misses.remark();
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

void Raising::raise(Value root) {
  if (isCodeType(getElementTypeOrSelf(root)))
    raiseGroupQuant(root);
  else if (isProduct(root) && !raiseDequant(root) && !raiseSiluMul(root))
    raiseNorm(root);
}

//===----------------------------------------------------------------------===//
// What the forms share
//===----------------------------------------------------------------------===//

bool Raising::isAllowed(Matcher &matcher, Operation *anchor, StringRef opName) {
  AssumptionSet missing = matcher.getAssumed().without(allowed);
  return missing.empty() ||
         matcher.miss(anchor, opName,
                      "that is so only if " + missing.describe(),
                      "assume=" + missing.getNames());
}

template <typename OpTy>
OpTy Raising::createVerified(Matcher &matcher, Operation *anchor,
                             function_ref<OpTy(Location)> create) {
  OpTy op = create(matcher.getRoot().getLoc());
  std::string complaint;
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (llvm::get_threadid() != thread)
          return failure();
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          complaint = diagnostic.str();
        return success();
      });
  if (succeeded(verify(op, /*verifyRecursively=*/false)))
    return op;
  // "'beeline.op' op violates ...".
  StringRef reason = StringRef(complaint).split(" op ").second;
  matcher.miss(anchor, OpTy::getOperationName(),
               "the op " + (reason.empty() ? complaint : reason.str()));
  eraseIfDead(op);
  return {};
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

bool Raising::isMadeLater(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->getBlock() == rewriter.getInsertionBlock() &&
         !op->isBeforeInBlock(&*rewriter.getInsertionPoint());
}

void Raising::replace(Value value, Value replacement) {
  if (value.getType() != replacement.getType())
    replacement = tensor::CastOp::create(rewriter, value.getLoc(),
                                         value.getType(), replacement);
  rewriter.replaceAllUsesWith(value, replacement);
}

void Raising::finish(Matcher &matcher, Operation *op) {
  auto preserveRounding =
      BeelineDialect::PreserveRoundingAttrHelper(module.getContext());
  for (Operation *matched : matcher.getCone()) {
    misses.remove(matched);
    if (preserveRounding.isAttrPresent(matched))
      preserveRounding.setAttr(op, rewriter.getUnitAttr());
  }
  eraseIfDead(matcher.getRoot().getDefiningOp());
}

void Raising::eraseIfDead(Operation *first) {
  llvm::SetVector<Operation *> worklist;
  worklist.insert(first);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!isOpTriviallyDead(op))
      continue;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *producer = operand.getDefiningOp();
            producer && !op->isAncestor(producer))
          worklist.insert(producer);
      misses.forget(inner);
    });
    erased.insert(op);
    rewriter.eraseOp(op);
  }
}

//===----------------------------------------------------------------------===//
// Dequantizations and gates
//===----------------------------------------------------------------------===//

bool Raising::raiseDequant(Value root) {
  Matcher matcher(root, misses);
  std::optional<DequantForm> form = matchDequant(matcher);
  if (!form || !isAllowed(matcher, form->anchor, DequantOp::getOperationName()))
    return false;
  rewriter.setInsertionPoint(root.getDefiningOp());
  auto op = createVerified<DequantOp>(matcher, form->anchor, [&](Location loc) {
    Value codes = materialize(rewriter, loc, form->codes);
    Value scales = materialize(rewriter, loc, form->scales.values);
    auto type = cast<RankedTensorType>(codes.getType());
    return DequantOp::create(
        rewriter, loc, type.clone(matcher.getRootElementType()), codes, scales,
        form->scales.groupSize, form->scales.layout,
        /*fmax=*/FloatAttr(), /*min_amax=*/FloatAttr());
  });
  if (!op)
    return false;
  replace(root, op.getOutput());
  finish(matcher, op);
  remarkRaised(op, matcher.getAssumed());
  return true;
}

bool Raising::raiseSiluMul(Value root) {
  Matcher matcher(root, misses);
  std::optional<SiluMulForm> form = matchSiluMul(matcher);
  if (!form || !isAllowed(matcher, form->anchor, SiluMulOp::getOperationName()))
    return false;
  rewriter.setInsertionPoint(root.getDefiningOp());
  auto op = createVerified<SiluMulOp>(matcher, form->anchor, [&](Location loc) {
    Value gate = materialize(rewriter, loc, form->gate);
    Value up = materialize(rewriter, loc, form->up);
    auto type = cast<RankedTensorType>(gate.getType());
    return SiluMulOp::create(rewriter, loc,
                             type.clone(matcher.getRootElementType()), gate, up,
                             form->roundBeforeMul);
  });
  if (!op)
    return false;
  replace(root, op.getOutput());
  finish(matcher, op);
  remarkRaised(op, matcher.getAssumed());
  return true;
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

bool Raising::canTakeSum(Matcher &matcher, const NormForm &form,
                         SmallVectorImpl<Value> &values) {
  if (!form.sum)
    return false;
  SmallVector<Value> operands = {form.sum->input.value,
                                 form.sum->residual.value};
  if (form.weight)
    operands.push_back(form.weight->value);
  setInsertionPointBefore(matcher, operands);
  if (!form.sum->value)
    return true;
  Value sum = form.sum->value->value;
  if (!isMadeLater(sum))
    return false;
  // The op's sum has the residual's type.
  Type type = form.sum->residual.getElementType();
  if (form.sum->value->getElementType() == type) {
    values.push_back(sum);
    return true;
  }
  DenseSet<Operation *> cone(matcher.getCone().begin(),
                             matcher.getCone().end());
  for (Operation *user : sum.getUsers()) {
    auto truncate = dyn_cast<arith::TruncFOp>(user);
    if (truncate && getElementTypeOrSelf(truncate.getType()) == type &&
        !truncate.getRoundingmode() && !truncate.getFastmath())
      values.push_back(truncate.getOut());
    else if (!cone.contains(user))
      return false;
  }
  return true;
}

bool Raising::raiseNorm(Value root) {
  Matcher matcher(root, misses);
  std::optional<NormForm> form = matchNorm(matcher);
  if (!form || !isAllowed(matcher, form->anchor, RMSNormOp::getOperationName()))
    return false;
  SmallVector<Value> sums;
  bool takesSum = canTakeSum(matcher, *form, sums);
  if (!takesSum) {
    sums.clear();
    rewriter.setInsertionPoint(root.getDefiningOp());
    if (!form->input)
      return matcher.miss(form->anchor, RMSNormOp::getOperationName(),
                          "the sum that is normalized is not a tensor");
  }
  llvm::erase_if(sums, [](Value value) { return value.use_empty(); });

  auto op = createVerified<RMSNormOp>(matcher, form->anchor, [&](Location loc) {
    Value input =
        materialize(rewriter, loc, takesSum ? form->sum->input : *form->input);
    Value residual =
        takesSum ? materialize(rewriter, loc, form->sum->residual) : Value();
    Value weight;
    if (form->weight) {
      weight = materialize(rewriter, loc, *form->weight);
    } else {
      auto type = RankedTensorType::get({matcher.getRowLength()},
                                        rewriter.getF32Type());
      weight = arith::ConstantOp::create(rewriter, loc,
                                         DenseElementsAttr::get(type, 1.0f));
    }
    auto type = cast<RankedTensorType>(input.getType());
    bool isRounded = takesSum && form->sum->isRounded;
    return RMSNormOp::create(
        rewriter, loc, type.clone(matcher.getRootElementType()),
        sums.empty() ? Type() : residual.getType(), input, weight, residual,
        rewriter.getFloatAttr(rewriter.getF32Type(), form->epsilon),
        rewriter.getFloatAttr(rewriter.getF32Type(), form->weightOffset),
        NormalizeFromAttr::get(rewriter.getContext(),
                               isRounded ? NormalizeFrom::Rounded
                                         : NormalizeFrom::F32),
        form->roundBeforeWeight ? rewriter.getUnitAttr() : UnitAttr());
  });
  if (!op)
    return false;
  replace(root, op.getOutput());
  SmallVector<Operation *> adders;
  for (Value sum : sums) {
    replace(sum, op.getSum());
    adders.push_back(sum.getDefiningOp());
  }
  finish(matcher, op);
  for (Operation *adder : adders)
    if (!erased.contains(adder))
      eraseIfDead(adder);
  remarkRaised(op, matcher.getAssumed());
  return true;
}

//===----------------------------------------------------------------------===//
// Group quantizations
//===----------------------------------------------------------------------===//

/// Whether `element` is that of another tensor in the same place, but for
/// extents of 1.
static bool isInPlace(Matcher &matcher, const Element &element) {
  auto used = [&](RankedTensorType type, auto getIndex) {
    SmallVector<AffineExpr> indices;
    for (auto [dim, extent] : llvm::enumerate(type.getShape()))
      if (extent != 1)
        indices.push_back(getIndex(dim));
    return indices;
  };
  RankedTensorType type = element.getTensorType();
  return type && !element.hasOtherExtents &&
         used(type, [&](size_t dim) { return element.indices[dim]; }) ==
             used(matcher.getRootType(), [&](size_t dim) {
               return matcher.getSpace().getVariable(dim);
             });
}

bool Raising::isScale(Value value, const GroupQuantForm &form,
                      AssumptionSet &assumed) {
  NearMisses ignored;
  Matcher matcher(value, ignored);
  std::optional<ScaleForm> scale =
      matchScale(matcher, matcher.getRootElement());
  if (!scale || scale->amax.value != form.scale.amax.value ||
      !scale->fmax.bitwiseIsEqual(form.scale.fmax) ||
      !scale->minAmax.bitwiseIsEqual(form.scale.minAmax) ||
      !isInPlace(matcher, scale->amax))
    return false;
  if (!scale->handlesInfinity)
    matcher.assume(Assumption::NoInfinity);
  assumed = matcher.getAssumed();
  return assumed.without(allowed).empty();
}

void Raising::replaceScales(Matcher &matcher, const GroupQuantForm &form,
                            GroupQuantOp op) {
  // A few steps from the largest magnitudes on, the last first: with what is
  // replaced goes what only it needed.
  constexpr unsigned maxOps = 32;
  llvm::SetVector<Operation *> readers;
  readers.insert(form.scale.amax.value.getDefiningOp());
  for (unsigned i = 0; i < readers.size(); ++i)
    for (Operation *user : readers[i]->getUsers())
      if (readers.size() < maxOps && llvm::any_of(user->getResults(), isRoot))
        readers.insert(user);
  SmallVector<Operation *> sorted = readers.takeVector();
  computeTopologicalSorting(sorted);

  for (Operation *reader : llvm::reverse(sorted)) {
    if (erased.contains(reader))
      continue;
    for (Value scale : reader->getResults()) {
      AssumptionSet assumed;
      if (scale.use_empty() || !isRoot(scale) ||
          !getElementTypeOrSelf(scale).isF32() ||
          !isScale(scale, form, assumed))
        continue;
      matcher.assume(assumed);
      rewriter.setInsertionPointAfter(op);
      replace(scale, reshapeScales(op.getScales(), form.grouping.values.shape,
                                   cast<RankedTensorType>(scale.getType())));
    }
    eraseIfDead(reader);
  }
}

/// `scales` as they are in `type`, whose extents other than 1 are those of
/// `shape`, in order.
Value Raising::reshapeScales(Value scales, ArrayRef<int64_t> shape,
                             RankedTensorType type) {
  Location loc = scales.getLoc();
  RankedTensorType known = type.clone(shape);
  if (scales.getType() != known)
    scales = tensor::CastOp::create(rewriter, loc, known, scales);
  SmallVector<int64_t> extents(type.getShape());
  auto isUsed = [](int64_t extent) { return extent != 1; };
  for (auto [extent, knownExtent] :
       llvm::zip_equal(llvm::make_filter_range(extents, isUsed),
                       llvm::make_filter_range(shape, isUsed)))
    extent = knownExtent;
  return reshape(rewriter, loc, scales, extents);
}

bool Raising::raiseGroupQuant(Value root) {
  Matcher matcher(root, misses);
  StringRef name = GroupQuantOp::getOperationName();
  std::optional<GroupQuantForm> form = matchGroupQuant(matcher);
  if (!form || !isAllowed(matcher, form->anchor, name))
    return false;
  setInsertionPointBefore(matcher, {form->input.value});
  if (!isMadeLater(form->scale.amax.value))
    return matcher.miss(form->anchor, name,
                        "the largest magnitudes are computed in another block "
                        "than the codes");

  auto op =
      createVerified<GroupQuantOp>(matcher, form->anchor, [&](Location loc) {
        Value input = materialize(rewriter, loc, form->input);
        auto type = cast<RankedTensorType>(input.getType());
        int64_t n = type.getShape().back(), size = form->grouping.groupSize;
        SmallVector<int64_t> scalesShape(type.getShape().drop_back());
        bool isRowMajor = form->grouping.layout == ScaleLayout::RowMajor;
        scalesShape.insert(
            isRowMajor ? scalesShape.end() : scalesShape.begin(),
            ShapedType::isDynamic(n)
                ? n
                : static_cast<int64_t>(llvm::divideCeil(n, size)));
        FloatType codeType = matcher.getRootElementType();
        bool isDefault =
            APFloat::getLargest(codeType.getFloatSemantics())
                .convertToDouble() == form->scale.fmax.convertToDouble();
        Type f32 = rewriter.getF32Type();
        return GroupQuantOp::create(
            rewriter, loc, type.clone(codeType),
            RankedTensorType::get(scalesShape, f32), input,
            rewriter.getI64IntegerAttr(size),
            ScaleLayoutAttr::get(rewriter.getContext(), form->grouping.layout),
            isDefault ? FloatAttr()
                      : rewriter.getFloatAttr(f32, form->scale.fmax),
            rewriter.getFloatAttr(f32, form->scale.minAmax));
      });
  if (!op)
    return false;
  Operation *amax = form->scale.amax.value.getDefiningOp();
  replace(root, op.getCodes());
  finish(matcher, op);
  if (!erased.contains(amax))
    replaceScales(matcher, *form, op);
  remarkRaised(op, matcher.getAssumed());
  return true;
}
