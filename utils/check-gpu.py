#!/usr/bin/env python3
"""Holds the kernels of build-gpu-layers.py against the CPU's code: every byte that a
function writes must be the same, and no other byte may change. Prints a table of the
cases, and each difference with its place; exits with 1 if there is one.

Every function gets every number of rows, on inputs with special values, once with a
plain weight and, of some numbers of rows, with special values in the weight, and with
results in place of arguments where the layer allows that. Also checked: no rows launch
nothing, a call is one launch and nothing else in a captured graph, and a pointer that
is not aligned or absent, a negative number of rows and numbers that disagree give
BEELINE_INVALID_ARGUMENT.

Needs NumPy, the driver and the layers; neither Beeline nor LLVM.

usage: check-gpu.py BUILD/gpu-layers [--target=sm_90] [--rows=M,...] [--columns=N,...]
                    [--functions=REGEX] [--threads=N] [--output=FILE]
"""

import argparse
import concurrent.futures
import ctypes
from dataclasses import dataclass, field
import math
import os
import pathlib
import re
import sys
import threading
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "runtime/python"))
import beeline  # noqa: E402
import check_inputs  # noqa: E402
from device_memory import memory_of  # noqa: E402

ROWS = (0, 1, 3, 64, 1000, 4096, 16384)
# Numbers of rows that also get a weight with special values, and results in place.
MORE = (3, 64, 1000)
# Before and after every tensor lie this many bytes that must not change.
GUARD = 256
UNTOUCHED = 0xA5
INVALID_ARGUMENT = 1
# Graph nodes of a call, where there are more than one: what is left of a round trip is
# a quantization and a copy of its argument.
NODES = {"round_trip": 2}


# --- Calls ---------------------------------------------------------------------------

class CFunction:
    """A function of a layer, called as C has it: by addresses."""

    def __init__(self, path, function):
        library = ctypes.CDLL(str(path))
        self.arguments, self.results = function.arguments, function.results
        self.name = function.name
        # Of every tensor, one extent is the number of rows, if any is dynamic.
        self.num_extents = sum(None in a.shape for a in self.arguments)
        extents = [ctypes.c_int64] * self.num_extents
        pointer = ctypes.c_void_p
        self._call = getattr(library, self.name)
        self._call.argtypes = ([pointer] * len(self.arguments) + extents
                               + [pointer] * len(self.results)
                               + [pointer, ctypes.c_uint64, pointer])
        self.message = getattr(library, f"{path.stem}_message")
        self.message.restype = ctypes.c_char_p
        self._workspace_size = getattr(library, f"{self.name}_workspace_size")
        self._workspace_size.argtypes = extents
        self._workspace_size.restype = ctypes.c_uint64

    def __call__(self, arguments, extents, results, workspace, size, stream):
        """The status."""
        return self._call(*arguments, *extents, *results, workspace, size, stream)

    def workspace_size(self, rows):
        return self._workspace_size(*[rows] * self.num_extents)


def shape_of(tensor, rows):
    return tuple(rows if extent is None else extent for extent in tensor.shape)


def bytes_of(tensor, rows):
    return math.prod(shape_of(tensor, rows)) * tensor.type.bytes


# --- A thread's device memory ----------------------------------------------------------

