//===- KernelPipeline.cpp - From gpu.func kernels to the LLVM dialect -----===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Conversion/Passes.h"
#include "beeline/Pipelines/Passes.h"
#include "beeline/Target/Device.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace beeline;

void beeline::buildKernelPipeline(OpPassManager &pm, const Device &device) {
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  // --lower-kernel-ops=target=... --convert-scf-to-cf --canonicalize --cse
  LowerKernelOpsPassOptions lower;
  lower.target = device.name.str();
  kernels.addPass(createLowerKernelOpsPass(lower));
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());

  // --convert-gpu-to-rocdl=... or --convert-gpu-to-nvvm=...
  if (device.platform == Device::Platform::ROCm) {
    ConvertGpuOpsToROCDLOpsOptions options;
    options.chipset = device.name.str();
    options.useBarePtrCallConv = true;
    kernels.addPass(createConvertGpuOpsToROCDLOps(options));
  } else {
    ConvertGpuOpsToNVVMOpsOptions options;
    options.useBarePtrCallConv = true;
    kernels.addPass(createConvertGpuOpsToNVVMOps(options));
  }
  kernels.addPass(createReconcileUnrealizedCastsPass());
}
