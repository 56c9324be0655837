"""Tests of `beeline.load` on the layer of cpu-layer.c.

usage: test_loader.py LAYER
"""

import importlib.util
import sys
import threading
import unittest

import ml_dtypes
import numpy as np

import beeline
from beeline import BeelineError, Status

HAS_TORCH = importlib.util.find_spec("torch") is not None
PATH = sys.argv.pop()
layer = beeline.load(PATH)


def rows(count, first=0):
    return np.arange(first, first + count * 8, dtype=np.float32).reshape(count, 8)


class Foreign:
    """An array of a framework that has nothing but what `names` says."""

    def __init__(self, array, *names):
        for name in names:
            setattr(self, name, getattr(array, name))


class Calls(unittest.TestCase):
    def test_results(self):
        x, residual = rows(3), -10 - rows(3, 5)[::-1].copy()
        sums, signs = layer.add(x, residual)
        self.assertEqual(sums.dtype, np.float32)
        self.assertEqual(signs.dtype, ml_dtypes.float8_e4m3fn)
        np.testing.assert_array_equal(sums, x + residual)
        np.testing.assert_array_equal(signs.astype(np.float32), np.sign(x + residual))

    def test_one_result_is_no_tuple(self):
        x = np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)
        y = layer.transpose(x)
        self.assertEqual(y.dtype, ml_dtypes.bfloat16)
        np.testing.assert_array_equal(y, x.T)

    def test_no_argument_and_no_result(self):
        scales = layer.four()
        self.assertEqual(scales.dtype, ml_dtypes.float8_e8m0fnu)
        np.testing.assert_array_equal(scales.astype(np.float32), [1, 2, 4, 8])
        self.assertIsNone(layer.nothing())

    def test_no_rows(self):
        sums, signs = layer.add(rows(0), rows(0))
        self.assertEqual(sums.shape, (0, 8))
        self.assertEqual(signs.shape, (0, 8))

    def test_results_are_aligned(self):
        kept = [layer.add(rows(n), rows(n)) for n in range(1, 20)]
        self.assertTrue(all(array.ctypes.data % 16 == 0 for pair in kept for array in pair))

    def test_functions_by_name(self):
        self.assertIs(layer.functions["add"], layer.add)
        self.assertIn("add", dir(layer))
        self.assertEqual(layer.target, "cpu")
        self.assertEqual(layer.name, "cpu_layer")
        self.assertIn("add(f32[?, 8], f32[?, 8]) -> (f32[?, 8], f8E4M3FN[?, 8])",
                      repr(layer))
        with self.assertRaisesRegex(AttributeError, "no function 'sub'; there is add, tra"):
            layer.sub
        layer.load()

    def test_threads(self):
        """Each with workspaces of its own, while others are in a call."""
        wrong = []

        def work(seed):
            for n in [1, 500, 30, 700] * 20:
                x = rows(n, seed)
                sums, _ = layer.add(x, x)
                if not (sums == x + x).all():
                    wrong.append(n)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class Out(unittest.TestCase):
    def test_all(self):
        x = rows(2)
        out = [np.empty((2, 8), np.float32), np.empty((2, 8), np.uint8)]
        results = layer.add(x, x, out=out)
        self.assertIs(results[0], out[0])
        self.assertIs(results[1], out[1])
        np.testing.assert_array_equal(out[0], 2 * x)
        np.testing.assert_array_equal(out[1].view(ml_dtypes.float8_e4m3fn) == 1, x > 0)

    def test_some(self):
        x = rows(2)
        sums = np.empty((2, 8), np.float32)
        results = layer.add(x, x, out=[sums, None])
        self.assertIs(results[0], sums)
        self.assertEqual(results[1].dtype, ml_dtypes.float8_e4m3fn)

    def test_single(self):
        x = np.ones((2, 3), ml_dtypes.bfloat16)
        y = np.empty((3, 2), ml_dtypes.bfloat16)
        self.assertIs(layer.transpose(x, out=y), y)
        self.assertTrue((y == 1).all())

    def test_in_place(self):
        """Where the layer allows it: the second argument, not the first."""
        x, residual = rows(2), rows(2, 7)
        expected = x + residual
        layer.add(x, residual, out=[residual, None])
        np.testing.assert_array_equal(residual, expected)
        self.refused("result 0 .*overlaps argument 0, and may not", x, residual,
                     out=[x, None])

    def test_overlaps(self):
        whole = rows(3)
        self.refused("overlaps argument 1", rows(2), whole[:2],
                     out=[whole[1:], None])
        self.refused("result 1 overlaps another result", rows(2), rows(2),
                     out=[whole[:2], whole[1:].view(np.uint8).reshape(-1)[:16].reshape(2, 8)])

    def test_refused(self):
        x = rows(2)
        self.refused(r"result 0 \(sum\) is float64, and float32", x, x,
                     out=[np.empty((2, 8)), None])
        self.refused(r"result 0 has shape \[3, 8\], and \[2, 8\] is needed", x, x,
                     out=[rows(3), None])
        frozen = rows(2)
        frozen.flags.writeable = False
        self.refused("result 0 cannot be written to", x, x, out=[frozen, None])
        with self.assertRaisesRegex(TypeError, "add has 2 results, and out= has 1"):
            layer.add(x, x, out=rows(2))

    def refused(self, pattern, *arguments, out):
        with self.assertRaisesRegex(BeelineError, pattern) as caught:
            layer.add(*arguments, out=out)
        self.assertEqual(caught.exception.status, Status.INVALID_ARGUMENT)


