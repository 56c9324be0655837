"""Writes dequantizations, quantizations, norms and gates out, each time in another
spelling: operand order, division or multiplication, views, ops on tensors or bodies of
linalg ops, broadcasts or indexing maps, maxima or selects, static or dynamic rows. All
mean the op to the bit.

make SEED COUNT: COUNT functions of each kind, inputs, and the calls for beeline-run.
check: exits with an error unless every function in raised.mlir is its op alone.
compare: exits with an error if a byte of a result differs, but for which NaN it is.
"""

import json
import random
import re
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

from written_out import bits, numbers, whole

ROWS, GROUP = 4, 128
KINDS = {"dequant": "beeline.dequant", "quant": "beeline.group_quant",
         "norm": "beeline.rms_norm", "gate": "beeline.silu_mul"}
DTYPES = {"bf16": ml_dtypes.bfloat16, "f16": np.float16, "f32": np.float32,
          "f8E4M3FN": ml_dtypes.float8_e4m3fn, "f8E5M2": ml_dtypes.float8_e5m2}
FMAX = {"f8E4M3FN": 448.0, "f8E5M2": 57344.0}
DIMS = "d0, d1, d2".split(", ")


class Function:
    """Text of one function. Tensors are (name, shape, element type); the rows are the
    extent "m"."""

    def __init__(self, name):
        self.name, self.lines, self.arguments, self.count = name, [], [], 0
        self.rows = random.choice(("?", str(ROWS)))

    def type(self, shape, element):
        return "tensor<" + "".join(f"{self.rows if d == 'm' else d}x" for d in shape) \
            + element + ">"

    def emit(self, text):
        self.count += 1
        self.lines.append(f"  %{self.count} = {text}")
        return f"%{self.count}"

    def argument(self, shape, element):
        self.arguments.append((shape, element))
        return f"%arg{len(self.arguments) - 1}", shape, element

    def sizes(self, shape):
        return ", ".join(str(d) if d != "m" else "%m" if self.rows == "?" else self.rows
                         for d in shape)

    def dynamic(self, shape):
        return "%m" if self.rows == "?" and "m" in shape else ""

    def empty(self, shape, element):
        return self.emit(f"tensor.empty({self.dynamic(shape)}) : "
                         f"{self.type(shape, element)}")

    def constant(self, number, shape):
        """In every element of a tensor."""
        text = number if isinstance(number, str) else f"{number:.9e}"
        kind = self.type(shape, "f32")
        if "?" not in kind and random.random() < 0.4:
            return self.emit(f"arith.constant dense<{text}> : {kind}"), shape, "f32"
        scalar = self.emit(f"arith.constant {text} : f32")
        if random.random() < 0.5:
            size = self.dynamic(shape)
            return self.emit(f"tensor.splat {scalar}{f'[{size}]' if size else ''} : "
                             f"{kind}"), shape, "f32"
        init = self.empty(shape, "f32")
        return self.emit(f"linalg.fill ins({scalar} : f32) outs({init} : {kind}) -> "
                         f"{kind}"), shape, "f32"

    def elementwise(self, body, operands, element, dims=None):
        """`body` on tensors, as an op on tensors if `dims` are those of all and fate
        wants it. dims: for each operand the dimensions that it has of the result."""
        shape = max((o[1] for o in operands), key=len)
        every = tuple(range(len(shape)))
        dims = [every if d is None else d for d in dims or [None] * len(operands)]
        if random.random() < 0.5:
            names = []
            for (name, own, kind), own_dims in zip(operands, dims):
                if own_dims != every:
                    init = self.empty(shape, kind)
                    added = [d for d in every if d not in own_dims]
                    name = self.emit(
                        f"linalg.broadcast ins({name} : {self.type(own, kind)}) "
                        f"outs({init} : {self.type(shape, kind)}) dimensions = {added}")
                names.append(name)
            return self.emit(body(names, lambda kind: self.type(shape, kind))), shape, \
                element
        init = self.empty(shape, element)
        loops = ", ".join(DIMS[:len(shape)])
        maps = ", ".join(f"affine_map<({loops}) -> ({', '.join(DIMS[d] for d in own)})>"
                         for own in [*dims, every])
        names = [f"%in{i}" for i in range(len(operands))]
        block = ", ".join(f"{n}: {o[2]}" for n, o in zip(names, operands))
        return self.emit(
            f"linalg.generic {{indexing_maps = [{maps}], iterator_types = "
            f"{json.dumps(['parallel'] * len(shape))}}} "
            f"ins({', '.join(o[0] for o in operands)} : "
            f"{', '.join(self.type(o[1], o[2]) for o in operands)}) "
            f"outs({init} : {self.type(shape, element)}) {{\n"
            f"  ^bb0({block}, %out: {element}):\n"
            f"    %r = {body(names, lambda kind: kind)}\n"
            f"    linalg.yield %r : {element}\n"
            f"  }} -> {self.type(shape, element)}"), shape, element

    def arith(self, op, *operands, dims=None):
        return self.elementwise(
            lambda names, kind: f"{op} {', '.join(names)} : {kind(operands[0][2])}",
            operands, operands[0][2], dims)

    def commute(self, op, a, b, dims=None):
        """Either order."""
        dims = dims or [None, None]
        order = random.choice(([0, 1], [1, 0]))
        return self.arith(op, *((a, b)[i] for i in order), dims=[dims[i] for i in order])

    def cast(self, operand, element):
        op = "extf" if element == "f32" else "truncf"
        return self.elementwise(
            lambda names, kind:
                f"arith.{op} {names[0]} : {kind(operand[2])} to {kind(element)}",
            [operand], element)

    def select(self, predicate, a, b, chosen, other):
        def compare(names, kind):
            return f"arith.cmpf {predicate}, {names[0]}, {names[1]} : {kind('f32')}"

        def choose(names, kind):
            return (f"arith.select {', '.join(names)} : " +
                    ("" if kind("i1") == "i1" else f"{kind('i1')}, ") + kind("f32"))
        condition = self.elementwise(compare, [a, b], "i1")
        return self.elementwise(choose, [condition, chosen, other], "f32")

    def bound(self, value, number, least):
        """The larger of value and number, or the smaller; NaN stays."""
        limit = self.constant(number, value[1])
        if random.random() < 0.5:
            return self.commute("arith.maximumf" if least else "arith.minimumf", value,
                                limit)
        return self.select("ugt" if least else "ult", value, limit, value, limit)

    def times_inverse(self, value, power):
        """Over a power of two."""
        if random.random() < 0.5:
            return self.arith("arith.divf", value, self.constant(power, value[1]))
        return self.commute("arith.mulf", value, self.constant(1 / power, value[1]))

    def split(self, value, groups):
        _, shape, kind = value
        new = ("m", groups, GROUP)
        return self.emit(
            f"tensor.expand_shape {value[0]} [[0], [1, 2]] output_shape "
            f"[{self.sizes(new)}] : {self.type(shape, kind)} into "
            f"{self.type(new, kind)}"), new, kind

    def join(self, value):
        _, shape, kind = value
        new = ("m", shape[1] * shape[2])
        return self.emit(
            f"tensor.collapse_shape {value[0]} [[0], [1, 2]] : {self.type(shape, kind)} "
            f"into {self.type(new, kind)}"), new, kind

    def either(self, value, first, second):
        """Two steps that may change places."""
        steps = [first, second]
        random.shuffle(steps)
        for step in steps:
            value = step(value)
        return value

    def reduce(self, op, value, init):
        _, shape, kind = value
        rest = shape[:-1]
        start = self.constant(init, rest)
        if random.random() < 0.5:
            return self.emit(
                f"linalg.reduce {{ {op} }} ins({value[0]} : {self.type(shape, kind)}) "
                f"outs({start[0]} : {self.type(rest, kind)}) dimensions = "
                f"[{len(rest)}]"), rest, kind
        loops, kept = ", ".join(DIMS[:len(shape)]), ", ".join(DIMS[:len(rest)])
        names = ["%in", "%out"]
        random.shuffle(names)
        kinds = json.dumps(["parallel"] * len(rest) + ["reduction"])
        return self.emit(
            f"linalg.generic {{indexing_maps = [affine_map<({loops}) -> ({loops})>, "
            f"affine_map<({loops}) -> ({kept})>], iterator_types = {kinds}}} "
            f"ins({value[0]} : {self.type(shape, kind)}) outs({start[0]} : "
            f"{self.type(rest, kind)}) {{\n  ^bb0(%in: f32, %out: f32):\n"
            f"    %r = {op} {', '.join(names)} : f32\n    linalg.yield %r : f32\n"
            f"  }} -> {self.type(rest, kind)}"), rest, kind

    def text(self, *results):
        signature = ", ".join(f"%arg{i}: {self.type(*a)}"
                              for i, a in enumerate(self.arguments))
        types = ", ".join(self.type(*r[1:]) for r in results)
        rows = [] if self.rows != "?" else [
            "  %c0 = arith.constant 0 : index",
            f"  %m = tensor.dim %arg0, %c0 : {self.type(*self.arguments[0])}"]
        self.results = [element for _, _, element in results]
        return "\n".join([
            f"func.func @{self.name}({signature}) -> ({types}) {{", *rows, *self.lines,
            f"  return {', '.join(r[0] for r in results)} : {types}", "}\n"])


