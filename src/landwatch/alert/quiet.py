"""Learns from a camera's quiet hours: the threshold that keeps its budget, and the places that cry wolf.

Of each hour and place the highest level is kept at which the rule would have opened an event, and nothing of
the pictures. An hour is quiet unless an event that stands, or that a person has confirmed, lies in it; one
that was dismissed is what there is to learn from. Old hours count for less and less.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, func, select

from landwatch.alert.budget import Peak, Tail, tail_of
from landwatch.alert.records import STANDING, Cause
from landwatch.config import Rule
from landwatch.lesson import HIGHEST, LOWEST, NOWHERE, Lesson, Place, Spot, odds, spot_of
from landwatch.store import Beside, insert, micros, schema
from landwatch.types import Outcome

__all__ = ["HALF_LIFE", "LEAST_HOURS", "Known", "Learns", "Quiet", "WolfPlace"]

HOUR = 3_600_000_000
"""[us]"""

HALF_LIFE = timedelta(days=14)
"""After so long an hour counts for half: the sun's way over the land and the weather are others by then."""

KEPT = 8 * HALF_LIFE
"""Older hours count for less than a hundredth, and are forgotten."""

SETTLED_HOURS = 6
"""The newest hours tell nothing yet: what they showed may still become smoke. [h]"""

LEAST_HOURS = 48
"""Quiet hours before which the rule's own threshold holds. [h] Two summer days on the watch and more."""

CRY = 0.25
"""Level from which something has cried wolf if it did not become smoke: a third of the evidence that opens an
event by the rule that ships. [0-1]"""

DISMISSED = 3.0
"""Cries that an event counts for which a person dismissed. [1]"""

REAL: tuple[Cause, ...] = ("permitted_fire", "test")
"""Causes of dismissal by which there was something to see, so nothing to learn."""

DAYS_A_WEEK = 7

Learns = Mapping[str, Sequence[Rule]]
"""By camera: its rules that have a budget."""

