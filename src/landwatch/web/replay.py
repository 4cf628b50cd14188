"""How a day was: states of cameras, blindness and events, by the store's history.

States of the past are those that lasted long enough to be believed (`upkeep`), not each moment's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fastapi import Request

from landwatch.alert import Blind, Book
from landwatch.store import Archive, Glance
from landwatch.types import Event
from landwatch.upkeep import Book as UpkeepBook
from landwatch.upkeep import Condition
from landwatch.web.fleet import Tile
from landwatch.web.standing import entries, seen_by
from landwatch.web.states import Cause

__all__ = ["DAY", "Day", "Span", "asked", "day_of", "tiles_at"]

DAY = timedelta(days=1)

MOST_EVENTS = 500
"""Events of a day that are replayed. [1]"""

MOST_BLIND = 20_000
"""Spans of blindness of a day that are replayed. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When an event stood."""

    event: Event
    """What the pictures said of it last."""
    until: datetime | None
    """None while it stands."""
    cameras: tuple[str, ...]
    """Its own first, then those of events that were joined with it."""

    def covers(self, moment: datetime) -> bool:
        """True when the event stood at a time."""
        return self.event.opened <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that is known of 24 hours."""

    since: datetime
    conditions: tuple[Condition, ...]
    """Oldest first; the first of a camera may have begun before the day."""
    blind: tuple[Blind, ...]
    events: tuple[Span, ...]

    def at(self, moment: datetime) -> tuple[dict[str, Condition], list[Blind], list[Span]]:
        """Return how cameras were, what they could not see and which events stood at a time."""
        return (
            {one.camera: one for one in self.conditions if one.since <= moment},
            [one for one in self.blind if one.since <= moment and (one.until is None or moment < one.until)],
            [span for span in self.events if span.covers(moment)],
        )


def asked(request: Request) -> datetime | None:
    """Return the time that an address asks for by `day` and `minute`, both of UTC; None for now."""
    query = request.query_params
    try:
        day = date.fromisoformat(query.get("day", ""))
        minute = min(max(int(query.get("minute", "0") or 0), 0), 24 * 60 - 1)
        moment = datetime.combine(day, time(), UTC) + timedelta(minutes=minute)
    except (ValueError, OverflowError):
        return None
    now: datetime = request.app.state.clock.now()
    return moment if now - moment < timedelta(days=36_500) else None


def day_of(request: Request, moment: datetime) -> Day:
    """Return the day, of UTC, that a time lies in."""
    archive: Archive = request.app.state.archive
    upkeep: UpkeepBook = request.app.state.book
    since = datetime.combine(moment.date(), time(), UTC)
    until = since + DAY
    return Day(
        since=since,
        conditions=tuple(upkeep.conditions_between(since, until)),
        blind=tuple(request.app.state.events.blind_times(since=since, until=until, limit=MOST_BLIND)),
        events=_events(archive, request.app.state.events, since, until),
    )


def _events(archive: Archive, book: Book, since: datetime, until: datetime) -> tuple[Span, ...]:
    found: list[tuple[Event, datetime | None]] = []
    for stands in (True, False):
        for one in entries(archive, book, stands=stands, limit=MOST_EVENTS):
            end = None
            if not stands:
                end = one.life.changed if one.life is not None else one.event.time
            if one.event.opened < until and (end is None or end >= since) and one.state != "merged":
                found.append((one.event, end))
    cameras = seen_by(book, [event for event, _ in found])
    return tuple(Span(event=event, until=end, cameras=cameras[event.id]) for event, end in found)


def tiles_at(request: Request, cameras: Sequence[Glance], moment: datetime) -> tuple[list[Tile], list[Event]]:
    """Return cameras as they were at a time, without pictures, and the events that stood, latest first."""
    conditions, blind, spans = day_of(request, moment).at(moment)
    blind_of: dict[str, list[Blind]] = defaultdict(list)
    for one in blind:
        blind_of[one.camera].append(one)
    events_of: dict[str, list[Event]] = defaultdict(list)
    for span in spans:
        for name in span.cameras:
            events_of[name].append(span.event)
    tiles = []
    for camera in cameras:
        if camera.followed:
            condition = conditions.get(camera.name)
            tiles.append(
                Tile(
                    camera=camera,
                    state="unknown" if condition is None else condition.state,
                    events=tuple(events_of[camera.name]),
                    blind=tuple(blind_of[camera.name]),
                    orders=0,
                    late=False,
                    why=() if condition is None else _why(condition),
                )
            )
    return tiles, [span.event for span in spans]


def _why(condition: Condition) -> tuple[Cause, ...]:
    if not condition.cause:
        return ()
    return (Cause(kind="check", state=condition.state, since=condition.since, word=condition.cause),)
