//===- RaiseElements.cpp - What an element means --------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RaiseElements.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;
using arith::CmpFPredicate;

RankedTensorType Element::getTensorType() const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && !type.getEncoding() && !isUnrounded ? type
                                                     : RankedTensorType();
}

Elements::Elements(RankedTensorType root)
    : space(root.getContext(), root.getShape()), rank(root.getRank()) {}

Element Elements::at(Value tensor) {
  Indices indices;
  for (unsigned i = 0; i < rank; ++i)
    indices.push_back(space.getVariable(i));
  return {tensor, indices};
}

//===----------------------------------------------------------------------===//
// Linalg ops
//===----------------------------------------------------------------------===//

/// The linalg op in whose body `value` is, or null.
static linalg::LinalgOp getLinalgOp(Value value) {
  return dyn_cast_or_null<linalg::LinalgOp>(
      value.getParentBlock()->getParentOp());
}

/// The op that `element` is a result of.
static linalg::LinalgOp getDefiningLinalgOp(const Element &element) {
  auto linalgOp = element.value.getDefiningOp<linalg::LinalgOp>();
  return linalgOp && linalgOp.hasPureTensorSemantics() ? linalgOp
                                                       : linalg::LinalgOp();
}

/// The iteration that makes the element of a result at `indices`. Null stands
/// for the loops that are reduced. Nothing if the result map is not one of
/// dimensions.
static std::optional<Indices> getIteration(linalg::LinalgOp op, OpResult result,
                                           const Indices &indices) {
  AffineMap map = op.getIndexingMapMatchingResult(result);
  Indices loops(op.getNumLoops());
  for (auto [expr, index] : llvm::zip_equal(map.getResults(), indices)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    // A kept dimension of extent 1, as after a reduction.
    if (!dim && index == getAffineConstantExpr(0, expr.getContext()) &&
        expr == index)
      continue;
    if (!dim || loops[dim.getPosition()])
      return std::nullopt;
    loops[dim.getPosition()] = index;
  }
  return loops;
}

static bool isReduction(const Indices &loops) {
  return llvm::is_contained(loops, AffineExpr());
}

Element Elements::atLinalgOperand(OpOperand &operand, const Indices &loops) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return {operand.get(), {}};
  AffineMap map = op.getMatchingIndexingMap(&operand);
  Indices indices;
  for (auto [expr, extent] : llvm::zip_equal(map.getResults(), type.getShape()))
    indices.push_back(extent == 1 ? space.getConstant(0)
                                  : space.simplify(expr.replaceDims(loops)));
  return {operand.get(), indices};
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

Element Elements::operand(const Element &user, Value value) {
  if (isa<ShapedType>(value.getType()))
    return {value, user.indices, false, user.hasOtherExtents};
  // A scalar from outside of the body is the same in every iteration. So is a
  // scalar condition of a select of tensors.
  bool isInSameBody = !isa<ShapedType>(user.value.getType()) &&
                      getLinalgOp(value) == getLinalgOp(user.value);
  return {value, isInSameBody ? user.indices : Indices(), false,
          user.hasOtherExtents};
}

/// The slice's element at `indices`, in its source.
static std::optional<Indices> getSourceIndices(tensor::ExtractSliceOp slice,
                                               const Indices &indices,
                                               IndexSpace &space,
                                               bool &hasOtherExtents) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  ArrayRef<int64_t> shape = slice.getSourceType().getShape();
  Indices source;
  const auto *next = indices.begin();
  for (auto [dim, offset, size, stride] :
       llvm::enumerate(slice.getMixedOffsets(), slice.getMixedSizes(),
                       slice.getMixedStrides())) {
    std::optional<int64_t> first = getConstantIntValue(offset);
    std::optional<int64_t> step = getConstantIntValue(stride);
    std::optional<int64_t> count = getConstantIntValue(size);
    // Of an unknown number only all can be told apart from some.
    if (!count) {
      auto extent =
          dyn_cast_if_present<Value>(size).getDefiningOp<tensor::DimOp>();
      if (!extent || extent.getSource() != slice.getSource() ||
          extent.getConstantIndex() != static_cast<int64_t>(dim))
        return std::nullopt;
    }
    if (!first || !step || *first < 0 || *step < 1 ||
        (!count && (*first != 0 || *step != 1)))
      return std::nullopt;
    if (count && *count != shape[dim])
      hasOtherExtents = true;
    AffineExpr index = dropped.test(dim) ? space.getConstant(0) : *next++;
    source.push_back(shape[dim] == 1 ? space.getConstant(0)
                                     : space.simplify(index * *step + *first));
  }
  return source;
}

