//===- Remarks.cpp - What was raised, and what was not --------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Remarks.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace beeline;
using remark::RemarkOpts;

static RemarkOpts named(StringRef name) {
  return RemarkOpts::name(name).category("beeline-raise");
}

void beeline::remarkRaised(Operation *op, AssumptionSet assumed) {
  auto remark = remark::passed(op->getLoc(), named("Raised"));
  if (!remark)
    return;
  remark << remark::add("this is '{0}'", op->getName());
  if (!assumed.empty())
    remark << remark::metric("Assumed", assumed.getNames());
}

void NearMisses::add(Operation *anchor, StringRef opName, std::string reason,
                     std::string suggestion, size_t progress) {
  if (raised.contains(anchor))
    return;
  auto [entry, isNew] =
      misses.try_emplace(anchor, Miss{opName, reason, suggestion, progress});
  if (!isNew && progress > entry->second.progress)
    entry->second = {opName, std::move(reason), std::move(suggestion),
                     progress};
}

void NearMisses::remark() const {
  // Roots were tried from the last op to the first.
  for (const auto &[anchor, miss] : llvm::reverse(misses)) {
    auto remark = remark::missed(anchor->getLoc(), named("NotRaised"));
    if (!remark)
      continue;
    remark << remark::add("this could be '{0}'", miss.opName)
           << remark::reason("{0}", miss.reason);
    if (!miss.suggestion.empty())
      remark << remark::suggest("{0}", miss.suggestion);
  }
}
