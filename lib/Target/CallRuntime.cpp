//===- CallRuntime.cpp - Launches, copies and checks ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeCalls.h"
#include "beeline/Target/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace beeline {
#define GEN_PASS_DEF_CALLRUNTIMEPASS
#include "beeline/Target/Passes.h.inc"
} // namespace beeline

using namespace mlir;
using namespace beeline;

static constexpr llvm::StringLiteral moduleName("beeline_module");

/// Whether `function` returns a status to C, and gets a stream.
static bool isEntryPoint(func::FuncOp function) {
  return function.isPublic() && !function.isDeclaration() &&
         function.getNumResults() == 1 &&
         function.getResultTypes().front().isInteger(32) &&
         function.getNumArguments() > 0 &&
         isa<LLVM::LLVMPointerType>(function.getArgumentTypes().back());
}

namespace {

/// The code object of a module and the kernels that are launched, by which the
/// runtime knows them.
class KernelModule {
public:
  KernelModule(ModuleOp module, StringRef target)
      : module(module), target(target) {}

  /// The kernel's number.
  FailureOr<uint64_t> getKernel(gpu::LaunchFuncOp launch);
  /// Defines the `beeline_module`, if there is a code object.
  LogicalResult define();

private:
  ModuleOp module;
  StringRef target;
  gpu::BinaryOp binary;
  llvm::SetVector<StringAttr> kernels;
};

/// Converts the ops of an entry point.
class EntryPointCalls {
public:
  EntryPointCalls(func::FuncOp function, KernelModule &kernels)
      : function(function), kernels(kernels),
        builder(function.getLoc(), function->getContext()),
        runtime(builder, function) {}

  LogicalResult convertAll();

private:
  void convert(cf::AssertOp assertion);
  LogicalResult convert(gpu::LaunchFuncOp launch);
  LogicalResult convert(memref::CopyOp copy);

  /// Where all launches put their arguments, which are at most `count`.
  void createArgumentArray(int64_t count);
  /// The address of the first element.
  Value createAddress(Value buffer);
  Value createWord(Value operand);
  Value createModuleAddress() {
    return LLVM::AddressOfOp::create(builder, pointerType(), moduleName);
  }
  Value createInteger(uint64_t value) {
    return arith::ConstantOp::create(builder, builder.getI64IntegerAttr(value));
  }
  Value toInteger(Value index) {
    return arith::IndexCastOp::create(builder, builder.getI64Type(), index);
  }
  Type pointerType() {
    return LLVM::LLVMPointerType::get(builder.getContext());
  }
  Value stream() { return function.getArguments().back(); }

  func::FuncOp function;
  KernelModule &kernels;
  ImplicitLocOpBuilder builder;
  RuntimeCalls runtime;
  Value arguments;
};

} // namespace

//===----------------------------------------------------------------------===//
// Code objects
//===----------------------------------------------------------------------===//

FailureOr<uint64_t> KernelModule::getKernel(gpu::LaunchFuncOp launch) {
  auto found = module.lookupSymbol<gpu::BinaryOp>(launch.getKernelModuleName());
  if (!found)
    return launch.emitOpError("launches a kernel that was not compiled");
  if (binary && binary != found)
    return launch.emitOpError("launches a kernel of another code object than "
                              "the launches before");
  binary = found;
  kernels.insert(launch.getKernelName());
  return llvm::find(kernels, launch.getKernelName()) - kernels.begin();
}