/// Whether all of the elements that `indices` stand for lie in the source, and
/// not in what was padded. Only what is padded behind it can be told.
static std::optional<bool> isInSource(tensor::PadOp pad, const Indices &indices,
                                      IndexSpace &space) {
  bool isInside = true;
  for (auto [dim, low, high] :
       llvm::enumerate(pad.getMixedLowPad(), pad.getMixedHighPad())) {
    if (getConstantIntValue(low) != 0)
      return std::nullopt;
    if (getConstantIntValue(high) == 0)
      continue;
    int64_t extent = pad.getSourceType().getDimSize(dim);
    std::optional<int64_t> last = space.getUpperBound(indices[dim]);
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    isInside &= last && *last < extent;
  }
  return isInside;
}

std::optional<Element> Elements::stepTensor(const Element &element,
                                            Operation *op) {
  Element source = element;
  auto moved = [&](Value value,
                   std::optional<Indices> indices) -> std::optional<Element> {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !indices)
      return std::nullopt;
    for (auto [index, extent] : llvm::zip_equal(*indices, type.getShape()))
      if (extent == 1)
        index = space.getConstant(0);
    return Element{value, *indices, false, source.hasOtherExtents};
  };
  return TypeSwitch<Operation *, std::optional<Element>>(op)
      .Case([&](tensor::CastOp cast) -> std::optional<Element> {
        if (!isa<RankedTensorType>(cast.getSource().getType()))
          return std::nullopt;
        return moved(cast.getSource(), element.indices);
      })
      .Case([&](tensor::ExpandShapeOp expand) {
        return moved(expand.getSrc(),
                     space.collapse(element.indices,
                                    expand.getResultType().getShape(),
                                    expand.getReassociationIndices()));
      })
      .Case([&](tensor::CollapseShapeOp collapse) {
        return moved(collapse.getSrc(),
                     space.expand(element.indices,
                                  collapse.getSrcType().getShape(),
                                  collapse.getReassociationIndices()));
      })
      .Case([&](tensor::ExtractSliceOp slice) {
        std::optional<Indices> indices = getSourceIndices(
            slice, element.indices, space, source.hasOtherExtents);
        return moved(slice.getSource(), indices);
      })
      .Case([&](tensor::PadOp pad) -> std::optional<Element> {
        if (isInSource(pad, element.indices, space) != true)
          return std::nullopt;
        source.hasOtherExtents = true;
        return moved(pad.getSource(), element.indices);
      })
      .Case(
          [&](tensor::SplatOp splat) { return Element{splat.getInput(), {}}; })
      .Case([&](tensor::FromElementsOp from) -> std::optional<Element> {
        if (from.getElements().size() != 1)
          return std::nullopt;
        return Element{from.getElements().front(), {}};
      })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Element> Elements::step(const Element &element) {
  if (element.isUnrounded)
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(element.value)) {
    linalg::LinalgOp op = getLinalgOp(element.value);
    if (!op || argument.getOwner() != op.getBlock() ||
        argument.getArgNumber() >= op->getNumOperands())
      return std::nullopt;
    OpOperand &read = *op.getMatchingOpOperand(argument);
    // What a reduction reads there is what it has so far.
    if (op.isDpsInit(&read) && op.getNumReductionLoops() != 0)
      return std::nullopt;
    visited.push_back(op);
    Element source = atLinalgOperand(read, element.indices);
    source.hasOtherExtents = element.hasOtherExtents;
    return source;
  }

  Operation *op = element.value.getDefiningOp();
  std::optional<Element> source;
  if (linalg::LinalgOp linalgOp = getDefiningLinalgOp(element)) {
    auto result = cast<OpResult>(element.value);
    std::optional<Indices> loops =
        getIteration(linalgOp, result, element.indices);
    if (loops && !isReduction(*loops)) {
      Value yielded = linalgOp.getBlock()->getTerminator()->getOperand(
          result.getResultNumber());
      bool isInBody = getLinalgOp(yielded) == linalgOp;
      source = Element{yielded, isInBody ? *loops : Indices(), false,
                       element.hasOtherExtents};
    }
  } else if (auto extend = dyn_cast<arith::ExtFOp>(op)) {
    source = operand(element, extend.getIn());
  } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    Indices indices;
    for (Value index : extract.getIndices()) {
      std::optional<int64_t> constant = getConstantIntValue(index);
      if (!constant || *constant < 0)
        return std::nullopt;
      indices.push_back(space.getConstant(*constant));
    }
    source = Element{extract.getTensor(), indices};
  } else if (element.getTensorType()) {
    source = stepTensor(element, op);
  }
  if (source)
    visited.push_back(op);
  return source;
}

