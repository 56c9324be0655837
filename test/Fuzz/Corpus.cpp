//===- Corpus.cpp - What inputs are made from -----------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;

/// Texts beyond this size, which cannot be divided, are left out: inputs are to
/// be quick.
static constexpr size_t maxTextSize = 16 * 1024;

static std::string print(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, OpPrintingFlags().useLocalScope());
  return text;
}

/// The function and all that it refers to, directly or not.
static OwningOpRef<ModuleOp> extract(func::FuncOp function, ModuleOp module) {
  llvm::SetVector<Operation *> needed;
  needed.insert(function);
  for (size_t i = 0; i < needed.size(); ++i) {
    auto uses = SymbolTable::getSymbolUses(needed[i]);
    if (!uses)
      continue;
    for (SymbolTable::SymbolUse use : *uses)
      if (Operation *symbol = SymbolTable::lookupSymbolIn(
              module, use.getSymbolRef().getRootReference()))
        needed.insert(symbol);
  }
  OwningOpRef<ModuleOp> extracted = ModuleOp::create(module.getLoc());
  (*extracted)->setAttrs(module->getAttrDictionary());
  for (Operation &op : *module.getBody())
    if (needed.contains(&op))
      extracted->push_back(op.clone());
  return extracted;
}

static void addTexts(StringRef chunk, MLIRContext &context,
                     std::vector<std::string> &texts) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(chunk, &context);
  if (!module) {
    if (chunk.size() <= maxTextSize)
      texts.push_back(chunk.str());
    return;
  }
  size_t numBefore = texts.size();
  for (auto function : module->getOps<func::FuncOp>())
    if (!function.isExternal())
      texts.push_back(print(*extract(function, *module)));
  if (texts.size() == numBefore && chunk.size() <= maxTextSize)
    texts.push_back(chunk.str());
}

llvm::Expected<std::vector<std::string>>
beeline::fuzz::loadCorpus(StringRef directory, MLIRContext &context) {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator it(directory, error), end;
       it != end && !error; it.increment(error))
    if (llvm::sys::path::extension(it->path()) == ".mlir")
      files.push_back(it->path());
  if (error)
    return llvm::createStringError(error,
                                   "cannot read the corpus in " + directory);
  // An input's number is to mean the same everywhere.
  llvm::sort(files);

  std::vector<std::string> texts;
  for (const std::string &file : files) {
    std::string message;
    std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(file, &message);
    if (!buffer)
      return llvm::createStringError(message);
    SmallVector<StringRef> chunks;
    buffer->getBuffer().split(chunks, kDefaultSplitMarker);
    for (StringRef chunk : chunks)
      addTexts(chunk, context, texts);
  }
  if (texts.empty())
    return llvm::createStringError("there is no .mlir file in " + directory);
  return texts;
}
