#!/usr/bin/env python3
"""Compares `beeline-run`'s conversions with upstream's: LLVM's APFloat, which
`convert-arith-to-apfloat` calls for each `arith.truncf` and `arith.extf`.

usage: apfloat.py path/to/beeline-run

A second truth beside ml_dtypes, which shares no code with it or with Beeline.
Upstream's side is scalar loops, which only tools of LLVM lower and compile, to a
library that ctypes calls; Beeline's is the same casts of tensors.

What APFloat does beside rounding to nearest even, once, from any type:
- Overflow: a magnitude that rounds, as if the exponent had no end, to more than
  the largest finite value becomes infinity of its sign in f8E5M2, f16 and bf16,
  and NaN in f8E4M3FN and f8E4M3FNUZ, which have no infinity. It never saturates.
  The tie after the largest value goes to the even neighbour: f8E4M3FN's largest
  is even (448 = 0x7E), so 464 still is 448; the others' are odd, so that 248 is
  NaN in f8E4M3FNUZ, 61440 infinity in f8E5M2, 65520 in f16.
- Infinity becomes NaN where there is no infinity, and stays one elsewhere.
- -0, and what rounds to it, becomes +0 in f8E4M3FNUZ.
- NaN keeps its sign and the upper bits of its payload, and is made quiet, where
  the type can say so. So NaNs are not compared with upstream's: Beeline's must be
  the canonical one, which it stores always.

`convert-arith-to-apfloat` converts all of these types, f8E8M0FNU too, but LLVM 22's
APFloat makes infinity of f8E8M0FNU's NaN, which has no payload to take along (mended
in github.com/llvm/llvm-project/pull/214919). Not compared is truncation to
f8E8M0FNU, which is none of Beeline's conversions: its scales are rounded up.
"""

import ctypes
import itertools
import json
from pathlib import Path
import subprocess
import sys
import tempfile

import numpy as np

import inputs
from run_cases import hexadecimal, load, save
from truth import (BF16, CANONICAL_NAN, E4M3FN, E4M3FNUZ, E5M2, E8M0, F16, F32,
                   LARGEST, NAMES, bits)

# Every pair of types, (from, to), that one cast can name.
CONVERSIONS = [
    *itertools.product([F32], [BF16, F16, E4M3FN, E4M3FNUZ, E5M2]),
    *itertools.product([BF16, F16], [E4M3FN, E4M3FNUZ, E5M2]),
    *itertools.product([E4M3FN, E4M3FNUZ, E5M2, E8M0], [BF16, F16, F32]),
    *itertools.product([BF16, F16], [F32]),
]
SHOWN = 4


def name_of(conversion):
    return "_to_".join(NAMES[dtype] for dtype in conversion)


def cast_op(conversion):
    source, target = conversion
    return "arith.truncf" if source.itemsize > target.itemsize else "arith.extf"


def overflow_limits(codes):
    """f32: the largest value of an FP8 type, the next if its exponent had no end,
    their tie, the neighbours of each, of both signs."""
    largest = np.float32(LARGEST[codes])
    step = largest - np.nextafter(np.array(largest, codes), codes.type(0)).astype(F32)
    x = np.array([largest, largest + step / 2, largest + step], F32)
    x = np.concatenate([np.nextafter(x, F32.type(0)), x,
                        np.nextafter(x, F32.type(np.inf))])
    return np.concatenate([x, -x])


def values(dtype):
    """What is converted: all patterns, but of f32 the sweeps of every exponent,
    NaN class, and code with its ties, and patterns all over."""
    if dtype != F32:
        return inputs.every_pattern(dtype)
    spread = np.arange(0, 1 << 32, 65521).astype(np.uint32).view(F32)
    return np.concatenate(
        [inputs.f32_sweep(), spread]
        + [near(codes) for codes in LARGEST
           for near in (inputs.around_codes, overflow_limits)])


# --- Upstream ------------------------------------------------------------------

# Values travel as integers, so that nothing but the cast touches them.
UPSTREAM = """
func.func @{name}(%from: !llvm.ptr, %to: !llvm.ptr, %count: i64) {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  scf.for %i = %zero to %count step %one : i64 {{
    %p = llvm.getelementptr %from[%i] : (!llvm.ptr, i64) -> !llvm.ptr, {from_bits}
    %x_bits = llvm.load %p : !llvm.ptr -> {from_bits}
    %x = arith.bitcast %x_bits : {from_bits} to {source}
    %y = {cast} %x : {source} to {target}
    %y_bits = arith.bitcast %y : {target} to {to_bits}
    %q = llvm.getelementptr %to[%i] : (!llvm.ptr, i64) -> !llvm.ptr, {to_bits}
    llvm.store %y_bits, %q : {to_bits}, !llvm.ptr
  }}
  return
}}
"""