LogicalResult KernelModule::define() {
  // A layer that only copies has kernels of its own too: none.
  if (!binary)
    for (auto found : module.getOps<gpu::BinaryOp>())
      binary = found;
  if (!binary) {
    if (!SymbolTable::symbolKnownUseEmpty(
            StringAttr::get(module.getContext(), moduleName), module))
      return module.emitError("copies on a GPU need a gpu.binary, be it one "
                              "without kernels: compile the gpu.module first");
    return success();
  }
  ImplicitLocOpBuilder builder(binary.getLoc(), binary);
  Type i64 = builder.getI64Type(), i8 = builder.getI8Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto defineBytes = [&](const Twine &name, std::string bytes, unsigned align) {
    auto value = builder.getStringAttr(bytes);
    return LLVM::GlobalOp::create(
        builder, LLVM::LLVMArrayType::get(i8, bytes.size()),
        /*isConstant=*/true, LLVM::Linkage::Private, name.str(), value, align);
  };
  // PTX is text, which ends in NUL; to a code object one byte more means
  // nothing.
  auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
  std::string code = object.getObject().getValue().str();
  uint64_t codeSize = code.size();
  code.push_back('\0');
  LLVM::GlobalOp image = defineBytes("beeline.image", code, /*align=*/4096);
  LLVM::GlobalOp targetName =
      defineBytes("beeline.target", (target + Twine('\0')).str(), 0);
  SmallVector<LLVM::GlobalOp> names;
  for (StringAttr kernel : kernels)
    names.push_back(defineBytes("beeline.kernel." + Twine(names.size()),
                                kernel.str() + '\0', 0));

  /// A global whose value `fill` computes.
  auto define = [&](const Twine &name, Type type, bool isConstant,
                    llvm::function_ref<Value(Value)> fill) {
    auto global = LLVM::GlobalOp::create(builder, type, isConstant,
                                         isConstant ? LLVM::Linkage::Private
                                                    : LLVM::Linkage::Internal,
                                         name.str(), Attribute());
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(builder, fill(LLVM::ZeroOp::create(builder, type)));
    return global;
  };
  auto insert = [&](Value aggregate, Value field, int64_t index) -> Value {
    return LLVM::InsertValueOp::create(builder, aggregate, field, index);
  };
  auto integer = [&](uint64_t value) -> Value {
    return LLVM::ConstantOp::create(builder, i64,
                                    builder.getI64IntegerAttr(value));
  };
  LLVM::GlobalOp table =
      define("beeline.kernels", LLVM::LLVMArrayType::get(pointer, names.size()),
             /*isConstant=*/true, [&](Value array) {
               for (auto [index, name] : llvm::enumerate(names))
                 array = insert(array, LLVM::AddressOfOp::create(builder, name),
                                index);
               return array;
             });
  define(
      moduleName,
      LLVM::LLVMStructType::getLiteral(
          builder.getContext(), {pointer, pointer, i64, pointer, i64, pointer}),
      /*isConstant=*/false, [&](Value fields) {
        fields =
            insert(fields, LLVM::AddressOfOp::create(builder, targetName), 0);
        fields = insert(fields, LLVM::AddressOfOp::create(builder, image), 1);
        fields = insert(fields, integer(codeSize), 2);
        fields = insert(fields, LLVM::AddressOfOp::create(builder, table), 3);
        return insert(fields, integer(names.size()), 4);
      });
  binary.erase();
  return success();
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// To the host, all address spaces of a GPU are one.
static Value skipMemorySpaceCasts(Value buffer) {
  while (auto cast = buffer.getDefiningOp<memref::MemorySpaceCastOp>())
    buffer = cast.getSource();
  return buffer;
}

Value EntryPointCalls::createAddress(Value buffer) {
  buffer = skipMemorySpaceCasts(buffer);
  auto type = cast<MemRefType>(buffer.getType());
  Value address = toInteger(
      memref::ExtractAlignedPointerAsIndexOp::create(builder, buffer));
  auto [strides, offset] = type.getStridesAndOffset();
  if (offset == 0)
    return address;
  Value elements = toInteger(
      memref::ExtractStridedMetadataOp::create(builder, buffer).getOffset());
  Value size = createInteger(type.getElementTypeBitWidth() / 8);
  return arith::AddIOp::create(builder, address,
                               arith::MulIOp::create(builder, elements, size));
}

Value EntryPointCalls::createWord(Value operand) {
  if (isa<MemRefType>(operand.getType()))
    return createAddress(operand);
  return operand.getType().isIndex() ? toInteger(operand) : operand;
}

void EntryPointCalls::createArgumentArray(int64_t count) {
  builder.setInsertionPointToStart(&function.front());
  arguments = LLVM::AllocaOp::create(
      builder, pointerType(), builder.getI64Type(), createInteger(count));
}

/// Erases what was made for an op that is gone.
static void eraseUnused(ArrayRef<Value> values) {
  llvm::SetVector<Operation *> candidates;
  auto add = [&](ValueRange values) {
    for (Value value : values)
      if (Operation *op = value.getDefiningOp())
        candidates.insert(op);
  };
  add(values);
  while (!candidates.empty()) {
    Operation *op = candidates.pop_back_val();
    if (!isOpTriviallyDead(op))
      continue;
    add(op->getOperands());
    op->erase();
  }
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// cf.assert ⇒ beeline_check_condition
void EntryPointCalls::convert(cf::AssertOp assertion) {
  Value holds =
      arith::ExtUIOp::create(builder, builder.getI32Type(), assertion.getArg());
  runtime.call("beeline_check_condition",
               {holds, runtime.createString(function.getName()),
                runtime.createString(assertion.getMsg())});
  assertion.erase();
}

/// gpu.launch_func ⇒ beeline_launch
LogicalResult EntryPointCalls::convert(gpu::LaunchFuncOp launch) {
  gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
  gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
  for (Value size : {grid.y, grid.z, block.y, block.z})
    if (!matchPattern(size, m_One()))
      return launch.emitOpError("has more than one dimension");
  if (launch.hasClusterSize() || launch.getDynamicSharedMemorySize() ||
      launch.getAsyncToken() || !launch.getAsyncDependencies().empty())
    return launch.emitOpError("has clusters, dynamic memory or tokens, which "
                              "the runtime has not");
  for (Value operand : launch.getKernelOperands())
    if (!isa<MemRefType, IndexType>(operand.getType()) &&
        !operand.getType().isInteger(64))
      return launch.emitOpError("has an operand of type ")
             << operand.getType() << ": kernels take buffers, index and i64";
  FailureOr<uint64_t> kernel = kernels.getKernel(launch);
  if (failed(kernel))
    return failure();

  for (auto [index, operand] : llvm::enumerate(launch.getKernelOperands())) {
    Value place = LLVM::GEPOp::create(
        builder, pointerType(), builder.getI64Type(), arguments,
        ArrayRef<LLVM::GEPArg>(static_cast<int32_t>(index)));
    LLVM::StoreOp::create(builder, createWord(operand), place);
  }
  runtime.call("beeline_launch",
               {createModuleAddress(), createInteger(*kernel),
                toInteger(grid.x), toInteger(block.x), arguments,
                createInteger(launch.getKernelOperands().size()), stream()});
  SmallVector<Value> operands(launch->getOperands());
  launch.erase();
  eraseUnused(operands);
  return success();
}

/// Whether the elements of `type` follow one another without gaps.
static bool isContiguous(MemRefType type) {
  if (type.getLayout().isIdentity())
    return true;
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t expected = 1;
  for (int64_t dim = type.getRank(); dim-- > 0;) {
    if (type.getDimSize(dim) == 1)
      continue;
    if (ShapedType::isDynamic(expected) || strides[dim] != expected)
      return false;
    expected = type.isDynamicDim(dim) ? ShapedType::kDynamic
                                      : expected * type.getDimSize(dim);
  }
  return true;
}

/// memref.copy ⇒ beeline_prepare, beeline_copy
LogicalResult EntryPointCalls::convert(memref::CopyOp copy) {
  auto source = dyn_cast<MemRefType>(copy.getSource().getType());
  auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
  if (!source || !target || !isContiguous(source) || !isContiguous(target))
    return copy.emitOpError(
               "would move parts of rows on the device, which no kernel does: "
               "let the op that makes the tensor make the part, or return the "
               "whole of it (")
           << copy.getSource().getType() << " to " << copy.getTarget().getType()
           << ")";
  Value bytes = createInteger(source.getElementTypeBitWidth() / 8);
  for (int64_t dim = 0; dim < source.getRank(); ++dim)
    bytes = arith::MulIOp::create(
        builder, bytes,
        toInteger(memref::DimOp::create(builder, copy.getSource(), dim)));
  auto pointerTo = [&](Value buffer) -> Value {
    return LLVM::IntToPtrOp::create(builder, pointerType(),
                                    createAddress(buffer));
  };
  Value to = pointerTo(copy.getTarget()), from = pointerTo(copy.getSource());
  runtime.call("beeline_prepare", {createModuleAddress(), stream()});
  runtime.call("beeline_copy", {to, from, bytes, stream()});
  copy.erase();
  return success();
}

LogicalResult EntryPointCalls::convertAll() {
  SmallVector<Operation *> ops;
  int64_t maxArguments = 0;
  function.walk([&](Operation *op) {
    if (isa<cf::AssertOp, gpu::LaunchFuncOp, memref::CopyOp>(op))
      ops.push_back(op);
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
      maxArguments =
          std::max<int64_t>(maxArguments, launch.getKernelOperands().size());
  });
  if (maxArguments > 0)
    createArgumentArray(maxArguments);
  for (Operation *op : ops) {
    builder.setLoc(op->getLoc());
    builder.setInsertionPoint(op);
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op)) {
      if (failed(convert(launch)))
        return failure();
    } else if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      if (failed(convert(copy)))
        return failure();
    } else {
      convert(cast<cf::AssertOp>(op));
    }
  }
  return success();
}

namespace {

struct CallRuntimePass final
    : beeline::impl::CallRuntimePassBase<CallRuntimePass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    KernelModule kernels(module, target);
    for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
      if (isEntryPoint(function) &&
          failed(EntryPointCalls(function, kernels).convertAll()))
        return signalPassFailure();
    // The launches that are left are not an entry point's.
    WalkResult walk = module.walk([](gpu::LaunchFuncOp launch) {
      launch.emitOpError("is in a function that C does not call, which has no "
                         "stream: inline it");
      return WalkResult::interrupt();
    });
    if (walk.wasInterrupted() || failed(kernels.define()))
      return signalPassFailure();
    module->removeAttr(gpu::GPUDialect::getContainerModuleAttrName());
  }
};

} // namespace
