"""What rates are made of: for each camera, whole numbers over a span of whole days.

A camera is *meant to work* from when it was first followed, or its first picture if that is older, while its
lifecycle is active; a camera without a lifecycle is active. Whole days of that come from the store's sums of
days. Where a lifecycle changes within a day, that day is counted again from what was kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, and_, func, select

from landwatch.store import DAY, SLOT, SLOTS, newest_conditions, schema
from landwatch.upkeep.book import Book
from landwatch.upkeep.records import Asset

__all__ = ["Fleet", "Sums", "sums_of"]

PAGE = 500
"""Cameras that one statement names. [1]"""

TINY = 1e-9
"""Of one picture: an interval such as 0.1 s is no binary number, and must not cost a picture. [1]"""

STATES = ("good", "doubtful", "bad")
SUMMED = ("pictures", "timed", "delay", "online", *STATES)

_cameras, _days, _pictures = schema.cameras, schema.days, schema.pictures
_conditions, _cadences = schema.conditions, schema.cadences

Span = tuple[int, int]
"""From and to. [us]"""


@dataclass(slots=True)
class Sums:
    """One camera over the days of a survey."""

    asset: Asset
    spans: list[Span] = field(default_factory=list)
    """When it was meant to work, within the days and until now."""
    spared: int = 0
    """Time that its lifecycle takes out. [us]"""
    meant: int = 0
    """[us]"""
    good: int = 0
    """[us]"""
    doubtful: int = 0
    """[us]"""
    bad: int = 0
    """[us]"""
    slots: int = 0
    """Of five minutes in which it was meant to work. [1]"""
    online: int = 0
    """Of them in which it was heard. [1]"""
    expected: int = 0
    """Pictures. [1]"""
    pictures: int = 0
    """That came. A picture counts on the day that its capture time names. [1]"""
    complete: int = 0
    """That came, at most as many as were expected: too many at one time do not make up for others. [1]"""
    timed: int = 0
    """Pictures with a capture time of their own. [1]"""
    delay: int = 0
    """Of those, all together. [us]"""


@dataclass(slots=True)
class _Camera:
    """One camera while it is summed."""

    sums: Sums
    id: int | None
    is_cut: bool
    """Whether its lifecycle changes within the days."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is known of all cameras whatever the days: read once, and used for several spans of days."""

    assets: Mapping[str, Asset]
    known: Mapping[str, Any]
    """Row of each camera that was ever enrolled, with the time of its first picture."""
    paces: Mapping[int, Sequence[tuple[int, float]]]
    """Since when [us] a camera has had which interval [s], by its id."""
    lives: Mapping[str, Sequence[tuple[int, bool]]]
    """Since when [us] a camera has been active or not."""

    @classmethod
    def of(cls, connection: Connection) -> Fleet:
        """Read it."""
        taken = (
            select(func.min(_pictures.c.taken))
            .where(_pictures.c.camera_id == _cameras.c.id)
            .scalar_subquery()
        )
        known = connection.execute(
            select(_cameras.c.id, _cameras.c.name, _cameras.c.followed, taken.label("taken"))
        ).all()
        paces: dict[int, list[tuple[int, float]]] = {}
        wanted = select(_cadences.c.camera_id, _cadences.c.time, _cadences.c.interval)
        for camera, time, interval in connection.execute(wanted.order_by(_cadences.c.time, _cadences.c.id)):
            paces.setdefault(camera, []).append((time, interval))
        lives: dict[str, list[tuple[int, bool]]] = {}
        changes, owners = schema.lifecycles, schema.assets
        for name, time, lifecycle in connection.execute(
            select(owners.c.camera, changes.c.time, changes.c.lifecycle)
            .join(owners)
            .order_by(changes.c.time, changes.c.id)
        ):
            lives.setdefault(name, []).append((time, lifecycle == "active"))
        assets = Book(lambda: nullcontext(connection)).assets()
        return cls({one.camera: one for one in assets}, {row.name: row for row in known}, paces, lives)


