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

__all__ = ["THRESHOLDS", "Labelled", "Score", "Verdict", "count_interval", "read_labels", "score", "verdict"]

NEIGHBOURS = 2
"""Pictures before and after, in which a box may stand for the one of the event's picture. [1]"""

SECONDS_A_DAY = 86400
"""[s]"""

THRESHOLDS = tuple(step / 20 for step in range(1, 20))
"""Scores at which the curve of delay against false alarms is told. [0-1]"""

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
    """Quiet time: each quiet picture stands for one interval, whether it gave a score or not. [d]"""
    lower: float
    upper: float
    """95 % interval of the false alarms a day [1/d]; 0 and infinity without quiet time."""

    @property
    def rate(self) -> float | None:
        """False alarms a day [1/d]; None without quiet time."""
        return len(self.false_alarms) / self.days if self.days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Agreement of one sequence's events with its labels. Places count its pictures from 0."""

    start: int
    """Place from which smoke may be seen; its length if never."""
    first: int | None
    """Place of the first labelled box."""
    found: tuple[tuple[int, Event], ...]
    """Events that met a box, with the places where they opened."""
    alarms: tuple[tuple[int, Event], ...]
    """Events that met none, with the places where they opened."""
    between: tuple[tuple[int, Event], ...]
    """Events that count neither way: smoke may be seen, but none is labelled yet."""

    @property
    def missed(self) -> bool:
        """Whether there was smoke, and no event met it."""
        return self.first is not None and not self.found


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


def verdict(name: str, rows: Sequence[Labelled], events: Iterable[Event]) -> Verdict:
    """Return the agreement of one sequence's events with its labels.

    Raises:
        UsageError: for an event of a file that is not labelled.
    """
    first = next((place for place, row in enumerate(rows) if row.boxes), None)
    start = next((place for place, row in enumerate(rows) if row.offset >= 0), len(rows))
    found, alarms, between = [], [], []
    for place, event in _opened(name, rows, events):
        if _meets(rows, place, event):
            found.append((place, event))
        elif place < start or (first is not None and place >= first):
            alarms.append((place, event))
        else:
            between.append((place, event))
    return Verdict(start=start, first=first, found=tuple(found), alarms=tuple(alarms), between=tuple(between))


def score(
    labels: Mapping[str, Sequence[Labelled]], events: Mapping[str, Iterable[Event]], interval: float = 60.0
) -> Score:
    """Return the agreement of each sequence's events with its labels.

    Args:
        labels: of each sequence.
        events: of each sequence.
        interval: between two pictures. [s]

    Raises:
        UsageError: for a sequence without events to be read, or an event of a file that is not labelled.
    """
    missed, delays, alarms, quiet, positives = [], [], [], 0, 0
    for name, rows in sorted(labels.items()):
        if name not in events:
            raise UsageError(f"no events of the sequence {name}; there are: {', '.join(sorted(events))}")
        one = verdict(name, rows, events[name])
        quiet += one.start
        alarms += [f"{name} {rows[place].file}" for place, _ in one.alarms]
        if one.first is None:
            continue
        positives += 1
        if one.missed:
            missed.append(name)
        else:
            opened = min(place for place, _ in one.found)
            delays.append(rows[opened].minute - rows[one.first].minute)
    days = quiet * interval / SECONDS_A_DAY
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
