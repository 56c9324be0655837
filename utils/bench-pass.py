#!/usr/bin/env python3
"""Times beeline-elide-round-trips beside parsing and upstream's CSE, on graphs
with one round trip per ten ops, remarks off. Prints the table of
docs/performance.md: medians over RUNS runs, in milliseconds.

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


def main():
    tools = pathlib.Path(sys.argv[1])
    print("| ops | parse | `-cse` | `-beeline-elide-round-trips` | to `-cse` | us per op |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = pathlib.Path(folder) / f"{size}.mlir"
            path.write_text(graph(size))
            parse, cse, elide = [], [], []
            for _ in range(RUNS):
                parse_time, cse_time = timing(tools, path, "-cse")
                parse.append(parse_time)
                cse.append(cse_time)
                elide.append(timing(tools, path, "-beeline-elide-round-trips")[1])
            parse, cse, elide = map(statistics.median, (parse, cse, elide))
            print(f"| {size} | {parse:.1f} | {cse:.1f} | {elide:.1f} "
                  f"| {elide / cse:.2f} | {elide * 1e3 / size:.2f} |")


if __name__ == "__main__":
    main()
