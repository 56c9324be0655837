//===- ElementwiseOps.cpp - Row programs of arith and math ----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each op is f32 arithmetic, rounded once to the result's type. For + - * / and
// sqrt of bf16 and f16 that is the op's own rounding: f32 has at least twice
// their bits of precision and two more (24 >= 2 * 11 + 2), so that no result of
// theirs can lie that close to the middle between two of their numbers that
// rounding to f32 would put it there. In the range of bf16's subnormals, where
// f32 has fewer bits, it keeps 16 more than bf16.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseOps.h"
#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace beeline;

using Values = ArrayRef<Value>;

//===----------------------------------------------------------------------===//
// Which ops take part
//===----------------------------------------------------------------------===//

static bool isRowTensor(Type type, function_ref<bool(Type)> hasElements) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0 && !tensor.getEncoding() &&
         hasElements(tensor.getElementType());
}

static bool areRowTensors(Operation *op, function_ref<bool(Type)> hasElements) {
  auto isRows = [&](Type type) { return isRowTensor(type, hasElements); };
  return llvm::all_of(op->getOperandTypes(), isRows) &&
         llvm::all_of(op->getResultTypes(), isRows);
}

/// Whether `op` asks for one rounding to nearest, and for nothing less.
static bool isStrict(Operation *op) {
  if (auto fast = dyn_cast<arith::ArithFastMathInterface>(op))
    if (auto flags = fast.getFastMathFlagsAttr())
      if (flags.getValue() != arith::FastMathFlags::none)
        return false;
  auto rounding = dyn_cast<arith::ArithRoundingModeInterface>(op);
  return !rounding || !rounding.getRoundingModeAttr();
}

static bool isArithmeticType(Type type) {
  return isa<BFloat16Type, Float16Type, Float32Type>(type);
}

//===----------------------------------------------------------------------===//
// What they compute
//===----------------------------------------------------------------------===//

static Value add(RowMapBuilder &b, Values v) { return b.add(v[0], v[1]); }
static Value sub(RowMapBuilder &b, Values v) { return b.sub(v[0], v[1]); }
static Value mul(RowMapBuilder &b, Values v) { return b.mul(v[0], v[1]); }
static Value div(RowMapBuilder &b, Values v) { return b.div(v[0], v[1]); }
static Value negate(RowMapBuilder &b, Values v) { return b.negate(v[0]); }
static Value floor(RowMapBuilder &b, Values v) { return b.floor(v[0]); }
static Value exp(RowMapBuilder &b, Values v) { return b.exp(v[0]); }

static Value rsqrt(RowMapBuilder &b, Values v) {
  return b.div(b.constant(1.0f), b.sqrt(v[0]));
}

static Value ceil(RowMapBuilder &b, Values v) {
  return b.negate(b.floor(b.negate(v[0])));
}

/// The bits of `value` that `mask` has.
static Value maskBits(RowMapBuilder &b, Value value, uint32_t mask) {
  return arith::AndIOp::create(b.getBuilder(), b.toBits(value),
                               b.constantBits(mask));
}

static Value nan(RowMapBuilder &b) {
  return b.fromBits(b.constantBits(0x7FC00000));
}

/// LLVM's code generators take `x < 0 ? NaN : sqrt(x)`, which they see in what
/// makes a NaN canonical, for sqrt(x) with any NaN. Of bits they cannot tell.
static Value sqrt(RowMapBuilder &b, Values v) {
  Value root = b.sqrt(v[0]);
  Value isNaN = arith::CmpIOp::create(b.getBuilder(), arith::CmpIPredicate::ugt,
                                      maskBits(b, root, 0x7FFFFFFF),
                                      b.constantBits(0x7F800000));
  return b.select(isNaN, nan(b), root);
}

/// The first or the second of two numbers, `equal` if neither is chosen, and
/// NaN if one is. (LLVM's own maximum, narrowed to f16, confuses zeros on x86.)
static Value choose(RowMapBuilder &b, Values v, Value isFirst, Value isSecond,
                    Value equal) {
  Value chosen = b.select(isFirst, v[0], b.select(isSecond, v[1], equal));
  Value isNaN = arith::CmpFOp::create(b.getBuilder(), arith::CmpFPredicate::UNO,
                                      v[0], v[1]);
  return b.select(isNaN, nan(b), chosen);
}

/// Of two zeros, -0 is the smaller one: signs, which is all that equal numbers
/// can differ in, are combined.
static Value maximum(RowMapBuilder &b, Values v) {
  Value equal = b.fromBits(
      arith::AndIOp::create(b.getBuilder(), b.toBits(v[0]), b.toBits(v[1])));
  return choose(b, v, b.isLess(v[1], v[0]), b.isLess(v[0], v[1]), equal);
}

