#!/usr/bin/env python3
"""Runs the cases through `beeline-run` and compares every byte with the truth.

usage: run_cases.py [options] path/to/beeline-run

Cases run in batches: one module of many functions and one process each, which
`beeline-run MODULE.mlir --batch=CALLS.json` reads. CALLS is a list of
`{"function": name, "inputs": [paths], "outputs": [paths]}`. With `--no-batch`
each case has a process and the flags of a single call.

Arrays travel as .npy files, just as numpy and ml_dtypes write them. Exits with 1
if any result differs or is missing.
"""

import argparse
import ast
from concurrent.futures import ThreadPoolExecutor
import json
import math
import os
from pathlib import Path
import re
import subprocess
import sys
import tempfile

import numpy as np

import cases
import truth
from truth import NAMES, bits


# --- .npy files ----------------------------------------------------------------


def save(path, x):
    np.save(path, np.ascontiguousarray(x))


def load(path, dtype):
    """The array of `dtype` in a .npy file.

    ml_dtypes' types are written as their own `str` (`<V2`, `<V1`, but `<f1` for
    float8_e5m2), or, by others, as bytes without a meaning (`|V1`). `np.load`
    rejects `<f1`; hence the header is read here.
    """
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        width = 2 if version == (1, 0) else 4
        header = ast.literal_eval(
            file.read(int.from_bytes(file.read(width), "little")).decode())
        data = file.read()
    allowed = {dtype.str}
    if dtype.type.__module__ != "numpy":
        allowed |= {f"<V{dtype.itemsize}", f"|V{dtype.itemsize}"}
    if header["descr"] not in allowed or header["fortran_order"]:
        raise ValueError(
            f"has the header {header}, expected {sorted(allowed)} in C order")
    if len(data) != dtype.itemsize * math.prod(header["shape"]):
        raise ValueError(f"has {len(data)} bytes after the header {header}")
    return np.frombuffer(data, dtype).reshape(header["shape"])


# --- Comparing -----------------------------------------------------------------


@np.errstate(invalid="ignore")  # What got here may be a signaling NaN.
def wrong(expected, got):
    """Where `got` is not what the truth demands, as booleans."""
    if isinstance(expected, truth.Interval):
        low, high, value = (x.astype(np.float64) for x in
                            (expected.low, expected.high, got))
        same_nan = np.isnan(low) & (bits(got) == bits(expected.low))
        return ~((low <= value) & (value <= high) | same_nan)
    return bits(got) != bits(expected)


def hexadecimal(x):
    return f"{int(bits(x)):0{2 * x.dtype.itemsize}X}"


def difference(expected, path, shown):
    """What is wrong with the result in a file, or None."""
    interval = isinstance(expected, truth.Interval)
    like = expected.low if interval else expected
    name = NAMES[like.dtype]
    if not path.exists():
        return f"{name}: was not written"
    try:
        got = load(path, like.dtype)
    except (ValueError, SyntaxError) as error:
        return f"{name}: {error}"
    if got.shape != like.shape:
        return f"{name}: has the shape {got.shape}, expected {like.shape}"

    where = np.argwhere(wrong(expected, got))
    if not len(where):
        return None
    lines = [f"{name} {like.shape}: {len(where)} of {like.size} elements differ"]
    for index in map(tuple, where[:shown]):
        ends = (expected.low, expected.high) if interval else (expected,)
        right = " to ".join(hexadecimal(end[index]) for end in ends)
        lines.append(f"  {list(map(int, index))}: expected {right}, got "
                     f"{hexadecimal(got[index])}")
    return "\n    ".join(lines)


# --- Running -------------------------------------------------------------------