class Workspace(unittest.TestCase):
    def test_given(self):
        x = rows(2)
        workspace = np.full(2 * 8 * 4, 0xee, np.uint8)
        layer.add(x, x, workspace=workspace)
        np.testing.assert_array_equal(workspace.view(np.float32), 2 * x.reshape(-1))

    def test_too_small(self):
        with self.assertRaisesRegex(
                BeelineError, "INVALID_ARGUMENT: add: the workspace has 63 bytes, and 64 are "
                "needed: ask add_workspace_size"):
            layer.add(rows(2), rows(2), workspace=np.empty(63, np.uint8))

    def test_unusable(self):
        with self.assertRaisesRegex(BeelineError, "the workspace must be contiguous"):
            layer.add(rows(2), rows(2), workspace=np.empty(640, np.uint8)[::2])


class Refused(unittest.TestCase):
    def refused(self, pattern, *arguments, function=layer.add):
        with self.assertRaisesRegex(BeelineError, pattern) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.status, Status.INVALID_ARGUMENT)

    def test_types(self):
        self.refused(r"add: argument 0 \(x\) is float64, and float32 is needed",
                     rows(2).astype(np.float64), rows(2))
        # A native type is never taken for its bits.
        self.refused("is uint32, and float32", rows(2).view(np.uint32), rows(2))
        self.refused("argument 1 .*is >f4", rows(2), rows(2).astype(">f4"))
        self.refused("argument 0 is float16, and bfloat16 is needed",
                     np.ones((2, 2), np.float16), function=layer.transpose)
        self.refused("is int16, and bfloat16", np.ones((2, 2), np.int16),
                     function=layer.transpose)

    def test_shapes(self):
        self.refused(r"has shape \[2, 9\], and \[\?, 8\] is needed",
                     np.ones((2, 9), np.float32), rows(2))
        self.refused(r"has shape \[8\], and \[\?, 8\]", np.ones(8, np.float32), rows(2))
        # What belongs together is the layer's to know.
        self.refused("add: 'rows of residual' is 3 and must be 2", rows(2), rows(3))

    def test_layout(self):
        self.refused("argument 0 .*is not contiguous", rows(4)[::2], rows(2))
        self.refused("argument 0 .*is not contiguous", np.asfortranarray(rows(2)), rows(2))
        bytes = np.empty(2 * 8 * 4 + 32, np.uint8)
        first = -bytes.ctypes.data % 16 + 4
        off = bytes[first:first + 64].view(np.float32).reshape(2, 8)
        self.refused("does not start at a multiple of 16 bytes", off, rows(2))

    def test_extents_of_one_have_any_stride(self):
        x = np.lib.stride_tricks.as_strided(rows(1), (1, 8), (1000, 4))
        np.testing.assert_array_equal(layer.add(x, rows(1))[0], 2 * rows(1))

    def test_calls(self):
        with self.assertRaisesRegex(TypeError, "add takes 2 arguments, and got 1"):
            layer.add(rows(2))
        with self.assertRaisesRegex(TypeError, r"argument 1 \(residual\): a list is no tensor"):
            layer.add(rows(2), [1, 2])


