"""Long spans of readings as columns of numbers, some ten times quicker than one reading after another.

Spans are read in windows of time that hold some ten thousand rows each: a window is a transaction of its own,
so that a slow export does not keep the writer's log from being folded into the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from landwatch.store import _schema as schema
from landwatch.store._records import micros
from landwatch.types import ABSENCES

__all__ = ["Columns", "Series", "Words", "all_series", "extent", "stream_columns"]

T = TypeVar("T")

ENOUGH, MOST = 25_000, 200_000
"""Rows of a window: a shorter one is followed by a longer one; one with more is read again in halves. [1]"""

FIRST_US = 60_000_000
"""Length of the first window. [µs]"""

TOGETHER = 5000
"""Series that one question may name. [1]"""

NONE = -1
"""Of a code, where there is nothing."""

NOWHERE = (NONE,) * 4


class Opens(Protocol):
    """What gives a snapshot of the store."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give one snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class Series:
    """What readings have in common."""

    camera: str
    quantity: str
    unit: str
    method: str


class Words(Generic[T]):
    """Texts of the store by numbers, in the order in which they came; each is understood once."""

    def __init__(self, understand: Callable[[str], T]) -> None:
        self._understand = understand
        self._codes: dict[str | None, int] = {None: NONE}
        self.meanings: list[T] = []

    def codes(self, texts: Sequence[str | None]) -> NDArray[np.int32]:
        """Return the number of each text; `NONE` where there is none."""
        for text in set(texts).difference(self._codes):
            assert text is not None
            self._codes[text] = len(self.meanings)
            self.meanings.append(self._understand(text))
        return np.fromiter(map(self._codes.__getitem__, texts), np.int32, len(texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Readings, oldest first: row i of each column is one reading."""

    time: NDArray[np.int64]
    """Since 1970, UTC. [µs]"""
    series: NDArray[np.int32]
    """Place in `all_series`."""
    value: NDArray[np.float64]
    """NaN where nothing was seen."""
    sigma: NDArray[np.float64]
    """NaN where it is not known."""
    absent: NDArray[np.int8]
    """Place in `types.ABSENCES`; `NONE` where there is a value."""
    flags: NDArray[np.int32]
    """Place in `all_flags`; `NONE` where there are none."""
    region: NDArray[np.int32]
    """Left, top, right, bottom, shape (n, 4) [px]; `NONE` where there is no place."""
    all_series: Sequence[Series]
    all_flags: Sequence[tuple[str, ...]]

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.time)


_absences: dict[str | None, int] = {None: NONE, **{name: index for index, name in enumerate(ABSENCES)}}


def stream_columns(
    archive: Opens,
    camera: str | None = None,
    quantity: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    among: Collection[tuple[str, str]] | None = None,
) -> Iterator[Columns]:
    """Yield all readings of a span, oldest first, some ten thousand at a time.

    Args:
        archive: what holds them.
        camera: only of this camera.
        quantity: only of this quantity.
        since: only from this time on.
        until: only before this time.
        among: only of these pairs of camera and quantity.
    """
    with archive.reading() as connection:
        ids, known = _series(connection, camera, quantity)
        if among is not None:
            chosen = [at for at, one in enumerate(known) if (one.camera, one.quantity) in among]
            ids, known = [ids[at] for at in chosen], [known[at] for at in chosen]
        span = _extent(connection, ids)
    if span is None:
        return
    place = np.full(max(ids) + 1, NONE, np.int32)
    place[ids] = np.arange(len(ids))
    flags, regions = Words[tuple[str, ...]](_several), Words[tuple[int, ...]](_several)
    begin = span[0] if since is None else max(span[0], micros(since))
    end = span[1] if until is None else min(span[1], micros(until))
    length = FIRST_US
    while begin < end:
        last = min(begin + length, end)
        with archive.reading() as connection:
            rows = _window(connection, ids, begin, last)
        if len(rows) > MOST and last - begin > 1:
            length = (last - begin) // 2
            continue
        if rows:
            yield _columns(rows, place, flags, regions, known)
        begin = last
        if len(rows) < ENOUGH:
            length *= 2


def all_series(archive: Opens, camera: str | None = None) -> list[Series]:
    """Return what is measured, in the order in which it was first."""
    with archive.reading() as connection:
        return _series(connection, camera, None)[1]


def extent(archive: Opens, camera: str | None = None, quantity: str | None = None) -> tuple[int, int] | None:
    """Return the first time of such readings and the time after their last [µs]; None where there is none."""
    with archive.reading() as connection:
        return _extent(connection, _series(connection, camera, quantity)[0])


def _series(
    connection: Connection, camera: str | None, quantity: str | None
) -> tuple[list[int], list[Series]]:
    wanted = select(
        schema.series.c.id,
        schema.cameras.c.name,
        schema.series.c.quantity,
        schema.series.c.unit,
        schema.series.c.method,
    ).join(schema.cameras)
    if camera is not None:
        wanted = wanted.where(schema.cameras.c.name == camera)
    if quantity is not None:
        wanted = wanted.where(schema.series.c.quantity == quantity)
    rows = connection.execute(wanted.order_by(schema.series.c.id)).all()
    return [row[0] for row in rows], [Series(*row[1:]) for row in rows]


def _extent(connection: Connection, ids: Sequence[int]) -> tuple[int, int] | None:
    """Return the first time of some series and the time after their last. [µs]"""
    time = schema.readings.c.time
    ends = [
        connection.execute(
            select(func.min(time), func.max(time)).where(schema.readings.c.series_id == one)
        ).one()
        for one in ids
    ]
    seen = [(first, last) for first, last in ends if first is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen) + 1) if seen else None


def _window(connection: Connection, ids: Sequence[int], begin: int, end: int) -> list[Any]:
    """Return the rows of some series in a window, in any order.

    Of more than `MOST` not all are returned, unless they are of one moment.
    """
    column = schema.readings.c
    wanted = select(
        column.id,
        column.time,
        column.series_id,
        column.value,
        column.sigma,
        column.absent,
        column.flags,
        column.region,
    ).where(column.time >= begin, column.time < end)
    rows: list[Any] = []
    for start in range(0, len(ids), TOGETHER):
        part = wanted.where(column.series_id.in_(ids[start : start + TOGETHER]))
        if end - begin > 1:
            part = part.limit(MOST + 1 - len(rows))
        rows += connection.execute(part).all()
        if len(rows) > MOST and end - begin > 1:
            break
    return rows


def _columns(
    rows: list[Any],
    place: NDArray[np.int32],
    flags: Words[tuple[str, ...]],
    regions: Words[tuple[int, ...]],
    known: Sequence[Series],
) -> Columns:
    number, time, series, value, sigma, absent, flag, region = zip(*rows, strict=True)
    times = np.array(time, np.int64)
    order = np.lexsort((np.array(number, np.int64), times))
    where = regions.codes(region)
    corners = np.array([*regions.meanings, NOWHERE], np.int32)
    return Columns(
        time=times[order],
        series=place[np.array(series, np.int64)[order]],
        value=np.array(value, np.float64)[order],
        sigma=np.array(sigma, np.float64)[order],
        absent=np.fromiter(map(_absences.__getitem__, absent), np.int8, len(rows))[order],
        flags=flags.codes(flag)[order],
        region=corners[where][order],
        all_series=known,
        all_flags=flags.meanings,
    )


def _several(packed: str) -> tuple[Any, ...]:
    return tuple(json.loads(packed))
