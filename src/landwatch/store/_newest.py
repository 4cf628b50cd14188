"""The newest of what is known of each camera, copied as it is kept: pages show a fleet without its history.

One row a camera for the newest frame, for the newest whose cleared picture is kept, and for the newest
outage; one a check for the newest finding. A row gives way to one that is as new or newer, so the order in
which frames come does not matter. Each is found again from the history when its picture is taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Select,
    Table,
    Text,
    case,
    func,
    select,
)

from landwatch.store import _schema as schema
from landwatch.store._records import (
    WORST,
    CameraRecord,
    Glance,
    PictureRecord,
    moment,
    place_of,
    to_finding,
    to_outage,
    to_picture,
)
from landwatch.store._rows import put_rows
from landwatch.types import Finding

__all__ = [
    "camera_records",
    "findings",
    "findings_of",
    "forget_stills",
    "glances",
    "outages",
    "pictures",
    "pictures_of",
    "renew",
]

pictures = Table(
    "newest_pictures",
    schema.metadata,
    Column("camera_id", ForeignKey("cameras.id"), primary_key=True),
    Column("shown", Boolean, primary_key=True),  # the newest with a still, or with and without
    Column("name", Text, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("time_from", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("masked", Float),  # upper end of the band [1]
    Column("model", Text),
    Column("sha256", Text),  # of the still, like the next
    Column("width", Integer),  # [px]
    Column("height", Integer),  # [px]
    Column("bytes", BigInteger),
    sqlite_with_rowid=False,
)

outages = Table(
    "newest_outages",
    schema.metadata,
    Column("camera_id", ForeignKey("cameras.id"), primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    sqlite_with_rowid=False,
)

findings = Table(
    "newest_findings",
    schema.metadata,
    Column("camera_id", ForeignKey("cameras.id"), primary_key=True),
    Column("check_id", ForeignKey("checks.id"), primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Float),
    Column("since", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)

STILL = ("sha256", "width", "height", "bytes")

_cameras, _checks = schema.cameras, schema.checks
_camera = _cameras.c.name.label("camera")
_any_picture: Select[Any] = select(pictures, _camera).join(_cameras)
_any_outage: Select[Any] = select(outages, _camera).join(_cameras)
_any_finding: Select[Any] = (
    select(findings, _camera, _checks.c.name.label("check"), _checks.c.unit)
    .join(_checks, findings.c.check_id == _checks.c.id)
    .join(_cameras, findings.c.camera_id == _cameras.c.id)
)

_frame, _kept = pictures.alias("frame"), pictures.alias("kept")
_ranks = {state: rank for rank, state in enumerate(WORST)}
_worst = (
    select(func.min(case(_ranks, value=findings.c.state)))
    .where(findings.c.camera_id == _cameras.c.id)
    .correlate(_cameras)
    .scalar_subquery()
)
_glance: Select[Any] = (
    select(
        _cameras.c.name,
        _cameras.c.title,
        _cameras.c.latitude,
        _cameras.c.longitude,
        _cameras.c.elevation,
        _cameras.c.interval,
        _cameras.c.followed,
        _frame.c.taken,
        _frame.c.received,
        _frame.c.status,
        _frame.c.reason,
        _kept.c.taken.label("shown"),
        _camera,
        outages.c.time,
        outages.c.kind,
        outages.c.message,
        _worst.label("worst"),
    )
    .outerjoin(_frame, (_frame.c.camera_id == _cameras.c.id) & ~_frame.c.shown)
    .outerjoin(_kept, (_kept.c.camera_id == _cameras.c.id) & _kept.c.shown)
    .outerjoin(outages, outages.c.camera_id == _cameras.c.id)
    .order_by(_cameras.c.name)
)


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def _time(table: Table) -> str:
    return "taken" if table is pictures else "time"


def _renewal(table: Table) -> str:
    keys, time = _keys(table), _time(table)
    changed = ", ".join(f"{one.name} = excluded.{one.name}" for one in table.c if one.name not in keys)
    return f"({', '.join(keys)}) DO UPDATE SET {changed} WHERE excluded.{time} >= {table.name}.{time}"


_RENEWAL = {table.name: _renewal(table) for table in (pictures, outages, findings)}
"""What follows ON CONFLICT: a row gives way to one that is as new or newer."""


def renew(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows in the place of those that are not newer; of rows of one time the last stays."""
    keys, time = _keys(table), _time(table)
    newest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in newest or newest[key][time] <= row[time]:
            newest[key] = row
    put_rows(connection, table, list(newest.values()), conflict=_RENEWAL[table.name])


