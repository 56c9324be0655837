//===- BeelineOps.cpp - Verifiers and shapes of the beeline ops -----------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;

// custom<FusedBody>: see FusedOp.cpp.
namespace beeline {
ParseResult parseFusedBody(OpAsmParser &,
                           SmallVectorImpl<OpAsmParser::UnresolvedOperand> &,
                           SmallVectorImpl<Type> &, SmallVectorImpl<Type> &,
                           Region &);
void printFusedBody(OpAsmPrinter &, FusedOp, OperandRange, TypeRange, TypeRange,
                    Region &);
} // namespace beeline

#define GET_OP_CLASSES
#include "beeline/Dialect/IR/BeelineOps.cpp.inc"

LogicalResult
beeline::OpTrait::detail::verifyDiscardableAttributes(Operation *op) {
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    if (!attribute.getName().getValue().contains('.'))
      return op->emitOpError("has no attribute ")
             << attribute.getName()
             << "; one of your own needs a prefix, as in \"my.note\"";
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t lastDim(Value value) { return typeOf(value).getShape().back(); }

static int64_t ceilDiv(int64_t extent, int64_t divisor) {
  return ShapedType::isDynamic(extent)
             ? extent
             : static_cast<int64_t>(llvm::divideCeil(extent, divisor));
}

/// The shape that scales of `codes` have in `layout`.
static SmallVector<int64_t> scalesShape(ArrayRef<int64_t> codes,
                                        int64_t groupSize, ScaleLayout layout) {
  SmallVector<int64_t> shape(codes.drop_back());
  int64_t groups = ceilDiv(codes.back(), groupSize);
  shape.insert(layout == ScaleLayout::RowMajor ? shape.end() : shape.begin(),
               groups);
  return shape;
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleave(
      shape, os,
      [&](int64_t extent) {
        if (ShapedType::isDynamic(extent))
          os << '?';
        else
          os << extent;
      },
      "x");
  os << ']';
  return text;
}

static LogicalResult emitShapeError(Operation *op, StringRef constraint,
                                    StringRef name, Value value,
                                    ArrayRef<int64_t> expected) {
  return op->emitOpError() << "violates " << constraint << ": " << name
                           << " must have the shape " << formatShape(expected)
                           << ", not " << formatShape(typeOf(value).getShape());
}

/// An operand's dynamic extents agree with all. `constraint` is the number of
/// the violated constraint in the op's description.
static LogicalResult verifyOperandShape(Operation *op, StringRef constraint,
                                        StringRef name, Value operand,
                                        ArrayRef<int64_t> expected) {
  if (succeeded(verifyCompatibleShape(typeOf(operand).getShape(), expected)))
    return success();
  return emitShapeError(op, constraint, name, operand, expected);
}

/// A result's extents are exactly those that the operands' types give: what is
/// dynamic there cannot be promised here.
static LogicalResult verifyResultShape(Operation *op, StringRef constraint,
                                       StringRef name, Value result,
                                       ArrayRef<int64_t> expected) {
  if (typeOf(result).getShape() == expected)
    return success();
  return emitShapeError(op, constraint, name, result, expected);
}

/// Whether extents of `operands` are statically known to agree where the op
/// needs them to: without a run-time extent there is nothing to disagree. One
/// operand alone can have any number of rows.
static Speculation::Speculatability
speculatableIfStatic(std::initializer_list<Value> operands) {
  for (Value operand : operands)
    if (operand && !typeOf(operand).hasStaticShape())
      return Speculation::NotSpeculatable;
  return Speculation::Speculatable;
}

/// A norm without residual reads one tensor of dynamic M: only N can disagree.
static Speculation::Speculatability
normSpeculatability(Value input, Value weight, Value residual) {
  if (residual)
    return speculatableIfStatic({input, weight, residual});
  return ShapedType::isDynamic(lastDim(input)) ? Speculation::NotSpeculatable
                                               : speculatableIfStatic({weight});
}

//===----------------------------------------------------------------------===//
// Constraints Q1 to Q4 and N1 to N5
//===----------------------------------------------------------------------===//

/// As people write it: diagnostics would print 448 as 4.480000e+02.
static std::string formatFloat(float value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

static float largestFinite(Type codeType) {
  auto value =
      llvm::APFloat::getLargest(cast<FloatType>(codeType).getFloatSemantics());
  return value.convertToDouble();
}

static LogicalResult verifyRange(Operation *op, Type codeType,
                                 std::optional<llvm::APFloat> fmaxAttr,
                                 std::optional<llvm::APFloat> minAmaxAttr) {
  float largest = largestFinite(codeType);
  float fmax = fmaxAttr ? fmaxAttr->convertToFloat() : largest;
  if (!(fmax >= 2.0f && fmax <= largest))
    return op->emitOpError()
           << "violates Q3: fmax must lie between 2 and "
           << formatFloat(largest) << ", the largest finite value of "
           << codeType << ", not " << formatFloat(fmax);
  if (!minAmaxAttr)
    return success();
  float minAmax = minAmaxAttr->convertToFloat();
  if (!(minAmax > 0.0f && std::isfinite(minAmax)))
    return op->emitOpError()
           << "violates Q4: min_amax must be positive and finite, not "
           << formatFloat(minAmax);
  float smallestScale = minAmax / fmax;
  if (!std::isfinite(1.0f / smallestScale))
    return op->emitOpError()
           << "violates Q4: min_amax " << formatFloat(minAmax)
           << " is so small that the reciprocal of min_amax / fmax overflows";
  return success();
}

template <typename OpTy>
static LogicalResult verifyQuantize(OpTy op) {
  Value codes = op.getCodes();
  ArrayRef<int64_t> shape = typeOf(op.getInput()).getShape();
  if (failed(verifyResultShape(op, "Q1", "the codes", codes, shape)) ||
      failed(verifyResultShape(
          op, "Q2", "the scales", op.getScales(),
          scalesShape(shape, op.getGroupSize(), op.getScaleLayout()))))
    return failure();
  return verifyRange(op, typeOf(codes).getElementType(), op.getFmax(),
                     op.getMinAmax());
}

template <typename OpTy>
static LogicalResult verifyNorm(OpTy op, Value output, StringRef outputName) {
  ArrayRef<int64_t> shape = typeOf(op.getInput()).getShape();
  int64_t n = shape.back();
  if (failed(verifyOperandShape(op, "N1", "the weight", op.getWeight(), {n})))
    return failure();
  if (op.getResidual() && failed(verifyOperandShape(op, "N2", "the residual",
                                                    op.getResidual(), shape)))
    return failure();
  if (output && failed(verifyResultShape(op, "N2", outputName, output, shape)))
    return failure();
  if (op.getSum()) {
    if (!op.getResidual())
      return op.emitOpError("violates N3: a sum needs a residual");
    if (op.getSum().getType() != op.getResidual().getType())
      return op.emitOpError("violates N3: the sum must have the residual's "
                            "type, ")
             << op.getResidual().getType() << ", not " << op.getSum().getType();
  }
  if (!op.getEpsilon().isFinite() || op.getEpsilon().isNegative())
    return op.emitOpError("violates N4: epsilon must be finite and not "
                          "negative");
  if (!op.getWeightOffset().isFinite())
    return op.emitOpError("violates N4: weight_offset must be finite");
  if (!ShapedType::isDynamic(n) && (n < 1 || n > (int64_t(1) << 24)))
    return op.emitOpError("violates N5: a row must have 1 to 2^24 elements, "
                          "not ")
           << n;
  return success();
}

//===----------------------------------------------------------------------===//
// RMSNormOp
//===----------------------------------------------------------------------===//

LogicalResult RMSNormOp::verify() {
  return verifyNorm(*this, getOutput(), "the result");
}

Speculation::Speculatability RMSNormOp::getSpeculatability() {
  return normSpeculatability(getInput(), getWeight(), getResidual());
}

LogicalResult
RMSNormOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInput())};
  if (getSum())
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), getResidual()));
  return success();
}

