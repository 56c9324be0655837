//===- Obstacle.cpp - Why a value cannot be traced ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Obstacle.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

Refusal beeline::keepsRounding() {
  return {"beeline.preserve_rounding asks to keep the rounding",
          "remove the attribute where the unquantized value may be used"};
}

Refusal Obstacle::describe(StringRef what) const {
  auto withOp = [&](const char *format) {
    return what.str() + llvm::formatv(format, op->getName()).str();
  };
  auto withFunction = [&](const char *format) {
    return what.str() +
           llvm::formatv(format, SymbolTable::getSymbolName(op).getValue())
               .str();
  };
  switch (kind) {
  case Kind::Argument:
    return {
        withOp(" come from an argument of '{0}': no quantization is in sight")};
  case Kind::Unrelated:
    return {withOp(" were made by '{0}': no quantization is in sight")};
  case Kind::Changed:
    return {withOp(" were changed on the way by '{0}'")};
  case Kind::Collective:
    return {withOp(" crossed '{0}': the unquantized value of other ranks is "
                   "not here")};
  case Kind::View:
    return {withOp(" pass a view, '{0}', through which they are not "
                   "followed")};
  case Kind::Merge:
    if (isa<LoopLikeOpInterface>(op))
      return {withOp(" are carried from one iteration of '{0}' to the next")};
    return {
        withOp(" come from different places on the paths that meet at '{0}'")};
  case Kind::IndirectCall:
    return {
        withOp(" were returned by '{0}', and it is not known what it calls")};
  case Kind::External:
    return {withFunction(" were returned by '@{0}', which has no body here")};
  case Kind::Public:
    return {withFunction(" cross the signature of '@{0}', which is public"),
            "make the function private, or allow its signature to change with "
            "allow-public-abi-change"};
  case Kind::AddressTaken:
    return {withFunction(" cross the signature of '@{0}', which is referred to "
                         "by more than calls")};
  case Kind::Recursive:
    return {withFunction(" cross the signature of '@{0}', which is recursive")};
  case Kind::Unreachable:
    return {withOp(" pass '{0}' in code that is never run"), "canonicalize"};
  }
  llvm_unreachable("all kinds are handled");
}
