"""Whether the tests that docs/round-trips.md names are there: in each cell, `file.mlir`
(without "elide-round-trips" in front) and the @functions that follow it.

usage: check_names.py SOURCE
"""

import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
text, count = "", 0
for row in (source / "docs/round-trips.md").read_text().splitlines():
    for name in re.findall(r"`([\w/-]*\.mlir)`|(@\w+)", row):
        file, function = name
        if file:
            path = (source / file if "/" in file else source / "test/Transforms" /
                    (file if file.startswith("raise") else "elide-round-trips" + file))
            text = path.read_text()
        elif f"func.func {function}(" not in text and f"private {function}(" not in text:
            sys.exit(f"docs/round-trips.md names {function}, which is not in {path}")
        count += 1
print(f"{count} names are right")
