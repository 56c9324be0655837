// Row-wise ops that share rows become one region.
//
// RUN: beeline-opt %s -beeline-fuse -split-input-file | FileCheck %s -enable-var-scope
//
// A second run changes nothing.
// RUN: beeline-opt %s -beeline-fuse -split-input-file > %t.once
// RUN: beeline-opt %s -beeline-fuse -beeline-fuse -split-input-file > %t.twice
// RUN: diff %t.once %t.twice

//===----------------------------------------------------------------------===//
// What shares rows
//===----------------------------------------------------------------------===//

// Producers and consumers. What nobody outside reads stays inside.

// CHECK-LABEL: @chain
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xbf16>)
// CHECK-NEXT: %[[R:.*]]:2 = beeline.fused
// CHECK-SAME:     (%[[A:.*]] = %[[X]] : tensor<?x256xbf16>, %[[B:.*]] = %[[W]] : tensor<256xbf16>)
// CHECK-SAME:     -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32> {
// CHECK-NEXT:   %[[Y:.*]] = beeline.rms_norm %[[A]], %[[B]]
// CHECK-NEXT:   %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]]
// CHECK-NEXT:   beeline.yield %[[Q]], %[[S]] : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[R]]#0, %[[R]]#1
func.func @chain(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %s : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// A passthrough is one more result, and what is read outside before it is read
// inside is one too. The linear layer comes after the region, which takes in the
// quantization behind it.

// CHECK-LABEL: @passthrough
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %{{.*}}: tensor<256xbf16>, %[[G:.*]]: tensor<8x256xbf16>)
// CHECK-NEXT: %[[R:.*]]:3 = beeline.fused
// CHECK:        beeline.yield %[[Y:.*]], %[[Q:.*]], %[[S:.*]] :
// CHECK-NEXT: }
// CHECK-NEXT: %[[L:.*]] = beeline.linear %[[R]]#0, %[[G]]
// CHECK-NEXT: return %[[L]], %[[R]]#1, %[[R]]#2
func.func @passthrough(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %gate: tensor<8x256xbf16>)
    -> (tensor<?x8xf32>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %y = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %l = beeline.linear %y, %gate : tensor<?x256xbf16>, tensor<8x256xbf16> -> tensor<?x8xf32>
  %q, %s = beeline.group_quant %y
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %l, %q, %s : tensor<?x8xf32>, tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// Readers of one tensor.

// CHECK-LABEL: @siblings
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>)
// CHECK-NEXT: beeline.fused (%[[A:.*]] = %[[X]] : tensor<?x256xbf16>) -> tensor<?x4xf32>, tensor<?x2xf32>
// CHECK-NEXT:   %{{.*}}, %[[S:.*]] = beeline.group_quant %[[A]] {group_size = 64
// CHECK-NEXT:   %{{.*}}, %[[T:.*]] = beeline.group_quant %[[A]] :
// CHECK-NEXT:   beeline.yield %[[S]], %[[T]]
func.func @siblings(%x: tensor<?x256xbf16>) -> (tensor<?x4xf32>, tensor<?x2xf32>) {
  %q, %s = beeline.group_quant %x {group_size = 64 : i64}
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x4xf32>
  %p, %t = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %s, %t : tensor<?x4xf32>, tensor<?x2xf32>
}

// -----

// Groups that an op brings together.

// CHECK-LABEL: @brought_together
// CHECK-SAME: (%[[G:.*]]: tensor<?x256xf8E4M3FN>, %[[U:.*]]: tensor<?x256xf8E4M3FN>, %[[S:.*]]: tensor<?x2xf32>, %[[T:.*]]: tensor<?x2xf32>)
// CHECK-NEXT: beeline.fused
// CHECK-COUNT-2: beeline.dequant
// CHECK-NEXT:   beeline.silu_mul
// CHECK-NEXT:   beeline.group_quant
// CHECK-NEXT:   beeline.yield
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @brought_together(%g: tensor<?x256xf8E4M3FN>, %u: tensor<?x256xf8E4M3FN>,
                            %s: tensor<?x2xf32>, %t: tensor<?x2xf32>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>) {
  %gate = beeline.dequant %g, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %up = beeline.dequant %u, %t
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %a = beeline.silu_mul %gate, %up
      : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  %q, %r = beeline.group_quant %a
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  return %q, %r : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
}

// -----

// Scales in the layout in which they were made, and codes, never reach memory.