//===----------------------------------------------------------------------===//
// GroupQuantOp
//===----------------------------------------------------------------------===//

LogicalResult GroupQuantOp::verify() { return verifyQuantize(*this); }

Speculation::Speculatability GroupQuantOp::getSpeculatability() {
  return Speculation::Speculatable;
}

LogicalResult
GroupQuantOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getInput());
  shapes = {sizes, reifyScalesShape(builder, getLoc(), sizes, getGroupSize(),
                                    getScaleLayout())};
  return success();
}

//===----------------------------------------------------------------------===//
// DequantOp
//===----------------------------------------------------------------------===//

LogicalResult DequantOp::verify() {
  ArrayRef<int64_t> shape = typeOf(getCodes()).getShape();
  if (failed(
          verifyResultShape(*this, "Q1", "the result", getOutput(), shape)) ||
      failed(verifyOperandShape(
          *this, "Q2", "the scales", getScales(),
          scalesShape(shape, getGroupSize(), getScaleLayout()))))
    return failure();
  return verifyRange(*this, typeOf(getCodes()).getElementType(), getFmax(),
                     getMinAmax());
}

Speculation::Speculatability DequantOp::getSpeculatability() {
  return speculatableIfStatic({getCodes(), getScales()});
}

LogicalResult
DequantOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getCodes())};
  return success();
}

//===----------------------------------------------------------------------===//
// RMSNormQuantOp
//===----------------------------------------------------------------------===//

LogicalResult RMSNormQuantOp::verify() {
  if (failed(verifyNorm(*this, getUnquantized(), "the unquantized result")))
    return failure();
  return verifyQuantize(*this);
}

Speculation::Speculatability RMSNormQuantOp::getSpeculatability() {
  return normSpeculatability(getInput(), getWeight(), getResidual());
}

LogicalResult
RMSNormQuantOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getInput());
  shapes = {sizes, reifyScalesShape(builder, getLoc(), sizes, getGroupSize(),
                                    getScaleLayout())};
  if (getUnquantized())
    shapes.push_back(sizes);
  if (getSum())
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), getResidual()));
  return success();
}

