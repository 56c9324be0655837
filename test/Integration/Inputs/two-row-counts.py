"""Calls a layer of two kernels in one launch on the emulator, for pairs of numbers of
rows, and compares the bytes with those of the CPU's library.

usage: two-row-counts.py SOURCE DEVICE.so CPU.so M,K ...
"""

import ctypes
import pathlib
import sys

import numpy as np

source = pathlib.Path(sys.argv[1])
sys.path += [str(source / "utils"), str(source / "runtime/python")]
import beeline  # noqa: E402
from device_memory import DeviceMemory  # noqa: E402

UNTOUCHED = 0xA5
layer, reference = map(beeline.load, sys.argv[2:4])
memory = DeviceMemory(layer.target)
layer.load()
library = ctypes.CDLL(str(pathlib.Path(sys.argv[2]).absolute()))
library.layer_workspace_size.restype = ctypes.c_uint64
generator = np.random.default_rng(0)


def place(size):
    """The address of so many bytes, with nothing in them."""
    address = memory.allocate(size + 256)
    memory.fill(address, UNTOUCHED, size + 256)
    return address


for pair in sys.argv[4:]:
    extents = [ctypes.c_int64(int(rows)) for rows in pair.split(",")]
    m, k = (extent.value for extent in extents)
    arguments = [generator.normal(size=shape).astype(np.float32)
                 for shape in ((m, 1024), (1024,), (k, 192))]
    expected = reference.functions["layer"](*arguments)
    sources = [place(array.nbytes) for array in arguments]
    targets = [place(array.nbytes) for array in expected]
    for address, array in zip(sources, arguments):
        memory.write(address, array)
    size = library.layer_workspace_size(*extents)
    status = library.layer(*map(ctypes.c_void_p, sources), *extents,
                           *map(ctypes.c_void_p, targets), ctypes.c_void_p(place(size)),
                           ctypes.c_uint64(size), ctypes.c_void_p(memory.stream))
    assert status == 0, f"{pair} rows: status {status}"
    for i, (address, array) in enumerate(zip(targets, expected)):
        got = np.empty(array.nbytes + 256, np.uint8)
        memory.read(address, got)
        assert got[:array.nbytes].tobytes() == array.tobytes(), f"{pair} rows: result {i}"
        assert (got[array.nbytes:] == UNTOUCHED).all(), f"{pair} rows: after result {i}"
