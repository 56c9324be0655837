"""What check-gpu.py and check-emulator.py report."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """What became of a function of rows of one width."""
    function: str
    columns: int
    cases: int = 0
    bytes: int = 0
    differences: list = field(default_factory=list)

    def fail(self, case, message):
        self.differences.append(f"{self.function}, {self.columns} columns, {case}: {message}")


def table(reports):
    """Of each function and width, the cases that are equal in every byte."""
    columns = list(dict.fromkeys(report.columns for report in reports))
    cells = {(report.function, report.columns):
             f"{len(report.differences)} DIFFER" if report.differences else str(report.cases)
             for report in reports}
    names = list(dict.fromkeys(report.function for report in reports))
    yield f"| function | {' | '.join(f'N = {n}' for n in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in names:
        yield f"| {name} | {' | '.join(cells.get((name, n), '-') for n in columns)} |"