def sums_of(
    connection: Connection, first: int, end: int, now: int, fleet: Fleet | None = None
) -> tuple[list[Sums], int]:
    """Return the sums of all cameras in order of name, and how many are left out.

    Left out are cameras that are neither registered as property nor followed any longer.

    Args:
        connection: a snapshot of the tables.
        first: first day since 1970.
        end: the day after the last one.
        now: the present; what comes after it is not counted. [us]
        fleet: what was read before; read now where None.
    """
    window = (first * DAY, max(first * DAY, min(end * DAY, now)))
    cameras, left_out = _meant(fleet or Fleet.of(connection), window)
    whole = {camera.id: camera.sums for camera in cameras if camera.id is not None and not camera.is_cut}
    _add_days(connection, whole, window)
    _add_standing(connection, whole, window)
    cut = [camera for camera in cameras if camera.is_cut and camera.id is not None]
    for start in range(0, len(cut), PAGE):
        _recount(connection, cut[start : start + PAGE], window)
    for camera in cameras:
        sums = camera.sums
        sums.complete = min(sums.pictures, sums.expected)
        sums.online = min(sums.online, sums.slots)
    return [camera.sums for camera in cameras], left_out


def _meant(fleet: Fleet, window: Span) -> tuple[list[_Camera], int]:
    """Return all cameras with the time in which they were meant to work."""
    assets, known = fleet.assets, fleet.known
    found, left_out = [], 0
    for name in sorted(assets.keys() | known.keys()):
        followed = known.get(name)
        if name not in assets and followed is not None and not followed.followed:
            left_out += 1
            continue
        life = fleet.lives.get(name, ())
        pace = fleet.paces.get(followed.id, ()) if followed else ()
        starts = [pace[0][0]] if pace else [life[0][0]] if life else []
        if followed is not None and followed.taken is not None:
            starts.append(followed.taken)
        begin = min(starts, default=window[1])
        spans = list(_active(life, (max(begin, window[0]), window[1])))
        sums = Sums(asset=assets.get(name) or Asset(camera=name), spans=spans)
        sums.meant = sum(stop - start for start, stop in spans)
        sums.spared = max(0, window[1] - max(begin, window[0])) - sums.meant
        sums.slots = sum(stop - start for start, stop in _slots(spans))
        sums.expected = _expected(spans, pace)
        found.append(_Camera(sums, followed.id if followed else None, is_cut=sums.spared > 0))
    return found, left_out


def _active(life: Sequence[tuple[int, bool]], span: Span) -> Iterator[Span]:
    """Yield when a camera with these changes was active within a span; it was before the first."""
    start: int | None = span[0]
    for time, is_active in life:
        time = min(max(time, span[0]), span[1])
        if is_active:
            start = time if start is None else start
        elif start is not None:
            if start < time:
                yield start, time
            start = None
    if start is not None and start < span[1]:
        yield start, span[1]


