//===- BeelineOps.td - Ops of the beeline dialect ----------*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_IR_BEELINEOPS_TD
#define BEELINE_DIALECT_IR_BEELINEOPS_TD

include "beeline/Dialect/IR/BeelineAttrs.td"
include "beeline/Dialect/IR/BeelineInterfaces.td"
include "mlir/Dialect/Linalg/IR/LinalgInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Types and attributes that several ops share
//===----------------------------------------------------------------------===//

def Beeline_NoEncodingPred
    : CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">;

class Beeline_TensorOf<list<Type> types>
    : RankedTensorOf<types,
                     [HasRankGreaterOrEqualPred<1>, Beeline_NoEncodingPred],
                     "ranked tensor of rank 1 or more, without encoding,">;

def Beeline_AnyTensor : Beeline_TensorOf<[AnyType]>;
def Beeline_Tensor : Beeline_TensorOf<[BF16, F16, F32]>;
def Beeline_Codes : Beeline_TensorOf<[F8E4M3FN, F8E4M3FNUZ, F8E5M2]>;
def Beeline_Scales : Beeline_TensorOf<[F32, F8E8M0FNU]>;
def Beeline_LinearOperand
    : Beeline_TensorOf<[BF16, F16, F32, F8E4M3FN, F8E4M3FNUZ, F8E5M2]>;
def Beeline_LinearResult : Beeline_TensorOf<[BF16, F32]>;

def Beeline_Vector
    : RankedTensorOf<[BF16, F16, F32],
                     [HasAnyRankOfPred<[1]>, Beeline_NoEncodingPred],
                     "ranked tensor of rank 1, without encoding,">;

def Beeline_FloatTypeAttr : TypeAttrBase<"::mlir::FloatType", "bf16, f16 or f32"> {
  let predicate = And<[
    CPred<"::llvm::isa<::mlir::TypeAttr>($_self)">,
    CPred<"::llvm::isa<::mlir::BFloat16Type, ::mlir::Float16Type, ::mlir::Float32Type>("
          "::llvm::cast<::mlir::TypeAttr>($_self).getValue())">]>;
}

defvar groupSizeArgument = (ins
  DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "128">:$group_size,
  DefaultValuedAttr<Beeline_ScaleLayoutAttr,
                    "::beeline::ScaleLayout::RowMajor">:$scale_layout);
defvar quantizeArguments = !con(groupSizeArgument, (ins
  OptionalAttr<F32Attr>:$fmax,
  DefaultValuedAttr<F32Attr, "1.0e-10f">:$min_amax));
defvar normArguments = (ins
  F32Attr:$epsilon,
  DefaultValuedAttr<F32Attr, "0.0f">:$weight_offset,
  DefaultValuedAttr<Beeline_NormalizeFromAttr,
                    "::beeline::NormalizeFrom::F32">:$normalize_from,
  UnitAttr:$round_before_weight);

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

def Beeline_PrefixedAttributes : NativeOpTrait<"PrefixedAttributes"> {
  let cppNamespace = "::beeline::OpTrait";
}

/// An op on whole tensors. It may be executed where the program would not have
/// (hoisted out of a branch) only if no dynamic extents can disagree.
class Beeline_Op<string mnemonic, list<Trait> traits = []>
    : Op<BeelineDialect, mnemonic, traits # [
        NoMemoryEffect, Beeline_PrefixedAttributes,
        DeclareOpInterfaceMethods<ConditionallySpeculatable>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Norms and quantization
//===----------------------------------------------------------------------===//

