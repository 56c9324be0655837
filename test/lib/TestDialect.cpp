//===- TestDialect.cpp - Another dialect, with Beeline's interfaces -------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops come first and know nothing of Beeline. What an embedder writes is
// the second half: external models of Beeline's interfaces.
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

using namespace mlir;

#include "TestDialect.h.inc"
#define GET_OP_CLASSES
#include "TestOps.h.inc"

#include "TestDialect.cpp.inc"
#define GET_OP_CLASSES
#include "TestOps.cpp.inc"

void test::TestDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TestOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// What an embedder writes
//===----------------------------------------------------------------------===//

static beeline::QuantizationParameters parametersOf(Value codes, Value scales,
                                                    int64_t groupSize) {
  auto type = cast<RankedTensorType>(codes.getType());
  beeline::QuantizationParameters parameters;
  parameters.codeType = type.getElementType();
  parameters.scaleType =
      cast<RankedTensorType>(scales.getType()).getElementType();
  parameters.groupSize = groupSize;
  parameters.axis = type.getRank() - 1;
  return parameters;
}

namespace {

struct DualQuantModel final
    : beeline::QuantizeOpInterface::ExternalModel<DualQuantModel,
                                                  test::DualQuantOp> {
  SmallVector<beeline::Quantization> getQuantizations(Operation *op) const {
    SmallVector<beeline::Quantization> quantizations;
    for (unsigned index : {0, 1}) {
      Value codes = op->getResult(2 * index);
      Value scales = op->getResult(2 * index + 1);
      quantizations.push_back(
          {codes, scales,
           op->getNumResults() == 5 ? Value(op->getResult(4)) : Value(),
           Float32Type::get(op->getContext()),
           parametersOf(codes, scales, index == 0 ? 64 : 128)});
    }
    return quantizations;
  }

  FailureOr<beeline::QuantizeOpInterface>
  exposeUnquantized(Operation *op, RewriterBase &rewriter, unsigned,
                    Type elementType) const {
    if (op->getNumResults() == 5)
      return cast<beeline::QuantizeOpInterface>(op);
    rewriter.setInsertionPoint(op);
    SmallVector<Type> types(op->getResultTypes());
    types.push_back(cast<RankedTensorType>(types.front()).clone(elementType));
    auto grown = test::DualQuantOp::create(rewriter, op->getLoc(), types,
                                           op->getOperands());
    rewriter.replaceOp(op, grown.getOutputs().drop_back());
    return cast<beeline::QuantizeOpInterface>(grown.getOperation());
  }

  bool dropUnusedResults(Operation *op, RewriterBase &rewriter) const {
    if (!op->use_empty())
      return false;
    rewriter.eraseOp(op);
    return true;
  }
};

struct ClosedQuantModel final
    : beeline::QuantizeOpInterface::ExternalModel<ClosedQuantModel,
                                                  test::ClosedQuantOp> {
  SmallVector<beeline::Quantization> getQuantizations(Operation *op) const {
    return {{op->getResult(0), op->getResult(1), Value(),
             Float32Type::get(op->getContext()),
             parametersOf(op->getResult(0), op->getResult(1), 64)}};
  }
  FailureOr<beeline::QuantizeOpInterface>
  exposeUnquantized(Operation *, RewriterBase &, unsigned, Type) const {
    return failure();
  }
  bool dropUnusedResults(Operation *, RewriterBase &) const { return false; }
};

struct DequantModel final
    : beeline::DequantizeOpInterface::ExternalModel<DequantModel,
                                                    test::DequantOp> {
  OpOperand &getCodesOperand(Operation *op) const {
    return op->getOpOperand(0);
  }
  OpOperand &getScalesOperand(Operation *op) const {
    return op->getOpOperand(1);
  }
  beeline::QuantizationParameters getParameters(Operation *op) const {
    auto dequant = cast<test::DequantOp>(op);
    beeline::QuantizationParameters parameters = parametersOf(
        op->getOperand(0), op->getOperand(1), dequant.getGroupSize());
    parameters.axis = dequant.getAxis().value_or(parameters.axis);
    return parameters;
  }
};

template <typename OpTy>
struct DoubleModel final
    : beeline::RowwiseOpInterface::ExternalModel<DoubleModel<OpTy>, OpTy> {
  void buildRowProgram(Operation *op, beeline::RowProgram &program) const {
    auto twice = [](beeline::RowMapBuilder &b, ArrayRef<Value> values) {
      return b.add(values[0], values[0]);
    };
    program.store(program.map({program.load(op->getOperand(0))}, twice),
                  op->getResult(0));
  }
};

} // namespace

extern "C" DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {
      MLIR_PLUGIN_API_VERSION, "BeelineTestDialect", "0.1",
      [](DialectRegistry *registry) {
        registry->insert<test::TestDialect>();
        registry->addExtension(+[](MLIRContext *context, test::TestDialect *) {
          test::DualQuantOp::attachInterface<DualQuantModel>(*context);
          test::ClosedQuantOp::attachInterface<ClosedQuantModel>(*context);
          test::DequantOp::attachInterface<DequantModel>(*context);
          test::DoubleOp::attachInterface<DoubleModel<test::DoubleOp>>(
              *context);
          test::NoisyDoubleOp::attachInterface<
              DoubleModel<test::NoisyDoubleOp>>(*context);
        });
      }};
}