static Value minimum(RowMapBuilder &b, Values v) {
  Value equal = b.fromBits(
      arith::OrIOp::create(b.getBuilder(), b.toBits(v[0]), b.toBits(v[1])));
  return choose(b, v, b.isLess(v[0], v[1]), b.isLess(v[1], v[0]), equal);
}

static Value abs(RowMapBuilder &b, Values v) {
  return b.fromBits(maskBits(b, v[0], 0x7FFFFFFF));
}

/// As the dialect's description defines it.
static Value tanh(RowMapBuilder &b, Values v) {
  Value a = abs(b, v);
  Value one = b.constant(1.0f);
  Value large =
      b.sub(one, b.div(b.constant(2.0f), b.add(b.exp(b.add(a, a)), one)));

  Value z = b.mul(a, a);
  Value p = b.constant(-5.70498872745e-3f);
  for (float coefficient : {2.06390887954e-2f, -5.37397155531e-2f,
                            1.33314422036e-1f, -3.33332819422e-1f})
    p = b.add(b.mul(p, z), b.constant(coefficient));
  Value small = b.add(b.mul(b.mul(p, z), a), a);

  Value magnitude = b.select(b.isLess(a, b.constant(0.625f)), small, large);
  return b.fromBits(arith::OrIOp::create(b.getBuilder(), b.toBits(magnitude),
                                         maskBits(b, v[0], 0x80000000)));
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

namespace {

template <typename OpTy, Value (*map)(RowMapBuilder &, Values)>
struct ArithmeticModel final
    : RowwiseOpInterface::ExternalModel<ArithmeticModel<OpTy, map>, OpTy> {
  bool isRowwise(Operation *op) const {
    return areRowTensors(op, isArithmeticType) && isStrict(op);
  }
  void buildRowProgram(Operation *op, RowProgram &program) const {
    SmallVector<RowValue> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value operand) {
          return program.load(operand);
        });
    program.store(program.map(operands, map), op->getResult(0));
  }
};

template <typename OpTy>
struct CastModel final
    : RowwiseOpInterface::ExternalModel<CastModel<OpTy>, OpTy> {
  bool isRowwise(Operation *op) const {
    // To f8E8M0FNU, programs round powers of two only.
    bool isToExponent = isa<Float8E8M0FNUType>(
        getElementTypeOrSelf(op->getResult(0).getType()));
    return areRowTensors(op, RowProgram::hasFormat) && isStrict(op) &&
           !isToExponent;
  }
  void buildRowProgram(Operation *op, RowProgram &program) const {
    program.store(program.load(op->getOperand(0)), op->getResult(0));
  }
};

struct ConstantModel final
    : RowwiseOpInterface::ExternalModel<ConstantModel, arith::ConstantOp> {
  Value getRowTensor(Operation *op) const { return op->getResult(0); }
  bool isRowwise(Operation *op) const {
    // A constant's NaN keeps its bits where nothing computes it.
    APFloat value(0.0f);
    return areRowTensors(op, isArithmeticType) &&
           matchPattern(op, m_ConstantFloat(&value)) && !value.isNaN();
  }
  void buildRowProgram(Operation *op, RowProgram &program) const {
    APFloat value(0.0f);
    bool isSplat = matchPattern(op, m_ConstantFloat(&value));
    (void)isSplat; // As isRowwise says.
    bool losesInfo;
    value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    program.store(program.map({}, [number = value.convertToFloat()](
                                      RowMapBuilder &b,
                                      Values) { return b.constant(number); }),
                  op->getResult(0));
  }
};

} // namespace

template <typename OpTy, Value (*map)(RowMapBuilder &, Values)>
static void attach(MLIRContext &context) {
  OpTy::template attachInterface<ArithmeticModel<OpTy, map>>(context);
}

void beeline::attachElementwiseModels(MLIRContext &context) {
  arith::ConstantOp::attachInterface<ConstantModel>(context);
  arith::ExtFOp::attachInterface<CastModel<arith::ExtFOp>>(context);
  arith::TruncFOp::attachInterface<CastModel<arith::TruncFOp>>(context);
  attach<arith::AddFOp, add>(context);
  attach<arith::SubFOp, sub>(context);
  attach<arith::MulFOp, mul>(context);
  attach<arith::DivFOp, div>(context);
  attach<arith::NegFOp, negate>(context);
  attach<arith::MaximumFOp, maximum>(context);
  attach<arith::MinimumFOp, minimum>(context);
  attach<math::SqrtOp, sqrt>(context);
  attach<math::RsqrtOp, rsqrt>(context);
  attach<math::AbsFOp, abs>(context);
  attach<math::FloorOp, floor>(context);
  attach<math::CeilOp, ceil>(context);
  attach<math::ExpOp, exp>(context);
  attach<math::TanhOp, tanh>(context);
}
