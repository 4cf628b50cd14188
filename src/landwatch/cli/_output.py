"""What commands print: one JSON object a line on stdout, bars and messages on stderr, and exit codes."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TextIO

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from landwatch.clock import iso
from landwatch.types import Event, Finding, Outcome, Reading
from landwatch.upkeep.tables import FORMULA

__all__ = [
    "DONE",
    "SOME_FAILED",
    "WRONG_USE",
    "bar",
    "complain",
    "emit",
    "event_line",
    "exits",
    "lines",
    "picture_line",
    "reading_line",
    "say",
    "stdout",
]

P = ParamSpec("P")

DONE = 0
SOME_FAILED = 1
WRONG_USE = 2

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
stdout = Console(highlight=False, soft_wrap=True)


def exits(command: Callable[P, int]) -> Callable[P, None]:
    """Make the number that a command returns its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(command(*args, **kwargs))

    return run


def emit(line: Mapping[str, Any], out: TextIO | None = None) -> None:
    """Print one JSON object as one line on stdout, or to `out`."""
    sink = out or sys.stdout
    sink.write(json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n")
    sink.flush()


def lines(
    of: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_csv: bool, out: TextIO | None = None
) -> None:
    """Write objects with these keys, as JSON one a line or as CSV with a header, on stdout or to `out`."""
    sink = out or sys.stdout
    if not as_csv:
        for line in of:
            emit(line, sink)
        return
    table = csv.DictWriter(sink, columns)
    table.writeheader()
    table.writerows({key: _cell(value) for key, value in line.items()} for line in of)


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return " ".join(f"{key}={one:g}" for key, one in value.items())
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def say(text: str) -> None:
    """Print a line for people on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print a line for people on stderr."""
    stderr.print(text, markup=False)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Progress]:
    """Show a progress bar on stderr, where that is a terminal."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=stderr,
        disable=not stderr.is_terminal,
        transient=True,
    )
    with progress:
        progress.add_task(what, total=total)
        yield progress


def picture_line(outcome: Outcome, *, masked: float | None = None) -> dict[str, Any]:
    """Return the line of one picture; `masked` replaces the band, for files that the user has already."""
    return {
        "kind": "picture",
        "camera": outcome.camera,
        "file": outcome.name,
        "time": iso(outcome.taken),
        "time_from": outcome.time_from,
        "status": outcome.status,
        "reason": outcome.reason,
        "masked": outcome.masked if masked is None else masked,
        "findings": [_finding(finding) for finding in outcome.findings],
        "readings": [reading_line(reading) for reading in outcome.readings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "state": finding.state,
        "value": finding.value,
        "unit": finding.unit,
        "since": iso(finding.since),
        "detail": finding.detail,
    }


def reading_line(reading: Reading) -> dict[str, Any]:
    """Return a reading as the line of its picture has it."""
    return {
        "quantity": reading.quantity,
        "value": reading.value,
        "unit": reading.unit,
        "sigma": reading.sigma,
        "absent": reading.absent,
        "flags": list(reading.flags),
        "method": reading.method,
    }


def event_line(event: Event) -> dict[str, Any]:
    """Return the line of one change of an event."""
    return {
        "kind": "event",
        "event": event.id,
        "hazard": event.hazard,
        "state": event.state,
        "camera": event.camera,
        "file": event.file,
        "time": iso(event.time),
        "region": list(event.region) if event.region else None,
        "score": event.score,
    }
