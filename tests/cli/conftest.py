"""Running the commands as a user would, in this process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import pytest

from landwatch.cli import main


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        """The JSON objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def landwatch(monkeypatch, capsys):
    """Return a function that runs `landwatch ARGS...`."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["landwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        return Ran(left.value.code or 0, captured.out, captured.err)

    return run