def dequant(f):
    codes_type, groups = random.choice(list(FMAX)), random.choice((1, 2, 3))
    codes = f.argument(("m", groups * GROUP), codes_type)
    scales = f.argument(("m", groups), "f32")
    values = f.either(codes, lambda v: f.cast(v, "f32"), lambda v: f.split(v, groups))
    product = f.commute("arith.mulf", values, scales, [None, (0, 1)])
    result = random.choice(("bf16", "f16", "f32"))
    if result == "f32":
        return f.text(f.join(product))
    return f.text(f.either(product, f.join, lambda v: f.cast(v, result)))


def quant(f):
    codes_type, groups = random.choice(list(FMAX)), random.choice((1, 2, 3))
    kind = random.choice(("bf16", "f16", "f32"))
    x = f.argument(("m", groups * GROUP), kind)
    values = f.split(x, groups) if kind == "f32" else \
        f.either(x, lambda v: f.cast(v, "f32"), lambda v: f.split(v, groups))
    lowest = random.choice(("0xFF800000", "0.0"))
    amax = f.reduce("arith.maximumf", f.arith("math.absf", values), lowest)
    m = f.bound(amax, 1e-10, least=True)
    fmax = FMAX[codes_type]
    scale = f.arith("arith.divf", m, f.constant(fmax, m[1]))
    infinity, nan = (f.constant(n, m[1]) for n in ("0x7F800000", "0x7FC00000"))
    scale = f.select("olt", amax, infinity, scale, nan) if random.random() < 0.5 else \
        f.select("oeq", amax, infinity, nan, scale)
    inverse = f.arith("arith.divf", f.constant(1, m[1]), scale)
    y = f.commute("arith.mulf", values, inverse, [None, (0, 1)])
    y = f.either(y, lambda v: f.bound(v, -fmax, least=True),
                 lambda v: f.bound(v, fmax, least=False))
    return f.text(f.either(y, f.join, lambda v: f.cast(v, codes_type)), scale)


