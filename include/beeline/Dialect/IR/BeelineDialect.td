//===- BeelineDialect.td - The beeline dialect -------------*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEDIALECT_TD
#define BEELINE_DIALECT_IR_BEELINEDIALECT_TD

include "mlir/IR/OpBase.td"

def BeelineDialect : Dialect {
  let name = "beeline";
  let cppNamespace = "::beeline";
  let summary = "Layers of language models around their FP8 quantization";
  let description = [{
    The dialect models what stands between the linear layers of a quantized
    language model: RMS norms, FP8 group quantization and its inverse, and the
    linear layers that read the one or the other. Tensors are `[..., N]`; the
    last dimension is the one that is normalized, quantized and contracted, and
    every index of the others is a *row*. `M` is the number of rows.

    ### Arithmetic

    Operands are extended to f32, which is exact for every type the dialect
    takes. Every `+ - * / sqrt` in an op's description is the IEEE 754 binary32
    operation, rounded to nearest, ties to even: no step is contracted, replaced
    by an approximation or flushed when it is subnormal. A result is rounded
    once, from f32 to its element type, to nearest even. A cast of a larger
    magnitude than bf16, f16 or f32 can hold gives infinity.

    *NaN* is never hidden, and every NaN that an op stores is the canonical one:
    f32 `7FC00000`, bf16 `7FC0`, f16 `7E00`, f8E4M3FN `7F`, f8E5M2 `7E`,
    f8E4M3FNUZ `80`, f8E8M0FNU `FF`. f8E4M3FNUZ has no negative zero: a result
    that rounds to -0 is stored as `00`.

    *Row sums* are pairwise over the index, low bits first:

    ```
    count = N
    while count > 1:  v[i] = v[2*i] + v[2*i + 1]   for 0 <= i < count / 2
                      an odd last element is passed on unchanged
                      count = ceil(count / 2)
    sum = v[0]
    ```

    The order depends on N alone: a row's result does not change with M or with
    the other rows.

    *Empty results*: an op whose result has no rows does nothing.

    ### Group quantization

    The last dimension is divided into `G = ceil(N / group_size)` groups of
    `group_size` neighbours; the last one may be shorter. A quantized tensor is a
    pair of codes `[..., N]` and scales, one per group. `scale_layout` says how
    the scales lie: `row_major` is `[..., G]`, `group_major` is `[G, ...]`. The
    attribute decides also where both shapes are the same.

    In all constraints on shapes, an operand's dynamic extent agrees with every
    extent; a result has exactly the extents that the operands' types give it.

    Ops that make or read a quantized tensor satisfy

    * **Q1** codes have the shape of the tensor they encode.
    * **Q2** scales have the shape that `scale_layout` gives them.
    * **Q3** `2 <= fmax <=` the largest finite value of the code type. Without
      the attribute `fmax` is that value (f8E4M3FN: 448, f8E4M3FNUZ: 240, f8E5M2:
      57344). Below 2 a scale could overflow.
    * **Q4** `min_amax` is positive and finite, and `1 / (min_amax / fmax)` is
      finite in f32.

    ### Norms

    Ops that normalize a row satisfy

    * **N1** the weight is `[N]`.
    * **N2** the residual and the result have the shape of the input.
    * **N3** a `sum` result needs a residual and has its type: it takes the
      residual's place.
    * **N4** `epsilon` is finite and not negative, `weight_offset` is finite.
    * **N5** `1 <= N <= 2^24`.

    ### Elementwise ops

    On ranked tensors of rank 1 or more of bf16, f16 or f32, these ops of other
    dialects are row-wise (`RowwiseOpInterface`) and compute what the arithmetic
    above says: each is one or more f32 operations and one rounding to the result
    type.

    * `arith.addf`, `subf`, `mulf`, `divf`, `negf`, `maximumf`, `minimumf`;
    * `arith.extf` and `arith.truncf` also from and to FP8, and from f8E8M0FNU;
    * `arith.constant` of one value that is not NaN;
    * `math.sqrt`, `absf`, `floor`, `ceil`;
    * `math.rsqrt`, which is `1 / sqrt(x)`, `math.exp`, which is that of
      `beeline.silu_mul`, and `math.tanh`, which is, with the sign of x,

    ```
    a = |x|
    tanh = 1 - 2 / (exp(a + a) + 1)       where a >= 0.625, or a is NaN
    z = a * a
    p = -5.70498872745e-3
    for c in 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
             -3.33332819422e-1:  p = p * z + c
    tanh = p * z * a + a                  elsewhere
    ```

    With a fast-math flag or a rounding mode an op does not take part, and means
    what its own dialect says.

    ### Keeping the rounding

    `beeline.preserve_rounding`, a unit attribute on an op or on any op that
    encloses it (a function, say), asks that a value which went through FP8 there
    keeps FP8's rounding error: see `beeline-elide-round-trips`.
  }];

  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let discardableAttrs = (ins "::mlir::UnitAttr":$preserve_rounding);
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Whether `op` or an op around it carries `beeline.preserve_rounding`.
    static bool preservesRounding(::mlir::Operation *op);

  private:
    void registerAttributes();
  }];
}

#endif // BEELINE_DIALECT_IR_BEELINEDIALECT_TD
