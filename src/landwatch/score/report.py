"""A page that shows how a score came about: the curve, and each sequence with its misses and false alarms.

One HTML file that holds its pictures and needs no network. The pictures are cleared ones, as the way made
them, with the boxes that a person labelled and the places that Landwatch took for smoke.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from landwatch.errors import UsageError
from landwatch.score.smoke import Corners, Labelled, Score, Verdict, verdict
from landwatch.types import Event, Outcome, Reading, Region, Still

__all__ = ["Album", "Shown", "write"]

WIDTH, HEIGHT = 640, 120
"""Of a plot. [px]"""

FOUND, FALSE, NEITHER = "▲", "✕", "○"
"""Signs of events that met a label, that met none, and that count neither way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of the report."""

    title: str
    still: Still
    boxes: tuple[Corners, ...]
    """What a person labelled. [px]"""
    region: Region | None
    """What Landwatch took for smoke. [px]"""

    @property
    def address(self) -> str:
        """The picture as an address that holds it."""
        content = base64.b64encode(self.still.content).decode("ascii")
        return f"data:{self.still.media_type};base64,{content}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One sequence of the report, all coordinates in px of its plot."""

    name: str
    summary: str
    lines: tuple[str, ...]
    """Runs of readings that follow one another, as points of a polyline."""
    smoke: tuple[float, float] | None
    """From the first to the last labelled box."""
    blind: tuple[tuple[float, float, str], ...]
    """From, to, and why there was no score."""
    marks: tuple[tuple[float, str], ...]
    """Where an event opened, and its sign: `FOUND`, `FALSE` or `NEITHER`."""
    ticks: tuple[tuple[float, str], ...]
    """Minutes of the first and the last picture, from the time at which smoke may be seen first."""
    shots: tuple[Shot, ...]


class Album:
    """Watches one sequence go by and keeps the pictures that its report may show, which are few."""

    def __init__(self, name: str, rows: Sequence[Labelled]) -> None:
        """Take a sequence's name and labels."""
        self._name = name
        self._rows = {row.file: row for row in rows}
        self._first = next((row for row in rows if row.boxes), None)
        self._readings: dict[str, Reading] = {}
        self._events: list[Event] = []
        self._stills: dict[str, Still] = {}
        self._best = ""

    def see(self, outcome: Outcome) -> None:
        """Take what the way made of the next picture."""
        file = Path(outcome.name).name
        row = self._rows.get(file)
        smoke = next((reading for reading in outcome.readings if reading.quantity == "smoke"), None)
        self._events += outcome.events
        if row is None or smoke is None:
            return
        self._readings[file] = smoke
        if outcome.still is None:
            return
        opened = any(event.hazard == "smoke" and event.state == "opened" for event in outcome.events)
        if opened or row is self._first:
            self._stills[file] = outcome.still
        elif row.boxes and self._value(file) > self._value(self._best):
            self._stills.pop(self._best, None)
            self._stills[file] = outcome.still
            self._best = file

    def _value(self, file: str) -> float:
        reading = self._readings.get(file)
        return -1.0 if reading is None or reading.value is None else reading.value

    def shown(self) -> Shown:
        """Return the sequence as the report shows it."""
        rows = list(self._rows.values())
        one = verdict(self._name, rows, self._events)
        start, end = rows[0].minute, max(rows[-1].minute, rows[0].minute + 1)
        places = [WIDTH * (row.minute - start) / (end - start) for row in rows]
        values = [self._readings.get(row.file) for row in rows]
        labelled = [place for place, row in zip(places, rows, strict=True) if row.boxes]
        shots = [
            self._shot(f"False alarm: {rows[place].file}", rows[place], event.region)
            for place, event in one.alarms
        ]
        if one.missed and self._first is not None:
            shots.append(self._shot(f"Missed; first labelled: {self._first.file}", self._first, None))
            if self._best:
                region = self._readings[self._best].region
                title = f"Missed; highest score, {self._value(self._best):.2f}: {self._best}"
                shots.append(self._shot(title, self._rows[self._best], region))
        return Shown(
            name=self._name,
            summary=_summary(one, rows),
            lines=_lines(places, values),
            smoke=(labelled[0], labelled[-1]) if labelled else None,
            blind=_blind(places, values),
            marks=tuple(
                (places[place], sign)
                for events, sign in ((one.found, FOUND), (one.alarms, FALSE), (one.between, NEITHER))
                for place, _ in events
            ),
            ticks=tuple((places[end], f"{rows[end].offset:+g} min") for end in (0, -1)),
            shots=tuple(shot for shot in shots if shot is not None),
        )

    def _shot(self, title: str, row: Labelled, region: Region | None) -> Shot | None:
        still = self._stills.get(row.file)
        return None if still is None else Shot(title=title, still=still, boxes=row.boxes, region=region)


def write(
    folder: Path, score: Score, curve: Mapping[float, Score], sequences: Sequence[Shown], threshold: float
) -> Path:
    """Write the report into a folder, which is made if need be, and return its page.

    Args:
        folder: where to.
        score: of all sequences.
        curve: the score at each threshold.
        sequences: in the order of the page.
        threshold: at which the score was taken. [0-1]

    Raises:
        UsageError: if it cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("landwatch.score", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.html").render(
        score=score, curve=curve, sequences=sequences, threshold=threshold, width=WIDTH, height=HEIGHT
    )
    page = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {page}: {error.strerror}") from None
    return page


def _summary(one: Verdict, rows: Sequence[Labelled]) -> str:
    alarms = f"{len(one.alarms)} false alarm{'' if len(one.alarms) == 1 else 's'}"
    if one.first is None:
        return f"quiet, {alarms}"
    if one.missed:
        early = ", an event opened before the first label" if one.between else ""
        return f"missed{early}, {alarms}"
    delay = rows[min(place for place, _ in one.found)].minute - rows[one.first].minute
    return f"found {delay:+g} min from the first label, {alarms}"


def _lines(places: Sequence[float], readings: Sequence[Reading | None]) -> tuple[str, ...]:
    """Return the points of each run of scores; where there was none, the line is broken."""
    lines = []
    for present, run in itertools.groupby(
        zip(places, readings, strict=True), lambda pair: pair[1] is not None and pair[1].value is not None
    ):
        if present:
            points = [f"{x:.1f},{HEIGHT * (1 - _value(reading)):.1f}" for x, reading in run]
            # A line of one point is not drawn; from there to there it is, as a dot.
            lines.append(" ".join(points if len(points) > 1 else points * 2))
    return tuple(lines)


def _blind(
    places: Sequence[float], readings: Sequence[Reading | None]
) -> tuple[tuple[float, float, str], ...]:
    """Return where there was no score: from, to, and why."""
    spans = []
    for reason, run in itertools.groupby(
        zip(places, readings, strict=True),
        lambda pair: "no picture" if pair[1] is None else pair[1].absent or "",
    ):
        if reason:
            ends = [x for x, _ in run]
            spans.append((ends[0], ends[-1], str(reason)))
    return tuple(spans)


def _value(reading: Reading | None) -> float:
    assert reading is not None
    assert reading.value is not None
    return reading.value
