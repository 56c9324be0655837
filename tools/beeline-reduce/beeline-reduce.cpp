//===- beeline-reduce.cpp - mlir-reduce with Beeline in it ----------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Dialect/IR/BeelineDialect.h"
#include "beeline/Dialect/Transforms/ReductionPatterns.h"
#include "beeline/InitAllPasses.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

/// Without a handler only errors are printed, and that a module is not
/// interesting is a warning.
static llvm::LogicalResult printWarning(mlir::Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Warning)
    return llvm::failure();
  llvm::errs() << diagnostic.getLocation() << ": warning: " << diagnostic
               << "\n";
  return llvm::success();
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  registry.insert<beeline::BeelineDialect>();
  beeline::registerReductionPatterns(registry);
  beeline::registerAllPasses();
  mlir::MLIRContext context(registry);
  context.getDiagEngine().registerHandler(printWarning);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
