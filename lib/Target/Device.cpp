//===- Device.cpp - What the compiler knows of a chip ---------------------===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "beeline/Target/Device.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace beeline;

// Wave sizes, LDS and compute units are the vendors' (CDNA 3 and 4 white
// papers, the CUDA programming guide; blocks get more than 48 KiB on sm_90 only
// dynamically, which no kernel here needs). MI300X and MI350X have 5.3 and 8
// TB/s by their data sheets; the H200's copies moved 4.3 TB/s when measured. A
// launch in a graph was measured on the H200; on AMD it is SGLang issue 22258's
// 18 us for four kernels, less the time of their bytes.
static constexpr Device devices[] = {
    {"cpu", Device::Platform::CPU, Device::FP8::Any, true, 1, 1, 0, 1, 1, 0, 20,
     0},
    {"gfx942", Device::Platform::ROCm, Device::FP8::FNUZ, false, 64, 1024,
     65536, 304, 2048, 131072, 5300, 4000},
    {"gfx950", Device::Platform::ROCm, Device::FP8::OCP, false, 64, 1024,
     163840, 256, 2048, 131072, 8000, 4000},
    {"sm_90", Device::Platform::CUDA, Device::FP8::OCP, true, 32, 1024, 49152,
     132, 2048, 65536, 4300, 1500},
};

bool Device::supports(Type type) const {
  if (fp8 == FP8::Any)
    return true;
  if (isa<Float8E4M3FNType, Float8E5M2Type>(type))
    return fp8 == FP8::OCP;
  if (isa<Float8E4M3FNUZType>(type))
    return fp8 == FP8::FNUZ;
  return true;
}

StringRef Device::describeFP8() const {
  switch (fp8) {
  case FP8::Any:
    return "f8E4M3FN, f8E4M3FNUZ and f8E5M2";
  case FP8::OCP:
    return "f8E4M3FN and f8E5M2";
  case FP8::FNUZ:
    return "f8E4M3FNUZ";
  }
  llvm_unreachable("all formats are above");
}

ArrayRef<Device> beeline::getDevices() { return devices; }

const Device *beeline::lookupDevice(StringRef name) {
  const Device *found = llvm::find_if(
      getDevices(), [&](const Device &device) { return device.name == name; });
  return found == getDevices().end() ? nullptr : found;
}

std::string beeline::listDevices() {
  return llvm::join(
      llvm::map_range(getDevices(),
                      [](const Device &device) { return device.name.str(); }),
      ", ");
}
