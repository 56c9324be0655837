//===- Quantizations.cpp - Pairs of codes and scales, and their readers ---===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

/// The type that a quantization of codes of this type gives its scales.
static RankedTensorType scalesTypeFor(RankedTensorType codes,
                                      const Parameters &parameters) {
  SmallVector<int64_t> shape(codes.getShape());
  int64_t length = shape.pop_back_val();
  int64_t groups =
      ShapedType::isDynamic(length)
          ? length
          : (length + parameters.groupSize - 1) / parameters.groupSize;
  shape.insert(parameters.layout == ScaleLayout::RowMajor ? shape.end()
                                                          : shape.begin(),
               groups);
  return RankedTensorType::get(shape, parameters.scaleType);
}

/// Null where it is the code type's largest value anyway.
static FloatAttr fmaxAttr(Builder &builder, const Parameters &parameters) {
  float largest = isa<Float8E4M3FNType>(parameters.codeType)     ? 448
                  : isa<Float8E4M3FNUZType>(parameters.codeType) ? 240
                                                                 : 57344;
  return parameters.fmax == largest ? FloatAttr()
                                    : builder.getF32FloatAttr(parameters.fmax);
}

Pair Generator::quantizeNorm(Scope &scope, RankedTensorType codesType,
                             RankedTensorType scalesType,
                             ArrayRef<int64_t> extents,
                             const Parameters &parameters) {
  auto operand = [&] {
    return plain(scope, codesType.clone(chooseFloat()), extents).value;
  };
  int64_t length[] = {codesType.getShape().back()};
  auto weightType = RankedTensorType::get(length, chooseFloat());
  Value weight = plain(scope, weightType, extents.back()).value;
  Value input = operand(), residual = chance(40) ? operand() : Value();
  Type unquantized = chance(35) ? Type(codesType.clone(chooseFloat())) : Type();
  Type sum = residual && chance(50) ? residual.getType() : Type();
  auto op = RMSNormQuantOp::create(
      builder, loc, codesType, scalesType, unquantized, sum, input, weight,
      residual, builder.getF32FloatAttr(1.0e-5f),
      builder.getF32FloatAttr(chance(30) ? 1.0f : 0.0f),
      NormalizeFromAttr::get(context, chance(50) ? NormalizeFrom::Rounded
                                                 : NormalizeFrom::F32),
      chance(30) ? builder.getUnitAttr() : UnitAttr(),
      builder.getI64IntegerAttr(parameters.groupSize),
      ScaleLayoutAttr::get(context, parameters.layout),
      fmaxAttr(builder, parameters),
      builder.getF32FloatAttr(parameters.minAmax),
      TypeAttr::get(chooseFloat()));
  if (op.getSum())
    scope.plains.push_back({op.getSum(), SmallVector<int64_t>(extents)});
  // Without uses it does not count. What might lose all of its uses would.
  if (op.getUnquantized() && chance(80)) {
    scope.plains.push_back(
        {op.getUnquantized(), SmallVector<int64_t>(extents)});
    observe(op.getUnquantized());
  }
  Pair pair{op.getCodes(), op.getScales(), SmallVector<int64_t>(extents),
            parameters};
  pair.path = {"rms_norm_quant", "rank " + std::to_string(pair.rank())};
  if (scope.isPreserved)
    pair.keep("preserve_rounding around");
  return pair;
}

/// What was dequantized and is quantized again with equal parameters is what it
/// was at first.
void Generator::forwardIfEqual(const Scope &scope, GroupQuantOp op,
                               Pair &pair) {
  auto dequantized =
      dequantizations.find(op.getInput().getDefiningOp<DequantOp>());
  if (dequantized == dequantizations.end())
    return;
  const Pair &first = dequantized->second;
  if (scope.isPreserved || first.fate == RoundTrip::Kept || !first.isLike(pair))
    return;
  bool isAlways = first.fate == RoundTrip::Rewired;
  op->setAttr(isAlways ? expect::forwarded : expect::forwardedAsCalled,
              builder.getUnitAttr());
  op->setAttr(expect::id, nextIdAttr());
  ++statistics.numForwarded;
  pair.path = first.path;
  pair.path.insert("forwarded");
}

