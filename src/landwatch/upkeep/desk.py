"""Writes what upkeep knows: registers of organisations, sites and cameras, their states, and work orders.

A step of a work order and the messages about it are written in one transaction, so that what was done is
told, and what was not done is not. While an order stands, no second one can be opened for its subject and
cause.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Table, and_, func, select

from landwatch import config
from landwatch.clock import Clock, aware
from landwatch.errors import UsageError
from landwatch.store import Beside, add_conditions, insert, micros, moment, put, schema, text
from landwatch.upkeep._tell import messages
from landwatch.upkeep.acts import next_state
from landwatch.upkeep.book import Book, level_of, names_of
from landwatch.upkeep.level import Level, due, until
from landwatch.upkeep.records import (
    Act,
    Asset,
    Condition,
    Lifecycle,
    Opening,
    Order,
    Organisation,
    Role,
    Site,
)

__all__ = ["LONGEST_NOTE", "MEDIA_TYPES", "MOST_ATTACHMENTS", "MOST_BYTES", "Desk", "Outdated"]

LONGEST_NOTE = 500
"""Of a note or a detail. Enough for what is broken; too little for a letter. [1]"""

MEDIA_TYPES = ("text/plain", "text/csv", "text/markdown")
"""Of attachments. No pictures, and no documents that may hold some: they have not gone through removal."""

MOST_BYTES = 65_536
"""Of one attachment. [byte]"""

MOST_ATTACHMENTS = 20
"""Of one work order. [1]"""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
FILE_NAME = re.compile(r"[\w][\w .()-]{0,99}")
CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|[a-zA-Z][a-zA-Z0-9+.-]*://\S+")

TOKEN_BYTES = 16
"""128 bits: nobody finds the page for reports of a camera by trying. [byte]"""

_orders = schema.orders


class Outdated(UsageError):
    """A work order has changed since it was looked at."""


class Desk:
    """Where work orders are opened and followed. May be used from several threads."""

    def __init__(self, beside: Beside, clock: Clock, outlets: Sequence[config.Outlet] = ()) -> None:
        """Take where to write, what tells the time, and the outlets that carry work orders."""
        self._beside = beside
        self._clock = clock
        self._outlets = tuple(outlet for outlet in outlets if "order" in outlet.about)
        self.book = Book(lambda: beside.transaction("read"))

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock,
        *,
        url: SecretStr | None = None,
        outlets: Sequence[config.Outlet] = (),
    ) -> Desk:
        """Return the desk of a store, which a keeper may be writing at the same time.

        Raises:
            StoreError: if its tables cannot be opened.
            ConfigError: if `url` is no address of PostgreSQL, or its driver is not installed.
        """
        return cls(Beside(folder, clock, url=url), clock, outlets)

    def transaction(self, what: str) -> AbstractContextManager[Connection]:
        """Give one transaction, for what this room writes in other modules."""
        return self._beside.transaction(what)

    def close(self) -> None:
        """Close the connection."""
        self._beside.close()

    def __enter__(self) -> Desk:
        """Return the desk itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def keep_organisations(self, organisations: Iterable[Organisation]) -> int:
        """Add or change organisations by their names, all of them or none, and return how many."""
        rows = []
        for one in organisations:
            _check_name("organisation", one.name)
            if one.contact and not CONTACT.fullmatch(one.contact):
                # Not shown: an address may hold a password.
                raise UsageError(
                    f"organisation {one.name}: its contact is neither an e-mail address nor an Apprise URL"
                )
            rows.append({"name": one.name, "title": text(one.title), "contact": one.contact})
        return self._upsert(schema.organisations, rows, "name")

    def keep_sites(self, sites: Iterable[Site]) -> int:
        """Add or change sites by their names, all of them or none, and return how many."""
        rows = []
        for one in sites:
            _check_name("site", one.name)
            for key, value, most in (("latitude", one.latitude, 90), ("longitude", one.longitude, 180)):
                if value is not None and not -most <= value <= most:
                    raise UsageError(f"site {one.name}: {key} = {value}: allowed are -{most} to {most}")
            rows.append({**dataclasses.asdict(one), "title": text(one.title), "area": text(one.area)})
        return self._upsert(schema.sites, rows, "name")

    def keep_levels(self, levels: Iterable[Level]) -> int:
        """Add or change service levels by their names, all of them or none, and return how many.

        Orders that stand keep their deadlines.
        """
        rows = []
        for one in levels:
            _check_name("service level", one.name)
            due(one, self._clock.now(), max(one.response, one.repair))
            columns = schema.levels.c.keys()
            rows.append({key: getattr(one, key) for key in columns if key != "id"})
        return self._upsert(schema.levels, rows, "name")

    def keep_assets(self, assets: Iterable[Asset], note: str = "") -> int:
        """Add or change what is known of cameras by their names, all of them or none, and return how many.

        Raises:
            UsageError: for a site, an organisation or a service level that is not in its register.
        """
        now = micros(self._clock.now())
        with self._beside.transaction("write") as connection:
            ids = {
                table.name: {name: one for one, name in names_of(connection, table).items()}
                for table in (schema.sites, schema.organisations, schema.levels)
            }
            before = {
                row.camera: row.lifecycle
                for row in connection.execute(select(schema.assets.c.camera, schema.assets.c.lifecycle))
            }
            rows = [_asset_row(one, ids) for one in assets]
            if not rows:
                return 0
            statement = insert(connection, schema.assets)
            changed = {key: statement.excluded[key] for key in rows[0] if key not in ("camera", "token")}
            connection.execute(statement.on_conflict_do_update(index_elements=["camera"], set_=changed), rows)
            moved = {row["camera"]: row["lifecycle"] for row in rows}
            moved = {name: state for name, state in moved.items() if before.get(name) != state}
            found = connection.execute(select(schema.assets.c.id, schema.assets.c.camera)).all()
            changes = [
                {"asset_id": row.id, "time": now, "lifecycle": moved[row.camera], "note": _note(note)}
                for row in found
                if row.camera in moved
            ]
            if changes:
                connection.execute(schema.lifecycles.insert(), changes)
        return len(rows)

    def set_lifecycle(self, cameras: Sequence[str], lifecycle: Lifecycle, note: str = "") -> None:
        """Say what is meant to be with cameras from now on; one that was no property becomes it."""
        known = {one.camera: one for one in self.book.assets()}
        changed = (known.get(name) or Asset(camera=name) for name in cameras)
        self.keep_assets([dataclasses.replace(one, lifecycle=lifecycle) for one in changed], note)

    def keep_conditions(self, conditions: Sequence[Condition]) -> None:
        """Add how cameras are. Each must have been enrolled."""
        if not conditions:
            return
        with self._beside.transaction("write") as connection:
            ids = {name: one for one, name in names_of(connection, schema.cameras).items()}
            rows = [
                {
                    "camera_id": ids[one.camera],
                    "since": micros(one.since),
                    "noted": micros(one.noted),
                    "state": one.state,
                    "cause": text(one.cause),
                    "detail": text(one.detail)[:LONGEST_NOTE],
                    "before": one.before,
                    "after": one.after,
                }
                for one in conditions
            ]
            add_conditions(connection, rows)
            connection.execute(schema.conditions.insert(), rows)

    def open_order(
        self, opening: Opening, role: Role, now: datetime | None = None, note: str = ""
    ) -> tuple[Order, bool]:
        """Return the standing order for a subject and cause, and whether it was opened by this call.

        Where one stands already, the note is added to it. A new one on a camera goes at once to whoever
        maintains that camera.
        """
        now = aware(now or self._clock.now())
        _check_opening(opening)
        with self._beside.transaction("write") as connection:
            level_id, mender = self._responsible(connection, opening)
            level = self._level(connection, level_id)
            repair_by = opening.repair_by or (due(level, now, level.repair) if level else None)
            row = {
                **{key: getattr(opening, key) for key in ("scope", "subject", "origin", "before", "after")},
                "cause": text(opening.cause),
                "detail": _note(opening.detail),
                "state": "open",
                "opened": micros(now),
                "since": micros(opening.since),
                "level_id": level_id,
                "respond_by": micros(due(level, now, level.response)) if level else None,
                "repair_by": micros(repair_by) if repair_by else None,
                "escalated": 0,
                "version": 0,
            }
            statement = insert(connection, _orders).on_conflict_do_nothing(
                index_elements=["scope", "subject", "cause"], index_where=_orders.c.closed.is_(None)
            )
            number = connection.scalar(statement.values(**row).returning(_orders.c.id))
            if number is None:
                number = connection.scalar(
                    select(_orders.c.id).where(
                        _orders.c.scope == opening.scope,
                        _orders.c.subject == opening.subject,
                        _orders.c.cause == text(opening.cause),
                        _orders.c.closed.is_(None),
                    )
                )
                if number is None:
                    raise Outdated("the order that stood for this cause was closed just now; try again")
                if note.strip():
                    self._step(connection, number, "note", role, note, now)
                return self._order(connection, number), False
            self._write_step(connection, self._order(connection, number), "open", role, note, now)
            if mender is not None:
                self._step(connection, number, "assign", "clock", "", now, organisation=mender)
            return self._order(connection, number), True

    def act(
        self,
        number: int,
        act: Act,
        role: Role,
        *,
        note: str = "",
        organisation: str | None = None,
        version: int | None = None,
        mended: str | None = None,
        now: datetime | None = None,
    ) -> Order:
        """Do something with a work order and return it as it is then.

        Args:
            number: of the order.
            act: what is done.
            role: in which role.
            note: why, where that is to be said.
            organisation: who is to mend it, for `assign`.
            version: of the order that was looked at; None to act on whatever it is now.
            mended: SHA-256 of the picture that shows the repair, for `verify`.
            now: when; by the clock where None.

        Raises:
            Outdated: if the order has another version.
            UsageError: if the act is not allowed now, or not by this role.
        """
        now = aware(now or self._clock.now())
        with self._beside.transaction("write") as connection:
            order = self._order(connection, number)
            if version is not None and version != order.version:
                raise Outdated(
                    f"order {number} has changed meanwhile (it is {order.state}); look at it again"
                )
            self._step(connection, number, act, role, note, now, organisation=organisation, mended=mended)
            return self._order(connection, number)

    def attach(self, number: int, name: str, media_type: str, content: bytes) -> str:
        """Add a text to a work order and return its SHA-256; one of the same content is there once.

        Raises:
            UsageError: if it is too large, too many, or no text.
        """
        if media_type not in MEDIA_TYPES:
            raise UsageError(
                f"{name}: {media_type} cannot be attached, since it may show people; allowed are: "
                f"{', '.join(MEDIA_TYPES)}"
            )
        if len(content) > MOST_BYTES:
            raise UsageError(
                f"{name}: {len(content)} bytes are too many; at most {MOST_BYTES} can be attached"
            )
        if not FILE_NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a file: letters, digits, spaces and .()-_, at most 100")
        try:
            words = content.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{name} is no text in UTF-8") from None
        if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in words):
            raise UsageError(f"{name} holds control characters, so it is no text")
        sha256 = hashlib.sha256(content).hexdigest()
        table = schema.attachments
        with self._beside.transaction("write") as connection:
            self._order(connection, number)
            count = connection.scalar(
                select(func.count()).select_from(table).where(table.c.order_id == number)
            )
            if (count or 0) >= MOST_ATTACHMENTS:
                raise UsageError(f"order {number} has {count} attachments; more cannot be added")
            row = {
                "order_id": number,
                "time": micros(self._clock.now()),
                "name": name,
                "media_type": media_type,
                "sha256": sha256,
                "content": words,
            }
            statement = insert(connection, table).on_conflict_do_nothing(
                index_elements=["order_id", "sha256"]
            )
            connection.execute(statement.values(**row))
        return sha256

    def escalate(self, now: datetime) -> int:
        """Tell those whom service levels name about deadlines that are over, and return of how many.

        Each is told once of each deadline of each order.
        """
        now = aware(now)
        over = and_(
            _orders.c.closed.is_(None),
            _orders.c.state.in_(("open", "assigned", "acknowledged")),
            (_orders.c.respond_by <= micros(now)) | (_orders.c.repair_by <= micros(now)),
        )
        told = 0
        with self._beside.transaction("write") as connection:
            levels = {row.id: level_of(row) for row in connection.execute(select(schema.levels))}
            for row in connection.execute(select(_orders).where(over)).all():
                level = levels.get(row.level_id)
                taken = row.escalated
                for index, step in enumerate(level.escalations if level else ()):
                    deadline = row.respond_by if step.after == "response" else row.repair_by
                    answered = step.after == "response" and row.acknowledged is not None
                    if taken & 1 << index or deadline is None or answered or level is None:
                        continue
                    if due(level, moment(deadline), step.hours) > now:
                        continue
                    taken |= 1 << index
                    what = "not acknowledged" if step.after == "response" else "not mended"
                    note = f"{what} {step.hours:g} h of service after it was due"
                    also = self._organisation(connection, self._in_role(connection, row, step.role))
                    self._step(connection, row.id, "escalate", "clock", note, now, also=also)
                    told += 1
                if taken != row.escalated:
                    connection.execute(_orders.update().where(_orders.c.id == row.id).values(escalated=taken))
        return told

    def _step(
        self,
        connection: Connection,
        number: int,
        act: Act,
        role: Role,
        note: str,
        now: datetime,
        *,
        organisation: str | None = None,
        mended: str | None = None,
        also: Organisation | None = None,
    ) -> None:
        """Change an order by an act, write it down, and tell it."""
        order = self._order(connection, number)
        state = next_state(order, act, role, note)
        columns: dict[str, Any] = {"state": state, "version": order.version + 1}
        stamp = micros(now)
        if act == "assign":
            columns["organisation_id"] = self._organisation_id(connection, organisation)
            columns["acknowledged"] = None
        elif act == "acknowledge":
            columns["acknowledged"] = stamp
        elif act == "done":
            columns["done"] = stamp
        elif act == "reopen":
            columns["done"] = None
        elif act in ("verify", "cancel"):
            columns |= {"closed": stamp, "mended": mended}
        columns |= self._clockwork(connection, order, act, now)
        same = (_orders.c.id == number, _orders.c.version == order.version)
        if connection.execute(_orders.update().where(*same).values(**columns)).rowcount != 1:
            raise Outdated(f"order {number} has changed meanwhile; look at it again")
        self._write_step(connection, self._order(connection, number), act, role, note, now, also)

    def _clockwork(self, connection: Connection, order: Order, act: Act, now: datetime) -> dict[str, Any]:
        """Return what an act changes of the deadline: while an order is on hold its time stands still."""
        if act not in ("hold", "resume", "done"):
            return {}
        row = connection.execute(
            select(_orders.c.remaining, _orders.c.level_id).where(_orders.c.id == order.id)
        ).one()
        level = self._level(connection, row.level_id)
        if level is None:
            return {}
        if act == "hold" and order.repair_by is not None:
            left = until(level, now, order.repair_by).total_seconds()
            return {"remaining": left, "repair_by": None}
        if act != "hold" and row.remaining is not None:
            late = timedelta(seconds=min(row.remaining, 0.0))
            return {
                "remaining": None,
                "repair_by": micros(due(level, now, max(row.remaining, 0.0) / 3600.0) + late),
            }
        return {}

    def _write_step(
        self,
        connection: Connection,
        order: Order,
        act: Act,
        role: Role,
        note: str,
        now: datetime,
        also: Organisation | None = None,
    ) -> None:
        note = _note(note)
        mender = self._organisation(connection, self._id_of(connection, order.organisation))
        connection.execute(
            schema.steps.insert(),
            {
                "order_id": order.id,
                "time": micros(now),
                "act": act,
                "state": order.state,
                "role": role,
                "organisation_id": self._id_of(connection, also.name if also else order.organisation),
                "note": note,
            },
        )
        if not self._outlets:
            return
        manager = self._organisation(connection, self._in_role(connection, order, "managed_by"))
        told = messages(order, act, role, note, now, self._outlets, mender=mender, manager=manager, also=also)
        put(connection, list(told))

    def _order(self, connection: Connection, number: int) -> Order:
        found = Book(lambda: _Given(connection)).order(number)
        if found is None:
            raise UsageError(f"there is no order {number}")
        return found

    def _responsible(self, connection: Connection, opening: Opening) -> tuple[int | None, str | None]:
        """Return the service level and the maintainer of a subject; of a site only if all cameras agree."""
        rows = connection.execute(_assets_of(opening.scope, opening.subject)).all()
        if opening.scope == "camera" and not rows:
            known = select(schema.cameras.c.id).where(schema.cameras.c.name == opening.subject)
            if connection.scalar(known) is None:
                raise UsageError(f"no camera is called {opening.subject!r}")
        levels = {row.level_id for row in rows}
        menders = {row.maintained_by for row in rows}
        mender = self._organisation(connection, menders.pop()) if len(menders) == 1 else None
        return (levels.pop() if len(levels) == 1 else None), mender.name if mender else None

    def _in_role(self, connection: Connection, order: Any, role: str) -> int | None:
        """Return the organisation that has a role for the subject of an order, where there is one."""
        rows = connection.execute(_assets_of(order.scope, order.subject)).all()
        found = {getattr(row, role) for row in rows}
        return found.pop() if len(found) == 1 else None

    @staticmethod
    def _level(connection: Connection, number: int | None) -> Level | None:
        if number is None:
            return None
        return level_of(connection.execute(select(schema.levels).where(schema.levels.c.id == number)).one())

    @staticmethod
    def _organisation(connection: Connection, number: int | None) -> Organisation | None:
        if number is None:
            return None
        table = schema.organisations
        row = connection.execute(select(table).where(table.c.id == number)).one()
        return Organisation(name=row.name, title=row.title, contact=row.contact)

    @staticmethod
    def _id_of(connection: Connection, name: str | None) -> int | None:
        table = schema.organisations
        return connection.scalar(select(table.c.id).where(table.c.name == name)) if name else None

    def _organisation_id(self, connection: Connection, name: str | None) -> int:
        found = self._id_of(connection, name)
        if found is None:
            known = sorted(names_of(connection, schema.organisations).values())
            raise UsageError(f"no organisation is called {name!r}; there are: {', '.join(known) or 'none'}")
        return found

    def _upsert(self, table: Table, rows: list[dict[str, Any]], key: str) -> int:
        if not rows:
            return 0
        with self._beside.transaction("write") as connection:
            statement = insert(connection, table)
            changed = {name: statement.excluded[name] for name in rows[0] if name != key}
            connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)
        return len(rows)


