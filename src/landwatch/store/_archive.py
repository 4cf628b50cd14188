"""Finds what was kept: any number of readers, in any process, while the writer writes.

In each span of time `since` is inside and `until` outside. A limit takes the newest, in whatever order they
are returned; whoever wants all of a long span streams it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from landwatch.errors import StoreError
from landwatch.store import _schema as schema
from landwatch.store._database import Database, head, revision
from landwatch.store._memory import Memory, memory_of
from landwatch.store._newest import camera_records, findings_of, glances, pictures_of
from landwatch.store._newest import findings as newest_findings
from landwatch.store._records import (
    CameraRecord,
    Glance,
    PictureRecord,
    ShownCamera,
    Size,
    Station,
    any_picture,
    micros,
    moment,
    place_of,
    to_event,
    to_finding,
    to_message,
    to_outage,
    to_picture,
    to_reading,
)
from landwatch.store._writer import PICTURES
from landwatch.types import Event, EventState, Finding, Message, Outage, Reading, Status

__all__ = ["Archive", "Mark"]

Mark = tuple[int, int]
"""Where a page of pictures ended: capture time in microseconds, and row."""

PAGE = 5000
"""Rows that a stream reads at a time: each page is a transaction of its own, so that a slow export does not
keep the writer's log from being folded into the database."""

_cameras, _stills, _pictures = schema.cameras, schema.stills, schema.pictures
_series, _readings, _checks, _findings = schema.series, schema.readings, schema.checks, schema.findings
_events, _outages, _messages = schema.events, schema.outages, schema.messages

_camera = _cameras.c.name.label("camera")
_any_reading: Select[Any] = (
    select(_readings, _camera, _series.c.quantity, _series.c.unit, _series.c.method)
    .join(_series, _readings.c.series_id == _series.c.id)
    .join(_cameras, _series.c.camera_id == _cameras.c.id)
)
_any_finding: Select[Any] = (
    select(_findings, _camera, _checks.c.name.label("check"), _checks.c.unit)
    .join(_checks, _findings.c.check_id == _checks.c.id)
    .join(_cameras, _checks.c.camera_id == _cameras.c.id)
)
_any_event: Select[Any] = select(_events, _camera).join(_cameras, _events.c.camera_id == _cameras.c.id)
_any_outage: Select[Any] = select(_outages, _camera).join(_cameras, _outages.c.camera_id == _cameras.c.id)


_kept = select(_pictures.c.taken).where(
    _pictures.c.camera_id == _cameras.c.id, _pictures.c.still_id.is_not(None)
)
_kept = _kept.correlate(_cameras).limit(1)
OLDEST_SHOWN = _kept.order_by(_pictures.c.taken).scalar_subquery().label("first")
NEWEST_SHOWN = _kept.order_by(_pictures.c.taken.desc()).scalar_subquery().label("last")
"""Capture times of the oldest and the newest picture of a camera that are kept."""


