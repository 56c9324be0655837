//===- LayerInterface.cpp - What callers of a layer see -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerInterface.h"
#include "beeline/Analysis/InPlace.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace beeline;

static bool isIdentifierCharacter(char c) {
  return llvm::isAlnum(c) || c == '_';
}

/// C's and C++'s words are no names.
static bool isKeyword(StringRef name) {
  static const llvm::StringSet<> keywords = {
      "alignas",   "alignof",  "and",       "and_eq",   "asm",       "auto",
      "bitand",    "bitor",    "bool",      "break",    "case",      "catch",
      "char",      "class",    "compl",     "const",    "constexpr", "continue",
      "decltype",  "default",  "delete",    "do",       "double",    "else",
      "enum",      "explicit", "export",    "extern",   "false",     "float",
      "for",       "friend",   "goto",      "if",       "inline",    "int",
      "long",      "mutable",  "namespace", "new",      "noexcept",  "not",
      "not_eq",    "nullptr",  "operator",  "or",       "or_eq",     "private",
      "protected", "public",   "register",  "requires", "restrict",  "return",
      "short",     "signed",   "sizeof",    "static",   "struct",    "switch",
      "template",  "this",     "throw",     "true",     "try",       "typedef",
      "typeid",    "typename", "typeof",    "union",    "unsigned",  "using",
      "virtual",   "void",     "volatile",  "wchar_t",  "while",     "xor",
      "xor_eq"};
  return keywords.contains(name);
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, isIdentifierCharacter) && !isKeyword(name);
}

std::string beeline::getLibraryName(StringRef path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!isIdentifierCharacter(c))
      c = '_';
  if (name.empty())
    return "_";
  if (llvm::isDigit(name.front()))
    name.front() = '_';
  return name;
}

bool LayerFunction::hasDynamicResults() const {
  return llvm::any_of(results, [](const LayerTensor &tensor) {
    return !tensor.type.hasStaticShape();
  });
}

SmallVector<std::string> LayerFunction::getSymbols() const {
  SmallVector<std::string> symbols = {name, name + "_workspace_size"};
  if (hasDynamicResults())
    symbols.push_back(name + "_result_sizes");
  return symbols;
}

//===----------------------------------------------------------------------===//
// Out of a graph
//===----------------------------------------------------------------------===//

/// Whether C code can hold elements of `type` in an array.
static bool isElementType(Type type) {
  if (!type.isIntOrFloat())
    return false;
  unsigned width = type.getIntOrFloatBitWidth();
  return width == 8 || width == 16 || width == 32 || width == 64;
}

static FailureOr<LayerTensor> getTensor(func::FuncOp function, Type type,
                                        std::string name) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isElementType(tensor.getElementType()) ||
      tensor.getEncoding())
    return function.emitOpError()
           << "has " << name << " of type " << type
           << ": a compiled layer takes and returns ranked tensors of numbers "
              "of 8, 16, 32 or 64 bits";
  return LayerTensor{std::move(name), tensor};
}

static FailureOr<LayerFunction> getFunction(func::FuncOp function) {
  LayerFunction result{function.getName().str(), {}, {}};
  if (!isIdentifier(result.name))
    return function.emitOpError()
           << "has a name that is no C identifier: rename it";
  if (StringRef(result.name).starts_with("beeline_"))
    return function.emitOpError()
           << "has a name that begins with 'beeline_', as the runtime's "
              "functions do: rename it";
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("has several blocks: a compiled layer needs "
                                "structured control flow (scf)");
  for (BlockArgument argument : function.getArguments()) {
    FailureOr<LayerTensor> tensor =
        getTensor(function, argument.getType(),
                  llvm::formatv("arg{0}", argument.getArgNumber()));
    if (failed(tensor))
      return failure();
    result.arguments.push_back(std::move(*tensor));
  }
  Operation *returned = function.front().getTerminator();
  for (auto [index, value] : llvm::enumerate(returned->getOperands())) {
    FailureOr<LayerTensor> tensor =
        getTensor(function, value.getType(), llvm::formatv("result{0}", index));
    if (failed(tensor))
      return failure();
    for (BlockArgument argument : function.getArguments())
      if (mayShareBuffer(argument, value))
        tensor->mayAlias.push_back(argument.getArgNumber());
    result.results.push_back(std::move(*tensor));
  }
  return result;
}

FailureOr<LayerInterface>
LayerInterface::get(ModuleOp module, StringRef library, StringRef target) {
  LayerInterface interface{library.str(), target.str(), {}};
  if (library == "beeline")
    return module.emitError("a library cannot be named 'beeline': that is the "
                            "runtime's name");
  llvm::StringSet<> names;
  for (const std::string &name : interface.getSymbols())
    names.insert(name);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    FailureOr<LayerFunction> described = getFunction(function);
    if (failed(described))
      return failure();
    interface.functions.push_back(std::move(*described));
    for (const std::string &name : interface.functions.back().getSymbols())
      if (!names.insert(name).second)
        return function.emitOpError()
               << "would export '" << name
               << "' a second time: rename the function or the library";
  }
  if (interface.functions.empty())
    return module.emitOpError("has no public function to compile");
  return interface;
}

SmallVector<std::string> LayerInterface::getSymbols() const {
  SmallVector<std::string> symbols = {library + "_load", library + "_message",
                                      library + "_metadata"};
  for (const LayerFunction &function : functions)
    llvm::append_range(symbols, function.getSymbols());
  return symbols;
}

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

static std::string getTypeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

static llvm::json::Array describe(ArrayRef<LayerTensor> tensors,
                                  bool areResults) {
  llvm::json::Array array;
  for (const LayerTensor &tensor : tensors) {
    llvm::json::Array shape;
    for (int64_t extent : tensor.type.getShape())
      shape.push_back(ShapedType::isDynamic(extent)
                          ? llvm::json::Value(nullptr)
                          : llvm::json::Value(extent));
    llvm::json::Object object{
        {"name", tensor.name},
        {"type", getTypeName(tensor.type.getElementType())},
        {"shape", std::move(shape)}};
    if (areResults)
      object["may_alias"] = llvm::json::Array(
          llvm::map_range(tensor.mayAlias, [](unsigned argument) {
            return llvm::json::Value(argument);
          }));
    array.push_back(std::move(object));
  }
  return array;
}

std::string LayerInterface::getMetadata() const {
  llvm::json::Array described;
  for (const LayerFunction &function : functions)
    described.push_back(llvm::json::Object{
        {"name", function.name},
        {"arguments", describe(function.arguments, /*areResults=*/false)},
        {"results", describe(function.results, /*areResults=*/true)}});
  return llvm::formatv("{0}", llvm::json::Value(llvm::json::Object{
                                  {"library", library},
                                  {"target", target},
                                  {"functions", std::move(described)}}));
}