def _slots(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the slots since 1970 that spans touch, as ranges that do not overlap."""
    done = 0
    for start, stop in spans:
        first, last = max(done, start // SLOT), -(-stop // SLOT)
        if first < last:
            yield first, last
            done = last


def _expected(spans: Sequence[Span], pace: Sequence[tuple[int, float]]) -> int:
    """Return how many pictures fit into spans; before the first known pace it was the same."""
    if not pace:
        return 0
    edges = [(0, pace[0][1]), *pace[1:], (1 << 62, 0.0)]
    count = 0.0
    for (since, interval), (until, _) in pairwise(edges):
        lengths = (max(0, min(stop, until) - max(start, since)) for start, stop in spans)
        count += sum(lengths) / (interval * 1e6)
    return int(count + TINY)


def _add_days(connection: Connection, cameras: Mapping[int, Sums], window: Span) -> None:
    """Add the store's sums of days, without what is said of times after now."""
    first, end = window[0] // DAY, -(-window[1] // DAY)
    of_window = and_(_days.c.camera_id == _cameras.c.id, _days.c.day >= first, _days.c.day < end)
    # From `cameras`, so that the days of each camera are one search of the key however long the history.
    for row in connection.execute(
        select(_cameras.c.id, *(func.sum(_days.c[name]) for name in SUMMED))
        .join(_days, of_window)
        .group_by(_cameras.c.id)
    ).all():
        sums = cameras.get(row[0])
        if sums is not None:
            for name, value in zip(SUMMED, row[1:], strict=True):
                setattr(sums, name, int(value))
    over = -(-window[1] // SLOT) - (end - 1) * SLOTS
    if over < SLOTS:
        for row in connection.execute(
            select(_days.c.camera_id, _days.c.slots)
            .select_from(_cameras)
            .join(_days, and_(_days.c.camera_id == _cameras.c.id, _days.c.day == end - 1))
        ):
            sums = cameras.get(row.camera_id)
            if sums is not None:
                sums.online -= (int.from_bytes(row.slots or b"", "little") >> over).bit_count()


def _add_standing(connection: Connection, cameras: Mapping[int, Sums], window: Span) -> None:
    """Add the states that are not over yet."""
    for row in connection.execute(newest_conditions).all():
        sums = cameras.get(row.camera_id)
        if sums is not None and row.state in STATES:
            length = max(0, window[1] - max(window[0], row.since))
            setattr(sums, row.state, getattr(sums, row.state) + length)


def _recount(connection: Connection, cameras: Sequence[_Camera], window: Span) -> None:
    """Count cameras whose lifecycle changes: their whole days from the sums, the others one by one."""
    by_id = {camera.id: camera.sums for camera in cameras if camera.id is not None}
    rows = _conditions.select().where(
        _conditions.c.camera_id.in_(by_id), _conditions.c.since < window[1]
    )  # fmt: skip
    states: dict[int, list[Any]] = {}
    for row in connection.execute(rows.order_by(_conditions.c.camera_id, _conditions.c.id)):
        states.setdefault(row.camera_id, []).append(row)
    for camera, history in states.items():
        sums = by_id[camera]
        ends = [row.since for row in history[1:]] + [window[1]]
        for row, stop in zip(history, ends, strict=True):
            if row.state in STATES:
                length = sum(_common(span, (row.since, stop)) for span in sums.spans)
                setattr(sums, row.state, getattr(sums, row.state) + length)
    first, end = window[0] // DAY, -(-window[1] // DAY)
    for row in connection.execute(
        _days.select().where(_days.c.camera_id.in_(by_id), _days.c.day >= first, _days.c.day < end)
    ):
        _recount_day(connection, by_id[row.camera_id], row, window)


def _recount_day(connection: Connection, sums: Sums, row: Any, window: Span) -> None:
    day = (row.day * DAY, (row.day + 1) * DAY)
    bits = int.from_bytes(row.slots or b"", "little")
    for start, stop in _slots(sums.spans):
        first, last = max(0, start - row.day * SLOTS), min(SLOTS, stop - row.day * SLOTS)
        if first < last:
            sums.online += (bits >> first & (1 << last - first) - 1).bit_count()
    inside = [span for span in sums.spans if _common(span, day)]
    if inside and sum(_common(span, day) for span in inside) == _common(window, day):
        sums.pictures += row.pictures
        sums.timed += row.timed
        sums.delay += row.delay
        return
    for start, stop in inside:
        for one in connection.execute(
            select(_pictures.c.taken, _pictures.c.received, _pictures.c.time_from).where(
                _pictures.c.camera_id == row.camera_id,
                _pictures.c.taken >= max(start, day[0]),
                _pictures.c.taken < min(stop, day[1]),
                _pictures.c.status != "forgotten",
            )
        ):
            sums.pictures += 1
            if one.time_from != "clock":
                sums.timed += 1
                sums.delay += max(0, one.received - one.taken)


def _common(one: Span, other: Span) -> int:
    """Return how much of two spans is in both. [us]"""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
