//===- FusedOp.cpp - Row-wise ops as one kernel ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace beeline;

static YieldOp yieldOf(FusedOp op) {
  return cast<YieldOp>(op.getBody().front().getTerminator());
}

static auto opsOf(FusedOp op) {
  return op.getBody().front().without_terminator();
}

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

namespace beeline {
// What the generated parser and printer call.
ParseResult parseFusedBody(OpAsmParser &,
                           SmallVectorImpl<OpAsmParser::UnresolvedOperand> &,
                           SmallVectorImpl<Type> &, SmallVectorImpl<Type> &,
                           Region &);
void printFusedBody(OpAsmPrinter &, FusedOp, OperandRange, TypeRange, TypeRange,
                    Region &);
} // namespace beeline

/// (%argument = %input : type, ...) -> types { body }
ParseResult
beeline::parseFusedBody(OpAsmParser &parser,
                        SmallVectorImpl<OpAsmParser::UnresolvedOperand> &inputs,
                        SmallVectorImpl<Type> &inputTypes,
                        SmallVectorImpl<Type> &outputTypes, Region &body) {
  SmallVector<OpAsmParser::Argument> arguments;
  auto parseInput = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument) || parser.parseEqual() ||
        parser.parseOperand(inputs.emplace_back()) ||
        parser.parseColonType(argument.type))
      return failure();
    inputTypes.push_back(argument.type);
    return success();
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseInput))
    return failure();
  if (succeeded(parser.parseOptionalArrow()) &&
      parser.parseTypeList(outputTypes))
    return failure();
  return parser.parseRegion(body, arguments);
}

