//===- Stages.cpp - What inputs are put through ---------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"
#include "beeline/Pipelines/Passes.h"
#include "beeline/Target/Device.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace beeline;
using namespace beeline::fuzz;

namespace {

/// gpu.module ⇒ gpu.binary
///
/// Stands in for the compilation of kernels, which is LLVM's and takes long.
/// The host's code takes from a binary what its name is.
struct ForgetKernels final
    : PassWrapper<ForgetKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ForgetKernels)

  StringRef getArgument() const override { return "fuzz-forget-kernels"; }

  void runOnOperation() override {
    Builder attributes(&getContext());
    auto target = ROCDL::ROCDLTargetAttr::get(&getContext());
    auto object = gpu::ObjectAttr::get(
        &getContext(), target, gpu::CompilationTarget::Binary,
        attributes.getStringAttr("none"), /*properties=*/{}, /*kernels=*/{});
    for (auto kernels : llvm::make_early_inc_range(
             getOperation().getOps<gpu::GPUModuleOp>())) {
      OpBuilder builder(kernels);
      gpu::BinaryOp::create(builder, kernels.getLoc(), kernels.getName(),
                            /*offloadingHandler=*/Attribute(),
                            ArrayRef<Attribute>(object));
      kernels.erase();
    }
  }
};

} // namespace

static llvm::Expected<Stage> createStage(std::string pipeline,
                                         MLIRContext &context) {
  Stage stage;
  stage.isOurs = StringRef(pipeline).contains("beeline") ||
                 StringRef(pipeline).contains("lower-kernel-ops") ||
                 StringRef(pipeline).contains("convert-memref-copy-to-linalg");
  std::string message;
  llvm::raw_string_ostream os(message);
  FailureOr<OpPassManager> passes = parsePassPipeline(pipeline, os);
  if (failed(passes))
    return llvm::createStringError(message);
  // With the verifier, a pass that makes invalid IR would fail as one does that
  // refuses its input. But what comes after it in a nested pipeline needs valid
  // IR.
  bool isNested = StringRef(pipeline).count(',') > 0;
  stage.passes = std::make_unique<PassManager>(&context);
  stage.passes->enableVerifier(isNested);
  static_cast<OpPassManager &>(*stage.passes) = std::move(*passes);
  stage.pipeline = std::move(pipeline);
  return stage;
}

/// A stage for each pass on the module.
static Job createJob(std::string name, OpPassManager &passes, unsigned weight,
                     MLIRContext &context) {
  Job job;
  job.name = std::move(name);
  job.weight = weight;
  for (Pass &pass : passes) {
    std::string pipeline = "builtin.module(";
    llvm::raw_string_ostream os(pipeline);
    pass.printAsTextualPipeline(os);
    os << ')';
    job.stages.push_back(llvm::cantFail(createStage(pipeline, context)));
  }
  return job;
}

llvm::Expected<std::vector<Job>>
beeline::fuzz::createJobs(StringRef pipeline, MLIRContext &context) {
  llvm::Expected<Stage> stage = createStage(pipeline.str(), context);
  if (!stage)
    return stage.takeError();
  std::vector<Job> jobs(1);
  jobs.front().name = pipeline.str();
  jobs.front().weight = 1;
  jobs.front().stages.push_back(std::move(*stage));
  return jobs;
}

std::vector<Job> beeline::fuzz::createJobs(MLIRContext &context) {
  PassRegistration<ForgetKernels>();
  std::vector<Job> jobs;
  auto add = [&](const char *pass, unsigned weight) {
    OpPassManager passes(ModuleOp::getOperationName());
    std::string pipeline = pass;
    llvm::cantFail(failed(parsePassPipeline(pipeline, passes))
                       ? llvm::createStringError("no pass " + pipeline)
                       : llvm::Error::success());
    jobs.push_back(createJob(pipeline, passes, weight, context));
  };

  // Graphs.
  add("canonicalize", 30);
  add("beeline-elide-round-trips", 120);
  add("beeline-elide-round-trips{allow-public-abi-change=true}", 30);
  add("beeline-elide-round-trips{target=gfx950 assume-rows=1}", 20);
  add("beeline-raise", 60);
  add("beeline-raise{assume=rsqrt,exp,powf,reciprocal,mean-by-multiplication,"
      "no-infinity,no-nan,fast-math}",
      80);
  add("func.func(beeline-fuse)", 100);
  add("beeline-assert-extents", 40);
  add("beeline-prepare-bufferization", 30);
  add("beeline-verify-calls", 10);
  // Kernels.
  add("convert-beeline-to-cpu", 60);
  add("convert-beeline-to-cpu{whole-regions=true}", 20);
  for (const Device &device : getDevices()) {
    if (!device.isGPU())
      continue;
    std::string target = "target=" + device.name.str();
    add(("convert-beeline-to-gpu{" + target + "}").c_str(), 25);
    add(("convert-beeline-to-gpu{joint-launches=false " + target + "}").c_str(),
        10);
    add(("gpu.module(lower-kernel-ops{" + target + "})").c_str(), 5);
  }
  // Buffers and calls.
  add("convert-memref-copy-to-linalg", 10);
  add("beeline-results-to-arguments", 20);
  add("beeline-plan-workspace", 20);
  add("beeline-create-entry-points", 20);
  add("beeline-verify-host", 20);
  for (const Device &device : getDevices())
    add(("beeline-call-runtime{target=" + device.name.str() + "}").c_str(), 5);

  // All the way to the LLVM dialect.
  for (const Device &device : getDevices()) {
    OpPassManager passes(ModuleOp::getOperationName());
    buildGraphPipeline(passes, GraphPipelineOptions());
    buildFusionPipeline(passes);
    if (device.isGPU()) {
      buildGPUKernelPipeline(passes, device, /*jointLaunches=*/true);
      buildKernelPipeline(passes, device);
      passes.addPass(std::make_unique<ForgetKernels>());
    } else {
      buildCPUKernelPipeline(passes);
    }
    buildHostPipeline(passes, device);
    jobs.push_back(createJob("pipeline for " + device.name.str(), passes,
                             device.isGPU() ? 20 : 60, context));
  }
  return jobs;
}