/// Deeper than any graph's views.
static constexpr unsigned maxSteps = 64;

SmallVector<Element, 4> Elements::trace(Element element) {
  SmallVector<Element, 4> elements = {element};
  for (unsigned i = 0; i < maxSteps && budget > 0; ++i, --budget) {
    std::optional<Element> source = step(elements.back());
    if (!source)
      break;
    elements.push_back(*source);
  }
  return elements;
}

Element Elements::strip(Element element) {
  for (unsigned i = 0; i < maxSteps && budget > 0; ++i, --budget) {
    std::optional<Element> source = step(element);
    if (!source)
      break;
    element = std::move(*source);
  }
  return element;
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

/// An integer that is known: also an extent, which norms divide by.
static std::optional<int64_t> getInteger(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSignificantBits() <= 63
               ? std::optional(constant.getSExtValue())
               : std::nullopt;
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (type && index && *index >= 0 && *index < type.getRank() &&
        !type.isDynamicDim(*index))
      return type.getDimSize(*index);
    return std::nullopt;
  }
  return isa_and_present<arith::IndexCastOp, arith::IndexCastUIOp>(op)
             ? getInteger(op->getOperand(0))
             : std::nullopt;
}

/// `value` in f32, if f32 has it.
static std::optional<APFloat> toF32(APFloat value) {
  bool losesInfo = false;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return losesInfo ? std::nullopt : std::optional(value);
}

static std::optional<APFloat> getNumber(Value value) {
  APFloat number(0.0f);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number;
  Operation *op = value.getDefiningOp();
  if (!isa_and_present<arith::SIToFPOp, arith::UIToFPOp>(op) ||
      !isa<FloatType>(value.getType()))
    return std::nullopt;
  std::optional<int64_t> integer = getInteger(op->getOperand(0));
  if (!integer || *integer < 0 || *integer > (int64_t(1) << 24))
    return std::nullopt;
  APFloat converted(static_cast<double>(*integer));
  bool losesInfo = false;
  converted.convert(cast<FloatType>(value.getType()).getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &losesInfo);
  return losesInfo ? std::nullopt : std::optional(converted);
}

/// An op on one element each of its operands.
static std::optional<TermKind> getKind(Operation *op) {
  auto isTwo = [](Value value) {
    APFloat number(0.0f);
    APInt integer;
    if (matchPattern(value, m_ConstantFloat(&number)))
      return number.isExactlyValue(2.0);
    return matchPattern(value, m_ConstantInt(&integer)) && integer == 2;
  };
  auto power = [&](Value exponent) -> std::optional<TermKind> {
    if (isTwo(exponent))
      return TermKind::Power2;
    return std::nullopt;
  };
  return TypeSwitch<Operation *, std::optional<TermKind>>(op)
      .Case([](arith::AddFOp) { return TermKind::Add; })
      .Case([](arith::SubFOp) { return TermKind::Sub; })
      .Case([](arith::MulFOp) { return TermKind::Mul; })
      .Case([](arith::DivFOp) { return TermKind::Div; })
      .Case([](arith::NegFOp) { return TermKind::Neg; })
      .Case([](math::AbsFOp) { return TermKind::Abs; })
      .Case([](math::SqrtOp) { return TermKind::Sqrt; })
      .Case([](math::RsqrtOp) { return TermKind::Rsqrt; })
      .Case([](math::ExpOp) { return TermKind::Exp; })
      .Case([](arith::MaximumFOp) { return TermKind::Max; })
      .Case([](arith::MaxNumFOp) { return TermKind::Max; })
      .Case([](arith::MinimumFOp) { return TermKind::Min; })
      .Case([](arith::MinNumFOp) { return TermKind::Min; })
      .Case([&](math::PowFOp op) { return power(op.getRhs()); })
      .Case([&](math::FPowIOp op) { return power(op.getRhs()); })
      .Default([](Operation *) { return std::nullopt; });
}

