// Two norms, neither of which needs the other, share a launch.
//
// RUN: beeline-opt %s --convert-beeline-to-gpu=target=sm_90 %remarks -split-input-file \
// RUN:   -verify-diagnostics -allow-unregistered-dialect | FileCheck %s -enable-var-scope
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   --convert-beeline-to-gpu="target=sm_90 joint-launches=false" \
// RUN:   | FileCheck %s --check-prefix=APART

// DeepSeek's q_a and kv_a: 96 threads for a row of 1536, and three rows of 512 in a
// block of as many. What the second reads and the assertion that guards it come first.

// CHECK: gpu.func @rms_norm_1536_rms_norm_512(
// CHECK-SAME: %[[M:[^:]*]]: index, %[[K:[^:]*]]: index)
// CHECK-SAME: known_block_size = array<i32: 96, 1, 1>
// CHECK: %[[BLOCK:.*]] = gpu.block_id x
// CHECK: %[[FIRST:.*]] = arith.ceildivui %[[M]], %{{.*}}
// CHECK: %[[ISFIRST:.*]] = arith.cmpi ult, %[[BLOCK]], %[[FIRST]]
// CHECK: scf.if %[[ISFIRST]] {
// CHECK: gpu.barrier
// CHECK: } else {
// CHECK: arith.subi %[[BLOCK]], %[[FIRST]]
// CHECK-NOT: gpu.barrier
// CHECK: gpu.return

