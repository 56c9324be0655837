//===- Generator.cpp - Random modules -------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::differential;

Generator::Generator(MLIRContext *context, uint64_t seed,
                     Statistics &statistics)
    : context(context), random(seed * 0x9E3779B97F4A7C15 + 7),
      statistics(statistics), builder(context), loc(UnknownLoc::get(context)) {}

//===----------------------------------------------------------------------===//
// Shapes and parameters
//===----------------------------------------------------------------------===//

void Generator::chooseShapes() {
  constexpr int64_t lengths[] = {8, 12, 16, 16, 24, 32, 48, 64};
  constexpr int64_t rows[] = {1, 2, 2, 3, 4, 4, 6, 8};
  int64_t rank = 1 + below(10) / 3;
  for (int64_t dim = 0; dim + 1 < rank; ++dim) {
    usualExtents.push_back(chance(2) ? 0 : pick(rows));
    usualIsDynamic.push_back(usualExtents.back() == 0 || chance(40));
  }
  usualExtents.push_back(pick(lengths));
  usualIsDynamic.push_back(chance(6));
  usualParameters.push_back(chooseParameters());
  usualParameters.push_back(chance(60) ? chooseParameters()
                                       : usualParameters[0]);
  // One number may be all that two quantizations do not share.
  if (usualParameters[0] == usualParameters[1])
    usualParameters[1].fmax /= 2;
}

Parameters Generator::chooseParameters() {
  Parameters parameters;
  int64_t length = usualExtents.back();
  constexpr int64_t groupSizes[] = {4, 4, 8, 8, 16};
  do // Few groups, but not always one: and M = G now and then.
    parameters.groupSize = pick(groupSizes);
  while (parameters.groupSize > length ||
         (usualIsDynamic.back() && length % parameters.groupSize != 0));
  if (chance(15) && !usualIsDynamic.back())
    parameters.groupSize = 3 + below(8);
  switch (below(5)) {
  case 0:
    parameters.codeType = Float8E5M2Type::get(context);
    parameters.fmax = 57344;
    break;
  case 1:
    parameters.codeType = Float8E4M3FNUZType::get(context);
    parameters.fmax = chance(30) ? 224 : 240;
    break;
  default:
    parameters.codeType = Float8E4M3FNType::get(context);
    parameters.fmax = 448;
  }
  parameters.scaleType = chance(25) ? Type(Float8E8M0FNUType::get(context))
                                    : Type(builder.getF32Type());
  parameters.layout =
      chance(40) ? ScaleLayout::GroupMajor : ScaleLayout::RowMajor;
  parameters.minAmax = chance(15) ? 1.0e-6f : 1.0e-10f;
  return parameters;
}

SmallVector<int64_t> Generator::chooseExtents() {
  SmallVector<int64_t> extents = usualExtents;
  if (extents.size() > 1 && chance(10) && extents.front() != 0)
    extents.front() = 1 + below(4);
  return extents;
}

//===----------------------------------------------------------------------===//
// Functions' arguments, constants
//===----------------------------------------------------------------------===//

Value Generator::addArgument(Type type, ArrayRef<int64_t> extents,
                             int64_t bound) {
  SmallVector<NamedAttribute> attributes;
  if (isa<IndexType>(type))
    attributes.push_back(
        builder.getNamedAttr(expect::below, builder.getI64IntegerAttr(bound)));
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && !tensor.hasStaticShape())
    attributes.push_back(builder.getNamedAttr(
        expect::extents, builder.getDenseI64ArrayAttr(extents)));
  unsigned number = function->op.getNumArguments();
  (void)function->op.insertArgument(number, type,
                                    builder.getDictionaryAttr(attributes), loc);
  function->arguments.push_back(
      {SmallVector<int64_t>(extents), bound, /*isOfPair=*/false});
  return function->op.getArgument(number);
}

Value Generator::constant(int64_t number) {
  return arith::ConstantIndexOp::create(builder, loc, number);
}

void Generator::preserve(Operation *op) {
  op->setAttr("beeline.preserve_rounding", builder.getUnitAttr());
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

Scope Generator::inside(const Scope &scope, bool hasBlocks) {
  Scope inner = scope;
  inner.hasBlocks = hasBlocks;
  ++inner.depth;
  return inner;
}

void Generator::statement(Scope &scope) {
  --budget;
  int64_t kind = below(100);
  // Deep inside, and late, nothing with statements in it.
  if (kind >= 66 && (scope.depth > 3 || budget < 0))
    kind %= 66;
  if (kind < 12)
    scope.pairs.push_back(quantizeUsual(scope));
  else if (kind < 16)
    use(scope, choosePlain(scope));
  else if (kind < 20)
    useQuantized(scope, choosePair(scope));
  else if (kind < 32)
    scope.pairs.push_back(viewRight(scope, choosePair(scope)));
  else if (kind < 44)
    dequantize(scope, choosePair(scope));
  else if (kind < 58)
    setTrap(scope);
  else if (kind < 63)
    requantize(scope);
  else if (kind < 66)
    quantizeInKernel(scope);
  else if (kind < 73)
    branch(scope);
  else if (kind < 80)
    loop(scope);
  else if (kind < 83)
    whileLoop(scope);
  else if (kind < 86)
    switchIndex(scope);
  else if (kind < 88)
    executeRegion(scope);
  else if (kind < 94)
    callFunction(scope);
  else if (!scope.hasBlocks)
    branch(scope);
  else if (kind < 97)
    blocks(scope);
  else
    blockLoop(scope);
}

void Generator::statements(Scope &scope, int count) {
  for (int i = 0; i < count; ++i)
    statement(scope);
}

/// Reads some of what has been made and is not visible outside.
void Generator::finishScope(Scope &scope) {
  if (scope.pairs.empty())
    return;
  dequantize(scope, scope.pairs.back());
  if (chance(50))
    dequantize(scope, choosePair(scope));
}

void Generator::runEntry() {
  Scope scope;
  scope.hasBlocks = true;
  function = &functions.emplace_back();
  builder.setInsertionPointToEnd(module.getBody());
  function->op = func::FuncOp::create(builder, loc, "entry",
                                      builder.getFunctionType({}, {}));
  if (chance(3)) {
    preserve(function->op);
    scope.isPreserved = true;
  }
  builder.setInsertionPointToStart(function->op.addEntryBlock());
  statements(scope, 3 + below(8));
  finishScope(scope);
  SmallVector<Value> results;
  for (const Plain &plain : scope.plains)
    if (chance(50))
      results.push_back(plain.value);
  for (const Pair &pair : scope.pairs)
    if (chance(20))
      llvm::append_values(results, pair.codes, pair.scales);
  func::ReturnOp::create(builder, loc, results);
  function->op.setType(builder.getFunctionType(function->op.getArgumentTypes(),
                                               ValueRange(results).getTypes()));
}

OwningOpRef<ModuleOp> Generator::run() {
  OwningOpRef<ModuleOp> owner(ModuleOp::create(loc));
  module = *owner;
  allowPublicABIChange = chance(20);
  if (allowPublicABIChange)
    module->setAttr(expect::allowPublicABIChange, builder.getUnitAttr());
  chooseShapes();
  budget = 6 + below(30);
  runEntry();
  return owner;
}