Pair Generator::quantizeValue(Scope &scope, const Plain &input,
                              const Parameters &parameters) {
  RankedTensorType codesType = input.getType().clone(parameters.codeType);
  auto op = GroupQuantOp::create(
      builder, loc, codesType, scalesTypeFor(codesType, parameters),
      input.value, builder.getI64IntegerAttr(parameters.groupSize),
      ScaleLayoutAttr::get(context, parameters.layout),
      fmaxAttr(builder, parameters),
      builder.getF32FloatAttr(parameters.minAmax));
  Pair pair{op.getCodes(), op.getScales(), input.extents, parameters};
  pair.path = {"group_quant", "rank " + std::to_string(pair.rank())};
  forwardIfEqual(scope, op, pair);
  if (scope.isPreserved)
    pair.keep("preserve_rounding around");
  scope.quantized.push_back({input, parameters});
  return pair;
}

Pair Generator::quantize(Scope &scope, RankedTensorType type,
                         ArrayRef<int64_t> extents,
                         const Parameters &parameters, bool isFresh) {
  RankedTensorType codesType = type.clone(parameters.codeType);
  Pair pair = chance(35) ? quantizeNorm(scope, codesType,
                                        scalesTypeFor(codesType, parameters),
                                        extents, parameters)
                         : quantizeValue(scope,
                                         plain(scope, type.clone(chooseFloat()),
                                               extents, isFresh),
                                         parameters);
  if (!isFresh && !pair.path.count("forwarded") && chance(3)) {
    preserve(pair.codes.getDefiningOp());
    pair.keep("preserve_rounding on the quantization");
  }
  return pair;
}

Pair Generator::quantizeUsual(Scope &scope) {
  if (chance(20) && !scope.quantized.empty()) {
    // The same once more, or nearly.
    auto [input, parameters] = pick(scope.quantized);
    if (chance(30))
      parameters.fmax /= 2;
    Pair pair = quantizeValue(scope, input, parameters);
    pair.path.insert("quantized twice");
    if (!pair.path.count("forwarded") && chance(30)) {
      preserve(pair.codes.getDefiningOp());
      pair.keep("preserve_rounding on the second quantization");
    }
    return pair;
  }
  SmallVector<int64_t> extents = chooseExtents();
  return quantize(scope, usualType(extents, builder.getF32Type()), extents,
                  chance(75) ? usualParameters[0] : usualParameters[1]);
}