def forget_stills(connection: Connection, hashes: Collection[str]) -> None:
    """Forget cleared pictures that are kept no longer; what is shown instead is found in the history."""
    of_these = pictures.c.sha256.in_(hashes)
    connection.execute(pictures.update().where(~pictures.c.shown, of_these).values(dict.fromkeys(STILL)))
    gone = pictures.delete().where(pictures.c.shown, of_these).returning(pictures.c.camera_id)
    cameras = connection.scalars(gone).all()
    if not cameras:
        return
    history, stills = schema.pictures, schema.stills
    older = history.alias()
    last = (
        select(older.c.id)
        .where(older.c.camera_id == _cameras.c.id, older.c.still_id.is_not(None))
        .order_by(older.c.taken.desc(), older.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    copied = [
        (stills if one.name in STILL else history).c[one.name] for one in pictures.c if one.name != "shown"
    ]
    found = (
        select(*copied)
        .select_from(_cameras)
        .join(history, history.c.id == last)
        .join(stills, history.c.still_id == stills.c.id)
        .where(_cameras.c.id.in_(cameras))
    )
    renew(connection, pictures, [{**row, "shown": True} for row in connection.execute(found).mappings()])


def glances(connection: Connection) -> list[Glance]:
    """Return each camera that was ever enrolled, in order of name."""
    return [
        Glance(
            name=row.name,
            title=row.title,
            place=place_of(row),
            interval=row.interval,
            followed=row.followed,
            taken=None if row.taken is None else moment(row.taken),
            received=None if row.received is None else moment(row.received),
            status=row.status,
            reason=row.reason,
            shown=None if row.shown is None else moment(row.shown),
            last_outage=None if row.time is None else to_outage(row),
            worst=None if row.worst is None else WORST[row.worst],
        )
        for row in connection.execute(_glance)
    ]


def pictures_of(
    connection: Connection, *chosen: ColumnElement[bool]
) -> dict[tuple[str, bool], PictureRecord]:
    """Return the newest frame of each camera, by its name and False, and the newest shown, by True."""
    found = connection.execute(_any_picture.where(*chosen))
    return {(row.camera, row.shown): to_picture(row) for row in found}


def findings_of(connection: Connection, *chosen: ColumnElement[bool]) -> dict[str, list[Finding]]:
    """Return the newest finding of each check of each camera, in order of the check's name."""
    found: dict[str, list[Finding]] = {}
    for row in connection.execute(_any_finding.where(*chosen).order_by(_checks.c.name)):
        found.setdefault(row.camera, []).append(to_finding(row))
    return found


def camera_records(connection: Connection, *chosen: ColumnElement[bool]) -> list[CameraRecord]:
    """Return cameras with the newest of what is known of each, in order of name."""
    frames = pictures_of(connection, *chosen)
    told = {row.camera: to_outage(row) for row in connection.execute(_any_outage.where(*chosen))}
    said = findings_of(connection, *chosen)
    return [
        CameraRecord(
            name=row.name,
            title=row.title,
            place=place_of(row),
            interval=row.interval,
            kind=row.kind,
            followed=row.followed,
            newest=frames.get((row.name, False)),
            newest_shown=frames.get((row.name, True)),
            findings=tuple(said.get(row.name, ())),
            last_outage=told.get(row.name),
        )
        for row in connection.execute(select(_cameras).where(*chosen).order_by(_cameras.c.name))
    ]
