//===- Provenance.cpp - Where codes and scales come from ------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Analysis/Provenance.h"
#include "beeline/Dialect/IR/BeelineDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace beeline;

std::optional<Origin> Origin::of(Value value) {
  auto op = value.getDefiningOp<QuantizeOpInterface>();
  if (!op)
    return std::nullopt;
  for (auto [index, quantization] : llvm::enumerate(op.getQuantizations())) {
    if (quantization.codes == value)
      return Origin{op, static_cast<unsigned>(index), Part::Codes};
    if (quantization.scales == value)
      return Origin{op, static_cast<unsigned>(index), Part::Scales};
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The graph of pairs
//===----------------------------------------------------------------------===//

ProvenanceAnalysis::ProvenanceAnalysis(
    Joins &joins, ArrayRef<DequantizeOpInterface> dequantizes)
    : joins(joins) {
  for (DequantizeOpInterface dequantize : dequantizes) {
    Pair start;
    start.codes = dequantize.getCodesOperand().get();
    start.scales = dequantize.getScalesOperand().get();
    start.parameters = numberOf(dequantize.getParameters());
    starts[dequantize] = visit(std::move(start));
  }
  while (!worklist.empty())
    expand(worklist.pop_back_val());
  propagateRefusals();
}

static bool isSame(const QuantizationParameters &a,
                   const QuantizationParameters &b) {
  auto isSameNumber = [](const std::optional<llvm::APFloat> &a,
                         const std::optional<llvm::APFloat> &b) {
    return a.has_value() == b.has_value() && (!a || a->bitwiseIsEqual(*b));
  };
  return !describeMismatch(a, b) && isSameNumber(a.fmax, b.fmax) &&
         isSameNumber(a.minAmax, b.minAmax);
}

unsigned ProvenanceAnalysis::numberOf(const QuantizationParameters &wanted) {
  auto *known = llvm::find_if(
      parameters, [&](const auto &known) { return isSame(known, wanted); });
  if (known == parameters.end()) {
    parameters.push_back(wanted);
    return parameters.size() - 1;
  }
  return known - parameters.begin();
}

unsigned ProvenanceAnalysis::visit(Pair pair) {
  std::optional<Refusal> refusal = skipViews(pair);
  unsigned next = pairs.size();
  if (!refusal) {
    SmallVector<unsigned, 1> &known = numbers[{pair.codes, pair.scales}];
    for (unsigned number : known)
      if (pairs[number].parameters == pair.parameters &&
          pairs[number].reading == pair.reading)
        return number;
    // A loop can put a further view on what it carries in each iteration.
    if (known.size() < 16)
      known.push_back(next);
    else
      refusal = Refusal{"the views of the codes and of the scales change from "
                        "one iteration to the next"};
  }
  pairs.push_back(std::move(pair));
  if (refusal)
    refuse(next, *refusal);
  else
    worklist.push_back(next);
  return next;
}

void ProvenanceAnalysis::expand(unsigned number) {
  Value codes = pairs[number].codes, scales = pairs[number].scales;
  auto codesOrigin = Origin::of(codes), scalesOrigin = Origin::of(scales);
  if (codesOrigin && scalesOrigin) {
    if (auto refusal = compare(pairs[number], *codesOrigin, *scalesOrigin))
      refuse(number, *refusal);
    return;
  }

  auto lookup = [&](Value value, const std::optional<Origin> &origin,
                    StringRef what) {
    std::optional<Join> join;
    if (origin)
      return join;
    auto found = joins.lookup(value);
    if (auto *known = std::get_if<Join>(&found))
      join = std::move(*known);
    else if (auto *obstacle = std::get_if<Obstacle>(&found))
      refuse(number, obstacle->describe(what));
    else
      refuse(number, classify(value).describe(what));
    return join;
  };
  std::optional<Join> codesJoin = lookup(codes, codesOrigin, "the codes");
  if (pairs[number].refusal)
    return;
  std::optional<Join> scalesJoin = lookup(scales, scalesOrigin, "the scales");
  if (pairs[number].refusal)
    return;

  if (codesJoin && scalesJoin && codesJoin->isSamePlace(*scalesJoin))
    return expandJoin(number, &*codesJoin, &*scalesJoin);
  if (codesJoin && joins.isDefinedBefore(scales, *codesJoin))
    return expandJoin(number, &*codesJoin, nullptr);
  if (scalesJoin && joins.isDefinedBefore(codes, *scalesJoin))
    return expandJoin(number, nullptr, &*scalesJoin);
  refuse(number, describeParting(codesJoin ? &*codesJoin : nullptr,
                                 scalesJoin ? &*scalesJoin : nullptr));
}

Refusal ProvenanceAnalysis::describeParting(const Join *codes,
                                            const Join *scales) {
  for (auto [join, what] :
       {std::pair(scales, "the scales"), std::pair(codes, "the codes")})
    if (join && !join->crossesFunctions())
      return Obstacle{Obstacle::Kind::Merge, join->op}.describe(what);
  const Join *crossing = codes ? codes : scales;
  return {llvm::formatv("the codes and the scales do not pass '{0}' together",
                        crossing->op->getName())
              .str()};
}

void ProvenanceAnalysis::expandJoin(unsigned number, const Join *codes,
                                    const Join *scales) {
  const Join &join = codes ? *codes : *scales;
  pairs[number].join = join;
  auto isSameValue = [](Value before, Value after) {
    return getElementTypeOrSelf(before) == getElementTypeOrSelf(after) &&
           succeeded(verifyCompatibleShape(before.getType(), after.getType()));
  };
  for (size_t way = 0; way < join.incoming.size(); ++way) {
    const Pair &reader = pairs[number];
    Pair pair;
    pair.codes = codes ? codes->incoming[way]->get() : reader.codes;
    pair.scales = scales ? scales->incoming[way]->get() : reader.scales;
    pair.parameters = reader.parameters;

    Operation *owner = join.incoming[way]->getOwner();
    bool areTogether = !codes || !scales ||
                       (codes->incoming.size() == scales->incoming.size() &&
                        owner == scales->incoming[way]->getOwner() &&
                        codes->successors == scales->successors);
    if (!areTogether || !isSameValue(pair.codes, reader.codes) ||
        !isSameValue(pair.scales, reader.scales) ||
        !readBefore(join, reader, pair))
      return refuse(number, Obstacle{Obstacle::Kind::Merge, join.op}.describe(
                                codes ? "the codes" : "the scales"));
    if (BeelineDialect::preservesRounding(join.op))
      return refuse(number, keepsRounding());
    // On this way only: other callers of a function may want another thing.
    unsigned source = pairs.size();
    if (BeelineDialect::preservesRounding(owner)) {
      pairs.push_back(std::move(pair));
      refuse(source, keepsRounding());
    } else {
      source = visit(std::move(pair));
    }
    pairs[number].sources.push_back(source);
    pairs[source].readers.push_back(number);
  }
}

//===----------------------------------------------------------------------===//
// Readings
//===----------------------------------------------------------------------===//

/// The index of the scale of element `codes`, or nullopt if it has no such
/// form.
static std::optional<SmallVector<ElementIndex>>
indexOfScale(const QuantizationParameters &parameters,
             ArrayRef<ElementIndex> codes, ArrayRef<Extent> sizes) {
  size_t axis = parameters.axis;
  if (axis >= codes.size() || parameters.groupSize <= 0)
    return std::nullopt;
  std::optional<ElementIndex::Division> group =
      codes[axis].dividedBy(Extent(parameters.groupSize), sizes);
  if (!group)
    return std::nullopt;
  SmallVector<ElementIndex> scales(codes);
  if (parameters.layout == ScaleLayout::RowMajor) {
    scales[axis] = group->quotient;
  } else {
    scales.erase(scales.begin() + axis);
    scales.insert(scales.begin(), group->quotient);
  }
  return scales;
}

std::optional<Reading> ProvenanceAnalysis::plainReading(const Pair &pair) {
  auto codes = dyn_cast<RankedTensorType>(pair.codes.getType());
  auto scales = dyn_cast<RankedTensorType>(pair.scales.getType());
  if (!codes || !scales || codes.getRank() != scales.getRank())
    return std::nullopt;
  Reading reading;
  for (int64_t dim = 0; dim < codes.getRank(); ++dim) {
    reading.space.sizes.push_back(names.of(pair.codes, dim));
    reading.codes.push_back(ElementIndex::ofDimension(dim));
  }
  auto index = indexOfScale(parameters[pair.parameters], reading.codes,
                            reading.space.sizes);
  if (!index)
    return std::nullopt;
  reading.scales = *index;
  return reading;
}

std::optional<Refusal> ProvenanceAnalysis::skipView(Pair &pair, Operation *view,
                                                    bool isOfCodes) {
  if (BeelineDialect::preservesRounding(view))
    return keepsRounding();
  Obstacle obstacle{Obstacle::Kind::View, view};
  StringRef what = isOfCodes ? "the codes" : "the scales";
  if (!pair.reading)
    pair.reading = plainReading(pair);
  if (!pair.reading)
    return obstacle.describe(what);
  SmallVector<ElementIndex> &indices =
      isOfCodes ? pair.reading->codes : pair.reading->scales;
  auto before = mapToViewSource(view, indices, pair.reading->space, names);
  if (!before)
    return obstacle.describe(what);
  indices = *before;
  return std::nullopt;
}

std::optional<Refusal> ProvenanceAnalysis::skipViews(Pair &pair) {
  for (bool isOfCodes : {true, false}) {
    Value &value = isOfCodes ? pair.codes : pair.scales;
    while (Operation *op = value.getDefiningOp()) {
      Value source = getViewSource(op);
      if (!source)
        break;
      // Where ops need no order, views can go round and round.
      if (!joins.hasOrder(op))
        return Obstacle{Obstacle::Kind::Unreachable, op}.describe(
            isOfCodes ? "the codes" : "the scales");
      if (auto refusal = skipView(pair, op, isOfCodes))
        return refusal;
      value = source;
    }
  }
  return std::nullopt;
}

bool ProvenanceAnalysis::readBefore(const Join &join, const Pair &reader,
                                    Pair &pair) {
  pair.reading = reader.reading;
  if (!pair.reading)
    return true;
  // Extents of what the join defines are those of what arrives. Numbers that
  // were defined before stay what they are. All others will be made, or made
  // anew, after the join, and are not what has the same name before it.
  DenseMap<unsigned, Extent> later;
  auto meaningBefore = [&](unsigned name) {
    ExtentNames::Meaning meaning = names.lookup(name);
    if (meaning.dim >= 0 && meaning.value == reader.codes)
      return names.of(pair.codes, meaning.dim);
    if (meaning.dim >= 0 && meaning.value == reader.scales)
      return names.of(pair.scales, meaning.dim);
    if (!meaning.value || joins.isDefinedBefore(meaning.value, join))
      return Extent::named(name);
    auto [entry, isNew] = later.try_emplace(name);
    if (isNew)
      entry->second = names.fresh();
    return entry->second;
  };
  for (Extent &size : pair.reading->space.sizes)
    if (std::optional<Extent> before = size.substituted(meaningBefore))
      size = *before;
    else
      return false;
  auto substitute = [&](ElementIndex &index) {
    return index.substitute(meaningBefore, pair.reading->space.sizes);
  };
  return llvm::all_of(pair.reading->space.derived, substitute) &&
         llvm::all_of(pair.reading->codes, substitute) &&
         llvm::all_of(pair.reading->scales, substitute);
}

//===----------------------------------------------------------------------===//
// Where a walk ends
//===----------------------------------------------------------------------===//

std::optional<Refusal>
ProvenanceAnalysis::compare(const Pair &pair, Origin codes, Origin scales) {
  if (codes.part != Origin::Part::Codes || scales.part != Origin::Part::Scales)
    return Refusal{"codes and scales are exchanged"};
  if (!codes.isSameQuantization(scales))
    return Refusal{"the codes and the scales are of different quantizations"};
  Quantization quantization = codes.getQuantization();
  QuantizationParameters read = parameters[pair.parameters];
  // Views may turn the one layout into the other.
  if (pair.reading) {
    read.axis = quantization.parameters.axis;
    read.layout = quantization.parameters.layout;
  }
  if (auto mismatch = describeMismatch(quantization.parameters, read))
    return Refusal{*mismatch,
                   "dequantize with the parameters of the quantization"};
  if (BeelineDialect::preservesRounding(codes.op))
    return keepsRounding();
  if (pair.reading)
    return compareReadings(pair, quantization);
  return std::nullopt;
}

/// Whether the groups into which the last index is divided for reading are
/// whole groups of the quantization, given that each code is read with its own
/// scale.
static bool areGroupsWhole(const Reading &reading, int64_t readAxis,
                           const ElementIndex &codes, const Extent &written,
                           int64_t groupSize) {
  // As many elements as a group has, with one scale: they are the group. An
  // extent that is not known is a multiple of its factor.
  const Extent &read = reading.space.sizes[readAxis];
  if (read.factor % groupSize == 0)
    return true;
  // A shorter last group must be the shorter last group, from its beginning.
  std::optional<int64_t> offset = codes.getOffsetFrom(readAxis);
  if (!offset || *offset % groupSize != 0)
    return false;
  if (read.isConstant() && written.isConstant())
    return read.factor + *offset == written.factor;
  return *offset == 0 && read == written;
}

std::optional<Refusal>
ProvenanceAnalysis::compareReadings(const Pair &pair,
                                    const Quantization &quantization) {
  const Reading &reading = *pair.reading;
  const QuantizationParameters &written = quantization.parameters;
  auto scales = indexOfScale(written, reading.codes, reading.space.sizes);
  if (!scales || !areGroupsWhole(reading, parameters[pair.parameters].axis,
                                 reading.codes[written.axis],
                                 names.of(quantization.codes, written.axis),
                                 written.groupSize))
    return Refusal{"a view on the way cuts a group in two"};
  if (*scales == reading.scales)
    return std::nullopt;
  if (auto mismatch = describeMismatch(written, parameters[pair.parameters]))
    return Refusal{*mismatch, "give the scales the view that turns the one "
                              "into the other"};
  return Refusal{"the views of the codes and of the scales do not give each "
                 "code its own scale"};
}

Obstacle ProvenanceAnalysis::classify(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return {Obstacle::Kind::Argument, argument.getOwner()->getParentOp()};
  Operation *op = value.getDefiningOp();
  Obstacle unrelated{Obstacle::Kind::Unrelated, op};
  // Past a dequantization the values are others.
  if (isa<DequantizeOpInterface>(op))
    return unrelated;

  // Whether a quantization is behind it only makes the message better, so the
  // search need not be long.
  SmallVector<Value> behind;
  auto appendOperands = [&](Operation *op) {
    for (Value operand : op->getOperands())
      if (getElementTypeOrSelf(operand) == getElementTypeOrSelf(value))
        behind.push_back(operand);
  };
  appendOperands(op);
  SmallPtrSet<Value, 16> visited;
  while (!behind.empty() && visited.size() < 32) {
    Value next = behind.pop_back_val();
    if (!visited.insert(next).second)
      continue;
    if (Origin::of(next))
      return {isa<CollectiveOpInterface>(op) ? Obstacle::Kind::Collective
                                             : Obstacle::Kind::Changed,
              op};
    auto found = joins.lookup(next);
    if (auto *join = std::get_if<Join>(&found))
      for (OpOperand *operand : join->incoming)
        behind.push_back(operand->get());
    else if (Operation *maker = next.getDefiningOp();
             maker && !isa<DequantizeOpInterface>(maker))
      appendOperands(maker);
  }
  return unrelated;
}