class Arena:
    """One block of memory, in which tensors lie with guards around them."""

    def __init__(self, memory):
        self.memory = memory
        self._address, self._size = 0, 0

    def place(self, sizes):
        """Addresses for tensors of these sizes, all memory untouched."""
        offsets, end = [], GUARD
        for size in sizes:
            offsets.append(end)
            end = -(-(end + size) // GUARD) * GUARD + GUARD
        if end > self._size:
            if self._size:
                self.memory.free(self._address)
            self._address, self._size = self.memory.allocate(end), end
        self.memory.fill(self._address, UNTOUCHED, end)
        return [self._address + offset for offset in offsets]

    def read(self, address, size):
        """The bytes of a tensor, and those of the guards around it."""
        whole = np.empty(GUARD + -(-size // GUARD) * GUARD + GUARD, np.uint8)
        self.memory.read(address - GUARD, whole)
        end = GUARD + size
        return whole[GUARD:end], np.concatenate([whole[:GUARD], whole[end:]])


# --- Inputs ------------------------------------------------------------------------------

class Inputs:
    """Arguments for functions of rows of one width, made when first needed."""

    def __init__(self, max_rows):
        self._max_rows = max_rows
        self._made = {}
        self._locks = {}

    def argument(self, index, tensor, start, rows, special):
        """Rows from `start` on, contiguous and aligned; or a weight."""
        if None not in tensor.shape:
            return check_inputs.weight(tensor.mlir_type, *tensor.shape, index, special)
        across = tensor.shape.index(None)
        whole = self._rows(index, tensor.mlir_type, tensor.shape[1 - across])
        if across == 0 and start == 0:
            return whole[:rows]
        part = whole[start:start + rows]
        return (part if across == 0 else part.T).copy()

    def _rows(self, *key):
        index, type, width = key
        with self._locks.setdefault(key, threading.Lock()):
            if key not in self._made:
                self._made[key] = check_inputs.rows(type, self._max_rows, width, index)
            return self._made[key]


# --- One function --------------------------------------------------------------------------

@dataclass
class Report:
    """What became of a function of rows of one width."""
    function: str
    columns: int
    cases: int = 0
    bytes: int = 0
    differences: list = field(default_factory=list)

    def fail(self, case, message):
        self.differences.append(f"{self.function}, {self.columns} columns, {case}: {message}")


@dataclass
class Case:
    rows: int
    #: The first row of the inputs.
    start: int = 0
    special: bool = False
    in_place: bool = False

    def __str__(self):
        return (f"{self.rows} rows from {self.start}" + ", special weight" * self.special
                + ", in place" * self.in_place)


def cases(function, all_rows):
    """The first few rows are of all kinds, and few rows start at each of these."""
    has_weight = any(None not in a.shape for a in function.arguments)
    has_alias = any(r.may_alias for r in function.results)
    for rows in all_rows:
        few = 0 < rows < check_inputs.num_kinds()
        for start in range(0, check_inputs.num_kinds() if few else 1, max(rows, 1)):
            yield Case(rows, start)
        if rows in MORE:
            if has_weight:
                yield Case(rows, special=True)
            if has_alias:
                yield Case(rows, in_place=True)


def in_place_of(function, case):
    """For each result, the argument whose memory it gets, or None."""
    taken, found = set(), []
    for result in function.results:
        free = [i for i in result.may_alias if i not in taken] if case.in_place else []
        found.append(free[0] if free else None)
        taken.update(free[:1])
    return found


def compare(report, case, i, tensor, expected, got):
    """Notes the first element that differs, and how many do."""
    if np.array_equal(expected, got):
        return
    width = tensor.type.bytes
    differ = (expected != got).reshape(-1, width).any(axis=1)
    first = int(differ.argmax())
    place = np.unravel_index(first, shape_of(tensor, case.rows))
    have, want = (bytes(b[first * width:][:width][::-1]).hex() for b in (got, expected))
    report.fail(case, f"result {i} ({tensor.mlir_type}) differs in {int(differ.sum())} of "
                f"{len(differ)} elements, first at {list(map(int, place))}: 0x{have} "
                f"instead of 0x{want}")


def check_case(report, case, function, expected_function, inputs, arena):
    arguments = [inputs.argument(i, tensor, case.start, case.rows, case.special)
                 for i, tensor in enumerate(function.arguments)]
    expected = expected_function(*arguments)
    expected = expected if isinstance(expected, tuple) else (expected,)

    workspace = function.workspace_size(case.rows)
    sizes = [bytes_of(t, case.rows) for t in (*function.arguments, *function.results)]
    *addresses, space = arena.place([*sizes, workspace])
    sources, targets = addresses[:len(arguments)], addresses[len(arguments):]
    targets = [targets[i] if alias is None else sources[alias]
               for i, alias in enumerate(in_place_of(function, case))]
    for address, array in zip(sources, arguments):
        arena.memory.write(address, array)
    status = function(sources, [case.rows] * function.num_extents, targets, space,
                      workspace, arena.memory.stream)
    if status:
        report.fail(case, f"status {status}: {function.message().decode()}")
        return
    arena.memory.synchronize()

    for i, (tensor, address, array) in enumerate(zip(function.results, targets, expected)):
        got, guards = arena.read(address, array.nbytes)
        compare(report, case, i, tensor, array.reshape(-1).view(np.uint8), got)
        if (guards != UNTOUCHED).any():
            report.fail(case, f"result {i}: bytes around it have changed")
        report.bytes += array.nbytes
    report.cases += 1


def check_launches(report, function, arena):
    """A call puts one kernel into a graph, and a call of no rows nothing."""
    for rows, wanted in ((0, 0), (64, NODES.get(function.name, 1))):
        workspace = function.workspace_size(rows)
        *addresses, space = arena.place([
            *(bytes_of(t, rows) for t in (*function.arguments, *function.results)),
            workspace])
        count = len(function.arguments)
        status, launches = arena.memory.count_launches(lambda: function(
            addresses[:count], [rows] * function.num_extents, addresses[count:], space,
            workspace, arena.memory.stream))
        report.cases += 1
        if status or launches not in (None, wanted):
            report.fail(f"{rows} rows, captured", f"status {status}, {launches} nodes")


def check_refusals(report, function, arena):
    """Calls that have to fail, each of them with one mistake."""
    rows = 64
    workspace = function.workspace_size(rows)
    *addresses, space = arena.place([
        *(bytes_of(t, rows) for t in (*function.arguments, *function.results)), workspace])
    count = len(function.arguments)
    extents = [rows] * function.num_extents

    def expect_refusal(mistake, addresses, extents):
        status = function(addresses[:count], extents, addresses[count:], space, workspace,
                          arena.memory.stream)
        report.cases += 1
        if status != INVALID_ARGUMENT:
            report.fail(mistake, f"status {status} instead of {INVALID_ARGUMENT}")

    for i, address in enumerate(addresses):
        for mistake, wrong in (("misplaced", address + 8), ("absent", None)):
            expect_refusal(f"pointer {i} {mistake}",
                           [*addresses[:i], wrong, *addresses[i + 1:]], extents)
    expect_refusal("negative rows", addresses, [-1] * len(extents))
    for i in range(1, len(extents)):
        expect_refusal(f"rows {i} disagree", addresses,
                       [*extents[:i], rows - 1, *extents[i + 1:]])
    arena.memory.synchronize()


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
        check_launches(report, function, arena)
        check_refusals(report, function, arena)
        for case in cases(function, self._rows):
            check_case(report, case, function, expected, inputs, arena)
        return report


def table(reports):
    """Of each function and width, the cases that are equal in every byte."""
    columns = list(dict.fromkeys(report.columns for report in reports))
    cells = {(report.function, report.columns):
             f"{len(report.differences)} DIFFER" if report.differences else str(report.cases)
             for report in reports}
    names = list(dict.fromkeys(report.function for report in reports))
    yield f"| function | {' | '.join(f'N = {n}' for n in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in names:
        yield f"| {name} | {' | '.join(cells.get((name, n), '-') for n in columns)} |"


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