class _Given:
    """A transaction that somebody else ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        return None


def _assets_of(scope: str, subject: str) -> Any:
    statement = select(schema.assets)
    if scope == "camera":
        return statement.where(schema.assets.c.camera == subject)
    if scope == "site":
        return statement.join(schema.sites).where(schema.sites.c.name == subject)
    return statement


def _asset_row(one: Asset, ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    _check_name("camera", one.camera)

    def known(table: str, name: str | None, what: str) -> int | None:
        if name is None:
            return None
        if name not in ids[table]:
            raise UsageError(
                f"camera {one.camera}: no {what} is called {name!r}; there are: "
                f"{', '.join(sorted(ids[table])) or 'none'}"
            )
        return ids[table][name]

    return {
        "camera": one.camera,
        "site_id": known("sites", one.site, "site"),
        "make": text(one.make),
        "model": text(one.model),
        "serial": text(one.serial),
        "installed": one.installed.isoformat() if one.installed else None,
        "built_by": known("organisations", one.built_by, "organisation"),
        "managed_by": known("organisations", one.managed_by, "organisation"),
        "maintained_by": known("organisations", one.maintained_by, "organisation"),
        "contract": text(one.contract),
        "warranty": one.warranty.isoformat() if one.warranty else None,
        "level_id": known("levels", one.level, "service level"),
        "lifecycle": one.lifecycle,
        "token": secrets.token_urlsafe(TOKEN_BYTES),
    }


def _check_opening(opening: Opening) -> None:
    if (opening.scope == "fleet") != (opening.subject == ""):
        raise UsageError("an order on the whole fleet has no subject, and any other one has")
    if not NAME.fullmatch(opening.cause.replace("_", "-").lower()):
        raise UsageError(f"cause = {opening.cause!r}: one word, such as blur, no_picture or bracket")


def _check_name(thing: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{thing} {name!r}: a name has lower case letters, digits, dot, dash and underscore, at most 64"
        )


def _note(note: str) -> str:
    """Return a note as it is kept: one line, not too long."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text(note)).split())
    if len(words) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters, not {len(words)}")
    return words