def RMSNormOp : Beeline_Op<"rms_norm", [
    DeclareOpInterfaceMethods<RowwiseOpInterface>]> {
  let summary = "root-mean-square norm of each row, with the residual sum";
  let description = [{
    ```
    t    = f32(input) + f32(residual)                    or f32(input) alone
    sum  = t                                             rounded to its type
    u    = normalize_from == rounded ? f32(round(t, residual's type)) : t
    rstd = 1 / sqrt(row_sum(u * u) / N + epsilon)
    n    = u * rstd
    n    = round_before_weight ? f32(round(n, output's type)) : n
    output = n * (f32(weight) + weight_offset)           rounded to its type
    ```

    Every step is one f32 operation; see "Arithmetic" in the dialect's
    description for `row_sum`. `weight_offset = 1.0` is Gemma's `(1 + w)`.
    `round_before_weight` is what the norms of Hugging Face and of vLLM's native
    path do.

    Must satisfy N1 to N5. Without a residual `normalize_from` changes nothing.
    Where the sum of squares overflows, `rstd` is 0: finite elements give zeros,
    infinite ones NaN. NaN makes its whole row NaN. A row of zeros with
    `epsilon = 0` is NaN too. `weight_offset` is added where it is 0 as well, so a
    weight of -0 counts as +0.

    Examples:

    ```mlir
    %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>

    %y, %sum = beeline.rms_norm %x, %w residual(%r)
        {epsilon = 1.0e-6 : f32,
         normalize_from = #beeline.normalize_from<rounded>}
        : tensor<?x4096xbf16>, tensor<4096xf32>, tensor<?x4096xbf16>
        -> tensor<?x4096xbf16>, tensor<?x4096xbf16>
    ```
  }];
  let arguments = !con((ins Beeline_Tensor:$input, Beeline_Vector:$weight,
                            Optional<Beeline_Tensor>:$residual),
                       normArguments);
  let results = (outs Beeline_Tensor:$output, Optional<Beeline_Tensor>:$sum);
  let assemblyFormat = [{
    $input `,` $weight (`residual` `(` $residual^ `)`)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($residual)^)?
    `->` type($output) (`,` type($sum)^)?
  }];
  let hasCanonicalizer = 1;
}

def GroupQuantOp : Beeline_Op<"group_quant", [
    DeclareOpInterfaceMethods<RowwiseOpInterface>,
    DeclareOpInterfaceMethods<QuantizeOpInterface>]> {
  let summary = "FP8 quantization with one scale per group of a row";
  let description = [{
    For each group of each row (see "Group quantization" in the dialect's
    description):

    ```
    amax = max |f32(input)|                       NaN if any element is NaN
    if amax is NaN or infinite:
      scale = NaN;  every code = NaN
    else:
      m = max(amax, min_amax)
      s = m / fmax
      if the scale type is f8E8M0FNU:
        s = 2^(e - 127), where e is s's exponent field, plus one if its mantissa
        field is not zero: the power of two at or above a normal s
      scale = s
      code = round(clamp(f32(input) * (1 / s), -fmax, fmax), code type)
    ```

    Where the code type cannot hold `fmax`, a code may round past it.

    Must satisfy Q1 to Q4. The result types choose the FP8 format and the type of
    the scales.

    Examples:

    ```mlir
    %q, %s = beeline.group_quant %x {group_size = 128 : i64}
        : tensor<?x6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>

    %q, %s = beeline.group_quant %x
        {group_size = 32 : i64, fmax = 224.0 : f32,
         scale_layout = #beeline.scale_layout<group_major>}
        : tensor<?x4096xf32> -> tensor<?x4096xf8E4M3FNUZ>, tensor<128x?xf8E8M0FNU>
    ```
  }];
  let arguments = !con((ins Beeline_Tensor:$input), quantizeArguments);
  let results = (outs Beeline_Codes:$codes, Beeline_Scales:$scales);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `->` type($codes) `,` type($scales)
  }];
  let hasCanonicalizeMethod = 1;
}

def DequantOp : Beeline_Op<"dequant", [
    DeclareOpInterfaceMethods<RowwiseOpInterface>,
    DeclareOpInterfaceMethods<DequantizeOpInterface>]> {
  let summary = "the values that codes and scales stand for";
  let description = [{
    ```
    output = f32(codes) * f32(scale of the element's group)
    ```

    rounded to f32, then to the result type.

    Must satisfy Q1 to Q4. `fmax` and `min_amax` do not change the result. Where
    they are given they state how the codes were made, and
    `beeline-elide-round-trips` holds the quantization to them.

    Example:

    ```mlir
    %x = beeline.dequant %q, %s {group_size = 128 : i64}
        : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
    ```
  }];
  let arguments = !con((ins Beeline_Codes:$codes, Beeline_Scales:$scales),
                       groupSizeArgument,
                       (ins OptionalAttr<F32Attr>:$fmax,
                            OptionalAttr<F32Attr>:$min_amax));
  let results = (outs Beeline_Tensor:$output);
  let assemblyFormat = [{
    $codes `,` $scales attr-dict
    `:` type($codes) `,` type($scales) `->` type($output)
  }];
  let hasCanonicalizer = 1;
}