def run(command, text=None):
    """What a tool prints, given `text`."""
    done = subprocess.run(list(map(str, command)), input=text, capture_output=True,
                          text=True)
    if done.returncode:
        sys.exit(f"{done.stderr}\nexit status {done.returncode} of {command}")
    return done.stdout


def compile_upstream(directory):
    """All conversions as a library of C functions, made by upstream alone."""
    text = "".join(
        UPSTREAM.format(name=name_of(conversion), cast=cast_op(conversion),
                        source=NAMES[conversion[0]], target=NAMES[conversion[1]],
                        from_bits=f"i{8 * conversion[0].itemsize}",
                        to_bits=f"i{8 * conversion[1].itemsize}")
        for conversion in CONVERSIONS)
    called = run(["mlir-opt", "--convert-arith-to-apfloat"], text)
    # Else the casts would be LLVM's own instructions, where it has them.
    if called.count("call @_mlir_apfloat_convert(") != len(CONVERSIONS):
        sys.exit("convert-arith-to-apfloat left some cast as it is")
    lowered = run(["mlir-opt", "--canonicalize", "--convert-scf-to-cf",
                   "--convert-to-llvm", "--reconcile-unrealized-casts"], called)
    ir = run(["mlir-translate", "--mlir-to-llvmir"], lowered)
    library = directory / "upstream.so"
    libraries = run(["llvm-config", "--libdir"]).strip()
    run(["clang", "-shared", "-fPIC", "-O1", "-Wno-override-module", "-x", "ir", "-",
         "-o", library, f"-L{libraries}", f"-Wl,-rpath,{libraries}",
         "-lmlir_apfloat_wrappers"], ir)
    return ctypes.CDLL(library)


def convert_upstream(library, conversion, x):
    y = np.empty(x.shape, conversion[1])
    function = library[name_of(conversion)]
    function.restype = None
    function(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data),
             ctypes.c_int64(x.size))
    return y


# --- Beeline -------------------------------------------------------------------


def convert_beeline(tool, directory, arguments):
    """`arguments` maps conversions to values; results come in the same order."""
    functions, calls = [], []
    for conversion in arguments:
        name = name_of(conversion)
        source, target = (f"tensor<?x{NAMES[dtype]}>" for dtype in conversion)
        functions.append(
            f"func.func @{name}(%x: {source}) -> {target} {{\n"
            f"  %y = {cast_op(conversion)} %x : {source} to {target}\n"
            f"  return %y : {target}\n}}\n")
        argument, result = (directory / f"{name}.{end}.npy" for end in ("in", "out"))
        save(argument, arguments[conversion])
        calls.append({"function": name, "inputs": [str(argument)],
                      "outputs": [str(result)]})
    (directory / "module.mlir").write_text("".join(functions))
    (directory / "calls.json").write_text(json.dumps(calls))
    run([tool, directory / "module.mlir", f"--batch={directory}/calls.json"])
    return [load(call["outputs"][0], conversion[1])
            for conversion, call in zip(arguments, calls)]


@np.errstate(invalid="ignore")  # Some NaNs are signaling.
def expected(x, upstream):
    """Upstream's result with canonical NaNs, for one of f8E8M0FNU too."""
    is_nan = np.isnan(upstream.astype(F32))
    if x.dtype == E8M0:
        is_nan |= np.isnan(x.astype(F32))
    patterns = bits(upstream).copy()
    patterns[is_nan] = CANONICAL_NAN[upstream.dtype]
    return patterns.view(upstream.dtype)


def main():
    tool = sys.argv[1]
    failed, total = False, 0
    with tempfile.TemporaryDirectory() as path:
        directory = Path(path)
        library = compile_upstream(directory)
        arguments = {conversion: values(conversion[0]) for conversion in CONVERSIONS}
        results = convert_beeline(tool, directory, arguments)
        for (conversion, x), got in zip(arguments.items(), results):
            truth = expected(x, convert_upstream(library, conversion, x))
            where = np.flatnonzero(bits(got) != bits(truth))
            total += x.size
            if len(where):
                failed = True
                print(f"{name_of(conversion)}: {len(where)} of {x.size} differ")
            for i in where[:SHOWN]:
                print(f"  {hexadecimal(x[i])}: expected {hexadecimal(truth[i])}, "
                      f"got {hexadecimal(got[i])}")
    if failed:
        return 1
    print(f"{len(CONVERSIONS)} conversions of {total} values equal APFloat's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
