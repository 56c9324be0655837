#!/usr/bin/env python3
"""Holds linear layers on a GPU against the bound of the op's description, as numpy
computes it (linear_check.py): bf16 and FP8, scales in both layouts, with and without a
bias, for one row and many.

Needs NumPy, ml_dtypes, the driver and the layers, which --build makes.

usage: check-linear.py BUILD/gpu-layers [--target=sm_90] [--build=BUILD/bin]
"""

import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "runtime/python"))
import beeline  # noqa: E402
from check_report import Report, table  # noqa: E402
from device_memory import memory_of  # noqa: E402
import layer_check  # noqa: E402
import linear_check  # noqa: E402

COLUMNS = (2624, 2048, 130)
ROWS = (0, 1, 3, 64, 200)


def build(tools, folder, target):
    folder.mkdir(parents=True, exist_ok=True)
    for columns in COLUMNS:
        source = folder / f"linear_{columns}.mlir"
        source.write_text(linear_check.module(linear_check.FUNCTIONS, columns, target))
        subprocess.run([tools / "beeline-compile", source, f"--target={target}",
                        "-o", source.with_suffix(".so")], check=True)


def check(folder, target):
    arena = layer_check.Arena(memory_of(target))
    for columns in COLUMNS:
        path = folder / f"linear_{columns}.so"
        layer = beeline.load(path)
        layer.load()
        for name, function in layer.functions.items():
            report = Report(name, columns)
            for rows in ROWS:
                for kind in linear_check.KINDS:
                    linear_check.check_case(report, rows, kind,
                                            layer_check.CFunction(path, function), arena)
            yield report


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("layers", type=pathlib.Path, metavar="BUILD/gpu-layers")
    parser.add_argument("--target", default="sm_90")
    parser.add_argument("--build", type=pathlib.Path, metavar="BUILD/bin",
                        help="only make the layers, with the tools there")
    arguments = parser.parse_args()
    folder = arguments.layers / arguments.target
    if arguments.build:
        return build(arguments.build, folder, arguments.target)
    reports = list(check(folder, arguments.target))
    print(*table(reports), *(difference for report in reports
                             for difference in report.differences[:5]), sep="\n")
    return any(report.differences for report in reports)


if __name__ == "__main__":
    sys.exit(main())