def execute(command):
    """Why the process failed, or None."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (f"exit status {done.returncode} of {' '.join(command)}\n"
            + done.stderr[-4000:])


def run_batch(options, batch, directory):
    """Runs some cases in `directory`; returns the texts of what went wrong."""
    module = directory / "module.mlir"
    module.write_text(cases.module(batch))

    calls, expected = [], []
    for i, case in enumerate(batch):
        arrays = [make() for make in case.inputs]
        expected.append(case.truth(*arrays))
        inputs = [directory / f"{i}.in{k}.npy" for k in range(len(arrays))]
        outputs = [directory / f"{i}.out{k}.npy" for k in range(len(expected[-1]))]
        for path, x in zip(inputs, arrays):
            save(path, x)
        calls.append({"function": case.function, "inputs": list(map(str, inputs)),
                      "outputs": list(map(str, outputs))})

    if options.no_batch:
        commands = [[options.tool, str(module), f"--function={call['function']}",
                     *(f"--input={path}" for path in call["inputs"]),
                     *(f"--output={path}" for path in call["outputs"])]
                    for call in calls]
    else:
        (directory / "calls.json").write_text(json.dumps(calls, indent=1))
        commands = [[options.tool, str(module), f"--batch={directory}/calls.json"]]
    failures = [failure for command in commands if (failure := execute(command))]

    for case, call, results in zip(batch, calls, expected):
        found = [(k, difference(result, Path(path), options.show))
                 for k, (result, path) in enumerate(zip(results, call["outputs"]))]
        if any(text for _, text in found):
            failures.append("\n".join(
                [f"{case.name} @{case.function} {case.parameters}"]
                + [f"    result {k}, {text}" for k, text in found if text]))
    return failures


def arguments():
    parser = argparse.ArgumentParser(
        description="Compares beeline-run with the truth, byte by byte.")
    parser.add_argument("tool", nargs="?", help="path to beeline-run")
    parser.add_argument("--filter", default="", metavar="REGEX",
                        help="only cases whose name or parameters match")
    parser.add_argument("--shard", default="1/1", metavar="I/N",
                        help="the I-th of N parts of these, counted from 1")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--no-batch", action="store_true", help="one process per case")
    parser.add_argument("--batch-size", type=int, default=32, metavar="N",
                        help="cases per process (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N",
                        help="processes at a time (default: all CPUs)")
    parser.add_argument("--show", type=int, default=4, metavar="N",
                        help="elements shown of a wrong result (default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep modules and arrays in this folder")
    options = parser.parse_args()
    if not options.list and not options.tool:
        parser.error("the path to beeline-run is missing")
    return options


def selected(options):
    part, parts = map(int, options.shard.split("/"))
    matching = [case for case in cases.all_cases()
                if re.search(options.filter, f"{case.name} {case.parameters}")]
    return matching[part - 1::parts]


def main():
    options = arguments()
    chosen = selected(options)
    if options.list:
        print("\n".join(f"{case.name} {case.parameters}" for case in chosen))
        return 0
    if not chosen:
        print("no case matches", file=sys.stderr)
        return 1

    batches = [chosen[i:i + options.batch_size]
               for i in range(0, len(chosen), options.batch_size)]

    def run(numbered):
        number, batch = numbered
        if options.keep:
            directory = options.keep / f"batch-{number}"
            directory.mkdir(parents=True, exist_ok=True)
            for stale in directory.glob("*.out*.npy"):
                stale.unlink()
            return run_batch(options, batch, directory)
        with tempfile.TemporaryDirectory() as directory:
            return run_batch(options, batch, Path(directory))

    failed = False
    with ThreadPoolExecutor(options.jobs) as pool:
        for failures in pool.map(run, enumerate(batches)):
            for failure in failures:
                failed = True
                print(failure, flush=True)
    if failed:
        return 1
    linear = sum(case.function.startswith("linear") for case in chosen)
    if linear:
        print(f"{linear} cases of linear within the bound of f32 accumulation")
    print(f"{len(chosen) - linear} cases equal in every byte")
    return 0


if __name__ == "__main__":
    sys.exit(main())
