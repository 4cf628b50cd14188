"""From what a camera goes on at a new start: its view's reference, and its newest good pictures.

What checks and instruments learn of a camera lives in memory. But the pictures from which they learnt it are
kept, so they can be shown them again. The reference of a view is the zero from which its drift counts: which
picture it was, for each version of the view, is noted here, and its still is kept for as long as the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    exists,
    func,
    select,
)

from landwatch.store._records import MICROSECOND, PictureRecord, any_picture, to_picture
from landwatch.store._schema import KEY, cameras, checks, findings, metadata, pictures, stills, views
from landwatch.types import ILL, OF_VIEW

__all__ = ["Memory", "memory_of", "references"]

references = Table(
    "view_references",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the view; 0 where none are kept
    Column("taken", BigInteger, nullable=False),
    Column("still", Text, nullable=False, index=True),  # SHA-256
    Index(None, "camera_id", "version"),
)

NEWEST = 12
"""Good pictures that are shown again: the smoke instrument watches after eleven, checks after four. [1]"""

APART = timedelta(seconds=50)
"""Least time between them: of pictures that come faster most say the same."""

REACH = timedelta(days=7)
"""How far they may lie before the newest that is kept: a camera that is ill for longer begins anew."""

OF_COMING = ("clock", "lateness")
"""Checks of when pictures come, whose doubt says nothing against what a picture shows."""

HIDDEN = 0.05
"""Upper end of the masked band [1] beyond which a picture is not shown again: it would count as land."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Pictures from which one camera goes on."""

    reference: PictureRecord | None
    """On which its pictures are laid; None where none became that yet."""
    newest: tuple[PictureRecord, ...]
    """In which no check saw a fault, oldest first."""


def memory_of(connection: Connection, camera: str, version: int) -> Memory:
    """Return the pictures from which a version of a camera's view goes on."""
    return Memory(
        reference=_reference(connection, camera, version), newest=_newest(connection, camera, version)
    )


def _reference(connection: Connection, camera: str, version: int) -> PictureRecord | None:
    zero = (
        select(references)
        .join(cameras)
        .where(cameras.c.name == camera, references.c.version == version)
        .order_by(references.c.taken.desc(), references.c.id.desc())
        .limit(1)
        .subquery()
    )
    row = connection.execute(
        any_picture.join(
            zero, (pictures.c.camera_id == zero.c.camera_id) & (pictures.c.taken == zero.c.taken)
        ).where(stills.c.sha256 == zero.c.still)
    ).first()
    return None if row is None else to_picture(row)


def _newest(connection: Connection, camera: str, version: int) -> tuple[PictureRecord, ...]:
    """Return the newest pictures in which no check saw a fault, oldest first."""
    last = select(func.max(pictures.c.taken)).join(cameras).where(cameras.c.name == camera)
    last = last.where(pictures.c.still_id.is_not(None))
    faulty = exists().where(
        findings.c.check_id == checks.c.id,
        checks.c.camera_id == pictures.c.camera_id,
        checks.c.name.not_in(OF_COMING),
        findings.c.time == pictures.c.taken,
        findings.c.state.in_(ILL),
    )
    good = any_picture.where(
        cameras.c.name == camera,
        pictures.c.still_id.is_not(None),
        pictures.c.taken >= last.scalar_subquery() - REACH // MICROSECOND,
        pictures.c.taken >= _accepted(connection, camera, version),
        pictures.c.masked <= HIDDEN,
        ~faulty,
    ).order_by(pictures.c.taken.desc(), pictures.c.id.desc())
    rows = connection.execute(good.execution_options(yield_per=10 * NEWEST))
    return tuple(reversed([to_picture(row) for row in islice(_spaced(rows), NEWEST)]))


def _accepted(connection: Connection, camera: str, version: int) -> int:
    """Return since when a view that had moved is accepted as it is, by a version saved then; 0 if it had not.

    What was good before shows where it was, and would call it moved again.
    """
    of_camera = select(checks.c.id, views.c.since).join(views, checks.c.camera_id == views.c.camera_id)
    chosen = of_camera.join(cameras, checks.c.camera_id == cameras.c.id).where(
        cameras.c.name == camera, views.c.number == version, checks.c.name.in_(OF_VIEW)
    )
    for check in connection.execute(chosen):
        said = select(findings.c.state).where(findings.c.check_id == check.id, findings.c.time <= check.since)
        if connection.scalar(said.order_by(findings.c.time.desc()).limit(1)) in ILL:
            return int(check.since)
    return 0


def _spaced(rows: Iterable[Any]) -> Iterator[Any]:
    """Yield rows, newest first, that are at least `APART` from one another."""
    before: int | None = None
    for row in rows:
        if before is None or before - row.taken >= APART // MICROSECOND:
            before = row.taken
            yield row
