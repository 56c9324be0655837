"""A task of check-emulator.py: the functions of one chip and one number of columns, in a
process of its own. Compiles them, has the emulator translate their kernels and makes
the calls; prints what became of each function. The task is JSON on standard input:

    {"chip": "gfx950", "columns": 6144, "tools": "build/bin", "folder": "...",
     "emulator": "../shared/amdgpu-emulator", "calls": [[function, rows, order, kind], ...]}
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

UTILS = pathlib.Path(__file__).parent
sys.path.append(str(UTILS.parent / "runtime/python"))
import beeline  # noqa: E402
import check_inputs  # noqa: E402
from check_report import Report  # noqa: E402
from device_memory import memory_of  # noqa: E402
from emulator_cases import PLAIN_ONLY  # noqa: E402
import layer_check  # noqa: E402
import linear_check  # noqa: E402

# What a call may leave in the emulator's trace: it allocates nothing and waits for
# nothing.
ALLOWED = {"launch", "execute", "hipMemcpyDtoDAsync"}


def build(task, folder):
    """Libraries of the functions that are called: rows, what the rows' have to give,
    and linear layers; None where there is no function."""
    names = sorted({call[0] for call in task["calls"]})
    linear = [name for name in names if name in linear_check.FUNCTIONS]
    rows = [name for name in names if name not in linear]
    chip, columns = task["chip"], task["columns"]
    tools = pathlib.Path(task["tools"])
    libraries = [None] * 3
    if rows:
        subprocess.run([sys.executable, UTILS / "build-gpu-layers.py", tools,
                        f"--target={chip}", f"--columns={columns}", f"--output={folder}",
                        f"--functions=^({'|'.join(rows)})$"],
                       check=True, stdout=subprocess.DEVNULL)
        libraries[:2] = (folder / chip / f"rows_{columns}.so",
                         folder / f"{chip}-expected" / f"rows_{columns}.so")
    if linear:
        libraries[2] = folder / chip / f"linear_{columns}.so"
        libraries[2].parent.mkdir(parents=True, exist_ok=True)
        source = libraries[2].with_suffix(".mlir")
        source.write_text(linear_check.module(linear, columns, chip))
        subprocess.run([tools / "beeline-compile", source, f"--target={chip}", "-o",
                        libraries[2]], check=True)
    return libraries


def translate(task, library, level):
    """All kernels, before the layer is loaded: the HIP library would have each one
    translated by a process of its own, which reads all the code again.

    The emulator's cache takes long to fill, since it has clang optimize with -O2. Here
    clang's own variable overrides that with the `level` at which translating and running
    take least: many kernels run few instructions, linear layers many."""
    os.environ["CCC_OVERRIDE_OPTIONS"] = f"#{level}"
    sys.path.append(task["emulator"])
    from amdgpu_emulator import Module
    source = library.with_suffix(".mlir")
    code = library.with_suffix(".hsaco")
    subprocess.run([pathlib.Path(task["tools"]) / "beeline-compile", source,
                    f"--target={task['chip']}", "--emit=hsaco", "-o", code], check=True)
    module = Module(str(code))
    for kernel in module.kernels:
        module.translator.build(kernel)


class Trace:
    """What the emulator has noted of calls of the HIP API."""

    def __init__(self):
        self._file = open(os.environ["AMDGPU_EMULATOR_TRACE"])

    def events(self):
        """Those since it was last asked; of copies, the function."""
        lines = map(json.loads, self._file)
        return [line["api"] if line["event"] == "memcpy" else line["event"]
                for line in lines]


def watched(function, trace, report):
    """The function, whose calls are to do nothing but launch and copy."""
    call = function._call

    def watch(*arguments):
        trace.events()
        status = call(*arguments)
        others = set(trace.events()) - ALLOWED
        if others:
            report.fail("a call", f"does more than launch: {', '.join(sorted(others))}")
        return status
    function._call = watch
    return function


def cases(rows, kind):
    for start in layer_check.starts(rows):
        yield layer_check.Case(rows, start, special=kind == "special",
                               in_place=kind == "in_place")


def main():
    task = json.load(sys.stdin)
    folder = pathlib.Path(task["folder"])
    row_library, expected_library, linear_library = build(task, folder)
    expected = beeline.load(expected_library).functions if row_library else {}
    functions = {}
    for library, level in ((row_library, "O0"), (linear_library, "O1")):
        if not library:
            continue
        translate(task, library, level)
        layer = beeline.load(library)
        layer.load()
        functions |= {name: layer_check.CFunction(library, function)
                      for name, function in layer.functions.items()}

    trace = Trace()
    arena = layer_check.Arena(memory_of(task["chip"]))
    inputs = {plain: layer_check.Inputs(max(64, 2 * check_inputs.num_kinds()), plain)
              for plain in (False, True)}
    inputs_of = {name: inputs[name in PLAIN_ONLY] for name in functions}
    reports = {}
    for name, function in functions.items():
        report = reports[name] = Report(name, task["columns"])
        watched(function, trace, report)
        layer_check.check_refusals(report, function, arena)
        if name in expected:
            layer_check.check_graphs(report, function, expected[name], inputs_of[name],
                                     arena)
    for name, rows, order, kind in task["calls"]:
        os.environ["AMDGPU_EMULATOR_WAVE_ORDER"] = order
        if name not in expected:
            linear_check.check_case(reports[name], rows, kind, functions[name], arena)
            continue
        for case in cases(rows, kind):
            layer_check.check_case(reports[name], case, functions[name], expected[name],
                                   inputs_of[name], arena)
    json.dump([dataclasses.asdict(report) for report in reports.values()], sys.stdout)


if __name__ == "__main__":
    main()
