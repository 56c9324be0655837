#!/usr/bin/env python3
"""Shows what Beeline is for, on GLM-5's attention prologue: the round trip in
the graph, the graph without it, and what the pass says about that.

usage: demo.py BUILD/bin
"""

import pathlib
import re
import subprocess
import sys

MODELS = pathlib.Path(__file__).parent.parent / "test/Integration/models"
PASS = "--beeline-elide-round-trips"
REMARKS = ["--remarks-filter=beeline.*", "--remark-policy=all",
           "--remark-format=emitRemark"]


def opt(tools, model, *flags):
    """beeline-opt's output and diagnostics on a model."""
    result = subprocess.run([tools / "beeline-opt", MODELS / model, *flags],
                            capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return result.stdout, result.stderr


def beeline_ops(ir):
    """The ops of the layer, a line each, without their types."""
    ops = re.findall(r"(%[^\n]* = beeline\..*?) : tensor", ir)
    return "\n".join("  " + op for op in ops)


def main():
    tools = pathlib.Path(sys.argv[1])
    model = "glm5_attention_prologue.mlir"

    before, _ = opt(tools, model)
    after, diagnostics = opt(tools, model, PASS, *REMARKS)
    print(f"== {model}: the gate reads what was quantized and turned back\n")
    print(beeline_ops(before))
    print("\n== after beeline-elide-round-trips: it reads the norm's own result\n")
    print(beeline_ops(after))

    print("\n== remarks\n")
    for line in diagnostics.splitlines():
        if "remark:" in line:
            print("  " + line.split("models/")[-1])

    print("\n== saved, each op a kernel\n")
    print(f"  {'model':40}{'kernels':>8}{'bytes per row':>15}")
    for path in sorted(MODELS.glob("*.mlir")):
        _, diagnostics = opt(tools, path.name, PASS, *REMARKS)
        kernels, row_bytes = (
            sum(int(n) for n in re.findall(rf"{key}=(-?\d+)", diagnostics))
            for key in ("Kernels", "BytesPerRow"))
        print(f"  {path.stem:40}{kernels:8}{row_bytes:15,}")


if __name__ == "__main__":
    main()
