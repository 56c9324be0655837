//===- Passes.td - Passes on quantized layer graphs --------*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_DIALECT_TRANSFORMS_PASSES_TD
#define BEELINE_DIALECT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AssertExtentsPass : Pass<"beeline-assert-extents"> {
  let summary = "Assert that extents agree where ops need it";
  let description = [{
    In front of an op whose operands' dynamic extents have to agree with one
    another or with a static extent, asserts that they do. Ops on tensors take it
    for granted, and compiled code would access memory out of bounds otherwise.

    ```mlir
    %z = beeline.silu_mul %x, %y
        : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
    ```

    becomes

    ```mlir
    %c0 = arith.constant 0 : index
    %m = tensor.dim %y, %c0 : tensor<?x256xbf16>
    %n = tensor.dim %x, %c0 : tensor<?x256xbf16>
    %agrees = arith.cmpi eq, %m, %n : index
    cf.assert %agrees, "dimension 0 of operand 1 of 'beeline.silu_mul'"
    %z = beeline.silu_mul %x, %y
        : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
    ```

    Asserted are the constraints on shapes of Beeline's ops and of ops with a row
    program, that element-wise and linalg ops have operands of one iteration
    space, that slices lie within their tensor, and that `tensor.cast`,
    `tensor.expand_shape` and `tensor.concat` are true to the extents that they
    state. Ops of other kinds are trusted. So are indices that are read out of
    tensors.

    Upstream's `generate-runtime-verification` does not serve: its assertions on
    linalg ops and slices fail where a tensor has no rows.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::tensor::TensorDialect"
  ];
}

