"""Linear layers for check-emulator.py. Their order of summation is the target's own, so
their results are held against the bound of the op's description, as numpy computes it
in test/Reference/truth.py; where the inputs are integers, every bit is certain. A row
must have the same bits whatever rows come with it.
"""

import pathlib
import string
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).parent.parent / "test/Reference"))
import inputs  # noqa: E402
import layer_check  # noqa: E402
from run_cases import wrong  # noqa: E402
import truth  # noqa: E402

# Outputs: more than a tile and a block of scales, and not a multiple of either.
OUT = 130
GROUP = 128
KINDS = ("integers", "normal", "nonfinite")

# $N: columns; $G: groups of columns; $Q: codes.
FUNCTIONS = {
    "linear_bf16": """(%x: tensor<?x${N}xbf16>, %w: tensor<130x${N}xbf16>)
    -> tensor<?x130xbf16> {
  %y = beeline.linear %x, %w
      : tensor<?x${N}xbf16>, tensor<130x${N}xbf16> -> tensor<?x130xbf16>
  return %y : tensor<?x130xbf16> }""",
    "linear_bf16_bias_f32": """(%x: tensor<?x${N}xbf16>, %w: tensor<130x${N}xbf16>,
    %b: tensor<130xbf16>) -> tensor<?x130xf32> {
  %y = beeline.linear %x, %w bias(%b)
      : tensor<?x${N}xbf16>, tensor<130x${N}xbf16> bias(tensor<130xbf16>)
      -> tensor<?x130xf32>
  return %y : tensor<?x130xf32> }""",
    "linear_fp8_row_major": """(%x: tensor<?x${N}x${Q}>, %w: tensor<130x${N}x${Q}>,
    %s: tensor<?x${G}xf32>, %t: tensor<2x${G}xf32>) -> tensor<?x130xbf16> {
  %y = beeline.linear %x, %w scales(%s, %t)
      : tensor<?x${N}x${Q}>, tensor<130x${N}x${Q}>
        scales(tensor<?x${G}xf32>, tensor<2x${G}xf32>) -> tensor<?x130xbf16>
  return %y : tensor<?x130xbf16> }""",
    "linear_fp8_group_major_bias": """(%x: tensor<?x${N}x${Q}>, %w: tensor<130x${N}x${Q}>,
    %s: tensor<${G}x?xf32>, %t: tensor<2x${G}xf32>, %b: tensor<130xf32>)
    -> tensor<?x130xf32> {
  %y = beeline.linear %x, %w scales(%s, %t) bias(%b)
      {scale_layout = #beeline.scale_layout<group_major>}
      : tensor<?x${N}x${Q}>, tensor<130x${N}x${Q}>
        scales(tensor<${G}x?xf32>, tensor<2x${G}xf32>) bias(tensor<130xf32>)
      -> tensor<?x130xf32>
  return %y : tensor<?x130xf32> }""",
}
DTYPES = {name: dtype for dtype, name in truth.NAMES.items()}


def module(names, columns, chip):
    """MLIR of the functions of these names."""
    words = {"N": columns, "G": -(-columns // GROUP),
             "Q": "f8E4M3FNUZ" if chip == "gfx942" else "f8E4M3FN"}
    return "".join(f"func.func @{name}{string.Template(FUNCTIONS[name]).substitute(words)}\n"
                   for name in names)


def _arguments(function, rows, kind):
    # Scales of any size would make partial sums overflow.
    of_scales = "integers" if kind == "integers" else "uniform"
    made = []
    for i, tensor in enumerate(function.arguments):
        is_scale = i in (2, 3) and len(function.arguments) > 3
        distribution = of_scales if is_scale else kind
        if kind == "nonfinite" and i > 0:
            # In the weight it would be in all rows.
            distribution = "uniform"
        made.append(inputs.array(distribution, layer_check.shape_of(tensor, rows),
                                 DTYPES[tensor.mlir_type], i))
    return made


def _last_row(function, arguments):
    """The arguments of the last row by itself."""
    return [array if None not in tensor.shape else
            np.ascontiguousarray(np.take(array, [-1], axis=tensor.shape.index(None)))
            for tensor, array in zip(function.arguments, arguments)]


def check_case(report, rows, kind, function, arena):
    case = layer_check.Case(rows)
    arguments = _arguments(function, rows, kind)
    placed = layer_check.run(report, case, function, arguments, arena)
    if not placed:
        return
    (got, guards), = placed.results()
    if (guards != layer_check.UNTOUCHED).any():
        report.fail(case, "bytes around the result have changed")
    report.cases += 1
    report.bytes += got.nbytes
    if not rows:
        return

    bias = arguments[-1] if len(arguments) in (3, 5) else None
    scales = arguments[2:4] if len(arguments) > 3 else None
    group_major = scales is not None and function.arguments[2].shape[0] is not None
    result = function.results[0]
    dtype = DTYPES[result.mlir_type]
    expected = truth.linear(
        arguments[0], arguments[1], scales, bias, output=dtype, group_size=GROUP,
        scale_layout="group_major" if group_major else "row_major",
        exact=kind == "integers")
    values = got.view(dtype).reshape(layer_check.shape_of(result, rows))
    where = np.argwhere(wrong(expected, values))
    if len(where):
        at = tuple(where[0])
        report.fail(case, f"{kind}: {len(where)} of {values.size} elements are out of bounds, "
                    f"first at {list(map(int, at))}: {values[at]} instead of "
                    f"{expected.low[at]} to {expected.high[at]}")

    alone = layer_check.run(report, layer_check.Case(1), function,
                            _last_row(function, arguments), arena)
    if alone and not np.array_equal(alone.results()[0][0], got[-got.nbytes // rows:]):
        report.fail(case, f"{kind}: the last row by itself has other bits")
