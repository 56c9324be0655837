"""What becomes of a layer's function on a device: every byte that it writes held against
the CPU's code, and no other byte changed; its refusals; its calls in captured graphs.
For check-gpu.py and check-emulator.py. Needs NumPy, the driver and the layers.
"""

import ctypes
from dataclasses import dataclass
import math
import threading

import numpy as np

import check_inputs

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
    """Arguments for functions of rows of one width, made when first needed: of every
    kind, or plain ones only."""

    def __init__(self, max_rows, plain=False):
        self._max_rows, self._plain = max_rows, plain
        self._made = {}
        self._locks = {}

    def argument(self, index, tensor, start, rows, special):
        """Rows from `start` on, contiguous and aligned; or a weight."""
        if len(tensor.shape) == 1:
            return check_inputs.weight(tensor.mlir_type, *tensor.shape, index, special)
        if None not in tensor.shape:
            return check_inputs.rows(tensor.mlir_type, *tensor.shape, index, plain=True)
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
                self._made[key] = check_inputs.rows(type, self._max_rows, width, index,
                                                     self._plain)
            return self._made[key]


# --- One function --------------------------------------------------------------------------

@dataclass
class Case:
    rows: int
    #: The first row of the inputs.
    start: int = 0
    special: bool = False
    in_place: bool = False
    replayed: bool = False

    def __str__(self):
        return (f"{self.rows} rows from {self.start}" + ", special weight" * self.special
                + ", in place" * self.in_place + ", replayed" * self.replayed)


def has_weight(function):
    return any(None not in a.shape for a in function.arguments)


def has_alias(function):
    return any(r.may_alias for r in function.results)


def starts(rows):
    """First rows, from which so many rows, one after the other, meet all kinds."""
    few = 0 < rows < check_inputs.num_kinds()
    return range(0, check_inputs.num_kinds() if few else 1, max(rows, 1))


def in_place_of(function, case):
    """For each result, the argument whose memory it gets, or None."""
    taken, found = set(), []
    for result in function.results:
        free = [i for i in result.may_alias if i not in taken] if case.in_place else []
        found.append(free[0] if free else None)
        taken.update(free[:1])
    return found


class Placed:
    """A call's tensors and workspace, in an arena."""

    def __init__(self, function, rows, arena, in_place=None):
        self._function, self._arena = function, arena
        self.workspace = function.workspace_size(rows)
        tensors = (*function.arguments, *function.results)
        self.sizes = [bytes_of(tensor, rows) for tensor in tensors]
        *addresses, self._space = arena.place([*self.sizes, self.workspace])
        count = len(function.arguments)
        self.sources, self.targets = addresses[:count], addresses[count:]
        for i, alias in enumerate(in_place or ()):
            if alias is not None:
                self.targets[i] = self.sources[alias]
        self.extents = [rows] * function.num_extents

    def write(self, arguments):
        for address, array in zip(self.sources, arguments):
            self._arena.memory.write(address, array)

    def call(self, sources=None, extents=None, targets=None):
        """The status."""
        return self._function(sources or self.sources, extents or self.extents,
                              targets or self.targets, self._space, self.workspace,
                              self._arena.memory.stream)

    def results(self):
        """For each result its bytes, and those around it."""
        sizes = self.sizes[len(self.sources):]
        return [self._arena.read(*where) for where in zip(self.targets, sizes)]


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


def compare_all(report, case, function, expected, placed):
    for i, (tensor, array, (got, guards)) in enumerate(
            zip(function.results, expected, placed.results())):
        compare(report, case, i, tensor, array.reshape(-1).view(np.uint8), got)
        if (guards != UNTOUCHED).any():
            report.fail(case, f"result {i}: bytes around it have changed")
        report.bytes += array.nbytes
    report.cases += 1


def arguments_of(function, case, inputs):
    return [inputs.argument(i, tensor, case.start, case.rows, case.special)
            for i, tensor in enumerate(function.arguments)]


def results_of(expected_function, arguments):
    results = expected_function(*arguments)
    return results if isinstance(results, tuple) else (results,)


def run(report, case, function, arguments, arena):
    """The call's tensors when it is done, or None if it failed."""
    placed = Placed(function, case.rows, arena, in_place_of(function, case))
    placed.write(arguments)
    status = placed.call()
    if status:
        report.fail(case, f"status {status}: {function.message().decode()}")
        return None
    arena.memory.synchronize()
    return placed


def check_case(report, case, function, expected_function, inputs, arena):
    arguments = arguments_of(function, case, inputs)
    expected = results_of(expected_function, arguments)
    placed = run(report, case, function, arguments, arena)
    if placed:
        compare_all(report, case, function, expected, placed)


def check_graphs(report, function, expected_function, inputs, arena):
    """A call puts one kernel into a graph, which computes the same when it is
    replayed, of what is in memory then; a call of no rows puts nothing there."""
    for rows, wanted in ((0, 0), (3, NODES.get(function.name, 1))):
        placed = Placed(function, rows, arena)
        status, graph = arena.memory.capture(placed.call)
        report.cases += 1
        if status or graph.nodes not in (None, wanted):
            report.fail(f"{rows} rows, captured", f"status {status}, {graph.nodes} nodes")
        elif rows and graph.nodes:
            graph.instantiate()
            for start in (0, rows):
                case = Case(rows, start, replayed=True)
                arguments = arguments_of(function, case, inputs)
                placed.write(arguments)
                graph.replay()
                compare_all(report, case, function,
                            results_of(expected_function, arguments), placed)
        graph.destroy()


def check_refusals(report, function, arena):
    """Calls that have to fail, each of them with one mistake."""
    rows = 64
    placed = Placed(function, rows, arena)
    count = len(placed.sources)
    addresses, extents = [*placed.sources, *placed.targets], placed.extents

    def expect_refusal(mistake, addresses, extents):
        status = placed.call(addresses[:count], extents, addresses[count:])
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
