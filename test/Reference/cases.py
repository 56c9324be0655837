"""The cases: what `beeline-run` computes and what it must equal.

One table per op lists its factors and their values. `cover` makes rows of them:
the factors named in `crossed` in full cross product, all others pairwise. The
op's function makes a case of a row. Beside the tables, `hard` meets every kind of
special row in every combination of types, `sweeps` passes every interesting value
through every conversion, and `choices` tells each choice of interpretation from
its alternatives.

usage: cases.py    prints a module of all functions, for `beeline-opt`
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import itertools
import random
import zlib

import numpy as np

import inputs
import truth
from truth import BF16, E4M3FN, E4M3FNUZ, E5M2, E8M0, F16, F32, NAMES

FLOATS = (BF16, F16, F32)
CODES = (E4M3FN, E4M3FNUZ, E5M2)
SCALES = (F32, E8M0)
LAYOUTS = (None, "group_major")
WIDTHS = (6144, 7168, 2624, 1536, 130, 128, 1)
# Leading extents: none, M in {0, 1, 3, 64}, and higher ranks.
LEADS = ((), (0,), (1,), (3,), (64,), (4, 16), (3, 0, 2))
# Which extents the types leave dynamic.
DYNAMIC = ("none", "rows", "all")
# None stands for an attribute that is left out, here and below; the last size is
# wider than any row.
GROUP_SIZES = (None, 32, 100, 1, 8192)


@dataclass(frozen=True)
class Case:
    """One call: `function` is in `text`; the inputs make arrays when called, and
    `truth` makes of these what each result must be: an array, equal in every
    byte, or a `truth.Interval`."""
    name: str
    parameters: str
    function: str
    text: str
    inputs: tuple[Callable[[], np.ndarray], ...]
    truth: Callable[..., list[np.ndarray | truth.Interval]]


# --- Rows of factors -----------------------------------------------------------


@dataclass(frozen=True)
class Table:
    factors: dict[str, tuple]
    crossed: tuple[str, ...]
    build: Callable[[str, dict, int], Case]


def cover(factors, crossed):
    """Choices of a value per factor, such that every combination of the crossed
    factors' values, and every pair of values of any two factors, is in one.

    Greedy: each row starts from a combination that is still missing, then takes,
    factor after factor, the value that covers most of the missing pairs.
    """
    random_order = random.Random(0)
    names = list(factors)
    index = {name: range(len(values)) for name, values in factors.items()}

    def combinations(subset):
        return (tuple(zip(subset, values))
                for values in itertools.product(*(index[f] for f in subset)))

    starts = list(combinations(crossed)) if crossed else []
    missing = {pair: None for two in itertools.combinations(names, 2)
               for pair in combinations(two)}

    def pairs(row, name, value):
        """The missing pairs that `name = value` would add to a row."""
        ordered = (sorted([item, (name, value)], key=lambda i: names.index(i[0]))
                   for item in row.items())
        return [pair for pair in map(tuple, ordered) if pair in missing]

    rows = []
    while starts or missing:
        row = {}
        for name, value in starts.pop(0) if starts else next(iter(missing)):
            for pair in pairs(row, name, value):
                del missing[pair]
            row[name] = value
        rest = [name for name in names if name not in row]
        random_order.shuffle(rest)
        for name in rest:
            values = random_order.sample(index[name], len(index[name]))
            best = max(values, key=lambda value: len(pairs(row, name, value)))
            for pair in pairs(row, name, best):
                del missing[pair]
            row[name] = best
        rows.append({name: factors[name][row[name]] for name in names})
    return rows


# --- MLIR text -----------------------------------------------------------------


class Row(int):
    """A leading extent, as opposed to one of columns or groups."""


def tensor(shape, dtype, dynamic):
    """A tensor type whose extents are as dynamic as the value of DYNAMIC says."""
    def hidden(extent):
        return dynamic == "all" or dynamic == "rows" and isinstance(extent, Row)

    extents = "".join(f"{'?' if hidden(e) else int(e)}x" for e in shape)
    return f"tensor<{extents}{NAMES[dtype]}>"


def scales_shape(lead, n, group_size, layout):
    """Q2, where None is the default of an attribute."""
    groups = -(-n // (group_size or 128))
    return (groups, *lead) if layout == "group_major" else (*lead, groups)


def attributes(**values):
    """The attribute dictionary, without what is None or False."""
    def text(name, value):
        match value:
            case True:
                return name
            case int():
                return f"{name} = {value} : i64"
            case float():
                # As many digits as tell any two f32 apart.
                return f"{name} = {value:.9e} : f32"
            case np.dtype():
                return f"{name} = {NAMES[value]}"
            case _:
                return f"{name} = #beeline.{name}<{value}>"

    given = [text(n, v) for n, v in values.items() if v is not None and v is not False]
    return "{" + ", ".join(given) + "}" if given else ""


def function(op, arguments, results, operands, signature):
    """A function around one op, of beeline unless it is said of which dialect:
    `(name, text)`. It is named after its text, so that cases which differ in their
    inputs alone share it."""
    parameters = ", ".join(f"%{i}: {t}" for i, t in enumerate(arguments))
    returned = ", ".join(results)
    values = ", ".join(f"%r#{i}" for i in range(len(results)))
    values = values if len(results) > 1 else "%r"
    count = f":{len(results)}" if len(results) > 1 else ""
    rest = (f"({parameters}) -> ({returned}) {{\n"
            f"  %r{count} = {op if '.' in op else f'beeline.{op}'} {operands}\n"
            f"      : {signature}\n  return {values} : {returned}\n}}\n")
    name = f"{op.replace('.', '_')}_{zlib.crc32(rest.encode()):08x}"
    return name, f"func.func @{name}{rest}"


def present(**attributes):
    """The attributes that are given: `truth` has the defaults as well."""
    return {n: v for n, v in attributes.items() if v is not None}


def describe(p):
    def text(value):
        match value:
            case np.dtype():
                return NAMES[value]
            case tuple():
                return f"({','.join(map(text, value))})"
            case _:
                return str(value)

    return " ".join(f"{name}={text(value)}" for name, value in p.items()
                    if not callable(value))


def draw(distribution, shape, dtype, seed):
    """What makes the array: `distribution` itself if it is a function."""
    if callable(distribution):
        return distribution
    return partial(inputs.array, distribution, tuple(map(int, shape)), dtype, seed)


# --- beeline.rms_norm ----------------------------------------------------------

NORM = {
    "n": WIDTHS,
    "lead": LEADS,
    "dynamic": DYNAMIC,
    "input": FLOATS,
    "weight": FLOATS,
    # The residual's type, and whether the sum is a result.
    "residual": (None, (BF16, False), (BF16, True), (F16, False), (F16, True),
                 (F32, False), (F32, True)),
    "epsilon": (1.0e-5, 1.0e-6, 0.0),
    "weight_offset": (None, 1.0),
    "normalize_from": (None, "rounded"),
    "round_before_weight": (False, True),
    "x": inputs.DISTRIBUTIONS,
    "w": ("normal", "uniform", "mixed"),
    "r": inputs.DISTRIBUTIONS,
}


def norm_operands(p, seed):
    """What the two norms share: types and arrays of the operands, and the text
    before and after the attributes."""
    lead = tuple(map(Row, p["lead"]))
    shapes = [((*lead, p["n"]), p["input"], p["x"]), ((p["n"],), p["weight"], p["w"])]
    operands = "%0, %1"
    if p["residual"]:
        shapes.append(((*lead, p["n"]), p["residual"][0], p["r"]))
        operands += " residual(%2)"
    types = [tensor(shape, dtype, p["dynamic"]) for shape, dtype, _ in shapes]
    arrays = tuple(draw(distribution, shape, dtype, 10 * seed + i)
                   for i, (shape, dtype, distribution) in enumerate(shapes))
    return lead, types, arrays, operands


def norm_attributes(p):
    return {name: p[name] for name in
            ("epsilon", "weight_offset", "normalize_from", "round_before_weight")}


def rms_norm(name, p, seed):
    lead, types, arrays, operands = norm_operands(p, seed)
    with_sum = p["residual"] and p["residual"][1]
    results = [tensor((*lead, p["n"]), p["output"], p["dynamic"])]
    if with_sum:
        results.append(types[2])
    given = norm_attributes(p)

    def expected(*operands):
        y, total = truth.rms_norm(*operands, output=p["output"], **present(**given))
        return [y, total] if with_sum else [y]

    return Case(name, describe(p), *function(
        "rms_norm", types, results, f"{operands} {attributes(**given)}",
        f"{', '.join(types)} -> {', '.join(results)}"), arrays, expected)


# --- beeline.group_quant -------------------------------------------------------

QUANT = {
    "codes": CODES,
    "scales": SCALES,
    "group_size": GROUP_SIZES,
    "scale_layout": LAYOUTS,
    # 100 is a tie of E4M3FN: what lies past it by an ulp needs the clamp.
    "fmax": (None, 224.0, 100.0, 100.3),
    "min_amax": (None, 1.0e-3, 1.5),
}


def quant_attributes(p):
    return {name: p[name] for name in
            ("group_size", "scale_layout", "fmax", "min_amax")}


def quant_results(p, lead):
    """The types of the codes and the scales."""
    return [tensor((*lead, p["n"]), p["codes"], p["dynamic"]),
            tensor(scales_shape(lead, p["n"], p["group_size"], p["scale_layout"]),
                   p["scales"], p["dynamic"])]


def group_quant(name, p, seed):
    lead = tuple(map(Row, p["lead"]))
    shape = (*lead, p["n"])
    type = tensor(shape, p["input"], p["dynamic"])
    results = quant_results(p, lead)
    given = quant_attributes(p)

    def expected(operand):
        return list(truth.group_quant(operand, codes=p["codes"], scales=p["scales"],
                                      **present(**given)))

    return Case(name, describe(p), *function(
        "group_quant", [type], results, f"%0 {attributes(**given)}",
        f"{type} -> {', '.join(results)}"),
        (draw(p["x"], shape, p["input"], seed),), expected)


# --- beeline.rms_norm_quant ----------------------------------------------------


def rms_norm_quant(name, p, seed):
    lead, types, arrays, operands = norm_operands(p, seed)
    results = quant_results(p, lead)
    signature = f"{', '.join(types)} -> {', '.join(results)}"
    if p["unquantized"]:
        results.append(tensor((*lead, p["n"]), p["unquantized"], p["dynamic"]))
        signature += f" unquantized({results[-1]})"
    with_sum = p["residual"] and p["residual"][1]
    if with_sum:
        results.append(types[2])
        signature += f" sum({types[2]})"
    given = norm_attributes(p) | quant_attributes(p)
    given["quantize_from"] = p["quantize_from"]

    def expected(*operands):
        q, s, y, total = truth.rms_norm_quant(
            *operands, codes=p["codes"], scales=p["scales"],
            unquantized=p["unquantized"], **present(**given))
        return [q, s] + [y] * bool(p["unquantized"]) + [total] * bool(with_sum)

    return Case(name, describe(p), *function(
        "rms_norm_quant", types, results, f"{operands} {attributes(**given)}",
        signature), arrays, expected)


# --- beeline.dequant -----------------------------------------------------------


def dequant(name, p, seed):
    lead = tuple(map(Row, p["lead"]))
    shapes = [((*lead, p["n"]), p["codes"], p["q"]),
              (scales_shape(lead, p["n"], p["group_size"], p["scale_layout"]),
               p["scales"], p["s"])]
    types = [tensor(shape, dtype, p["dynamic"]) for shape, dtype, _ in shapes]
    result = tensor(shapes[0][0], p["output"], p["dynamic"])
    given = {name: p[name] for name in ("group_size", "scale_layout")}
    # These two change nothing.
    stated = {name: p[name] for name in ("fmax", "min_amax")}

    def expected(codes, scales):
        return [truth.dequant(codes, scales, output=p["output"], **present(**given))]

    return Case(name, describe(p), *function(
        "dequant", types, [result], f"%0, %1 {attributes(**given, **stated)}",
        f"{', '.join(types)} -> {result}"),
        tuple(draw(distribution, shape, dtype, 10 * seed + i)
              for i, (shape, dtype, distribution) in enumerate(shapes)), expected)


# --- beeline.silu_mul ----------------------------------------------------------


def silu_mul(name, p, seed):
    shape = (*map(Row, p["lead"]), p["n"])
    types = [tensor(shape, p[operand], p["dynamic"]) for operand in ("gate", "up")]
    result = tensor(shape, p["output"], p["dynamic"])
    given = {"round_before_mul": p["round_before_mul"]}

    def expected(gate, up):
        return [truth.silu_mul(gate, up, output=p["output"], **given)]

    return Case(name, describe(p), *function(
        "silu_mul", types, [result], f"%0, %1 {attributes(**given)}",
        f"{', '.join(types)} -> {result}"),
        (draw(p["g"], shape, p["gate"], 10 * seed),
         draw(p["u"], shape, p["up"], 10 * seed + 1)), expected)


# --- Ops of arith and math -----------------------------------------------------

BINARY = ("arith.addf", "arith.subf", "arith.mulf", "arith.divf",
          "arith.maximumf", "arith.minimumf")
EXPONENTIAL = ("math.exp", "math.tanh")


def elementwise(name, p, seed):
    shape = (*map(Row, p["lead"]), p["n"])
    type = tensor(shape, p["type"], p["dynamic"])
    operands = ("a", "b") if p["op"] in BINARY else ("a",)
    return Case(name, describe(p), *function(
        p["op"], [type] * len(operands), [type],
        ", ".join(f"%{i}" for i in range(len(operands))), type),
        tuple(draw(p[operand], shape, p["type"], 10 * seed + i)
              for i, operand in enumerate(operands)),
        lambda *x: [truth.elementwise(p["op"], *x)])


# --- beeline.linear ------------------------------------------------------------


def linear(name, p, seed):
    """`operands` are the types of input and weight, then of their scales."""
    lead = tuple(map(Row, p["lead"]))
    n, out = p["n"], p["out"]
    dtypes = p["operands"]
    shapes = [((*lead, n), dtypes[0], p["x"]), ((out, n), dtypes[1], p["w"])]
    operands, bias = "%0, %1", p["bias"]
    quantized = len(dtypes) == 4
    if quantized:
        # Scales of any size would make partial sums overflow.
        kind = "integers" if p["x"] == "integers" else "uniform"
        shapes += [(scales_shape(lead, n, p["group_size"], p["scale_layout"]),
                    dtypes[2], kind),
                   ((-(-out // 128), -(-n // 128)), dtypes[3], kind)]
        operands += " scales(%2, %3)"
    if bias:
        operands += f" bias(%{len(shapes)})"
        shapes.append(((out,), bias, p["x"]))
    types = [tensor(shape, dtype, p["dynamic"]) for shape, dtype, _ in shapes]
    result = tensor((*lead, out), p["output"], p["dynamic"])
    signature = ", ".join(types[:2])
    if quantized:
        signature += f" scales({', '.join(types[2:4])})"
    if bias:
        signature += f" bias({types[-1]})"
    given = {name: p[name] for name in ("group_size", "scale_layout")}

    def expected(x, weight, *rest):
        return [truth.linear(
            x, weight, rest[:2] if quantized else None, rest[-1] if bias else None,
            output=p["output"], exact=p["x"] == p["w"] == "integers",
            **present(**given))]

    return Case(name, describe(p), *function(
        "linear", types, [result], f"{operands} {attributes(**given)}",
        f"{signature} -> {result}"),
        tuple(draw(distribution, shape, dtype, 10 * seed + i)
              for i, (shape, dtype, distribution) in enumerate(shapes)), expected)


# --- Collectives of one rank ---------------------------------------------------


def collective(name, p, seed):
    """With one rank both move bits: NaNs keep theirs."""
    shape = (*map(Row, p["lead"]), p["n"])
    type = tensor(shape, p["input"], p["dynamic"])
    gather = p["op"] == "all_gather"
    return Case(name, describe(p), *function(
        p["op"], [type], [type],
        f"%0 {attributes(axis=0 if gather else None, ranks=1)}",
        f"{type} -> {type}" if gather else type),
        (draw("specials", shape, p["input"], seed),), lambda x: [x])


# --- The tables ----------------------------------------------------------------

TABLES = {
    "rms_norm": Table(
        NORM | {"output": FLOATS},
        ("residual", "normalize_from", "round_before_weight", "output"), rms_norm),
    "group_quant": Table(
        {"n": WIDTHS, "lead": LEADS, "dynamic": DYNAMIC, "input": FLOATS}
        | QUANT | {"x": inputs.DISTRIBUTIONS},
        ("n", "codes", "scales", "scale_layout"), group_quant),
    "rms_norm_quant": Table(
        NORM | QUANT | {"quantize_from": FLOATS, "unquantized": (None, *FLOATS)},
        ("codes", "scales", "scale_layout", "quantize_from"), rms_norm_quant),
    "dequant": Table(
        {"n": WIDTHS, "lead": LEADS, "dynamic": DYNAMIC}
        | QUANT | {"output": FLOATS, "q": ("normal", "specials"),
                   "s": ("normal", "outliers", "specials")},
        ("codes", "scales", "scale_layout", "output"), dequant),
    "silu_mul": Table(
        {"n": WIDTHS, "lead": LEADS, "dynamic": DYNAMIC, "gate": FLOATS, "up": FLOATS,
         "output": FLOATS, "round_before_mul": (False, True),
         "g": inputs.DISTRIBUTIONS, "u": inputs.DISTRIBUTIONS},
        ("gate", "up", "output", "round_before_mul"), silu_mul),
    "elementwise": Table(
        {"op": tuple(truth.ELEMENTWISE), "n": WIDTHS, "lead": LEADS,
         "dynamic": DYNAMIC, "type": FLOATS, "a": inputs.DISTRIBUTIONS,
         "b": inputs.DISTRIBUTIONS},
        ("op", "type", "a"), elementwise),
    "linear": Table(
        {"n": WIDTHS, "out": (32, 130, 1), "lead": LEADS, "dynamic": DYNAMIC,
         "operands": ((BF16, BF16), (F16, F32), (F32, BF16), (F32, F32),
                      (E4M3FN, E4M3FN, F32, F32), (E4M3FN, E4M3FN, E8M0, E8M0),
                      (E4M3FNUZ, E4M3FNUZ, E8M0, F32), (E5M2, E4M3FN, F32, E8M0)),
         "bias": (None, *FLOATS), "output": (BF16, F32),
         "group_size": GROUP_SIZES, "scale_layout": LAYOUTS,
         "x": ("integers", "normal", "outliers", "nonfinite"),
         "w": ("integers", "normal", "uniform")},
        ("operands", "x", "w"), linear),
    "collective": Table(
        {"op": ("all_reduce", "all_gather"), "n": (130, 1), "dynamic": DYNAMIC,
         "lead": LEADS, "input": FLOATS}, (), collective),
}


# --- Every value through every conversion --------------------------------------


def sweeps():
    """Conversions, each seen through an op that does little else."""
    width = 1024

    def build(op, name, p, **arrays):
        """A case of static `[K, 1024]`; `arrays` are its operands or, for those
        of another shape, their distributions."""
        arrays = {operand: partial(inputs.rows, x, width)
                  if isinstance(x, np.ndarray) else x
                  for operand, x in arrays.items()}
        lead = next(x().shape[:-1] for x in arrays.values() if callable(x))
        return TABLES[op].build(f"sweep/{name}", dict.fromkeys(TABLES[op].factors) | {
            "n": width, "lead": lead, "dynamic": "none"} | p | arrays, 0)

    f32_sweep = inputs.f32_sweep()
    sources = {F32: f32_sweep} | {t: inputs.every_pattern(t) for t in (BF16, F16)}

    # A group led by fmax has the scale 1 and codes that are casts.
    for codes, source in itertools.product(CODES, FLOATS):
        fmax = truth.LARGEST[codes]
        x = inputs.up_to(fmax, sources[source])
        if source == F32:
            x = np.concatenate([inputs.up_to(fmax, inputs.around_codes(codes)), x])
        yield build("group_quant", f"{NAMES[source]}_to_{NAMES[codes]}", {
            "input": source, "codes": codes, "scales": F32, "group_size": width,
        }, x=partial(inputs.rows, x, width, fmax))

    # Scales of groups of one element, from 2^-127 on: fmax and min_amax are the
    # smallest of their range.
    for codes, scales in itertools.product(CODES, SCALES):
        yield build("group_quant", f"powers_of_two_to_{NAMES[codes]}_{NAMES[scales]}", {
            "input": F32, "codes": codes, "scales": scales, "group_size": 1,
            "fmax": 2.0, "min_amax": 2.0**-126,
        }, x=inputs.powers_of_two())

    # Every code with every E8M0 scale, each of which has a group of 256.
    every_scale = inputs.every_pattern(E8M0).reshape(64, 4)
    for codes, output in itertools.product(CODES, FLOATS):
        every_code = np.tile(inputs.every_pattern(codes), 256)
        yield build("dequant", f"{NAMES[codes]}_f8E8M0FNU_to_{NAMES[output]}", {
            "codes": codes, "scales": E8M0, "output": output, "group_size": 256,
        }, q=every_code, s=lambda: every_scale)

    # The product of a code of 1 with a scale, in groups of one element.
    for codes, output in itertools.product(CODES, FLOATS):
        yield build("dequant", f"{NAMES[codes]}_f32_to_{NAMES[output]}", {
            "codes": codes, "scales": F32, "output": output, "group_size": 1,
        }, s=f32_sweep, q="ones")

    # Products that become ties when they are rounded to f32, as they have to be,
    # before they are rounded to the result.
    for codes, output in itertools.product(CODES, (BF16, F16)):
        q, s = inputs.products_near_ties(codes, output)
        yield build("dequant", f"{NAMES[codes]}_f32_to_{NAMES[output]}_twice", {
            "codes": codes, "scales": F32, "output": output, "group_size": 1,
        }, q=q, s=s)

    # The sum of x and a residual of -0 is x.
    for source, target in itertools.product(FLOATS, FLOATS):
        x = sources[source]
        yield build("rms_norm", f"{NAMES[source]}_to_{NAMES[target]}", {
            "input": source, "weight": BF16, "residual": (target, True),
            "epsilon": 1.0e-5, "output": BF16,
        }, x=x, r=np.full_like(x, -0.0, target), w="normal")

    for gate, output, rounded in itertools.product(FLOATS, FLOATS, (False, True)):
        suffix = "_round_before_mul" if rounded else ""
        yield build("silu_mul", f"silu_{NAMES[gate]}_to_{NAMES[output]}{suffix}", {
            "gate": gate, "up": F32, "output": output, "round_before_mul": rounded,
        }, g=inputs.exp_arguments() if gate == F32 else sources[gate], u="normal")

    # Both zeros, infinities and NaN, and what is near them, with one another.
    for op, dtype in itertools.product(truth.ELEMENTWISE, FLOATS):
        a = inputs.exp_arguments() if dtype == F32 and op in EXPONENTIAL \
            else sources[dtype]
        yield build("elementwise", f"{op}_{NAMES[dtype]}",
                    {"op": op, "type": dtype}, a=a, b="specials")


# --- Variations of one row -----------------------------------------------------

_PLAIN = {
    "n": 256, "lead": (2,), "dynamic": "rows", "input": BF16, "weight": BF16,
    "residual": (BF16, True), "epsilon": 1.0e-5, "weight_offset": None,
    "normalize_from": None, "round_before_weight": False, "output": BF16,
    "codes": E4M3FNUZ, "scales": F32, "group_size": None, "scale_layout": None,
    "fmax": None, "min_amax": None, "quantize_from": F32, "unquantized": None,
    "gate": BF16, "up": BF16, "round_before_mul": False,
    "x": "normal", "w": "normal", "r": "normal", "g": "normal", "u": "normal",
    "q": "normal", "s": "normal",
}


def vary(name, op, changes):
    p = {factor: _PLAIN[factor] for factor in TABLES[op].factors}
    return TABLES[op].build(name, p | changes, 0)


def hard():
    """Every kind of special row, twice, through every combination of the types
    that the op converts, with a ragged last group. (Without an epsilon a norm
    shows what becomes of the smallest squares.)"""
    factors = {
        "rms_norm": ("input", "output", "epsilon"),
        "group_quant": ("input", "codes", "scales"),
        "rms_norm_quant": ("quantize_from", "codes", "scales"),
        "dequant": ("codes", "scales", "output"),
        "silu_mul": ("gate", "output"),
    }
    special = {"n": 300, "lead": (18,), "x": "specials", "w": "mixed",
               "q": "specials", "s": "specials", "g": "specials", "residual": None}
    for op, names in factors.items():
        table = TABLES[op].factors
        given = {name: value for name, value in special.items() if name in table}
        for i, values in enumerate(itertools.product(*(table[n] for n in names))):
            yield vary(f"hard/{op}/{i}", op, given | dict(zip(names, values)))


# Each attribute that engines differ in, with the op that shows it.
CHOICES = {
    "normalize_from": ("rms_norm", (None, "rounded")),
    "round_before_weight": ("rms_norm", (False, True)),
    "weight_offset": ("rms_norm", (None, 1.0)),
    "quantize_from": ("rms_norm_quant", FLOATS),
    "fmax": ("group_quant", (None, 224.0)),
    "min_amax": ("group_quant", (None, 8.0)),
    "scale_layout": ("group_quant", LAYOUTS),
    "group_size": ("group_quant", (None, 32)),
    "round_before_mul": ("silu_mul", (False, True)),
}


def choices():
    """For each choice one case per value, on the same inputs, where the truth
    differs. G = M = 2, so that both scale layouts have the same shape."""
    for attribute, (op, values) in CHOICES.items():
        for i, value in enumerate(values):
            yield vary(f"choice/{attribute}/{i}", op, {attribute: value})


def all_cases():
    for op, table in TABLES.items():
        for i, row in enumerate(cover(table.factors, table.crossed)):
            yield table.build(f"{op}/{i}", row, i)
    yield from hard()
    yield from sweeps()
    yield from choices()


def module(cases):
    """The MLIR module that the cases' functions are in."""
    return "\n".join({case.function: case.text for case in cases}.values())


if __name__ == "__main__":
    print(module(all_cases()), end="")
