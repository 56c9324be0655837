//===- Pipelines.cpp - From graphs to the LLVM dialect --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Conversion/Passes.h"
#include "beeline/Dialect/Transforms/Passes.h"
#include "beeline/Pipelines/Passes.h"
#include "beeline/Target/Device.h"
#include "beeline/Target/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace beeline;

void beeline::buildGraphPipeline(OpPassManager &pm,
                                 const GraphPipelineOptions &options) {
  // --beeline-raise=assume=...
  RaisePassOptions raise;
  llvm::append_range(raise.assume, options.assume);
  pm.addPass(createRaisePass(raise));
  // --beeline-elide-round-trips="target=... assume-rows=...
  //    allow-public-abi-change=..."
  ElideRoundTripsPassOptions elide;
  elide.allowPublicABIChange = options.allowPublicABIChange;
  elide.target = options.target;
  elide.assumeRows = options.assumeRows;
  pm.addPass(createElideRoundTripsPass(elide));
}

void beeline::buildFusionPipeline(OpPassManager &pm) {
  // --inline --symbol-dce --beeline-verify-calls
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createVerifyCallsPass());
  // --beeline-fuse
  pm.addNestedPass<func::FuncOp>(createFusePass());
}

/// What a lowering needs of the graph: extents asserted, in terms of arguments
/// as far as possible.
static void addExtentPasses(OpPassManager &pm) {
  // --beeline-prepare-bufferization --beeline-assert-extents
  // --resolve-shaped-type-result-dims --canonicalize --cse --canonicalize
  pm.addPass(createPrepareBufferizationPass());
  pm.addPass(createAssertExtentsPass());
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
}

void beeline::buildCPUKernelPipeline(OpPassManager &pm) {
  addExtentPasses(pm);
  // --convert-beeline-to-cpu --convert-elementwise-to-linalg
  pm.addPass(createConvertBeelineToCPUPass());
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
}

void beeline::buildGPUKernelPipeline(OpPassManager &pm, const Device &device,
                                     bool jointLaunches) {
  addExtentPasses(pm);
  // --convert-beeline-to-gpu="target=... joint-launches=..."
  // --beeline-verify-host
  ConvertBeelineToGPUPassOptions convert;
  convert.target = device.name.str();
  convert.jointLaunches = jointLaunches;
  pm.addPass(createConvertBeelineToGPUPass(convert));
  pm.addPass(createVerifyHostPass());
}

/// From tensors to buffers of the caller's.
static void addBufferPasses(OpPassManager &pm) {
  // --one-shot-bufferize=... --canonicalize --cse
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());

  // --beeline-results-to-arguments --beeline-plan-workspace
  // --beeline-create-entry-points --canonicalize --cse
  pm.addPass(createResultsToArgumentsPass());
  pm.addPass(createPlanWorkspacePass());
  pm.addPass(createCreateEntryPointsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void beeline::buildHostPipeline(OpPassManager &pm, const Device &device) {
  addBufferPasses(pm);

  // --convert-memref-copy-to-linalg --convert-linalg-to-loops
  if (!device.isGPU()) {
    pm.addPass(createConvertMemRefCopyToLinalgPass());
    pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  }
  // --convert-scf-to-cf --beeline-call-runtime=target=...
  pm.addPass(createSCFToControlFlowPass());
  CallRuntimePassOptions call;
  call.target = device.name.str();
  pm.addPass(createCallRuntimePass(call));

  // --arith-emulate-unsupported-floats=... --expand-strided-metadata
  // --arith-expand=... --lower-affine
  // Arithmetic on bf16 in bodies of linalg ops: processors flush its
  // subnormals.
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16"};
  emulate.targetTypeStr = "f32";
  pm.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  pm.addPass(memref::createExpandStridedMetadataPass());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  expand.includeF8E8M0 = true;
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createLowerAffinePass());

  // --convert-vector-to-llvm --convert-to-llvm --reconcile-unrealized-casts
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void beeline::buildCPUPipeline(OpPassManager &pm) {
  buildFusionPipeline(pm);
  buildCPUKernelPipeline(pm);
  buildHostPipeline(pm, *lookupDevice("cpu"));
}

void beeline::registerBeelinePipelines() {
  PassPipelineRegistration<GraphPipelineOptions>(
      "beeline-graph-pipeline",
      "Written-out ops become Beeline's, and round trips go: beeline-raise and "
      "beeline-elide-round-trips",
      buildGraphPipeline);
  PassPipelineRegistration<>(
      "beeline-cpu-pipeline",
      "From beeline ops to C functions in the LLVM dialect, for any CPU",
      buildCPUPipeline);
}
