"""Where results and workspaces come from: the arguments' framework.

Both kinds of memory have
- `stream(device, stream)`: a context in which to allocate and to call, which gives
  the handle of the stream to use;
- `empty(shape, type, device)`, `empty_bytes(count, device)`;
- `is_capturing(device)`: whether a graph is being captured.
"""

import contextlib
import math
import sys

from ._errors import invalid


def memory_of(values):
    torch = sys.modules.get("torch")
    if torch and any(isinstance(value, torch.Tensor) for value in values):
        return TorchMemory(torch)
    return NumPyMemory()


class TorchMemory:
    def __init__(self, torch):
        self.torch = torch

    @contextlib.contextmanager
    def stream(self, device, stream):
        if device[0] == "cpu":
            yield None
            return
        cuda = self.torch.cuda
        with cuda.device(device[1]):
            if stream is None:
                yield cuda.current_stream().cuda_stream
                return
            # As its current stream, PyTorch orders the use of what is allocated.
            with cuda.stream(self._stream(stream)):
                yield cuda.current_stream().cuda_stream

    def _stream(self, stream):
        if isinstance(stream, self.torch.cuda.Stream):
            return stream
        handle = stream_handle(stream)
        return (self.torch.cuda.ExternalStream(handle) if handle
                else self.torch.cuda.default_stream())

    def _device(self, device):
        kind, number = device
        return self.torch.device("cuda", number) if kind == "gpu" else "cpu"

    def empty(self, shape, type, device):
        # Older versions lack newer types.
        dtype = getattr(self.torch, type.name, None) or getattr(self.torch, type.bits_name)
        return self.torch.empty(shape, dtype=dtype, device=self._device(device))

    def empty_bytes(self, count, device):
        return self.torch.empty(count, dtype=self.torch.uint8, device=self._device(device))

    def is_capturing(self, device):
        return device[0] == "gpu" and self.torch.cuda.is_current_stream_capturing()


class NumPyMemory:
    ALIGNMENT = 64

    @contextlib.contextmanager
    def stream(self, device, stream):
        yield None if device[0] == "cpu" else stream_handle(stream)

    def empty(self, shape, type, device):
        import numpy
        if device[0] != "cpu":
            raise invalid("only PyTorch's results can be allocated on a GPU: pass out=")
        dtype = _numpy_dtype(type)
        bytes = self.empty_bytes(math.prod(shape) * type.bytes, device)
        return bytes.view(dtype).reshape(shape)

    def empty_bytes(self, count, device):
        import numpy
        if device[0] != "cpu":
            raise invalid(f"the call needs a workspace of {count} bytes on the GPU: "
                          "pass workspace=")
        whole = numpy.empty(count + self.ALIGNMENT, numpy.uint8)
        first = -whole.ctypes.data % self.ALIGNMENT
        return whole[first:first + count]

    def is_capturing(self, device):
        return False


def _numpy_dtype(type):
    import numpy
    if type.native:
        return numpy.dtype(type.name)
    try:
        import ml_dtypes
        return numpy.dtype(getattr(ml_dtypes, type.name))
    except (ImportError, AttributeError):
        return numpy.dtype(type.bits_name)


def stream_handle(stream):
    """The number behind a stream of PyTorch's or CuPy's, or a number."""
    if stream is None:
        return 0
    for attribute in ("cuda_stream", "ptr"):
        if hasattr(stream, attribute):
            return getattr(stream, attribute)
    return int(stream)
