//===- Passes.td - From bufferized layers to C functions ---*- tablegen -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_TARGET_PASSES_TD
#define BEELINE_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyCallsPass : Pass<"beeline-verify-calls", "::mlir::ModuleOp"> {
  let summary = "Refuse calls that inlining has left";
  let description = [{
    A compiled layer is one function without calls. What `inline` leaves is an
    error: a call of a function without a body, of one that is not known, or of a
    recursive one.
  }];
}

def PrepareBufferizationPass
    : Pass<"beeline-prepare-bufferization", "::mlir::ModuleOp"> {
  let summary = "Protect arguments, and pin what loops carry to one buffer";
  let description = [{
    Marks the tensors that public functions take as `bufferization.writable =
    false`: they are the caller's.

    A tensor that `scf.for` carries from one iteration to the next, and that the
    loop makes anew each time, would live in another buffer in each iteration. It
    is stored where the one before was instead:

    ```mlir
    %r = scf.for ... iter_args(%x = %init) -> (tensor<?x256xbf16>) {
      %y = ...
      scf.yield %y : tensor<?x256xbf16>
    }
    ```

    becomes

    ```mlir
    %r = scf.for ... iter_args(%x = %init) -> (tensor<?x256xbf16>) {
      %y = ...
      %z = bufferization.materialize_in_destination %y in %x
          : (tensor<?x256xbf16>, tensor<?x256xbf16>) -> tensor<?x256xbf16>
      scf.yield %z : tensor<?x256xbf16>
    }
    ```

    A loop that carries several tensors and passes one on as another copies what
    it passes on first. Bufferization finds out where the copies can be saved.
    Extents cannot change between iterations: `beeline-assert-extents`, which runs
    later, sees to it.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def ResultsToArgumentsPass
    : Pass<"beeline-results-to-arguments", "::mlir::ModuleOp"> {
  let summary = "Let the callers of public functions provide the results' buffers";
  let description = [{
    Appends an argument, marked `bufferize.result`, for each result of a public
    function. A buffer that was allocated to be a result is replaced by the
    argument; whatever else is returned (an argument, a view, one buffer a second
    time) is copied to it.

    ```mlir
    func.func @f(%x: memref<?xf32>) -> (memref<?xf32>, memref<?xf32>) {
      %m = memref.dim %x, %c0 : memref<?xf32>
      %y = memref.alloc(%m) : memref<?xf32>
      ...
      return %y, %y : memref<?xf32>, memref<?xf32>
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: memref<?xf32>, %y: memref<?xf32> {bufferize.result},
                 %z: memref<?xf32> {bufferize.result}) {
      ...
      memref.copy %y, %z : memref<?xf32> to memref<?xf32>
      return
    }
    func.func private @f.result_sizes(%m: index) -> (index, index) {
      return %m, %m : index, index
    }
    ```

    `f.result_sizes` computes the dynamic extents of all results from those of all
    arguments. Without any, there is no such function.

    Upstream's `buffer-results-to-out-params` crashes where one value is returned
    twice, and does not tell the extents.

    Errors: a function of several blocks; an extent of a result that does not
    follow from those of the arguments.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"
  ];
}

def PlanWorkspacePass : Pass<"beeline-plan-workspace", "::mlir::ModuleOp"> {
  let summary = "Put the buffers of a function into one that its caller provides";
  let description = [{
    Appends an argument `memref<?xi8>`, the workspace, to each public function that
    takes buffers, and replaces every `memref.alloc` in it by a view of the
    workspace, at an offset that is a multiple of 256 bytes. Buffers that are not
    in use at the same time may share bytes.

    ```mlir
    func.func @f(%x: memref<?x256xf32>, ...) {
      %m = memref.dim %x, %c0 : memref<?x256xf32>
      %t = memref.alloc(%m) : memref<?x256xbf16>
      %u = memref.alloc(%m) : memref<?x256xf32>
      ...
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: memref<?x256xf32>, ..., %workspace: memref<?xi8>) {
      %m = memref.dim %x, %c0 : memref<?x256xf32>
      %offset = arith.muli %m, %c1024 : index
      %t = memref.view %workspace[%offset][%m] : memref<?xi8> to memref<?x256xbf16>
      %u = memref.view %workspace[%c0][%m] : memref<?xi8> to memref<?x256xf32>
      ...
    }
    func.func @f_workspace_size(%m: index) -> index {
      // 1536 * %m
    }
    ```

    `f_workspace_size` gives the bytes that are needed for dynamic extents of the
    arguments, in order. What does not fit 64 bits gives 2^64 - 1.

    *Liveness.* A buffer is in use from its allocation to the last op, in the order
    of the program, that accesses it or a view of it (upstream's
    `BufferViewFlowAnalysis` finds those through region results, iteration
    arguments and `arith.select`). An access inside a loop that does not contain
    the allocation counts for the whole loop. Branches of `scf.if` come one after
    the other, so buffers of different branches can share bytes.

    *Sizes.* A size is a polynomial in the extents of the arguments with
    coefficients that are rounded up to multiples of 256 bytes. Extents that are
    asserted to be equal (see `beeline-assert-extents`) count as one.

    *Placement.* Greedy by size: in order of decreasing size, with every extent
    taken for 4096, each buffer gets the lowest offset (0 or the end of a buffer
    that has been placed) at which it overlaps with none that is in use at the
    same time. That it does not must hold for all extents: an end lies before a
    beginning if no coefficient of it is larger. Where that cannot be told for any
    offset, the buffer is placed above all that are in use at the same time.

    *Limits.* Finding the smallest workspace is NP-hard; this heuristic is
    optimal for chains, where each op reads what the one before wrote. The
    buffers of results are not used for anything else before they are written.

    Errors: an allocation whose size does not follow from the extents of the
    arguments, or which outlives the iteration of a loop that makes it.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"
  ];
}

def CreateEntryPointsPass
    : Pass<"beeline-create-entry-points", "::mlir::ModuleOp"> {
  let summary = "Turn functions of buffers into functions that C can call";
  let description = [{
    A public function of buffers becomes one of pointers and extents that returns
    a `beeline_status` (see beeline/runtime.h):

    ```mlir
    func.func @f(%x: memref<?x256xf32>, %y: memref<?x256xf32> {bufferize.result},
                 %workspace: memref<?xi8>)
    ```

    becomes

    ```mlir
    func.func @f(%x: !llvm.ptr, %m: index, %y: !llvm.ptr, %workspace: !llvm.ptr,
                 %workspace_size: i64, %stream: !llvm.ptr) -> i32
    func.func @f_result_sizes(%m: index, %sizes: !llvm.ptr)
    ```

    All pointers to inputs come first, then their dynamic extents in order, then
    the results, the workspace and a stream. `f_result_sizes` stores what
    `f.result_sizes` returns (see `beeline-results-to-arguments`).

    Before anything is executed, the function checks that no extent is negative,
    that what is asserted of extents outside of branches and loops holds (see
    `beeline-assert-extents`), that pointers are aligned to 16 bytes unless the
    tensor has no elements, and that the workspace is large enough. It returns
    BEELINE_INVALID_ARGUMENT with a message otherwise.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"
  ];
}

def VerifyHostPass : Pass<"beeline-verify-host", "::mlir::ModuleOp"> {
  let summary = "Refuse what the host cannot do with device memory";
  let description = [{
    On a GPU target tensors are in device memory. Once kernels are made of ops,
    what is left for the host may make views of tensors, choose among them, copy
    them as a whole and pass them to kernels. An op that would read or write their
    elements, or that is a constant tensor, is an error.
  }];
}

def CallRuntimePass : Pass<"beeline-call-runtime", "::mlir::ModuleOp"> {
  let summary = "Let entry points call the runtime, and return what fails";
  let description = [{
    In functions made by `beeline-create-entry-points`, with control flow lowered
    to branches, replaces

    - `gpu.launch_func` by `beeline_launch`: of each memref operand the kernel gets
      the address of the first element, of index and i64 operands the value;
    - `memref.copy` by `beeline_prepare` and `beeline_copy`;
    - `cf.assert` by `beeline_check_condition`.

    Where a call's status is not BEELINE_OK the function returns it. Launches and
    copies are ordered by the function's last argument, a stream.

    The `gpu.binary` that launches refer to becomes `@beeline_module`, a
    `beeline_module` (see beeline/runtime.h), with the bytes of its first object.

    Errors: a copy where the source or the target is not contiguous; a launch with
    a cluster, dynamic memory, dimensions beyond the first, or of a kernel that was
    not compiled.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"\"",
           "The GPU that the kernels were compiled for">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // BEELINE_TARGET_PASSES_TD
