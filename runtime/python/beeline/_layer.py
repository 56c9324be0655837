"""Compiled layers and their functions."""

import ctypes
from dataclasses import dataclass
import json
import os
import re
import threading

from ._arrays import view
from ._errors import BeelineError, Status, invalid
from ._memory import memory_of, stream_handle
from ._types import ELEMENT_TYPES, ElementType

#: What kernels access memory with.
ALIGNMENT = 16


def load(path, name=None):
    """Opens a layer that beeline-compile has written. No device is touched before
    the first call, or `Layer.load`. `name` is what the file was called when it was
    compiled, if it has been renamed."""
    return Layer(path, name)


class Layer:
    """A compiled layer. Its functions are attributes, and in `functions`."""

    def __init__(self, path, name=None):
        path = os.path.abspath(path)
        stem = name or os.path.splitext(os.path.basename(path))[0]
        #: The prefix of the library's symbols.
        self.name = re.sub(r"^[0-9]|[^A-Za-z0-9_]", "_", stem)
        self._library = ctypes.CDLL(path)
        metadata = self._metadata(path)
        #: "gfx950", "sm_90", "cpu"
        self.target = metadata["target"]
        self._message = self._symbol(f"{self.name}_message", ctypes.c_char_p, [])
        self._load = self._symbol(f"{self.name}_load", ctypes.c_int, [])
        self.functions = {function["name"]: Function(self, function)
                          for function in metadata["functions"]}

    def load(self):
        """Loads the layer's code onto the current device, which the first call on a
        device does otherwise: but not if it is captured into a graph."""
        self._check(self._load())

    def _metadata(self, path):
        symbol = f"{self.name}_metadata"
        try:
            first = ctypes.c_char.in_dll(self._library, symbol)
        except ValueError:
            raise invalid(f"{path} has no {symbol}: it is no compiled layer, or has been "
                          "renamed since (then give its old name)") from None
        return json.loads(ctypes.string_at(ctypes.addressof(first)))

    def _symbol(self, name, result, arguments):
        try:
            function = getattr(self._library, name)
        except AttributeError:
            raise invalid(f"the layer {self.name} has no function {name}") from None
        function.restype = result
        function.argtypes = arguments
        return function

    def _check(self, status):
        if status == Status.OK:
            return
        message = self._message().decode(errors="replace")
        if status == Status.NOT_LOADED:
            message += " (in Python: Layer.load)"
        raise BeelineError(Status(status), message)

    def __getattr__(self, name):
        functions = self.__dict__.get("functions", {})
        if name in functions:
            return functions[name]
        raise AttributeError(f"the layer has no function {name!r}; there is "
                             + ", ".join(functions))

    def __dir__(self):
        return [*super().__dir__(), *self.functions]

    def __repr__(self):
        return "\n".join([f"<layer {self.name} for {self.target}>",
                          *(f"  {function!r}" for function in self.functions.values())])


@dataclass(frozen=True)
class Tensor:
    """A parameter or a result, as the metadata has it."""
    name: str
    mlir_type: str
    type: ElementType
    #: None where the extent is dynamic.
    shape: tuple
    #: The arguments whose memory a result may be given.
    may_alias: tuple

    @staticmethod
    def parse(index, kind, metadata):
        type = metadata["type"]
        if type not in ELEMENT_TYPES:
            raise invalid(f"this version knows no elements of type {type}")
        return Tensor(metadata.get("name", f"{kind}{index}"), type, ELEMENT_TYPES[type],
                      tuple(metadata["shape"]), tuple(metadata.get("may_alias", ())))

    @property
    def num_dynamic(self):
        return self.shape.count(None)

    def dynamic_extents(self, shape):
        return [actual for actual, known in zip(shape, self.shape) if known is None]

    def with_extents(self, extents):
        """The shape, with its dynamic extents taken from an iterator."""
        return tuple(next(extents) if known is None else known for known in self.shape)

    def accepts_shape(self, shape):
        return len(shape) == len(self.shape) and all(
            known in (None, actual) for actual, known in zip(shape, self.shape))

    def __str__(self):
        return f"{self.mlir_type}{_shape_text(self.shape)}"


