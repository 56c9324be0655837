//===- Npy.cpp - NumPy files ----------------------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Npy.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace beeline;
using llvm::StringRef;

static constexpr StringRef magic("\x93NUMPY", 6);

template <typename... Args>
static llvm::Error makeError(StringRef path, const char *format,
                             Args &&...args) {
  std::string text = llvm::formatv(format, std::forward<Args>(args)...);
  return llvm::createStringError(path + ": " + text);
}

/// The item type that NumPy writes for `type`.
static std::string descriptor(FloatType type) {
  if (type.isF32())
    return "<f4";
  if (type.isF16())
    return "<f2";
  return type.getWidth() == 8 ? "|V1" : "<V2";
}

/// Whether a file's item type can stand for `type`. ml_dtypes writes opaque
/// items
/// (`<V1`, `<V2`), but for f8E5M2, which it writes as `<f1`.
static bool isDescriptorOf(StringRef text, FloatType type) {
  if (type.isF32() || type.isF16())
    return text == descriptor(type);
  if (!text.consume_front("<"))
    text.consume_front("|");
  return text == (type.getWidth() == 8 ? "V1" : "V2") ||
         (isa<Float8E5M2Type>(type) && text == "f1");
}

namespace {
struct Header {
  std::string type;
  bool isFortranOrder;
  llvm::SmallVector<int64_t> shape;
  StringRef data;
};
} // namespace

static llvm::Expected<Header> parseHeader(StringRef path, StringRef file) {
  if (!file.starts_with(magic) || file.size() < 12)
    return makeError(path, "not a NumPy file (np.save writes them)");
  bool isShort = file[6] == 1;
  size_t start = isShort ? 10 : 12;
  size_t length = isShort ? llvm::support::endian::read16le(file.data() + 8)
                          : llvm::support::endian::read32le(file.data() + 8);
  if (file.size() - start < length)
    return makeError(path, "the file ends within its header");
  StringRef text = file.substr(start, length);

  Header header;
  header.data = file.drop_front(start + length);
  llvm::SmallVector<StringRef> match;
  if (!llvm::Regex("'descr': *'([^']*)'").match(text, &match))
    return makeError(path, "the header has no simple item type: {0}",
                     text.trim());
  header.type = match[1].str();
  header.isFortranOrder = llvm::Regex("'fortran_order': *True").match(text);
  if (!llvm::Regex("'shape': *\\(([^)]*)\\)").match(text, &match))
    return makeError(path, "the header has no shape: {0}", text.trim());
  llvm::SmallVector<StringRef> extents;
  match[1].split(extents, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef extent : extents) {
    int64_t value;
    if (extent.trim().empty())
      continue;
    if (extent.trim().getAsInteger(10, value) || value < 0)
      return makeError(path, "the header has a bad shape: {0}", text.trim());
    header.shape.push_back(value);
  }
  return header;
}

llvm::Expected<Tensor> beeline::readNpy(StringRef path, RankedTensorType type) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return makeError(path, "{0}", file.getError().message());
  llvm::Expected<Header> header = parseHeader(path, (*file)->getBuffer());
  if (!header)
    return header.takeError();

  std::string expected;
  llvm::raw_string_ostream(expected) << type;
  auto elementType = cast<FloatType>(type.getElementType());
  if (!isDescriptorOf(header->type, elementType))
    return makeError(path, "its items are '{0}', and {1} needs '{2}'",
                     header->type, expected, descriptor(elementType));
  if (header->isFortranOrder && header->shape.size() > 1)
    return makeError(path, "it is in Fortran order; save it with "
                           "np.ascontiguousarray");
  if (failed(verifyCompatibleShape(header->shape, type.getShape())))
    return makeError(path, "its shape is ({0}), and the function wants {1}",
                     llvm::join(llvm::map_range(header->shape,
                                                [](int64_t extent) {
                                                  return llvm::itostr(extent);
                                                }),
                                ", "),
                     expected);

  Tensor tensor{elementType, header->shape, {}};
  int64_t size = tensor.elementSize();
  for (int64_t extent : header->shape)
    if (llvm::MulOverflow(size, extent, size))
      return makeError(path, "its shape is too large");
  if (header->data.size() != static_cast<size_t>(size))
    return makeError(path,
                     "it holds {0} bytes of data where its shape makes {1}",
                     header->data.size(), size);
  tensor.bytes.assign(header->data.begin(), header->data.end());
  return tensor;
}

llvm::Error beeline::writeNpy(StringRef path, const Tensor &tensor) {
  std::string shape;
  for (int64_t extent : tensor.shape)
    shape += llvm::itostr(extent) + ",";
  std::string header = llvm::formatv(
      "{{'descr': '{0}', 'fortran_order': False, 'shape': ({1}), }",
      descriptor(tensor.elementType), shape);
  // The data starts at a multiple of 64 bytes, after a line feed.
  constexpr size_t preamble = 10;
  size_t end = llvm::alignTo(preamble + header.size() + 1, 64);
  header.resize(end - preamble - 1, ' ');
  header += '\n';

  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return makeError(path, "{0}", error.message());
  char length[2];
  llvm::support::endian::write16le(length, header.size());
  os << magic << '\x01' << '\x00' << StringRef(length, 2) << header
     << StringRef(tensor.bytes.data(), tensor.bytes.size());
  os.close();
  if (os.has_error()) {
    std::string message = os.error().message();
    os.clear_error();
    return makeError(path, "{0}", message);
  }
  return llvm::Error::success();
}
