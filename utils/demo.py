#!/usr/bin/env python3
"""Shows what Beeline is for, on real layers: the round trip in the graph, the
graph without it, what the pass says and what was saved; then runs both graphs on
the CPU and holds their results against the exact ones.

usage: demo.py BUILD/bin
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import ml_dtypes
import numpy as np

MODELS = pathlib.Path(__file__).parent.parent / "test/Integration/models"
GLM5, MOE = "glm5_attention_prologue.mlir", "moe_post_attention.mlir"
PASS = "--beeline-graph-pipeline"
REMARKS = ["--remarks-filter=beeline.*", "--remark-policy=all",
           "--remark-format=emitRemark"]
ROWS = 64


def run(*command):
    """A command's output and diagnostics; ends the demo if it fails."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return result.stdout, result.stderr


def beeline_ops(ir):
    """The ops of the layer, a line each, without their types."""
    ops = re.findall(r"(%[^\n]* = beeline\..*?) : tensor", ir)
    return "\n".join("  " + op for op in ops)


def show_rewrite(opt):
    before, _ = run(opt, MODELS / GLM5)
    after, diagnostics = run(opt, MODELS / GLM5, PASS, *REMARKS)
    print(f"== {GLM5}: the gate reads what was quantized and turned back\n")
    print(beeline_ops(before))
    print("\n== after beeline-graph-pipeline: it reads the norm's own result\n")
    print(beeline_ops(after))
    print("\n== remarks\n")
    for line in diagnostics.splitlines():
        if "remark:" in line:
            print("  " + line.split("models/")[-1])


def show_savings(opt):
    print("\n== saved, each op a kernel\n")
    print(f"  {'model':40}{'kernels':>8}{'bytes per row':>15}")
    for path in sorted(MODELS.glob("*.mlir")):
        _, diagnostics = run(opt, path, PASS, *REMARKS)
        kernels, row_bytes = (
            sum(int(n) for n in re.findall(rf"{key}=(-?\d+)", diagnostics))
            for key in ("Kernels", "BytesPerRow"))
        print(f"  {path.stem:40}{kernels:8}{row_bytes:15,}")


# --- running both graphs


def arguments(model):
    """(name, shape, element type) of each argument of a model's function."""
    ir = re.sub(r"//[^\n]*", "", (MODELS / model).read_text())
    signature = re.search(r"func\.func @\w+\((.*?)\)\s*->", ir, re.S)[1]
    for name, dims in re.findall(r"%(\w+): tensor<([^>]*)>", signature):
        *shape, dtype = dims.split("x")
        yield name, [ROWS if d == "?" else int(d) for d in shape], dtype


def make_input(rng, name, shape, dtype):
    """Values as a layer has them: activations with a few large columns, norm
    weights around one, small positive scales."""
    values = rng.standard_normal(shape, dtype=np.float32)
    if name in ("hidden", "attention", "residual"):
        values[:, rng.integers(0, shape[-1], shape[-1] // 100)] *= 20
    elif name == "norm_weight":
        values = 1 + 0.1 * values
    elif name.endswith("scales"):
        values = 1e-4 * (1 + np.abs(values))
    elif dtype == "bf16":
        values /= np.sqrt(shape[-1])
    if dtype == "f8E4M3FN":
        return (100 * values).clip(-448, 448).astype(ml_dtypes.float8_e4m3fn)
    return values.astype({"bf16": ml_dtypes.bfloat16, "f32": np.float32}[dtype])


def run_both(tools, model, dtypes):
    """The inputs, and the results of the model before and after the pass."""
    rng = np.random.default_rng(0)
    inputs = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        flags = []
        for name, shape, dtype in arguments(model):
            inputs[name] = make_input(rng, name, shape, dtype)
            np.save(folder / f"{name}.npy", inputs[name])
            flags.append(f"--input={folder / name}.npy")
        run(tools / "beeline-opt", MODELS / model, PASS, "-o",
            folder / "after.mlir")
        results = []
        for module in (MODELS / model, folder / "after.mlir"):
            outputs = [folder / f"{i}.npy" for i in range(len(dtypes))]
            run(tools / "beeline-run", module, *flags,
                *(f"--output={path}" for path in outputs))
            results.append([np.load(path).view(dtype)
                            for path, dtype in zip(outputs, dtypes)])
    return inputs, *results


def exact_logits(inputs, activations, projection, epsilon):
    """norm(activations + residual) times the projection, in f64, nothing
    rounded."""
    total = sum(inputs[name].astype(np.float64)
                for name in (activations, "residual"))
    rstd = 1 / np.sqrt((total ** 2).mean(axis=-1, keepdims=True) + epsilon)
    normed = total * rstd * inputs["norm_weight"].astype(np.float64)
    return normed @ inputs[projection].astype(np.float64).T


def print_equal(names, before, after):
    for name, a, b in zip(names, before, after):
        same = np.array_equal(a.view(np.uint8), b.view(np.uint8))
        print(f"  {name:24}{'equal in every byte' if same else 'DIFFERENT'}")


def relative_error(values, exact):
    return np.linalg.norm(values - exact) / np.linalg.norm(exact)


def show_gate(tools):
    bf16 = ml_dtypes.bfloat16
    inputs, before, after = run_both(tools, GLM5, [bf16, bf16, np.float32, bf16])
    print(f"\n== {GLM5}, run on the CPU with {ROWS} rows, before and after\n")
    print_equal(["qkv (FP8)", "indexer's key (FP8)", "residual"],
                before[:2] + before[3:], after[:2] + after[3:])
    exact = exact_logits(inputs, "hidden", "weights_proj", 1e-5)
    print(f"  {'gate, relative error':24}"
          f"{relative_error(before[2], exact):.2e} before, "
          f"{relative_error(after[2], exact):.2e} after")


def top8(logits):
    return [set(row) for row in np.argsort(logits, axis=-1)[:, -8:]]


def show_router(tools):
    bf16 = ml_dtypes.bfloat16
    inputs, before, after = run_both(
        tools, MOE,
        [np.float32, bf16, ml_dtypes.float8_e4m3fn, np.float32, bf16])
    print(f"\n== {MOE}, likewise\n")
    print_equal(["shared expert (FP8)", "residual"],
                [before[1], before[4]], [after[1], after[4]])
    exact = exact_logits(inputs, "attention", "router", 1e-6)
    for when, logits in (("before", before[0]), ("after", after[0])):
        agreed = sum(len(a & b) for a, b in zip(top8(logits), top8(exact)))
        print(f"  router, {when:8}        relative error "
              f"{relative_error(logits, exact):.2e}, {agreed} of {8 * ROWS} "
              f"top-8 experts are the exact router's")


def main():
    tools = pathlib.Path(sys.argv[1])
    show_rewrite(tools / "beeline-opt")
    show_savings(tools / "beeline-opt")
    show_gate(tools)
    show_router(tools)


if __name__ == "__main__":
    main()
