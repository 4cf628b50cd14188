"""The page that compares readings of several cameras and quantities, and gives them away as they are shown.

All that is asked is in the address, so that a page can be sent, cited and asked again.
"""

from __future__ import annotations

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from landwatch import rooms
from landwatch.errors import UsageError
from landwatch.store import Archive, Columns, all_series, stream_columns
from landwatch.store.export import write_readings
from landwatch.store.netcdf import write_readings as write_netcdf
from landwatch.store.parquet import write_readings as write_parquet
from landwatch.store.summary import (
    EVERY,
    HOW,
    Every,
    Gathered,
    How,
    Summary,
    gather,
    summarise,
    write_csv,
    write_files,
)
from landwatch.types import ABSENCES
from landwatch.web.cite import Cited
from landwatch.web.pages import page, words_of
from landwatch.web.problems import Missing
from landwatch.web.words import Words

__all__ = ["router"]

MOST_SERIES = 8
"""Lines that a person can tell from one another in one place. [1]"""

MOST_FOUND = 20
"""Series that a search offers. [1]"""

MOST_ROWS = 200
"""Rows of the page's table; a download has them all. [1]"""

SLICES = 700
"""Of a plot of readings as they were taken: about one for each two pixels of a wide one. [1]"""

DAYS = 7
"""Shown where the address names no days."""

Form = Literal["csv", "parquet", "nc"]
FORMS: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "nc": "application/x-netcdf",
}

Pair = tuple[str, str]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the address asks."""

    pairs: tuple[Pair, ...]
    """Camera and quantity, as they were chosen."""
    first: date
    last: date
    """Days of UTC, both within."""
    every: Every | None
    """None for readings as they were taken."""
    how: How
    words: str
    """Of the search for more."""

    @classmethod
    def of(cls, request: Request) -> Question:
        """Return what an address asks; what it cannot mean is left out."""
        query = request.query_params
        today = request.app.state.clock.now().date()
        last = _day(query.get("to")) or today
        first = _day(query.get("from")) or last - timedelta(days=DAYS - 1)
        pairs = dict.fromkeys(
            (camera, quantity)
            for camera, _, quantity in (one.partition(":") for one in query.getlist("series"))
            if camera and quantity
        )
        return cls(
            pairs=tuple(pairs)[:MOST_SERIES],
            first=min(first, last),
            last=max(first, last),
            every=next((one for one in EVERY if one == query.get("every")), None),
            how=next((one for one in HOW if one == query.get("how")), HOW[0]),
            words=query.get("q", "").strip()[:100],
        )

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when, and before when."""
        begin, end = (datetime.combine(day, time(), UTC) for day in (self.first, self.last))
        return begin, end + timedelta(days=1)

    @property
    def query(self) -> str:
        """The question as an address has it."""
        return urlencode(
            [
                *(("series", f"{camera}:{quantity}") for camera, quantity in self.pairs),
                ("from", self.first.isoformat()),
                ("to", self.last.isoformat()),
                *([("every", self.every), ("how", self.how)] if self.every else []),
            ]
        )

    def readings(self, archive: Archive) -> Iterator[Columns]:
        """Yield the readings that are asked for."""
        if not self.pairs:
            return iter(())
        since, until = self.span
        return stream_columns(archive, since=since, until=until, among=self.pairs)

    def summaries(self, archive: Archive) -> list[Summary]:
        """Return them by spans."""
        if self.every is None:
            return []
        return [summarise(one, self.every, self.how) for one in gather(self.readings(archive))]


@router.get("/measure")
def measure(request: Request) -> Response:
    """The question, its answer as plots and a table, and how to take and cite it."""
    archive: Archive = request.app.state.archive
    question = Question.of(request)
    names = archive.titles()
    known = {(one.camera, one.quantity): one for one in all_series(archive)}
    words = words_of(request)
    unknown = [pair for pair in question.pairs if pair not in known]
    gathered = gather(question.readings(archive))
    return page(
        request,
        "measure.html",
        question=question,
        found=_found(question, known, names, words),
        unknown=unknown,
        every=EVERY,
        hows=HOW,
        forms=FORMS,
        rows=_table(question, gathered, words),
        total=sum(len(one.time) for one in gathered),
        most=MOST_ROWS,
        cited=_cited(request, question, gathered, names) if gathered else None,
        titles=names,
        here="measure",
    )


