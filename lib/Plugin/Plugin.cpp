//===- Plugin.cpp - Beeline as a plugin of mlir-opt -----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-opt --load-dialect-plugin=libBeeline.so --load-pass-plugin=libBeeline.so
//   --pass-pipeline='builtin.module(beeline-elide-round-trips)'
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/InitAllPasses.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Beeline", BEELINE_VERSION,
          [] { beeline::registerAllPasses(); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Beeline", BEELINE_VERSION,
          [](mlir::DialectRegistry *registry) {
            registry->insert<beeline::BeelineDialect>();
          }};
}
