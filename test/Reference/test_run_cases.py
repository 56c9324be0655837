#!/usr/bin/env python3
"""Checks the runner with a `beeline-run` of its own, which computes the truth and
then spoils what it is asked to.

usage: test_run_cases.py [unittest arguments]
"""

import contextlib
import io
import json
import os
from pathlib import Path
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

import cases
import run_cases
import truth
from truth import E5M2, NAMES, bits


def pretend(arguments):
    """beeline-run's command line. SPOIL names what goes wrong: `byte`, `shape`,
    `missing` or `crash`."""
    flags = {}
    for argument in arguments[1:]:
        name, _, value = argument.partition("=")
        flags.setdefault(name, []).append(value)
    calls = json.loads(Path(flags["--batch"][0]).read_text()) if "--batch" in flags else [
        {"function": flags["--function"][0], "inputs": flags["--input"],
         "outputs": flags["--output"]}]

    known = {case.function: case for case in cases.all_cases()}
    spoil = os.environ.get("SPOIL")
    for call in calls:
        case = known[call["function"]]
        dtypes = [make().dtype for make in case.inputs]
        inputs = map(run_cases.load, call["inputs"], dtypes)
        for result, path in zip(case.truth(*inputs), call["outputs"]):
            result = result.high if isinstance(result, truth.Interval) else result
            if spoil == "byte" and result.size:
                result = result.copy()
                bits(result).reshape(-1)[-1] ^= 1 << 8 * result.dtype.itemsize - 1
            if spoil == "shape":
                result = result[None]
            if spoil != "missing":
                run_cases.save(path, result)
    if spoil == "crash":
        sys.exit("pretended")


class Runner(unittest.TestCase):
    def run_cases(self, *options, spoil=""):
        """The exit status and what was printed."""
        with tempfile.TemporaryDirectory() as directory:
            tool = Path(directory) / "beeline-run"
            tool.write_text("#!/bin/sh\n"
                            f'exec {sys.executable} {__file__} --pretend "$@"\n')
            tool.chmod(0o755)
            printed = io.StringIO()
            with (contextlib.redirect_stdout(printed),
                  mock.patch.dict(os.environ, SPOIL=spoil),
                  mock.patch.object(sys, "argv", ["run_cases.py", *options, str(tool)])):
                status = run_cases.main()
        return status, printed.getvalue()

    def test_equal(self):
        for options in (), ("--no-batch",), ("--batch-size=1",):
            status, printed = self.run_cases("--filter=^choice/.*from/", *options)
            self.assertEqual((status, printed), (0, "5 cases equal in every byte\n"))

    def test_linear_is_counted_apart(self):
        status, printed = self.run_cases("--filter=^(linear|rms_norm)/[0-4] ")
        self.assertEqual(status, 0, printed)
        self.assertEqual(printed, "5 cases of linear within the bound of f32 "
                                  "accumulation\n5 cases equal in every byte\n")

    def test_shards_are_parts_of_the_whole(self):
        def names(*options):
            return self.run_cases("--list", *options)[1].splitlines()

        parts = [names(f"--shard={i}/3") for i in (1, 2, 3)]
        self.assertEqual(sorted(sum(parts, [])), sorted(names()))

    def test_every_wrong_result_is_shown(self):
        status, printed = self.run_cases("--filter=^choice/quantize_from/0 ",
                                         spoil="byte")
        self.assertEqual(status, 1)
        self.assertIn("choice/quantize_from/0 @rms_norm_quant_", printed)
        self.assertIn("result 0, f8E4M3FNUZ (2, 256): 1 of 512 elements differ", printed)
        self.assertIn("result 1, f32 (2, 2): 1 of 4 elements differ", printed)
        self.assertRegex(
            printed, r"\[1, 255\]: expected [0-9A-F]{2}, got [0-9A-F]{2}\n")
        self.assertNotIn("equal in every byte", printed)

    def test_linear_out_of_bounds(self):
        status, printed = self.run_cases("--filter=^linear/[0-4] ", spoil="byte")
        self.assertEqual(status, 1)
        self.assertRegex(printed, "expected [0-9A-F]+ to [0-9A-F]+, got")

    def test_other_failures(self):
        for spoil, text in (("shape", "has the shape (1, 2, 256), expected (2, 256)"),
                            ("missing", "was not written"), ("crash", "pretended")):
            status, printed = self.run_cases("--filter=^choice/fmax/0 ", spoil=spoil)
            self.assertEqual(status, 1)
            self.assertIn(text, printed)


class Files(unittest.TestCase):
    def setUp(self):
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "x.npy"

    def test_every_type_survives(self):
        for dtype in NAMES:
            for shape in (6,), (2, 3), (0, 3):
                x = np.arange(np.prod(shape)).reshape(shape)
                x = x.astype(f"u{dtype.itemsize}").view(dtype)
                run_cases.save(self.path, x)
                got = run_cases.load(self.path, dtype)
                self.assertEqual((got.shape, got.tobytes()), (x.shape, x.tobytes()))

    def test_bytes_without_a_meaning_are_taken(self):
        np.save(self.path, np.zeros(3, "V1"))
        self.assertEqual(run_cases.load(self.path, E5M2).tolist(), [0, 0, 0])

    def test_other_types_are_not(self):
        np.save(self.path, np.zeros(4, np.uint8))
        with self.assertRaisesRegex(ValueError, "u1"):
            run_cases.load(self.path, E5M2)
        np.save(self.path, np.zeros(4, np.float64))
        with self.assertRaisesRegex(ValueError, "<f8"):
            run_cases.load(self.path, truth.F32)

    def test_a_truncated_file_is_an_error(self):
        run_cases.save(self.path, np.zeros(4, np.float32))
        self.path.write_bytes(self.path.read_bytes()[:-1])
        with self.assertRaisesRegex(ValueError, "15 bytes"):
            run_cases.load(self.path, truth.F32)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pretend"]:
        pretend(sys.argv[2:])
    else:
        unittest.main()
