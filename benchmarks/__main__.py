"""Runs the benchmarks: all, or those named. `python -m benchmarks way store`.

Each module of this package has `main()`, which prints a table. Figures are medians over pictures of one
run; the ratio compares with the least that the step could cost on this machine, measured in the same run.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

LONG = {"checks", "ingest", "map"}
"""Left out unless named: take minutes, the second servers too (`make bench-ingest`)."""


def main() -> int:
    """Run the benchmarks that are named, or all but the long ones."""
    known = sorted(
        entry.name for entry in pkgutil.iter_modules([str(Path(__file__).parent)]) if entry.name[0] != "_"
    )
    wanted = sys.argv[1:] or [name for name in known if name not in LONG]
    for name in wanted:
        if name not in known:
            print(f"no benchmark called {name!r}; there are: {', '.join(known)}", file=sys.stderr)
            return 2
        importlib.import_module(f"benchmarks.{name}").main()
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
