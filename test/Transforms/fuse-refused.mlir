// Row-wise ops that share rows and yet are no one kernel: the reasons. What
// becomes one is told too.
//
// RUN: beeline-opt %s -beeline-fuse %remarks -split-input-file -verify-diagnostics \
// RUN:   > %t.once
// RUN: beeline-opt %s -beeline-fuse -beeline-fuse -split-input-file > %t.twice
// RUN: diff %t.once %t.twice

//===----------------------------------------------------------------------===//
// What is saved
//===----------------------------------------------------------------------===//

// t, y: written and read once each, 2 * 2 * 256 * 2. x is read by one.
func.func @saved(%x: tensor<?x256xbf16>, %r: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // expected-remark @below {{[Passed] RowsFused | Category:beeline-fuse | BytesPerRow=2048, Kernels=2, Remark="'arith.addf', 'beeline.rms_norm' and 'beeline.group_quant' are one kernel"}}
  %t = arith.addf %x, %r : tensor<?x256xbf16>
  %y = beeline.rms_norm %t, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// x is read once less, 256 * 4; what is written stays.
func.func @saved_siblings(%x: tensor<?x256xf32>) -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  // expected-remark @below {{BytesPerRow=1024, Kernels=1}}
  %0 = arith.negf %x : tensor<?x256xf32>
  %1 = math.exp %x : tensor<?x256xf32>
  return %0, %1 : tensor<?x256xf32>, tensor<?x256xf32>
}

// -----

// y is still written, but no longer read back, 256 * 2; nor are codes and scales
// written and read, 2 * (256 + 3 * 4).
func.func @saved_passthrough(%x: tensor<?x256xbf16>) -> (tensor<?x256xbf16>, tensor<?x256xf32>) {
  // expected-remark @below {{BytesPerRow=1048, Kernels=2}}
  %y = arith.negf %x : tensor<?x256xbf16>
  %q, %s = beeline.group_quant %y {group_size = 100 : i64}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x3xf32>
  %d = beeline.dequant %q, %s {group_size = 100 : i64}
      : tensor<?x256xf8E4M3FN>, tensor<?x3xf32> -> tensor<?x256xf32>
  return %y, %d : tensor<?x256xbf16>, tensor<?x256xf32>
}

// -----

// A library's kernel was one before.
func.func @saved_rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>) {
  // expected-remark @below {{BytesPerRow=0, Kernels=0, Remark="'beeline.rms_norm', 'beeline.group_quant' and 'arith.truncf' are one kernel"}}
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = f32}
      : tensor<?x256xbf16>, tensor<256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> unquantized(tensor<?x256xbf16>)
  return %q, %s, %y : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>
}

// -----

// And a cast of its result is one more: y is read and written, then not read.
func.func @saved_with_rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xf32>) {
  // expected-remark @below {{BytesPerRow=1024, Kernels=1}}
  %q, %s, %y = beeline.rms_norm_quant %x, %w {epsilon = 0.5 : f32, quantize_from = bf16}
      : tensor<?x256xbf16>, tensor<256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> unquantized(tensor<?x256xbf16>)
  %z = arith.extf %y : tensor<?x256xbf16> to tensor<?x256xf32>
  return %q, %s, %z : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xf32>
}

// -----

// Constants are not read from memory, and bytes of dynamic N are unknown.
func.func @saved_constant(%x: tensor<4x256xf32>, %y: tensor<4x?xf32>)
    -> (tensor<4x256xf32>, tensor<4x?xf32>) {
  %c = arith.constant dense<2.0> : tensor<4x256xf32>
  // expected-remark @below {{BytesPerRow=2048, Kernels=1}}
  %0 = arith.mulf %x, %c : tensor<4x256xf32>
  %1 = arith.addf %0, %c : tensor<4x256xf32>
  // expected-remark @below {{[Passed] RowsFused | Category:beeline-fuse | Kernels=1}}
  %2 = arith.negf %y : tensor<4x?xf32>
  %3 = math.exp %2 : tensor<4x?xf32>
  return %1, %3 : tensor<4x256xf32>, tensor<4x?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Different rows
//===----------------------------------------------------------------------===//

// Scales are rows of their own to an elementwise op.
func.func @scales(%x: tensor<?x256xbf16>) -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf16>) {
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  // expected-remark @below {{[Missed] RowsKeptApart | Category:beeline-fuse | Reason="their rows are different, those of tensor<?x2xf32> and of tensor<?x256xbf16>", Remark="not fused with 'beeline.group_quant'"}}
  %t = arith.truncf %s : tensor<?x2xf32> to tensor<?x2xf16>
  return %q, %t : tensor<?x256xf8E4M3FN>, tensor<?x2xf16>
}

// -----

