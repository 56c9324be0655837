#!/usr/bin/env python3
"""Times beeline-elide-round-trips beside parsing and upstream's CSE, on graphs
with one round trip per ten ops, and on models of layers that are functions.
Remarks are off. Prints the tables of docs/performance.md: medians over RUNS runs,
in milliseconds.

usage: bench-pass.py BUILD/bin
"""

import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

RUNS = 7
SIZES = [1_000, 3_000, 10_000, 30_000, 100_000]
# GLM-5 has 78 layers.
LAYERS = [78, 780]

X, W = "tensor<?x512xbf16>", "tensor<512xbf16>"
Q, S = "tensor<?x512xf8E4M3FN>", "tensor<?x4xf32>"
WQ, WS = "tensor<512x512xf8E4M3FN>", "tensor<4x4xf32>"
WX = "tensor<512x512xbf16>"

# A layer of ten ops. Fused and separate quantizations take turns, so that half of
# the round trips make their op grow a result.
NORM_QUANT = [f"""
  %q{{i}}, %s{{i}} = beeline.rms_norm_quant %x{{i}}, %w {{{{epsilon = 1.0e-5 : f32,
      quantize_from = f32}}}} : {X}, {W} -> {Q}, {S}
  %e{{i}} = math.absf %x{{i}} : {X}""", f"""
  %n{{i}} = beeline.rms_norm %x{{i}}, %w {{{{epsilon = 1.0e-5 : f32}}}}
      : {X}, {W} -> {X}
  %q{{i}}, %s{{i}} = beeline.group_quant %n{{i}} : {X} -> {Q}, {S}
  %e{{i}} = arith.addf %x{{i}}, %x{{i}} : {X}"""]
REST = f"""
  %a{{i}} = beeline.linear %q{{i}}, %wq scales(%s{{i}}, %ws)
      : {Q}, {WQ} scales({S}, {WS}) -> {X}
  %b{{i}} = beeline.linear %q{{i}}, %wq scales(%s{{i}}, %ws)
      {{{{bench.note = "not equal to the other, for CSE"}}}}
      : {Q}, {WQ} scales({S}, {WS}) -> {X}
  %d{{i}} = beeline.dequant %q{{i}}, %s{{i}} : {Q}, {S} -> {X}
  %g{{i}} = beeline.linear %d{{i}}, %wx : {X}, {WX} -> {X}
  %h{{i}} = beeline.silu_mul %a{{i}}, %b{{i}} : {X}, {X} -> {X}
  %k{{i}} = arith.addf %h{{i}}, %g{{i}} : {X}
  %x{{next}} = arith.addf %k{{i}}, %e{{i}} : {X}"""


def graph(num_ops):
    layers = num_ops // 10
    body = "".join((NORM_QUANT[i % 2] + REST).format(i=i, next=i + 1)
                   for i in range(layers))
    return (f"func.func @graph(%x0: {X}, %w: {W}, %wq: {WQ}, %ws: {WS}, "
            f"%wx: {WX}) -> {X} {{{body}\n  return %x{layers} : {X}\n}}\n")


