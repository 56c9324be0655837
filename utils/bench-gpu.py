#!/usr/bin/env python3
"""Times Beeline's norm + group quantization + bf16 passthrough on one of NVIDIA's GPUs
against a copy of the same bytes, in blocks of any size and row by row, an empty kernel, the
same computation in torch.compile, a Triton kernel whose launch is tuned for each M, aiter's
if it is there, and the graph with the round trip left in: no passthrough, and codes and
scales turned back by a second kernel. Prints the tables of docs/performance.md.

Launches are captured in CUDA graphs, each with tensors of its own, none of which is in
the L2 when the graph starts; with --warm all with the same tensors. A measurement is the
median of some replays; all kinds take turns in each round; the tables have the median of
the rounds, and how far apart they were.

Needs PyTorch, Triton, the driver and the layers of build-gpu-layers.py.

usage: bench-gpu.py BUILD/gpu-layers [--columns=N,...] [--rows=M,...] [--rounds=K]
                    [--warm] [--aiter=FILE] [--output=FILE]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "runtime/python"))
import beeline  # noqa: E402
import gpu_peers as peers  # noqa: E402

TARGET = "sm_90"
ROWS = (1, 4, 16, 64, 256, 1024, 4096, 16384)
COLUMNS = (6144, 7168)
# The fastest settings of a tuning, which are then measured like all else.
FINALISTS = 2


# --- Tensors -----------------------------------------------------------------------------

class Buffers:
    """The tensors of one launch."""

    def __init__(self, **tensors):
        self.__dict__.update(tensors)

    def rows(self, first, count):
        """The same of some rows. The weight is one of many."""
        parts = {name: tensor[first:first + count]
                 for name, tensor in self.__dict__.items() if name != "w"}
        return Buffers(**parts, w=self.w[first // count % len(self.w)])


class Pool:
    """Many rows, and weights: no two launches of a graph share any, until there are so
    many rows that they have long left the L2 when they come again. If the pool is warm,
    all share the same."""
    ROWS, WEIGHTS = 32768, 256

    def __init__(self, columns, warm):
        self._warm = warm
        generator = torch.Generator("cuda").manual_seed(0)

        def random(count):
            x = torch.empty(count, columns, dtype=torch.bfloat16, device="cuda")
            return x.normal_(generator=generator)

        def empty(width, dtype):
            return torch.empty(self.ROWS, width, dtype=dtype, device="cuda")

        self.all = Buffers(
            x=random(self.ROWS), r=random(self.ROWS), w=random(self.WEIGHTS),
            codes=empty(columns, torch.float8_e4m3fn),
            scales=empty(columns // peers.GROUP, torch.float32),
            passthrough=empty(columns, torch.bfloat16), sum=empty(columns, torch.bfloat16),
            dequantized=empty(columns, torch.bfloat16))

    def launch(self, i, rows):
        return self.all.rows(0 if self._warm else i % (self.ROWS // rows) * rows, rows)


def bytes_moved(rows, columns, residual, passthrough):
    """The fewest: without the weight."""
    per_element = 2 + 1 + 4 / peers.GROUP + 2 * passthrough + 4 * residual
    return int(rows * columns * per_element)


# --- Time ----------------------------------------------------------------------------------

class Timer:
    """Times graphs of launches."""
    REPLAYS = 7
    # Long enough that the host is done with all of a replay when the device begins.
    HEAD_START = 400_000

    def __init__(self):
        # More than the L2 has, so that it is full of other lines, none of them to be
        # written back.
        self._lines = torch.empty(64 * 2**20, device="cuda").normal_()
        self._sum = torch.empty((), device="cuda")
        self._stream = torch.cuda.Stream()

    def capture(self, launch, count):
        """A graph of launches, and what they returned: as long as that is kept, no
        two of them write to the same memory."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.stream(self._stream):
            launch(0)
            torch.cuda.synchronize()
            graph.capture_begin()
            results = [launch(i) for i in range(count)]
            graph.capture_end()
        torch.cuda.synchronize()
        return graph, results

    def microseconds(self, launch, count):
        """Of one launch, the median of some replays."""
        graph, results = self.capture(launch, count)
        graph.replay()
        events = []
        for _ in range(self.REPLAYS):
            torch.sum(self._lines, 0, out=self._sum)
            torch.cuda._sleep(self.HEAD_START)
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            graph.replay()
            end.record()
            events.append((start, end))
        torch.cuda.synchronize()
        # What a graph allocated is given back to the device only by this.
        del graph, results
        torch.cuda.empty_cache()
        return statistics.median(1e3 * a.elapsed_time(b) / count for a, b in events)


