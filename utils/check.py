#!/usr/bin/env python3
"""Runs lit over a build's test folder and counts: the last line is
"N passed, M failed". Exits with lit's status.

usage: check.py BUILD/test [lit arguments]
"""

import collections
import json
import pathlib
import subprocess
import sys

LIT = "/usr/lib/llvm-22/bin/lit"
PASSING = {"PASS", "XFAIL", "FLAKYPASS"}
IGNORED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    tests = pathlib.Path(sys.argv[1])
    report = tests / "results.json"
    report.unlink(missing_ok=True)
    lit = subprocess.run([LIT, "-sv", tests, "--output", report, *sys.argv[2:]])
    if not report.exists():
        print("lit ran no test", file=sys.stderr)
        return lit.returncode or 1

    codes = collections.Counter(
        test["code"] for test in json.loads(report.read_text())["tests"])
    passed = sum(codes[code] for code in PASSING)
    ignored = sum(codes[code] for code in IGNORED)
    if ignored:
        print(f"{ignored} not supported here")
    print(f"{passed} passed, {sum(codes.values()) - passed - ignored} failed")
    return lit.returncode


if __name__ == "__main__":
    sys.exit(main())
