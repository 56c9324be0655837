"""What check-emulator.py stands on: how combinations are chosen, and that linear layers
which are wrong are found.

usage: test_emulator_tools.py BUILD/bin
"""

import ctypes
import itertools
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.path += [str(ROOT / "utils"), str(ROOT / "runtime/python")]
import beeline  # noqa: E402
from check_report import Report  # noqa: E402
from device_memory import memory_of  # noqa: E402
import emulator_cases  # noqa: E402
import layer_check  # noqa: E402
import linear_check  # noqa: E402

TOOLS = pathlib.Path(sys.argv.pop())


def pairs(combination):
    """Which values meet in it, each with its field's name."""
    fields = dict(zip(emulator_cases.FIELDS, combination))
    if fields["rows"] == 0:
        return {frozenset([("rows", 0), item]) for item in fields.items()}
    return set(map(frozenset, itertools.combinations(fields.items(), 2)))


class Pairwise(unittest.TestCase):
    functions = {"gfx942": {"norm": ["plain", "special"], "quant_x": ["plain"]},
                 "gfx950": {"norm": ["plain", "special"], "quant_x": ["plain"],
                            "quant_y": ["plain"], "linear_bf16": ["integers"]}}

    def setUp(self):
        self.all = emulator_cases.all_combinations(self.functions, (130, 2048, 6144))
        self.chosen = list(emulator_cases.pairwise(self.all))

    def test_all_is_the_product(self):
        # Kinds of the functions of both chips, times columns, rows and orders.
        self.assertEqual(len(self.all), (3 + 5) * 3 * 4 * 3)
        self.assertEqual(len(set(self.all)), len(self.all))

    def test_what_is_not_there_is_left_out(self):
        some = emulator_cases.all_combinations(
            self.functions, (130, 2048, 6144),
            lambda function, n: function != "norm" or n == 130)
        self.assertEqual({c[2] for c in some if c[0] == "norm"}, {130})
        self.assertEqual([c for c in some if c[0] != "norm"],
                         [c for c in self.all if c[0] != "norm"])

    def test_every_two_values_meet(self):
        wanted = set().union(*map(pairs, self.all))
        met = set().union(*map(pairs, self.chosen))
        # Of functions and columns, only the family has to meet all.
        missing = {pair for pair in wanted - met
                   if {name for name, _ in pair} != {"function", "columns"}}
        self.assertEqual(missing, set())

    def test_one_meeting_outweighs_any_size(self):
        """What brings nothing is never chosen, or it would be chosen forever."""
        def linear(columns, chip):
            return ("linear_bf16", "linear", columns, 64, chip, "fwd", "normal")
        # The last one brings but columns and chip together.
        wanted = [("norm", "norm", 7168, 64, "gfx942", "fwd", "plain"),
                  linear(7168, "gfx942"), linear(130, "gfx950"), linear(7168, "gfx950")]
        chosen = itertools.islice(emulator_cases.pairwise(wanted), 2 * len(wanted))
        self.assertCountEqual(chosen, wanted)

    def test_few_are_chosen(self):
        self.assertLessEqual(set(self.chosen), set(self.all))
        self.assertLess(len(self.chosen), len(self.all) / 3)

    def test_what_has_no_rows_stands_for_nothing_else(self):
        alone = [("norm", "norm", 130, 0, "gfx950", "fwd", "plain"),
                 ("norm", "norm", 130, 3, "gfx950", "fwd", "plain")]
        self.assertEqual(set(emulator_cases.pairwise(alone)), set(alone))


class Families(unittest.TestCase):
    def test_every_function_has_one(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, ROOT / "utils/build-gpu-layers.py", TOOLS,
                            "--columns=130", f"--output={folder}", "--sources-only"],
                           check=True)
            text = (pathlib.Path(folder) / "sm_90/rows_130.mlir").read_text()
        names = [line.split("@")[1].split("(")[0] for line in text.splitlines()
                 if line.startswith("func.func")]
        self.assertGreater(len(names), 40)
        found = {emulator_cases.family(name)
                 for name in (*names, *linear_check.FUNCTIONS)}
        self.assertEqual(found, set(emulator_cases.FAMILIES))


class LinearLayers(unittest.TestCase):
    columns = 200

    def differences(self, names, kinds, edit=lambda text: text, wrap=lambda call: call):
        """What is found wrong with a library for the CPU of edited functions."""
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "linear.mlir"
            text = linear_check.module(names, self.columns, "cpu")
            source.write_text(edit(text))
            path = source.with_suffix(".so")
            subprocess.run([TOOLS / "beeline-compile", source, "-o", path], check=True)
            arena = layer_check.Arena(memory_of("cpu"))
            found = []
            for name, declared in beeline.load(path).functions.items():
                function = layer_check.CFunction(path, declared)
                function._call = wrap(function._call)
                report = Report(name, self.columns)
                for rows, kind in itertools.product((0, 1, 3), kinds):
                    linear_check.check_case(report, rows, kind, function, arena)
                self.assertEqual(report.cases, 3 * len(kinds))
                found += report.differences
            return found

    def test_right(self):
        self.assertEqual(self.differences(linear_check.FUNCTIONS, linear_check.KINDS), [])

    def test_twice_the_bias(self):
        def edit(text):
            twice = text.replace("  %y =", "  %c = arith.addf %b, %b : tensor<130xbf16>\n"
                                           "  %y =").replace("bias(%b)", "bias(%c)")
            self.assertIn("bias(%c)", twice)
            return twice
        found = self.differences(["linear_bf16_bias_f32"], ["normal"], edit)
        self.assertEqual(len(found), 2)
        self.assertRegex(found[0], r"linear_bf16_bias_f32, 200 columns, 1 rows .*normal: "
                                   r"\d+ of 130 elements are out of bounds, first at \[0, ")

    def test_a_row_that_knows_of_others(self):
        """One unit in the last place, which no bound excludes."""
        def wrap(call):
            def wrapped(*arguments):
                status = call(*arguments)
                rows, output = arguments[3], arguments[4]
                if rows > 1:
                    last = output + (rows * linear_check.OUT - 1) * 4
                    ctypes.c_uint8.from_address(last).value ^= 1
                return status
            return wrapped
        found = self.differences(["linear_bf16_bias_f32"], ["normal"], wrap=wrap)
        self.assertEqual(len(found), 1)
        self.assertRegex(found[0], r"3 rows .*normal: the last row by itself has other bits")


if __name__ == "__main__":
    unittest.main()