// CHECK-LABEL: func.func @q_a_and_kv_a
// CHECK: cf.assert
// CHECK-NOT: cf.assert
// CHECK: %[[C1:.*]] = arith.constant 1 : index
// CHECK: %[[ROWS:.*]] = arith.ceildivui %{{.*}}, %[[C1]]
// CHECK: %[[C3:.*]] = arith.constant 3 : index
// CHECK: %[[TRIPLES:.*]] = arith.ceildivui %{{.*}}, %[[C3]]
// CHECK: %[[BLOCKS:.*]] = arith.addi %[[ROWS]], %[[TRIPLES]]
// CHECK: %[[ANY:.*]] = arith.cmpi ugt, %[[BLOCKS]], %{{.*}}
// CHECK: scf.if %[[ANY]]
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_1536_rms_norm_512 blocks in (%[[BLOCKS]],
// CHECK-NOT: gpu.launch_func
// CHECK: call @use

// APART-LABEL: func.func @q_a_and_kv_a
// APART: gpu.launch_func @beeline_kernels::@rms_norm_1536
// APART: call @use
// APART: gpu.launch_func @beeline_kernels::@rms_norm_512
func.func @q_a_and_kv_a(%x: tensor<?x2112xbf16>, %v: tensor<1536xbf16>, %w: tensor<512xbf16>,
                        %m: index, %ok: i1) -> (tensor<?x1536xbf16>, tensor<?x512xbf16>) {
  %a = tensor.extract_slice %x[0, 0] [%m, 1536] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x1536xbf16>
  %q = beeline.rms_norm %a, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  cf.assert %ok, "guards the slice"
  %b = tensor.extract_slice %x[0, 1536] [%m, 512] [1, 1]
      : tensor<?x2112xbf16> to tensor<?x512xbf16>
  // expected-remark @below {{launched together with 'beeline.rms_norm'}}
  %k = beeline.rms_norm %b, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x512xbf16>, tensor<512xbf16> -> tensor<?x512xbf16>
  call @use(%q) : (tensor<?x1536xbf16>) -> ()
  return %q, %k : tensor<?x1536xbf16>, tensor<?x512xbf16>
}
func.func private @use(tensor<?x1536xbf16>)

// -----

// Of three, the first two share one. One that needs another never does.

// CHECK-LABEL: func.func @three_and_a_reader
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048_rms_norm_2048
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048
func.func @three_and_a_reader(%w: tensor<2048xbf16>)
    -> (tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>) {
  %x, %y, %z = call @make()
      : () -> (tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>)
  %a = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  // expected-remark @below {{launched together with 'beeline.rms_norm'}}
  %b = beeline.rms_norm %y, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  %c = beeline.rms_norm %z, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  %d = beeline.rms_norm %c, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  return %a, %b, %d : tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>
}
func.func private @make() -> (tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>)

// -----

// A call may do anything, also never return.

func.func private @attention()

// CHECK-LABEL: func.func @effect
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048 blocks
// CHECK: call @attention
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_512 blocks
func.func @effect(%x: tensor<?x2048xbf16>, %y: tensor<?x512xbf16>, %v: tensor<2048xbf16>,
                  %w: tensor<512xbf16>) -> (tensor<?x2048xbf16>, tensor<?x512xbf16>) {
  %a = beeline.rms_norm %x, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  call @attention() : () -> ()
  // expected-remark @below {{Reason="'func.call' in between has effects", Remark="not launched together with 'beeline.rms_norm'"}}
  %b = beeline.rms_norm %y, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x512xbf16>, tensor<512xbf16> -> tensor<?x512xbf16>
  return %a, %b : tensor<?x2048xbf16>, tensor<?x512xbf16>
}

// -----

// A caller may have the second's sum in place of the residual, which the first reads.

// CHECK-LABEL: func.func @overwrites
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048_1 blocks
func.func @overwrites(%x: tensor<?x2048xbf16>, %r: tensor<?x2048xbf16>, %w: tensor<2048xbf16>)
    -> (tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>) {
  %a = beeline.rms_norm %r, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  // expected-remark @below {{Reason="a result of it, or of what it needs, may overwrite what is read before"}}
  %b, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16>, tensor<?x2048xbf16>
      -> tensor<?x2048xbf16>, tensor<?x2048xbf16>
  return %a, %b, %sum : tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>
}

// -----

// 192 threads for a row of 6144, 256 for one of 4096.

// CHECK-LABEL: func.func @block_sizes
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_6144 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_4096 blocks
func.func @block_sizes(%x: tensor<?x6144xbf16>, %y: tensor<?x4096xbf16>,
                       %v: tensor<6144xbf16>, %w: tensor<4096xbf16>)
    -> (tensor<?x6144xbf16>, tensor<?x4096xbf16>) {
  %a = beeline.rms_norm %x, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  // expected-remark @below {{Reason="blocks of one size would not do for both"}}
  %b = beeline.rms_norm %y, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x4096xbf16>, tensor<4096xbf16> -> tensor<?x4096xbf16>
  return %a, %b : tensor<?x6144xbf16>, tensor<?x4096xbf16>
}

// -----

// A thread of a row of 6144 has 72 registers, so that a multiprocessor has four blocks;
// two rows of 1536, as many threads, would need seven or so to have 48 KiB under way.

// CHECK-LABEL: func.func @registers
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_6144 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_1536 blocks
func.func @registers(%x: tensor<?x6144xbf16>, %y: tensor<?x1536xbf16>,
                     %v: tensor<6144xbf16>, %w: tensor<1536xbf16>)
    -> (tensor<?x6144xbf16>, tensor<?x1536xbf16>) {
  %a = beeline.rms_norm %x, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16> -> tensor<?x6144xbf16>
  // expected-remark @below {{Reason="with the registers of the one, too few rows of the other would be under way"}}
  %b = beeline.rms_norm %y, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x1536xbf16>, tensor<1536xbf16> -> tensor<?x1536xbf16>
  return %a, %b : tensor<?x6144xbf16>, tensor<?x1536xbf16>
}

// -----

// So it is with what others than the first read: moved there, the second would be done
// before the linear layer.

// CHECK-LABEL: func.func @overwrites_what_was_passed
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@linear_32x2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048_1 blocks
func.func @overwrites_what_was_passed(
    %x: tensor<?x2048xf16>, %t: tensor<?x2048xf16>, %y: tensor<?x2048xbf16>,
    %r: tensor<?x2048xbf16>, %w: tensor<2048xbf16>, %gate: tensor<32x2048xbf16>)
    -> (tensor<?x2048xf16>, tensor<?x32xf32>, tensor<?x2048xbf16>, tensor<?x2048xbf16>) {
  %a, %s = beeline.rms_norm %x, %w residual(%t) {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xf16>, tensor<2048xbf16>, tensor<?x2048xf16>
      -> tensor<?x2048xf16>, tensor<?x2048xf16>
  %l = beeline.linear %r, %gate
      : tensor<?x2048xbf16>, tensor<32x2048xbf16> -> tensor<?x32xf32>
  // expected-remark @below {{Reason="a result of it, or of what it needs, may overwrite what is read before"}}
  %b, %sum = beeline.rms_norm %y, %w residual(%r) {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16>, tensor<?x2048xbf16>
      -> tensor<?x2048xbf16>, tensor<?x2048xbf16>
  return %a, %l, %b, %sum
      : tensor<?x2048xf16>, tensor<?x32xf32>, tensor<?x2048xbf16>, tensor<?x2048xbf16>
}

// -----

// And with what the second needs, which is to be moved too.

// CHECK-LABEL: func.func @needs_what_overwrites
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048_1 blocks
// CHECK: gpu.launch_func @beeline_kernels::@linear_512x2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_512 blocks
func.func @needs_what_overwrites(
    %x: tensor<?x2048xbf16>, %r: tensor<?x2048xbf16>, %w: tensor<2048xbf16>,
    %down: tensor<512x2048xbf16>, %v: tensor<512xbf16>)
    -> (tensor<?x2048xbf16>, tensor<?x512xbf16>, tensor<?x2048xbf16>) {
  %a = beeline.rms_norm %r, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  // expected-remark @below {{Reason="a result of it, or of what it needs, may overwrite what is read before"}}
  %b, %sum = beeline.rms_norm %x, %w residual(%r) {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16>, tensor<?x2048xbf16>
      -> tensor<?x2048xbf16>, tensor<?x2048xbf16>
  %l = beeline.linear %b, %down
      : tensor<?x2048xbf16>, tensor<512x2048xbf16> -> tensor<?x512xbf16>
  // expected-remark @below {{Reason="a result of it, or of what it needs, may overwrite what is read before"}}
  %c = beeline.rms_norm %l, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x512xbf16>, tensor<512xbf16> -> tensor<?x512xbf16>
  return %a, %c, %sum : tensor<?x2048xbf16>, tensor<?x512xbf16>, tensor<?x2048xbf16>
}

// -----

// What the second needs comes first, if nothing speaks against it: the linear layer.

// CHECK-LABEL: func.func @needs_more
// CHECK: gpu.launch_func @beeline_kernels::@linear_512x2048 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048_rms_norm_512 blocks
// CHECK-NOT: gpu.launch_func
func.func @needs_more(
    %x: tensor<?x2048xbf16>, %y: tensor<?x2048xbf16>, %w: tensor<2048xbf16>,
    %down: tensor<512x2048xbf16>, %v: tensor<512xbf16>)
    -> (tensor<?x2048xbf16>, tensor<?x512xbf16>) {
  %a = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048xbf16>
  %l = beeline.linear %y, %down
      : tensor<?x2048xbf16>, tensor<512x2048xbf16> -> tensor<?x512xbf16>
  // expected-remark @below {{launched together with 'beeline.rms_norm'}}
  %c = beeline.rms_norm %l, %v {epsilon = 1.0e-6 : f32}
      : tensor<?x512xbf16>, tensor<512xbf16> -> tensor<?x512xbf16>
  return %a, %c : tensor<?x2048xbf16>, tensor<?x512xbf16>
}

// -----

// Groups of three meet in on-chip memory: 8192 numbers of each row, 32 KiB. A block has
// 48 KiB.

// CHECK-LABEL: func.func @on_chip_memory
// CHECK: gpu.launch_func @beeline_kernels::@group_quant_24576 blocks
// CHECK: gpu.launch_func @beeline_kernels::@group_quant_24576 blocks
func.func @on_chip_memory(%x: tensor<?x24576xbf16>, %y: tensor<?x24576xbf16>)
    -> (tensor<?x24576xf8E4M3FN>, tensor<?x8192xf32>, tensor<?x24576xf8E4M3FN>,
        tensor<?x8192xf32>) {
  %0:2 = beeline.group_quant %x {group_size = 3 : i64}
      : tensor<?x24576xbf16> -> tensor<?x24576xf8E4M3FN>, tensor<?x8192xf32>
  // expected-remark @below {{Reason="their groups need too much on-chip memory for one block of both"}}
  %1:2 = beeline.group_quant %y {group_size = 3 : i64}
      : tensor<?x24576xbf16> -> tensor<?x24576xf8E4M3FN>, tensor<?x8192xf32>
  return %0#0, %0#1, %1#0, %1#1
      : tensor<?x24576xf8E4M3FN>, tensor<?x8192xf32>, tensor<?x24576xf8E4M3FN>,
        tensor<?x8192xf32>
}

// -----

// A constant has rows too, but is no kernel.

// CHECK-LABEL: func.func @constant
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_2048 blocks
// CHECK: arith.constant dense<1.000000e+00>
func.func @constant(%x: tensor<4x2048xbf16>, %w: tensor<2048xbf16>)
    -> (tensor<4x2048xbf16>, tensor<4x2048xbf16>) {
  %a = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<4x2048xbf16>, tensor<2048xbf16> -> tensor<4x2048xbf16>
  %ones = arith.constant dense<1.0> : tensor<4x2048xbf16>
  return %a, %ones : tensor<4x2048xbf16>, tensor<4x2048xbf16>
}

// -----

// Rows may come from an op of no dialect that is known.

// CHECK-LABEL: func.func @foreign
// CHECK: gpu.launch_func @beeline_kernels::@group_quant_256_group_quant_256 blocks
func.func @foreign(%n: index, %x: tensor<4x256xbf16>)
    -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %0:2 = scf.for %i = %c0 to %n step %c1 iter_args(%q = %q0, %s = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %v = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q1, %s1 = beeline.group_quant %v
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{launched together with 'beeline.group_quant'}}
    %q2, %s2 = beeline.group_quant %v
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s2 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return %0#0, %0#1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
}

// -----

// The sum is refused for the first norm, and is moved in front of both with the second,
// which needs it. What needs a norm cannot be moved further, to the sum: the norm would
// come along and leave its partner behind.

// CHECK-LABEL: func.func @needs_a_launched_op
// CHECK: gpu.launch_func @beeline_kernels::@addf_12288 blocks
// CHECK: gpu.launch_func @beeline_kernels::@rms_norm_6144_rms_norm_6144 blocks
// CHECK: gpu.launch_func @beeline_kernels::@addf_12288 blocks
func.func private @sources()
    -> (tensor<4x6144xbf16>, tensor<4x12288xbf16>, tensor<4x12288xbf16>, tensor<2x12288xbf16>)
func.func @needs_a_launched_op(%w: tensor<6144xbf16>)
    -> (tensor<4x6144xbf16>, tensor<2x12288xbf16>) {
  %x, %t, %u, %v = call @sources()
      : () -> (tensor<4x6144xbf16>, tensor<4x12288xbf16>, tensor<4x12288xbf16>,
               tensor<2x12288xbf16>)
  %a = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32}
      : tensor<4x6144xbf16>, tensor<6144xbf16> -> tensor<4x6144xbf16>
  // expected-remark @below {{too few rows of the other}}
  %sum = arith.addf %t, %u : tensor<4x12288xbf16>
  %half = tensor.extract_slice %sum[0, 0] [4, 6144] [1, 1]
      : tensor<4x12288xbf16> to tensor<4x6144xbf16>
  // expected-remark @below {{launched together with 'beeline.rms_norm'}}
  %b = beeline.rms_norm %half, %w {epsilon = 1.0e-6 : f32}
      : tensor<4x6144xbf16>, tensor<6144xbf16> -> tensor<4x6144xbf16>
  %flat = tensor.collapse_shape %a [[0, 1]] : tensor<4x6144xbf16> into tensor<24576xbf16>
  %long = tensor.expand_shape %flat [[0, 1]] output_shape [2, 12288]
      : tensor<24576xbf16> into tensor<2x12288xbf16>
  // expected-remark @below {{Reason="what it needs is launched together with another op"}}
  %c = arith.addf %long, %v : tensor<2x12288xbf16>
  return %b, %c : tensor<4x6144xbf16>, tensor<2x12288xbf16>
}

// -----

// Unreachable code, in which views see each other, goes.

// CHECK-LABEL: func.func @views_in_a_circle
// CHECK-NEXT: return
// CHECK-NEXT: }
func.func @views_in_a_circle() {
  return
^unreachable:
  %cast = tensor.cast %again : tensor<?x256xf8E4M3FN> to tensor<4x256xf8E4M3FN>
  %again = tensor.cast %cast : tensor<4x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
  %s = "test.make"() : () -> tensor<4x2xf32>
  %0 = beeline.dequant %cast, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  %1 = beeline.dequant %cast, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  "test.use"(%0, %1) : (tensor<4x256xbf16>, tensor<4x256xbf16>) -> ()
  cf.br ^unreachable
}
