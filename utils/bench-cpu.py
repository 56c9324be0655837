#!/usr/bin/env python3
"""Times each op on the CPU, as `beeline-run --time` has it, against numpy and
ml_dtypes on the same inputs, both on one thread. Prints the table of
docs/performance.md: medians in milliseconds. The runs of both take turns.

numpy makes new results in every call, and Beeline writes to its caller's. Hence all is
timed twice: with malloc as it is, which returns large blocks to the kernel, so that
each of numpy's calls has its pages made anew; and with a malloc that keeps them.

numpy's side is what one would write for speed there: float32, its own sums and
exp, updates in place, a table for FP8 codes. It computes the same up to rounding,
which is checked, but neither in the stated order nor with canonical NaNs.

usage: bench-cpu.py BUILD/bin
"""

import os

# Before numpy is there.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from collections.abc import Callable
import ctypes
from dataclasses import dataclass
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import ml_dtypes
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test/Reference"))
from run_cases import load, save

ROWS = (16, 64, 512)
ROUNDS = 5
# How long one round of one side should take, in ms.
ROUND = 100

N, SILU_N, OUTPUTS = 6144, 2048, 2624
EPSILON = np.float32(1e-5)
GROUP = 128
FMAX, MIN_AMAX = np.float32(448), np.float32(1e-10)

F32 = np.dtype(np.float32)
BF16 = np.dtype(ml_dtypes.bfloat16)
FP8 = np.dtype(ml_dtypes.float8_e4m3fn)
NAMES = {F32: "f32", BF16: "bf16", FP8: "f8E4M3FN"}


# --- numpy ---------------------------------------------------------------------

# Four times as fast as `astype`.
VALUE_OF_CODE = np.arange(256, dtype=np.uint8).view(FP8).astype(F32)


def norm_f32(t, weight):
    """The norm of f32 rows, in place."""
    mean = np.vecdot(t, t) / F32.type(t.shape[-1])
    t *= (1 / np.sqrt(mean + EPSILON))[:, None]
    t *= weight.astype(F32)
    return t


def rms_norm(x, weight):
    return norm_f32(x.astype(F32), weight).astype(BF16),


def rms_norm_residual(x, weight, residual):
    t = x.astype(F32)
    t += residual.astype(F32)
    total = t.astype(BF16)
    return norm_f32(t, weight).astype(BF16), total


def quant_f32(v):
    """The codes and scales of f32 rows, which it overwrites."""
    groups = v.reshape(len(v), -1, GROUP)
    scales = np.maximum(np.abs(groups).max(axis=-1), MIN_AMAX) / FMAX
    groups *= (1 / scales)[:, :, None]
    np.clip(groups, -FMAX, FMAX, out=groups)
    return v.astype(FP8), scales


def group_quant(x):
    return quant_f32(x.astype(F32))


def rms_norm_quant(x, weight):
    return quant_f32(norm_f32(x.astype(F32), weight))


def dequant_f32(codes, scales):
    v = VALUE_OF_CODE.take(codes.view(np.uint8))
    groups = v.reshape(len(v), -1, GROUP)
    groups *= scales[:, :, None]
    return v


def dequant(codes, scales):
    return dequant_f32(codes, scales).astype(BF16),


def silu_mul(gate, up):
    g = gate.astype(F32)
    e = np.negative(g)
    np.exp(e, out=e)
    e += 1
    g /= e
    g *= up.astype(F32)
    return g.astype(BF16),


def linear(x, weight, scales, weight_scales):
    a = dequant_f32(x, scales)
    b = dequant_f32(weight, weight_scales.repeat(GROUP, axis=0)[:len(weight)])
    return (a @ b.T).astype(BF16),


# --- The ops -------------------------------------------------------------------

ROW = None  # The extent M.
FUSED = "{epsilon = 1.0e-5 : f32, quantize_from = f32}"


@dataclass(frozen=True)
class Op:
    """`text` is the op up to its types; arguments and results are (shape, type)."""
    name: str
    text: str
    arguments: list
    results: list
    numpy: Callable

    def module(self):
        def listed(values):
            extents = ["x".join("?" if e is ROW else str(e) for e in shape)
                       for shape, _ in values]
            return [f"tensor<{e}x{NAMES[t]}>" for e, (_, t) in zip(extents, values)]

        arguments, results = listed(self.arguments), listed(self.results)
        signature = ", ".join(arguments)
        if self.name.startswith("linear"):
            signature = "{}, {} scales({}, {})".format(*arguments)
        parameters = ", ".join(f"%{i}: {t}" for i, t in enumerate(arguments))
        values = ", ".join(f"%r{i}" for i in range(len(results)))
        types = ", ".join(results)
        return (f"func.func @op({parameters}) -> ({types}) {{\n"
                f"  {values} = beeline.{self.text}\n    : {signature} -> {types}\n"
                f"  return {values} : {types}\n}}\n")

    def make_arguments(self, rng, rows):
        for shape, dtype in self.arguments:
            x = rng.standard_normal([rows if e is ROW else e for e in shape], F32)
            if dtype == F32:  # Scales.
                x = np.abs(x) / FMAX + MIN_AMAX
            elif dtype == FP8:
                x = np.clip(x * (FMAX / 4), -FMAX, FMAX)
            yield x.astype(dtype)


