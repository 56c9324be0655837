//===- RuntimeCalls.cpp - Calls of Beeline's runtime ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeCalls.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace beeline;

func::FuncOp RuntimeCalls::declare(StringRef callee, TypeRange operands) {
  auto module = function->getParentOfType<ModuleOp>();
  if (auto found = module.lookupSymbol<func::FuncOp>(callee))
    return found;
  auto declaration = func::FuncOp::create(
      builder.getLoc(), callee,
      builder.getFunctionType(operands, builder.getI32Type()));
  declaration.setPrivate();
  module.push_back(declaration);
  return declaration;
}

Block *RuntimeCalls::getExit() {
  // The only block with an argument that returns it.
  for (Block &block : llvm::drop_begin(function.getBody()))
    if (auto returned = dyn_cast<func::ReturnOp>(block.front()))
      if (block.getNumArguments() == 1 && returned.getNumOperands() == 1 &&
          returned.getOperand(0) == block.getArgument(0))
        return &block;
  OpBuilder::InsertionGuard guard(builder);
  Block *exit =
      builder.createBlock(&function.getBody(), function.getBody().end(),
                          builder.getI32Type(), builder.getLoc());
  func::ReturnOp::create(builder, exit->getArguments());
  return exit;
}

void RuntimeCalls::call(StringRef callee, ValueRange operands) {
  Value status = func::CallOp::create(
                     builder, declare(callee, operands.getTypes()), operands)
                     .getResult(0);
  Value ok = arith::ConstantOp::create(builder, builder.getI32IntegerAttr(0));
  Value succeeded =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, status, ok);
  Block *exit = getExit();
  Block *before = builder.getInsertionBlock();
  Block *after = before->splitBlock(builder.getInsertionPoint());
  builder.setInsertionPointToEnd(before);
  cf::CondBranchOp::create(builder, succeeded, after, ValueRange(), exit,
                           ValueRange{status});
  builder.setInsertionPointToStart(after);
}

Value RuntimeCalls::createString(StringRef text) {
  auto module = function->getParentOfType<ModuleOp>();
  std::string terminated = text.str();
  terminated.push_back('\0');
  auto value = builder.getStringAttr(terminated);
  LLVM::GlobalOp global;
  unsigned count = 0;
  for (auto other : module.getOps<LLVM::GlobalOp>()) {
    count += other.getName().starts_with("beeline.string.");
    if (other.getValueOrNull() == value)
      global = other;
  }
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    global = LLVM::GlobalOp::create(
        builder,
        LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size()),
        /*isConstant=*/true, LLVM::Linkage::Private,
        "beeline.string." + std::to_string(count), value);
  }
  return LLVM::AddressOfOp::create(builder, global);
}