def norm(f):
    columns, kind = random.choice((64, 128)), random.choice(("bf16", "f32"))
    x = f.argument(("m", columns), kind)
    w = f.argument((columns,), random.choice(("bf16", "f16", "f32")))
    values = x if kind == "f32" else f.cast(x, "f32")
    total = f.reduce("arith.addf", f.arith("arith.mulf", values, values), 0)
    mean = f.times_inverse(total, columns)
    variance = f.commute("arith.addf", mean, f.constant(1e-5, mean[1]))
    root = f.arith("math.sqrt", variance)
    rstd = f.arith("arith.divf", f.constant(1, root[1]), root)
    weight = w if w[2] == "f32" else f.cast(w, "f32")
    if random.random() < 0.5:
        weight = f.commute("arith.addf", weight, f.constant(1, weight[1]))
    u = f.commute("arith.mulf", values, rstd, [None, (0,)])
    y = f.commute("arith.mulf", u, weight, [None, (1,)])
    return f.text(y if kind == "f32" else f.cast(y, kind))


def gate(f):
    kind = random.choice(("bf16", "f16"))
    g, u = (f.argument(("m", 64), kind) for _ in range(2))
    gf, uf = f.cast(g, "f32"), f.cast(u, "f32")
    negative = random.choice((
        lambda: f.arith("arith.negf", gf),
        lambda: f.commute("arith.mulf", gf, f.constant(-1, gf[1])),
        lambda: f.arith("arith.subf", f.constant(0, gf[1]), gf)))()
    # On tensors, math.exp is the op's in the reference.
    e = f.emit(f"math.exp {negative[0]} : {f.type(gf[1], 'f32')}"), gf[1], "f32"
    silu = f.arith("arith.divf", gf, f.commute("arith.addf", e, f.constant(1, gf[1])))
    if random.random() < 0.5:
        return f.text(f.cast(f.commute("arith.mulf", silu, uf), kind))
    silu = f.cast(silu, kind)
    return f.text(f.commute("arith.mulf", silu, u))


