"""Tests of `beeline.load` on the layer of gpu-layer.c, with PyTorch on a GPU.

usage: test_torch_gpu.py LAYER
"""

import sys
import threading
import unittest

import torch

import beeline
from beeline import BeelineError, Status

layer = beeline.load(sys.argv.pop())


def rows(count, first=0):
    return torch.arange(first, first + count * 8, dtype=torch.float32,
                        device="cuda").reshape(count, 8)


class TorchGPU(unittest.TestCase):
    def test_1_capture_needs_a_loaded_layer(self):
        """The first test, before anything has loaded it."""
        x, stream = rows(4), torch.cuda.Stream()
        with torch.cuda.stream(stream):
            graph = torch.cuda.CUDAGraph()
            graph.capture_begin()
            with self.assertRaises(BeelineError) as caught:
                layer.quadruple(x)
            graph.capture_end()
        self.assertEqual(caught.exception.status, Status.NOT_LOADED)
        layer.load()

    def test_call(self):
        for count in (0, 1, 33, 5000):
            y = layer.quadruple(rows(count))
            self.assertEqual(y.device, torch.device("cuda", torch.cuda.current_device()))
            self.assertTrue(torch.equal(y, 4 * rows(count)))

    def test_out_and_in_place(self):
        x = rows(3)
        y = torch.empty_like(x)
        self.assertIs(layer.quadruple(x, out=y), y)
        layer.quadruple(x, out=x)
        self.assertTrue(torch.equal(x, y) and torch.equal(x, 4 * rows(3)))

    def test_streams(self):
        """The current stream, one that is given, and one by its handle."""
        stream = torch.cuda.Stream()
        for seconds in range(3):
            with torch.cuda.stream(stream):
                torch.cuda._sleep(50_000_000)
                x = rows(100, seconds)
            if seconds == 0:
                with torch.cuda.stream(stream):
                    y = layer.quadruple(x)
            else:
                y = layer.quadruple(x, stream=stream if seconds == 1 else stream.cuda_stream)
            stream.synchronize()
            self.assertTrue(torch.equal(y, 4 * rows(100, seconds)))

    def test_graph(self):
        """Replayed on new values, after the cached workspace has grown and others
        have used it."""
        layer.load()
        x = rows(64)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = layer.quadruple(layer.quadruple(x))
        layer.quadruple(rows(4096))
        for factor in (1, 2, 3):
            x.copy_(rows(64) * factor)
            graph.replay()
            self.assertTrue(torch.equal(y, 16 * factor * rows(64)))

    def test_new_threads(self):
        """They have no CUDA context yet, unless PyTorch makes one."""
        results = {}

        def work(seed):
            results[seed] = [layer.quadruple(rows(n, seed)) for n in (3, 300, 30)]

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        torch.cuda.synchronize()
        for seed in range(4):
            for n, y in zip((3, 300, 30), results[seed]):
                self.assertTrue(torch.equal(y, 4 * rows(n, seed)))

    @unittest.skipIf(torch.cuda.device_count() < 2, "there is one device")
    def test_devices(self):
        """The arguments' device, whichever is current."""
        for device in (1, 0, 1):
            x = rows(7).to(f"cuda:{device}")
            y = layer.quadruple(x)
            self.assertEqual(y.device.index, device)
            self.assertTrue(torch.equal(y.cpu(), 4 * rows(7).cpu()))
        with self.assertRaisesRegex(BeelineError, "another device"):
            layer.quadruple(x, out=torch.empty_like(x, device="cuda:0"))

    def test_host_memory(self):
        with self.assertRaisesRegex(BeelineError, "is on the cpu, and the layer is for"):
            layer.quadruple(rows(2).cpu())


if __name__ == "__main__":
    unittest.main()