X, W, GATE = ((ROW, N), BF16), ((N,), BF16), ((ROW, SILU_N), BF16)
Q, S = ((ROW, N), FP8), ((ROW, N // GROUP), F32)
WQ, WS = ((OUTPUTS, N), FP8), ((-(-OUTPUTS // GROUP), N // GROUP), F32)

OPS = [
    Op("rms_norm", "rms_norm %0, %1 {epsilon = 1.0e-5 : f32}", [X, W], [X], rms_norm),
    Op("rms_norm, residual", "rms_norm %0, %1 residual(%2) {epsilon = 1.0e-5 : f32}",
       [X, W, X], [X, X], rms_norm_residual),
    Op("group_quant", "group_quant %0", [X], [Q, S], group_quant),
    Op("rms_norm_quant", f"rms_norm_quant %0, %1 {FUSED}", [X, W], [Q, S],
       rms_norm_quant),
    Op("dequant", "dequant %0, %1", [Q, S], [X], dequant),
    Op("silu_mul", "silu_mul %0, %1", [GATE, GATE], [GATE], silu_mul),
    Op(f"linear, FP8, {OUTPUTS}x{N}", "linear %0, %1 scales(%2, %3)", [Q, WQ, S, WS],
       [((ROW, OUTPUTS), BF16)], linear),
]


# --- Timing --------------------------------------------------------------------


def keep_memory():
    """Makes glibc's malloc keep what is freed, here and in every child."""
    mmap_max, trim_threshold = -4, -1  # M_MMAP_MAX, M_TRIM_THRESHOLD
    never = 2**31 - 1
    libc = ctypes.CDLL(None)
    if not (libc.mallopt(mmap_max, 0) and libc.mallopt(trim_threshold, never)):
        sys.exit("mallopt failed")
    os.environ |= {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(never)}


def time_numpy(function, arguments, count):
    """The median in ms, after one call that does not count, as in beeline-run."""
    function(*arguments)
    milliseconds = []
    for _ in range(count):
        start = time.perf_counter()
        function(*arguments)
        milliseconds.append(1e3 * (time.perf_counter() - start))
    return statistics.median(milliseconds)


def run_beeline(tool, folder, arguments, *flags):
    """What `beeline-run` prints for the module of `folder`."""
    inputs = [f"--input={folder / f'{i}.npy'}" for i in range(len(arguments))]
    done = subprocess.run([tool, folder / "op.mlir", *inputs, *flags],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def time_beeline(tool, folder, arguments, count):
    printed = run_beeline(tool, folder, arguments, f"--time={count}")
    return float(re.search(r"time +([\d.]+) ms", printed)[1])


def check_equal(name, expected, paths):
    """Both sides should do the same work: equal but for the last bit or two."""
    for x, path in zip(expected, paths):
        wanted, got = (v.astype(F32) for v in (x, load(path, x.dtype)))
        error = np.abs(wanted - got).sum() / np.abs(wanted).sum()
        if not error < 1e-3:
            sys.exit(f"{name}: numpy's result differs by {error:.2g}")


def measure(tool, folder, op, rows):
    """Medians in ms: beeline-run's and numpy's."""
    arguments = list(op.make_arguments(np.random.default_rng(0), rows))
    (folder / "op.mlir").write_text(op.module())
    for i, x in enumerate(arguments):
        save(folder / f"{i}.npy", x)

    outputs = [folder / f"out{i}.npy" for i in range(len(op.results))]
    run_beeline(tool, folder, arguments, *(f"--output={path}" for path in outputs))
    check_equal(op.name, op.numpy(*arguments), outputs)

    def calls(estimate):
        return min(max(1, int(ROUND / estimate)), 1000)

    count = calls(time_beeline(tool, folder, arguments, 1))
    numpy_count = calls(time_numpy(op.numpy, arguments, 1))
    beeline, numpy = [], []
    for _ in range(ROUNDS):
        beeline.append(time_beeline(tool, folder, arguments, count))
        numpy.append(time_numpy(op.numpy, arguments, numpy_count))
    return statistics.median(beeline), statistics.median(numpy)


def main():
    tool = pathlib.Path(sys.argv[1]) / "beeline-run"
    cells = {(op.name, rows): [] for op in OPS for rows in ROWS}
    with tempfile.TemporaryDirectory() as folder:
        for prepare in (lambda: None, keep_memory):
            prepare()
            for op in OPS:
                for rows in ROWS:
                    beeline, numpy = measure(tool, pathlib.Path(folder), op, rows)
                    cells[op.name, rows] += [f"{beeline:.3f}", f"{numpy:.3f}",
                                             f"{numpy / beeline:.2f}"]
    print("| op | M | Beeline | numpy | ratio "
          "| Beeline, kept | numpy, kept | ratio, kept |")
    print("|---|---|---|---|---|---|---|---|")
    for (name, rows), row in cells.items():
        print(f"| {name} | {rows} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
