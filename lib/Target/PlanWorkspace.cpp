//===- PlanWorkspace.cpp - One buffer for all temporary ones --------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferLifetimes.h"
#include "ExtentCloner.h"
#include "SizePolynomial.h"
#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace beeline {
#define GEN_PASS_DEF_PLANWORKSPACEPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

static constexpr uint64_t workspaceAlignment = 256;
/// What an extent is taken for where sizes have to be put in order.
static constexpr uint64_t assumedExtent = 4096;

namespace {

/// A buffer and its place in the workspace, in bytes.
struct PlannedBuffer {
  memref::AllocOp alloc;
  Lifetime lifetime;
  SizePolynomial size, offset = {};

  SizePolynomial end() const { return offset + size; }
};

/// Plans one function's workspace. What it needs to know of extents is computed
/// where `builder` is.
class WorkspacePlan {
public:
  WorkspacePlan(ImplicitLocOpBuilder &builder, func::FuncOp function,
                ValueRange extents)
      : builder(builder), cloner(builder, getInputs(function), extents) {}

  LogicalResult plan(func::FuncOp function);
  ArrayRef<PlannedBuffer> getBuffers() const { return buffers; }
  SizePolynomial getSize() const;

  /// Emits the value of a polynomial that is known to fit 64 bits.
  Value emit(const SizePolynomial &polynomial);
  /// Emits the value of any polynomial, or 2^64 - 1 if it is larger.
  Value emitSaturating(const SizePolynomial &polynomial);

private:
  void collectEqualExtents(func::FuncOp function);
  FailureOr<SizePolynomial> sizeOf(memref::AllocOp alloc);
  SizePolynomial polynomialOf(Value extent);
  void place(PlannedBuffer &buffer, ArrayRef<PlannedBuffer *> placed);
  template <typename Add, typename Multiply>
  Value emit(const SizePolynomial &polynomial, Type type, Add add,
             Multiply multiply);

  ImplicitLocOpBuilder &builder;
  ExtentCloner cloner;
  llvm::EquivalenceClasses<Value> equalExtents;
  /// The variables of the polynomials: cloned extents.
  SmallVector<Value> variables;
  SmallVector<PlannedBuffer> buffers;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// What is asserted outside of branches and loops holds in the whole function:
/// it is checked first.
void WorkspacePlan::collectEqualExtents(func::FuncOp function) {
  for (auto assertion : function.getOps<cf::AssertOp>()) {
    auto compare = assertion.getArg().getDefiningOp<arith::CmpIOp>();
    if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq)
      continue;
    Value lhs = cloner.clone(compare.getLhs());
    Value rhs = cloner.clone(compare.getRhs());
    if (lhs && rhs)
      equalExtents.unionSets(lhs, rhs);
  }
}

SizePolynomial WorkspacePlan::polynomialOf(Value extent) {
  APInt constant;
  if (matchPattern(extent, m_ConstantInt(&constant)))
    return SizePolynomial::constant(
        std::max<int64_t>(constant.getSExtValue(), 0));
  if (auto product = extent.getDefiningOp<arith::MulIOp>())
    return polynomialOf(product.getLhs()) * polynomialOf(product.getRhs());
  auto leader = equalExtents.findLeader(extent);
  if (leader != equalExtents.member_end() && *leader != extent)
    return polynomialOf(*leader);
  auto found = llvm::find(variables, extent);
  unsigned index = found - variables.begin();
  if (found == variables.end())
    variables.push_back(extent);
  return SizePolynomial::variable(index);
}

FailureOr<SizePolynomial> WorkspacePlan::sizeOf(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  if (!type.getLayout().isIdentity() || !alloc.getSymbolOperands().empty() ||
      !type.getElementType().isIntOrIndexOrFloat())
    return alloc.emitOpError("is no plain array of numbers, which a workspace "
                             "could hold");
  unsigned width = type.getElementType().isIndex()
                       ? 64
                       : type.getElementType().getIntOrFloatBitWidth();
  SizePolynomial size = SizePolynomial::constant(llvm::divideCeil(width, 8));
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    Value extent = cloner.cloneExtent(alloc, dim);
    if (!extent)
      return alloc.emitOpError()
             << "has a dimension " << dim
             << " that does not follow from the extents of the function's "
                "arguments, so that no workspace can be planned for it";
    size = size * polynomialOf(extent);
  }
  return size.alignTo(workspaceAlignment);
}

