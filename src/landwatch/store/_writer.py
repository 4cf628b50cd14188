"""Keeps outcomes: the one writer of a store.

What `keep` returned from is on the disk, whole: the picture's file first, then one transaction with all
that was found in it. A failure leaves what was there before.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, Table, and_, bindparam, exists, func, select

from landwatch.clock import Clock
from landwatch.config import Camera
from landwatch.errors import StoreError
from landwatch.store import _newest as newest
from landwatch.store import _records as records
from landwatch.store import _schema as schema
from landwatch.store._database import Database, migrate, translated
from landwatch.store._days import Tally
from landwatch.store._files import Tree
from landwatch.store._lock import WriterLock
from landwatch.store._memory import references
from landwatch.store._outbox import insert, put, waiting
from landwatch.store._records import Pruned, micros, text
from landwatch.store._rows import put_rows
from landwatch.types import Event, Message, Outage, Outcome, Still

__all__ = ["PICTURES", "Store"]

PICTURES = "pictures"
"""The folder of cleared pictures in the store's folder."""

KEEP_PICTURES = timedelta(days=30)
"""How long pictures that no event points to are kept, unless the configuration says otherwise."""

BATCH = 500
"""Stills that one transaction of a pruning takes away, so that keeping never waits long for it."""

STILLS = select(schema.stills).where(schema.stills.c.sha256.in_(bindparam("hashes", expanding=True)))
KEEP_STILL = schema.stills.insert()
RENEW_STILL = (
    schema.stills.update().where(schema.stills.c.id == bindparam("still")).values(newest=bindparam("taken"))
)
"""Statements that each outcome needs: made once, so that they are compiled once."""


