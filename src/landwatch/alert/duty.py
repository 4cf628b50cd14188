"""Writes the life of events: follows what the pictures say, takes what people do, and tells who must know.

What the pictures say is kept first, by the keeper; each of its rows is followed once, in the order in which
they were kept, in a transaction that holds the act, the new state and the messages: a process that dies in
between follows them at its next start, and none twice. People's acts name the version that they looked at, so
that two desks never undo one another unknowingly.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, exists, func, select

from landwatch.alert._tell import Seen, Sight, change, kind_of, live, message, wishes
from landwatch.alert.acts import RULES, next_state
from landwatch.alert.area import distance
from landwatch.alert.bearings import Bearings
from landwatch.alert.book import Book, life_of, lives_of, to_alert, to_deed
from landwatch.alert.records import PEOPLE, STANDING, Act, Alert, Blind, Deed, Life, Role
from landwatch.clock import Clock
from landwatch.config import Config, Place
from landwatch.errors import UsageError
from landwatch.store import Beside, event_columns, insert, micros, put, schema, text, to_event
from landwatch.types import Event

__all__ = ["KEY", "LONGEST_NOTE", "Duty", "Outdated"]

LONGEST_NOTE = 500
"""Of a note. Enough for what was found; too little for a letter. [1]"""

KEY = re.compile("^[A-Za-z0-9-]{8,64}$")
"""Of an act: a UUID, or what else its sender does not give twice."""

BATCH = 500
"""Changes in the pictures that one transaction follows. [1]"""

LOOK_BACK = 10_000
"""Rows before the newest one followed in which one may not have been followed yet: in PostgreSQL a number may
be given before, and its row seen after, that of another writer. [1]"""

BEFORE = AFTER = 6
"""Cleared pictures kept from before and from after an event opened: a minute each at 10 s. [1]"""

STRIP_FOR = timedelta(hours=1)
"""How long after its opening pictures are still added to an event's strip."""

_lives, _acts, _events, _cameras = schema.lives, schema.acts, schema.events, schema.cameras


class Outdated(UsageError):
    """An event has changed since it was looked at."""

    def __init__(self, life: Life) -> None:
        super().__init__(
            f"event {life.event} has changed meanwhile: it is {life.state} (version {life.version}); "
            "look at it again"
        )
        self.life = life