// A weight is a row of its own, which is made once for all.
func.func @weight(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>) -> tensor<?x256xbf16> {
  %v = arith.negf %w : tensor<256xbf16>
  // expected-remark @below {{their rows are different, those of tensor<?x256xbf16> and of tensor<256xbf16>}}
  %y = beeline.rms_norm %x, %v {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  return %y : tensor<?x256xbf16>
}

// -----

// M is known of one.
func.func @known_rows(%x: tensor<?x256xbf16>, %r: tensor<4x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xbf16>, tensor<4x256xbf16>) {
  %y = beeline.rms_norm %x, %w residual(%r) {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16>, tensor<4x256xbf16> -> tensor<?x256xbf16>
  // expected-remark @below {{their rows are different, those of tensor<4x256xbf16> and of tensor<?x256xbf16>}}
  %z = arith.negf %r : tensor<4x256xbf16>
  return %y, %z : tensor<?x256xbf16>, tensor<4x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Read in another way than made
//===----------------------------------------------------------------------===//

// M = G = 2. The second quantization, which has nothing to do with it, is fused.
func.func @layout(%x: tensor<2x256xbf16>)
    -> (tensor<2x256xbf16>, tensor<2x256xf8E5M2>, tensor<2x2xf32>) {
  // expected-remark @below {{'beeline.group_quant' and 'beeline.group_quant' are one kernel}}
  %q, %s = beeline.group_quant %x
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  // expected-remark @below {{[Missed] RowsKeptApart | Category:beeline-fuse | Reason="row_major scales of groups of 128 are read as group_major scales of groups of 128", Remark="not fused with 'beeline.group_quant'"}}
  %d = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  %p, %t = beeline.group_quant %x
      : tensor<2x256xbf16> -> tensor<2x256xf8E5M2>, tensor<2x2xf32>
  return %d, %p, %t : tensor<2x256xbf16>, tensor<2x256xf8E5M2>, tensor<2x2xf32>
}

// -----

func.func @group_size(%x: tensor<?x200xbf16>) -> tensor<?x200xbf16> {
  %q, %s = beeline.group_quant %x
      : tensor<?x200xbf16> -> tensor<?x200xf8E4M3FN>, tensor<?x2xf32>
  // expected-remark @below {{row_major scales of groups of 128 are read as row_major scales of groups of 100}}
  %d = beeline.dequant %q, %s {group_size = 100 : i64}
      : tensor<?x200xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x200xbf16>
  return %d : tensor<?x200xbf16>
}

// -----

func.func @scales_as_elements(%x: tensor<?x256xbf16>) -> tensor<?x256xf32> {
  %q, %s = beeline.group_quant %x {group_size = 1 : i64}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x256xf32>
  // expected-remark @below {{row_major scales of groups of 1 are read as elements}}
  %d = arith.negf %s : tensor<?x256xf32>
  return %d : tensor<?x256xf32>
}

// -----

// [G, M] and [M, G] of one tensor: its M are different extents.
func.func @shared_scales(%p: tensor<?x?xf8E4M3FN>, %q: tensor<?x?xf8E4M3FN>,
                         %s: tensor<?x?xf32>) -> (tensor<?x?xbf16>, tensor<?x?xbf16>) {
  %0 = beeline.dequant %p, %s
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  %1 = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x?xf8E4M3FN>, tensor<?x?xf32> -> tensor<?x?xbf16>
  return %0, %1 : tensor<?x?xbf16>, tensor<?x?xbf16>
}

// -----

// A mismatch of two groups that an op would bring together: it joins the first.
func.func @brought_together(%x: tensor<2x256xbf16>, %y: tensor<2x256xbf16>)
    -> (tensor<2x256xbf16>, tensor<2x256xbf16>) {
  // expected-remark @below {{'beeline.group_quant' and 'arith.addf' are one kernel}}
  %q, %s = beeline.group_quant %x
      : tensor<2x256xbf16> -> tensor<2x256xf8E4M3FN>, tensor<2x2xf32>
  // expected-remark @below {{are read as group_major scales}}
  // expected-remark @below {{'beeline.dequant' and 'arith.mulf' are one kernel}}
  %d = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<2x256xf8E4M3FN>, tensor<2x2xf32> -> tensor<2x256xbf16>
  %0 = arith.mulf %d, %y : tensor<2x256xbf16>
  // expected-remark @below {{Reason="row_major scales of groups of 128 are read as group_major scales of groups of 128", Remark="not fused with 'beeline.dequant'"}}
  %1 = arith.addf %x, %y : tensor<2x256xbf16>
  return %0, %1 : tensor<2x256xbf16>, tensor<2x256xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// Something has to come between
//===----------------------------------------------------------------------===//

func.func @linear(%x: tensor<?x256xbf16>, %w: tensor<256x256xbf16>) -> tensor<?x256xbf16> {
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = beeline.linear %0, %w
      : tensor<?x256xbf16>, tensor<256x256xbf16> -> tensor<?x256xbf16>
  // expected-remark @below {{[Missed] RowsKeptApart | Category:beeline-fuse | Reason="'beeline.linear' has to come between them", Remark="not fused with 'arith.negf'"}}
  %2 = arith.addf %0, %1 : tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}

// -----

// Readers of one tensor too.
func.func @linear_sibling(%x: tensor<?x256xbf16>, %w: tensor<256x256xbf16>) -> tensor<?x256xbf16> {
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = beeline.linear %0, %w
      : tensor<?x256xbf16>, tensor<256x256xbf16> -> tensor<?x256xbf16>
  // expected-remark @below {{'beeline.linear' has to come between them}}
  %2 = arith.addf %x, %1 : tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}

// -----

func.func @nested_region(%x: tensor<?x256xbf16>, %c: i1) -> tensor<?x256xbf16> {
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = scf.if %c -> tensor<?x256xbf16> {
    scf.yield %0 : tensor<?x256xbf16>
  } else {
    scf.yield %x : tensor<?x256xbf16>
  }
  // expected-remark @below {{'scf.if' has to come between them}}
  %2 = arith.addf %0, %1 : tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}

// -----

// The calls have effects, and stay in their order.
func.func private @use(tensor<?x256xbf16>)
func.func private @make() -> tensor<?x256xbf16>
func.func @effects(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %0 = arith.negf %x : tensor<?x256xbf16>
  func.call @use(%0) : (tensor<?x256xbf16>) -> ()
  %1 = func.call @make() : () -> tensor<?x256xbf16>
  // expected-remark @below {{'func.call' has to come between them}}
  %2 = arith.addf %0, %1 : tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}

// -----

// Where %x and %y have different numbers of rows, the program may end in the call
// before it comes to that. Nothing keeps a quantization, of one tensor, back.
func.func private @use(tensor<?x256xbf16>)
func.func @speculation(%x: tensor<?x256xbf16>, %y: tensor<?x256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  // expected-remark @below {{'arith.negf' and 'beeline.group_quant' are one kernel}}
  %0 = arith.negf %x : tensor<?x256xbf16>
  func.call @use(%0) : (tensor<?x256xbf16>) -> ()
  // expected-remark @below {{'func.call' has to come between them}}
  %1 = beeline.silu_mul %0, %y
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  // expected-remark @below {{Reason="'func.call' has to come between them", Remark="not fused with 'beeline.silu_mul'"}}
  %q, %s = beeline.group_quant %0
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %1, %q, %s : tensor<?x256xbf16>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// Known extents agree.
func.func private @use(tensor<4x256xbf16>)
func.func @no_speculation(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  // expected-remark @below {{'arith.negf' and 'beeline.silu_mul' are one kernel}}
  %0 = arith.negf %x : tensor<4x256xbf16>
  func.call @use(%0) : (tensor<4x256xbf16>) -> ()
  %1 = beeline.silu_mul %0, %y
      : tensor<4x256xbf16>, tensor<4x256xbf16> -> tensor<4x256xbf16>
  return %1 : tensor<4x256xbf16>
}

// -----

// Through a region, whose one op needs the first norm and whose other is needed by
// the sum: two regions would need each other.
func.func @two_regions(%x: tensor<?x256xbf16>, %w: tensor<128x256xbf16>,
                       %y: tensor<?x128xbf16>, %v: tensor<256x128xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x128xbf16>) {
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = beeline.linear %0, %w
      : tensor<?x256xbf16>, tensor<128x256xbf16> -> tensor<?x128xbf16>
  // expected-remark @below {{'arith.mulf' and 'math.exp' are one kernel}}
  %2 = arith.mulf %y, %1 : tensor<?x128xbf16>
  %3 = math.exp %y : tensor<?x128xbf16>
  %4 = beeline.linear %3, %v
      : tensor<?x128xbf16>, tensor<256x128xbf16> -> tensor<?x256xbf16>
  // expected-remark @below {{'beeline.linear' has to come between them}}
  %5 = arith.addf %0, %4 : tensor<?x256xbf16>
  return %5, %2 : tensor<?x256xbf16>, tensor<?x128xbf16>
}

// -----

// Between two groups that an op would bring together: it joins the first.
func.func @between_groups(%x: tensor<?x256xbf16>, %w: tensor<256x256xbf16>,
                          %y: tensor<?x256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x256xbf16>) {
  // expected-remark @below {{'arith.negf' and 'arith.addf' are one kernel}}
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = beeline.linear %0, %w
      : tensor<?x256xbf16>, tensor<256x256xbf16> -> tensor<?x256xbf16>
  %2 = arith.mulf %1, %y : tensor<?x256xbf16>
  // expected-remark @below {{Reason="'beeline.linear' has to come between them", Remark="not fused with 'arith.mulf'"}}
  %3 = arith.addf %x, %y : tensor<?x256xbf16>
  return %3, %2 : tensor<?x256xbf16>, tensor<?x256xbf16>
}