class Store:
    """The writer of one folder. May be called from several threads; each call waits for the others."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        database: Database,
        engine: Engine,
        tree: Tree,
        lock: WriterLock,
        keep_pictures: timedelta,
    ) -> None:
        """Use `Store.open`."""
        self.folder = folder
        self._clock = clock
        self._database = database
        self._engine = engine
        self._tree = tree
        self._writer = lock
        self._keep_pictures = keep_pictures
        self._turn = threading.RLock()
        self._cameras: dict[str, int] = {}
        self._series: dict[tuple[str, ...], int] = {}
        self._checks: dict[tuple[str, ...], int] = {}
        self._intervals: dict[int, float] = {}
        self._tally = Tally()
        self._is_open = True

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock,
        *,
        keep_pictures: timedelta = KEEP_PICTURES,
        url: SecretStr | None = None,
    ) -> Store:
        """Return the writer of a folder: make it, or bring it up to date, and take orphans away.

        Args:
            folder: of the pictures, and of the tables where `url` is None.
            clock: tells what is old.
            keep_pictures: how long pictures that no event points to are kept.
            url: postgresql://USER:PASSWORD@HOST/DATABASE, where the tables are there.

        Raises:
            StoreError: if another process writes it, or if it cannot be made, read or brought up to date.
            ConfigError: if `url` is no address of PostgreSQL, or its driver is not installed.
        """
        database = Database(folder, url)
        with ExitStack() as undo:
            with translated("open", folder):
                tree = Tree(folder / PICTURES)
                undo.callback(tree.close)
                lock = WriterLock(folder)
                undo.callback(lock.release)
            engine = database.writer()
            undo.callback(engine.dispose)
            with database.translated("open"):
                migrate(engine)
            store = cls(folder, clock, database, engine, tree, lock, keep_pictures)
            store._match_pictures()
            with translated("sweep", tree.folder):
                tree.sweep(store._paths_with_row)
            undo.pop_all()
        return store

    def enroll(self, cameras: Sequence[Camera]) -> None:
        """Set which cameras are followed. Of the source only its kind is kept, never an address."""
        now = micros(self._clock.now())
        with self._transaction("enroll cameras") as connection:
            before = {row.name: row.interval for row in connection.execute(select(schema.cameras))}
            connection.execute(schema.cameras.update().values(followed=False))
            for camera in cameras:
                place = camera.place
                columns = {
                    "title": text(camera.title),
                    "latitude": place.latitude if place else None,
                    "longitude": place.longitude if place else None,
                    "elevation": place.elevation if place else None,
                    "interval": camera.interval,
                    "kind": text(str(camera.source.get("kind", ""))),
                    "followed": True,
                }
                statement = insert(connection, schema.cameras).values(name=camera.name, **columns)
                connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=columns))
            self._forget_ids()
            paces = [
                {"camera_id": self._camera(connection, one.name), "time": now, "interval": one.interval}
                for one in cameras
                if before.get(one.name) != one.interval
            ]
            if paces:
                connection.execute(schema.cadences.insert(), paces)

    def keep(self, outcome: Outcome, messages: Sequence[Message] = ()) -> None:
        """Keep all of one frame, and what the outlets are to carry of it, in one transaction.

        Raises:
            StoreError: if it could not be kept; then nothing of it is.
        """
        self.keep_all((outcome,), messages)

    def keep_all(self, outcomes: Iterable[Outcome], messages: Sequence[Message] = ()) -> None:
        """Keep several frames in one transaction: all of them, or none.

        Raises:
            StoreError: if they could not be kept; then none of them is.
        """
        group = tuple(outcomes)
        placed: list[str] = []
        with self._turn:
            with ExitStack() as failed:
                failed.callback(self._undo, placed)
                with self._transaction("write") as connection:
                    stills = self._keep_stills(connection, group, placed)
                    self._keep_rows(connection, group, stills)
                    put(connection, messages)
                failed.pop_all()
            with translated("mark", self._tree.folder):
                self._tree.mark_clean()

    def keep_outage(self, outage: Outage) -> None:
        """Keep a turn in which a camera gave no picture."""
        with self._transaction("write") as connection:
            row = {
                "camera_id": self._camera(connection, outage.camera),
                "time": micros(outage.time),
                "kind": text(outage.kind),
                "message": text(outage.message),
            }
            connection.execute(schema.outages.insert(), row)
            newest.renew(connection, newest.outages, [row])

    def standing_events(self, camera: str) -> tuple[Event, ...]:
        """Return the newest state of each event of a camera that the rules opened and have not closed."""
        events, cameras = schema.events, schema.cameras
        newest = (
            select(func.max(events.c.id))
            .join(cameras)
            .where(cameras.c.name == camera)
            .group_by(events.c.event)
            .scalar_subquery()
        )
        statement = (
            select(events, cameras.c.name.label("camera"))
            .join(cameras)
            .where(events.c.id.in_(newest), events.c.state != "closed", events.c.origin == "pictures")
            .order_by(events.c.id)
        )
        with self._transaction("read") as connection:
            return tuple(records.to_event(row) for row in connection.execute(statement))

    def prune(self, now: datetime | None = None) -> Pruned:
        """Delete stills that are older than pictures are kept and that nothing points to: no event, no work
        order, no view as its reference.

        Their rows go first and their files then. The record of each picture stays, without its still.
        """
        cutoff = micros((now or self._clock.now()) - self._keep_pictures)
        stills, orders = schema.stills, schema.orders
        evidence = (
            schema.events.c.still,
            schema.strips.c.still,
            references.c.still,
            orders.c.before,
            orders.c.after,
            orders.c.mended,
        )
        old = (
            select(stills.c.id, stills.c.sha256, stills.c.path, stills.c.bytes)
            .where(
                stills.c.newest < cutoff,
                *(~exists().where(column == stills.c.sha256) for column in evidence),
            )
            .order_by(stills.c.newest)
            .limit(BATCH)
        )
        count = freed = 0
        while True:
            with self._turn:
                with self._transaction("prune") as connection:
                    rows = connection.execute(old).all()
                    if rows:
                        with translated("mark", self._tree.folder):
                            self._tree.mark_unsure()
                        connection.execute(stills.delete().where(stills.c.id.in_([row.id for row in rows])))
                        newest.forget_stills(connection, [row.sha256 for row in rows])
                if not rows:
                    return Pruned(stills=count, bytes=freed)
                self._tree.remove([row.path for row in rows])
                with translated("mark", self._tree.folder):
                    self._tree.mark_clean()
            count += len(rows)
            freed += sum(row.bytes for row in rows)

    def put_message(self, message: Message) -> None:
        """Put a message into the outbox; one of the same outlet and key is there once."""
        with self._transaction("write") as connection:
            put(connection, (message,))

    def pending(self, outlet: str, limit: int = 100, without: Collection[str] = ()) -> tuple[Message, ...]:
        """Return what waits for an outlet, in the order in which it was put, but for the lanes `without`."""
        with self._transaction("read") as connection:
            return waiting(connection, outlet, limit, without)

    def delivered(self, message: Message, at: datetime) -> None:
        """Note that an outlet has carried a message."""
        self._note(message, delivered=micros(at))

    def failed(self, message: Message, error: str, due: datetime) -> None:
        """Note that an outlet could not carry a message, and when to try next."""
        self._note(message, attempts=message.attempts + 1, error=text(error), due=micros(due))

    def close(self) -> None:
        """Let go of the store."""
        with self._turn:
            if self._is_open:
                self._is_open = False
                self._engine.dispose()
                self._tree.close()
                self._writer.release()

    def __enter__(self) -> Store:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the store."""
        self.close()

    @contextmanager
    def _transaction(self, what: str) -> Iterator[Connection]:
        """Give one transaction at a time, and say in words why it failed."""
        with self._turn:
            if not self._is_open:
                raise StoreError(f"the store in {self.folder} is closed")
            with ExitStack() as failed:
                failed.callback(self._forget_ids)
                with self._database.translated(what), self._engine.begin() as connection:
                    yield connection
                failed.pop_all()

    def _match_pictures(self) -> None:
        """Refuse pictures of another database: each of them would be swept away as an orphan."""
        with self._transaction("read") as connection:
            name = connection.scalar(select(schema.store.c.name))
            if name is None:
                name = secrets.token_hex(8)
                connection.execute(schema.store.insert(), {"name": name})
        with translated("read", self._tree.folder):
            found = self._tree.owner(name)
        if found != name:
            raise StoreError(
                f"the pictures in {self._tree.folder} belong to another database ({found}) than "
                f"{self._database.where} ({name}); bring that one back, or move the pictures away"
            )

    def _keep_stills(
        self, connection: Connection, group: Sequence[Outcome], placed: list[str]
    ) -> dict[str, int]:
        """Write files and rows of the group's stills, and return the rows' ids by hash."""
        shown: dict[str, tuple[Still, Outcome]] = {}
        for outcome in group:
            if outcome.still is not None:
                earlier = shown.get(outcome.still.sha256)
                if earlier is None or earlier[1].taken < outcome.taken:
                    shown[outcome.still.sha256] = (outcome.still, outcome)
        if not shown:
            return {}
        ids: dict[str, int] = {}
        files, rows = [], []
        known = {row.sha256: row for row in connection.execute(STILLS, {"hashes": list(shown)})}
        for sha256, (still, outcome) in shown.items():
            self._camera(connection, outcome.camera)  # refuse an unknown one before a file is made
            path = self._tree.path_of(still, outcome.camera, outcome.taken)
            taken = micros(outcome.taken)
            if sha256 in known:
                row = known[sha256]
                ids[sha256], path = row.id, row.path
                if taken > row.newest:
                    connection.execute(RENEW_STILL, {"still": row.id, "taken": taken})
                if (self._tree.folder / path).exists():
                    continue
            else:
                rows.append(
                    {
                        "sha256": sha256,
                        "path": path,
                        "media_type": still.media_type,
                        "width": still.width,
                        "height": still.height,
                        "bytes": len(still.content),
                        "newest": taken,
                    }
                )
            files.append((path, still.content))
        with translated("write", self._tree.folder):
            self._tree.place(files)
        placed.extend(path for path, _ in files)
        if rows:
            connection.execute(KEEP_STILL, rows)
            new = connection.execute(STILLS, {"hashes": [row["sha256"] for row in rows]})
            ids.update((row.sha256, row.id) for row in new)
        return ids

    def _keep_rows(self, connection: Connection, group: Sequence[Outcome], stills: dict[str, int]) -> None:
        pictures, findings, readings, events, begun = [], [], [], [], []
        seen, said = [], []
        for outcome in group:
            still = outcome.still
            frame = {
                "camera_id": self._camera(connection, outcome.camera),
                "name": text(outcome.name),
                "taken": micros(outcome.taken),
                "time_from": outcome.time_from,
                "received": micros(outcome.received),
                "status": outcome.status,
                "reason": None if outcome.reason is None else text(outcome.reason),
                "masked": outcome.masked,
                "model": outcome.model,
            }
            pictures.append({**frame, "still_id": stills[still.sha256] if still else None})
            frame |= {
                "sha256": still.sha256 if still else None,
                "width": still.width if still else None,
                "height": still.height if still else None,
                "bytes": len(still.content) if still else None,
            }
            seen += [{**frame, "shown": shown} for shown in ((False, True) if still else (False,))]
            if outcome.reference_of is not None and still:
                begun.append(
                    {
                        "camera_id": self._camera(connection, outcome.camera),
                        "version": outcome.reference_of,
                        "taken": micros(outcome.taken),
                        "still": still.sha256,
                    }
                )
            for finding in outcome.findings:
                check = self._dimension(
                    connection,
                    schema.checks,
                    self._checks,
                    finding.camera,
                    name=finding.check,
                    unit=finding.unit,
                )
                columns = {"check_id": check, **records.finding_columns(finding)}
                findings.append(columns)
                said.append({"camera_id": self._camera(connection, finding.camera), **columns})
            for reading in outcome.readings:
                series = self._dimension(
                    connection,
                    schema.series,
                    self._series,
                    reading.camera,
                    quantity=reading.quantity,
                    unit=reading.unit,
                    method=reading.method,
                )
                readings.append({"series_id": series, **records.reading_columns(reading)})
            for event in outcome.events:
                camera = self._camera(connection, event.camera)
                events.append({"camera_id": camera, **records.event_columns(event)})
        for table, rows in (
            (schema.pictures, pictures),
            (schema.findings, findings),
            (schema.readings, readings),
            (schema.events, events),
            (references, begun),
        ):
            put_rows(connection, table, rows)
        newest.renew(connection, newest.pictures, seen)
        newest.renew(connection, newest.findings, said)
        self._tally.add(connection, pictures, self._intervals)

    def _note(self, message: Message, **columns: Any) -> None:
        messages = schema.messages
        named = and_(messages.c.outlet == message.outlet, messages.c.key == message.key)
        with self._transaction("write") as connection:
            connection.execute(messages.update().where(named).values(**columns))

    def _camera(self, connection: Connection, name: str) -> int:
        if name not in self._cameras:
            rows = connection.execute(select(schema.cameras)).all()
            self._cameras = {row.name: row.id for row in rows}
            self._intervals = {row.id: row.interval for row in rows}
        if name not in self._cameras:
            raise StoreError(
                f"no camera called {name!r} is enrolled in {self.folder}; enroll the cameras before keeping "
                "their outcomes"
            )
        return self._cameras[name]

    def _dimension(
        self,
        connection: Connection,
        table: Table,
        known: dict[tuple[str, ...], int],
        camera: str,
        **columns: str,
    ) -> int:
        """Return the row of a series or a check, made where it is new."""
        key = (camera, *columns.values())
        if key not in known:
            row = {"camera_id": self._camera(connection, camera), **{k: text(v) for k, v in columns.items()}}
            same = [table.c[name] == value for name, value in row.items()]
            found = connection.scalar(select(table.c.id).where(*same))
            if found is None:
                found = connection.scalar(table.insert().values(**row).returning(table.c.id))
            assert found is not None
            known[key] = found
        return known[key]

    def _forget_ids(self) -> None:
        """Forget what rows were called: a transaction that failed took its new ones back."""
        self._cameras.clear()
        self._series.clear()
        self._checks.clear()
        self._tally.forget()

    def _undo(self, placed: Sequence[str]) -> None:
        """Delete files that have no row; leave them to the next start where the database cannot tell."""
        if not placed:
            return
        try:
            kept = self._paths_with_row(placed)
        except StoreError:
            self._tree.leave_to_sweep()
            return
        self._tree.remove([path for path in placed if path not in kept])

    def _paths_with_row(self, paths: Sequence[str]) -> set[str]:
        found: set[str] = set()
        stills = schema.stills
        with self._transaction("read") as connection:
            for start in range(0, len(paths), BATCH):
                chosen = stills.c.path.in_(paths[start : start + BATCH])
                found.update(connection.scalars(select(stills.c.path).where(chosen)))
        return found