class Archive:
    """What a store holds, for reading. May be used from several threads."""

    def __init__(self, folder: Path, *, url: SecretStr | None = None) -> None:
        """Open the store of `folder`.

        Args:
            folder: of the pictures, and of the tables where `url` is None.
            url: postgresql://USER:PASSWORD@HOST/DATABASE, where the tables are there.

        Raises:
            StoreError: if there is none, or its tables are not those that this Landwatch knows.
            ConfigError: if `url` is no address of PostgreSQL, or its driver is not installed.
        """
        self.folder = folder
        self._database = Database(folder, url)
        self._engine = self._database.reader()
        with self.reading() as connection:
            found = revision(connection)
        if found is None:
            self._engine.dispose()
            raise StoreError(
                f"there is no store in {self._database.where}; "
                "`landwatch run` and `landwatch replay` make one"
            )
        if found != head():
            self._engine.dispose()
            raise StoreError(
                f"the store in {self._database.where} has tables at {found!r}, this Landwatch reads "
                f"{head()!r}; `landwatch run` brings an older one up to date, a newer one needs a newer "
                "Landwatch"
            )

    def cameras(self, names: Sequence[str] | None = None) -> list[CameraRecord]:
        """Return each camera that was ever enrolled, or those of these names, in order of name."""
        with self.reading() as connection:
            if names is None:
                return camera_records(connection)
            found = [one for part in _named(names) for one in camera_records(connection, part)]
        return sorted(found, key=lambda record: record.name)

    def glances(self) -> list[Glance]:
        """Return each camera that was ever enrolled, in few words and in order of name."""
        with self.reading() as connection:
            return glances(connection)

    def newest_shown(self, names: Sequence[str]) -> dict[str, PictureRecord]:
        """Return the newest cleared picture that is kept of each of these cameras, by name."""
        with self.reading() as connection:
            return {
                name: picture
                for part in _named(names)
                for (name, shown), picture in pictures_of(connection, part).items()
                if shown
            }

    def troubles(self, names: Sequence[str]) -> dict[str, list[Finding]]:
        """Return the newest findings of each of these cameras that are not good, by name."""
        with self.reading() as connection:
            return {
                name: found
                for part in _named(names)
                for name, found in findings_of(connection, part, newest_findings.c.state != "good").items()
            }

    def stations(self) -> dict[str, Station]:
        """Return what each camera that was ever enrolled is called and where it stands, in order of name."""
        with self.reading() as connection:
            rows = connection.execute(select(_cameras).order_by(_cameras.c.name)).all()
        return {
            row.name: Station(
                name=row.name, title=row.title or row.name, place=place_of(row), followed=row.followed
            )
            for row in rows
        }

    def titles(self) -> dict[str, str]:
        """Return what people call each camera that was ever enrolled, by its name."""
        with self.reading() as connection:
            rows = connection.execute(select(_cameras.c.name, _cameras.c.title).order_by(_cameras.c.name))
            return {row.name: row.title or row.name for row in rows}

    def camera(self, name: str) -> CameraRecord | None:
        """Return one camera, or None where none of that name was enrolled."""
        with self.reading() as connection:
            return next(iter(camera_records(connection, _cameras.c.name == name)), None)

    def pictures(
        self,
        camera: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        status: Status | None = None,
    ) -> list[PictureRecord]:
        """Return a camera's pictures by capture time, newest first."""
        statement = any_picture.where(_cameras.c.name == camera, *_span(_pictures.c.taken, since, until))
        if status is not None:
            statement = statement.where(_pictures.c.status == status)
        statement = statement.order_by(_pictures.c.taken.desc(), _pictures.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [to_picture(row) for row in connection.execute(statement)]

    def shown(
        self,
        cameras: Sequence[str],
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        after: Mark | None = None,
        limit: int = 100,
    ) -> tuple[list[PictureRecord], Mark | None]:
        """Return a page of cleared pictures that are kept, newest first.

        Args:
            cameras: of which they are.
            since: first capture time.
            until: end of the span, outside of it.
            after: where the page before ended.
            limit: how many at most.

        Returns:
            the page, and where it ended if there are more.
        """
        kept = any_picture.where(_pictures.c.still_id.is_not(None), *_span(_pictures.c.taken, since, until))
        # Each camera is read by its own index, and no further than it is needed.
        at_once = 2 + 2 * limit // max(1, len(cameras))

        def of(connection: Connection, camera: str) -> Iterator[Any]:
            last = after
            while True:
                page = kept if last is None else kept.where(tuple_(_pictures.c.taken, _pictures.c.id) < last)
                page = page.where(_cameras.c.name == camera).limit(at_once)
                rows = connection.execute(
                    page.order_by(_pictures.c.taken.desc(), _pictures.c.id.desc())
                ).all()
                yield from rows
                if len(rows) < at_once:
                    return
                last = (rows[-1].taken, rows[-1].id)

        with self.reading() as connection:
            merged = heapq.merge(
                *(of(connection, camera) for camera in cameras),
                key=lambda row: (row.taken, row.id),
                reverse=True,
            )
            rows = list(islice(merged, limit + 1))
        mark = (rows[limit - 1].taken, rows[limit - 1].id) if len(rows) > limit else None
        return [to_picture(row) for row in rows[:limit]], mark

    def memory(self, camera: str, version: int) -> Memory:
        """Return the pictures from which a version of a camera's view goes on at a new start."""
        with self.reading() as connection:
            return memory_of(connection, camera, version)

    def count_shown(
        self, cameras: Sequence[str], since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """Return how many cleared pictures of some cameras are kept of a span."""
        kept = select(func.count(_pictures.c.id)).join(_cameras, _pictures.c.camera_id == _cameras.c.id)
        kept = kept.where(_pictures.c.still_id.is_not(None), *_span(_pictures.c.taken, since, until))
        with self.reading() as connection:
            return sum(connection.scalar(kept.where(_cameras.c.name == camera)) or 0 for camera in cameras)

    def shown_cameras(self, name: str | None = None) -> list[ShownCamera]:
        """Return the cameras of which cleared pictures are kept, in order of name."""
        chosen = [] if name is None else [_cameras.c.name == name]
        statement = select(_cameras, OLDEST_SHOWN, NEWEST_SHOWN).where(*chosen).order_by(_cameras.c.name)
        with self.reading() as connection:
            return [
                ShownCamera(
                    name=row.name,
                    title=row.title,
                    place=place_of(row),
                    interval=row.interval,
                    followed=row.followed,
                    first=moment(row.first),
                    last=moment(row.last),
                )
                for row in connection.execute(statement)
                if row.first is not None
            ]

    def readings(
        self,
        camera: str | None = None,
        quantity: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> list[Reading]:
        """Return the newest `limit` readings of a span, oldest first."""
        span = _span(_readings.c.time, since, until)
        chosen = _series_of(camera, quantity)
        newest = (_readings.c.time.desc(), _readings.c.id.desc())
        with self.reading() as connection:
            if camera is None:
                statement = _any_reading.where(*span, *chosen).order_by(*newest).limit(limit)
                rows: Sequence[Any] = connection.execute(statement).all()
            else:
                # A camera has few series, and each has its index: no year is sorted for its last 1000.
                found = connection.scalars(select(_series.c.id).join(_cameras).where(*chosen)).all()
                each = [_any_reading.where(_readings.c.series_id == one, *span) for one in found]
                rows = _newest(connection, [part.order_by(*newest).limit(limit) for part in each], limit)
        return [to_reading(row) for row in reversed(rows)]

    def findings(
        self,
        camera: str,
        check: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
        *,
        changes: bool = False,
    ) -> list[Finding]:
        """Return the newest `limit` findings of a camera, oldest first.

        Args:
            camera: the camera's name.
            check: one check, or all.
            since: first time.
            until: end of the span, outside of it.
            limit: how many at most.
            changes: only those with which the camera came into another state.
        """
        chosen = [_cameras.c.name == camera]
        if check is not None:
            chosen.append(_checks.c.name == check)
        span = _span(_findings.c.time, since, until)
        if changes:
            span.append(_findings.c.time == _findings.c.since)
        newest = (_findings.c.time.desc(), _findings.c.id.desc())
        with self.reading() as connection:
            found = connection.scalars(select(_checks.c.id).join(_cameras).where(*chosen)).all()
            each = [_any_finding.where(_findings.c.check_id == one, *span) for one in found]
            rows = _newest(connection, [part.order_by(*newest).limit(limit) for part in each], limit)
        return [to_finding(row) for row in reversed(rows)]

    def events(
        self,
        camera: str | None = None,
        hazard: str | None = None,
        state: EventState | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Event]:
        """Return the newest state of each event, newest first.

        Args:
            camera: one camera, or all.
            hazard: one hazard, or all.
            state: only events that are in this state now.
            since: only events that came into their state at this time or later.
            limit: how many at most.
        """
        newest = select(func.max(_events.c.id)).group_by(_events.c.event)
        if camera is not None:
            newest = newest.join(_cameras).where(_cameras.c.name == camera)
        statement = _any_event.where(_events.c.id.in_(newest), *_span(_events.c.time, since, None))
        if hazard is not None:
            statement = statement.where(_events.c.hazard == hazard)
        if state is not None:
            statement = statement.where(_events.c.state == state)
        statement = statement.order_by(_events.c.time.desc(), _events.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [to_event(row) for row in connection.execute(statement)]

    def newest_events(self, ids: Sequence[str]) -> list[Event]:
        """Return the newest state of each of these events."""
        found: list[Event] = []
        with self.reading() as connection:
            for start in range(0, len(ids), PAGE):
                chosen = _events.c.event.in_(ids[start : start + PAGE])
                newest = select(func.max(_events.c.id)).where(chosen).group_by(_events.c.event)
                rows = connection.execute(_any_event.where(_events.c.id.in_(newest)))
                found += [to_event(row) for row in rows]
        return found

    def event(self, event: str) -> list[Event]:
        """Return the whole life of one event, oldest first; empty where there is none of that id."""
        statement = _any_event.where(_events.c.event == event).order_by(_events.c.id)
        with self.reading() as connection:
            return [to_event(row) for row in connection.execute(statement)]

    def outages(
        self, camera: str | None = None, since: datetime | None = None, limit: int = 100
    ) -> list[Outage]:
        """Return turns without a picture, newest first."""
        statement = _any_outage.where(*_span(_outages.c.time, since, None))
        if camera is not None:
            statement = statement.where(_cameras.c.name == camera)
        statement = statement.order_by(_outages.c.time.desc(), _outages.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [to_outage(row) for row in connection.execute(statement)]

    def undelivered(self, outlet: str | None = None, limit: int = 100) -> list[Message]:
        """Return messages that wait in the outbox, in the order in which they were put."""
        statement = select(_messages).where(_messages.c.delivered.is_(None), _messages.c.skipped.is_(None))
        if outlet is not None:
            statement = statement.where(_messages.c.outlet == outlet)
        with self.reading() as connection:
            return [
                to_message(row) for row in connection.execute(statement.order_by(_messages.c.id).limit(limit))
            ]

    def still(self, sha256: str) -> Path | None:
        """Return the file of a cleared picture, or None where it is not, or no longer, kept."""
        with self.reading() as connection:
            path = connection.scalar(select(_stills.c.path).where(_stills.c.sha256 == sha256))
        if path is None:
            return None
        file = self.folder / PICTURES / path
        return file if file.is_file() else None

    def stream_readings(
        self,
        camera: str | None = None,
        quantity: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Reading]:
        """Yield all readings of a span, oldest first, without holding them in memory."""
        wanted = _any_reading.where(*_span(_readings.c.time, since, until))
        chosen = _series_of(camera, quantity)
        if camera is None:
            parts = [wanted.where(*chosen)]
        else:
            with self.reading() as connection:
                found = connection.scalars(select(_series.c.id).join(_cameras).where(*chosen)).all()
            parts = [wanted.where(_readings.c.series_id == one) for one in found]
        pages = [self._pages(part, _readings.c.time, _readings.c.id) for part in parts]
        for row in heapq.merge(*pages, key=lambda row: (row.time, row.id)):
            yield to_reading(row)

    def stream_events(
        self,
        camera: str | None = None,
        hazard: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Event]:
        """Yield every change of every event, oldest first, without holding them in memory."""
        wanted = _any_event.where(*_span(_events.c.time, since, until))
        if camera is not None:
            wanted = wanted.where(_cameras.c.name == camera)
        if hazard is not None:
            wanted = wanted.where(_events.c.hazard == hazard)
        for row in self._pages(wanted, _events.c.time, _events.c.id):
            yield to_event(row)

    def statuses(self, since: datetime, until: datetime) -> dict[Status, int]:
        """Return how many frames of a span were cleared, withheld and forgotten, of all cameras together."""
        # By way of the cameras, for their index has the times: pictures are never searched by time alone.
        statement = (
            select(_pictures.c.status, func.count())
            .select_from(_cameras)
            .join(_pictures, _pictures.c.camera_id == _cameras.c.id)
            .where(*_span(_pictures.c.taken, since, until))
            .group_by(_pictures.c.status)
        )
        with self.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def delivered(self, since: datetime) -> dict[tuple[str, str], int]:
        """Return how many messages were delivered since a time, by outlet and kind."""
        statement = (
            select(_messages.c.outlet, _messages.c.kind, func.count())
            .where(_messages.c.delivered >= micros(since))
            .group_by(_messages.c.outlet, _messages.c.kind)
            .order_by(_messages.c.outlet, _messages.c.kind)
        )
        with self.reading() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(statement)}

    def size(self) -> Size:
        """Return how much the store holds. Counts rows, which takes seconds where there are millions."""
        with self.reading() as connection:
            rows = {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in schema.metadata.sorted_tables
            }
            kept = connection.scalar(select(func.coalesce(func.sum(_stills.c.bytes), 0))) or 0
            waiting = connection.scalar(
                select(func.count())
                .select_from(_messages)
                .where(_messages.c.delivered.is_(None), _messages.c.skipped.is_(None))
            )
            taken = self._database.bytes(connection)
        return Size(
            rows=rows,
            database_bytes=taken,
            stills_bytes=int(kept),
            undelivered=waiting or 0,
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give one snapshot; for rooms beside the way, which have tables of their own."""
        with self._database.translated("read"), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def __enter__(self) -> Archive:
        """Return the archive itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def _pages(self, wanted: Select[Any], time: ColumnElement[Any], row: ColumnElement[Any]) -> Iterator[Any]:
        after: tuple[int, int] | None = None
        while True:
            page = wanted if after is None else wanted.where(tuple_(time, row) > after)
            with self.reading() as connection:
                rows = connection.execute(page.order_by(time, row).limit(PAGE)).all()
            yield from rows
            if len(rows) < PAGE:
                return
            after = (rows[-1].time, rows[-1].id)


def _named(names: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return what chooses cameras by name, in parts that a statement can hold."""
    return [_cameras.c.name.in_(names[start : start + PAGE]) for start in range(0, len(names), PAGE)]


def _span(
    column: ColumnElement[Any], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    bounds = []
    if since is not None:
        bounds.append(column >= micros(since))
    if until is not None:
        bounds.append(column < micros(until))
    return bounds


def _series_of(camera: str | None, quantity: str | None) -> list[ColumnElement[bool]]:
    chosen = []
    if camera is not None:
        chosen.append(_cameras.c.name == camera)
    if quantity is not None:
        chosen.append(_series.c.quantity == quantity)
    return chosen


def _newest(connection: Connection, parts: list[Select[Any]], limit: int) -> list[Any]:
    """Return the newest `limit` rows of several statements, each sorted newest first."""
    rows = [connection.execute(part).all() for part in parts]
    return list(islice(heapq.merge(*rows, key=lambda row: (row.time, row.id), reverse=True), limit))
