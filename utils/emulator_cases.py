"""What check-emulator.py runs: all combinations, or so many that every two values meet.

A combination is a function, its number of columns and of rows, a chip, the order in
which the emulator runs waves, and what is special about the call. Functions belong to
families: within one, they share what their kernels are made of.
"""

import itertools
import re

import numpy as np

CHIPS = ("gfx942", "gfx950")
ORDERS = ("fwd", "rev", "rand")
ROWS = (0, 1, 3, 64)

# The first pattern that is found in a function's name says which family it is of.
FAMILIES = {
    "linear": r"^linear_(?!fp8)",
    "linear_fp8": r"^linear_fp8",
    "region_of_model": r"_(prologue|attention|mlp|indexer)_\d+$",
    "two_norms": r"^two_norms$",
    "dequant_norm": r"^dequant_norm$",
    "dequant_e8m0": r"^dequant_.*e8m0",
    "dequant": r"^dequant_",
    "quant_of_groups": r"^quant_.*_of_\d+$",
    "quant_e8m0": r"^quant_.*e8m0",
    "quant": r"^quant_",
    "round_trip": r"^round_trip$",
    "elementwise_quant": r"^elementwise_quant$",
    "silu_mul_quant": r"^silu_mul.*quant",
    "silu_mul": r"^silu_mul",
    "add_norm_quant": r"^add_norm_quant",
    "norm_quant": r"^norm_quant",
    "add_norm": r"^add_norm",
    "norm": r"^norm",
}

# Functions that get plain rows only, and why: what the emulator computes otherwise than
# a device does.
PLAIN_ONLY = {
    "elementwise_quant": "v_div_scale_f32 gives NaN where the quotient of numbers that "
                         "are far apart underflows (1 / 2^127)",
}

FIELDS = ("function", "family", "columns", "rows", "chip", "order", "kind")
# Every function is of one family. And functions meet all other values but numbers of
# columns, which are for its family to meet: each such meeting is one more kernel.
NO_MEETING = {("function", "family"), ("function", "columns")}
# A kernel that is there saves translating one: a choice that needs a new one has to
# bring this many times as many meetings.
COST_OF_KERNEL = 8


def family(function):
    return next((name for name, pattern in FAMILIES.items() if re.search(pattern, function)),
                "others")


def all_combinations(functions, columns, is_there=lambda function, n: True):
    """Of `functions`: for each chip, the kinds of each function's calls, by name. Those
    for which `is_there` says that the function has that number of columns."""
    return [(function, family(function), n, rows, chip, order, kind)
            for chip in functions for function, kinds in functions[chip].items()
            for n, rows, order, kind in itertools.product(columns, ROWS, ORDERS, kinds)
            if is_there(function, n)]


def _meetings(combinations):
    """For each combination, the numbers of the pairs of values that meet in it, and how
    many there are. Number 0 is no meeting: without rows nothing runs, so that all other
    values meet the absence of rows only."""
    is_empty = np.array([c[FIELDS.index("rows")] == 0 for c in combinations])
    columns = []
    count = 1
    for i, j in itertools.combinations(range(len(FIELDS)), 2):
        if (FIELDS[i], FIELDS[j]) in NO_MEETING:
            continue
        numbers = {}
        column = np.array([count + numbers.setdefault((c[i], c[j]), len(numbers))
                           for c in combinations])
        columns.append(column if "rows" in (FIELDS[i], FIELDS[j])
                       else np.where(is_empty, 0, column))
        count += len(numbers)
    return np.stack(columns, axis=1), count


def pairwise(combinations):
    """Some of them, in which every two values meet that meet in any. Greedy: the next
    one has most new meetings for its cost; of equal ones it is the largest, but of
    linear layers the smallest, which are slow enough."""
    meetings, count = _meetings(combinations)
    kernels = {}
    kernel = np.array([kernels.setdefault((c[0], c[2], c[4]), len(kernels))
                       for c in combinations])
    size = np.array([c[2] * c[3] * (-1 if c[1].startswith("linear") else 1)
                     for c in combinations], float)
    # Less than half a meeting: what brings one comes before what brings none.
    preference = size / (2 * abs(size).max() + 1)
    is_new = np.zeros(count, bool)
    is_new[meetings] = True
    is_new[0] = False
    is_there = np.zeros(len(kernels), bool)
    while is_new.any():
        gain = is_new[meetings].sum(axis=1)
        value = gain * np.where(is_there[kernel], COST_OF_KERNEL, 1.0)
        best = np.argmax(value + preference)
        yield combinations[best]
        is_new[meetings[best]] = False
        is_there[kernel[best]] = True
