//===- Functions.cpp - Pairs that cross signatures ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

//===----------------------------------------------------------------------===//
// Functions with bodies of their own
//===----------------------------------------------------------------------===//

void Generator::returnFrom(Scope &scope) {
  Pair like = choosePair(scope);
  SmallVector<Type> types = {like.codes.getType(), like.scales.getType()};
  if (chance(30)) {
    // Two ways out.
    Region *body = builder.getBlock()->getParent();
    Block *blocks[] = {&body->emplaceBlock(), &body->emplaceBlock()};
    cf::CondBranchOp::create(builder, loc, condition(), blocks[0], ValueRange(),
                             blocks[1], ValueRange());
    SmallVector<Pair> sources;
    for (Block *block : blocks) {
      builder.setInsertionPointToEnd(block);
      Scope inner = inside(scope, /*hasBlocks=*/true);
      sources.push_back(passedOn(inner, like));
      func::ReturnOp::create(
          builder, loc,
          ValueRange{sources.back().codes, sources.back().scales});
    }
    function->pairResults.push_back(
        joined(scope, sources, Value(), Value(), "two returns"));
  } else {
    SmallVector<Value> results = {like.codes, like.scales};
    for (const Plain &plain : scope.plains)
      if (chance(20)) {
        results.push_back(plain.value);
        types.push_back(plain.value.getType());
        function->plainResults.push_back(plain.extents);
      }
    func::ReturnOp::create(builder, loc, results);
    function->pairResults.push_back(like);
  }
  function->op.setType(
      builder.getFunctionType(function->op.getArgumentTypes(), types));
}

Generator::Function &Generator::createFunction(const Scope &scope,
                                               const Pair &like,
                                               Callers callers) {
  OpBuilder::InsertionGuard guard(builder);
  Function *caller = function;
  function = &functions.emplace_back();
  Function &created = *function;
  builder.setInsertionPointToEnd(module.getBody());
  created.op = func::FuncOp::create(
      builder, loc, "function" + std::to_string(functions.size()),
      builder.getFunctionType({like.codes.getType(), like.scales.getType()},
                              {}));
  created.op->setAttr(expect::id, nextIdAttr());
  created.callers = callers;
  created.isPublic = chance(15);
  if (!created.isPublic)
    created.op.setPrivate();
  created.arguments.resize(2);
  for (Function::Argument &argument : created.arguments)
    argument.isOfPair = true;

  Block *entry = created.op.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Scope inner;
  inner.hasBlocks = true;
  inner.depth = scope.depth + 1;
  inner.isPreserved = chance(4);
  if (inner.isPreserved)
    preserve(created.op);
  Pair argument = like;
  argument.codes = entry->getArgument(0);
  argument.scales = entry->getArgument(1);
  argument.fate = callers == Callers::AllProvide    ? RoundTrip::Rewired
                  : callers == Callers::SomeProvide ? RoundTrip::AsCalled
                                                    : RoundTrip::Kept;
  argument.trap = "no caller provides";
  argument.path.insert("argument of a function");
  if (created.isPublic && allowPublicABIChange)
    argument.path.insert("public function");
  else if (created.isPublic)
    argument.keep("crosses the signature of a public function");
  if (inner.isPreserved)
    argument.keep("preserve_rounding around");
  inner.pairs.push_back(argument);
  created.pairArgument = argument;
  statements(inner, 1 + below(4));
  finishScope(inner);
  returnFrom(inner);
  created.isFinished = true;
  function = caller;
  return created;
}

void Generator::emitCall(Scope &scope, Function &callee, const Pair &pair) {
  SmallVector<Value> operands = {pair.codes, pair.scales};
  for (auto [number, argument] : llvm::enumerate(callee.arguments)) {
    if (argument.isOfPair)
      continue;
    Type type = callee.op.getArgument(number).getType();
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        tensor &&
        isa<BFloat16Type, Float16Type, Float32Type>(tensor.getElementType()))
      operands.push_back(plain(scope, tensor, argument.extents).value);
    else
      operands.push_back(addArgument(type, argument.extents, argument.below));
  }
  auto call = func::CallOp::create(builder, loc, callee.op, operands);
  RoundTrip provided = scope.isPreserved ? RoundTrip::Kept : pair.fate;
  bool isPreserved = callee.callers != Callers::AllProvide &&
                     provided == RoundTrip::Kept && chance(5);
  if (isPreserved)
    preserve(call);
  if (provided == RoundTrip::Rewired)
    call->setAttr(expect::provides, builder.getUnitAttr());
  else if (provided == RoundTrip::AsCalled)
    call->setAttr(expect::providesAsCalled, builder.getUnitAttr());

  for (auto [number, source] : llvm::enumerate(callee.pairResults)) {
    Pair result = source;
    if (source.fate == RoundTrip::AsCalled) {
      result.fate = provided;
      if (provided == RoundTrip::Kept)
        result.trap = "this caller does not provide";
    }
    result = joined(scope, result, call.getResult(2 * number),
                    call.getResult(2 * number + 1), "result of a call");
    if (callee.isPublic && !allowPublicABIChange)
      result.keep("crosses the signature of a public function");
    if (isPreserved)
      result.keep("preserve_rounding on a call");
    scope.pairs.push_back(result);
  }
  size_t firstPlain = 2 * callee.pairResults.size();
  for (auto [number, extents] : llvm::enumerate(callee.plainResults))
    scope.plains.push_back({call.getResult(firstPlain + number), extents});
}

