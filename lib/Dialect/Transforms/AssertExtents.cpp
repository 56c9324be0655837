//===- AssertExtents.cpp - What ops need of dynamic extents ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Reassociation.h"
#include "beeline/Dialect/IR/BeelineOps.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace beeline {
#define GEN_PASS_DEF_ASSERTEXTENTSPASS
#include "beeline/Dialect/Transforms/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

using Extents = SmallVector<OpFoldResult>;

/// Asserts in front of an op what it needs of its operands.
class ExtentAssertions {
public:
  explicit ExtentAssertions(Operation *op)
      : builder(op->getLoc(), op), op(op) {}

  void assertAll();

private:
  void assertRows(RowwiseOpInterface rowwise);
  void assertNorm(RMSNormQuantOp norm);
  void assertLinear(LinearOp linear);
  void assertElementwise();
  void assertLoops(linalg::LinalgOp linalg);
  void assertCast(tensor::CastOp cast);
  void assertSlice(OffsetSizeAndStrideOpInterface slice, Value whole);
  void assertInserted(tensor::InsertSliceOp insert);
  void assertExpanded(tensor::ExpandShapeOp expand);
  void assertConcatenated(tensor::ConcatOp concat);

  Extents extentsOf(Value tensor) {
    return tensor::getMixedSizes(builder, builder.getLoc(), tensor);
  }
  OpFoldResult ceilDiv(OpFoldResult value, int64_t divisor);
  /// Scales of `groups` groups of rows of `extents`.
  static Extents scaleExtents(Extents extents, OpFoldResult groups,
                              bool isGroupMajor);

  void assertExtent(Value tensor, int64_t dim, OpFoldResult expected);
  void assertExtents(Value tensor, ArrayRef<OpFoldResult> expected);
  /// lhs `predicate` rhs, unless it is known to hold.
  void assertThat(arith::CmpIPredicate predicate, OpFoldResult lhs,
                  OpFoldResult rhs, const Twine &what);
  std::string describe(int64_t dim, Value tensor);
  Value materialize(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(builder, builder.getLoc(), value);
  }

  ImplicitLocOpBuilder builder;
  Operation *op;
};

} // namespace

//===----------------------------------------------------------------------===//
// Assertions
//===----------------------------------------------------------------------===//

std::string ExtentAssertions::describe(int64_t dim, Value tensor) {
  int64_t operand =
      std::distance(op->operand_begin(), llvm::find(op->getOperands(), tensor));
  return llvm::formatv("dimension {0} of operand {1} of '{2}'", dim, operand,
                       op->getName());
}

void ExtentAssertions::assertThat(arith::CmpIPredicate predicate,
                                  OpFoldResult lhs, OpFoldResult rhs,
                                  const Twine &what) {
  Value holds = builder.createOrFold<arith::CmpIOp>(predicate, materialize(lhs),
                                                    materialize(rhs));
  if (!matchPattern(holds, m_One()))
    cf::AssertOp::create(builder, holds, builder.getStringAttr(what));
}

void ExtentAssertions::assertExtent(Value tensor, int64_t dim,
                                    OpFoldResult expected) {
  OpFoldResult actual =
      tensor::getMixedSize(builder, builder.getLoc(), tensor, dim);
  if (!isEqualConstantIntOrValue(actual, expected))
    assertThat(arith::CmpIPredicate::eq, actual, expected,
               describe(dim, tensor));
}

void ExtentAssertions::assertExtents(Value tensor,
                                     ArrayRef<OpFoldResult> expected) {
  for (auto [dim, extent] : llvm::enumerate(expected))
    assertExtent(tensor, dim, extent);
}

OpFoldResult ExtentAssertions::ceilDiv(OpFoldResult value, int64_t divisor) {
  AffineExpr quotient = builder.getAffineSymbolExpr(0).ceilDiv(divisor);
  return affine::makeComposedFoldedAffineApply(builder, builder.getLoc(),
                                               quotient, {value});
}

//===----------------------------------------------------------------------===//
// Beeline's ops
//===----------------------------------------------------------------------===//

Extents ExtentAssertions::scaleExtents(Extents extents, OpFoldResult groups,
                                       bool isGroupMajor) {
  extents.pop_back();
  extents.insert(isGroupMajor ? extents.begin() : extents.end(), groups);
  return extents;
}

