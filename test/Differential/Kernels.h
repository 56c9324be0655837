//===- Kernels.h - What Beeline's ops compute -------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written from the descriptions of the ops, on whole tensors.
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TEST_DIFFERENTIAL_KERNELS_H
#define BEELINE_TEST_DIFFERENTIAL_KERNELS_H

#include "Tensor.h"
#include "beeline/Dialect/IR/BeelineOps.h"

namespace beeline::differential {

/// Where the scales of a tensor `[..., N]` are.
struct ScaleIndex {
  int64_t groupSize, rows, groups;
  ScaleLayout layout;

  ScaleIndex(const Tensor &codes, int64_t groupSize, ScaleLayout layout)
      : groupSize(groupSize), rows(codes.rows()),
        groups((codes.rowLength() + groupSize - 1) / groupSize),
        layout(layout) {}
  int64_t operator()(int64_t row, int64_t element) const {
    int64_t group = element / groupSize;
    return layout == ScaleLayout::RowMajor ? row * groups + group
                                           : group * rows + row;
  }
  int64_t size() const { return rows * groups; }
};

struct NormParameters {
  float epsilon, weightOffset;
  bool fromRounded, roundBeforeWeight;
};

/// `residual` may be null; `sum`, too.
void rmsNorm(const Tensor &input, const Tensor &weight, const Tensor *residual,
             const NormParameters &parameters, Tensor &output, Tensor *sum);

struct QuantParameters {
  int64_t groupSize;
  ScaleLayout layout;
  float fmax, minAmax;
};

/// `execution` tells this one from all others.
void groupQuant(const Tensor &input, const QuantParameters &parameters,
                uint64_t execution, Tensor &codes, Tensor &scales);

void dequant(const Tensor &codes, const Tensor &scales, const ScaleIndex &index,
             Tensor &output);

void siluMul(const Tensor &gate, const Tensor &up, bool roundBeforeMul,
             Tensor &output);

/// Accumulates in the order of the index. `scales` and `bias` may be null.
void linear(const Tensor &input, const Tensor &weight,
            const Tensor *inputScales, const Tensor *weightScales,
            const Tensor *bias, int64_t groupSize, ScaleLayout layout,
            Tensor &output);

/// Elements that ranks other than this one have are this one's.
void allReduce(const Tensor &input, int64_t ranks, Tensor &output);

} // namespace beeline::differential

#endif // BEELINE_TEST_DIFFERENTIAL_KERNELS_H