//===----------------------------------------------------------------------===//
// LinearOp
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::verify() {
  auto weight = typeOf(getWeight());
  if (weight.getRank() != 2)
    return emitOpError("violates L1: the weight must have rank 2, not ")
           << weight.getRank();
  int64_t out = weight.getDimSize(0), in = weight.getDimSize(1);
  if (failed(verifyCompatibleShape({in}, {lastDim(getInput())})))
    return emitOpError("violates L1: the input's last dimension must be the "
                       "weight's ")
           << in << ", not " << lastDim(getInput());

  SmallVector<int64_t> outputShape(typeOf(getInput()).getShape());
  outputShape.back() = out;
  if (failed(verifyResultShape(*this, "L2", "the result", getOutput(),
                               outputShape)))
    return failure();

  auto isCodes = [](Value value) {
    return typeOf(value).getElementType().getIntOrFloatBitWidth() == 8;
  };
  if (isCodes(getInput()) != isCodes(getWeight()))
    return emitOpError("violates L3: input and weight must both be FP8, or "
                       "neither");
  if (isCodes(getInput()) != static_cast<bool>(getInputScales()) ||
      isCodes(getInput()) != static_cast<bool>(getWeightScales()))
    return emitOpError("violates L3: ")
           << (isCodes(getInput()) ? "FP8 operands need both scales"
                                   : "only FP8 has scales");
  if (getInputScales()) {
    if (failed(verifyOperandShape(
            *this, "L4", "the input's scales", getInputScales(),
            scalesShape(typeOf(getInput()).getShape(), getGroupSize(),
                        getScaleLayout()))) ||
        failed(verifyOperandShape(
            *this, "L5", "the weight's scales", getWeightScales(),
            {ceilDiv(out, weightBlock), ceilDiv(in, weightBlock)})))
      return failure();
  }
  if (getBias() &&
      failed(verifyOperandShape(*this, "L6", "the bias", getBias(), {out})))
    return failure();
  return success();
}

Speculation::Speculatability LinearOp::getSpeculatability() {
  // Without scales the rows belong to the input alone.
  if (!getInputScales() && !ShapedType::isDynamic(lastDim(getInput())))
    return speculatableIfStatic({getWeight(), getBias()});
  return speculatableIfStatic({getInput(), getWeight(), getInputScales(),
                               getWeightScales(), getBias()});
}

LogicalResult LinearOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getInput());
  sizes.back() = tensor::getMixedSize(builder, getLoc(), getWeight(), 0);
  shapes = {sizes};
  return success();
}

//===----------------------------------------------------------------------===//
// SiluMulOp
//===----------------------------------------------------------------------===//

LogicalResult SiluMulOp::verify() {
  ArrayRef<int64_t> shape = typeOf(getGate()).getShape();
  if (failed(verifyOperandShape(*this, "S1", "up", getUp(), shape)))
    return failure();
  return verifyResultShape(*this, "S2", "the result", getOutput(), shape);
}

Speculation::Speculatability SiluMulOp::getSpeculatability() {
  return speculatableIfStatic({getGate(), getUp()});
}

LogicalResult
SiluMulOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getGate())};
  return success();
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

Speculation::Speculatability AllReduceOp::getSpeculatability() {
  return Speculation::NotSpeculatable;
}

LogicalResult
AllReduceOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInput())};
  return success();
}

LogicalResult AllGatherOp::verify() {
  auto input = typeOf(getInput()), output = typeOf(getOutput());
  int64_t axis = getAxis(), ranks = getRanks();
  if (axis >= input.getRank())
    return emitOpError("violates G1: axis ")
           << axis << " is not a dimension of " << input;
  if (input.getElementType() != output.getElementType())
    return emitOpError("violates G2: the result's elements must be ")
           << input.getElementType() << ", not " << output.getElementType();
  SmallVector<int64_t> gathered(input.getShape());
  if (!ShapedType::isDynamic(gathered[axis]) &&
      llvm::MulOverflow(gathered[axis], ranks, gathered[axis]))
    return emitOpError("violates G2: the extent of the result overflows");
  return verifyResultShape(*this, "G2", "the result", getOutput(), gathered);
}

Speculation::Speculatability AllGatherOp::getSpeculatability() {
  return Speculation::NotSpeculatable;
}

LogicalResult
AllGatherOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getInput());
  OpFoldResult &extent = sizes[getAxis()];
  int64_t ranks = getRanks();
  if (auto known = dyn_cast<Attribute>(extent)) {
    extent = builder.getIndexAttr(cast<IntegerAttr>(known).getInt() * ranks);
  } else {
    Value factor = arith::ConstantIndexOp::create(builder, getLoc(), ranks);
    extent =
        arith::MulIOp::create(builder, getLoc(), cast<Value>(extent), factor)
            .getResult();
  }
  shapes = {sizes};
  return success();
}
