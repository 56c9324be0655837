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

    1. one quantization made both its codes and its scales, in one execution;
    2. nothing changed them on the way;
    3. it reads them with the parameters that they were made with;
    4. the unquantized value is available where it stands, or can be made so by
       giving the quantizing op one more result;
    5. neither op, nor an op around them, asks for `beeline.preserve_rounding`.

    The pass also forwards codes and scales over a dequantization that is
    quantized again with the same parameters, keeps one of several quantizations
    of one value with the same parameters, and drops quantizations,
    dequantizations and results that nobody reads any more.

    Results change on purpose: what read the dequantized value loses FP8's
    rounding error. Each removed round trip gives a `passed` remark with the
    kernels and the bytes per row of memory traffic that it saves, each one left
    alone a `missed` remark with the reason (`--remarks-filter=beeline.*`).

    The pass knows the ops by `QuantizeOpInterface`, `DequantizeOpInterface` and
    `CollectiveOpInterface` only, and works on all that implement them.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // BEELINE_DIALECT_TRANSFORMS_PASSES_TD
