#!/usr/bin/env python3
"""Compiles the layers that check-gpu.py, bench-gpu.py and bench-launches.py run: for each number of
columns one library for the target, and one of the same functions for the CPU, whose
bytes are the expected ones. They need neither Beeline nor LLVM where they run.

The functions are single row-wise ops, regions of them, and all regions that
beeline-graph-pipeline and beeline-fuse leave in test/Integration/models, for any
number of columns.

Functions that do not compile are left out and named; the script then fails.

usage: build-gpu-layers.py BUILD/bin [--target=sm_90] [--columns=N,...]
                           [--functions=REGEX] [--output=FOLDER] [--sources-only]
"""

import argparse
import pathlib
import re
import string
import subprocess
import sys

MODELS = pathlib.Path(__file__).parent.parent / "test/Integration/models"
COLUMNS = (6144, 7168, 4096, 2048, 1536, 2624, 130)
GROUP = 128

# --- Regions by hand -------------------------------------------------------------
# $X, $H, $F: rows of bf16, f16, f32; $Q, $P: of codes; $S: scales; $W: a weight.

ROW_TYPES = {"X": "bf16", "H": "f16", "F": "f32", "Q": "f8E4M3FN", "P": "f8E5M2"}

NORM = "{epsilon = 1.0e-5 : f32}"
FUSED = "{epsilon = 1.0e-5 : f32, quantize_from = f32}"

# What bench-gpu.py measures: the norm, its quantization and the bf16 passthrough.
NORM_QUANTS = {
    "norm_quant": f"""(%x: $X, %w: $W) -> ($Q, $S) {{
  %q, %s = beeline.rms_norm_quant %x, %w {FUSED} : $X, $W -> $Q, $S
  return %q, %s : $Q, $S }}""",
    "norm_quant_bf16": f"""(%x: $X, %w: $W) -> ($Q, $S, $X) {{
  %q, %s, %y = beeline.rms_norm_quant %x, %w {FUSED} : $X, $W -> $Q, $S unquantized($X)
  return %q, %s, %y : $Q, $S, $X }}""",
    "add_norm_quant": f"""(%x: $X, %r: $X, %w: $W) -> ($Q, $S, $X) {{
  %q, %s, %t = beeline.rms_norm_quant %x, %w residual(%r) {FUSED}
      : $X, $W, $X -> $Q, $S sum($X)
  return %q, %s, %t : $Q, $S, $X }}""",
    "add_norm_quant_bf16": f"""(%x: $X, %r: $X, %w: $W) -> ($Q, $S, $X, $X) {{
  %q, %s, %y, %t = beeline.rms_norm_quant %x, %w residual(%r) {FUSED}
      : $X, $W, $X -> $Q, $S unquantized($X) sum($X)
  return %q, %s, %y, %t : $Q, $S, $X, $X }}""",
}

NORMS = {
    "norm": f"""(%x: $X, %w: $W) -> $X {{
  %y = beeline.rms_norm %x, %w {NORM} : $X, $W -> $X
  return %y : $X }}""",
    "norm_f16": f"""(%x: $H, %w: $W) -> $H {{
  %y = beeline.rms_norm %x, %w {NORM} : $H, $W -> $H
  return %y : $H }}""",
    "norm_f32": f"""(%x: $F, %w: $W) -> $F {{
  %y = beeline.rms_norm %x, %w {NORM} : $F, $W -> $F
  return %y : $F }}""",
    "norm_gemma": """(%x: $X, %w: $W) -> $X {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32, weight_offset = 1.0 : f32}
      : $X, $W -> $X
  return %y : $X }""",
    "norm_round_before_weight": """(%x: $X, %w: $W) -> $X {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-6 : f32, round_before_weight}
      : $X, $W -> $X
  return %y : $X }""",
    "add_norm": f"""(%x: $X, %r: $X, %w: $W) -> ($X, $X) {{
  %y, %t = beeline.rms_norm %x, %w residual(%r) {NORM} : $X, $W, $X -> $X, $X
  return %y, %t : $X, $X }}""",
    "add_norm_rounded": """(%x: $X, %r: $X, %w: $W) -> ($X, $X) {
  %y, %t = beeline.rms_norm %x, %w residual(%r)
      {epsilon = 1.0e-5 : f32, normalize_from = #beeline.normalize_from<rounded>}
      : $X, $W, $X -> $X, $X
  return %y, %t : $X, $X }""",
}