void Generator::quantizeInKernel(Scope &scope) {
  Pair like = choosePair(scope);
  RankedTensorType codesType = like.codesType();
  RankedTensorType scalesType = scalesTypeFor(codesType, like.parameters);
  Plain input = plain(scope, codesType.clone(chooseFloat()), like.extents);
  RankedTensorType outputType = codesType.clone(chooseFloat());

  auto fused = FusedOp::create(
      builder, loc, TypeRange{codesType, scalesType, outputType}, input.value);
  OpBuilder::InsertionGuard guard(builder);
  Block &body = fused.getBody().emplaceBlock();
  Value inner = body.addArgument(input.getType(), loc);
  builder.setInsertionPointToStart(&body);
  auto quant = GroupQuantOp::create(
      builder, loc, codesType, scalesType, inner,
      builder.getI64IntegerAttr(like.parameters.groupSize),
      ScaleLayoutAttr::get(context, like.parameters.layout),
      fmaxAttr(builder, like.parameters),
      builder.getF32FloatAttr(like.parameters.minAmax));
  Pair pair{quant.getCodes(), quant.getScales(), like.extents, like.parameters};
  pair.path = {"inside beeline.fused"};
  Scope insideKernel;
  insideKernel.isPreserved = scope.isPreserved;
  Plain output = dequantize(insideKernel, pair, outputType.getElementType());
  YieldOp::create(builder, loc,
                  ValueRange{pair.codes, pair.scales, output.value});
  builder.setInsertionPointAfter(fused);
  observe(fused.getResult(2));
  Pair outside{fused.getResult(0), fused.getResult(1), like.extents,
               like.parameters};
  outside.keep("made by a kernel");
  scope.pairs.push_back(outside);
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

Pair Generator::choosePair(Scope &scope) {
  if (scope.pairs.empty())
    scope.pairs.push_back(quantizeUsual(scope));
  // The later a pair was made, the more it has passed.
  size_t last = scope.pairs.size() - 1;
  return scope.pairs[std::max(below(last + 1), below(last + 1))];
}

Pair Generator::castTo(const Pair &pair, Type codesType, Type scalesType) {
  Pair result = pair;
  if (pair.codes.getType() != codesType)
    result.codes = tensor::CastOp::create(builder, loc, codesType, pair.codes);
  if (pair.scales.getType() != scalesType)
    result.scales =
        tensor::CastOp::create(builder, loc, scalesType, pair.scales);
  return result;
}

Pair Generator::freshPairLike(Scope &scope, const Pair &pair) {
  Pair fresh = quantize(scope, pair.codesType(), pair.extents, pair.parameters,
                        /*isFresh=*/true);
  return castTo(fresh, pair.codes.getType(), pair.scales.getType());
}

Pair Generator::pairLike(Scope &scope, const Pair &pair) {
  std::vector<Pair> known;
  for (const Pair &other : scope.pairs)
    if (other.isLike(pair))
      known.push_back(other);
  return !known.empty() && chance(60) ? pick(known)
                                      : freshPairLike(scope, pair);
}

Pair Generator::goodPairLike(Scope &scope, const Pair &pair) {
  Pair result = pairLike(scope, pair);
  return result.fate == RoundTrip::Rewired ? result
                                           : freshPairLike(scope, pair);
}

Pair Generator::badPairLike(Scope &scope, const Pair &pair) {
  // Not one that a view made bad: another view could make it good.
  Pair codes = freshPairLike(scope, pair), scales = freshPairLike(scope, pair);
  codes.scales = scales.scales;
  codes.keep("scales of another quantization");
  return codes;
}

//===----------------------------------------------------------------------===//
// Dequantizations
//===----------------------------------------------------------------------===//

Plain Generator::dequantize(Scope &scope, Pair pair, Type elementType,
                            bool isStated) {
  const Parameters &parameters = pair.parameters;
  isStated |= chance(20);
  auto op = DequantOp::create(
      builder, loc,
      pair.codesType().clone(elementType ? elementType : chooseFloat()),
      pair.codes, pair.scales, builder.getI64IntegerAttr(parameters.groupSize),
      ScaleLayoutAttr::get(context, parameters.layout),
      isStated ? builder.getF32FloatAttr(parameters.fmax) : FloatAttr(),
      isStated ? builder.getF32FloatAttr(parameters.minAmax) : FloatAttr());
  if (scope.isPreserved)
    pair.keep("preserve_rounding around");
  if (chance(3)) {
    preserve(op);
    pair.keep("preserve_rounding on the dequantization");
  }
  op->setAttr(expect::id, nextIdAttr());
  setExpectation(op, pair.fate, pair.trap);
  switch (pair.fate) {
  case RoundTrip::Kept:
    ++statistics.kept[pair.trap];
    ++statistics.numKept;
    break;
  case RoundTrip::AsCalled:
    ++statistics.numAsCalled;
    break;
  case RoundTrip::Rewired:
    for (const std::string &step : pair.path)
      ++statistics.rewired[step];
    ++statistics.numRewired;
  }
  dequantizations[op] = pair;
  Plain result{op.getOutput(), pair.extents};
  scope.plains.push_back(result);
  if (op->getParentOfType<FusedOp>())
    return result;
  // Whatever the value, somebody reads it.
  if (chance(80))
    observe(result.value);
  else
    use(scope, result);
  return result;
}

void Generator::requantize(Scope &scope) {
  Pair pair = choosePair(scope);
  Plain value = dequantize(scope, pair);
  Parameters parameters = chance(70) ? pair.parameters : chooseParameters();
  if (chance(15))
    parameters.fmax /= 2;
  Pair again = quantizeValue(scope, value, parameters);
  scope.pairs.push_back(again);
}
