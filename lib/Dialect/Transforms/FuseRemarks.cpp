//===- FuseRemarks.cpp - What became of row-wise ops ----------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuseRemarks.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace beeline;
using remark::RemarkOpts;

static constexpr StringLiteral kCategory("beeline-fuse");

static RemarkOpts named(StringRef name) {
  return RemarkOpts::name(name).category(kCategory);
}

namespace {

/// The memory traffic of one row of a kernel that runs some ops.
class Traffic {
public:
  /// `n` is the length of a row.
  explicit Traffic(int64_t n) : n(n) {}

  void add(const RowOp *op) {
    ops.insert(op->op);
    for (const RowStep &load : op->loads)
      if (load.access != RowAccess::Vector)
        reads[load.tensor] = bytes(load.tensor, load.groupSize);
    for (const RowStore &store : op->stores)
      writes[store.tensor] = bytes(store.tensor, store.groupSize);
  }

  int64_t total() const {
    int64_t sum = 0;
    for (auto [tensor, size] : reads)
      if (!writes.contains(tensor) && !isConstant(tensor))
        sum += size;
    for (auto [tensor, size] : writes)
      if (llvm::any_of(tensor.getUsers(),
                       [&](Operation *user) { return !ops.contains(user); }))
        sum += size;
    return sum;
  }

private:
  int64_t bytes(Value tensor, int64_t groupSize) const {
    int64_t count = groupSize == 0
                        ? n
                        : static_cast<int64_t>(llvm::divideCeil(n, groupSize));
    return count * getElementTypeOrSelf(tensor).getIntOrFloatBitWidth() / 8;
  }
  static bool isConstant(Value tensor) {
    Operation *op = tensor.getDefiningOp();
    return op && op->hasTrait<mlir::OpTrait::ConstantLike>();
  }

  int64_t n;
  llvm::DenseSet<Operation *> ops;
  DenseMap<Value, int64_t> reads, writes;
};

} // namespace

static std::string listNames(ArrayRef<const RowOp *> ops) {
  std::string text;
  for (auto [index, op] : llvm::enumerate(ops)) {
    if (index != 0)
      text += index + 1 == ops.size() ? " and " : ", ";
    text += llvm::formatv("'{0}'", op->op->getName());
  }
  return text;
}

void beeline::remarkFused(ArrayRef<SmallVector<const RowOp *>> kernels) {
  SmallVector<const RowOp *> all;
  for (ArrayRef<const RowOp *> kernel : kernels)
    llvm::append_range(all, kernel);
  auto remark = remark::passed(all.front()->op->getLoc(), named("RowsFused"));
  if (!remark)
    return;
  remark << remark::add("{0} are one kernel", listNames(all))
         << remark::metric("Kernels", static_cast<int64_t>(kernels.size()) - 1);

  int64_t n = all.front()->rows.getShape().back();
  if (ShapedType::isDynamic(n))
    return;
  int64_t saved = 0;
  for (ArrayRef<const RowOp *> kernel : kernels) {
    Traffic traffic(n);
    for (const RowOp *op : kernel)
      traffic.add(op);
    saved += traffic.total();
  }
  Traffic traffic(n);
  for (const RowOp *op : all)
    traffic.add(op);
  remark << remark::metric("BytesPerRow", saved - traffic.total());
}

static void addKeptApart(remark::detail::InFlightRemark &remark,
                         Operation *other, StringRef reason) {
  remark << remark::add("not fused with '{0}'", other->getName())
         << remark::reason("{0}", reason);
}

void beeline::remarkKeptApart(Operation *op, Operation *other,
                              const std::string &reason) {
  if (auto remark = remark::missed(op->getLoc(), named("RowsKeptApart")))
    addKeptApart(remark, other, reason);
}

void beeline::remarkKeptApart(Operation *op, Operation *other,
                              Operation *between) {
  if (auto remark = remark::missed(op->getLoc(), named("RowsKeptApart")))
    addKeptApart(
        remark, other,
        llvm::formatv("'{0}' has to come between them", between->getName())
            .str());
}
