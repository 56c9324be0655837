//===- BeelineInterfaces.td - What the rewrites ask of an op -*- tablegen -*-=//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEINTERFACES_TD
#define BEELINE_DIALECT_IR_BEELINEINTERFACES_TD

include "mlir/IR/OpBase.td"

def QuantizeOpInterface : OpInterface<"QuantizeOpInterface"> {
  let cppNamespace = "::beeline";
  let description = [{
    An op that turns values into codes and scales, once or several times. An
    embedder attaches this interface to ops of its own (as an external model, if
    need be) to have their round trips removed.
  }];
  let methods = [
    InterfaceMethod<[{
        The quantizations that the op performs. Their number and order do not
        change when the op is replaced by `exposeUnquantized`.
      }],
      "::llvm::SmallVector<::beeline::Quantization>", "getQuantizations">,
    InterfaceMethod<[{
        Make the value that quantization `index` reads available. If it already
        is (an operand, or a result that the op has), does nothing, whatever
        `elementType` is. Otherwise replaces the op by one with one more result,
        which is that value rounded once to `elementType`, a type that the
        caller takes from a dequantization.

        Returns the op that now performs the quantizations (this one, if nothing
        had to change), whose `getQuantizations()[index].unquantized` is set.
        Fails, with nothing changed, if the op cannot have such a result.
      }],
      "::llvm::FailureOr<::beeline::QuantizeOpInterface>", "exposeUnquantized",
      (ins "::mlir::RewriterBase &":$rewriter, "unsigned":$index,
           "::mlir::Type":$elementType)>,
    InterfaceMethod<[{
        Replace the op by one that computes only the results that have uses, or
        erase it if none has. Returns whether it did: an op that knows no smaller
        form stays as it is.
      }],
      "bool", "dropUnusedResults", (ins "::mlir::RewriterBase &":$rewriter)>,
  ];
}

def DequantizeOpInterface : OpInterface<"DequantizeOpInterface"> {
  let cppNamespace = "::beeline";
  let description = [{
    An op whose only result is the value that codes and scales stand for, and
    that does nothing else.
  }];
  let methods = [
    InterfaceMethod<"The operand that holds the codes.",
      "::mlir::OpOperand &", "getCodesOperand">,
    InterfaceMethod<"The operand that holds the scales.",
      "::mlir::OpOperand &", "getScalesOperand">,
    InterfaceMethod<[{
        The parameters with which the op reads codes and scales. `fmax` and
        `minAmax` are left out where the op does not state them.
      }],
      "::beeline::QuantizationParameters", "getParameters">,
  ];
}

def CollectiveOpInterface : OpInterface<"CollectiveOpInterface"> {
  let cppNamespace = "::beeline";
  let description = [{
    An op whose results depend on the operands that other ranks give it. What was
    known of an operand does not hold for the results.
  }];
}

def RowwiseOpInterface : OpInterface<"RowwiseOpInterface"> {
  let cppNamespace = "::beeline";
  let description = [{
    An op whose results' rows depend on the same rows of its operands alone. Its
    row program is all that an op needs to be fused and to run on every target.

    An op that is row-wise on some types and not on others implements `isRowwise`
    too. Who wants a row-wise op asks `beeline::getRowwise`.
  }];
  let methods = [
    InterfaceMethod<[{
        How the op computes one row: what each of its results holds, in terms of
        its operands, all of which are ranked tensors.
      }],
      "void", "buildRowProgram", (ins "::beeline::RowProgram &":$program)>,
    InterfaceMethod<[{
        The tensor `[..., N]` that determines the rows: the first operand, unless
        the op says otherwise.
      }],
      "::mlir::Value", "getRowTensor", (ins), /*methodBody=*/"",
      /*defaultImplementation=*/"return $_op->getOperand(0);">,
    InterfaceMethod<"Whether this op, with its types and attributes, is row-wise.",
      "bool", "isRowwise", (ins), /*methodBody=*/"",
      /*defaultImplementation=*/"return true;">,
  ];
}

#endif // BEELINE_DIALECT_IR_BEELINEINTERFACES_TD
