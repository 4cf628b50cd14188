"""Service levels: by when a camera is to be mended, counted in hours of service.

Time runs only within the weekly hours of service, in their own time zone, and not on holidays. An hour is an
hour that passes: on a day that daylight saving makes an hour longer, a service that never sleeps has 25.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from landwatch.clock import aware
from landwatch.errors import UsageError

__all__ = ["ALWAYS", "DAYS", "Escalation", "Level", "due", "served", "until"]

ALWAYS = "mon-sun 00:00-24:00"
"""Hours of a service that never sleeps."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LONGEST_D = 3660
"""A deadline further away than ten years is a mistake in the hours or holidays. [d]"""

MOST_HOURS = 10_000.0
"""Longest time for response or repair, a little more than a year without pause. [h]"""

Role = Literal["built_by", "managed_by", "maintained_by"]
After = Literal["response", "repair"]

PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
STEP = re.compile(r"(response|repair)\+(\d+(?:\.\d+)?):(built_by|managed_by|maintained_by)")

Window = tuple[int, int]
"""Minutes of the day: from, to; 1440 is midnight at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Who is told when a deadline is over."""

    after: After
    """Which deadline."""
    hours: float
    """Service time after it. [h]"""
    role: Role
    """The camera's organisation that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One service level. Text as a person writes it in a table, checked when it is made."""

    name: str
    target: float
    """Share of time that a camera is to be good. [%]"""
    response: float
    """Until the work order is acknowledged, in service time. [h]"""
    repair: float
    """Until the camera is mended, in service time. [h]"""
    hours: str = ALWAYS
    """Weekly hours of service, such as `mon-fri 08:00-17:30, sat 09:00-12:00`."""
    zone: str = "UTC"
    """Time zone of the hours, such as Europe/Zurich."""
    holidays: str = ""
    """Dates without service, such as `2026-01-01 2026-10-01`."""
    escalation: str = ""
    """Who is told how long after a deadline, such as `response+0:managed_by repair+8:built_by`. [h]"""
    _week: tuple[tuple[Window, ...], ...] = field(init=False, repr=False, compare=False)
    _free: frozenset[date] = field(init=False, repr=False, compare=False)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    escalations: tuple[Escalation, ...] = field(init=False, repr=False, compare=False)
    """`escalation`, read."""

    def __post_init__(self) -> None:
        for key, least, most in (
            ("target", 0.0, 100.0),
            ("response", 0.0, MOST_HOURS),
            ("repair", 0.0, MOST_HOURS),
        ):
            if not least <= getattr(self, key) <= most:
                raise UsageError(
                    f"service level {self.name}: {key} = {getattr(self, key)}: "
                    f"allowed are {least:g} to {most:g}"
                )
        object.__setattr__(self, "_week", _week(self.name, self.hours))
        object.__setattr__(self, "_free", _dates(self.name, self.holidays))
        object.__setattr__(self, "_zone", _zone(self.name, self.zone))
        object.__setattr__(self, "escalations", _escalations(self.name, self.escalation))

    def windows(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the times of service of a day of the level's zone, in UTC, in order, none within another."""
        if day in self._free:
            return
        last: datetime | None = None
        for start, end in self._week[day.weekday()]:
            opens = self._moment(day, start, fold=0)
            closes = self._moment(day, end, fold=1)
            if last is not None and opens < last:
                opens = last  # an hour that the clock shows twice is served once
            if opens < closes:
                yield opens, closes
                last = closes

    def local_day(self, moment: datetime) -> date:
        """Return the date of a time in the level's zone."""
        return moment.astimezone(self._zone).date()

    def _moment(self, day: date, minutes: int, *, fold: int) -> datetime:
        if minutes == 1440:
            day, minutes, fold = day + timedelta(days=1), 0, 0
        wall = datetime.combine(day, time(minutes // 60, minutes % 60, fold=fold), self._zone)
        return wall.astimezone(UTC)


def due(level: Level, start: datetime, hours: float) -> datetime:
    """Return when so many hours [h] of service have passed since `start`.

    Raises:
        UsageError: if that is more than ten years away.
    """
    left = timedelta(hours=hours)
    start = aware(start)
    first = level.local_day(start) - timedelta(days=1)
    for ahead in range(LONGEST_D):
        for opens, closes in level.windows(first + timedelta(days=ahead)):
            opens = max(opens, start)
            if closes <= opens:
                continue
            if opens + left <= closes:
                return opens + left
            left -= closes - opens
    raise UsageError(
        f"service level {level.name}: {hours:g} h of service are not over within ten years; look at its "
        "hours and holidays"
    )


def served(level: Level, start: datetime, end: datetime) -> timedelta:
    """Return how much time of service lies between two times; zero where `end` is not after `start`."""
    start, end = aware(start), aware(end)
    total = timedelta()
    day = level.local_day(start) - timedelta(days=1)
    while start < end and day <= level.local_day(end):
        for opens, closes in level.windows(day):
            total += max(timedelta(), min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return total


def until(level: Level, now: datetime, deadline: datetime) -> timedelta:
    """Return the time of service from now to a deadline, less than zero where it is over."""
    return served(level, now, deadline) if deadline >= now else -served(level, deadline, now)


def _week(name: str, hours: str) -> tuple[tuple[Window, ...], ...]:
    week: list[list[Window]] = [[] for _ in DAYS]
    for part in hours.split(","):
        found = PART.fullmatch(part.strip())
        first, last = (found[1], found[2] or found[1]) if found else ("", "")
        if found is None or first not in DAYS or last not in DAYS:
            raise UsageError(
                f"service level {name}: hours = {part.strip()!r}: write days and times, such as "
                "'mon-fri 08:00-17:30', and more after a comma"
            )
        start, end = 60 * int(found[3]) + int(found[4]), 60 * int(found[5]) + int(found[6])
        if not 0 <= start < end <= 1440 or int(found[4]) > 59 or int(found[6]) > 59:
            raise UsageError(
                f"service level {name}: hours = {part.strip()!r}: times go from 00:00 to 24:00, the first "
                "before the second; write a night as two parts"
            )
        day, to = DAYS.index(first), DAYS.index(last)
        for index in range(day, to + 1 if to >= day else to + 8):
            week[index % 7].append((start, end))
    return tuple(tuple(sorted(windows)) for windows in week)


def _dates(name: str, holidays: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(one) for one in holidays.replace(",", " ").split())
    except ValueError as error:
        raise UsageError(
            f"service level {name}: holidays: {error}; write dates such as 2026-01-01, with spaces between"
        ) from None


def _zone(name: str, zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"service level {name}: zone = {zone!r}: no such time zone; write one such as Europe/Zurich"
        ) from None


def _escalations(name: str, text: str) -> tuple[Escalation, ...]:
    steps = []
    for word in text.split():
        found = STEP.fullmatch(word)
        if found is None:
            raise UsageError(
                f"service level {name}: escalation = {word!r}: write response+HOURS:ROLE or "
                "repair+HOURS:ROLE; roles are built_by, managed_by, maintained_by"
            )
        after: After = "response" if found[1] == "response" else "repair"
        role: Role = (
            "built_by"
            if found[3] == "built_by"
            else "managed_by"
            if found[3] == "managed_by"
            else "maintained_by"
        )
        steps.append(Escalation(after=after, hours=float(found[2]), role=role))
    return tuple(steps)