void ExtentAssertions::assertRows(RowwiseOpInterface rowwise) {
  RowProgram program;
  rowwise.buildRowProgram(program);
  if (program.getSteps().empty())
    return;
  Value rowTensor = rowwise.getRowTensor();
  Extents extents = extentsOf(rowTensor);
  bool hasRowSum = false;
  for (const RowStep &step : program.getSteps()) {
    hasRowSum |= step.kind == RowStep::Kind::RowSum;
    if (step.kind != RowStep::Kind::Load)
      continue;
    switch (step.access) {
    case RowAccess::Elements:
      if (step.tensor != rowTensor)
        assertExtents(step.tensor, extents);
      break;
    case RowAccess::Vector:
      assertExtent(step.tensor, 0, extents.back());
      break;
    case RowAccess::RowMajorScales:
    case RowAccess::GroupMajorScales:
      assertExtents(step.tensor,
                    scaleExtents(extents,
                                 ceilDiv(extents.back(), step.groupSize),
                                 step.access == RowAccess::GroupMajorScales));
      break;
    }
  }
  if (!hasRowSum)
    return;
  // N5: sums are defined for rows of 1 to 2^24 elements.
  std::string what = describe(extents.size() - 1, rowTensor);
  assertThat(arith::CmpIPredicate::uge, extents.back(), builder.getIndexAttr(1),
             what);
  assertThat(arith::CmpIPredicate::ule, extents.back(),
             builder.getIndexAttr(int64_t(1) << 24), what);
}

/// The fused call has no program of its own: it is decomposed.
void ExtentAssertions::assertNorm(RMSNormQuantOp norm) {
  Extents extents = extentsOf(norm.getInput());
  assertExtent(norm.getWeight(), 0, extents.back());
  if (Value residual = norm.getResidual())
    assertExtents(residual, extents);
}

void ExtentAssertions::assertLinear(LinearOp linear) {
  Extents extents = extentsOf(linear.getInput());
  OpFoldResult outputs =
      tensor::getMixedSize(builder, builder.getLoc(), linear.getWeight(), 0);
  assertExtent(linear.getWeight(), 1, extents.back());
  if (Value scales = linear.getInputScales())
    assertExtents(
        scales,
        scaleExtents(extents, ceilDiv(extents.back(), linear.getGroupSize()),
                     linear.getScaleLayout() == ScaleLayout::GroupMajor));
  if (Value scales = linear.getWeightScales())
    assertExtents(scales, {ceilDiv(outputs, LinearOp::weightBlock),
                           ceilDiv(extents.back(), LinearOp::weightBlock)});
  if (Value bias = linear.getBias())
    assertExtent(bias, 0, outputs);
}

//===----------------------------------------------------------------------===//
// Upstream's ops
//===----------------------------------------------------------------------===//

void ExtentAssertions::assertElementwise() {
  std::optional<Extents> extents;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    if (extents)
      assertExtents(operand, *extents);
    else
      extents = extentsOf(operand);
  }
}

/// A dimension that a loop runs over has the loop's extent. What other index
/// expressions reach is known to the verifier where extents are static.
void ExtentAssertions::assertLoops(linalg::LinalgOp linalg) {
  SmallVector<OpFoldResult> loops(linalg.getNumLoops());
  for (OpOperand &operand : linalg->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = linalg.getMatchingIndexingMap(&operand);
    for (auto [dim, index] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(index);
      if (!loop)
        continue;
      OpFoldResult &extent = loops[loop.getPosition()];
      if (extent)
        assertExtent(operand.get(), dim, extent);
      else
        extent =
            tensor::getMixedSize(builder, builder.getLoc(), operand.get(), dim);
    }
  }
}

void ExtentAssertions::assertCast(tensor::CastOp cast) {
  auto source = dyn_cast<RankedTensorType>(cast.getSource().getType());
  auto result = dyn_cast<RankedTensorType>(cast.getType());
  if (!source || !result)
    return;
  for (auto [dim, extent] : llvm::enumerate(result.getShape()))
    if (!ShapedType::isDynamic(extent) && source.isDynamicDim(dim))
      assertExtent(cast.getSource(), dim, builder.getIndexAttr(extent));
}

void ExtentAssertions::assertSlice(OffsetSizeAndStrideOpInterface slice,
                                   Value whole) {
  AffineExpr offset, size, stride;
  bindSymbols(op->getContext(), offset, size, stride);
  for (auto [dim, values] : llvm::enumerate(
           llvm::zip_equal(slice.getMixedOffsets(), slice.getMixedSizes(),
                           slice.getMixedStrides(), extentsOf(whole)))) {
    auto [offsetValue, sizeValue, strideValue, extent] = values;
    std::string what = describe(dim, whole);
    OpFoldResult zero = builder.getIndexAttr(0);
    assertThat(arith::CmpIPredicate::sge, offsetValue, zero, what);
    assertThat(arith::CmpIPredicate::sge, sizeValue, zero, what);
    // With stride 1, so that a slice of nothing may begin at the end.
    AffineExpr end = offset + size;
    if (!isOneInteger(strideValue))
      end = offset + (size - 1) * stride + 1;
    assertThat(arith::CmpIPredicate::sle,
               affine::makeComposedFoldedAffineApply(
                   builder, builder.getLoc(), end,
                   {offsetValue, sizeValue, strideValue}),
               extent, what);
  }
}

