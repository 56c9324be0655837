//===- TestOps.td - Ops of another dialect -----------------*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_LIB_TESTOPS_TD
#define BEELINE_TEST_LIB_TESTOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def TestDialect : Dialect {
  let name = "test";
  let cppNamespace = "::test";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

class Test_Op<string mnemonic, list<Trait> traits = []>
    : Op<TestDialect, mnemonic, traits> {
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
}

/// (x) -> codes, scales of groups of 64, codes, scales of groups of 128
/// [, x, if something asked for it].
def DualQuantOp : Test_Op<"dual_quant">;
/// (x) -> codes, scales of groups of 64. Cannot give x.
def ClosedQuantOp : Test_Op<"closed_quant">;
/// (codes, scales of groups of `group_size`) -> values.
def DequantOp : Test_Op<"dequant"> {
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, I64Attr:$group_size,
                       OptionalAttr<I64Attr>:$axis);
}
/// (x) -> 2x.
def DoubleOp : Test_Op<"double", [Pure]>;
/// The same, and for all that is known of it with effects.
def NoisyDoubleOp : Test_Op<"noisy_double">;

#endif // BEELINE_TEST_LIB_TESTOPS_TD