REGIONS = {
    "silu_mul": """(%g: $X, %u: $X) -> $X {
  %y = beeline.silu_mul %g, %u : $X, $X -> $X
  return %y : $X }""",
    "silu_mul_quant": """(%g: $X, %u: $X) -> ($Q, $S) {
  %y = beeline.silu_mul %g, %u : $X, $X -> $X
  %q, %s = beeline.group_quant %y : $X -> $Q, $S
  return %q, %s : $Q, $S }""",
    "silu_mul_f32_quant": """(%g: $F, %u: $F) -> ($Q, $S, $F) {
  %y = beeline.silu_mul %g, %u : $F, $F -> $F
  %q, %s = beeline.group_quant %y : $F -> $Q, $S
  return %q, %s, %y : $Q, $S, $F }""",
    "round_trip": """(%x: $X) -> ($Q, $S, $X) {
  %q, %s = beeline.group_quant %x : $X -> $Q, $S
  %y = beeline.dequant %q, %s : $Q, $S -> $X
  return %q, %s, %y : $Q, $S, $X }""",
    "dequant_norm": f"""(%q: $Q, %s: $S, %w: $W) -> $X {{
  %x = beeline.dequant %q, %s : $Q, $S -> $F
  %y = beeline.rms_norm %x, %w {NORM} : $F, $W -> $X
  return %y : $X }}""",
    "elementwise_quant": """(%x: $F, %z: $F) -> ($Q, $S, $X) {
  %t = math.tanh %x : $F
  %e = math.exp %z : $F
  %d = arith.divf %t, %e : $F
  %m = arith.maximumf %d, %x : $F
  %q, %s = beeline.group_quant %m : $F -> $Q, $S
  %y = arith.truncf %m : $F to $X
  return %q, %s, %y : $Q, $S, $X }""",
}


def quants():
    """Each code and scale type, in both layouts, and other groups than 128."""
    for codes, code_type in (("e4m3", "$Q"), ("e5m2", "$P")):
        for scales, scale_type in (("f32", "f32"), ("e8m0", "f8E8M0FNU")):
            for layout in ("row_major", "group_major"):
                yield quant(f"{codes}_{scales}_{layout}", code_type, scale_type, layout, GROUP)
    yield quant("e4m3_e8m0_of_32", "$Q", "f8E8M0FNU", "row_major", 32)
    yield quant("e4m3_f32_of_64", "$Q", "f32", "group_major", 64)
    yield quant("e4m3_f32_of_100", "$Q", "f32", "row_major", 100)


def quant(name, codes, scale_type, layout, group):
    """The quantization and the dequantization of one kind."""
    groups = f"${{groups{group}}}"
    extents = f"?x{groups}" if layout == "row_major" else f"{groups}x?"
    scales = f"tensor<{extents}x{scale_type}>"
    attributes = (f"{{group_size = {group} : i64, "
                  f"scale_layout = #beeline.scale_layout<{layout}>}}")
    return {
        f"quant_{name}": f"""(%x: $X) -> ({codes}, {scales}) {{
  %q, %s = beeline.group_quant %x {attributes} : $X -> {codes}, {scales}
  return %q, %s : {codes}, {scales} }}""",
        f"dequant_{name}": f"""(%q: {codes}, %s: {scales}) -> $X {{
  %y = beeline.dequant %q, %s {attributes} : {codes}, {scales} -> $X
  return %y : $X }}""",
    }


# Columns of q_a and kv_a in GLM-5 and DeepSeek-V3.2, and ragged ones.
TWO_NORMS = {2624: (2048, 512), 2048: (1536, 512), 130: (96, 34)}


