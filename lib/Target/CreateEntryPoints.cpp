//===- CreateEntryPoints.cpp - Functions that C can call ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtentCloner.h"
#include "RuntimeCalls.h"
#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace beeline {
#define GEN_PASS_DEF_CREATEENTRYPOINTSPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

namespace {

/// A C function of pointers and extents in place of one of buffers.
class EntryPoint {
public:
  explicit EntryPoint(func::FuncOp function);

  /// Emits an error unless the function is as `beeline-plan-workspace` leaves
  /// it.
  static LogicalResult verify(func::FuncOp function);
  void create();

private:
  /// A buffer that the caller passes.
  struct Buffer {
    BlockArgument buffer;
    Value pointer;
    SmallVector<Value> extents;
    std::string name;
  };

  void createFunction();
  void checkExtents();
  void checkAssertions();
  void checkPointer(const Buffer &buffer);
  void checkWorkspace();
  void computeResultExtents();
  void createResultSizes(func::FuncOp extents);
  /// The memref of a buffer.
  Value createBuffer(Type type, Value pointer, ValueRange extents);
  void moveBody();

  Value call(func::FuncOp callee, ValueRange operands, unsigned result) {
    return func::CallOp::create(builder, callee, operands).getResult(result);
  }
  func::FuncOp lookup(const Twine &name) {
    return module.lookupSymbol<func::FuncOp>(name.str());
  }

  /// The function of buffers, and the one that replaces it.
  func::FuncOp function, entry;
  ModuleOp module;
  ImplicitLocOpBuilder builder;
  std::optional<RuntimeCalls> runtime;

  SmallVector<Buffer> inputs, results;
  /// The dynamic extents of all inputs.
  SmallVector<Value> extents;
  SmallVector<std::string> extentNames;
  Value workspace, workspaceSize, functionName;
};

} // namespace

EntryPoint::EntryPoint(func::FuncOp function)
    : function(function), module(function->getParentOfType<ModuleOp>()),
      builder(function.getLoc(), function->getContext()) {
  unsigned numInputs = getInputs(function).size();
  for (BlockArgument argument : function.getArguments().drop_back()) {
    unsigned index = argument.getArgNumber();
    if (index < numInputs)
      inputs.push_back({argument, {}, {}, llvm::formatv("arg{0}", index)});
    else
      results.push_back(
          {argument, {}, {}, llvm::formatv("result{0}", index - numInputs)});
  }
}

/// Emits an error unless what computes something from the extents of inputs, as
/// the passes before make it, is there.
static LogicalResult verifyComputes(func::FuncOp function, const Twine &name,
                                    int64_t numExtents, int64_t numResults) {
  Builder builder(function->getContext());
  Operation *found = SymbolTable::lookupNearestSymbolFrom(
      function, builder.getStringAttr(name));
  SmallVector<Type> arguments(numExtents, builder.getIndexType());
  SmallVector<Type> results(numResults, builder.getIndexType());
  auto computes = dyn_cast_or_null<func::FuncOp>(found);
  FunctionType type = builder.getFunctionType(arguments, results);
  if (computes && computes.getFunctionType() == type)
    return success();
  return function.emitOpError("needs a function @")
         << name << " of type " << type
         << " beside it: run beeline-results-to-arguments and "
            "beeline-plan-workspace first";
}

LogicalResult EntryPoint::verify(func::FuncOp function) {
  if (failed(verifyBuffers(function)))
    return failure();
  auto workspace = MemRefType::get({ShapedType::kDynamic},
                                   IntegerType::get(function->getContext(), 8));
  if (function.getNumArguments() == 0 ||
      function.getArgumentTypes().back() != workspace)
    return function.emitOpError(
               "has no workspace as its last argument, of type ")
           << workspace << ": run beeline-plan-workspace first";
  TypeRange buffers = function.getArgumentTypes().drop_back();
  size_t numInputs = std::min(getInputs(function).size(), buffers.size());
  int64_t numExtents = countExtents(buffers.take_front(numInputs));
  int64_t numResultExtents = countExtents(buffers.drop_front(numInputs));
  if (failed(verifyIsNew(function, function.getName() + "_result_sizes")) ||
      failed(verifyComputes(function, function.getName() + "_workspace_size",
                            numExtents, 1)))
    return failure();
  if (numResultExtents == 0)
    return success();
  return verifyComputes(function, function.getName() + ".result_sizes",
                        numExtents, numResultExtents);
}