static bool isRounded(TermKind kind) {
  switch (kind) {
  case TermKind::Add:
  case TermKind::Sub:
  case TermKind::Mul:
  case TermKind::Div:
  case TermKind::Sqrt:
  case TermKind::Rsqrt:
  case TermKind::Exp:
  case TermKind::Power2:
    return true;
  default:
    return false;
  }
}

/// `kind` of numbers, rounded to `type`. Nothing where that is not arithmetic.
static std::optional<APFloat> fold(TermKind kind, ArrayRef<APFloat> numbers,
                                   FloatType type) {
  constexpr auto toNearest = APFloat::rmNearestTiesToEven;
  APFloat result = numbers.front();
  switch (kind) {
  case TermKind::Neg:
    result.changeSign();
    break;
  case TermKind::Add:
    result.add(numbers[1], toNearest);
    break;
  case TermKind::Sub:
    result.subtract(numbers[1], toNearest);
    break;
  case TermKind::Mul:
    result.multiply(numbers[1], toNearest);
    break;
  case TermKind::Div:
    result.divide(numbers[1], toNearest);
    break;
  default:
    return std::nullopt;
  }
  bool losesInfo;
  result.convert(type.getFloatSemantics(), toNearest, &losesInfo);
  return toF32(result);
}

static bool isFast(Operation *op) {
  auto fast = dyn_cast<arith::ArithFastMathInterface>(op);
  auto flags = fast ? fast.getFastMathFlagsAttr() : arith::FastMathFlagsAttr();
  return flags && flags.getValue() != arith::FastMathFlags::none;
}

/// Rounding to nearest, ties to even, is also what is meant by none.
static bool roundsToNearest(Operation *op) {
  auto rounding = dyn_cast<arith::ArithRoundingModeInterface>(op);
  auto mode =
      rounding ? rounding.getRoundingModeAttr() : arith::RoundingModeAttr();
  return !mode || mode.getValue() == arith::RoundingMode::to_nearest_even;
}

std::optional<APFloat> Elements::foldNumbers(const Element &element,
                                             TermKind kind, FloatType type) {
  SmallVector<APFloat, 2> numbers;
  for (Value value : element.value.getDefiningOp()->getOperands()) {
    std::optional<APFloat> number =
        getNumber(strip(operand(element, value)).value);
    if (number)
      number = toF32(*number);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return fold(kind, numbers, type);
}

Term Elements::look(const Element &element) {
  Term term = explain(strip(element));
  // What is opaque is read, and no part of anything.
  if (term.kind != TermKind::Opaque)
    visited.push_back(term.op);
  return term;
}

Term Elements::explain(const Element &element) {
  Term term;
  auto type =
      dyn_cast<FloatType>(getElementTypeOrSelf(element.value.getType()));
  Operation *op = element.value.getDefiningOp();
  term.op = op;
  if (!type || !op || budget == 0)
    return term;

  if (std::optional<APFloat> number = getNumber(element.value)) {
    term.constant = toF32(*number);
    term.kind = term.constant ? TermKind::Constant : TermKind::Opaque;
    return term;
  }
  if (getDefiningLinalgOp(element))
    return lookAtReduction(element);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return lookAtSelect(element, select);
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    Value padding = pad.getConstantPaddingValue();
    APFloat number(0.0f);
    if (!padding || !matchPattern(padding, m_ConstantFloat(&number)) ||
        isInSource(pad, element.indices, space) != false ||
        !(term.constant = toF32(number)))
      return term;
    term.kind = TermKind::Pad;
    term.operands = {{pad.getSource(), element.indices, false, true}};
    return term;
  }
  if (!roundsToNearest(op))
    return term;
  term.isFast = isFast(op);
  if (auto truncate = dyn_cast<arith::TruncFOp>(op)) {
    Element source = operand(element, truncate.getIn());
    // A constant of f64 that becomes one of f32.
    if (std::optional<APFloat> number = getNumber(strip(source).value)) {
      bool losesInfo;
      number->convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
      term.constant = toF32(*number);
      term.kind = TermKind::Constant;
      return term;
    }
    term.kind = TermKind::Round;
    term.type = type;
    term.operands = {source};
    return term;
  }
  if (auto extend = dyn_cast<arith::ScalingExtFOp>(op)) {
    // With other scales it rounds them first.
    if (!isa<Float8E8M0FNUType>(
            getElementTypeOrSelf(extend.getScale().getType())))
      return term;
    term.kind = TermKind::Mul;
  } else if (std::optional<TermKind> kind = getKind(op)) {
    term.kind = *kind;
  }
  if (term.kind == TermKind::Opaque ||
      !isa<Float32Type, BFloat16Type, Float16Type>(type)) {
    term.kind = TermKind::Opaque;
    return term;
  }
  if (isa<arith::MaxNumFOp, arith::MinNumFOp>(op))
    term.keepsNaN[0] = term.keepsNaN[1] = false;
  if (std::optional<APFloat> number = foldNumbers(element, term.kind, type)) {
    term.kind = TermKind::Constant;
    term.constant = number;
    return term;
  }
  if (isRounded(term.kind) && !type.isF32() && !element.isUnrounded) {
    term.kind = TermKind::Round;
    term.type = type;
    term.operands = {element};
    term.operands.front().isUnrounded = true;
    return term;
  }
  unsigned numOperands =
      term.kind == TermKind::Power2 ? 1 : op->getNumOperands();
  for (Value value : op->getOperands().take_front(numOperands))
    term.operands.push_back(operand(element, value));
  return term;
}