def RMSNormQuantOp : Beeline_Op<"rms_norm_quant", [
    AttrSizedResultSegments,
    DeclareOpInterfaceMethods<QuantizeOpInterface>,
    AggregatedOpInterface]> {
  let summary = "norm and quantization in one kernel, as engines' libraries have it";
  let description = [{
    The fused kernel that aiter, vLLM and FlashInfer provide. By definition it is

    ```
    y, sum        = rms_norm(input, weight, residual)      y: quantize_from
    codes, scales = group_quant(y)
    unquantized   = y                                      rounded to its type
    ```

    with the attributes of `beeline.rms_norm` and `beeline.group_quant`, and it
    decomposes into these. `quantize_from` (`f32`, `bf16` or `f16`) is part of
    the meaning: the largest magnitudes and the codes are those of `y` rounded to
    this type, whatever type `unquantized` has. `unquantized` is `y` rounded once
    more, and `round_before_weight` rounds to `quantize_from`, the type of `y`.

    Must satisfy N1 to N5 and Q1 to Q4; `unquantized` has the shape of the input
    (N2). `unquantized` and `sum` are optional.

    Examples:

    ```mlir
    %q, %s = beeline.rms_norm_quant %x, %w
        {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>

    %q, %s, %y, %sum = beeline.rms_norm_quant %x, %w residual(%r)
        {epsilon = 1.0e-5 : f32, group_size = 128 : i64, quantize_from = bf16}
        : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
           unquantized(tensor<?x6144xbf16>) sum(tensor<?x6144xbf16>)
    ```
  }];
  let arguments = !con((ins Beeline_Tensor:$input, Beeline_Vector:$weight,
                            Optional<Beeline_Tensor>:$residual),
                       normArguments, quantizeArguments,
                       (ins Beeline_FloatTypeAttr:$quantize_from));
  let results = (outs Beeline_Codes:$codes, Beeline_Scales:$scales,
                      Optional<Beeline_Tensor>:$unquantized,
                      Optional<Beeline_Tensor>:$sum);
  let assemblyFormat = [{
    $input `,` $weight (`residual` `(` $residual^ `)`)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($residual)^)?
    `->` type($codes) `,` type($scales)
    (`unquantized` `(` type($unquantized)^ `)`)? (`sum` `(` type($sum)^ `)`)?
  }];
  let extraClassDeclaration = [{
    // linalg::AggregatedOpInterface
    ::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>
    decomposeOperation(::mlir::OpBuilder &builder);
  }];
  let hasCanonicalizeMethod = 1;
}

//===----------------------------------------------------------------------===//
// What reads normalized and quantized rows
//===----------------------------------------------------------------------===//

