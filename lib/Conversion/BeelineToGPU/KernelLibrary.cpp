//===- KernelLibrary.cpp - The kernels of a module ------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLibrary.h"

using namespace mlir;
using namespace beeline;

gpu::GPUModuleOp KernelLibrary::getKernels() {
  if (!kernels) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    kernels =
        gpu::GPUModuleOp::create(builder, module.getLoc(), "beeline_kernels");
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                    builder.getUnitAttr());
  }
  return kernels;
}

SymbolRefAttr KernelLibrary::add(gpu::GPUFuncOp kernel, StringRef name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope());
  auto [entry, isNew] = known.try_emplace(text);
  if (!isNew) {
    kernel->erase();
    return entry->second;
  }
  std::string unique = name.str();
  for (int64_t i = 1; kernels.lookupSymbol(unique); ++i)
    unique = (name + "_" + Twine(i)).str();
  kernel.setName(unique);
  auto reference = FlatSymbolRefAttr::get(module.getContext(), unique);
  entry->second = SymbolRefAttr::get(kernels.getNameAttr(), reference);
  return entry->second;
}
