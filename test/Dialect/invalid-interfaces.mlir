// F2, of an op that is row-wise by an interface from outside (test/lib).
//
// RUN: beeline-opt --load-dialect-plugin=%test_dialect %s -verify-diagnostics

func.func @f2_effects(%x: tensor<4x256xbf16>) {
  beeline.fused (%a = %x : tensor<4x256xbf16>) {
    %0 = test.double %a : (tensor<4x256xbf16>) -> tensor<4x256xbf16>
    // expected-error @+1 {{'test.noisy_double' op violates F2 of 'beeline.fused': it has effects}}
    %1 = test.noisy_double %a : (tensor<4x256xbf16>) -> tensor<4x256xbf16>
    beeline.yield
  }
  return
}