def LinearOp : Beeline_Op<"linear", [AttrSizedOperandSegments]> {
  let summary = "linear layer, in floating point or in block-scaled FP8";
  let description = [{
    With `input` `[..., in]` and `weight` `[out, in]`:

    ```
    output[m, o] = sum over i of a[m, i] * b[o, i]  (+ f32(bias[o]))
    a[m, i] = f32(input[m, i])  (* scale of i's group in row m)
    b[o, i] = f32(weight[o, i]) (* scale of block [o / 128, i / 128])
    ```

    accumulated in f32 and rounded once to the result type. The order of the sum,
    and where in it the scales are multiplied, is the target's choice: fixed for
    given extents `in` and `out`, and the same for every M. So before the last
    rounding a result differs from the exact sum by at most

    ```
    gamma * sum over i of |a[m, i] * b[o, i]| + in * 2^-149
    gamma = (in + 6) * 2^-24 / (1 - (in + 6) * 2^-24)
    ```

    (a bias counts as one more product), unless a partial sum overflows. Where
    infinities or NaN meet scales, the result is not finite, and which of NaN and
    infinity it is may differ between targets.

    Must satisfy

    * **L1** the weight is `[out, in]`, where `in` is the input's last dimension.
    * **L2** the result is `[..., out]`.
    * **L3** there are scales if and only if input and weight are FP8.
    * **L4** the input's scales have the shape that `group_size` and
      `scale_layout` give them (Q2); without scales both attributes mean nothing.
    * **L5** the weight's scales are `[ceil(out / 128), ceil(in / 128)]`.
    * **L6** the bias is `[out]`.

    Examples:

    ```mlir
    %g = beeline.linear %x, %w : tensor<?x6144xbf16>, tensor<32x6144xbf16>
        -> tensor<?x32xf32>

    %y = beeline.linear %q, %w scales(%sq, %sw) {group_size = 128 : i64}
        : tensor<?x6144xf8E4M3FN>, tensor<2624x6144xf8E4M3FN>
          scales(tensor<?x48xf32>, tensor<21x48xf32>) -> tensor<?x2624xbf16>

    %z = beeline.linear %x, %w bias(%b) : tensor<?x64xbf16>, tensor<8x64xbf16>
          bias(tensor<8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = !con((ins Beeline_LinearOperand:$input,
                            Beeline_LinearOperand:$weight,
                            Optional<Beeline_Scales>:$input_scales,
                            Optional<Beeline_Scales>:$weight_scales,
                            Optional<Beeline_Vector>:$bias),
                       groupSizeArgument);
  let results = (outs Beeline_LinearResult:$output);
  let assemblyFormat = [{
    $input `,` $weight (`scales` `(` $input_scales^ `,` $weight_scales `)`)?
    (`bias` `(` $bias^ `)`)? attr-dict
    `:` type($input) `,` type($weight)
    (`scales` `(` type($input_scales)^ `,` type($weight_scales) `)`)?
    (`bias` `(` type($bias)^ `)`)? `->` type($output)
  }];
  let extraClassDeclaration = [{
    /// Rows and columns of a weight that share one scale.
    static constexpr int64_t weightBlock = 128;
  }];
}

def SiluMulOp : Beeline_Op<"silu_mul", [
    DeclareOpInterfaceMethods<RowwiseOpInterface>]> {
  let summary = "silu(gate) * up";
  let description = [{
    ```
    a      = g / (1 + exp(-g))                              g = f32(gate)
    a      = round_before_mul ? f32(round(a, output's type)) : a
    output = a * f32(up)                                    rounded to its type
    ```

    where `exp(x)` is, each step one f32 operation,

    ```
    if x is NaN: NaN
    x = clamp(x, -104, 104)
    n = (x * 1.44269504 + 12582912) - 12582912
    r = (x - n * 0.693359375) - n * -2.12194440e-4
    p = 1.9875691500e-4
    for c in 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
             1.6666665459e-1, 5.0000001201e-1:  p = p * r + c
    e = (p * (r * r) + r) + 1
    h = floor(n / 2)
    exp = (e * 2^h) * 2^(n - h)
    ```

    (Cody and Waite's reduction, the polynomial of Cephes' `expf`; each constant
    is the nearest f32. The error is below 1 ulp over all f32 arguments that do
    not overflow, see test/Reference.) `g = +inf`
    gives `inf * up`. `g = -inf` gives NaN, as `-inf / inf` does.

    Must satisfy

    * **S1** `up` has the shape of `gate`.
    * **S2** the result has it too.

    Example:

    ```mlir
    %h = beeline.silu_mul %gate, %up
        : tensor<?x2048xbf16>, tensor<?x2048xbf16> -> tensor<?x2048xbf16>
    ```
  }];
  let arguments = (ins Beeline_Tensor:$gate, Beeline_Tensor:$up,
                       UnitAttr:$round_before_mul);
  let results = (outs Beeline_Tensor:$output);
  let assemblyFormat = [{
    $gate `,` $up attr-dict `:` type($gate) `,` type($up) `->` type($output)
  }];
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

defvar ranksArgument = (ins ConfinedAttr<I64Attr, [IntPositive]>:$ranks);

def AllReduceOp : Beeline_Op<"all_reduce", [
    DeclareOpInterfaceMethods<CollectiveOpInterface>, AllTypesMatch<["input", "output"]>]> {
  let summary = "element-wise sum over ranks";
  let description = [{
    Every one of `ranks` ranks receives the sum of their inputs. The order of the
    sum and the type of its partial sums are the collective library's; with one
    rank the op is the identity and moves bits, NaN's too.

    A collective bounds what a rewrite may connect: a value on the far side was
    made by other ranks too. It has no memory effect (all ranks run the same
    program) but is never executed speculatively, since a rank that waits alone
    waits forever.

    Example:

    ```mlir
    %y = beeline.all_reduce %x {ranks = 4 : i64} : tensor<?x7168xbf16>
    ```
  }];
  let arguments = !con((ins Beeline_Tensor:$input), ranksArgument);
  let results = (outs Beeline_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 0;
  let hasFolder = 1;
}

def AllGatherOp : Beeline_Op<"all_gather", [
    DeclareOpInterfaceMethods<CollectiveOpInterface>]> {
  let summary = "concatenation over ranks";
  let description = [{
    Concatenates the inputs of `ranks` ranks along dimension `axis`, in the order
    of the ranks. Bits are moved, never changed.

    Must satisfy

    * **G1** `axis` is a dimension of the input.
    * **G2** the result has the input's element type and shape, but `ranks` times
      its extent along `axis`.

    Example:

    ```mlir
    %y = beeline.all_gather %q {axis = 0 : i64, ranks = 8 : i64}
        : tensor<16x7168xf8E4M3FN> -> tensor<128x7168xf8E4M3FN>
    ```
  }];
  let arguments = !con((ins Beeline_AnyTensor:$input,
                            ConfinedAttr<I64Attr, [IntNonNegative]>:$axis),
                       ranksArgument);
  let results = (outs Beeline_AnyTensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def FusedOp : Beeline_Op<"fused", [
    IsolatedFromAbove, SingleBlock, AggregatedOpInterface,
    DeclareOpInterfaceMethods<RowwiseOpInterface,
                              ["getRowTensor", "isRowwise"]>]> {
  let summary = "row-wise ops as one kernel";
  let description = [{
    One kernel computes the ops of the body row by row: a row's inputs are read
    once, and what one op makes for another stays in registers. `beeline.yield`
    names the values inside that are results.

    By definition the results are, to the bit, those that the ops have outside of
    a region, and the op decomposes into these: an op reads what another made as
    it was made, rounded to its type.

    Must satisfy

    * **F1** the body's arguments have the types of the inputs; it ends in a
      `beeline.yield` of values of the results' types.
    * **F2** every op in it is row-wise (`RowwiseOpInterface`), has no effect,
      and is not `beeline.fused`.
    * **F3** they work on the same rows: the tensors that determine their rows,
      `[..., N]`, have one shape. Where it is dynamic, their extents agree.
    * **F4** an op reads what another made in the way it was made: elements as
      elements, scales with the group size and the layout they have.

    Where folding leaves an input yielded, or no op, canonicalization hands the
    input on and drops what is not used.

    Example:

    ```mlir
    %q, %s, %y = beeline.fused(%a = %x : tensor<?x6144xbf16>,
                               %b = %w : tensor<6144xbf16>)
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16> {
      %n = beeline.rms_norm %a, %b {epsilon = 1.0e-5 : f32}
          : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
      %c, %d = beeline.group_quant %n
          : tensor<?x6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
      beeline.yield %c, %d, %n
          : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>, tensor<?x6144xbf16>
    }
    ```
  }];
  let arguments = (ins Variadic<Beeline_AnyTensor>:$inputs);
  let results = (outs Variadic<Beeline_AnyTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    custom<FusedBody>($inputs, type($inputs), type($outputs), $body) attr-dict
  }];
  let extraClassDeclaration = [{
    // linalg::AggregatedOpInterface
    ::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>
    decomposeOperation(::mlir::OpBuilder &builder);
  }];
  let hasVerifier = 0;
  let hasRegionVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def YieldOp : Op<BeelineDialect, "yield", [
    Pure, ReturnLike, Terminator, HasParent<"FusedOp">]> {
  let summary = "the results of a fused region";
  let arguments = (ins Variadic<Beeline_AnyTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // BEELINE_DIALECT_IR_BEELINEOPS_TD