def launches_of(rows):
    """How many to capture: their tensors together are many times the L2, where the
    rows are many; where they are few, launches enough to be timed."""
    return 200 if rows <= 64 else 100 if rows <= 256 else max(10, 60 * 1024 // rows)


# --- What is measured ------------------------------------------------------------------------

class Contest:
    """All that computes rows of one size, with or without a residual. Each is a function
    of the tensors of a launch."""

    def __init__(self, layer, compiled, rows, columns, residual, aiter=None):
        self.rows, self.columns, self.residual = rows, columns, residual
        self.times = {}
        prefix = "add_norm_quant" if residual else "norm_quant"
        self._with = layer.functions[f"{prefix}_bf16"]
        self._without = layer.functions[prefix]
        self._dequant = layer.functions["dequant_e4m3_f32_row_major"]
        self._compiled = compiled
        # Kernels with settings to choose from.
        self.tuned = [("triton", peers.triton_norm_quant, peers.triton_settings(columns)),
                      ("copy", peers.triton_copy, peers.copy_settings(columns)),
                      ("row_copy", peers.triton_copy, peers.row_copy_settings(columns))]
        if aiter:
            self.tuned.append(("aiter", aiter, peers.AITER_WARPS))
        self.kinds = {
            "empty": lambda b: peers.empty(),
            "beeline": self.beeline, "beeline_without": self.beeline_without,
            "round_trip": self.round_trip, "round_trip_eager": self.round_trip_eager,
            "compile": self.torch_compile}

    def _inputs(self, b):
        return (b.x, b.r, b.w) if self.residual else (b.x, b.w)

    def beeline(self, b):
        self._with(*self._inputs(b), out=[b.codes, b.scales, b.passthrough]
                   + [b.sum] * self.residual)

    def beeline_without(self, b):
        self._without(*self._inputs(b), out=[b.codes, b.scales] + [b.sum] * self.residual)

    def round_trip(self, b):
        self.beeline_without(b)
        self._dequant(b.codes, b.scales, out=b.dequantized)

    def round_trip_eager(self, b):
        self.beeline_without(b)
        return peers.dequant_torch(b.codes, b.scales)

    def torch_compile(self, b):
        return self._compiled(b.x, b.r if self.residual else None, b.w, True)

    def add_tuned(self, pool, timer):
        """The settings of the Triton kernels that are fastest here."""
        for name, kernel, settings in self.tuned:
            for passthrough in (True, False):
                kinds = {(f"{name}{'' if passthrough else '_without'}", setting):
                         self._bound(kernel, setting, passthrough)
                         for setting in settings}
                times = {key: min(self._time(kind, pool, timer) for _ in range(2))
                         for key, kind in kinds.items()}
                for key in sorted(times, key=times.get)[:FINALISTS]:
                    self.kinds[key] = kinds[key]

    def _bound(self, kernel, setting, passthrough):
        return lambda b: kernel(setting, b, self.residual, passthrough)

    def _time(self, kind, pool, timer):
        return timer.microseconds(lambda i: kind(pool.launch(i, self.rows)),
                                  launches_of(self.rows))

    def run_round(self, pool, timer):
        for key, kind in self.kinds.items():
            self.times.setdefault(key, []).append(self._time(kind, pool, timer))

    def _rounds(self, kind):
        """Those of each of its settings, if it has settings."""
        return [times for key, times in self.times.items()
                if kind == (key if isinstance(key, str) else key[0])]

    def has(self, kind):
        return bool(self._rounds(kind))

    def best(self, kind):
        """The rounds of a kind in its best setting."""
        return min(self._rounds(kind), key=statistics.median)

    def time(self, kind):
        return statistics.median(self.best(kind))

    def spread(self, kind):
        times = self.best(kind)
        return (max(times) - min(times)) / self.time(kind)


def check_equal(contest, pool):
    """All should do the same work, up to rounding."""
    b = pool.launch(0, contest.rows)
    expected = peers.norm_quant_torch(b.x, b.r if contest.residual else None, b.w, True)

    def check(name, got):
        differing = (got[0].view(torch.uint8) != expected[0].view(torch.uint8))
        close = all(torch.allclose(g.float(), e.float(), rtol=1e-2, atol=1e-3)
                    for g, e in zip(got[1:], expected[1:]))
        if differing.float().mean().item() > 0.01 or not close:
            sys.exit(f"{name} computes something else (N = {contest.columns})")

    written = [b.codes, b.scales, b.passthrough] + [b.sum] * contest.residual
    for name, kind in [("Beeline", contest.beeline)] + [
            (f"{name} {setting}", contest._bound(kernel, setting, True))
            for name, kernel, settings in contest.tuned if kernel is not peers.triton_copy
            for setting in settings]:
        for tensor in written:
            tensor.view(torch.uint8).zero_()
        kind(b)
        check(name, written)
    check("torch.compile", contest.torch_compile(b))


# --- torch.compile's cache -----------------------------------------------------------------

def compile_ahead(all_columns, all_rows):
    """Compiles for each M and N in a process of its own, into Inductor's cache: one
    after the other takes minutes."""
    return [subprocess.Popen([sys.executable, __file__, "--compile", str(n), str(m)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for n in all_columns for m in all_rows]


def compile_one(columns, rows):
    x = torch.randn(rows, columns, device="cuda", dtype=torch.bfloat16)
    for residual in (None, x):
        peers.compiled_norm_quant()(x, residual, x[0], True)
    torch.cuda.synchronize()


# --- Tables ----------------------------------------------------------------------------------

HEADER = ("M", "MB", "empty", "copy", "Beeline", "% of copy", "Triton", "x",
          "aiter", "x", "torch.compile", "x", "no passthrough", "Triton, no p.",
          "passthrough", "its bytes", "by rows", "round trip", "x", "eager", "x", "spread")


def row(contest):
    """The cells of `HEADER`; ratios are above 1 where Beeline is faster."""
    time = contest.time
    ours = time("beeline")

    def versus(kind):
        if not contest.has(kind):
            return "-", "-"
        return f"{time(kind):.2f}", f"{time(kind) / ours:.2f}"

    megabytes = bytes_moved(contest.rows, contest.columns, contest.residual, True) / 1e6
    return (f"{contest.rows}", f"{megabytes:.1f}", f"{time('empty'):.2f}",
            f"{time('copy'):.2f}", f"**{ours:.2f}**", f"{100 * time('copy') / ours:.0f}",
            *versus("triton"), *versus("aiter"), *versus("compile"),
            f"{time('beeline_without'):.2f}",
            f"{time('triton_without'):.2f}", f"{ours - time('beeline_without'):.2f}",
            f"{time('copy') - time('copy_without'):.2f}",
            f"{time('row_copy') - time('row_copy_without'):.2f}", *versus("round_trip"),
            *versus("round_trip_eager"),
            f"{100 * contest.spread('beeline'):.1f} / {100 * contest.spread('triton'):.1f} %")


def driver_version():
    try:
        return subprocess.run(["nvidia-smi", "--query-gpu=driver_version",
                               "--format=csv,noheader"], capture_output=True, text=True,
                              check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def report(contests, rounds):
    """The tables, and what they were made with."""
    yield (f"{torch.cuda.get_device_name()}, driver {driver_version()}, PyTorch "
           f"{torch.__version__}, Triton {peers.triton.__version__}, "
           f"{time.strftime('%Y-%m-%d')}: `{' '.join(sys.argv)}`. Microseconds, medians of "
           f"{rounds} rounds; spread is the largest less the smallest of Beeline and of "
           "Triton.")
    for columns in dict.fromkeys(contest.columns for contest in contests):
        for residual in (False, True):
            yield f"\nN = {columns}, {'with' if residual else 'without'} residual\n"
            yield f"| {' | '.join(HEADER)} |"
            yield "|---" * len(HEADER) + "|"
            for contest in contests:
                if (contest.columns, contest.residual) == (columns, residual):
                    yield f"| {' | '.join(row(contest))} |"


def raw(contests):
    """Every round of every kind and setting, for JSON."""
    return [{"columns": c.columns, "rows": c.rows, "residual": c.residual,
             "times": {str(key): times for key, times in c.times.items()}}
            for c in contests]


# --- ---------------------------------------------------------------------------------------

def log(*values):
    print(f"[{time.perf_counter() - log.start:6.1f} s]", *values, file=sys.stderr,
          flush=True)


log.start = time.perf_counter()


def prepare(layers, columns, all_rows, compiled, aiter, warm):
    """The pool and the contests of rows of one width."""
    layer = beeline.load(layers / TARGET / f"rows_{columns}.so")
    layer.load()
    pool = Pool(columns, warm)
    contests = [Contest(layer, compiled, rows, columns, residual, aiter)
                for residual in (False, True) for rows in all_rows]
    for contest in contests:
        check_equal(contest, pool)
    return pool, contests


def warm_up():
    """Until the clocks are up."""
    x = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    for _ in range(30):
        x @ x
    torch.cuda.synchronize()


def numbers(text):
    return tuple(map(int, text.split(",")))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("layers", type=pathlib.Path, metavar="BUILD/gpu-layers")
    parser.add_argument("--columns", type=numbers, default=COLUMNS)
    parser.add_argument("--rows", type=numbers, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm", action="store_true",
                        help="the same tensors for all launches: in the L2, if they fit")
    parser.add_argument("--aiter", type=pathlib.Path, metavar="FILE",
                        help="of aiter's sources, the one with its kernel "
                        "(gpu_peers.aiter_norm_quant)")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE",
                        help="the tables; what they are made of goes to FILE.json")
    return parser.parse_args()


def main():
    if sys.argv[1:2] == ["--compile"]:
        return compile_one(*map(int, sys.argv[2:]))
    arguments = parse_arguments()
    ahead = compile_ahead(arguments.columns, arguments.rows)
    failed = [process.args[-2:] for process in ahead if process.wait()]
    log("compiled ahead", *failed)

    compiled = peers.compiled_norm_quant()
    aiter = arguments.aiter and peers.aiter_norm_quant(arguments.aiter)
    timer = Timer()
    contests = []
    for columns in arguments.columns:
        pool, entries = prepare(arguments.layers, columns, arguments.rows, compiled,
                                aiter, arguments.warm)
        log(f"N = {columns}: all compute the same")
        warm_up()
        for contest in entries:
            contest.add_tuned(pool, timer)
        log(f"N = {columns}: tuned")
        for _ in range(arguments.rounds):
            for contest in entries:
                contest.run_round(pool, timer)
        log(f"N = {columns}: measured")
        contests += entries
        # A long run that is cut off leaves what it has.
        lines = list(report(contests, arguments.rounds))
        if arguments.output:
            arguments.output.write_text("\n".join(lines) + "\n")
            arguments.output.with_suffix(".json").write_text(json.dumps(raw(contests)))
        del pool
    print(*lines, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
