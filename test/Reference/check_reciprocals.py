"""The short reciprocals of kernels (DeviceMapBuilder.cpp) are f32's on one of NVIDIA's
GPUs, whose approximations they start from: of all magnitudes from 2^-126 to 2^126, and
of the roots of all numbers from 2^-60 to the largest, and of infinity.

usage: check_reciprocals.py
"""

import ctypes
import sys

THREADS = 256

# Adds one to a counter for each thread whose number, `x`, has `right` and `short`
# that differ.
PTX = """.version 7.8
.target sm_90
.address_size 64
.visible .entry compare(.param .u64 counter) {{
  .reg .b32 %i, %thread;
  .reg .f32 %x, %right, %short, %near, %error, %root, %half, %rest, %divisor;
  .reg .u64 %address;
  .reg .pred %differ, %infinite, %outside;
  mov.u32 %i, %ctaid.x;
  mov.u32 %thread, %tid.x;
  mad.lo.u32 %i, %i, {threads}, %thread;
  setp.ge.u32 %outside, %i, {count};
  @%outside ret;
  add.u32 %i, %i, {first};
  mov.b32 %x, %i;
{body}
  setp.neu.f32 %differ, %short, %right;
  ld.param.u64 %address, [counter];
  @%differ red.global.add.u64 [%address], 1;
  ret;
}}
"""

RECIPROCAL = """
  rcp.rn.f32 %right, %x;
  rcp.approx.ftz.f32 %near, %x;
  neg.f32 %divisor, %x;
  fma.rn.f32 %error, %divisor, %near, 0f3F800000;
  fma.rn.f32 %short, %error, %near, %near;
"""

INVERSE_ROOT = """
  sqrt.rn.f32 %root, %x;
  rcp.rn.f32 %right, %root;
  rsqrt.approx.ftz.f32 %near, %x;
  mul.rn.f32 %root, %x, %near;
  neg.f32 %rest, %root;
  fma.rn.f32 %rest, %rest, %root, %x;
  mul.rn.f32 %half, %near, 0f3F000000;
  fma.rn.f32 %root, %rest, %half, %root;
  rcp.approx.ftz.f32 %near, %root;
  neg.f32 %divisor, %root;
  fma.rn.f32 %error, %divisor, %near, 0f3F800000;
  fma.rn.f32 %short, %error, %near, %near;
  setp.eq.f32 %infinite, %x, 0f7F800000;
  selp.f32 %short, 0f00000000, %short, %infinite;
"""

# What is tried, of the numbers with bits from one up to before another.
CHECKS = {
    "reciprocals": (RECIPROCAL, 0x00800000, 0x7E800000),      # from 2^-126 to 2^126
    "inverse roots": (INVERSE_ROOT, 0x21800000, 0x7F800001),  # from 2^-60 to infinity
}


def call(name, *arguments):
    if result := getattr(call.cuda, name)(*arguments):
        sys.exit(f"{name}: the driver's error {result}")


def count_wrong(body, first, count):
    """How many numbers differ of `count`, whose bits begin with `first`."""
    module, kernel, counter = (ctypes.c_void_p() for _ in range(3))
    ptx = PTX.format(threads=THREADS, first=first, count=count, body=body)
    call("cuModuleLoadData", ctypes.byref(module), ptx.encode())
    call("cuModuleGetFunction", ctypes.byref(kernel), module, b"compare")
    call("cuMemAlloc_v2", ctypes.byref(counter), ctypes.c_size_t(8))
    call("cuMemsetD8_v2", counter, ctypes.c_ubyte(0), ctypes.c_size_t(8))
    arguments = (ctypes.c_void_p * 1)(ctypes.cast(ctypes.pointer(counter), ctypes.c_void_p))
    blocks = -(-count // THREADS)
    call("cuLaunchKernel", kernel, blocks, 1, 1, THREADS, 1, 1, 0, None, arguments, None)
    wrong = ctypes.c_uint64()
    call("cuMemcpyDtoH_v2", ctypes.byref(wrong), counter, ctypes.c_size_t(8))
    return wrong.value


def main():
    call.cuda = ctypes.CDLL("libcuda.so.1")
    context = ctypes.c_void_p()
    call("cuInit", 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
    call("cuCtxSetCurrent", context)
    failed = False
    for name, (body, first, last) in CHECKS.items():
        wrong = count_wrong(body, first, last - first)
        print(f"{last - first} {name}, {wrong} wrong")
        failed |= wrong != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