//===----------------------------------------------------------------------===//
// Select
//===----------------------------------------------------------------------===//

static bool isLess(CmpFPredicate predicate) {
  return predicate == CmpFPredicate::OLT || predicate == CmpFPredicate::OLE ||
         predicate == CmpFPredicate::ULT || predicate == CmpFPredicate::ULE;
}
static bool isGreater(CmpFPredicate predicate) {
  return predicate == CmpFPredicate::OGT || predicate == CmpFPredicate::OGE ||
         predicate == CmpFPredicate::UGT || predicate == CmpFPredicate::UGE;
}
/// What the predicate says if one side is NaN.
static bool isUnordered(CmpFPredicate predicate) {
  return predicate >= CmpFPredicate::UEQ;
}

Term Elements::lookAtSelect(const Element &element, arith::SelectOp select) {
  Term term;
  term.op = select;
  Element condition = strip(operand(element, select.getCondition()));
  auto compare = condition.value.getDefiningOp<arith::CmpFOp>();
  if (!compare)
    return term;
  visited.push_back(compare);
  term.kind = TermKind::Select;
  term.predicate = compare.getPredicate();
  term.isFast = isFast(compare) || isFast(select);
  term.operands = {operand(condition, compare.getLhs()),
                   operand(condition, compare.getRhs()),
                   operand(element, select.getTrueValue()),
                   operand(element, select.getFalseValue())};

  // lhs < rhs ? lhs : rhs and the like are a minimum or a maximum. With NaN, an
  // unordered comparison picks the first branch, an ordered one the second.
  ArrayRef<Element> operands = term.operands;
  bool isStraight =
      isSame(operands[0], operands[2]) && isSame(operands[1], operands[3]);
  bool isCrossed = !isStraight && isSame(operands[0], operands[3]) &&
                   isSame(operands[1], operands[2]);
  if ((!isStraight && !isCrossed) ||
      (!isLess(term.predicate) && !isGreater(term.predicate)))
    return term;
  term.kind =
      isGreater(term.predicate) == isStraight ? TermKind::Max : TermKind::Min;
  term.operands.erase(term.operands.begin(), term.operands.begin() + 2);
  term.keepsNaN[0] = isUnordered(term.predicate);
  term.keepsNaN[1] = !term.keepsNaN[0];
  return term;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// How a body makes the next partial result.
struct Combiner {
  TermKind kind;
  Operation *op;
  Value element;
  bool keepsNaN = true, isFast = false;
};

/// The combination of `accumulator` and something that does not depend on it.
static std::optional<Combiner> getCombiner(Value yielded,
                                           BlockArgument accumulator) {
  Operation *op = yielded.getDefiningOp();
  if (!op)
    return std::nullopt;
  auto other = [&](Value a, Value b) {
    return a == accumulator ? b : b == accumulator ? a : Value();
  };
  auto isUsed = [&](unsigned times) {
    return accumulator.hasNUses(times) && yielded.hasOneUse();
  };

  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    Value element = other(select.getTrueValue(), select.getFalseValue());
    if (!compare || !element || element == accumulator || !isUsed(2) ||
        other(compare.getLhs(), compare.getRhs()) != element ||
        !isa<FloatType>(element.getType()))
      return std::nullopt;
    bool isMax = (isGreater(compare.getPredicate()) &&
                  compare.getLhs() == select.getTrueValue()) ||
                 (isLess(compare.getPredicate()) &&
                  compare.getLhs() == select.getFalseValue());
    if (!isMax)
      return std::nullopt;
    // Whichever way it decides on NaN, one of an element that is NaN and a
    // partial result that is NaN is lost.
    return Combiner{TermKind::MaxOf, op, element, /*keepsNaN=*/false,
                    isFast(compare) || isFast(select)};
  }
  if (!isa<arith::AddFOp, arith::MaximumFOp, arith::MaxNumFOp>(op) ||
      !isUsed(1))
    return std::nullopt;
  Value element = other(op->getOperand(0), op->getOperand(1));
  if (!element)
    return std::nullopt;
  return Combiner{isa<arith::AddFOp>(op) ? TermKind::SumOf : TermKind::MaxOf,
                  op, element, !isa<arith::MaxNumFOp>(op), isFast(op)};
}