def _shape_text(shape):
    return "[" + ", ".join("?" if extent is None else str(extent) for extent in shape) + "]"


class Function:
    """A function of a compiled layer: call it with its arguments.

    `out` is a result's tensor, or a sequence of them, with None where one is to be
    allocated. `stream` is a stream of PyTorch's or CuPy's or a handle; without it,
    PyTorch's current one is used, else the default one. The call returns when the
    work is in the stream; on the CPU when it is done.
    """

    def __init__(self, layer, metadata):
        self._layer = layer
        self.__name__ = self.name = metadata["name"]
        self.arguments = [Tensor.parse(i, "argument", argument)
                          for i, argument in enumerate(metadata["arguments"])]
        self.results = [Tensor.parse(i, "result", result)
                        for i, result in enumerate(metadata["results"])]
        self._num_result_extents = sum(result.num_dynamic for result in self.results)
        self._resolve()
        # A workspace per stream. Per thread too: on the CPU threads run at once.
        self._cache = threading.local()

    def _resolve(self):
        pointer, extent = ctypes.c_void_p, ctypes.c_int64
        extents = [extent] * sum(argument.num_dynamic for argument in self.arguments)
        self._call = self._layer._symbol(
            self.name, ctypes.c_int,
            [pointer] * len(self.arguments) + extents + [pointer] * len(self.results)
            + [pointer, ctypes.c_uint64, pointer])
        self._workspace_size = self._layer._symbol(
            f"{self.name}_workspace_size", ctypes.c_uint64, extents)
        if self._num_result_extents:
            self._result_sizes = self._layer._symbol(
                f"{self.name}_result_sizes", None, extents + [ctypes.POINTER(extent)])

    def __call__(self, *arguments, out=None, workspace=None, stream=None):
        if len(arguments) != len(self.arguments):
            raise TypeError(f"{self.name} takes {len(self.arguments)} arguments, and got "
                            f"{len(arguments)}")
        out = self._outs(out)
        memory = memory_of([*arguments, *out])
        views = [self._view("argument", i, value, tensor, stream)
                 for i, (value, tensor) in enumerate(zip(arguments, self.arguments))]
        device = self._device([view.device for view in views])
        extents = [extent for view, tensor in zip(views, self.arguments)
                   for extent in tensor.dynamic_extents(view.shape)]
        with memory.stream(device, stream) as handle:
            results, result_views = self._make_results(out, views, extents, device, memory,
                                                       stream)
            space = self._make_workspace(workspace, extents, device, memory, handle)
            self._layer._check(self._call(
                *map(_address, views), *extents, *map(_address, result_views),
                space and space.pointer, space.bytes if space else 0, handle))
        return results[0] if len(results) == 1 else tuple(results) if results else None

    def _outs(self, out):
        """A value for each result, None where it is to be allocated."""
        if out is None:
            return [None] * len(self.results)
        out = list(out) if isinstance(out, (list, tuple)) else [out]
        if len(out) != len(self.results):
            raise TypeError(f"{self.name} has {len(self.results)} results, and out= has "
                            f"{len(out)}")
        return out

    def _view(self, kind, index, value, tensor, stream):
        """The view of an argument or result, which fits its declaration."""
        what = f"{self.name}: {kind} {index}"
        if tensor.name != f"{kind}{index}":
            what += f" ({tensor.name})"
        try:
            found = view(value, stream_handle(stream))
        except TypeError as error:
            raise TypeError(f"{what}: {error}") from None
        if not tensor.type.accepts(found.dtype):
            raise invalid(f"{what} is {found.dtype}, and {tensor.type.name} is needed")
        if not tensor.accepts_shape(found.shape):
            raise invalid(f"{what} has shape {_shape_text(found.shape)}, and "
                          f"{_shape_text(tensor.shape)} is needed")
        if not found.contiguous:
            raise invalid(f"{what} is not contiguous: make a copy that is")
        if found.bytes and found.pointer % ALIGNMENT:
            raise invalid(f"{what} does not start at a multiple of {ALIGNMENT} bytes: "
                          "make a copy")
        wanted = "cpu" if self._layer.target == "cpu" else "gpu"
        if found.device[0] != wanted:
            raise invalid(f"{what} is on the {found.device[0]}, and the layer is for "
                          f"{self._layer.target}")
        return found

    def _device(self, devices):
        """The one device of all arguments."""
        if len(set(devices)) > 1:
            raise invalid(f"{self.name}: the arguments are on several devices: "
                          + ", ".join(f"{kind} {number}" for kind, number in devices))
        return devices[0] if devices else ("cpu" if self._layer.target == "cpu" else "gpu", 0)

    #===------------------------------------------------------------------===#
    # Results
    #===------------------------------------------------------------------===#

    def _result_shapes(self, extents):
        sizes = (ctypes.c_int64 * self._num_result_extents)()
        if self._num_result_extents:
            self._result_sizes(*extents, sizes)
        it = iter(sizes)
        return [result.with_extents(it) for result in self.results]

    def _make_results(self, out, arguments, extents, device, memory, stream):
        """The results, allocated where the caller gave none, and their views."""
        results, views = [], []
        for i, (value, tensor, shape) in enumerate(
                zip(out, self.results, self._result_shapes(extents))):
            given = value is not None
            if not given:
                value = memory.empty(shape, tensor.type, device)
            found = self._view("result", i, value, tensor, stream)
            if given:
                self._check_out(i, found, shape, device, arguments, views)
            results.append(value)
            views.append(found)
        return results, views

    def _check_out(self, index, found, shape, device, arguments, earlier):
        what = f"{self.name}: result {index}"
        if found.shape != shape:
            raise invalid(f"{what} has shape {_shape_text(found.shape)}, and "
                          f"{_shape_text(shape)} is needed")
        if found.device != device:
            raise invalid(f"{what} is on another device than the arguments")
        if not found.writable:
            raise invalid(f"{what} cannot be written to")
        for i, argument in enumerate(arguments):
            in_place = (i in self.results[index].may_alias
                        and (found.pointer, found.bytes) == (argument.pointer, argument.bytes))
            if found.overlaps(argument) and not in_place:
                raise invalid(f"{what} overlaps argument {i}, and may not")
        if any(found.overlaps(other) for other in earlier):
            raise invalid(f"{what} overlaps another result")

    #===------------------------------------------------------------------===#
    # The workspace
    #===------------------------------------------------------------------===#

    def _make_workspace(self, given, extents, device, memory, handle):
        """A view of the workspace, None if none is needed."""
        needed = self._workspace_size(*extents)
        if given is not None:
            found = view(given, handle)
            if found.device != device or not found.contiguous or not found.writable:
                raise invalid(f"{self.name}: the workspace must be contiguous, writable and "
                              "on the arguments' device")
            return found
        if not needed:
            return None
        # A graph owns what is allocated while it is captured. A cached workspace
        # could be in use elsewhere, or be gone, when the graph runs.
        if memory.is_capturing(device):
            return view(memory.empty_bytes(needed, device))
        return self._cached_workspace(needed, device, memory, handle)

    def _cached_workspace(self, needed, device, memory, handle):
        workspaces = self._cache.__dict__
        key = (type(memory), device, handle)
        found = workspaces.get(key)
        if found is None or found.bytes < needed:
            found = workspaces[key] = view(memory.empty_bytes(needed, device))
        return found

    def __repr__(self):
        def several(tensors):
            return ", ".join(map(str, tensors))
        return f"{self.name}({several(self.arguments)}) -> ({several(self.results)})"


def _address(view):
    """An empty tensor may have no address, and a layer wants one."""
    return view.pointer if view.bytes else ALIGNMENT