/// Declares the function and names its arguments.
void EntryPoint::createFunction() {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type index = builder.getIndexType(), i64 = builder.getI64Type();
  int64_t numExtents = 0;
  for (const Buffer &input : inputs)
    numExtents += countExtents(input.buffer.getType());
  SmallVector<Type> types(inputs.size(), pointer);
  types.append(numExtents, index);
  types.append(results.size(), pointer);
  llvm::append_values(types, pointer, i64, pointer);

  builder.setInsertionPoint(function);
  entry = func::FuncOp::create(
      builder, function.getName(),
      builder.getFunctionType(types, builder.getI32Type()));
  Block *body = entry.addEntryBlock();
  builder.setInsertionPointToStart(body);
  runtime.emplace(builder, entry);
  functionName = runtime->createString(function.getName());

  ValueRange arguments = body->getArguments();
  auto take = [&]() {
    Value argument = arguments.front();
    arguments = arguments.drop_front();
    return argument;
  };
  for (Buffer &input : inputs)
    input.pointer = take();
  for (Buffer &input : inputs) {
    auto type = cast<MemRefType>(input.buffer.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      input.extents.push_back(take());
      extents.push_back(input.extents.back());
      extentNames.push_back(
          llvm::formatv("dimension {0} of {1}", dim, input.name));
    }
  }
  for (Buffer &result : results)
    result.pointer = take();
  workspace = take();
  workspaceSize = take();
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

void EntryPoint::checkExtents() {
  for (auto [extent, name] : llvm::zip_equal(extents, extentNames))
    runtime->call("beeline_check_extent",
                  {extent, functionName, runtime->createString(name)});
}

/// What is asserted outside of branches and loops, and depends on nothing but
/// extents, is checked before anything is executed.
void EntryPoint::checkAssertions() {
  SmallVector<BlockArgument> buffers;
  for (const Buffer &input : inputs)
    buffers.push_back(input.buffer);
  ExtentCloner cloner(builder, buffers, extents);
  llvm::DenseSet<std::pair<Value, Value>> checked;
  auto positionOf = [&](Value extent) {
    return llvm::find(extents, extent) - extents.begin();
  };
  for (auto assertion :
       llvm::make_early_inc_range(function.getOps<cf::AssertOp>())) {
    Value condition = assertion.getArg();
    auto compare = condition.getDefiningOp<arith::CmpIOp>();
    if (compare && compare.getPredicate() == arith::CmpIPredicate::eq) {
      Value actual = cloner.clone(compare.getLhs());
      Value expected = cloner.clone(compare.getRhs());
      if (!actual || !expected)
        continue;
      // The later one of two arguments is to blame.
      size_t position = positionOf(actual), other = positionOf(expected);
      if (position == extents.size() ||
          (other != extents.size() && other > position)) {
        std::swap(actual, expected);
        std::swap(position, other);
      }
      StringRef name = position == extents.size()
                           ? assertion.getMsg()
                           : StringRef(extentNames[position]);
      if (actual != expected && checked.insert({actual, expected}).second)
        runtime->call("beeline_check_size", {actual, expected, functionName,
                                             runtime->createString(name)});
    } else {
      Value holds = cloner.clone(condition);
      if (!holds)
        continue;
      if (checked.insert({holds, holds}).second)
        runtime->call(
            "beeline_check_condition",
            {arith::ExtUIOp::create(builder, builder.getI32Type(), holds),
             functionName, runtime->createString(assertion.getMsg())});
    }
    assertion.erase();
  }
}

/// A buffer without elements may be anywhere: what has an address is checked in
/// its place.
void EntryPoint::checkPointer(const Buffer &buffer) {
  auto type = cast<MemRefType>(buffer.buffer.getType());
  if (llvm::is_contained(type.getShape(), 0))
    return;
  Value pointer = buffer.pointer;
  Value zero = arith::ConstantIndexOp::create(builder, 0);
  Value sixteen =
      arith::ConstantOp::create(builder, builder.getI64IntegerAttr(16));
  Value aligned = LLVM::IntToPtrOp::create(builder, pointer.getType(), sixteen);
  for (Value extent : buffer.extents) {
    Value isEmpty =
        arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, extent, zero);
    pointer = arith::SelectOp::create(builder, isEmpty, aligned, pointer);
  }
  runtime->call("beeline_check_pointer",
                {pointer, functionName, runtime->createString(buffer.name)});
}