@router.get("/measure/plots.json")
def plots(request: Request) -> Response:
    """What the page plots: one plot a unit."""
    archive: Archive = request.app.state.archive
    question = Question.of(request)
    words, names = words_of(request), archive.titles()
    by_unit: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in gather(question.readings(archive)):
        name = f"{words.quantity(one.quantity)} · {names.get(one.camera, one.camera)}"
        by_unit[one.unit].append({"name": name, **_line(one, question, words)})
    begin, end = question.span
    return JSONResponse(
        {
            "from": begin.timestamp(),
            "to": end.timestamp(),
            "plots": [{"unit": words.unit(unit), "series": lines} for unit, lines in sorted(by_unit.items())],
        },
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/measure/readings.{form}")
def download(request: Request, form: str) -> Response:
    """What the page shows, as a file."""
    wanted = next((one for one in get_args(Form) if one == form), None)
    if wanted is None:
        raise Missing(f"readings come as {', '.join(FORMS)}, not as {form!r}")
    archive: Archive = request.app.state.archive
    question = Question.of(request)
    if not question.pairs:
        raise UsageError("name what is wanted, such as ?series=CAMERA:QUANTITY")
    content = _csv(archive, question) if wanted == "csv" else _file(archive, question, wanted)
    name = f"readings-{question.first}-{question.last}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(content, media_type=FORMS[wanted], headers=headers)


def _csv(archive: Archive, question: Question) -> bytes:
    out = io.StringIO(newline="")
    if question.every:
        write_csv(question.summaries(archive), out)
    else:
        write_readings(question.readings(archive), out, "csv", archive)
    return out.getvalue().encode()


def _file(archive: Archive, question: Question, form: Form) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"readings.{form}"
        if question.every:
            write_files(question.summaries(archive), path, rooms.quantities())
        elif form == "nc":
            write_netcdf(question.readings(archive), path, archive.cameras(), rooms.quantities())
        else:
            write_parquet(question.readings(archive), path, rooms.quantities())
        return path.read_bytes()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _found(
    question: Question, known: dict[Pair, Any], names: dict[str, str], words: Words
) -> list[tuple[str, str, bool]]:
    """Return what may be chosen: what is chosen already, then what the search finds. Value, name, chosen."""
    wanted = question.words.casefold().split()

    def said(pair: Pair) -> str:
        return f"{names.get(pair[0], pair[0])} · {words.quantity(pair[1])}"

    def fits(pair: Pair) -> bool:
        text = f"{pair[0]} {said(pair)}".casefold()
        return pair not in question.pairs and all(word in text for word in wanted)

    more = sorted((pair for pair in known if fits(pair)), key=said)[:MOST_FOUND]
    chosen = [pair for pair in question.pairs if pair in known]
    return [(":".join(pair), said(pair), pair in question.pairs) for pair in (*chosen, *more)]


def _line(one: Gathered, question: Question, words: Words) -> dict[str, Any]:
    """Return one line of a plot."""
    if question.every:
        found = summarise(one, question.every, question.how)
        times, values = found.start, found.value
        notes = [
            f"n = {count}" if count else words.absent(why)
            for count, why in zip(found.count.tolist(), found.why, strict=True)
        ]
    else:
        kept = _thinned(one)
        times, values = one.time[kept], one.value[kept]
        notes = [words.absent(ABSENCES[code]) if code >= 0 else "" for code in one.absent[kept].tolist()]
    shown = [
        f"{words.measured(value, None, one.unit)} {note}".rstrip() if value == value else note
        for value, note in zip(values.tolist(), notes, strict=True)
    ]
    return {
        "times": (times / 1e6).tolist(),
        "values": [None if value != value else value for value in values.tolist()],
        "shown": shown,
        "step": float(np.median(np.diff(times))) / 1e6 if len(times) > 1 else 0.0,
    }


def _thinned(one: Gathered) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return which readings a plot keeps: of each slice of time the least, the greatest and an absent one."""
    if len(one.time) <= 3 * SLICES:
        return np.arange(len(one.time))
    edges = np.searchsorted(one.time, np.linspace(one.time[0], one.time[-1] + 1, SLICES + 1))
    kept: set[int] = set()
    for begin, end in pairwise(edges):
        seen = np.flatnonzero(one.absent[begin:end] < 0)
        if len(seen):
            values = one.value[begin:end][seen]
            kept |= {int(begin + seen[values.argmin()]), int(begin + seen[values.argmax()])}
        if len(seen) < end - begin:
            kept.add(int(begin + np.flatnonzero(one.absent[begin:end] >= 0)[0]))
    return np.array(sorted(kept), np.int64)


def _table(question: Question, gathered: Sequence[Gathered], words: Words) -> list[dict[str, Any]]:
    """Return the first rows of the table."""
    rows: list[dict[str, Any]] = []
    for one in gathered:
        told = {"camera": one.camera, "quantity": words.quantity(one.quantity)}
        if question.every:
            found = summarise(one, question.every, question.how)
            for at in range(min(len(found.start), MOST_ROWS)):
                rows.append(
                    told
                    | _cell(found.start[at], found.value[at], found.why[at], one.unit, words)
                    | {
                        "count": int(found.count[at]),
                        "absent": int(found.absent[at]),
                        "doubtful": int(found.doubtful[at]),
                    }
                )
        else:
            for at in range(min(len(one.time), MOST_ROWS)):
                why = "" if one.absent[at] < 0 else ABSENCES[one.absent[at]]
                rows.append(
                    told
                    | _cell(one.time[at], one.value[at], why, one.unit, words)
                    | {"doubtful": int(one.doubtful[at])}
                )
    rows.sort(key=lambda row: row["time"])
    return rows[:MOST_ROWS]


def _cell(moment: np.int64, value: float, why: str, unit: str, words: Words) -> dict[str, Any]:
    return {
        "time": datetime.fromtimestamp(int(moment) / 1e6, UTC),
        "value": None if np.isnan(value) else words.measured(float(value), None, unit),
        "why": words.absent(why) if why else "",
    }


def _cited(
    request: Request, question: Question, gathered: Sequence[Gathered], names: dict[str, str]
) -> Cited:
    known = rooms.quantities()
    what = dict.fromkeys(
        known[one.quantity].title if one.quantity in known else one.quantity for one in gathered
    )
    where = dict.fromkeys(names.get(one.camera, one.camera) for one in gathered)
    by = f", {question.how} by the {question.every} of UTC" if question.every else ""
    return Cited(
        owner=request.app.state.serve.owner,
        title=f"{', '.join(what)} at {', '.join(where)}, {question.first} to {question.last}{by}",
        methods=tuple(sorted({method for one in gathered for method in one.methods})),
        licence=request.app.state.serve.licence,
        address=f"{request.app.state.address}/measure?{question.query}",
        day=request.app.state.clock.now().date(),
    )
