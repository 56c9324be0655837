//===- LayerHeader.cpp - A layer's header for C and C++ -------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/LayerInterface.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace beeline;

static constexpr StringLiteral statusDeclaration = R"(
#ifndef BEELINE_STATUS_DEFINED
#define BEELINE_STATUS_DEFINED
typedef enum beeline_status {
  BEELINE_OK = 0,
  /* The caller's mistake: a pointer, an extent, the workspace. */
  BEELINE_INVALID_ARGUMENT,
  /* No driver library, or one that is too old. */
  BEELINE_NO_DRIVER,
  BEELINE_NO_DEVICE,
  /* The layer was compiled for another device than the current one. */
  BEELINE_WRONG_DEVICE,
  BEELINE_OUT_OF_MEMORY,
  /* The layer is not loaded on the current device, and cannot be loaded now. */
  BEELINE_NOT_LOADED,
  /* Anything else that the driver reports. */
  BEELINE_DEVICE_ERROR
} beeline_status;
#endif
)";

/// `arg0_dim1`: the parameter that gives a dynamic extent.
static std::string extentName(const LayerTensor &tensor, int64_t dim) {
  return llvm::formatv("{0}_dim{1}", tensor.name, dim);
}

/// The names of the dynamic extents of `tensors`, in order.
static SmallVector<std::string> extentNames(ArrayRef<LayerTensor> tensors) {
  SmallVector<std::string> names;
  for (const LayerTensor &tensor : tensors)
    for (int64_t dim = 0; dim < tensor.type.getRank(); ++dim)
      if (tensor.type.isDynamicDim(dim))
        names.push_back(extentName(tensor, dim));
  return names;
}

static std::string describeShape(const LayerTensor &tensor, bool isResult) {
  SmallVector<std::string> extents;
  for (auto [dim, extent] : llvm::enumerate(tensor.type.getShape()))
    extents.push_back(!ShapedType::isDynamic(extent) ? llvm::itostr(extent)
                      : isResult                     ? "?"
                                                     : extentName(tensor, dim));
  std::string text = llvm::formatv("{0}[{1}]", tensor.type.getElementType(),
                                   llvm::join(extents, ", "));
  return text;
}

/// Declares `result name(parameters);`, one parameter on a line if they do not
/// fit into one.
static void printDeclaration(raw_ostream &os, StringRef result, StringRef name,
                             ArrayRef<std::string> parameters) {
  std::string start = llvm::formatv("{0}{1}{2}(", result,
                                    result.ends_with("*") ? "" : " ", name);
  std::string line = llvm::join(parameters, ", ");
  if (parameters.empty())
    line = "void";
  if (start.size() + line.size() + 2 > 80)
    line = "\n    " + llvm::join(parameters, ",\n    ");
  os << start << line << ");\n";
}

static void printFunction(raw_ostream &os, const LayerFunction &function) {
  os << "\n/*\n * Takes\n";
  for (const LayerTensor &tensor : function.arguments)
    os << " *   " << tensor.name << ": " << describeShape(tensor, false)
       << "\n";
  if (function.arguments.empty())
    os << " *   nothing\n";
  os << " * and writes\n";
  for (const LayerTensor &tensor : function.results) {
    os << " *   " << tensor.name << ": " << describeShape(tensor, true);
    if (!tensor.mayAlias.empty())
      os << ", in place of "
         << llvm::join(
                llvm::map_range(tensor.mayAlias,
                                [&](unsigned argument) {
                                  return function.arguments[argument].name;
                                }),
                " or ")
         << " if it is given the same pointer";
    os << "\n";
  }
  if (function.results.empty())
    os << " *   nothing\n";
  os << " */\n";

  SmallVector<std::string> parameters, sizes, extents;
  for (const std::string &name : extentNames(function.arguments))
    extents.push_back("int64_t " + name);
  for (const LayerTensor &tensor : function.arguments)
    parameters.push_back("const void *" + tensor.name);
  llvm::append_range(parameters, extents);
  for (const LayerTensor &tensor : function.results)
    parameters.push_back("void *" + tensor.name);
  parameters.append(
      {"void *workspace", "uint64_t workspace_size", "void *stream"});
  printDeclaration(os, "int", function.name, parameters);

  os << "/* The bytes of workspace that " << function.name << " needs. */\n";
  printDeclaration(os, "uint64_t", function.name + "_workspace_size", extents);
  if (!function.hasDynamicResults())
    return;
  sizes = extents;
  sizes.push_back("int64_t *sizes");
  SmallVector<std::string> names = extentNames(function.results);
  os << "/* Stores " << llvm::join(names, ", ") << ". */\n";
  printDeclaration(os, "void", function.name + "_result_sizes", sizes);
}

void LayerInterface::printHeader(raw_ostream &os) const {
  std::string guard = StringRef(library).upper() + "_H";
  bool isGPU = target != "cpu";
  StringRef memory = isGPU ? "device" : "host";
  os << "/* " << library << ".h - made by beeline-compile for " << target
     << ". */\n\n";
  os << llvm::formatv(R"(/*
 * Tensors are arrays in {0} memory in row-major order, at addresses that are
 * multiples of 16. Those without elements may be anywhere. A parameter NAME_dimD
 * is the extent of dimension D of tensor NAME.
 *
 * The buffers of results are the caller's, and have to be as large as the results:
 * FUNCTION_result_sizes tells the extents that depend on arguments. They overlap
 * with no other buffer, unless it is said that one may be written in place.
 *
 * The workspace is {0} memory that a call may use as it likes, and whose contents
 * mean nothing before and after. FUNCTION_workspace_size tells its size. Calls that
 * may run at the same time need one each.
 *
)",
                      memory);
  if (isGPU)
    os << R"( * A call enqueues work on `stream`, a hipStream_t or CUstream, on the current
 * device. It allocates nothing and waits for nothing once the layer is loaded there,
 * and can be captured into a graph.
)";
  else
    os << R"( * A call has written the results when it returns. It allocates nothing, and ignores
 * `stream`.
)";
  os << R"( *
 * All functions may be called from any thread. They return a beeline_status; what
 * is not BEELINE_OK leaves a message.
 */
)";
  os << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include <stdint.h>\n"
     << statusDeclaration << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  os << (isGPU
             ? "/* Loads the layer onto the current device, before its first "
               "call or the capture\n * of one. */\n"
             : "/* Does nothing: a layer for a CPU is loaded with its library. "
               "*/\n");
  printDeclaration(os, "int", library + "_load", {});
  os << "\n/* The calling thread's last failure. Valid until its next one. "
        "*/\n";
  printDeclaration(os, "const char *", library + "_message", {});
  os << "\n/* What is said here of the functions, as JSON. */\n"
     << "extern const char " << library << "_metadata[];\n";
  for (const LayerFunction &function : functions)
    printFunction(os, function);
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
}
