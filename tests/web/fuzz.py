"""Asks a whole county's service whatever its OpenAPI document allows, and what it does not.

    python -m tests.web.fuzz --minutes 20 [--seed N]

Schemathesis makes the requests, with a token that may do everything: each operation by itself, and one after
another, so that what was created is read, changed and deleted. Any answer of 500 or more and any answer that
the document does not describe is a finding. Where there are any, it exits with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from tests.web.county import TOKEN, county
from tests.web.scenes import NOW
from tests.web.serving import running

__all__ = ["fuzz"]

SETTINGS = Path(__file__).with_name("schemathesis.toml")


class Ticking:
    """A clock that is a millisecond later each time it is asked: no two events open at one time."""

    def __init__(self) -> None:
        self._ticks = count()

    def now(self) -> datetime:
        """Return the next millisecond."""
        return NOW + timedelta(milliseconds=next(self._ticks))


def fuzz(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis with some options of `st run` over a service in a folder, and return what it said."""
    with county(folder, Ticking()) as app, running(app) as address:
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            f"--config-file={SETTINGS}",
            "--no-color",
            "run",
            f"{address}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {TOKEN}",
            "--continue-on-failure",
            "--generation-database=none",
            f"--report-json-path={folder / 'report.json'}",
            *options,
        ]
        return subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )


def main() -> int:
    """Run for as long as is asked, and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        said = fuzz(Path(place), f"--max-time={round(60 * asked.minutes)}", f"--seed={asked.seed}")
    sys.stdout.write(said.stdout)
    return said.returncode


if __name__ == "__main__":
    sys.exit(main())
