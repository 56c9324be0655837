#!/usr/bin/env python3
"""Holds the kernels for AMD's chips against the CPU's code, as check-gpu.py does, and
linear layers against numpy's bounds, in amdgpu-emulator, which executes the code
objects on the CPU and stops at races in LDS, uninitialised reads and accesses out of
bounds. Prints a table and the differences; exits with 1 if there is one.

Combinations of functions, numbers of columns and rows, chips, orders of waves and
special inputs: by default so many that every two values meet (functions and columns:
every family of functions and every number of columns), with --full all of them. Every
function is also called wrongly, and captured into a graph and replayed; and a call must
leave nothing but launches in the emulator's trace.

usage: check-emulator.py BUILD/bin EMULATOR [--full] [--list] [--chips=gfx942,...]
                         [--columns=N,...] [--functions=REGEX] [--jobs=N]
                         [--output=FOLDER]
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import emulator_cases
import linear_check

UTILS = pathlib.Path(__file__).parent
sys.path.append(str(UTILS.parent / "runtime/python"))
import beeline  # noqa: E402
from check_report import Report, table  # noqa: E402
import layer_check  # noqa: E402

COLUMNS = (6144, 7168, 4096, 2048, 1536, 2624, 130)


def kinds_of(function):
    return ["plain", *["special"] * layer_check.has_weight(function),
            *["in_place"] * layer_check.has_alias(function)]


def find_functions(tools, chips, pattern):
    """For each chip, the kinds of calls of each function."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, UTILS / "build-gpu-layers.py", tools,
                        "--target=cpu", "--columns=130", f"--output={folder}"],
                       check=True, stdout=subprocess.DEVNULL)
        found = beeline.load(f"{folder}/cpu/rows_130.so").functions
    functions = {}
    for chip in chips:
        # gfx942 has no E5M2 of OCP's.
        functions[chip] = {
            name: kinds_of(function) for name, function in found.items()
            if chip != "gfx942" or not any(
                tensor.mlir_type == "f8E5M2"
                for tensor in (*function.arguments, *function.results))}
        functions[chip] |= dict.fromkeys(linear_check.FUNCTIONS, linear_check.KINDS)
        functions[chip] = {name: kinds for name, kinds in functions[chip].items()
                           if pattern.search(name)}
    return functions


def has_columns(tools, columns):
    """Whether a function is there for a number of columns: not all are for each."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, UTILS / "build-gpu-layers.py", tools,
                        "--target=cpu", f"--columns={','.join(map(str, columns))}",
                        f"--output={folder}", "--sources-only"], check=True)
        names = {n: set(re.findall(r"func\.func @(\w+)", pathlib.Path(
            f"{folder}/cpu/rows_{n}.mlir").read_text())) for n in columns}
    return lambda function, n: function in linear_check.FUNCTIONS or function in names[n]


def run_task(arguments, chip, columns, calls):
    """The reports of a process that makes the calls, as dictionaries."""
    folder = arguments.output / chip / str(columns)
    folder.mkdir(parents=True, exist_ok=True)
    trace = folder / "trace"
    trace.write_text("")
    environment = os.environ | {
        "LD_LIBRARY_PATH": str(arguments.library),
        "BEELINE_DRIVER": str(arguments.library / "libamdhip64.so"),
        "AMDGPU_EMULATOR_ARCH": chip,
        "AMDGPU_EMULATOR_TRACE": str(trace),
        "AMDGPU_EMULATOR_THREADS": "1",
        # The cache does not know how its entries were compiled.
        "AMDGPU_EMULATOR_CACHE": str(arguments.library / "quick-cache"),
        "PYTHONDONTWRITEBYTECODE": "1"}
    task = {"chip": chip, "columns": columns, "tools": str(arguments.tools),
            "emulator": str(arguments.emulator), "folder": str(folder), "calls": calls}
    done = subprocess.run([sys.executable, UTILS / "emulator_task.py"], env=environment,
                          input=json.dumps(task), capture_output=True, text=True)
    if done.returncode or done.stderr:
        # What the emulator stops at is told here.
        sys.stderr.write(f"{chip}, {columns} columns:\n{done.stderr[-8000:]}\n")
    if done.returncode:
        return [{"function": calls[0][0], "columns": columns, "cases": 0, "bytes": 0,
                 "differences": [f"{chip}, {columns} columns: the process failed"]}]
    return json.loads(done.stdout)


def run_tasks(arguments, chosen):
    """For each chip, reports of all functions."""
    tasks = collections.defaultdict(list)
    for function, _, columns, rows, chip, order, kind in chosen:
        tasks[chip, columns].append((function, rows, order, kind))
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        # Those with most kernels first.
        futures = {task: pool.submit(run_task, arguments, *task, calls) for task, calls in
                   sorted(tasks.items(), key=lambda task: -len({c[0] for c in task[1]}))}
        reports = collections.defaultdict(list)
        for (chip, _), future in futures.items():
            reports[chip] += [Report(**report) for report in future.result()]
    return reports


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tools", type=pathlib.Path, metavar="BUILD/bin")
    parser.add_argument("emulator", type=pathlib.Path, metavar="EMULATOR",
                        help="the folder of amdgpu-emulator")
    parser.add_argument("--full", action="store_true", help="all combinations")
    parser.add_argument("--list", action="store_true", help="print them and stop")
    parser.add_argument("--chips", default=",".join(emulator_cases.CHIPS))
    parser.add_argument("--columns", default=",".join(map(str, COLUMNS)))
    parser.add_argument("--functions", type=re.compile, default=re.compile(""))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(),
                        help="processes at a time (default: all CPUs)")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="where layers are compiled (default: BUILD/emulator-layers)")
    arguments = parser.parse_args()
    arguments.output = arguments.output or arguments.tools.parent / "emulator-layers"
    arguments.library = arguments.tools.resolve().parent / "amdgpu-emulator"
    for needed in (arguments.emulator / "amdgpu_emulator",
                   arguments.library / "libamdhip64.so"):
        if not needed.exists():
            parser.error(f"{needed} is not there: configure with "
                         "-DBEELINE_AMDGPU_EMULATOR=EMULATOR and build")
    return arguments


def main():
    arguments = parse_arguments()
    start = time.perf_counter()
    chips = arguments.chips.split(",")
    functions = find_functions(arguments.tools, chips, arguments.functions)
    columns = list(map(int, arguments.columns.split(",")))
    everything = emulator_cases.all_combinations(
        functions, columns, has_columns(arguments.tools, columns))
    if not everything:
        sys.exit("no function has such a name")
    chosen = everything if arguments.full else list(emulator_cases.pairwise(everything))
    if arguments.list:
        print(*(" ".join(map(str, c)) for c in chosen), sep="\n")
        return 0
    reports = run_tasks(arguments, chosen)
    for chip in chips:
        print(f"\n{chip}: cases that are as they must be\n", *table(reports[chip]), sep="\n")
    for name, reason in emulator_cases.PLAIN_ONLY.items():
        print(f"\n{name} gets plain rows only: the emulator's {reason}.")
    every = [report for chip in chips for report in reports[chip]]
    failed = [report for report in every if report.differences]
    print("", *(d for report in failed for d in report.differences[:5]), sep="\n")
    print(f"{' and '.join(chips)} in amdgpu-emulator, {time.strftime('%Y-%m-%d')}: "
          f"{len(every)} kernels, {len(chosen)} of {len(everything)} combinations, "
          f"{sum(r.cases for r in every)} cases, {sum(r.bytes for r in every) / 1e6:.1f} MB "
          f"compared in {time.perf_counter() - start:.0f} s; {len(failed)} kernels differ")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
