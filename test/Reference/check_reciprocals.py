"""The short reciprocal of kernels (DeviceMapBuilder.cpp) is f32's on one of NVIDIA's
GPUs, whose approximation it starts from: for all magnitudes of 2^-126 to 2^126.

usage: check_reciprocals.py
"""

import ctypes
import sys

FIRST, LAST = 0x00800000, 0x7E800000  # the bits of 2^-126 and 2^126
THREADS = 256

# Adds one to a counter for each thread whose number has reciprocals that differ.
PTX = f""".version 7.8
.target sm_90
.address_size 64
.visible .entry compare(.param .u64 counter) {{
  .reg .b32 %i, %first;
  .reg .f32 %x, %negative, %right, %near, %error, %short;
  .reg .u64 %address;
  .reg .pred %differ;
  mov.u32 %i, %ctaid.x;
  mov.u32 %first, %tid.x;
  mad.lo.u32 %i, %i, {THREADS}, %first;
  add.u32 %i, %i, {FIRST};
  mov.b32 %x, %i;
  rcp.rn.f32 %right, %x;
  neg.f32 %negative, %x;
  rcp.approx.ftz.f32 %near, %x;
  fma.rn.f32 %error, %negative, %near, 0f3F800000;
  fma.rn.f32 %short, %error, %near, %near;
  setp.neu.f32 %differ, %short, %right;
  ld.param.u64 %address, [counter];
  @%differ red.global.add.u64 [%address], 1;
  ret;
}}
"""


def main():
    cuda = ctypes.CDLL("libcuda.so.1")

    def call(name, *arguments):
        if result := getattr(cuda, name)(*arguments):
            sys.exit(f"{name}: the driver's error {result}")

    context, module, kernel, counter = (ctypes.c_void_p() for _ in range(4))
    call("cuInit", 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
    call("cuCtxSetCurrent", context)
    call("cuModuleLoadData", ctypes.byref(module), PTX.encode())
    call("cuModuleGetFunction", ctypes.byref(kernel), module, b"compare")
    call("cuMemAlloc_v2", ctypes.byref(counter), ctypes.c_size_t(8))
    call("cuMemsetD8_v2", counter, ctypes.c_ubyte(0), ctypes.c_size_t(8))
    arguments = (ctypes.c_void_p * 1)(ctypes.cast(ctypes.pointer(counter), ctypes.c_void_p))
    blocks = (LAST - FIRST) // THREADS
    call("cuLaunchKernel", kernel, blocks, 1, 1, THREADS, 1, 1, 0, None, arguments, None)
    wrong = ctypes.c_uint64()
    call("cuMemcpyDtoH_v2", ctypes.byref(wrong), counter, ctypes.c_size_t(8))
    print(f"{blocks * THREADS} reciprocals, {wrong.value} wrong")
    return bool(wrong.value)


if __name__ == "__main__":
    sys.exit(main())