def two_norms(name, columns, left, right):
    """The norm and quantization of the first columns, and the norm of the next: as of
    what DeepSeek's fused_qkv_a gives. Neither needs the other."""
    groups = -(-left // GROUP)
    rows, q, kv = (f"tensor<?x{n}xbf16>" for n in (columns, left, right))
    codes, scales = f"tensor<?x{left}xf8E4M3FN>", f"tensor<?x{groups}xf32>"
    return f"""func.func @{name}(%x: {rows}, %v: tensor<{left}xbf16>, %w: tensor<{right}xbf16>)
    -> ({codes}, {scales}, {q}, {kv}) {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : {rows}
  %a = tensor.extract_slice %x[0, 0] [%m, {left}] [1, 1] : {rows} to {q}
  %b = tensor.extract_slice %x[0, {left}] [%m, {right}] [1, 1] : {rows} to {kv}
  %q, %s, %y = beeline.rms_norm_quant %a, %v {FUSED}
      : {q}, tensor<{left}xbf16> -> {codes}, {scales} unquantized({q})
  %z = beeline.rms_norm %b, %w {NORM} : {kv}, tensor<{right}xbf16> -> {kv}
  return %q, %s, %y, %z : {codes}, {scales}, {q}, {kv} }}
"""


def standard_functions(columns):
    words = {name: f"tensor<?x{columns}x{type}>" for name, type in ROW_TYPES.items()}
    words["W"] = f"tensor<{columns}xbf16>"
    words |= {f"groups{group}": -(-columns // group) for group in (32, 64, 100, 128)}
    words["S"] = f"tensor<?x{words['groups128']}xf32>"
    templates = NORM_QUANTS | NORMS | REGIONS
    for pair in quants():
        templates |= pair
    for name, text in templates.items():
        yield f"func.func @{name}{string.Template(text).substitute(words)}\n"
    if columns in TWO_NORMS:
        yield two_norms("two_norms", columns, *TWO_NORMS[columns])


# --- Regions of the models ---------------------------------------------------------

# A row-wise op of Beeline's, in the generic form. The end of its region, if it has one,
# is indented as the op is.
ROWWISE = re.compile(
    r'^( +)%\S+ = ("beeline\.(?!linear"|all_)\w+"(?:[^\n]*\(\{\n.*?^\1\})?[^\n]*)$',
    re.M | re.S)


def model_regions(opt):
    """(name, generic text, columns) of each row-wise op of Beeline's that the
    passes leave in the models: regions, and ops that share rows with no other."""
    for model in sorted(MODELS.glob("*.mlir")):
        ir = run(opt, model, "-beeline-graph-pipeline", "-beeline-fuse",
                 "-mlir-print-op-generic")
        for i, (_, op) in enumerate(ROWWISE.findall(ir)):
            yield f"{model.stem}_{i}", op, int(re.search(r"tensor<\?x(\d+)xbf16>", op)[1])


def region_function(name, op, old, new):
    """A function of the op alone, for `new` columns in place of `old` ones."""
    extents = {str(old): str(new), str(-(-old // GROUP)): str(-(-new // GROUP))}
    op = re.sub(r"(?<=tensor<)[^>]*", lambda shape: "x".join(
        extents.get(extent, extent) for extent in shape[0].split("x")), op)
    operands = re.match(r"\S+?\((.*?)\)", op)[1].split(", ")
    types, results = re.search(r": \(([^()]*)\) -> (\([^()]*\)|\S+)$", op).groups()
    results = results.strip("()").split(", ")
    arguments = [f"%arg{i}" for i in range(len(operands))]
    signature = ", ".join(map(": ".join, zip(arguments, types.split(", "))))
    call = op.replace(f"({', '.join(operands)})", f"({', '.join(arguments)})", 1)
    values = [f"%r#{i}" for i in range(len(results))] if results[1:] else ["%r"]
    return (f"func.func @{name}({signature}) -> ({', '.join(results)}) {{\n"
            f"  %r{f':{len(results)}' if results[1:] else ''} = {call}\n"
            f"  return {', '.join(values)} : {', '.join(results)}\n}}\n")


# --- Compiling -----------------------------------------------------------------------

def run(*command):
    """A command's output; ends the script with its messages if it fails."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout


def for_target(functions, target, pattern):
    """Those whose name the pattern is found in, with the FP8 format that the chip has."""
    functions = [function for function in functions
                 if re.search(pattern, re.search(r"@(\w+)", function)[1])]
    if target != "gfx942":
        return functions
    return [function.replace("f8E4M3FN", "f8E4M3FNUZ") for function in functions
            if "f8E5M2" not in function]


def write_source(functions, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(functions))


def compile_library(tool, functions, target, path, *options):
    """Returns what the compiler said if it failed."""
    source, header = path.with_suffix(".mlir"), path.with_suffix(".h")
    write_source(functions, source)
    result = subprocess.run([tool, source, f"--target={target}", "-o", path, *options],
                            capture_output=True, text=True, errors="replace")
    header.unlink(missing_ok=True)
    return result.stderr if result.returncode else ""


def compile_pair(tool, functions, target, folder, columns):
    """The library for the target, and the one for the CPU. What the compiler says if
    it fails."""
    libraries = ((target, folder / target / f"rows_{columns}.so"),
                 ("cpu", folder / f"{target}-expected" / f"rows_{columns}.so"))
    return "".join(compile_library(tool, functions, *library) for library in libraries)


def compile_two_norms(tool, target, folder):
    """For bench-launches.py: the norms of q_a and kv_a in one launch, and in two."""
    functions = for_target([two_norms("glm5", 2624, 2048, 512),
                            two_norms("deepseek_v32", 2112, 1536, 512)], target, "")
    return "".join(
        compile_library(tool, functions, target, folder / target / f"two_norms_{name}.so",
                        f"--joint-launches={value}")
        for name, value in (("joint", "true"), ("apart", "false")))


def compile_what_compiles(tool, functions, *where):
    """Leaves out the functions that do not compile, and returns what the compiler
    said of them."""
    if not compile_pair(tool, functions, *where):
        return []
    said = {function: compile_pair(tool, [function], *where) for function in functions}
    rest = compile_pair(tool, [f for f in functions if not said[f]], *where)
    return [message for message in [*said.values(), rest] if message]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tools", type=pathlib.Path, metavar="BUILD/bin")
    parser.add_argument("--target", default="sm_90")
    parser.add_argument("--columns", default=",".join(map(str, COLUMNS)),
                        help="numbers of columns (default %(default)s)")
    parser.add_argument("--functions", default="", metavar="REGEX",
                        help="only those whose name it is found in")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="default: BUILD/gpu-layers")
    parser.add_argument("--sources-only", action="store_true",
                        help="write FOLDER/TARGET/rows_N.mlir and compile nothing")
    arguments = parser.parse_args()
    tools = arguments.tools
    folder = arguments.output or tools.parent / "gpu-layers"
    regions = list(model_regions(tools / "beeline-opt"))
    failed = False
    if re.search(arguments.functions, "two_norms") and not arguments.sources_only:
        message = compile_two_norms(tools / "beeline-compile", arguments.target, folder)
        print(message, end="")
        failed = bool(message)
    for columns in map(int, arguments.columns.split(",")):
        functions = for_target(
            [*standard_functions(columns),
             *(region_function(*region, columns) for region in regions)],
            arguments.target, arguments.functions)
        if arguments.sources_only:
            write_source(functions, folder / arguments.target / f"rows_{columns}.mlir")
            continue
        messages = compile_what_compiles(tools / "beeline-compile", functions,
                                         arguments.target, folder, columns)
        print(f"rows of {columns}: {len(functions) - len(messages)} of "
              f"{len(functions)} functions", *messages, sep="\n")
        failed |= bool(messages)
    return failed


if __name__ == "__main__":
    sys.exit(main())