//===----------------------------------------------------------------------===//
// Placement
//===----------------------------------------------------------------------===//

void WorkspacePlan::place(PlannedBuffer &buffer,
                          ArrayRef<PlannedBuffer *> placed) {
  SmallVector<PlannedBuffer *> neighbours;
  llvm::copy_if(placed, std::back_inserter(neighbours),
                [&](PlannedBuffer *other) {
                  return other->lifetime.overlaps(buffer.lifetime);
                });
  // Above all of them is always free.
  SizePolynomial lowest;
  for (PlannedBuffer *other : neighbours)
    lowest = lowest.upperBound(other->end());

  auto tryAt = [&](const SizePolynomial &offset) {
    if (offset.evaluate(assumedExtent) >= lowest.evaluate(assumedExtent))
      return;
    SizePolynomial end = offset + buffer.size;
    if (llvm::all_of(neighbours, [&](PlannedBuffer *other) {
          return end.isAtMost(other->offset) || other->end().isAtMost(offset);
        }))
      lowest = offset;
  };
  tryAt(SizePolynomial());
  for (PlannedBuffer *other : placed)
    tryAt(other->end());
  buffer.offset = lowest;
}

LogicalResult WorkspacePlan::plan(func::FuncOp function) {
  collectEqualExtents(function);
  BufferLifetimes lifetimes(function);
  WalkResult walk = function.walk([&](memref::AllocOp alloc) -> WalkResult {
    FailureOr<Lifetime> lifetime = lifetimes.get(alloc);
    if (failed(lifetime))
      return alloc.emitOpError(
          "makes a buffer in each iteration of a loop that "
          "outlives the iteration: make it outside");
    FailureOr<SizePolynomial> size = sizeOf(alloc);
    if (failed(size))
      return WalkResult::interrupt();
    buffers.push_back({alloc, *lifetime, *size});
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();

  SmallVector<PlannedBuffer *> order;
  for (PlannedBuffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::sort(order, [](PlannedBuffer *lhs, PlannedBuffer *rhs) {
    uint64_t lhsSize = lhs->size.evaluate(assumedExtent);
    uint64_t rhsSize = rhs->size.evaluate(assumedExtent);
    return lhsSize != rhsSize ? lhsSize > rhsSize : lhs < rhs;
  });
  for (auto [index, buffer] : llvm::enumerate(order))
    place(*buffer, ArrayRef(order).take_front(index));
  return success();
}

SizePolynomial WorkspacePlan::getSize() const {
  SizePolynomial size;
  for (const PlannedBuffer &buffer : buffers)
    size = size.upperBound(buffer.end());
  return size;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

template <typename Add, typename Multiply>
Value WorkspacePlan::emit(const SizePolynomial &polynomial, Type type, Add add,
                          Multiply multiply) {
  Value sum;
  for (const auto &[monomial, coefficient] : polynomial.getTerms()) {
    Value term = arith::ConstantOp::create(
        builder, builder.getIntegerAttr(type, coefficient));
    for (unsigned variable : monomial) {
      // What is computed from extents may be negative in a branch not taken.
      Value factor = builder.createOrFold<arith::MaxSIOp>(
          variables[variable], arith::ConstantIndexOp::create(builder, 0));
      if (factor.getType() != type)
        factor = arith::IndexCastOp::create(builder, type, factor);
      term = multiply(term, factor);
    }
    sum = sum ? add(sum, term) : term;
  }
  return sum ? sum
             : arith::ConstantOp::create(builder, builder.getZeroAttr(type))
                   .getResult();
}

Value WorkspacePlan::emit(const SizePolynomial &polynomial) {
  return emit(
      polynomial, builder.getIndexType(),
      [&](Value lhs, Value rhs) -> Value {
        return arith::AddIOp::create(builder, lhs, rhs);
      },
      [&](Value lhs, Value rhs) -> Value {
        return arith::MulIOp::create(builder, lhs, rhs);
      });
}

Value WorkspacePlan::emitSaturating(const SizePolynomial &polynomial) {
  Type i64 = builder.getI64Type();
  Value most =
      arith::ConstantOp::create(builder, builder.getI64IntegerAttr(-1));
  Value zero = arith::ConstantOp::create(builder, builder.getI64IntegerAttr(0));
  Value size = emit(
      polynomial, i64,
      [&](Value lhs, Value rhs) -> Value {
        auto sum = arith::AddUIExtendedOp::create(builder, lhs, rhs);
        return arith::SelectOp::create(builder, sum.getOverflow(), most,
                                       sum.getSum());
      },
      [&](Value lhs, Value rhs) -> Value {
        auto product = arith::MulUIExtendedOp::create(builder, lhs, rhs);
        Value fits = arith::CmpIOp::create(builder, arith::CmpIPredicate::eq,
                                           product.getHigh(), zero);
        return arith::SelectOp::create(builder, fits, product.getLow(), most);
      });
  return arith::IndexCastOp::create(builder, builder.getIndexType(), size);
}

/// Builds the function that computes the size of a function's workspace.
static LogicalResult createWorkspaceSize(func::FuncOp function) {
  if (failed(verifyBuffers(function)) ||
      failed(verifyIsNew(function, function.getName() + "_workspace_size")))
    return failure();
  ImplicitLocOpBuilder builder(function.getLoc(), function->getContext());
  builder.setInsertionPointAfter(function);
  SmallVector<BlockArgument> inputs = getInputs(function);
  SmallVector<Type> arguments(countExtents(ValueRange(inputs).getTypes()),
                              builder.getIndexType());
  auto size = func::FuncOp::create(
      builder, (function.getName() + "_workspace_size").str(),
      builder.getFunctionType(arguments, builder.getIndexType()));
  Block *body = size.addEntryBlock();
  builder.setInsertionPointToStart(body);
  WorkspacePlan plan(builder, function, body->getArguments());
  if (failed(plan.plan(function)))
    return failure();
  func::ReturnOp::create(builder, plan.emitSaturating(plan.getSize()));
  return success();
}

/// Replaces the buffers of `function` by views of a new argument.
static LogicalResult useWorkspace(func::FuncOp function) {
  IRRewriter rewriter(function->getContext());
  ImplicitLocOpBuilder builder(function.getLoc(), function->getContext());
  builder.setInsertionPointToStart(&function.front());
  SmallVector<Value> extents;
  for (BlockArgument input : getInputs(function)) {
    auto type = cast<MemRefType>(input.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        extents.push_back(memref::DimOp::create(builder, input, dim));
  }
  WorkspacePlan plan(builder, function, extents);
  if (failed(plan.plan(function)))
    return failure();

  auto bytes = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  unsigned index = function.getNumArguments();
  if (failed(function.insertArgument(index, bytes, {}, function.getLoc())))
    return failure();
  Value workspace = function.getArgument(index);
  // The first allocation may be where offsets are computed.
  SmallVector<Value> offsets;
  for (const PlannedBuffer &buffer : plan.getBuffers())
    offsets.push_back(plan.emit(buffer.offset));
  for (auto [buffer, offset] : llvm::zip_equal(plan.getBuffers(), offsets)) {
    memref::AllocOp alloc = buffer.alloc;
    rewriter.setInsertionPoint(alloc);
    rewriter.replaceOpWithNewOp<memref::ViewOp>(
        alloc, alloc.getType(), workspace, offset, alloc.getDynamicSizes());
  }
  return success();
}

namespace {

struct PlanWorkspacePass final
    : beeline::impl::PlanWorkspacePassBase<PlanWorkspacePass> {
  void runOnOperation() override {
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (isLayerFunction(function) && (failed(createWorkspaceSize(function)) ||
                                        failed(useWorkspace(function))))
        return signalPassFailure();
  }
};

} // namespace