void ExtentAssertions::assertInserted(tensor::InsertSliceOp insert) {
  assertSlice(insert, insert.getDest());
  llvm::SmallBitVector dropped = insert.getDroppedDims();
  int64_t dim = 0;
  for (auto [index, size] : llvm::enumerate(insert.getMixedSizes()))
    if (!dropped.test(index))
      assertExtent(insert.getSource(), dim++, size);
}

void ExtentAssertions::assertExpanded(tensor::ExpandShapeOp expand) {
  Extents extents = getMixedValues(expand.getStaticOutputShape(),
                                   expand.getOutputShape(), builder);
  for (auto [dim, group] : llvm::enumerate(getReassociation(expand))) {
    AffineExpr product = builder.getAffineConstantExpr(1);
    SmallVector<OpFoldResult> factors;
    for (int64_t index : group) {
      product = product * builder.getAffineSymbolExpr(factors.size());
      factors.push_back(extents[index]);
    }
    assertExtent(expand.getSrc(), dim,
                 affine::makeComposedFoldedAffineApply(
                     builder, builder.getLoc(), product, factors));
  }
  // Of no elements there is no view; upstream would divide by the extents to
  // find strides.
  RankedTensorType type = expand.getResultType();
  if (type.hasStaticShape() || !llvm::any_of(extents, isZeroInteger))
    return;
  SmallVector<Value> sizes;
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (type.isDynamicDim(dim))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(builder, builder.getLoc(), extent));
  Value empty = tensor::EmptyOp::create(builder, type, sizes);
  expand.replaceAllUsesWith(empty);
  expand.erase();
}

void ExtentAssertions::assertConcatenated(tensor::ConcatOp concat) {
  Extents extents = extentsOf(concat.getInputs().front());
  for (Value input : concat.getInputs().drop_front())
    for (auto [dim, extent] : llvm::enumerate(extents))
      if (dim != concat.getDim())
        assertExtent(input, dim, extent);
}

void ExtentAssertions::assertAll() {
  if (op->getNumOperands() == 0)
    return;
  // A region that hands an input on has a program of the rest.
  if (getRowwise(op) || isa<FusedOp>(op))
    return assertRows(cast<RowwiseOpInterface>(op));
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](RMSNormQuantOp op) { assertNorm(op); })
      .Case([&](LinearOp op) { assertLinear(op); })
      .Case([&](linalg::LinalgOp op) { assertLoops(op); })
      .Case([&](tensor::CastOp op) { assertCast(op); })
      .Case([&](tensor::ExtractSliceOp op) { assertSlice(op, op.getSource()); })
      .Case([&](tensor::InsertSliceOp op) { assertInserted(op); })
      .Case([&](tensor::ExpandShapeOp op) { assertExpanded(op); })
      .Case([&](tensor::ConcatOp op) { assertConcatenated(op); })
      .Case([&](bufferization::MaterializeInDestinationOp op) {
        if (isa<RankedTensorType>(op.getDest().getType()))
          assertExtents(op.getSource(), extentsOf(op.getDest()));
      })
      .Default([&](Operation *op) {
        if (mlir::OpTrait::hasElementwiseMappableTraits(op))
          assertElementwise();
      });
}

/// Upstream's verifier lets negative dimensions pass, and its canonicalization
/// crashes at them once tensors are buffers.
static LogicalResult verifyDimension(tensor::DimOp op) {
  std::optional<int64_t> dim = op.getConstantIndex();
  if (!dim || *dim >= 0)
    return success();
  return op.emitOpError("asks for dimension ")
         << *dim << ", and the first is 0";
}

namespace {

struct AssertExtentsPass final
    : beeline::impl::AssertExtentsPassBase<AssertExtentsPass> {
  void runOnOperation() override {
    // Values go round in circles there, and so would folding of their extents.
    IRRewriter rewriter(&getContext());
    (void)eraseUnreachableBlocks(rewriter, getOperation()->getRegions());
    WalkResult walk = getOperation()->walk(
        [](tensor::DimOp op) -> WalkResult { return verifyDimension(op); });
    if (walk.wasInterrupted())
      return signalPassFailure();
    SmallVector<Operation *> ops;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      ops.push_back(op);
      // What is inside computes on elements.
      return getRowwise(op) || isa<FusedOp, linalg::LinalgOp>(op)
                 ? WalkResult::skip()
                 : WalkResult::advance();
    });
    for (Operation *op : ops)
      ExtentAssertions(op).assertAll();
  }
};

} // namespace
