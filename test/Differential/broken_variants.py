#!/usr/bin/env python3
"""Shows that elision-tester bites: compiles each broken variant of a source of
Beeline alone, has it take the place of libBeeline's own, and requires that the
tester fails. With the sources as they are it has to pass.

usage: broken_variants.py [--modules N] [--only WORDS] BUILD
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time
import tomllib

HERE = pathlib.Path(__file__).parent
SOURCE = HERE.parent.parent
# As the build does it: CMakeLists.txt.
SLOPPINESS = ("pch_defines,time_macros,include_file_mtime,include_file_ctime")


class VariantError(Exception):
    pass


def compile_commands(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    return {entry["file"]: entry for entry in entries}


def link(build, objects, library):
    """Symbols that are not defined here are those of libBeeline."""
    entry = compile_commands(build)[str(SOURCE / "lib/Analysis/Views.cpp")]
    compiler = shlex.split(entry["command"])[0]
    subprocess.run([compiler, "-shared", "-fuse-ld=lld", "-o", library, *objects],
                   check=True)


def broken_text(variant, original):
    edits = [[variant["text"], variant["replacement"]], *variant.get("also", [])]
    text = original
    for old, new in edits:
        # TOML's long strings are easier to read if they begin on a line of their
        # own, and that is no part of the text.
        if text.count(old.removeprefix("\n")) != 1:
            raise VariantError(f"{variant['file']} has not once: {old.strip()}")
        text = text.replace(old.removeprefix("\n"), new.removeprefix("\n"))
    return text


def compile_variant(build, commands, variant, folder):
    """The library that stands in for a part of libBeeline."""
    source = SOURCE / variant["file"]
    entry = commands.get(str(source))
    if not entry:
        raise VariantError(f"{variant['file']} is no part of the build")
    text = broken_text(variant, source.read_text())
    stem = variant["name"].replace(" ", "-").replace("'", "")
    broken = folder / (stem + source.suffix)
    # Left alone if it is there, so that it does not look new to ccache.
    if not broken.exists() or broken.read_text() != text:
        broken.write_text(text)
    target = folder / (stem + ".o")
    command = shlex.split(entry["command"])
    command[command.index("-o") + 1] = str(target)
    command[command.index(str(source))] = str(broken)
    command += ["-I", str(source.parent)]
    if ccache := shutil.which("ccache"):
        command.insert(0, ccache)
    compiled = subprocess.run(
        command, cwd=entry["directory"], text=True, capture_output=True,
        env=os.environ | {"CCACHE_SLOPPINESS": SLOPPINESS})
    if compiled.returncode:
        raise VariantError(f"it does not compile:\n{compiled.stderr}")
    library = folder / (stem + ".so")
    link(build, [target], library)
    return library


def run_tester(build, library, modules):
    """The exit status, the first failure if any, and the seconds it took."""
    start = time.monotonic()
    run = subprocess.run(
        [build / "bin" / "elision-tester", f"--modules={modules}",
         "--max-failures=1"],
        env=os.environ | {"LD_PRELOAD": str(library)}, text=True,
        capture_output=True)
    failures = [line for line in run.stdout.splitlines() if "failure '" in line]
    return (run.returncode, failures[0] if failures else "",
            time.monotonic() - start)


def try_variant(build, commands, variant, folder, modules):
    """What is wrong, or nothing, and a line that says what happened."""
    try:
        library = compile_variant(build, commands, variant, folder)
    except VariantError as error:
        return str(error), ""
    modules = variant.get("modules", modules)
    status, failure, seconds = run_tester(build, library, modules)
    if status == 1 and failure:
        return "", f"{seconds:5.1f} s  {failure}"
    if status < 0:
        return "", f"{seconds:5.1f} s  the pass crashed"
    return f"not found in {modules} modules (status {status})", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--variants", type=pathlib.Path,
                        default=HERE / "variants.toml")
    parser.add_argument("--modules", type=int, default=6000)
    parser.add_argument("--only", default="", help="variants with this in the name")
    options = parser.parse_args()
    build = options.build.resolve()
    commands = compile_commands(build)
    variants = [variant for variant in
                tomllib.loads(options.variants.read_text())["variant"]
                if options.only in variant["name"]]
    folder = build / "test" / "Differential" / "variants"
    folder.mkdir(parents=True, exist_ok=True)

    # The same objects as in the library, put in its place in the same way.
    files = sorted({variant["file"] for variant in variants})
    objects = []
    for file in files:
        if entry := commands.get(str(SOURCE / file)):
            command = shlex.split(entry["command"])
            objects.append(pathlib.Path(entry["directory"],
                                        command[command.index("-o") + 1]))
    unbroken = folder / "unbroken.so"
    link(build, objects, unbroken)
    status, failure, _ = run_tester(build, unbroken, 300)
    if status:
        print(f"as it is: {failure or 'status ' + str(status)}")
        return 1
    print(f"as it is: passed, with {', '.join(files)} in their own place")

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(
            lambda variant: try_variant(build, commands, variant, folder,
                                        options.modules), variants)
        for variant, (problem, line) in zip(variants, results):
            failed += bool(problem)
            print(f"{variant['name']}: {problem or 'caught: ' + line.strip()}",
                  flush=True)
    print(f"{len(variants) - failed} of {len(variants)} variants caught")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
