#!/usr/bin/env python3
"""Holds the kernels of build-gpu-layers.py against the CPU's code: every byte that a
function writes must be the same, and no other byte may change. Prints a table of the
cases, and each difference with its place; exits with 1 if there is one.

Every function gets every number of rows, on inputs with special values, once with a
plain weight and, of some numbers of rows, with special values in the weight, and with
results in place of arguments where the layer allows that. Also checked: no rows launch
nothing, a call is one launch and nothing else in a captured graph, which gives the same
bytes when it is replayed, and a pointer that is not aligned or absent, a negative number of rows and numbers that disagree give
BEELINE_INVALID_ARGUMENT.

Needs NumPy, the driver and the layers; neither Beeline nor LLVM.

usage: check-gpu.py BUILD/gpu-layers [--target=sm_90] [--rows=M,...] [--columns=N,...]
                    [--functions=REGEX] [--threads=N] [--output=FILE]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "runtime/python"))
import beeline  # noqa: E402
import check_inputs  # noqa: E402
from check_report import Report, table  # noqa: E402
from device_memory import memory_of  # noqa: E402
import layer_check  # noqa: E402
from layer_check import Arena, Case, CFunction, Inputs  # noqa: E402

ROWS = (0, 1, 3, 64, 1000, 4096, 16384)
# Numbers of rows that also get a weight with special values, and results in place.
MORE = (3, 64, 1000)


def cases(function, all_rows):
    """The first few rows are of all kinds, and few rows start at each of these."""
    for rows in all_rows:
        for start in layer_check.starts(rows):
            yield Case(rows, start)
        if rows in MORE:
            if layer_check.has_weight(function):
                yield Case(rows, special=True)
            if layer_check.has_alias(function):
                yield Case(rows, in_place=True)


# --- All functions ---------------------------------------------------------------------------

class Checker:
    def __init__(self, target, rows, threads):
        self._target, self._rows = target, rows
        self._thread = threading.local()
        self._pool = concurrent.futures.ThreadPoolExecutor(threads)

    def _arena(self):
        if not hasattr(self._thread, "arena"):
            self._thread.arena = Arena(memory_of(self._target))
        return self._thread.arena

    def check_library(self, path, expected_path, pattern):
        """A report for each function that the pattern is found in."""
        # The driver compiles the kernels.
        layer, expected = beeline.load(path), beeline.load(expected_path)
        columns = int(re.search(r"\d+", path.stem)[0])
        self._arena()
        start = time.perf_counter()
        layer.load()
        print(f"{path.name}: loaded in {time.perf_counter() - start:.1f} s", flush=True)
        inputs = Inputs(max(*self._rows, 2 * check_inputs.num_kinds()))
        reports = [self._pool.submit(self._check_function, Report(name, columns),
                                     CFunction(path, function), expected.functions[name],
                                     inputs)
                   for name, function in layer.functions.items() if pattern.search(name)]
        return [report.result() for report in reports]

    def _check_function(self, report, function, expected, inputs):
        arena = self._arena()
        layer_check.check_graphs(report, function, expected, inputs, arena)
        layer_check.check_refusals(report, function, arena)
        for case in cases(function, self._rows):
            layer_check.check_case(report, case, function, expected, inputs, arena)
        return report


def summary(reports, name, target, seconds):
    failed = sum(bool(report.differences) for report in reports)
    gigabytes = sum(report.bytes for report in reports) / 1e9
    yield (f"{target} on {name}, {time.strftime('%Y-%m-%d')}: {len(reports)} functions, "
           f"{sum(report.cases for report in reports)} cases, {gigabytes:.1f} GB compared "
           f"with the CPU's code in {seconds:.0f} s; {failed} functions differ")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("layers", type=pathlib.Path, metavar="BUILD/gpu-layers")
    parser.add_argument("--target", default="sm_90")
    parser.add_argument("--rows", default=",".join(map(str, ROWS)))
    parser.add_argument("--columns", default="", help="default: all that are there")
    parser.add_argument("--functions", type=re.compile, default=re.compile(""))
    parser.add_argument("--threads", type=int, default=min(os.cpu_count(), 12))
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    libraries = sorted((arguments.layers / arguments.target).glob("rows_*.so"))
    wanted = [f"rows_{n}" for n in arguments.columns.split(",") if n]
    libraries = [path for path in libraries if not wanted or path.stem in wanted]
    if not libraries:
        sys.exit(f"no layers in {arguments.layers / arguments.target}: make them with "
                 "utils/build-gpu-layers.py")
    checker = Checker(arguments.target, [int(m) for m in arguments.rows.split(",")],
                      arguments.threads)
    start, reports = time.perf_counter(), []
    for path in libraries:
        expected = arguments.layers / f"{arguments.target}-expected" / path.name
        reports += checker.check_library(path, expected, arguments.functions)
    lines = [*table(reports), "",
             *(difference for report in reports for difference in report.differences[:5]),
             *summary(reports, memory_of(arguments.target).name, arguments.target,
                      time.perf_counter() - start)]
    print(*lines, sep="\n")
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n")
    return any(report.differences for report in reports)


if __name__ == "__main__":
    sys.exit(main())
