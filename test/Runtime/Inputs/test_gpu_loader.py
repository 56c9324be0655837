"""Tests of `beeline.load` on the layer of gpu-layer.c, with the emulator's HIP library
and memory of its own: no framework is at hand that would manage a device.

usage: test_gpu_loader.py LAYER
"""

import contextlib
import ctypes
import json
import os
import sys
import unittest

import numpy as np

import beeline
from beeline import BeelineError, Status

layer = beeline.load(sys.argv.pop())
hip = ctypes.CDLL("libamdhip64.so")
TO_DEVICE, TO_HOST = 1, 2


def check(result):
    assert result == 0, f"HIP error {result}"


class DeviceArray:
    """As CuPy's: an array of a GPU's, with the interface for it."""

    def __init__(self, array):
        self.shape, self.dtype, self.nbytes = array.shape, array.dtype, array.nbytes
        pointer = ctypes.c_void_p()
        check(hip.hipMalloc(ctypes.byref(pointer), ctypes.c_size_t(max(self.nbytes, 1))))
        self.pointer = pointer.value
        self.set(array)

    def set(self, array):
        if self.nbytes:
            check(hip.hipMemcpy(ctypes.c_void_p(self.pointer), array.ctypes.data_as(
                ctypes.c_void_p), ctypes.c_size_t(self.nbytes), TO_DEVICE))

    def get(self):
        array = np.empty(self.shape, self.dtype)
        if self.nbytes:
            check(hip.hipMemcpy(array.ctypes.data_as(ctypes.c_void_p), ctypes.c_void_p(
                self.pointer), ctypes.c_size_t(self.nbytes), TO_HOST))
        return array

    @property
    def __cuda_array_interface__(self):
        return {"shape": self.shape, "typestr": self.dtype.str, "version": 3,
                "data": (self.pointer, False), "strides": None}


def rows(count):
    return np.arange(count * 8, dtype=np.float32).reshape(count, 8)


class Stream:
    def __init__(self):
        stream = ctypes.c_void_p()
        check(hip.hipStreamCreate(ctypes.byref(stream)))
        self.ptr = stream.value

    @contextlib.contextmanager
    def capture(self):
        """Gives a function that launches what is captured in its context."""
        graph, executable = ctypes.c_void_p(), ctypes.c_void_p()

        def launch():
            check(hip.hipGraphLaunch(executable, ctypes.c_void_p(self.ptr)))
            check(hip.hipStreamSynchronize(ctypes.c_void_p(self.ptr)))

        check(hip.hipStreamBeginCapture(ctypes.c_void_p(self.ptr), 0))
        yield launch
        check(hip.hipStreamEndCapture(ctypes.c_void_p(self.ptr), ctypes.byref(graph)))
        check(hip.hipGraphInstantiate(ctypes.byref(executable), graph, None, None,
                                      ctypes.c_size_t(0)))


def trace():
    with open(os.environ["AMDGPU_EMULATOR_TRACE"]) as file:
        return [json.loads(line) for line in file]


class GPU(unittest.TestCase):
    def test_1_capture_needs_a_loaded_layer(self):
        """The first test, before anything has loaded it."""
        x = DeviceArray(rows(4))
        y, workspace, stream = DeviceArray(rows(4)), DeviceArray(rows(4)), Stream()
        with stream.capture():
            with self.assertRaisesRegex(BeelineError, r"'<library>_load' .*Layer\.load") as e:
                layer.quadruple(x, out=y, workspace=workspace, stream=stream)
        self.assertEqual(e.exception.status, Status.NOT_LOADED)
        layer.load()
        with stream.capture() as launch:
            layer.quadruple(x, out=y, workspace=workspace, stream=stream)
        launch()
        np.testing.assert_array_equal(y.get(), 4 * rows(4))

    def test_call(self):
        for count in (0, 1, 33):
            x = DeviceArray(rows(count))
            y, workspace = DeviceArray(-rows(count)), DeviceArray(rows(count))
            self.assertIs(layer.quadruple(x, out=y, workspace=workspace), y)
            np.testing.assert_array_equal(y.get(), 4 * rows(count))

    def test_in_place(self):
        x, workspace = DeviceArray(rows(3)), DeviceArray(rows(3))
        layer.quadruple(x, out=x, workspace=workspace)
        np.testing.assert_array_equal(x.get(), 4 * rows(3))

    def test_replayed_on_new_values(self):
        x, y, workspace = (DeviceArray(rows(5)) for _ in range(3))
        stream = Stream()
        layer.load()
        with stream.capture() as launch:
            layer.quadruple(x, out=y, workspace=workspace, stream=stream.ptr)
        for factor in (2, 3):
            x.set(rows(5) * factor)
            launch()
            np.testing.assert_array_equal(y.get(), 4 * factor * rows(5))

    def test_a_call_only_copies_and_launches(self):
        x, y, workspace = (DeviceArray(rows(40)) for _ in range(3))
        layer.quadruple(x, out=y, workspace=workspace)
        before = len(trace())
        layer.quadruple(x, out=y, workspace=workspace)
        events = [event for event in trace()[before:] if event["event"] != "execute"]
        self.assertEqual([event["event"] for event in events], ["memcpy", "launch", "launch"])
        values = [int(argument, 16) for event in events[1:] for argument in event["args"]]
        self.assertEqual(values, [workspace.pointer, y.pointer, 320,
                                  y.pointer, workspace.pointer, 320])

    def test_what_cannot_be_allocated(self):
        x = DeviceArray(rows(2))
        with self.assertRaisesRegex(BeelineError, "only PyTorch's results .* out="):
            layer.quadruple(x)
        with self.assertRaisesRegex(BeelineError, "workspace of 64 bytes .* workspace="):
            layer.quadruple(x, out=x)

    def test_host_memory(self):
        with self.assertRaisesRegex(
                BeelineError, r"argument 0 \(x\) is on the cpu, and the layer is for gfx950"):
            layer.quadruple(rows(2))

    def test_dlpack(self):
        """Offered memory is used on the stream that it was asked for on."""
        asked = []

        class Tensor(ctypes.Structure):
            _fields_ = [("data", ctypes.c_void_p), ("device", ctypes.c_int32 * 2),
                        ("ndim", ctypes.c_int32), ("dtype", ctypes.c_uint8 * 4),
                        ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p),
                        ("offset", ctypes.c_uint64)]

        class Offer:
            def __init__(self, array):
                # kDLROCM's first device; kDLFloat, 32 bits, one lane.
                self.shape = (ctypes.c_int64 * 2)(*array.shape)
                self.tensor = Tensor(array.pointer - 32, (10, 0), 2, (2, 32, 1, 0),
                                     ctypes.addressof(self.shape), None, 32)

            def __dlpack_device__(self):
                return 10, 0

            def __dlpack__(self, stream=None):
                asked.append(stream)
                new = ctypes.pythonapi.PyCapsule_New
                new.restype = ctypes.py_object
                return new(ctypes.byref(self.tensor), b"dltensor", None)

        x, workspace = DeviceArray(rows(3)), DeviceArray(rows(3))
        stream = Stream()
        layer.quadruple(Offer(x), out=Offer(x), workspace=workspace, stream=stream)
        check(hip.hipStreamSynchronize(ctypes.c_void_p(stream.ptr)))
        np.testing.assert_array_equal(x.get(), 4 * rows(3))
        self.assertEqual(asked, [stream.ptr] * 2)
        layer.quadruple(Offer(x), out=x, workspace=workspace)
        self.assertEqual(asked[2:], [0])


if __name__ == "__main__":
    unittest.main()