void EntryPoint::checkWorkspace() {
  Value needed =
      call(lookup(function.getName() + "_workspace_size"), extents, 0);
  needed = arith::IndexCastOp::create(builder, builder.getI64Type(), needed);
  runtime->call("beeline_check_workspace",
                {workspace, workspaceSize, needed, functionName});
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Turns the function that computes extents of results, which returns them,
/// into one that stores them where C wants them.
void EntryPoint::createResultSizes(func::FuncOp computed) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(computed);
  SmallVector<Type> types(computed.getArgumentTypes());
  types.push_back(LLVM::LLVMPointerType::get(builder.getContext()));
  auto stored = func::FuncOp::create(
      builder, (function.getName() + "_result_sizes").str(),
      builder.getFunctionType(types, TypeRange()));
  Block *body = stored.addEntryBlock();
  builder.setInsertionPointToStart(body);
  auto call =
      func::CallOp::create(builder, computed, body->getArguments().drop_back());
  Type i64 = builder.getI64Type();
  for (auto [index, extent] : llvm::enumerate(call.getResults())) {
    Value address = LLVM::GEPOp::create(
        builder, types.back(), i64, body->getArguments().back(),
        ArrayRef<LLVM::GEPArg>(static_cast<int32_t>(index)));
    LLVM::StoreOp::create(
        builder, arith::IndexCastOp::create(builder, i64, extent), address);
  }
  func::ReturnOp::create(builder);
}

void EntryPoint::computeResultExtents() {
  if (llvm::all_of(results, [](const Buffer &result) {
        return countExtents(result.buffer.getType()) == 0;
      }))
    return;
  func::FuncOp computed = lookup(function.getName() + ".result_sizes");
  createResultSizes(computed);
  auto call = func::CallOp::create(builder, computed, extents);
  ValueRange remaining = call.getResults();
  for (Buffer &result : results) {
    int64_t count = countExtents(result.buffer.getType());
    result.extents = llvm::to_vector(remaining.take_front(count));
    remaining = remaining.drop_front(count);
  }
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Value EntryPoint::createBuffer(Type type, Value pointer, ValueRange extents) {
  auto bufferType = cast<MemRefType>(type);
  // Allocated pointer, aligned pointer, offset: a buffer of one element ...
  Type i64 = builder.getI64Type();
  auto descriptorType = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {pointer.getType(), pointer.getType(), i64});
  Value descriptor = LLVM::PoisonOp::create(builder, descriptorType);
  Value offset =
      LLVM::ConstantOp::create(builder, i64, builder.getI64IntegerAttr(0));
  SmallVector<Value, 3> fields = {pointer, pointer, offset};
  for (auto [index, field] : llvm::enumerate(fields))
    descriptor = LLVM::InsertValueOp::create(builder, descriptor, field,
                                             static_cast<int64_t>(index));
  Value element =
      UnrealizedConversionCastOp::create(
          builder, MemRefType::get({}, bufferType.getElementType()), descriptor)
          .getResult(0);

  // ... which is the first of all.
  SmallVector<OpFoldResult> sizes;
  for (int64_t extent : bufferType.getShape()) {
    if (!ShapedType::isDynamic(extent)) {
      sizes.push_back(builder.getIndexAttr(extent));
      continue;
    }
    sizes.push_back(extents.front());
    extents = extents.drop_front();
  }
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  for (size_t i = sizes.size(); i-- > 1;)
    strides[i - 1] = affine::makeComposedFoldedAffineApply(
        builder, builder.getLoc(),
        builder.getAffineSymbolExpr(0) * builder.getAffineSymbolExpr(1),
        {strides[i], sizes[i]});
  return memref::ReinterpretCastOp::create(
      builder, bufferType, element, builder.getIndexAttr(0), sizes, strides);
}

void EntryPoint::moveBody() {
  SmallVector<Value> buffers;
  for (const Buffer &buffer : llvm::concat<Buffer>(inputs, results))
    buffers.push_back(
        createBuffer(buffer.buffer.getType(), buffer.pointer, buffer.extents));
  Value bytes = arith::IndexCastOp::create(builder, builder.getIndexType(),
                                           workspaceSize);
  buffers.push_back(
      createBuffer(function.getArguments().back().getType(), workspace, bytes));

  Operation *returned = function.front().getTerminator();
  Block *body = builder.getInsertionBlock();
  IRRewriter rewriter(builder.getContext());
  rewriter.inlineBlockBefore(&function.front(), body, body->end(), buffers);
  rewriter.setInsertionPoint(returned);
  Value ok = arith::ConstantOp::create(rewriter, builder.getLoc(),
                                       rewriter.getI32IntegerAttr(0));
  rewriter.replaceOpWithNewOp<func::ReturnOp>(returned, ok);
  function.erase();
}

void EntryPoint::create() {
  createFunction();
  checkExtents();
  checkAssertions();
  for (const Buffer &input : inputs)
    checkPointer(input);
  computeResultExtents();
  for (const Buffer &result : results)
    checkPointer(result);
  checkWorkspace();
  moveBody();
}

namespace {

struct CreateEntryPointsPass final
    : beeline::impl::CreateEntryPointsPassBase<CreateEntryPointsPass> {
  void runOnOperation() override {
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (isLayerFunction(function)) {
        if (failed(EntryPoint::verify(function)))
          return signalPassFailure();
        EntryPoint(function).create();
      }
  }
};

} // namespace
