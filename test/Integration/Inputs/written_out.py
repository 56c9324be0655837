"""Inputs for written_out.mlir, and whether two modules' results agree.

make: writes inputs and, for each of the modules, the calls that beeline-run
makes. compare: exits with an error if any byte of any result differs.
"""

import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

MODULES = ("written", "raised")
RESULTS = {"dequant": 2, "quant": 2, "ragged_quant": 2, "gate": 2, "norm": 2,
           "rounded_norm": 1}
ROUNDS = ("bits", "numbers")


def bits(rng, shape, dtype):
    """Any bits, and a row of zeros."""
    size = np.dtype(dtype).itemsize
    values = rng.integers(0, 1 << 8 * size, shape, dtype=f"u{size}").view(dtype)
    if len(shape) == 2 and shape[0] > 1:
        values[1] = 0
    return values


def numbers(rng, shape, dtype):
    return (rng.normal(size=shape) * 10.0 ** rng.integers(-6, 4, shape)).astype(dtype)


def whole(rng, shape, dtype):
    """Numbers whose squares add up exactly in any order; infinity, NaN, zeros."""
    values = rng.integers(-8, 9, shape).astype(dtype)
    values[1, 5], values[2, 7], values[3] = np.inf, np.nan, 0
    return values


def inputs(function, rng, fill):
    bf16, f16, f32 = ml_dtypes.bfloat16, np.float16, np.float32
    make = {
        "dequant": lambda: [fill(rng, (64, 256), ml_dtypes.float8_e4m3fn),
                            fill(rng, (64, 2), f32)],
        "quant": lambda: [fill(rng, (64, 256), bf16)],
        "ragged_quant": lambda: [fill(rng, (4, 200), f32)],
        "gate": lambda: [fill(rng, (4, 64), f16), fill(rng, (4, 64), f16)],
        "norm": lambda: [whole(rng, (4, 96), bf16), whole(rng, (4, 96), bf16),
                         fill(rng, (96,), f32)],
        "rounded_norm": lambda: [whole(rng, (4, 64), bf16), fill(rng, (64,), bf16)],
    }
    return make[function]()


def main():
    if sys.argv[1] == "make":
        rng = np.random.default_rng(7)
        calls = {module: [] for module in MODULES}
        for function, count in RESULTS.items():
            for round_name, fill in zip(ROUNDS, (bits, numbers)):
                name = f"{function}-{round_name}"
                paths = []
                for index, value in enumerate(inputs(function, rng, fill)):
                    paths.append(f"{name}-in{index}.npy")
                    np.save(paths[-1], value)
                for module in MODULES:
                    calls[module].append({
                        "function": function, "inputs": paths,
                        "outputs": [f"{name}-{module}{i}.npy" for i in range(count)]})
        for module in MODULES:
            Path(f"{module}.json").write_text(json.dumps(calls[module]))
        return
    for written in sorted(Path().glob("*-written*.npy")):
        a = np.load(written)
        b = np.load(str(written).replace("-written", "-raised"))
        if a.shape != b.shape or a.tobytes() != b.tobytes():
            sys.exit(f"{written}: results differ")
        print(f"{written.stem}: {a.size} elements are equal")


if __name__ == "__main__":
    main()