void Generator::callFunction(Scope &scope) {
  Pair like = choosePair(scope);
  Function *callee = nullptr;
  for (Function &known : functions)
    if (known.isFinished && known.pairArgument.isLike(like) && chance(50))
      callee = &known;
  bool isNew = !callee;
  if (isNew) {
    if (functions.size() > 6)
      return;
    Callers callers = chance(45)   ? Callers::SomeProvide
                      : chance(15) ? Callers::NoneProvides
                                   : Callers::AllProvide;
    if (scope.isPreserved)
      callers = Callers::NoneProvides;
    callee = &createFunction(scope, like, callers);
  }
  switch (callee->callers) {
  case Callers::AllProvide:
    if (!scope.isPreserved)
      emitCall(scope, *callee, goodPairLike(scope, like));
    break;
  case Callers::NoneProvides:
    emitCall(scope, *callee, badPairLike(scope, like));
    break;
  case Callers::SomeProvide: {
    // One caller whose own callers differ is enough.
    if (like.fate == RoundTrip::AsCalled && !scope.isPreserved)
      return emitCall(scope, *callee, like);
    bool isGoodFirst = chance(50);
    for (bool isGood : {isGoodFirst, !isGoodFirst})
      if (isNew || chance(50)) {
        Pair pair =
            isGood ? goodPairLike(scope, like) : badPairLike(scope, like);
        // Each call with what another one has returned takes a copy of its own,
        // and they are bounded.
        if (pair.path.count("result of a call"))
          pair = freshPairLike(scope, like);
        emitCall(scope, *callee, pair);
      }
  }
  }
}

//===----------------------------------------------------------------------===//
// Functions that only pass pairs through
//===----------------------------------------------------------------------===//

func::FuncOp Generator::passThrough(const Pair &pair, StringRef name) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  Type types[] = {pair.codes.getType(), pair.scales.getType()};
  auto created =
      func::FuncOp::create(builder, loc, name.str() + std::to_string(nextId++),
                           builder.getFunctionType(types, types));
  created.setPrivate();
  builder.setInsertionPointToStart(created.addEntryBlock());
  func::ReturnOp::create(builder, loc, created.getArguments());
  return created;
}

/// Calls itself until a number is used up.
func::FuncOp Generator::passThroughAgain(const Pair &pair) {
  func::FuncOp created = passThrough(pair, "recursive");
  OpBuilder::InsertionGuard guard(builder);
  Block &body = created.getBody().front();
  TypeRange types = created.getResultTypes();
  (void)created.insertArgument(2, builder.getIndexType(), {}, loc);
  Operation *returned = body.getTerminator();
  builder.setInsertionPoint(returned);
  Value count = body.getArgument(2);
  auto op = scf::IfOp::create(builder, loc, types, isBelow(constant(0), count),
                              /*addThenBlock=*/true, /*addElseBlock=*/true);
  returned->setOperands(op.getResults());
  builder.setInsertionPointToEnd(&op.getThenRegion().front());
  Value fewer = arith::SubIOp::create(builder, loc, count, constant(1));
  auto call = func::CallOp::create(
      builder, loc, created,
      ValueRange{body.getArgument(0), body.getArgument(1), fewer});
  scf::YieldOp::create(builder, loc, call.getResults());
  builder.setInsertionPointToEnd(&op.getElseRegion().front());
  scf::YieldOp::create(builder, loc, body.getArguments().take_front(2));
  return created;
}

std::optional<Pair> Generator::crossSignature(Scope &scope, const Pair &pair) {
  Pair crossed = pair;
  auto take = [&](Operation *call, StringRef name) {
    crossed.codes = call->getResult(0);
    crossed.scales = call->getResult(1);
    return trapped(crossed, name);
  };
  SmallVector<Value> operands = {pair.codes, pair.scales};
  switch (below(4)) {
  case 0: {
    func::FuncOp callee = passThroughAgain(pair);
    operands.push_back(index(3));
    return take(func::CallOp::create(builder, loc, callee, operands),
                "crosses the signature of a recursive function");
  }
  case 1: {
    func::FuncOp callee = passThrough(pair, "referred");
    auto reference = func::ConstantOp::create(
        builder, loc, callee.getFunctionType(), callee.getSymName());
    auto indirect =
        func::CallIndirectOp::create(builder, loc, reference, operands);
    if (chance(50))
      return take(indirect, "returned by an indirect call");
    return take(func::CallOp::create(builder, loc, callee, operands),
                "crosses the signature of a function referred to");
  }
  case 2: {
    if (allowPublicABIChange)
      return std::nullopt;
    func::FuncOp callee = passThrough(pair, "public");
    callee.setPublic();
    return take(func::CallOp::create(builder, loc, callee, operands),
                "crosses the signature of a public function");
  }
  default: {
    func::FuncOp callee = passThrough(pair, "preserving");
    preserve(callee);
    return take(func::CallOp::create(builder, loc, callee, operands),
                "preserve_rounding on a function on the way");
  }
  }
}