class OtherArrays(unittest.TestCase):
    def test_dlpack(self):
        x = rows(2)
        foreign = Foreign(x, "__dlpack__", "__dlpack_device__")
        np.testing.assert_array_equal(layer.add(foreign, x)[0], 2 * x)
        wide = np.ones((2, 16), np.float32)[:, ::2]
        with self.assertRaisesRegex(BeelineError, "not contiguous"):
            layer.add(Foreign(wide, "__dlpack__", "__dlpack_device__"), x)
        with self.assertRaisesRegex(BeelineError, "is int64"):
            layer.add(Foreign(np.ones((2, 8), np.int64), "__dlpack__", "__dlpack_device__"), x)

    def test_array_interface(self):
        x = rows(2)
        np.testing.assert_array_equal(
            layer.add(Foreign(x, "__array_interface__"), x)[0], 2 * x)

    def test_bits(self):
        """Types that NumPy does not have may come as plain bits, and as np.load makes
        them."""
        x = np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)
        for view in ("u2", "V2"):
            np.testing.assert_array_equal(layer.transpose(x.view(view)), x.T)

    def test_gpu(self):
        class OnGPU:
            __cuda_array_interface__ = {"shape": (2, 8), "typestr": "<f4", "version": 3,
                                        "data": (0x10000, False), "strides": None}
        with self.assertRaisesRegex(BeelineError, "is on the gpu, and the layer is for cpu"):
            layer.add(OnGPU(), rows(2))

    @unittest.skipUnless(HAS_TORCH, "PyTorch is not installed")
    def test_torch(self):
        import torch
        x = torch.arange(16, dtype=torch.float32).reshape(2, 8)
        sums, signs = layer.add(x, x)
        self.assertEqual(signs.dtype, torch.float8_e4m3fn)
        self.assertTrue(torch.equal(sums, 2 * x))
        self.assertTrue(torch.equal(signs.float(), torch.sign(x)))
        y = layer.transpose(x.bfloat16())
        self.assertTrue(torch.equal(y, x.bfloat16().T))
        # What was NumPy's stays so beside PyTorch's.
        self.assertTrue(torch.equal(layer.add(x, x.numpy())[0], 2 * x))
        self.assertEqual(layer.add(x[:0], x[:0])[0].shape, (0, 8))
        residual = x.clone()
        self.assertIs(layer.add(x, residual, out=[residual, None])[0], residual)
        self.assertTrue(torch.equal(residual, 2 * x))
        for wrong, pattern in [(x.double(), "is float64"), (x.T.contiguous().T, "contiguous"),
                               (x.to("meta"), "is on the meta")]:
            with self.assertRaisesRegex(BeelineError, pattern):
                layer.add(wrong, x)


class WithoutMLDtypes(unittest.TestCase):
    def test_results_are_bits(self):
        saved = sys.modules["ml_dtypes"]
        sys.modules["ml_dtypes"] = None
        try:
            self.assertEqual(layer.add(rows(1), rows(1))[1].dtype, np.uint8)
            self.assertEqual(layer.transpose(np.ones((2, 2), np.uint16)).dtype, np.uint16)
        finally:
            sys.modules["ml_dtypes"] = saved


class Loading(unittest.TestCase):
    def test_missing(self):
        with self.assertRaises(OSError):
            beeline.load("/nonexistent/layer.so")

    def test_no_layer(self):
        import _ctypes
        with self.assertRaisesRegex(BeelineError, "_metadata: it is no compiled layer"):
            beeline.load(_ctypes.__file__)

    def test_renamed(self):
        import os
        import shutil
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "other.so")
            shutil.copy(PATH, path)
            with self.assertRaisesRegex(BeelineError, "has no other_metadata: .*old name"):
                beeline.load(path)
            renamed = beeline.load(path, name="cpu-layer")
            np.testing.assert_array_equal(renamed.add(rows(1), rows(1))[0], 2 * rows(1))


if __name__ == "__main__":
    unittest.main()
