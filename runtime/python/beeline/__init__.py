"""Calls layers that beeline-compile has compiled.

    import beeline
    layer = beeline.load("layer.so")
    y = layer.prologue(x, weight)

Arguments are tensors of any framework: PyTorch's, NumPy's, or what offers DLPack or
`__cuda_array_interface__`. Results are PyTorch tensors if an argument is one, NumPy
arrays otherwise. Nothing is copied or converted: what does not fit is an error.

Needs Python 3.9 and nothing else; PyTorch, NumPy and ml_dtypes are used if the
arguments are theirs.
"""

from ._errors import BeelineError, Status
from ._layer import Function, Layer, load

__all__ = ["BeelineError", "Function", "Layer", "Status", "load"]