void beeline::printFusedBody(OpAsmPrinter &printer, FusedOp,
                             OperandRange inputs, TypeRange,
                             TypeRange outputTypes, Region &body) {
  printer << '(';
  llvm::interleaveComma(
      llvm::zip(body.getArguments(), inputs), printer, [&](auto pair) {
        auto [argument, input] = pair;
        printer << argument << " = " << input << " : " << input.getType();
      });
  printer << ')';
  if (!outputTypes.empty())
    printer << " -> " << outputTypes;
  printer << ' ';
  printer.printRegion(body, /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Constraints F1 to F4
//===----------------------------------------------------------------------===//

/// Errors of F2.
static LogicalResult verifyRowwise(Operation &op) {
  auto fail = [&](const char *what) {
    return op.emitOpError("violates F2 of 'beeline.fused': ") << what;
  };
  if (isa<FusedOp>(op))
    return fail("regions do not nest; write its ops here");
  if (!getRowwise(&op))
    return fail("it is not row-wise");
  if (!isMemoryEffectFree(&op))
    return fail("it has effects");
  return success();
}

/// Errors of row programs that others cannot be composed with.
static LogicalResult verifyProgram(Operation &op, const RowProgram &program) {
  auto fail = [&](const char *what) {
    return op.emitOpError("violates F2 of 'beeline.fused': its row program ")
           << what;
  };
  for (const RowStep &step : program.getSteps())
    if (step.kind == RowStep::Kind::Load &&
        !llvm::is_contained(op.getOperands(), step.tensor))
      return fail("loads what is no operand");
  for (Value result : op.getResults())
    if (llvm::none_of(program.getStores(), [&](const RowStore &store) {
          return store.tensor == result;
        }))
      return fail("does not store all results");
  return success();
}

LogicalResult FusedOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("violates F1: the body's arguments must have the types "
                       "of the inputs");
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getOperandTypes() != getResultTypes())
    return emitOpError("violates F1: the body must end in a beeline.yield of "
                       "values of the results' types");

  ShapedType rows;
  DenseMap<Value, RowStore> stores;
  for (Operation &op : opsOf(*this)) {
    if (failed(verifyRowwise(op)))
      return failure();
    auto rowwise = cast<RowwiseOpInterface>(op);
    auto type = cast<ShapedType>(rowwise.getRowTensor().getType());
    if (!rows)
      rows = type;
    if (type.getShape() != rows.getShape())
      return op.emitOpError(
                 "violates F3 of 'beeline.fused': its rows are those "
                 "of ")
             << type << ", and the first op's those of " << rows;

    RowProgram program;
    rowwise.buildRowProgram(program);
    if (failed(verifyProgram(op, program)))
      return failure();
    for (const RowStep &step : program.getSteps()) {
      auto stored = stores.find(step.tensor);
      if (stored == stores.end())
        continue;
      if (auto mismatch = describeMismatch(stored->second, step))
        return op.emitOpError("violates F4 of 'beeline.fused': ") << *mismatch;
    }
    for (const RowStore &store : program.getStores())
      stores.insert({store.tensor, store});
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The row program
//===----------------------------------------------------------------------===//

namespace {

/// The programs of several ops as one. What one op stores and another loads is
/// no memory access, but the value, rounded as storing rounds it.
class ProgramComposer {
public:
  explicit ProgramComposer(RowProgram &program) : program(program) {}

  void addInput(Value argument, Value input) { inputs[argument] = input; }

  void append(RowwiseOpInterface op) {
    RowProgram inner;
    op.buildRowProgram(inner);
    SmallVector<RowValue> values;
    for (RowStep step : inner.getSteps()) {
      for (RowValue &operand : step.operands)
        operand = values[operand.index];
      values.push_back(step.kind == RowStep::Kind::Load
                           ? load(step)
                           : program.append(std::move(step)));
    }
    for (RowStore store : inner.getStores()) {
      store.value = values[store.value.index];
      stores.insert({store.tensor, store});
    }
  }

  void store(Value inner, Value result) {
    RowStore store = stores.at(inner);
    store.tensor = result;
    program.append(store);
  }

private:
  RowValue load(RowStep step) {
    auto stored = stores.find(step.tensor);
    if (stored == stores.end()) {
      step.tensor = inputs.lookup(step.tensor);
      return program.append(std::move(step));
    }
    // Values are f32, so f32 needs no rounding.
    Type type = getElementTypeOrSelf(step.tensor);
    if (type.isF32())
      return stored->second.value;
    auto [known, isNew] = rounded.try_emplace(step.tensor);
    if (isNew)
      known->second = program.round(stored->second.value, type);
    return known->second;
  }

  RowProgram &program;
  DenseMap<Value, Value> inputs;
  DenseMap<Value, RowStore> stores;
  DenseMap<Value, RowValue> rounded;
};

} // namespace

void FusedOp::buildRowProgram(RowProgram &program) {
  ProgramComposer composer(program);
  for (auto [argument, input] :
       llvm::zip_equal(getBody().getArguments(), getInputs()))
    composer.addInput(argument, input);
  for (Operation &op : opsOf(*this))
    composer.append(cast<RowwiseOpInterface>(op));
  for (auto [value, result] :
       llvm::zip_equal(yieldOf(*this).getValues(), getResults()))
    if (!isa<BlockArgument>(value))
      composer.store(value, result);
}

bool FusedOp::isRowwise() {
  // An input that is handed on is no work: the program does not store it.
  return getNumResults() != 0 && !opsOf(*this).empty() &&
         llvm::none_of(yieldOf(*this).getValues(),
                       llvm::IsaPred<BlockArgument>);
}

Value FusedOp::getRowTensor() {
  for (Operation &op : opsOf(*this))
    if (auto argument = dyn_cast<BlockArgument>(
            cast<RowwiseOpInterface>(op).getRowTensor()))
      return getInputs()[argument.getArgNumber()];
  // Nothing but constants.
  return getResult(0);
}

//===----------------------------------------------------------------------===//
// Shapes, speculation, decomposition
//===----------------------------------------------------------------------===//

/// The extents of the result that `value` is yielded as.
static SmallVector<OpFoldResult> reifyYielded(OpBuilder &builder, FusedOp op,
                                              Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return tensor::getMixedSizes(builder, op.getLoc(),
                                 op.getInputs()[argument.getArgNumber()]);
  RowProgram program;
  cast<RowwiseOpInterface>(value.getDefiningOp()).buildRowProgram(program);
  return reifyShape(builder, op.getLoc(), op.getRowTensor(),
                    program.getStore(value));
}

LogicalResult FusedOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  for (Value value : yieldOf(*this).getValues())
    shapes.push_back(reifyYielded(builder, *this, value));
  return success();
}

Speculation::Speculatability FusedOp::getSpeculatability() {
  // The extents of two inputs need not agree where the op is not executed.
  auto isDynamic = [](Type type) {
    return !cast<RankedTensorType>(type).hasStaticShape();
  };
  return llvm::count_if(getInputs().getTypes(), isDynamic) > 1
             ? Speculation::NotSpeculatable
             : Speculation::RecursivelySpeculatable;
}

FailureOr<SmallVector<Value>> FusedOp::decomposeOperation(OpBuilder &builder) {
  IRMapping mapping;
  mapping.map(getBody().getArguments(), getInputs());
  for (Operation &op : opsOf(*this))
    builder.clone(op, mapping);
  return llvm::map_to_vector(yieldOf(*this).getValues(), [&](Value value) {
    return mapping.lookup(value);
  });
}

//===----------------------------------------------------------------------===//
// Canonicalization
//===----------------------------------------------------------------------===//

/// The results that are not needed: nobody reads them, or readers can have an
/// input or another result instead, which they are given.
static llvm::BitVector replaceResults(FusedOp op, PatternRewriter &rewriter) {
  llvm::BitVector unneeded(op.getNumResults());
  DenseMap<Value, Value> instead;
  for (auto [argument, input] :
       llvm::zip_equal(op.getBody().getArguments(), op.getInputs()))
    instead[argument] = input;
  for (auto [index, value] : llvm::enumerate(yieldOf(op).getValues())) {
    Value result = op.getResult(index);
    if (!result.use_empty()) {
      auto [other, isFirst] = instead.try_emplace(value, result);
      if (isFirst)
        continue;
      rewriter.replaceAllUsesWith(result, other->second);
    }
    unneeded.set(index);
  }
  return unneeded;
}

/// The arguments that nobody reads, or whose input another argument has too,
/// which their readers are given.
static llvm::BitVector replaceArguments(FusedOp op, PatternRewriter &rewriter) {
  llvm::BitVector unneeded(op.getInputs().size());
  DenseMap<Value, Value> argumentOf;
  for (auto [index, input] : llvm::enumerate(op.getInputs())) {
    BlockArgument argument = op.getBody().getArgument(index);
    if (!argument.use_empty()) {
      auto [other, isFirst] = argumentOf.try_emplace(input, argument);
      if (isFirst)
        continue;
      rewriter.replaceAllUsesWith(argument, other->second);
    }
    unneeded.set(index);
  }
  return unneeded;
}

/// The values whose index is not set in `unneeded`.
static SmallVector<Value> without(ValueRange values,
                                  const llvm::BitVector &unneeded) {
  SmallVector<Value> kept;
  for (auto [index, value] : llvm::enumerate(values))
    if (!unneeded.test(index))
      kept.push_back(value);
  return kept;
}

/// Inputs and results that are unused, given twice or handed on ⇒ left out
LogicalResult FusedOp::canonicalize(FusedOp op, PatternRewriter &rewriter) {
  YieldOp yield = yieldOf(op);
  llvm::BitVector results = replaceResults(op, rewriter);
  if (results.any())
    rewriter.modifyOpInPlace(yield, [&] { yield->eraseOperands(results); });
  llvm::BitVector arguments = replaceArguments(op, rewriter);
  if (results.none() && arguments.none())
    return failure();

  SmallVector<Value> kept = without(op.getResults(), results);
  auto smaller =
      FusedOp::create(rewriter, op.getLoc(), ValueRange(kept).getTypes(),
                      without(op.getInputs(), arguments), op->getAttrs());
  rewriter.inlineRegionBefore(op.getBody(), smaller.getBody(),
                              smaller.getBody().end());
  rewriter.modifyOpInPlace(
      smaller, [&] { smaller.getBody().front().eraseArguments(arguments); });
  for (auto [result, replacement] : llvm::zip_equal(kept, smaller.getResults()))
    rewriter.replaceAllUsesWith(result, replacement);
  rewriter.eraseOp(op);
  return success();
}