def make(seed, count):
    random.seed(seed)
    rng = np.random.default_rng(seed)
    calls, module, types = {"written": [], "raised": []}, [], {}
    for kind in KINDS:
        for i in range(count):
            f = Function(f"{kind}_{i}")
            module.append(globals()[kind](f))
            paths = []
            for j, (shape, element) in enumerate(f.arguments):
                fill = random.choice((bits, numbers))
                if kind == "norm" and j == 0:
                    fill = whole
                paths.append(f"{f.name}-in{j}.npy")
                extents = [ROWS if d == "m" else d for d in shape]
                np.save(paths[-1], fill(rng, extents, DTYPES[element]))
            for name, list_of_calls in calls.items():
                outputs = [f"{f.name}-{name}{j}.npy" for j in range(len(f.results))]
                list_of_calls.append(
                    {"function": f.name, "inputs": paths, "outputs": outputs})
                types.update(zip(outputs, f.results))
    Path("types.json").write_text(json.dumps(types))
    Path("written.mlir").write_text("\n".join(module))
    for name, list_of_calls in calls.items():
        Path(f"{name}.json").write_text(json.dumps(list_of_calls))


def check():
    functions = re.findall(r"func\.func @((\w+)_\d+)\((.*?)^  }$",
                           Path("raised.mlir").read_text(), re.M | re.S)
    for name, kind, body in functions:
        if body.count(KINDS[kind] + " ") != 1 or re.search(r"arith\.(mul|div)f", body):
            sys.exit(f"@{name} was not raised:\n{body}")
    print(len(functions), "functions were raised")


def compare():
    for path, element in json.loads(Path("types.json").read_text()).items():
        if "-raised" in path:
            continue
        a, b = (np.load(p).view(DTYPES[element])
                for p in (path, path.replace("-written", "-raised")))
        bytes_of = f"u{a.itemsize}"
        same = (a.view(bytes_of) == b.view(bytes_of)) | (np.isnan(a) & np.isnan(b))
        if a.shape != b.shape or not same.all():
            sys.exit(f"{path}: results differ")
        print(f"{path}: {a.size} elements are equal")


if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]))
else:
    {"check": check, "compare": compare}[sys.argv[1]]()
