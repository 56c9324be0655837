"""Other frameworks' arrays, seen alike.

`view` tells where an array's elements are, and what they are, without copying.
"""

import ctypes
from dataclasses import dataclass
import math

from ._types import DLPACK_NAMES


@dataclass(frozen=True)
class View:
    pointer: int
    shape: tuple
    #: The element type's name, as in `ElementType`.
    dtype: str
    itemsize: int
    #: ("cpu", 0), or "gpu" and its number.
    device: tuple
    contiguous: bool
    writable: bool = True
    #: What owns the elements.
    keep: object = None

    @property
    def bytes(self):
        return math.prod(self.shape) * self.itemsize

    def overlaps(self, other):
        return (self.bytes and other.bytes and self.device == other.device
                and self.pointer < other.pointer + other.bytes
                and other.pointer < self.pointer + self.bytes)


def view(value, stream=None):
    """The view of an array. What an array of DLPack's still has to do comes before
    what is done on `stream`, a handle. Raises TypeError if `value` is no array."""
    if hasattr(value, "data_ptr"):
        return _view_torch(value)
    if hasattr(value, "__array_interface__"):
        return _view_interface(value, value.__array_interface__, "cpu")
    if hasattr(value, "__cuda_array_interface__"):
        return _view_interface(value, value.__cuda_array_interface__, "gpu")
    if hasattr(value, "__dlpack__"):
        return _view_dlpack(value, stream)
    raise TypeError(f"a {type(value).__name__} is no tensor")


def _view_torch(tensor):
    device = tensor.device
    kind = "cpu" if device.type == "cpu" else "gpu" if device.type == "cuda" else device.type
    return View(tensor.data_ptr(), tuple(tensor.shape),
                str(tensor.dtype).removeprefix("torch."), tensor.element_size(),
                (kind, device.index or 0), tensor.is_contiguous(), keep=tensor)


_KINDS = {"f": "float", "i": "int", "u": "uint", "V": "uint", "b": "bool"}


def _view_interface(value, interface, kind):
    shape, typestr = tuple(interface["shape"]), interface["typestr"]
    itemsize = int(typestr[2:])
    # ml_dtypes' types look like opaque bytes in the interface.
    name = getattr(getattr(value, "dtype", None), "name", "")
    if typestr[0] == ">" or typestr[1] not in _KINDS:
        name = typestr
    elif not name or name.startswith("void"):
        bits = "" if typestr[1] == "b" else str(8 * itemsize)
        name = _KINDS[typestr[1]] + bits
    strides = interface.get("strides")
    if strides:
        strides = [stride / itemsize for stride in strides]
    pointer, read_only = interface["data"]
    return View(pointer or 0, shape, name, itemsize, (kind, _gpu_number(value)),
                _is_contiguous(shape, strides), not read_only, keep=value)


def _gpu_number(value):
    """CuPy's and Numba's arrays say where they are; the interface does not."""
    device = getattr(value, "device", None)
    return getattr(device, "id", 0)


def _is_contiguous(shape, strides):
    """Whether the last dimension is the fastest and nothing lies between elements.
    Strides count elements; without any, that is so."""
    if strides is None or 0 in shape:
        return True
    expected = 1
    for extent, stride in zip(reversed(shape), reversed(strides)):
        if extent != 1 and stride != expected:
            return False
        expected *= extent
    return True


#===----------------------------------------------------------------------===#
# DLPack
#===----------------------------------------------------------------------===#

class _DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


_CPU, _CUDA, _CUDA_HOST, _ROCM, _ROCM_HOST = 1, 2, 3, 10, 11
_DEVICES = {_CPU: "cpu", _CUDA_HOST: "cpu", _ROCM_HOST: "cpu", _CUDA: "gpu", _ROCM: "gpu"}

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _view_dlpack(value, stream):
    device_type, _ = value.__dlpack_device__()
    if device_type in (_CUDA, _ROCM):
        # CUDA's default stream goes by the number 1 here, HIP's by 0.
        default = 1 if device_type == _CUDA else 0
        capsule = value.__dlpack__(stream=stream or default)
    else:
        capsule = value.__dlpack__()
    # The capsule is not consumed: it frees the tensor when it goes.
    tensor = _DLTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    shape = tuple(tensor.shape[:tensor.ndim])
    strides = tensor.strides[:tensor.ndim] if tensor.strides else None
    name = DLPACK_NAMES.get((tensor.code, tensor.bits)) if tensor.lanes == 1 else None
    device = (_DEVICES.get(tensor.device_type, f"DLPack device {tensor.device_type}"),
              0 if tensor.device_type == _CPU else tensor.device_id)
    return View((tensor.data or 0) + tensor.byte_offset, shape,
                name or f"DLPack type {tensor.code} of {tensor.bits} bits",
                tensor.bits // 8, device, _is_contiguous(shape, strides), keep=capsule)