// CHECK-LABEL: @round_trip
// CHECK-NEXT: %[[R:.*]] = beeline.fused (%{{.*}} = %{{.*}} : tensor<?x256xbf16>) -> tensor<?x256xf16> {
// CHECK-NEXT:   beeline.group_quant
// CHECK-NEXT:   %[[D:.*]] = beeline.dequant
// CHECK-NEXT:   beeline.yield %[[D]]
func.func @round_trip(%x: tensor<?x256xbf16>) -> tensor<?x256xf16> {
  %q, %s = beeline.group_quant %x {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xbf16> -> tensor<?x256xf8E5M2>, tensor<2x?xf8E8M0FNU>
  %d = beeline.dequant %q, %s {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x256xf8E5M2>, tensor<2x?xf8E8M0FNU> -> tensor<?x256xf16>
  return %d : tensor<?x256xf16>
}

// -----

// The rows of scales are those of their codes: two readers of one tensor.

// CHECK-LABEL: @shared_scales
// CHECK: beeline.fused
// CHECK-COUNT-2: beeline.dequant
// CHECK: beeline.yield
func.func @shared_scales(%p: tensor<?x256xf8E4M3FN>, %q: tensor<?x256xf8E4M3FN>,
                         %s: tensor<?x2xf32>) -> (tensor<?x256xbf16>, tensor<?x256xbf16>) {
  %0 = beeline.dequant %p, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  %1 = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %0, %1 : tensor<?x256xbf16>, tensor<?x256xbf16>
}

// -----

// Any rank, and dynamic N.

// CHECK-LABEL: @shapes
// CHECK-COUNT-3: beeline.fused
// CHECK-NOT: beeline.fused
func.func @shapes(%x: tensor<?xf32>, %y: tensor<2x?x128xf16>, %z: tensor<?x?xbf16>)
    -> (tensor<?xf32>, tensor<2x?x128xf32>, tensor<?x?xbf16>) {
  %0 = arith.negf %x : tensor<?xf32>
  %1 = math.exp %0 : tensor<?xf32>
  %2 = arith.extf %y : tensor<2x?x128xf16> to tensor<2x?x128xf32>
  %3 = math.tanh %2 : tensor<2x?x128xf32>
  %4 = beeline.silu_mul %z, %z : tensor<?x?xbf16>, tensor<?x?xbf16> -> tensor<?x?xbf16>
  %5 = arith.mulf %4, %z : tensor<?x?xbf16>
  return %1, %3, %5 : tensor<?xf32>, tensor<2x?x128xf32>, tensor<?x?xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// What does not, and nothing is said of it
//===----------------------------------------------------------------------===//

// Two tensors of one type can have different numbers of rows. Nor do weights, or a
// constant, make rows the same.

// CHECK-LABEL: @alone
// CHECK-NOT: beeline.fused
func.func @alone(%x: tensor<?x256xbf16>, %y: tensor<?x256xbf16>, %w: tensor<256xbf16>,
                 %z: tensor<4x256xf32>) -> (tensor<?x256xbf16>, tensor<?x256xbf16>,
                                            tensor<4x256xf32>, tensor<4x256xf32>) {
  %0 = beeline.rms_norm %x, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %1 = beeline.rms_norm %y, %w {epsilon = 0.5 : f32}
      : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %c = arith.constant dense<2.0> : tensor<4x256xf32>
  %2 = math.exp %c : tensor<4x256xf32>
  %3 = arith.mulf %z, %c : tensor<4x256xf32>
  return %0, %1, %2, %3
      : tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<4x256xf32>, tensor<4x256xf32>
}

// -----

// What does not take part (see the dialect's description), and scalars.

// CHECK-LABEL: @not_rowwise
// CHECK-NOT: beeline.fused
func.func @not_rowwise(%x: tensor<?x256xf32>, %y: tensor<?x256xf64>, %z: f32)
    -> (tensor<?x256xf32>, tensor<?x256xf64>, f32) {
  %0 = arith.addf %x, %x fastmath<fast> : tensor<?x256xf32>
  %1 = arith.negf %0 : tensor<?x256xf32>
  %2 = arith.negf %y : tensor<?x256xf64>
  %3 = math.exp %2 : tensor<?x256xf64>
  %4 = arith.negf %z : f32
  %5 = math.exp %4 : f32
  return %1, %3, %5 : tensor<?x256xf32>, tensor<?x256xf64>, f32
}

// -----

//===----------------------------------------------------------------------===//
// What is fused is the same computation
//===----------------------------------------------------------------------===//

// The library's kernel is a region of its own: y is rounded to `quantize_from`
// before it is quantized, and to its type once more.

// CHECK-LABEL: @rms_norm_quant
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %[[W:.*]]: tensor<256xbf16>, %[[R:.*]]: tensor<?x256xbf16>)
// CHECK-NEXT: %[[F:.*]]:4 = beeline.fused (%[[A:.*]] = %[[X]] : tensor<?x256xbf16>, %[[B:.*]] = %[[W]] : tensor<256xbf16>, %[[C:.*]] = %[[R]] : tensor<?x256xbf16>)
// CHECK-NEXT:   %[[Y:.*]], %[[SUM:.*]] = beeline.rms_norm %[[A]], %[[B]] residual(%[[C]]) {{.*}} -> tensor<?x256xf32>, tensor<?x256xbf16>
// CHECK-NEXT:   %[[Q:.*]], %[[S:.*]] = beeline.group_quant %[[Y]] {beeline.preserve_rounding}
// CHECK-NEXT:   %[[U:.*]] = arith.truncf %[[Y]]
// CHECK-NEXT:   beeline.yield %[[SUM]], %[[Q]], %[[S]], %[[U]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[F]]#1, %[[F]]#2, %[[F]]#3, %[[F]]#0
func.func @rms_norm_quant(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>, %r: tensor<?x256xbf16>)
    -> (tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>, tensor<?x256xbf16>) {
  %q, %s, %u, %sum = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 0.5 : f32, quantize_from = f32, beeline.preserve_rounding}
      : tensor<?x256xbf16>, tensor<256xbf16>, tensor<?x256xbf16>
      -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
         unquantized(tensor<?x256xbf16>) sum(tensor<?x256xbf16>)
  return %q, %s, %u, %sum
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32>, tensor<?x256xbf16>, tensor<?x256xbf16>
}

// -----

// In a function that asks to keep roundings, too: they are kept.

// CHECK-LABEL: @preserve_rounding
// CHECK: beeline.fused
// CHECK: beeline.group_quant
// CHECK: beeline.dequant
func.func @preserve_rounding(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16>
    attributes {beeline.preserve_rounding} {
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %d = beeline.dequant %q, %s
      : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
  return %d : tensor<?x256xbf16>
}

// -----

// A constant comes into each region that needs it, and stays for others.

// CHECK-LABEL: @constants
// CHECK-SAME: (%[[X:.*]]: tensor<4x256xf32>, %[[Y:.*]]: tensor<4x128xf32>)
// CHECK-NEXT: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : tensor<4x256xf32>
// CHECK-NEXT: beeline.fused (%[[A:.*]] = %[[X]] : tensor<4x256xf32>) -> tensor<4x256xf32> {
// CHECK-DAG:    %[[C:.*]] = arith.constant dense<5.000000e-01> : tensor<4x256xf32>
// CHECK-DAG:    %[[D:.*]] = arith.constant dense<3.000000e+00> : tensor<4x256xf32>
// CHECK:        %[[M:.*]] = arith.mulf %[[A]], %[[C]]
// CHECK-NEXT:   arith.addf %[[M]], %[[D]]
// CHECK:      return %{{.*}}, %[[HALF]]
func.func @constants(%x: tensor<4x256xf32>, %y: tensor<4x128xf32>)
    -> (tensor<4x256xf32>, tensor<4x256xf32>) {
  %half = arith.constant dense<0.5> : tensor<4x256xf32>
  %three = arith.constant dense<3.0> : tensor<4x256xf32>
  %0 = arith.mulf %x, %half : tensor<4x256xf32>
  %1 = arith.addf %0, %three : tensor<4x256xf32>
  return %1, %half : tensor<4x256xf32>, tensor<4x256xf32>
}

// -----

// Where a constant is read as a vector too, it is an input.

// CHECK-LABEL: @constant_vector
// CHECK: %[[C:.*]] = arith.constant
// CHECK: beeline.fused (%{{.*}} = %{{.*}} : tensor<256xf32>, %{{.*}} = %[[C]] : tensor<256xf32>)
func.func @constant_vector(%x: tensor<256xf32>) -> tensor<256xf32> {
  %c = arith.constant dense<0.5> : tensor<256xf32>
  %0 = arith.mulf %x, %c : tensor<256xf32>
  %1 = beeline.rms_norm %0, %c {epsilon = 0.5 : f32}
      : tensor<256xf32>, tensor<256xf32> -> tensor<256xf32>
  return %1 : tensor<256xf32>
}

// -----

//===----------------------------------------------------------------------===//
// The graph around
//===----------------------------------------------------------------------===//

// Views stay outside.

// CHECK-LABEL: @view
// CHECK: %[[V:.*]] = tensor.extract_slice
// CHECK: beeline.fused (%{{.*}} = %[[V]] : tensor<?x128xbf16>,
func.func @view(%x: tensor<?x256xbf16>, %w: tensor<128xbf16>, %m: index)
    -> (tensor<?x128xf8E4M3FN>, tensor<?x1xf32>) {
  %v = tensor.extract_slice %x[0, 128] [%m, 128] [1, 1]
      : tensor<?x256xbf16> to tensor<?x128xbf16>
  %y = beeline.rms_norm %v, %w {epsilon = 0.5 : f32}
      : tensor<?x128xbf16>, tensor<128xbf16> -> tensor<?x128xbf16>
  %q, %s = beeline.group_quant %y
      : tensor<?x128xbf16> -> tensor<?x128xf8E4M3FN>, tensor<?x1xf32>
  return %q, %s : tensor<?x128xf8E4M3FN>, tensor<?x1xf32>
}

// -----

// What a region needs comes before it, and what needs it after: here %l with what
// it needs, and the call.

// CHECK-LABEL: @order
// CHECK-SAME: (%[[X:.*]]: tensor<4x256xbf16>, %[[W:.*]]: tensor<256x256xbf16>)
// CHECK-NEXT: %[[D:.*]] = beeline.linear %[[X]]
// CHECK-NEXT: %[[L:.*]] = beeline.linear %[[D]]
// CHECK-NEXT: %[[R:.*]]:2 = beeline.fused (%{{.*}} = %[[X]] : tensor<4x256xbf16>, %{{.*}} = %[[L]] : tensor<4x256xbf16>)
// CHECK-NEXT:   arith.negf
// CHECK-NEXT:   arith.addf
// CHECK-NEXT:   beeline.yield
// CHECK-NEXT: }
// CHECK-NEXT: call @use(%[[R]]#0)
// CHECK-NEXT: return %[[R]]#1
func.func private @use(tensor<4x256xbf16>)
func.func @order(%x: tensor<4x256xbf16>, %w: tensor<256x256xbf16>) -> tensor<4x256xbf16> {
  %n = arith.negf %x : tensor<4x256xbf16>
  func.call @use(%n) : (tensor<4x256xbf16>) -> ()
  %d = beeline.linear %x, %w
      : tensor<4x256xbf16>, tensor<256x256xbf16> -> tensor<4x256xbf16>
  %l = beeline.linear %d, %w
      : tensor<4x256xbf16>, tensor<256x256xbf16> -> tensor<4x256xbf16>
  %a = arith.addf %n, %l : tensor<4x256xbf16>
  return %a : tensor<4x256xbf16>
}

// -----

// Effects keep their order where a region makes others wait.

// CHECK-LABEL: @effects
// CHECK-NEXT: %[[R:.*]]:2 = beeline.fused
// CHECK:      call @first()
// CHECK-NEXT: call @use(%[[R]]#0)
// CHECK-NEXT: call @last()
// CHECK-NEXT: return %[[R]]#1
func.func private @use(tensor<4x256xbf16>)
func.func private @first()
func.func private @last()
func.func @effects(%x: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %n = arith.negf %x : tensor<4x256xbf16>
  func.call @first() : () -> ()
  func.call @use(%n) : (tensor<4x256xbf16>) -> ()
  func.call @last() : () -> ()
  %a = math.exp %n : tensor<4x256xbf16>
  return %a : tensor<4x256xbf16>
}

// -----

// Each block for itself. What a nested block reads is a result.

// CHECK-LABEL: @blocks
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>, %{{.*}}: i1)
// CHECK-NEXT: %[[R:.*]]:2 = beeline.fused
// CHECK:        beeline.yield %{{.*}}, %{{.*}} : tensor<?x256xbf16>, tensor<?x256xf32>
// CHECK:      %[[I:.*]] = scf.if
// CHECK-NEXT:   %[[S:.*]] = beeline.fused (%{{.*}} = %[[R]]#0 : tensor<?x256xbf16>)
// CHECK:        scf.yield %[[S]]
// CHECK:      return %[[I]], %[[R]]#1
func.func @blocks(%x: tensor<?x256xbf16>, %c: i1) -> (tensor<?x256xbf16>, tensor<?x256xf32>) {
  %0 = arith.negf %x : tensor<?x256xbf16>
  %1 = arith.extf %0 : tensor<?x256xbf16> to tensor<?x256xf32>
  %2 = scf.if %c -> tensor<?x256xbf16> {
    %3 = math.exp %0 : tensor<?x256xbf16>
    %4 = arith.mulf %3, %0 : tensor<?x256xbf16>
    scf.yield %4 : tensor<?x256xbf16>
  } else {
    scf.yield %x : tensor<?x256xbf16>
  }
  return %2, %1 : tensor<?x256xbf16>, tensor<?x256xf32>
}

// -----

// A region that is there already stays as somebody wanted it.

// CHECK-LABEL: @regions
// CHECK-COUNT-1: beeline.fused
// CHECK: math.exp
// CHECK-NOT: beeline.fused
func.func @regions(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %0 = beeline.fused (%a = %x : tensor<?x256xbf16>) -> tensor<?x256xbf16> {
    %1 = arith.negf %a : tensor<?x256xbf16>
    beeline.yield %1 : tensor<?x256xbf16>
  }
  %2 = math.exp %0 : tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}
