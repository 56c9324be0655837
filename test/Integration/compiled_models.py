"""Compiles models to libraries and compares what they compute with beeline-run.

usage: compiled_models.py runtime/python MODEL.mlir...
"""

from pathlib import Path
import subprocess
import sys

import ml_dtypes
import numpy as np

sys.path.insert(0, sys.argv[1])
import beeline

TYPES = {"bf16": ml_dtypes.bfloat16, "f32": np.float32,
         "f8E4M3FN": ml_dtypes.float8_e4m3fn}
ROWS = 2
random = np.random.default_rng(0)


def make(argument):
    shape = [ROWS if extent is None else extent for extent in argument.shape]
    dtype = TYPES[argument.mlir_type]
    if np.dtype(dtype).itemsize == 1:
        # Codes of both signs, none of them NaN.
        codes = random.integers(0, 127, shape, np.uint8)
        return (codes ^ (random.integers(0, 2, shape, np.uint8) << 7)).view(dtype)
    return random.uniform(-1, 1, shape).astype(dtype)


for path in map(Path, sys.argv[2:]):
    name = path.stem
    # Both run the graph as it is after round trips are elided.
    subprocess.run(["beeline-opt", path, "--beeline-elide-round-trips", "-o",
                    f"{name}.mlir"], check=True)
    subprocess.run(["beeline-compile", f"{name}.mlir", "-o", f"{name}.so"], check=True)
    layer = beeline.load(f"./{name}.so")
    function = layer.functions[name]
    inputs = [make(argument) for argument in function.arguments]
    results = function(*inputs)

    command = ["beeline-run", f"{name}.mlir"]
    for index, x in enumerate(inputs):
        np.save(f"in{index}.npy", x)
        command.append(f"--input=in{index}.npy")
    command += [f"--output=out{index}.npy" for index in range(len(results))]
    subprocess.run(command, check=True)
    for index, result in enumerate(results):
        with open(f"out{index}.npy", "rb") as file:
            expected = file.read()[-result.nbytes:]
        assert np.asarray(result).tobytes() == expected, f"{name}: result {index}"
        assert len(set(expected)) > 10, f"{name}: result {index} says nothing"
    print(f"{name}: {len(results)} results equal")
