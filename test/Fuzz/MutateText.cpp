//===- MutateText.cpp - Changes of texts ----------------------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "Random.h"
#include "llvm/ADT/StringExtras.h"

using namespace beeline::fuzz;
using llvm::StringRef;
using Strings = std::vector<std::string>;

/// Extents, sizes and floats at which code may go wrong.
static constexpr StringRef numbers[] = {"0",
                                        "1",
                                        "-1",
                                        "2",
                                        "3",
                                        "7",
                                        "16",
                                        "31",
                                        "32",
                                        "64",
                                        "96",
                                        "100",
                                        "128",
                                        "129",
                                        "256",
                                        "384",
                                        "1024",
                                        "6144",
                                        "65536",
                                        "16777216",
                                        "16777217",
                                        "?",
                                        "*",
                                        "2147483647",
                                        "0.0",
                                        "4294967296",
                                        "1.0e-5",
                                        "448.0",
                                        "-1.0",
                                        "1.0e-45",
                                        "1.0e38",
                                        "0x7F800000",
                                        "0x7FC00000",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "99999999999999999999"};

static constexpr StringRef types[] = {
    "bf16",   "f16",        "f32",        "f64",       "f8E4M3FN",
    "f8E5M2", "f8E4M3FNUZ", "f8E5M2FNUZ", "f8E8M0FNU", "f4E2M1FN",
    "i1",     "i8",         "i32",        "i64",       "index"};

/// Names with their sigil, words, numbers, spaces, or one character. In a
/// shape, each extent and each `x` is a token.
static Strings tokenize(StringRef text) {
  Strings tokens;
  bool inShape = false;
  while (!text.empty()) {
    char first = text.front();
    size_t size = 1;
    if (inShape && first == 'x') {
      inShape = false;
    } else if (llvm::isDigit(first)) {
      size = std::min(text.find_if_not(llvm::isDigit), text.size());
      inShape = true;
    } else if (llvm::isAlpha(first) || first == '_' ||
               (StringRef("%#@!^").contains(first) && text.size() > 1)) {
      size = text.drop_front().find_if_not([](char c) {
        return llvm::isAlnum(c) || StringRef("_.$").contains(c);
      });
      size = size == StringRef::npos ? text.size() : size + 1;
      inShape = false;
    } else if (llvm::isSpace(first)) {
      size = std::min(text.find_if_not(llvm::isSpace), text.size());
      inShape = false;
    } else {
      inShape = first == '?' || first == '*';
    }
    tokens.push_back(text.take_front(size).str());
    text = text.drop_front(size);
  }
  return tokens;
}

static Strings splitLines(StringRef text) {
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  return Strings(lines.begin(), lines.end());
}

static bool isType(const std::string &token) {
  return llvm::is_contained(types, token);
}
static bool isNumber(const std::string &token) {
  return llvm::isDigit(token.front()) || token == "?";
}
static bool isName(const std::string &token) {
  return llvm::isAlpha(token.front()) ||
         StringRef("%#@!^").contains(token.front());
}

/// Deletes one, doubles one, or exchanges two.
static void rearrange(Strings &parts, Random &random) {
  size_t at = random.below(parts.size());
  std::string part = parts[at];
  switch (random.below(3)) {
  case 0:
    parts.erase(parts.begin() + at);
    break;
  case 1:
    parts.insert(parts.begin() + random.below(parts.size()), part);
    break;
  default:
    std::swap(parts[at], random.pick(parts));
  }
}

/// Puts another token of its kind in the place of one, or of all that are equal
/// to it, which leaves more texts valid.
static void replace(Strings &tokens, const Strings &corpus, Random &random) {
  bool (*isKind)(const std::string &) =
      random.pick(std::initializer_list<bool (*)(const std::string &)>{
          isType, isNumber, isNumber, isName});
  std::vector<size_t> candidates;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (isKind(tokens[i]))
      candidates.push_back(i);
  if (candidates.empty())
    return;
  size_t at = random.pick(candidates);
  std::string old = tokens[at], other = tokens[random.pick(candidates)];
  if (isKind == isType && random.oneIn(2)) {
    other = random.pick(types).str();
  } else if (isKind == isNumber && !random.oneIn(3)) {
    other = random.pick(numbers).str();
  } else if (isKind == isName && random.oneIn(2)) {
    Strings others = tokenize(random.pick(corpus));
    other = random.pick(others);
  }
  bool everywhere = random.oneIn(2);
  for (size_t i : candidates)
    if (i == at || (everywhere && tokens[i] == old))
      tokens[i] = other;
}

/// Inserts lines of another text.
static void splice(Strings &lines, const Strings &corpus, Random &random) {
  Strings others = splitLines(random.pick(corpus));
  size_t first = random.below(others.size());
  size_t count = 1 + random.below(std::min<size_t>(4, others.size() - first));
  lines.insert(lines.begin() + random.below(lines.size()),
               others.begin() + first, others.begin() + first + count);
}

void beeline::fuzz::mutateText(std::string &text, const Strings &corpus,
                               Random &random) {
  size_t kind = random.below(8);
  bool ofLines = kind < 2;
  Strings parts = ofLines ? splitLines(text) : tokenize(text);
  if (parts.empty())
    return;
  if (kind == 0)
    splice(parts, corpus, random);
  else if (kind < 4)
    rearrange(parts, random);
  else
    replace(parts, corpus, random);
  text = llvm::join(parts, ofLines ? "\n" : "");
}
