"""Calls a layer on the emulator and prints what its trace has of each step: the events,
with the kernels' names. Then the graph that a call was captured into has to give, of
new inputs, the bytes that a call gives.

usage: trace-calls.py UTILS LAYER.so FUNCTION ROWS
"""

import json
import os
import pathlib
import sys

import numpy as np

utils = pathlib.Path(sys.argv[1])
sys.path += [str(utils), str(utils.parent / "runtime/python")]
import beeline  # noqa: E402
from device_memory import DeviceMemory  # noqa: E402
import layer_check  # noqa: E402

path, name, rows = pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
layer = beeline.load(path)
function = layer_check.CFunction(path, layer.functions[name])
memory = DeviceMemory(layer.target)
layer.load()
placed = layer_check.Placed(function, rows, layer_check.Arena(memory))
inputs = layer_check.Inputs(2 * rows, plain=True)
trace = open(os.environ["AMDGPU_EMULATOR_TRACE"])


def step(what, action):
    """What `action` returns."""
    trace.read()
    result = action()
    events = map(json.loads, trace)
    print(f"{what}:", *(f"{e['event']}({e['kernel']})" if "kernel" in e else e["event"]
                        for e in events))
    return result


def give(start):
    """New inputs, and results with nothing in them."""
    for address, size in zip(placed.targets, placed.sizes[len(placed.sources):]):
        memory.fill(address, layer_check.UNTOUCHED, size)
    placed.write(layer_check.arguments_of(function, layer_check.Case(rows, start), inputs))
    memory.synchronize()


def bytes_of_results():
    memory.synchronize()
    return [got.tobytes() for got, _ in placed.results()]


def call():
    status = placed.call()
    assert status == 0, function.message()


assert placed.workspace > 0
expected = []
for start in (0, rows):
    give(start)
    step("call", call)
    step("wait", memory.synchronize)
    expected.append(bytes_of_results())
assert expected[0] != expected[1]
give(0)
untouched = bytes_of_results()
_, graph = step("capture", lambda: memory.capture(call))
assert bytes_of_results() == untouched, "a captured call has run"
step("instantiate", graph.instantiate)
for start, results in zip((0, rows), expected):
    give(start)
    step("replay", graph.replay)
    assert bytes_of_results() == results, "a replay has other bytes than a call"
graph.destroy()
