"""Finds how events stand, what was done about them, what was told, and where cameras are blind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select, tuple_

from landwatch.alert.records import STANDING, Alert, Blind, Deed, Dismissal, Life, LifeState, Strip
from landwatch.store import Mark, micros, moment, schema

__all__ = ["Book", "life_of", "lives_of"]

_lives, _acts, _cameras, _alerts = schema.lives, schema.acts, schema.cameras, schema.alerts
_events, _blinds, _strips = schema.events, schema.blinds, schema.strips
_messages = schema.messages
_lead = _lives.alias("lead")

_any_life: Select[Any] = (
    select(_lives, _cameras.c.name.label("camera"), _lead.c.event.label("into"))
    .join(_cameras, _lives.c.camera_id == _cameras.c.id)
    .outerjoin(_lead, _lives.c.into_id == _lead.c.id)
)
_told = select(_messages.c.body).join(
    _alerts, and_(_messages.c.outlet == _alerts.c.outlet, _messages.c.key == _alerts.c.identifier)
)
_any_blind: Select[Any] = select(_blinds, _cameras.c.name.label("camera")).join(_cameras)

MOST_IDS = 500
"""Ids in one statement: SQLite takes 32766 values at most, and PostgreSQL 65535."""


class Book:
    """What is known of events beside what the pictures say, for reading."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Take what gives a snapshot, such as `Archive.reading`."""
        self._reading = reading

    def life(self, event: str) -> Life | None:
        """Return how an event stands; None where there is none of that id."""
        with self._reading() as connection:
            return life_of(connection, event)

    def lives(
        self,
        states: Iterable[LifeState] | None = None,
        *,
        camera: str | None = None,
        hazard: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Life]:
        """Return how events stand, those that opened last first.

        Args:
            states: only those in one of these states.
            camera: only of this camera.
            hazard: only of this hazard.
            since: only those that something was done about at this time or later.
            limit: at most so many.
        """
        statement = _any_life
        if states is not None:
            statement = statement.where(_lives.c.state.in_(tuple(states)))
        if camera is not None:
            statement = statement.where(_cameras.c.name == camera)
        if hazard is not None:
            statement = statement.where(_lives.c.hazard == hazard)
        if since is not None:
            statement = statement.where(_lives.c.changed >= micros(since))
        statement = statement.order_by(_lives.c.opened.desc(), _lives.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [to_life(row) for row in connection.execute(statement)]

    def page(
        self,
        *,
        states: Iterable[LifeState] | None = None,
        cameras: Sequence[str] | None = None,
        hazard: str | None = None,
        drill: bool | None = None,
        first: datetime | None = None,
        last: datetime | None = None,
        after: Mark | None = None,
        limit: int,
    ) -> list[tuple[Mark, Life]]:
        """Return how events stand, those that opened last first, each with where a page that it ends goes on.

        Args:
            states: only those in one of these states.
            cameras: only of these.
            hazard: only of this hazard.
            drill: only exercises, or only what is none.
            first: only those that were not over before this time.
            last: only those that opened at this time or before.
            after: where the page before ended.
            limit: at most so many.
        """
        over = func.coalesce(_lives.c.ended, _lives.c.changed)
        chosen: list[ColumnElement[bool]] = []
        if states is not None:
            chosen.append(_lives.c.state.in_(tuple(states)))
        if cameras is not None:
            chosen.append(_cameras.c.name.in_(cameras))
        if hazard is not None:
            chosen.append(_lives.c.hazard == hazard)
        if drill is not None:
            chosen.append(_lives.c.drill == drill)
        if first is not None:
            chosen.append(_lives.c.state.in_(STANDING) | (over >= micros(first)))
        if last is not None:
            chosen.append(_lives.c.opened <= micros(last))
        if after is not None:
            chosen.append(tuple_(_lives.c.opened, _lives.c.id) < after)
        statement = _any_life.where(*chosen).order_by(_lives.c.opened.desc(), _lives.c.id.desc())
        with self._reading() as connection:
            rows = connection.execute(statement.limit(limit)).all()
        return [((row.opened, row.id), to_life(row)) for row in rows]

    def of(self, events: Sequence[str]) -> dict[str, Life]:
        """Return how these events stand, by their ids."""
        found: dict[str, Life] = {}
        with self._reading() as connection:
            for start in range(0, len(events), MOST_IDS):
                chosen = _lives.c.event.in_(events[start : start + MOST_IDS])
                rows = connection.execute(_any_life.where(chosen))
                found.update((row.event, to_life(row)) for row in rows)
        return found

    def merged(self, *events: str) -> list[Life]:
        """Return the events that were merged into these, in the order in which they opened."""
        found: list[Life] = []
        with self._reading() as connection:
            for start in range(0, len(events), MOST_IDS):
                found += lives_of(connection, _lead.c.event.in_(events[start : start + MOST_IDS]))
        return found

    def deeds(self, event: str) -> list[Deed]:
        """Return all that was done about an event, oldest first."""
        with self._reading() as connection:
            return [to_deed(row) for row in connection.execute(_of(_acts, event))]

    def alerts(self, event: str) -> list[Alert]:
        """Return the alerts that were written of an event, oldest first."""
        with self._reading() as connection:
            return [to_alert(row) for row in connection.execute(_of(_alerts, event))]

    def newest_alerts(self, outlet: str, limit: int) -> list[str]:
        """Return the bodies of the messages of an outlet's newest alerts, those sent last first."""
        statement = _told.where(_alerts.c.outlet == outlet)
        statement = statement.order_by(_alerts.c.sent.desc(), _alerts.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return list(connection.scalars(statement))

    def alert(self, outlet: str, identifier: str) -> str | None:
        """Return the body of the message of one alert; None where there is none."""
        statement = _told.where(_alerts.c.outlet == outlet, _alerts.c.identifier == identifier)
        with self._reading() as connection:
            body: str | None = connection.scalar(statement)
        return body

    def strip(self, event: str) -> list[Strip]:
        """Return the cleared pictures from around an event's opening, oldest first."""
        statement = (
            select(_strips)
            .join(_lives, _strips.c.life_id == _lives.c.id)
            .where(_lives.c.event == event)
            .order_by(_strips.c.taken)
        )
        with self._reading() as connection:
            return [Strip(still=row.still, taken=moment(row.taken)) for row in connection.execute(statement)]

    def dismissals(
        self,
        camera: str | None = None,
        hazard: str | None = None,
        since: datetime | None = None,
        limit: int = 1000,
    ) -> list[Dismissal]:
        """Return false alarms with their causes, those dismissed last first; drills are none.

        An event that was merged into a dismissed one is a false alarm of its own camera. One that was opened
        by hand is nobody's.
        """
        judged = func.coalesce(_lead.c.state, _lives.c.state)
        cause = func.coalesce(_lead.c.cause, _lives.c.cause)
        changed = func.coalesce(_lead.c.changed, _lives.c.changed)
        span = (
            select(
                _events.c.event,
                func.max(_events.c.score).label("score"),
                func.min(_events.c.id).label("first"),
                func.max(_events.c.id).label("last"),
            )
            .group_by(_events.c.event)
            .subquery()
        )
        first, last = _events.alias("first_row"), _events.alias("last_row")
        statement = (
            select(
                _lives.c.event,
                _lives.c.hazard,
                _cameras.c.name.label("camera"),
                _lives.c.opened,
                changed.label("dismissed"),
                cause.label("why"),
                span.c.score,
                last.c.region,
                first.c.still,
            )
            .join(_cameras, _lives.c.camera_id == _cameras.c.id)
            .outerjoin(_lead, _lives.c.into_id == _lead.c.id)
            .join(span, span.c.event == _lives.c.event)
            .join(first, first.c.id == span.c.first)
            .join(last, last.c.id == span.c.last)
            .where(judged == "dismissed", ~_lives.c.drill, _lives.c.origin == "pictures")
            .order_by(changed.desc(), _lives.c.id.desc())
            .limit(limit)
        )
        if camera is not None:
            statement = statement.where(_cameras.c.name == camera)
        if hazard is not None:
            statement = statement.where(_lives.c.hazard == hazard)
        if since is not None:
            statement = statement.where(changed >= micros(since))
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Dismissal(
                event=row.event,
                hazard=row.hazard,
                camera=row.camera,
                opened=moment(row.opened),
                dismissed=moment(row.dismissed),
                cause=row.why,
                score=row.score,
                region=tuple(json.loads(row.region)) if row.region else None,
                still=row.still,
            )
            for row in rows
        ]

    def blind(self, camera: str | None = None) -> list[Blind]:
        """Return which cameras cannot see which hazards now, in order of name."""
        statement = _any_blind.where(_blinds.c.until.is_(None))
        if camera is not None:
            statement = statement.where(_cameras.c.name == camera)
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(_cameras.c.name, _blinds.c.hazard))
            return [to_blind(row) for row in rows]

    def blind_times(
        self,
        camera: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> list[Blind]:
        """Return when a camera, or any, could not see within a span of time, newest first."""
        statement = _any_blind if camera is None else _any_blind.where(_cameras.c.name == camera)
        if since is not None:
            statement = statement.where(_blinds.c.until.is_(None) | (_blinds.c.until > micros(since)))
        if until is not None:
            statement = statement.where(_blinds.c.since < micros(until))
        statement = statement.order_by(_blinds.c.since.desc(), _blinds.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [to_blind(row) for row in connection.execute(statement)]


def _of(table: Table, event: str) -> Select[Any]:
    """Return the question for the rows of a table that belong to an event, oldest first."""
    joined = select(table).join(_lives, table.c.life_id == _lives.c.id)
    return joined.where(_lives.c.event == event).order_by(table.c.id)


def life_of(connection: Connection, event: str) -> Life | None:
    """Return how an event stands, within a transaction."""
    return next(iter(lives_of(connection, _lives.c.event == event)), None)


def lives_of(connection: Connection, *chosen: Any) -> list[Life]:
    """Return how some events stand, in the order in which they opened, within a transaction."""
    statement = _any_life.where(and_(*chosen)).order_by(_lives.c.opened, _lives.c.id)
    return [to_life(row) for row in connection.execute(statement)]


def to_life(row: Any) -> Life:
    """Return the life of a row of lives, camera and lead."""
    return Life(
        event=row.event,
        hazard=row.hazard,
        camera=row.camera,
        origin=row.origin,
        drill=row.drill,
        state=row.state,
        opened=moment(row.opened),
        changed=moment(row.changed),
        ended=None if row.ended is None else moment(row.ended),
        cause=row.cause,
        into=row.into,
        version=row.version,
        desk=row.desk or "",
    )


def to_deed(row: Any) -> Deed:
    """Return the deed of a row of acts."""
    return Deed(
        time=moment(row.time),
        act=row.act,
        state=row.state,
        role=row.role,
        cause=row.cause,
        note=row.note,
        desk=row.desk or "",
    )


def to_alert(row: Any) -> Alert:
    """Return the alert of a row of alerts."""
    return Alert(
        outlet=row.outlet,
        identifier=row.identifier,
        sender=row.sender,
        sent=moment(row.sent),
        kind=row.kind,
        act=row.act,
    )


def to_blind(row: Any) -> Blind:
    """Return the blindness of a row of blinds and camera."""
    return Blind(
        camera=row.camera,
        hazard=row.hazard,
        why=row.why,
        began=moment(row.began),
        since=moment(row.since),
        until=None if row.until is None else moment(row.until),
    )