class Duty:
    """Where events are followed. May be used from several threads."""

    def __init__(self, beside: Beside, clock: Clock, config: Config | None = None) -> None:
        """Take where to write, what tells the time, and whom to tell.

        Raises:
            ConfigError: for hours of a notice that there are not.
        """
        config = config or Config()
        self._beside = beside
        self._clock = clock
        self._said = config.alert
        self.desks: tuple[str, ...] = (*PEOPLE, *config.alert.desks)
        """To whom an event may be handed over."""
        self._address = config.serve.address
        self._wishes = wishes(config.notice)
        self._changes_to = config.event_outlets
        self._bearings = Bearings(config.camera)
        self.book = Book(lambda: beside.transaction("read"))

    @classmethod
    def open(cls, folder: Path, clock: Clock, config: Config | None = None) -> Duty:
        """Return the duty desk of a store, which a keeper may be writing at the same time.

        Raises:
            StoreError: if its tables cannot be opened.
            ConfigError: if the store's address or a notice cannot be used.
        """
        url = config.store.address() if config else None
        return cls(Beside(folder, clock, url=url), clock, config)

    def close(self) -> None:
        """Close the connection."""
        self._beside.close()

    def __enter__(self) -> Duty:
        """Return the desk itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def follow(self) -> int:
        """Follow what the pictures have said since, and return how many changes that were."""
        total = 0
        while True:
            with self._writing() as connection:
                count = self._follow(connection, self._clock.now())
            total += count
            if count < BATCH:
                return total

    def tick(self) -> None:
        """Follow the pictures, tell those who were not told yet but should be now, and renew alerts."""
        self.follow()
        now = self._clock.now()
        with self._writing() as connection:
            for life in lives_of(connection, _lives.c.state.in_(STANDING)):
                if now - life.opened <= STRIP_FOR:
                    self._keep_strip(connection, life)
                self._remind(connection, life, now)

    def open_event(
        self,
        camera: str,
        hazard: str,
        role: Role,
        *,
        note: str = "",
        drill: bool = False,
    ) -> Life:
        """Open an event that somebody else than the rules has found, or an exercise.

        Raises:
            UsageError: for a camera that there is not, or a hazard that is no word.
        """
        if not hazard.replace("_", "").isalnum() or hazard != hazard.lower() or len(hazard) > 32:
            raise UsageError(f"hazard = {hazard!r}: one word in lower case, such as smoke or flood")
        self.follow()
        now = self._clock.now()
        with self._writing() as connection:
            row = connection.execute(select(_cameras.c.id).where(_cameras.c.name == camera)).one_or_none()
            if row is None:
                raise UsageError(f"no camera is called {camera!r}; see landwatch cameras list")
            stem = f"{'drill-' if drill else ''}{hazard}-{camera}-{now:%Y%m%dT%H%M%SZ}"
            digest = hashlib.sha256(f"by hand {stem} {now.isoformat()}".encode()).hexdigest()
            event = Event(
                id=f"{stem}-{digest[:6]}",
                hazard=hazard,
                camera=camera,
                state="opened",
                opened=now,
                time=now,
                score=0.0,
                still=self._newest_still(connection, row.id, now),
                origin="hand",
                drill=drill,
            )
            columns = {"camera_id": row.id, **event_columns(event)}
            number = connection.scalar(_events.insert().values(**columns).returning(_events.c.id))
            life = self._open(connection, event, row.id, number, role, note)
            self._tell_change(connection, life)
            self._tell(connection, life, "open", now)
            return life

    def act(
        self,
        event: str,
        act: Act,
        role: Role,
        *,
        version: int | None = None,
        cause: str = "",
        note: str = "",
        into: str | None = None,
        desk: str = "",
        key: str | None = None,
    ) -> Life:
        """Do something about an event and return how it stands then.

        Args:
            event: its id.
            act: what is done.
            role: in which role.
            version: of the event that was looked at; None to act on whatever it is now.
            cause: why it is none, for `dismiss`.
            note: what was found, or why.
            into: id of the event that it is the same as, for `merge`.
            desk: one of `desks`, for `hand_over`.
            key: of this act, where it may be sent again because its answer was lost: then it is done once.

        Raises:
            Outdated: if the event has another version.
            UsageError: if the act is not allowed now.
        """
        self.follow()
        now = self._clock.now()
        with self._writing() as connection:
            life = self._life(connection, event)
            if key is not None and self._is_done(connection, life, key):
                return life
            if version is not None and version != life.version:
                raise Outdated(life)
            state = next_state(life, act, role, cause, note)
            columns: dict[str, Any] = {"cause": cause, "into_id": None}
            if RULES[act].after is None:
                columns = {}
            if act == "hand_over":
                columns["desk"] = self._desk(life, desk)
            elif desk:
                raise UsageError(f"event {event}: only hand_over names a desk")
            if act == "merge":
                columns["into_id"] = self._lead_for(connection, life, into)
            elif into is not None:
                raise UsageError(f"event {event}: only merge names another event")
            life = self._write(
                connection, life, act, state, role, now, columns, cause=cause, note=note, desk=desk, key=key
            )
            self._keep_strip(connection, life)
            self._tell_change(connection, life)
            if RULES[act].after is not None:
                self._tell(connection, life, act, now)
                if life.into is not None:
                    self._tell(connection, self._life(connection, life.into), "update", now)
            return life

    def keep_blind(self, begun: Iterable[Blind], ended: Iterable[tuple[str, str, datetime]]) -> None:
        """Keep that cameras have gone blind for a hazard, or for another reason, or can see again.

        Args:
            begun: what holds from now on; another reason that held before ends as this one begins.
            ended: camera, hazard, and since when it sees.
        """
        table = schema.blinds
        with self._writing() as connection:
            ids = {row.name: row.id for row in connection.execute(select(_cameras.c.id, _cameras.c.name))}

            def end(camera: str, hazard: str, until: datetime) -> None:
                same = (table.c.camera_id == ids[camera], table.c.hazard == hazard, table.c.until.is_(None))
                connection.execute(table.update().where(*same).values(until=micros(until)))

            for camera, hazard, until in ended:
                end(camera, hazard, until)
            for one in begun:
                end(one.camera, one.hazard, one.since)
                row = {
                    "camera_id": ids[one.camera],
                    "hazard": text(one.hazard),
                    "why": text(one.why),
                    "began": micros(one.began),
                    "since": micros(one.since),
                }
                connection.execute(table.insert(), row)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a transaction in which nobody else writes lives; in SQLite any is one."""
        with self._beside.transaction("write") as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE lives IN EXCLUSIVE MODE")
            yield connection

    def _follow(self, connection: Connection, now: datetime) -> int:
        newest = connection.scalar(select(func.max(_acts.c.row_id))) or 0
        statement = (
            select(_events, _cameras.c.name.label("camera"))
            .join(_cameras)
            .where(_events.c.id > newest - LOOK_BACK, ~exists().where(_acts.c.row_id == _events.c.id))
            .order_by(_events.c.id)
            .limit(BATCH)
        )
        rows = connection.execute(statement).all()
        touched: dict[str, Act] = {}
        for row in rows:
            for name, act in self._heard(connection, to_event(row), row.camera_id, row.id):
                touched[name] = "open" if touched.get(name) == "open" and act == "update" else act
        for name, act in touched.items():
            life = self._life(connection, name)
            self._keep_strip(connection, life)
            self._tell(connection, life, act, now)
        return len(rows)

    def _heard(
        self, connection: Connection, event: Event, camera: int, number: int
    ) -> Iterator[tuple[str, Act]]:
        """Write one change in the pictures, and yield whom it concerns."""
        life = life_of(connection, event.id)
        if life is None:
            life = self._open(connection, event, camera, number, "pictures", "")
            yield life.into or life.event, "update" if life.into else "open"
            return
        if event.state != "closed":
            self._write(connection, life, "update", life.state, "pictures", event.time, row=number)
            yield life.into or life.event, "update"
            return
        ended = {"ended": micros(event.time)}
        lead = life if life.into is None else self._life(connection, life.into)
        others = lives_of(connection, _lives.c.into_id == self._id(connection, lead.event))
        is_over = all(one.ended is not None or one.event == life.event for one in (lead, *others))
        # What a person has confirmed is over when a person says so.
        closes = is_over and lead.state in ("open", "acknowledged")
        state = "closed" if closes and lead.event == life.event else life.state
        self._write(connection, life, "over", state, "pictures", event.time, ended, row=number)
        if closes and lead.event != life.event:
            self._write(connection, lead, "over", "closed", "pictures", event.time)
        yield lead.event, "over" if closes else "update"

    def _open(
        self, connection: Connection, event: Event, camera: int, number: int | None, role: Role, note: str
    ) -> Life:
        lead = self._same_as(connection, event, camera)
        row = {
            "event": event.id,
            "hazard": event.hazard,
            "camera_id": camera,
            "origin": event.origin,
            "drill": event.drill,
            "state": "open",
            "opened": micros(event.opened),
            "changed": micros(event.time),
            # A store may hold the end of an event of which the beginning was not kept.
            "ended": micros(event.time) if event.state == "closed" else None,
            "cause": "",
            "into_id": None,
            "version": 0,
        }
        connection.execute(_lives.insert(), row)
        life = self._life(connection, event.id)
        state = "closed" if event.state == "closed" else "open"
        life = self._write(connection, life, "open", state, role, event.time, row=number, note=note)
        if lead is not None and life.stands:
            into = {"into_id": self._id(connection, lead.event)}
            near = "another camera near by sees it too"
            life = self._write(connection, life, "merge", "merged", "clock", event.time, into, note=near)
        return life

    def _same_as(self, connection: Connection, event: Event, camera: int) -> Life | None:
        """Return the event that a new one is the same as: not long ago, seen by another camera.

        Where their views are calibrated, their bearings must meet; else the cameras must be near one another.
        """
        here = self._place(connection, event.camera)
        if here is None or self._said.merge_km <= 0 or event.origin != "pictures":
            return None
        within = timedelta(seconds=self._said.merge_within)
        candidates = lives_of(
            connection,
            _lives.c.state.in_(STANDING),
            _lives.c.hazard == event.hazard,
            _lives.c.drill == event.drill,
            _lives.c.camera_id != camera,
            _lives.c.opened >= micros(event.opened - within),
            _lives.c.opened <= micros(event.opened + within),
        )
        for life in candidates:
            others = lives_of(connection, _lives.c.into_id == self._id(connection, life.event))
            events = [event.id, life.event, *(one.event for one in others)]
            meet = self._bearings.meet(connection, event.hazard, events)
            there = self._place(connection, life.camera)
            is_near = there is not None and distance(here, there) <= self._said.merge_km
            if meet or (meet is None and is_near):
                return life
        return None

    def _is_done(self, connection: Connection, life: Life, key: str) -> bool:
        """Return whether the act of this key was written before."""
        if not KEY.fullmatch(key):
            raise UsageError(f"event {life.event}: an act's key has 8 to 64 letters, digits or dashes")
        found = connection.scalar(select(_acts.c.life_id).where(_acts.c.key == key))
        if found not in (None, self._id(connection, life.event)):
            raise UsageError(f"event {life.event}: the key of this act was given to one of another event")
        return found is not None

    def _desk(self, life: Life, desk: str) -> str:
        if desk not in self.desks:
            raise UsageError(
                f"event {life.event}: no desk is called {desk!r}; there are: {', '.join(self.desks)}"
            )
        return desk

    def _lead_for(self, connection: Connection, life: Life, into: str | None) -> int:
        """Return the row of the event that one is merged into, and move what was merged into that one."""
        if into is None:
            raise UsageError(f"event {life.event}: merge needs the event that it is the same as")
        lead = self._life(connection, into)
        if lead.event == life.event or not lead.stands:
            raise UsageError(f"event {life.event} cannot be merged into {into}, which is {lead.state}")
        if (lead.hazard, lead.drill) != (life.hazard, life.drill):
            raise UsageError(f"{life.event} and {into} are not of one hazard, or one of them is a drill")
        number = self._id(connection, into)
        for other in lives_of(connection, _lives.c.into_id == self._id(connection, life.event)):
            now = self._clock.now()
            self._write(connection, other, "merge", "merged", "clock", now, {"into_id": number})
        return number

    def _write(
        self,
        connection: Connection,
        life: Life,
        act: Act,
        state: str,
        role: Role,
        time: datetime,
        columns: Mapping[str, Any] | None = None,
        *,
        row: int | None = None,
        cause: str = "",
        note: str = "",
        desk: str = "",
        key: str | None = None,
    ) -> Life:
        number = self._id(connection, life.event)
        # What the pictures add is no reason to look again before acting; what people do is.
        is_new = state != life.state or role in PEOPLE or not life.version
        version = life.version + is_new
        changed = {**(columns or {}), "state": state, "version": version, "changed": micros(time)}
        connection.execute(_lives.update().where(_lives.c.id == number).values(**changed))
        deed = {
            "life_id": number,
            "row_id": row,
            "time": micros(time),
            "act": act,
            "state": state,
            "role": role,
            "cause": cause,
            "note": _line(note),
            "desk": desk or None,
            "key": key,
        }
        connection.execute(_acts.insert(), deed)
        return self._life(connection, life.event)

    def _tell_change(self, connection: Connection, life: Life) -> None:
        """Tell outlets that carry each change what people did; what the pictures say they have already."""
        deed = self._deed(connection, life)
        put(connection, [change(life, deed, outlet) for outlet in self._changes_to])

    def _tell(self, connection: Connection, life: Life, act: Act, now: datetime) -> None:
        """Write an alert for each outlet that has one of this event, or is to have its first one."""
        if not self._wishes:
            return
        seen = self._seen(connection, life)
        for outlet, mine in self._wishes.items():
            held = live(self._alerts(connection, life, outlet))
            is_first = not held and life.stands and any(wish.fits(seen, now) for wish in mine)
            if held or is_first:
                self._alert(connection, seen, outlet, act, now)

    def _remind(self, connection: Connection, life: Life, now: datetime) -> None:
        """Tell who is to be told now though nothing has happened: that is what has not happened."""
        if not self._wishes:
            return
        seen = self._seen(connection, life)
        for outlet, mine in self._wishes.items():
            held = live(self._alerts(connection, life, outlet))
            wanted = [wish for wish in mine if wish.fits(seen, now)]
            if not held:
                if wanted:
                    is_late = any(wish.notice.after for wish in wanted)
                    self._alert(connection, seen, outlet, "escalate" if is_late else "open", now)
                continue
            silent = (now - held[-1].sent).total_seconds()
            pauses = [wish.notice.repeat for wish in wanted if wish.notice.repeat is not None]
            if life.state == "open" and pauses and silent >= min(pauses):
                self._alert(connection, seen, outlet, "repeat", now)
            elif silent >= self._said.lasting / 2:
                self._alert(connection, seen, outlet, "renew", now)

    def _alert(self, connection: Connection, seen: Seen, outlet: str, act: str, now: datetime) -> None:
        table, life = schema.alerts, seen.life
        earlier = self._alerts(connection, life, outlet)
        held = live(earlier)
        alert = Alert(
            outlet=outlet,
            identifier=f"{life.event}.{outlet}.{len(earlier) + 1}",
            sender=self._said.sender,
            # Whole seconds, as CAP writes times: an alert is referred to by its time as well.
            sent=now.replace(microsecond=0),
            kind=kind_of(life, held),
            act=act,
        )
        row = {
            "life_id": self._id(connection, life.event),
            "outlet": outlet,
            "identifier": alert.identifier,
            "sender": alert.sender,
            "sent": micros(alert.sent),
            "kind": alert.kind,
            "act": act,
        }
        connection.execute(table.insert(), row)
        put(connection, [message(seen, alert, held, self._deed(connection, life), self._said, self._address)])

    def _alerts(self, connection: Connection, life: Life, outlet: str) -> list[Alert]:
        table = schema.alerts
        mine = (table.c.life_id == self._id(connection, life.event), table.c.outlet == outlet)
        return [to_alert(row) for row in connection.execute(select(table).where(*mine).order_by(table.c.id))]

    def _deed(self, connection: Connection, life: Life) -> Deed:
        newest = select(_acts).where(_acts.c.life_id == self._id(connection, life.event))
        return to_deed(connection.execute(newest.order_by(_acts.c.id.desc()).limit(1)).one())

    def _seen(self, connection: Connection, life: Life) -> Seen:
        others = lives_of(connection, _lives.c.into_id == self._id(connection, life.event))
        sights: dict[str, Sight] = {}
        newest = []
        for one in (life, *others):
            row = connection.execute(
                select(_events, _cameras.c.name.label("camera"), _cameras.c.title)
                .join(_cameras)
                .where(_events.c.event == one.event)
                .order_by(_events.c.id.desc())
                .limit(1)
            ).one()
            newest.append(to_event(row))
            sights[one.camera] = Sight(
                name=one.camera,
                title=row.title,
                place=self._place(connection, one.camera),
                outlook=self._bearings.outlook(connection, one.camera, one.opened),
            )
        events = [one.event for one in (life, *others) if one.origin == "pictures"]
        for name, corners in self._bearings.areas(connection, life.hazard, events).items():
            sights[name] = dataclasses.replace(sights[name], corners=corners)
        return Seen(life=life, sights=tuple(sights.values()), newest=tuple(newest))

    def _keep_strip(self, connection: Connection, life: Life) -> None:
        """Keep the names of pictures from around an event's opening, as far as there are any yet."""
        number = self._id(connection, life.event)
        pictures, stills = schema.pictures, schema.stills
        mine = (
            select(stills.c.sha256, pictures.c.taken)
            .join(pictures, pictures.c.still_id == stills.c.id)
            .join(_cameras, pictures.c.camera_id == _cameras.c.id)
            .where(_cameras.c.name == life.camera)
        )
        opened = micros(life.opened)
        before = mine.where(pictures.c.taken < opened).order_by(pictures.c.taken.desc()).limit(BEFORE)
        after = mine.where(pictures.c.taken >= opened).order_by(pictures.c.taken).limit(AFTER + 1)
        rows = [
            {"life_id": number, "still": row.sha256, "taken": row.taken}
            for row in (*connection.execute(before), *connection.execute(after))
        ]
        if rows:
            statement = insert(connection, schema.strips)
            connection.execute(statement.on_conflict_do_nothing(index_elements=["life_id", "still"]), rows)

    def _newest_still(self, connection: Connection, camera: int, now: datetime) -> str | None:
        pictures, stills = schema.pictures, schema.stills
        newest = (
            select(stills.c.sha256)
            .join(pictures, pictures.c.still_id == stills.c.id)
            .where(pictures.c.camera_id == camera, pictures.c.taken <= micros(now))
            .order_by(pictures.c.taken.desc())
            .limit(1)
        )
        return connection.scalar(newest)

    @staticmethod
    def _place(connection: Connection, camera: str) -> Place | None:
        row = connection.execute(select(_cameras).where(_cameras.c.name == camera)).one()
        if row.latitude is None:
            return None
        return Place(latitude=row.latitude, longitude=row.longitude, elevation=row.elevation)

    @staticmethod
    def _id(connection: Connection, event: str) -> int:
        return int(connection.execute(select(_lives.c.id).where(_lives.c.event == event)).scalar_one())

    @staticmethod
    def _life(connection: Connection, event: str) -> Life:
        found = life_of(connection, event)
        if found is None:
            raise UsageError(f"there is no event {event!r}; see landwatch events list")
        return found


def _line(note: str) -> str:
    """Return a note as it is kept: one line, not too long."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text(note)).split())
    if len(words) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters, not {len(words)}")
    return words