def ElideRoundTripsPass : Pass<"beeline-elide-round-trips", "::mlir::ModuleOp"> {
  let summary = "Let what dequantizes read the value that was quantized";
  let description = [{
    Where a value is quantized and turned back for a consumer that wants it
    unquantized, the consumer reads the value itself. The quantized tensor stays
    for those that want it.

    ```mlir
    %q, %s = beeline.rms_norm_quant %x, %w {...}
        : tensor<?x6144xbf16>, tensor<6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    %y = beeline.linear %q, %w0 scales(%s, %sw) ...
    %d = beeline.dequant %q, %s
        : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
    %g = beeline.linear %d, %w1 ...
    ```

    becomes

    ```mlir
    %q, %s, %n = beeline.rms_norm_quant %x, %w {...}
        : tensor<?x6144xbf16>, tensor<6144xbf16>
        -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
           unquantized(tensor<?x6144xbf16>)
    %y = beeline.linear %q, %w0 scales(%s, %sw) ...
    %g = beeline.linear %n, %w1 ...
    ```

    A dequantization is rewired if

    1. one quantization made both its codes and its scales, in one execution; or
       on each way on which control flow can lead there, one did;
    2. views on the way (`tensor.cast`, `collapse_shape`, `expand_shape`,
       `reshape`, `extract_slice`, `linalg.transpose`) give each code its own
       scale, and cut no group in two;
    3. it reads them with the parameters that they were made with;
    4. the unquantized value, under the views of the codes, is available where it
       stands, or can be made so: by giving the quantizing op one more result, or
       by passing it on wherever the codes are passed on, as results and arguments
       of `scf` ops, arguments of `cf` blocks, and results and arguments of private
       functions;
    5. none of the ops and functions on the way, nor an op around them, asks for
       `beeline.preserve_rounding`.

    Whatever is added is added once, however many read it. A private function that
    only some callers call with codes of known origin is copied for these, and
    keeps its signature for the others. Functions that are public, recursive,
    external or referred to by more than calls are left alone;
    `allow-public-abi-change` opens the public ones.

    With a `target` the device table decides whether it pays to write the
    unquantized value, for as many rows as the types say or `assume-rows`; without
    one it always does.

    The pass also forwards codes and scales over a dequantization that is
    quantized again with the same parameters, keeps one of several quantizations
    of one value with the same parameters, and drops quantizations,
    dequantizations, views and results that nobody reads any more. Signatures
    only grow: `remove-dead-values` drops the results of private functions that are
    not read any more, after which a second run drops what made them.

    Results change on purpose: what read the dequantized value loses FP8's
    rounding error. Each removed round trip gives a `passed` remark with the
    kernels and the bytes per row of memory traffic that it saves (with a `target`
    also the nanoseconds), each one left alone a `missed` remark with the reason
    (`--remarks-filter=beeline.*`).

    The pass knows the ops by `QuantizeOpInterface`, `DequantizeOpInterface` and
    `CollectiveOpInterface` only, and works on all that implement them.
  }];
  let options = [
    Option<"allowPublicABIChange", "allow-public-abi-change", "bool", "false",
           "Give public functions arguments and results for unquantized values "
           "too; what calls them from outside must follow">,
    Option<"target", "target", "std::string", "",
           "The chip whose costs decide; empty: always elide">,
    Option<"assumeRows", "assume-rows", "int64_t", "64",
           "Rows of tensors that are known at run time only, for the decision">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
}

def FusePass : Pass<"beeline-fuse"> {
  let summary = "One kernel for row-wise ops on the same rows";
  let description = [{
    Row-wise ops (`RowwiseOpInterface`) of a block that share rows become one
    `beeline.fused` region: those that read what another one makes, and those that
    read the same tensor.

    ```mlir
    %t = arith.addf %x, %r : tensor<?x6144xbf16>
    %y = beeline.rms_norm %t, %w {epsilon = 1.0e-5 : f32}
        : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<?x6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    return %t, %q, %s
        : tensor<?x6144xbf16>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    ```

    becomes

    ```mlir
    %0:3 = beeline.fused (%a = %x : tensor<?x6144xbf16>,
                          %b = %r : tensor<?x6144xbf16>,
                          %c = %w : tensor<6144xbf16>)
        -> tensor<?x6144xbf16>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> {
      %t = arith.addf %a, %b : tensor<?x6144xbf16>
      %y = beeline.rms_norm %t, %c {epsilon = 1.0e-5 : f32}
          : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
      %q, %s = beeline.group_quant %y
          : tensor<?x6144xbf16> -> tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
      beeline.yield %t, %q, %s
          : tensor<?x6144xbf16>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    }
    return %0#0, %0#1, %0#2
        : tensor<?x6144xbf16>, tensor<?x6144xf8E4M3FN>, tensor<?x48xf32>
    ```

    A value that something outside reads is yielded, others stay in registers.
    Constants of one value are copied into the regions that need them.
    `beeline.rms_norm_quant` is decomposed for it. An op that shares rows with no
    other one stays as it is.

    Results keep every bit: in a region too each value is rounded to the type it
    has. So `beeline.preserve_rounding` does not keep ops apart.

    Two ops that share rows are kept apart if

    1. the tensors that determine their rows have different shapes;
    2. one reads what the other made in another way, scales in another layout or
       of groups of another size, say;
    3. something has to come between them: it needs the one and is needed by the
       other, or has effects that have to come in between.

    Each region gives a `passed` remark with the kernels and the bytes per row of
    memory traffic that it saves, two ops kept apart a `missed` remark with the
    reason (`--remarks-filter=beeline.*`). Regions that are there already are left
    alone, so that a second run changes nothing.
  }];
  let dependentDialects = ["::beeline::BeelineDialect"];
}

def RaisePass : Pass<"beeline-raise", "::mlir::ModuleOp"> {
  let summary = "Turn written-out norms, quantizations and gates into beeline ops";
  let description = [{
    Frontends write norms, group quantizations, dequantizations and gates out in
    `arith`, `math`, `tensor` and `linalg`. This pass finds them and makes them
    `beeline.rms_norm`, `beeline.group_quant`, `beeline.dequant` and
    `beeline.silu_mul`, which `beeline-elide-round-trips` and all that follows
    work on.

    ```mlir
    %f = arith.extf %q : tensor<?x6144xf8E4M3FN> to tensor<?x6144xf32>
    %v = tensor.expand_shape %f [[0], [1, 2]] output_shape [%m, 48, 128]
        : tensor<?x6144xf32> into tensor<?x48x128xf32>
    %b = linalg.broadcast ins(%s : tensor<?x48xf32>)
        outs(%init : tensor<?x48x128xf32>) dimensions = [2]
    %p = arith.mulf %v, %b : tensor<?x48x128xf32>
    %c = tensor.collapse_shape %p [[0], [1, 2]]
        : tensor<?x48x128xf32> into tensor<?x6144xf32>
    %d = arith.truncf %c : tensor<?x6144xf32> to tensor<?x6144xbf16>
    ```

    becomes

    ```mlir
    %d = beeline.dequant %q, %s
        : tensor<?x6144xf8E4M3FN>, tensor<?x48xf32> -> tensor<?x6144xbf16>
    ```

    What counts is what each element is, not how that is written: as ops on
    tensors or as bodies of linalg ops, with broadcasts or with indexing maps,
    behind reshapes, slices on group boundaries, transposes, casts and padding
    with zeros, in either order of commuting operands, with constants that are
    scalars or splats, with maxima and minima that are selects.

    Raising changes no bit of a result, but for what is free anyhow: the order in
    which a reduction takes its elements, and which NaN is made. (So it is done
    where `beeline.preserve_rounding` asks to keep the rounding, too; the op keeps
    that attribute of what it stands for.) Where what is written out differs from
    the op, it is raised only if `assume` names the difference:

    * `rsqrt`: `math.rsqrt(x)` is `1 / sqrt(x)`; it is loosely specified.
    * `exp`: `math.exp` is the exponential of `beeline.silu_mul`.
    * `powf`: `math.powf(x, 2)` and `math.fpowi(x, 2)` are `x * x`.
    * `reciprocal`: a division is the multiplication by a rounded reciprocal, in
      either direction: `x / s`, `amax * (1 / 448)`, `g * (1 / (1 + exp(-g)))`.
      A power of two has an exact reciprocal, which assumes nothing.
    * `mean-by-multiplication`: the same for the mean of a norm.
    * `no-infinity`: nothing that is quantized is infinite. Such a group is NaN to
      `beeline.group_quant`. Written out it mostly has an infinite scale and
      zeros as codes; `amax < infinity ? scale : NaN` assumes nothing.
    * `no-nan`: nothing that is quantized is NaN, where a maximum, a minimum or a
      select hides it.
    * `fast-math`: an op with fast-math flags computes what it does without.

    `all` is all of these, `none` none. `beeline-graph-pipeline`, which runs this
    pass and `beeline-elide-round-trips`, assumes all unless told otherwise.

    A raised op gives a `passed` remark that repeats what was assumed. What comes
    close gives a `missed` one with the reason, at the op that makes it look so:
    the product of codes, the root of a norm, the exponential of a gate, the cast
    to FP8.

    A weight that nothing is added to is one with `weight_offset = -0.0`, since
    +0 would make a +0 of a weight of -0. A sum of two tensors that is normalized
    becomes the norm's residual, and what else reads the sum reads the op's
    `sum`, unless it wants more of it than that has. Without a weight, the norm
    gets one of ones. Roundings are where they were written out: a norm that is
    quantized in f32 has a result of f32.
  }];
  let options = [
    ListOption<"assume", "assume", "std::string",
               "Differences between what is written out and the ops that may "
               "be overlooked, by name">
  ];
  let dependentDialects = [
    "::beeline::BeelineDialect", "::mlir::arith::ArithDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def ReduceOpsPass : Pass<"beeline-reduce-ops", "::mlir::ModuleOp"> {
  let summary = "A smaller module that still is what a script looks for";
  let description = [{
    For `beeline-reduce`. `test` is a program that is given a file with a module and
    exits with 0 unless the module is interesting. Op by op, users first, the pass
    erases what has no use, puts an operand of the same type or an empty tensor in
    the place of a result, drops results and arguments that are not read, and
    decomposes; each only if the module stays valid and interesting, over and over
    until nothing more can go.
  }];
  let options = [
    Option<"test", "test", "std::string", "",
           "The program; its status is 0 unless the module is interesting">,
    ListOption<"testArgs", "test-args", "std::string",
               "Its arguments, in front of the file">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // BEELINE_DIALECT_TRANSFORMS_PASSES_TD
