//===- EvaluateBeeline.cpp - The ops of the beeline dialect ---------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "Kernels.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

template <typename OpTy>
static NormParameters normParameters(OpTy op) {
  return {op.getEpsilon().convertToFloat(),
          op.getWeightOffset().convertToFloat(),
          op.getNormalizeFrom() == NormalizeFrom::Rounded,
          op.getRoundBeforeWeight()};
}

template <typename OpTy>
static QuantParameters quantParameters(OpTy op) {
  float fmax = 57344;
  if (std::optional<APFloat> given = op.getFmax())
    fmax = given->convertToFloat();
  else if (isa<Float8E4M3FNType>(getElementTypeOrSelf(op.getCodes())))
    fmax = 448;
  else if (isa<Float8E4M3FNUZType>(getElementTypeOrSelf(op.getCodes())))
    fmax = 240;
  return {static_cast<int64_t>(op.getGroupSize()), op.getScaleLayout(), fmax,
          op.getMinAmax().convertToFloat()};
}

static SmallVector<int64_t> scalesShape(const Tensor &codes,
                                        const QuantParameters &parameters) {
  SmallVector<int64_t> shape(codes.shape);
  int64_t groups =
      ScaleIndex(codes, parameters.groupSize, parameters.layout).groups;
  shape.pop_back();
  shape.insert(parameters.layout == ScaleLayout::RowMajor ? shape.end()
                                                          : shape.begin(),
               groups);
  return shape;
}

void Interpreter::evaluateNorm(RMSNormOp op) {
  const Tensor &input = tensor(op.getInput());
  const Tensor *residual =
      op.getResidual() ? &tensor(op.getResidual()) : nullptr;
  Tensor output = make(op.getOutput(), input.shape, op->getOperands());
  std::optional<Tensor> sum;
  if (op.getSum())
    sum = make(op.getSum(), input.shape, op->getOperands());
  rmsNorm(input, tensor(op.getWeight()), residual, normParameters(op), output,
          sum ? &*sum : nullptr);
  set(op.getOutput(), std::move(output));
  if (sum)
    set(op.getSum(), std::move(*sum));
}

void Interpreter::evaluateQuant(GroupQuantOp op) {
  auto dequant = op.getInput().getDefiningOp<DequantOp>();
  if (asExpected && dequant && isNow(getForwarding(op))) {
    for (auto [result, operand] :
         {std::pair(op.getCodes(), dequant.getCodes()),
          std::pair(op.getScales(), dequant.getScales())}) {
      Tensor forwarded = tensor(operand);
      forwarded.isRewired = true;
      set(result, std::move(forwarded));
    }
    return;
  }
  const Tensor &input = tensor(op.getInput());
  QuantParameters parameters = quantParameters(op);
  Tensor codes = make(op.getCodes(), input.shape, op.getInput());
  Tensor scales =
      make(op.getScales(), scalesShape(input, parameters), op.getInput());
  groupQuant(input, parameters, ++executions, codes, scales);
  set(op.getCodes(), std::move(codes));
  set(op.getScales(), std::move(scales));
}

void Interpreter::evaluateNormQuant(RMSNormQuantOp op) {
  const Tensor &input = tensor(op.getInput());
  const Tensor *residual =
      op.getResidual() ? &tensor(op.getResidual()) : nullptr;
  Tensor y = make(op.getCodes(), input.shape, op->getOperands());
  y.elementType = op.getQuantizeFrom();
  std::optional<Tensor> sum;
  if (op.getSum())
    sum = make(op.getSum(), input.shape, op->getOperands());
  rmsNorm(input, tensor(op.getWeight()), residual, normParameters(op), y,
          sum ? &*sum : nullptr);

  QuantParameters parameters = quantParameters(op);
  Tensor codes = make(op.getCodes(), input.shape, op->getOperands());
  Tensor scales =
      make(op.getScales(), scalesShape(input, parameters), op->getOperands());
  groupQuant(y, parameters, ++executions, codes, scales);
  if (op.getUnquantized()) {
    Tensor unquantized =
        make(op.getUnquantized(), input.shape, op->getOperands());
    for (int64_t i = 0; i < y.size(); ++i) {
      unquantized.set(i, y.get(i));
      // What is there already is what will be read, if it is not there in vain.
      if (!op.getUnquantized().use_empty())
        codes.unquantized[i] = unquantized.get(i);
    }
    set(op.getUnquantized(), std::move(unquantized));
  }
  set(op.getCodes(), std::move(codes));
  set(op.getScales(), std::move(scales));
  if (sum)
    set(op.getSum(), std::move(*sum));
}

