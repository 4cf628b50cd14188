"""Smoke events against boxes that a person labelled: detections, delay, and false alarms a camera-day.

An event is a detection when its region meets a labelled box of the picture that opened it, or of one of the
two before or after it. Pictures between the first that may show smoke and the first box are not counted
either way: smoke may already be there. A miss is counted once a sequence.

References:
    [1] F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 437-442, 1936,
        10.1093/biomet/28.3-4.437 (the interval of a count).
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import chi2

from landwatch.errors import UsageError
from landwatch.types import Event

__all__ = ["Labelled", "Score", "count_interval", "read_labels", "score"]

NEIGHBOURS = 2
"""Pictures before and after, in which a box may stand for the one of the event's picture. [1]"""

MINUTES_A_DAY = 1440
"""One quiet picture counts as one quiet minute. [min]"""

COLUMNS = ("sequence", "file", "minute_of_day", "offset_min", "boxes_xyxy_px")

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One picture of a sequence, as a person labelled it."""

    file: str
    minute: float
    """Of the day. [min]"""
    offset: float
    """From the time at which smoke may be seen first. [min]"""
    boxes: tuple[Corners, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Agreement of smoke events with labels."""

    sequences: int
    """With labelled smoke."""
    detected: int
    missed: tuple[str, ...]
    """Sequences whose smoke was not found."""
    delay: float | None
    """Median from the first labelled box to the event. [min]"""
    false_alarms: tuple[str, ...]
    """Sequence and file of each."""
    days: float
    """Quiet time. [d]"""
    lower: float
    upper: float
    """95 % interval of the false alarms a day [1/d]; 0 and infinity without quiet time."""


def read_labels(path: Path) -> dict[str, list[Labelled]]:
    """Return the labelled pictures of each sequence, in order of time.

    Raises:
        UsageError: if the file is not such a table, naming the line.
    """
    sequences: dict[str, list[Labelled]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            lacking = sorted(set(COLUMNS) - set(table.fieldnames or ()))
            if lacking:
                raise UsageError(f"{path} lacks the columns {', '.join(lacking)}; it has {table.fieldnames}")
            for row in table:
                sequences.setdefault(row["sequence"], []).append(_labelled(row))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path}, line {table.line_num}: {error}") from None
    for rows in sequences.values():
        rows.sort(key=lambda row: row.offset)
    return sequences


def score(labels: Mapping[str, Sequence[Labelled]], events: Mapping[str, Iterable[Event]]) -> Score:
    """Return the agreement of each sequence's events with its labels.

    Raises:
        UsageError: for a sequence without events to be read, or an event of a file that is not labelled.
    """
    missed, delays, alarms, quiet, positives = [], [], [], 0, 0
    for name, rows in sorted(labels.items()):
        if name not in events:
            raise UsageError(f"no events of the sequence {name}; there are: {', '.join(sorted(events))}")
        first = next((place for place, row in enumerate(rows) if row.boxes), None)
        start = next((place for place, row in enumerate(rows) if row.offset >= 0), len(rows))
        quiet += start
        positives += first is not None
        found = []
        for place, event in _opened(name, rows, events[name]):
            if _meets(rows, place, event):
                found.append(place)
            elif place < start or (first is not None and place >= first):
                alarms.append(f"{name} {rows[place].file}")
        if first is not None and found:
            delays.append(rows[min(found)].minute - rows[first].minute)
        elif first is not None:
            missed.append(name)
    days = quiet / MINUTES_A_DAY
    low, high = count_interval(len(alarms))
    return Score(
        sequences=positives,
        detected=len(delays),
        missed=tuple(missed),
        delay=statistics.median(delays) if delays else None,
        false_alarms=tuple(alarms),
        days=days,
        lower=low / days if days else 0.0,
        upper=high / days if days else float("inf"),
    )


def count_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a Poisson mean of which `count` was seen [1]."""
    lower = float(chi2.ppf(0.025, 2 * count)) / 2.0 if count else 0.0
    return lower, float(chi2.ppf(0.975, 2 * count + 2)) / 2.0


def _labelled(row: Mapping[str, str]) -> Labelled:
    parts = [part for part in row["boxes_xyxy_px"].replace("|", ";").split(";") if part.strip()]
    boxes = []
    for part in parts:
        sides = [float(side) for side in part.replace(",", " ").split()]
        if len(sides) != 4:
            raise ValueError(f"a box has four sides, not {part!r}")
        boxes.append((sides[0], sides[1], sides[2], sides[3]))
    return Labelled(
        file=row["file"],
        minute=float(row["minute_of_day"]),
        offset=float(row["offset_min"]),
        boxes=tuple(boxes),
    )


def _opened(name: str, rows: Sequence[Labelled], events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Return the smoke events that opened, each with the place of its picture in the sequence."""
    places = {row.file: place for place, row in enumerate(rows)}
    opened = []
    for event in events:
        if event.hazard == "smoke" and event.state == "opened":
            file = Path(event.file).name
            if file not in places:
                raise UsageError(f"the event {event.id} was opened by {file!r}, which {name} does not label")
            opened.append((places[file], event))
    return opened


def _meets(rows: Sequence[Labelled], place: int, event: Event) -> bool:
    if event.region is None:
        return False
    left, top, right, bottom = event.region
    return any(
        left < box[2] and box[0] < right and top < box[3] and box[1] < bottom
        for row in rows[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
        for box in row.boxes
    )
