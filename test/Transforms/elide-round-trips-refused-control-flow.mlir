// RUN: beeline-opt %s -beeline-elide-round-trips %remarks \
// RUN:   -split-input-file -allow-unregistered-dialect \
// RUN:   -verify-diagnostics

// None of these graphs may change at all.
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect > %t.before
// RUN: beeline-opt %s -split-input-file -allow-unregistered-dialect \
// RUN:   -beeline-elide-round-trips > %t.after
// RUN: diff %t.before %t.after

// Codes and scales of two branches of two ifs under one condition: what a person
// sees, an analysis of values does not.

func.func @two_ifs(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %q = scf.if %c -> (tensor<4x256xf8E4M3FN>) {
    scf.yield %q0 : tensor<4x256xf8E4M3FN>
  } else {
    scf.yield %q1 : tensor<4x256xf8E4M3FN>
  }
  %s = scf.if %c -> (tensor<4x2xf32>) {
    scf.yield %s0 : tensor<4x2xf32>
  } else {
    scf.yield %s1 : tensor<4x2xf32>
  }
  // expected-remark @below {{on a way into 'scf.if', the codes and the scales are of different quantizations}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// Other parameters on one of the ways.

func.func @other_parameters_in_a_branch(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  %q, %s = scf.if %c -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %q0, %s0 = beeline.group_quant %x
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  } else {
    %q1, %s1 = beeline.group_quant %y {group_size = 200 : i64}
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  // expected-remark @below {{on a way into 'scf.if', the group size is 200 where it was quantized and 128 where it is read}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// The codes of one branch are a view of other rows than its scales.

func.func @view_in_a_branch(%x: tensor<2x2x256xbf16>, %y: tensor<2x2x256xbf16>, %e: tensor<2x2x256xf8E4M3FN>, %c: i1)
    -> tensor<2x2x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %q1, %s1 = beeline.group_quant %y
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %q, %s = scf.if %c -> (tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>) {
    scf.yield %q0, %s0 : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  } else {
    %t = linalg.transpose ins(%q1 : tensor<2x2x256xf8E4M3FN>)
        outs(%e : tensor<2x2x256xf8E4M3FN>) permutation = [1, 0, 2]
    scf.yield %t, %s1 : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  }
  // expected-remark @below {{on a way into 'scf.if', the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %q, %s
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  return %d : tensor<2x2x256xbf16>
}

// -----

// The codes of this iteration, the scales of the one before; then the other way
// round. The first iteration would be right: its codes and scales are of one
// quantization.

func.func @one_iteration_apart(%x: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    // expected-remark @below {{the scales are carried from one iteration of 'scf.for' to the next}}
    %d = beeline.dequant %q, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    // expected-remark @below {{the codes are carried from one iteration of 'scf.for' to the next}}
    %e = beeline.dequant %qi, %s
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d, %e) : (tensor<4x256xbf16>, tensor<4x256xbf16>) -> ()
    scf.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return
}

// -----

// Both are carried, but the scales are one iteration older than the codes.

func.func @scales_one_iteration_older(%x: tensor<4x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0, %si = %s0, %sj = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x2xf32>) {
    // expected-remark @below {{on a way into 'scf.for', the scales are carried from one iteration of 'scf.for' to the next}}
    %d = beeline.dequant %qi, %sj
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    scf.yield %q, %s, %si : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>, tensor<4x2xf32>
  }
  return
}

// -----

// Each iteration puts a further view on the codes.

func.func @view_in_each_iteration(%x: tensor<2x2x256xbf16>, %e: tensor<2x2x256xf8E4M3FN>, %n: index) -> tensor<2x2x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q0, %s0 = beeline.group_quant %x
      : tensor<2x2x256xbf16> -> tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32>
  %q = scf.for %i = %c0 to %n step %c1 iter_args(%qi = %q0) -> tensor<2x2x256xf8E4M3FN> {
    %t = linalg.transpose ins(%qi : tensor<2x2x256xf8E4M3FN>)
        outs(%e : tensor<2x2x256xf8E4M3FN>) permutation = [1, 0, 2]
    scf.yield %t : tensor<2x2x256xf8E4M3FN>
  }
  // expected-remark @below {{on a way into 'scf.for', the views of the codes and of the scales do not give each code its own scale}}
  %d = beeline.dequant %q, %s0
      : tensor<2x2x256xf8E4M3FN>, tensor<2x2x2xf32> -> tensor<2x2x256xbf16>
  return %d : tensor<2x2x256xbf16>
}

// -----

// The rows of this iteration's offset, the scales of the one before it. Both
// offsets have one name.

func.func @offset_of_another_iteration(%x: tensor<?x256xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q, %s = beeline.group_quant %x
      : tensor<?x256xbf16> -> tensor<?x256xf8E4M3FN>, tensor<?x2xf32>
  %v = tensor.extract_slice %s[0, 0] [%c1, 2] [1, 1] : tensor<?x2xf32> to tensor<?x2xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%si = %v) -> tensor<?x2xf32> {
    %o = "test.value"(%i) : (index) -> index
    %qv = tensor.extract_slice %q[%o, 0] [%c1, 256] [1, 1] : tensor<?x256xf8E4M3FN> to tensor<?x256xf8E4M3FN>
    %sv = tensor.extract_slice %s[%o, 0] [%c1, 2] [1, 1] : tensor<?x2xf32> to tensor<?x2xf32>
    // expected-remark @below {{the views of the codes and of the scales do not give each code its own scale}}
    %d = beeline.dequant %qv, %si
        : tensor<?x256xf8E4M3FN>, tensor<?x2xf32> -> tensor<?x256xbf16>
    "test.use"(%d) : (tensor<?x256xbf16>) -> ()
    scf.yield %sv : tensor<?x2xf32>
  }
  return
}

// -----

// A loop whose value would have to be carried, of an op that is not known.

func.func @another_loop(%x: tensor<4x256xbf16>) {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  %r:2 = affine.for %i = 0 to 4 iter_args(%qi = %q0, %si = %s0)
      -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {
    // expected-remark @below {{the unquantized value is not available here: 'affine.for' cannot be given one more result}}
    %d = beeline.dequant %qi, %si
        : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
    "test.use"(%d) : (tensor<4x256xbf16>) -> ()
    %y = "test.value"(%i) : (index) -> tensor<4x256xbf16>
    %q, %s = beeline.group_quant %y
        : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
    affine.yield %q, %s : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  }
  return
}

// -----

// preserve_rounding on a branch of the way, in front of a return, and around it.

func.func @preserve_on_a_branch(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>, %c: i1) -> tensor<4x256xbf16> {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb2:
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb3(%q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) {beeline.preserve_rounding}
^bb3(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{beeline.preserve_rounding asks to keep the rounding}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
}

// -----

// A way that is never taken.

func.func @unreachable_way(%x: tensor<4x256xbf16>, %y: tensor<4x256xbf16>) -> tensor<4x256xbf16> {
  %q0, %s0 = beeline.group_quant %x
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb1(%q0, %s0 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
^bb1(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>):
  // expected-remark @below {{the codes pass 'cf.br' in code that is never run}}
  %d = beeline.dequant %q, %s
      : tensor<4x256xf8E4M3FN>, tensor<4x2xf32> -> tensor<4x256xbf16>
  return %d : tensor<4x256xbf16>
^bb2:
  %q1, %s1 = beeline.group_quant %y
      : tensor<4x256xbf16> -> tensor<4x256xf8E4M3FN>, tensor<4x2xf32>
  cf.br ^bb1(%q1, %s1 : tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
}
