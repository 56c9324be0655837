#!/usr/bin/env python3
"""Times how long a GLM-5 layer's row-wise kernels take to become code, and 78 such
layers', in which all kernels are equal to those of the first. Prints a table of
docs/performance.md.

usage: bench-compile.py BUILD/bin [--targets=gfx942,...] [--rounds=K]
"""

import argparse
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile
import time

LAYERS = 78
STAGES = {"gfx942": "hsaco", "gfx950": "hsaco", "sm_90": "ptx"}

# Everything row-wise between two of the layer's linear layers is a function: the norm in
# front of attention with its passthrough for the indexer, the norms of q_a and kv_a, the
# quantization of attention's result, the norm in front of the experts with its
# passthrough for the router, and the activations of dense layers and experts.
ADD_NORM_QUANT = """(%x: tensor<?x6144xbf16>, %r: tensor<?x6144xbf16>, %w: tensor<6144xbf16>)
    -> (tensor<?x6144x$Q>, tensor<?x48xf32>, tensor<?x6144xbf16>, tensor<?x6144xbf16>) {
  %q, %s, %y, %t = beeline.rms_norm_quant %x, %w residual(%r)
      {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x6144xbf16>, tensor<6144xbf16>, tensor<?x6144xbf16>
      -> tensor<?x6144x$Q>, tensor<?x48xf32> unquantized(tensor<?x6144xbf16>)
         sum(tensor<?x6144xbf16>)
  return %q, %s, %y, %t : tensor<?x6144x$Q>, tensor<?x48xf32>, tensor<?x6144xbf16>,
      tensor<?x6144xbf16> }"""


def silu_mul_quant(width):
    row, codes = f"tensor<?x{width}xbf16>", f"tensor<?x{width}x$Q>"
    scales = f"tensor<?x{width // 128}xf32>"
    return f"""(%g: {row}, %u: {row}) -> ({codes}, {scales}) {{
  %y = beeline.silu_mul %g, %u : {row}, {row} -> {row}
  %q, %s = beeline.group_quant %y : {row} -> {codes}, {scales}
  return %q, %s : {codes}, {scales} }}"""


FUNCTIONS = {
    "input": ADD_NORM_QUANT,
    "q_a": """(%x: tensor<?x2048xbf16>, %w: tensor<2048xbf16>)
    -> (tensor<?x2048x$Q>, tensor<?x16xf32>) {
  %q, %s = beeline.rms_norm_quant %x, %w {epsilon = 1.0e-5 : f32, quantize_from = f32}
      : tensor<?x2048xbf16>, tensor<2048xbf16> -> tensor<?x2048x$Q>, tensor<?x16xf32>
  return %q, %s : tensor<?x2048x$Q>, tensor<?x16xf32> }""",
    "kv_a": """(%x: tensor<?x512xbf16>, %w: tensor<512xbf16>) -> tensor<?x512xbf16> {
  %y = beeline.rms_norm %x, %w {epsilon = 1.0e-5 : f32}
      : tensor<?x512xbf16>, tensor<512xbf16> -> tensor<?x512xbf16>
  return %y : tensor<?x512xbf16> }""",
    "attention": """(%x: tensor<?x16384xbf16>) -> (tensor<?x16384x$Q>, tensor<?x128xf32>) {
  %q, %s = beeline.group_quant %x : tensor<?x16384xbf16>
      -> tensor<?x16384x$Q>, tensor<?x128xf32>
  return %q, %s : tensor<?x16384x$Q>, tensor<?x128xf32> }""",
    "post": ADD_NORM_QUANT,
    "dense": silu_mul_quant(12288),
    "expert": silu_mul_quant(2048),
}


def module(target, layers):
    codes = "f8E4M3FNUZ" if target == "gfx942" else "f8E4M3FN"
    return "".join(f"func.func @{name}_{i}{text.replace('$Q', codes)}\n"
                   for i in range(layers) for name, text in FUNCTIONS.items())


def compile_it(tools, target, source):
    """The code, and the seconds that it took by the wall and on the processor."""
    code = source.with_suffix(".code")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([tools / "beeline-compile", source, f"--target={target}",
                    f"--emit={STAGES[target]}", "-o", code], check=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (code, seconds,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def count_kernels(target, code):
    if STAGES[target] == "ptx":
        return len(re.findall(r"^\.visible \.entry ", code.read_text(), re.M))
    symbols = subprocess.run(["/usr/lib/llvm-22/bin/llvm-readelf", "--symbols", code],
                             check=True, capture_output=True, text=True).stdout
    return len(set(re.findall(r" (\w+)\.kd$", symbols, re.M)))


def measure(tools, target, layers, rounds):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "layer.mlir"
        source.write_text(module(target, layers))
        runs = [compile_it(tools, target, source) for _ in range(rounds)]
        kernels = count_kernels(target, runs[0][0])
    wall, processor = (statistics.median(run[i] for run in runs) for i in (1, 2))
    return (f"| {target} | {layers} | {layers * len(FUNCTIONS)} | {kernels} | {wall:.2f} | "
            f"{processor:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tools", type=pathlib.Path, metavar="BUILD/bin")
    parser.add_argument("--targets", default=",".join(STAGES))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("| target | layers | functions | kernels | seconds | on the processor |\n"
          "|---|---|---|---|---|---|")
    for target in arguments.targets.split(","):
        for layers in (1, LAYERS):
            print(measure(arguments.tools, target, layers, arguments.rounds), flush=True)


if __name__ == "__main__":
    main()