bool Interpreter::evaluateDequant(DequantOp op) {
  const Tensor &codes = tensor(op.getCodes());
  const Tensor &scales = tensor(op.getScales());
  ScaleIndex index(codes, op.getGroupSize(), op.getScaleLayout());
  if (scales.size() != index.size())
    return fail(op, "has scales of another number of groups");

  std::optional<RoundTrip> expected = getExpectation(op);
  if (expected != RoundTrip::AsCalled || frame->provides) {
    bool isRight = !codes.groups.empty() && !scales.groups.empty();
    for (int64_t i = 0; isRight && i < codes.size(); ++i) {
      int64_t scale = index(i / codes.rowLength(), i % codes.rowLength());
      isRight = codes.groups[i] != 0 && codes.groups[i] == scales.groups[scale];
    }
    if (!isRight && codes.size() != 0)
      misread.insert(getId(op));
  }

  Tensor output =
      make(op.getOutput(), codes.shape, {op.getCodes(), op.getScales()});
  bool isRewired = asExpected && expected && isNow(*expected);
  if (isRewired && codes.size() != 0) {
    if (codes.unquantized.empty())
      return fail(op, "is to be rewired, but reads what nothing quantized");
    for (int64_t i = 0; i < codes.size(); ++i)
      output.set(i, codes.unquantized[i]);
  } else {
    dequant(codes, scales, index, output);
  }
  output.isRewired |= isRewired;
  set(op.getOutput(), std::move(output));
  return true;
}

void Interpreter::evaluateLinear(LinearOp op) {
  auto ifAny = [&](Value value) { return value ? &tensor(value) : nullptr; };
  SmallVector<int64_t> shape(tensor(op.getInput()).shape);
  shape.back() = tensor(op.getWeight()).shape.front();
  Tensor output = make(op.getOutput(), shape, op->getOperands());
  linear(tensor(op.getInput()), tensor(op.getWeight()),
         ifAny(op.getInputScales()), ifAny(op.getWeightScales()),
         ifAny(op.getBias()), op.getGroupSize(), op.getScaleLayout(), output);
  set(op.getOutput(), std::move(output));
}

void Interpreter::evaluateGather(AllGatherOp op) {
  const Tensor &input = tensor(op.getInput());
  SmallVector<int64_t> shape(input.shape);
  int64_t axis = op.getAxis(), extent = shape[axis];
  shape[axis] *= op.getRanks();
  Tensor output = make(op.getOutput(), shape, op.getInput());
  SmallVector<int64_t> index(shape.size());
  for (int64_t to = 0; to < output.size(); ++to, next(index, shape)) {
    SmallVector<int64_t> from = index;
    from[axis] %= extent;
    output.bits[to] = input.bits[linearize(from, input.shape)];
  }
  set(op.getOutput(), std::move(output));
}

/// Reduced programs may not keep what the ops take for granted.
bool Interpreter::checkOperands(Operation *op) {
  auto length = [&](Value value) { return tensor(value).rowLength(); };
  auto agrees = [&](Value a, Value b) {
    return !a || !b || tensor(a).shape == tensor(b).shape;
  };
  auto isRight =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case<RMSNormOp, RMSNormQuantOp>([&](auto op) {
            return length(op.getInput()) == length(op.getWeight()) &&
                   agrees(op.getInput(), op.getResidual());
          })
          .Case([&](SiluMulOp op) { return agrees(op.getGate(), op.getUp()); })
          .Case([&](LinearOp op) {
            ScaleIndex index(tensor(op.getInput()), op.getGroupSize(),
                             op.getScaleLayout());
            return length(op.getInput()) == length(op.getWeight()) &&
                   (!op.getInputScales() ||
                    tensor(op.getInputScales()).size() == index.size());
          })
          .Default([](Operation *) { return true; });
  return isRight || fail(op, "has operands whose extents do not agree");
}

bool Interpreter::evaluateBeeline(Operation *op, bool &isKnown) {
  if (!checkOperands(op))
    return false;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](RMSNormOp op) { return evaluateNorm(op), true; })
      .Case([&](GroupQuantOp op) { return evaluateQuant(op), true; })
      .Case([&](RMSNormQuantOp op) { return evaluateNormQuant(op), true; })
      .Case([&](DequantOp op) { return evaluateDequant(op); })
      .Case([&](LinearOp op) { return evaluateLinear(op), true; })
      .Case([&](SiluMulOp op) {
        Tensor output =
            make(op.getOutput(), tensor(op.getGate()).shape, op->getOperands());
        siluMul(tensor(op.getGate()), tensor(op.getUp()),
                op.getRoundBeforeMul(), output);
        set(op.getOutput(), std::move(output));
        return true;
      })
      .Case([&](AllReduceOp op) {
        Tensor output =
            make(op.getOutput(), tensor(op.getInput()).shape, op.getInput());
        allReduce(tensor(op.getInput()), op.getRanks(), output);
        set(op.getOutput(), std::move(output));
        return true;
      })
      .Case([&](AllGatherOp op) { return evaluateGather(op), true; })
      .Default([&](Operation *) { return isKnown = false; });
}
