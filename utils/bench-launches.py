#!/usr/bin/env python3
"""Times the norms of q_a (with its quantization) and kv_a of DeepSeek's and GLM-5's
attention in one launch against two launches, on one of NVIDIA's GPUs, in the way that
bench-gpu.py does. Prints a table of docs/performance.md.

Needs PyTorch, Triton, the driver and the layers of build-gpu-layers.py.

usage: bench-launches.py BUILD/gpu-layers [--rows=M,...] [--rounds=K]
"""

import argparse
import importlib
import pathlib
import statistics
import sys

import torch

bench = importlib.import_module("bench-gpu")
ROWS = (1, 16, 64, 256, 1024, 4096, 16384)
LAYERS = {"glm5": (2624, 2048, 512), "deepseek_v32": (2112, 1536, 512)}


class Inputs:
    """Inputs of many launches, so that none is in the L2, and results of as many."""
    ROWS = 65536

    def __init__(self, columns, left, right):
        def empty(width, dtype=torch.bfloat16):
            return torch.empty(self.ROWS, width, dtype=dtype, device="cuda")

        self._x = empty(columns).normal_()
        self._weights = [torch.randn(256, n, device="cuda", dtype=torch.bfloat16)
                         for n in (left, right)]
        self._results = [empty(left, torch.float8_e4m3fn), empty(left // 128, torch.float32),
                         empty(left), empty(right)]

    def launch(self, i, rows):
        """The arguments and the results of the `i`th."""
        first = i % (self.ROWS // rows) * rows
        part = slice(first, first + rows)
        return ((self._x[part], *(w[i % 256] for w in self._weights)),
                [result[part] for result in self._results])


def measure(functions, inputs, rows, rounds, timer):
    """The median of each function's microseconds; and they have to agree."""
    results = []
    for function in functions:
        arguments, out = inputs.launch(0, rows)
        for tensor in out:
            tensor.view(torch.uint8).zero_()
        function(*arguments, out=out)
        results.append([tensor.view(torch.uint8).clone() for tensor in out])
    if not all(map(torch.equal, *results)):
        sys.exit(f"one launch and two give different bytes for {rows} rows")

    def launch(function, i):
        arguments, out = inputs.launch(i, rows)
        function(*arguments, out=out)

    times = [[] for _ in functions]
    for _ in range(rounds):
        for function, found in zip(functions, times):
            found.append(timer.microseconds(lambda i: launch(function, i),
                                            bench.launches_of(rows)))
    return [statistics.median(found) for found in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("layers", type=pathlib.Path, metavar="BUILD/gpu-layers")
    parser.add_argument("--rows", type=bench.numbers, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    folder = arguments.layers / bench.TARGET
    layers = [bench.beeline.load(folder / f"two_norms_{name}.so")
              for name in ("joint", "apart")]
    timer = bench.Timer()
    bench.warm_up()
    print(f"{torch.cuda.get_device_name()}: microseconds, medians of {arguments.rounds} "
          "rounds.\n\n| layer | M | one launch | two | x |\n|---|---|---|---|---|")
    for name, extents in LAYERS.items():
        inputs = Inputs(*extents)
        functions = [layer.functions[name] for layer in layers]
        for rows in arguments.rows:
            one, two = measure(functions, inputs, rows, arguments.rounds, timer)
            print(f"| {name} | {rows} | {one:.2f} | {two:.2f} | {two / one:.2f} |")
        del inputs


if __name__ == "__main__":
    main()