Term Elements::lookAtReduction(const Element &element) {
  Term term;
  linalg::LinalgOp op = getDefiningLinalgOp(element);
  term.op = op;
  auto result = cast<OpResult>(element.value);
  std::optional<Indices> loops = getIteration(op, result, element.indices);
  if (!loops || llvm::count(*loops, AffineExpr()) != 1)
    return term;
  size_t reduced = llvm::find(*loops, AffineExpr()) - loops->begin();
  if (op.getIteratorTypesArray()[reduced] != utils::IteratorType::reduction)
    return term;

  OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
  std::optional<Combiner> combiner = getCombiner(
      op.getBlock()->getTerminator()->getOperand(result.getResultNumber()),
      op.getMatchingBlockArgument(init));
  if (!combiner)
    return term;
  term.kind = combiner->kind;
  term.op = combiner->op;
  term.isFast = combiner->isFast;
  term.keepsNaN[0] = combiner->keepsNaN;
  term.type = cast<FloatType>(combiner->element.getType());
  term.reducedExtent = op.getStaticLoopRanges()[reduced];
  term.reduced = space.addVariable(term.reducedExtent);
  (*loops)[reduced] = term.reduced;
  bool isInBody = getLinalgOp(combiner->element) == op;
  visited.push_back(op);
  term.operands = {
      {combiner->element, isInBody ? *loops : Indices(), false,
       element.hasOtherExtents},
      {init->get(), element.indices, false, element.hasOtherExtents}};
  return term;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

bool Elements::isSame(const Element &first, const Element &second,
                      unsigned depth) {
  Element a = strip(first), b = strip(second);
  if (a == b)
    return true;
  if (depth == 0)
    return false;
  // Arithmetic that is written out twice.
  Term x = look(a);
  if (x.kind == TermKind::Opaque || x.kind == TermKind::Pad ||
      x.kind == TermKind::Select || x.kind == TermKind::SumOf ||
      x.kind == TermKind::MaxOf)
    return false;
  Term y = look(b);
  // Flags let equal ops give different results.
  if (x.kind != y.kind || x.type != y.type || x.isFast || y.isFast)
    return false;
  if (x.isConstant())
    return x.constant->bitwiseIsEqual(*y.constant);
  return x.keepsNaN[0] == y.keepsNaN[0] && x.keepsNaN[1] == y.keepsNaN[1] &&
         llvm::all_of_zip(x.operands, y.operands,
                          [&](const Element &p, const Element &q) {
                            return isSame(p, q, depth - 1);
                          });
}