# A layer of functions, 128 ops with their calls and returns: codes and scales go
# from the communicator through the layer and the attention to the indexer, which
# turns them back. Of every eight layers one shares its indexer with a caller that
# cannot provide the unquantized value, so that it is copied.
COMMUNICATOR = f"""
func.func private @communicator{{i}}(%x: {X}, %w: {W}) -> ({Q}, {S}) {{{{
  {{work}}
  %q, %s = beeline.rms_norm_quant %y, %w {{{{epsilon = 1.0e-5 : f32,
      quantize_from = f32}}}} : {X}, {W} -> {Q}, {S}
  return %q, %s : {Q}, {S}
}}}}
func.func private @indexer{{i}}(%q: {Q}, %s: {S}, %wx: {WX}) -> {X} {{{{
  %x = beeline.dequant %q, %s : {Q}, {S} -> {X}
  {{work}}
  %g = beeline.linear %y, %wx : {X}, {WX} -> {X}
  return %g : {X}
}}}}
func.func private @attention{{i}}(%q: {Q}, %s: {S}, %wq: {WQ}, %ws: {WS}, %wx: {WX})
    -> {X} {{{{
  %a = beeline.linear %q, %wq scales(%s, %ws) : {Q}, {WQ} scales({S}, {WS}) -> {X}
  %g = call @indexer{{i}}(%q, %s, %wx) : ({Q}, {S}, {WX}) -> {X}
  %x = arith.addf %a, %g : {X}
  {{work}}
  return %y : {X}
}}}}
func.func private @layer{{i}}(%x: {X}, %w: {W}, %wq: {WQ}, %ws: {WS}, %wx: {WX})
    -> {X} {{{{
  %q, %s = call @communicator{{i}}(%x, %w) : ({X}, {W}) -> ({Q}, {S})
  %a = call @attention{{i}}(%q, %s, %wq, %ws, %wx) : ({Q}, {S}, {WQ}, {WS}, {WX}) -> {X}
  %b = arith.addf %x, %a : {X}
  return %b : {X}
}}}}"""
WORK = "\n  ".join(
    f"%y{k + 1} = arith.addf %y{k}, %y{k} : {X}" for k in range(37)
).replace("%y0,", "%x,").replace("%y0 ", "%x ").replace("%y37", "%y")


def model(num_layers):
    functions = "".join(COMMUNICATOR.format(i=i, work=WORK)
                        for i in range(num_layers))
    calls, last = "", "%x"
    for i in range(num_layers):
        calls += f"""
  %x{i} = call @layer{i}({last}, %w, %wq, %ws, %wx) : ({X}, {W}, {WQ}, {WS}, {WX}) -> {X}"""
        last = f"%x{i}"
        if i % 8 == 0:
            calls += f"""
  %z{i} = call @indexer{i}(%q, %s, %wx) : ({Q}, {S}, {WX}) -> {X}
  %u{i} = arith.addf {last}, %z{i} : {X}"""
            last = f"%u{i}"
    return (f"{functions}\nfunc.func @model(%x: {X}, %w: {W}, %wq: {WQ}, %ws: {WS}, "
            f"%wx: {WX}, %q: {Q}, %s: {S}) -> {X} {{{calls}\n  return {last} : {X}\n}}\n")


def timing(tools, path, flag):
    """Milliseconds of parsing and of one pass, as MLIR measures them."""
    result = subprocess.run(
        [tools / "beeline-opt", path, flag, "-o", "/dev/null",
         "--mlir-disable-threading", "--mlir-timing",
         "--mlir-timing-display=list"],
        capture_output=True, text=True, check=True)

    def seconds(name):
        return float(re.search(rf"([\d.]+) \([^)]*\)\s+{name}", result.stderr)[1])

    name = {"-cse": "CSE", "-beeline-elide-round-trips": "ElideRoundTripsPass"}
    return seconds("Parser") * 1e3, seconds(name[flag]) * 1e3


def measure(tools, path):
    """Medians of parsing, of CSE and of the pass."""
    parse, cse, elide = [], [], []
    for _ in range(RUNS):
        parse_time, cse_time = timing(tools, path, "-cse")
        parse.append(parse_time)
        cse.append(cse_time)
        elide.append(timing(tools, path, "-beeline-elide-round-trips")[1])
    return map(statistics.median, (parse, cse, elide))


def table(tools, heading, rows):
    """`rows`: what stands in the first column, the number of ops, the module."""
    print(f"| {heading} | parse | `-cse` | `-beeline-elide-round-trips` | to `-cse` "
          "| us per op |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "module.mlir"
        for name, num_ops, module in rows:
            path.write_text(module)
            parse, cse, elide = measure(tools, path)
            print(f"| {name} | {parse:.1f} | {cse:.1f} | {elide:.1f} "
                  f"| {elide / cse:.2f} | {elide * 1e3 / num_ops:.2f} |")


def main():
    tools = pathlib.Path(sys.argv[1])
    table(tools, "ops", ((size, size, graph(size)) for size in SIZES))
    print()
    table(tools, "layers, ops",
          ((f"{layers}, {128 * layers}", 128 * layers, model(layers))
           for layers in LAYERS))


if __name__ == "__main__":
    main()
