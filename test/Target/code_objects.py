"""Reads the code objects of AMD's chips and holds their metadata against what the
kernels' design assumes, which the kernels' IR has. Exits with 1 if something differs.

usage: code_objects.py BUILD/bin FOLDER CHIP COLUMNS...
"""

from dataclasses import dataclass
import math
import pathlib
import re
import subprocess
import sys

UTILS = pathlib.Path(__file__).parents[2] / "utils"
sys.path.append(str(UTILS))
import linear_check  # noqa: E402

# Of each family of kernels: all ops, code types of both widths of groups, layouts.
FUNCTIONS = ("norm|add_norm|norm_f16|norm_f32|norm_quant|add_norm_quant_bf16|silu_mul|"
             "silu_mul_quant|silu_mul_f32_quant|dequant_norm|elementwise_quant|round_trip|two_norms|"
             "(de)?quant_e4m3_(f32_row_major|e8m0_group_major|f32_of_100)|"
             r"\w+_(prologue|attention|mlp|indexer)_\d+")
WAVE = 64
# CDNA 3's and 4's ISA documents: a SIMD has 512 registers for each lane, which are
# given out by eights, and at most 8 waves.
REGISTERS, GRANULE, MAX_WAVES = 512, 8, 8
SIMDS = 4
LDS_OF_UNIT = {"gfx942": 64 * 1024, "gfx950": 160 * 1024}
ELEMENT_BYTES = {"f32": 4, "i32": 4}


@dataclass
class Design:
    """What a kernel's IR says of it."""
    block: int
    lds: int
    waves_per_simd: int


def designs(text):
    """By name, from `--emit=gpu`."""
    found = {}
    for name, header in re.findall(r"gpu\.func @(\w+)(\(.*) \{$", text, re.M):
        block = re.search(r"known_block_size = array<i32: (\d+), 1, 1>", header)
        waves = re.search(r"rocdl\.waves_per_eu = (\d+)", header)
        lds = 0
        for shape, type in re.findall(
                r"memref<([0-9x]+)x(\w+), #gpu\.address_space<workgroup>>", header):
            lds = -(-lds // 16) * 16
            lds += math.prod(map(int, shape.split("x"))) * ELEMENT_BYTES[type]
        found[name] = Design(int(block[1]), lds, int(waves[1]) if waves else 1)
    return found


def metadata(code):
    """By name, of each kernel the keys that have a number, from the notes."""
    notes = subprocess.run(["llvm-readelf", "--notes", code], check=True,
                           capture_output=True, text=True).stdout
    found = {}
    for kernel in re.split(r"^  - (?=\.)", notes, flags=re.M)[1:]:
        entries = dict(re.findall(r"^(?:    )?\.(\w+): +(\S+)$", kernel, re.M))
        found[entries["name"]] = {key: int(value) for key, value in entries.items()
                                  if value.isdigit()}
    return found


def mistakes(name, chip, columns, design, meta):
    for key in ("vgpr_spill_count", "sgpr_spill_count", "private_segment_fixed_size"):
        if meta[key]:
            yield f"{key} is {meta[key]}"
    if meta["max_flat_workgroup_size"] != design.block:
        yield f"blocks of {meta['max_flat_workgroup_size']}, not {design.block} threads"
    if meta["group_segment_fixed_size"] != design.lds:
        yield f"{meta['group_segment_fixed_size']} bytes of LDS, not {design.lds}"
    # A wave of a block has at most 4 chunks of 8 elements a lane here: longer rows have
    # several, each of which brings its part of the one sum to LDS.
    waves = design.block // WAVE
    if re.match(r"rms_norm_(group_quant_)?\d+", name) and columns > WAVE * 8 * 4:
        if design.lds != 4 * waves:
            yield f"{design.lds} bytes of LDS are not a float for each of {waves} waves"

    registers = -(-meta["vgpr_count"] // GRANULE) * GRANULE
    fit = min(MAX_WAVES, REGISTERS // registers)
    if fit < design.waves_per_simd:
        yield (f"{meta['vgpr_count']} registers leave {fit} waves to a SIMD, not "
               f"{design.waves_per_simd}")
    blocks = design.waves_per_simd * SIMDS // max(1, waves)
    if blocks * design.lds > LDS_OF_UNIT[chip]:
        yield f"{blocks} blocks of {design.lds} bytes do not fit the LDS"


def sources(tools, folder, chip, columns):
    """Rows, and linear layers of so many inputs."""
    subprocess.run([sys.executable, UTILS / "build-gpu-layers.py", tools,
                    f"--target={chip}", f"--columns={columns}", f"--output={folder}",
                    f"--functions=^({FUNCTIONS})$", "--sources-only"], check=True)
    yield folder / chip / f"rows_{columns}.mlir"
    linear = folder / chip / f"linear_{columns}.mlir"
    linear.write_text(linear_check.module(linear_check.FUNCTIONS, columns, chip))
    yield linear


def main():
    tools, folder, chip = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    kernels, failed = 0, False
    for columns in map(int, sys.argv[4:]):
        for source in sources(tools, folder, chip, columns):
            compile = [tools / "beeline-compile", source, f"--target={chip}"]
            code = source.with_suffix(".hsaco")
            subprocess.run([*compile, "--emit=hsaco", "-o", code], check=True)
            text = subprocess.run([*compile, "--emit=gpu", "-o", "-"], check=True,
                                  capture_output=True, text=True).stdout
            have, want = metadata(code), designs(text)
            if have.keys() != want.keys():
                sys.exit(f"{code} has {sorted(have)}, not {sorted(want)}")
            kernels += len(have)
            for name, design in want.items():
                for mistake in mistakes(name, chip, columns, design, have[name]):
                    print(f"{chip}, {columns} columns, {name}: {mistake}")
                    failed = True
    print(f"{kernels} kernels for {chip} are as designed" if not failed else "not as designed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