Why = Literal["rule", "history", "lowest", "highest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WolfPlace:
    """A place that has cried wolf, as operators are told of it."""

    cell: int
    """See `landwatch.lesson.GRID`."""
    hours: int
    """In which something there cried that did not become smoke. [1]"""
    dismissed: int
    """Events that opened there and were dismissed. [1]"""
    causes: tuple[str, ...]
    """Why, the most frequent first."""
    asked: float
    """Threshold there now, of a thing no larger than what cried. [0-1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What one camera has learnt of one hazard."""

    hazard: str
    budget: float
    """Alarms a camera-week that the operator allows. [1/wk]"""
    rule: float
    """Threshold of the rule, before anything is learnt. [0-1]"""
    why: Why
    """rule: too few quiet hours are known. history: they keep the budget. lowest, highest: they would go
    beyond the bound, which holds instead."""
    hours: int
    """Quiet hours known. [h]"""
    expected: float | None
    """Alarms a week at the threshold; None while too few hours are known. [1/wk]"""
    lower: float | None
    """95 % interval of it."""
    upper: float | None
    """See `lower`."""
    lesson: Lesson
    """What is asked of the scores now."""
    places: tuple[WolfPlace, ...]
    """The ones that ask the most first."""

    @property
    def enter(self) -> float:
        """Threshold where nothing has cried. [0-1]"""
        return self.lesson.enter


@dataclass(slots=True)
class _Cell:
    readings: int = 0
    level: float = 0.0
    area: float = 0.0


@dataclass(frozen=True, slots=True)
class _Span:
    """One event, in hours since 1970."""

    first: int
    last: int
    is_real: bool
    cause: str


@dataclass(slots=True)
class _Cries:
    """What one place has shown until some hour."""

    count: float = 0.0
    """Decayed to `hour`."""
    hour: int = 0
    area: float = 0.0
    hours: int = 0
    dismissed: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    def at(self, hour: int) -> Place:
        return Place(cries=self.count * _weight(hour - self.hour), area=self.area)

    def add(self, hour: int, cries: float, area: float, causes: Sequence[str]) -> None:
        self.count, self.hour = self.at(hour).cries + cries, hour
        self.area = max(self.area, area)
        self.hours += 1
        self.dismissed += len(causes)
        self.causes.update(causes)


class Quiet:
    """Keeps quiet hours, and tells what they teach. One thread hears at a time; any may ask."""

    def __init__(self, beside: Beside, learns: Learns) -> None:
        """Take where hours are kept, and which rules of which camera have a budget."""
        self._beside = beside
        self._learns = dict(learns)
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self._heard: dict[tuple[str, str, int, int], _Cell] = defaultdict(_Cell)
        self._pruned = 0

    def join(self, camera: str, rules: Sequence[Rule]) -> None:
        """Learn these rules of one more camera."""
        self._learns[camera] = rules

    def hear(self, outcomes: Iterable[Outcome]) -> None:
        """Take what was kept of cameras."""
        for outcome in outcomes:
            for rule in self._learns.get(outcome.camera, ()):
                for reading in outcome.readings:
                    if reading.quantity != rule.quantity or reading.value is None or outcome.still is None:
                        continue
                    recent = self._recent.setdefault((outcome.camera, rule.hazard), deque(maxlen=rule.m))
                    recent.append(reading.value)
                    spot = spot_of(reading.region, (outcome.still.width, outcome.still.height))
                    hour = micros(outcome.taken) // HOUR
                    cell = self._heard[outcome.camera, rule.hazard, hour, spot.cell]
                    level = _level(recent, rule.k)
                    cell.readings += 1
                    if level > cell.level:
                        cell.level, cell.area = level, spot.area

    def tick(self, now: datetime) -> None:
        """Write what was heard, and forget hours that no longer count.

        Raises:
            StoreError: if it cannot be written.
        """
        table, hour = schema.quiet, micros(now) // HOUR
        if not self._heard and self._pruned == hour:
            return
        with self._beside.transaction("write") as connection:
            ids = {row.name: row.id for row in connection.execute(select(schema.cameras))}
            rows = [
                {
                    "camera_id": ids[camera],
                    "hazard": hazard,
                    "hour": at,
                    "cell": cell,
                    "readings": heard.readings,
                    "level": heard.level,
                    "area": heard.area,
                }
                for (camera, hazard, at, cell), heard in sorted(self._heard.items())
            ]
            if rows:
                statement = insert(connection, table)
                new = statement.excluded
                higher = new.level > table.c.level
                changed = {
                    "readings": table.c.readings + new.readings,
                    "level": case((higher, new.level), else_=table.c.level),
                    "area": case((higher, new.area), else_=table.c.area),
                }
                keys = ["camera_id", "hazard", "hour", "cell"]
                connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
            if self._pruned != hour:
                connection.execute(table.delete().where(table.c.hour < hour - KEPT // timedelta(hours=1)))
        self._heard.clear()
        self._pruned = hour

    def lessons(self, camera: str, now: datetime) -> tuple[Lesson, ...]:
        """Return what is asked of the scores of a camera now."""
        return tuple(known.lesson for known in self.known(camera, now))

    def known(self, camera: str, now: datetime) -> tuple[Known, ...]:
        """Return what a camera has learnt, of each hazard whose rule has a budget."""
        return tuple(self._known(camera, rule, now) for rule in self._learns.get(camera, ()))

    def _known(self, camera: str, rule: Rule, now: datetime) -> Known:
        until = micros(now) // HOUR - SETTLED_HOURS
        rows, spans = self._read(camera, rule.hazard, until)
        real = {hour for span in spans if span.is_real for hour in range(span.first, span.last + 1)}
        dismissed = defaultdict[int, list[str]](list)
        for span in spans:
            if not span.is_real and span.cause:
                dismissed[span.first].append(span.cause)
        cries: dict[int, _Cries] = defaultdict(_Cries)
        peaks: dict[int, float] = defaultdict(float)
        for row in rows:
            if row.hour in real:
                continue
            spot = Spot(cell=row.cell, area=row.area)
            # What the place had cried until then, not with this hour: else each peak would excuse itself.
            factor = cries[row.cell].at(row.hour).factor(spot)
            peaks[row.hour] = max(peaks[row.hour], odds(row.level) / factor)
            if row.level >= CRY and row.cell != NOWHERE:
                causes = dismissed[row.hour]
                cries[row.cell].add(row.hour, DISMISSED if causes else 1.0, row.area, causes)
        enter, tail = rule.enter, None
        why: Why = "rule"
        if len(peaks) >= LEAST_HOURS and rule.budget is not None:
            tail = _tail(peaks, until)
            enter, why = _bounded(tail.threshold(rule.budget))
        present = {cell: one.at(until) for cell, one in cries.items() if one.hours}
        lesson = Lesson(
            hazard=rule.hazard,
            enter=enter,
            places={cell: place for cell, place in present.items() if place.factor(_in(cell, place)) > 1.0},
        )
        low, high = tail.interval(odds(enter)) if tail else (None, None)
        return Known(
            hazard=rule.hazard,
            budget=rule.budget or 0.0,
            rule=rule.enter,
            why=why,
            hours=len(peaks),
            expected=tail.rate(odds(enter)) if tail else None,
            lower=low,
            upper=high,
            lesson=lesson,
            places=_told(lesson, cries),
        )

    def _read(self, camera: str, hazard: str, until: int) -> tuple[Sequence[Any], list[_Span]]:
        """Return the hours kept of a camera before one, oldest first, and its events."""
        table, lives, acts, cameras = schema.quiet, schema.lives, schema.acts, schema.cameras
        lead = lives.alias("lead")
        state, cause = func.coalesce(lead.c.state, lives.c.state), func.coalesce(lead.c.cause, lives.c.cause)
        chief = func.coalesce(lead.c.id, lives.c.id)
        confirmed = select(acts.c.id).where(acts.c.life_id == chief, acts.c.act == "confirm").exists()
        oldest = until - KEPT // timedelta(hours=1)
        events = (
            select(lives.c.opened, lives.c.ended, lives.c.changed, state.label("state"), cause.label("cause"))
            .add_columns(confirmed.label("confirmed"))
            .join(cameras, lives.c.camera_id == cameras.c.id)
            .outerjoin(lead, lives.c.into_id == lead.c.id)
            .where(cameras.c.name == camera, lives.c.hazard == hazard, lives.c.opened >= oldest * HOUR)
            .where(lives.c.origin == "pictures")
        )
        hours = (
            select(table.c.hour, table.c.cell, table.c.level, table.c.area)
            .join(cameras, table.c.camera_id == cameras.c.id)
            .where(cameras.c.name == camera, table.c.hazard == hazard)
            .where(table.c.hour >= oldest, table.c.hour < until)
            .order_by(table.c.hour, table.c.cell)
        )
        with self._beside.transaction("read") as connection:
            rows = connection.execute(hours).all()
            spans = [
                _Span(
                    first=event.opened // HOUR,
                    last=until if event.ended is None else event.ended // HOUR,
                    is_real=event.cause in REAL
                    or event.state in STANDING
                    or (event.confirmed and event.state != "dismissed"),
                    cause=event.cause,
                )
                for event in connection.execute(events)
            ]
        return rows, spans


def _level(recent: Sequence[float], k: int) -> float:
    """Return the highest threshold at which k of the recent scores, the newest among them, would do. [0-1]"""
    return min(recent[-1], sorted(recent, reverse=True)[k - 1]) if len(recent) >= k else 0.0


def _weight(age: int) -> float:
    """Return what an hour counts for after so many hours. [1]"""
    return float(0.5 ** (age / (HALF_LIFE / timedelta(hours=1))))


def _tail(peaks: Mapping[int, float], until: int) -> Tail:
    """Return the tail of the peaks of quiet hours."""
    weighed: list[Peak] = [(peak, _weight(until - hour)) for hour, peak in peaks.items()]
    # A week has as many hours on the watch as the fullest day would give it: rather too many than too few.
    a_day = max(Counter(hour // 24 for hour in peaks).values())
    return tail_of(weighed, sum(weight for _, weight in weighed) / (DAYS_A_WEEK * a_day))


def _bounded(evidence: float) -> tuple[float, Why]:
    """Return a threshold of so much evidence [odds] within the bounds, and which of them holds."""
    enter = evidence / (1.0 + evidence)
    if enter <= LOWEST:
        return LOWEST, "lowest"
    return (HIGHEST, "highest") if enter >= HIGHEST else (enter, "history")


def _in(cell: int, place: Place) -> Spot:
    """Return the spot of a thing that is as large as what cried there."""
    return Spot(cell=cell, area=place.area)


def _told(lesson: Lesson, cries: Mapping[int, _Cries]) -> tuple[WolfPlace, ...]:
    found = [
        WolfPlace(
            cell=cell,
            hours=cries[cell].hours,
            dismissed=cries[cell].dismissed,
            causes=tuple(cause for cause, _ in cries[cell].causes.most_common()),
            asked=lesson.asked(_in(cell, place)),
        )
        for cell, place in lesson.places.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.asked, -one.hours, one.cell)))
