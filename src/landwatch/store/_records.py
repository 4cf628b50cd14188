"""What the store gives back, and how its values are written into columns and read again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select

from landwatch.clock import aware
from landwatch.config import Place
from landwatch.errors import StoreError
from landwatch.store import _schema as schema
from landwatch.types import (
    Event,
    Finding,
    FindingState,
    Message,
    Outage,
    Reading,
    Region,
    Status,
    TimeFrom,
)

__all__ = [
    "WORST",
    "CameraRecord",
    "Glance",
    "Outbox",
    "PictureRecord",
    "Pruned",
    "ShownCamera",
    "Size",
    "any_picture",
    "event_columns",
    "finite",
    "micros",
    "moment",
    "pack_region",
    "place_of",
    "text",
    "to_event",
    "to_finding",
    "to_message",
    "to_outage",
    "to_picture",
    "to_reading",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

WORST: tuple[FindingState, ...] = ("bad", "doubtful", "good", "unknown")
"""Worst first; what cannot be said (blur at night) comes last, for it speaks against nothing."""

any_picture: Select[Any] = (
    select(
        schema.pictures,
        schema.cameras.c.name.label("camera"),
        schema.stills.c.sha256,
        schema.stills.c.width,
        schema.stills.c.height,
        schema.stills.c.bytes,
    )
    .join(schema.cameras, schema.pictures.c.camera_id == schema.cameras.c.id)
    .outerjoin(schema.stills, schema.pictures.c.still_id == schema.stills.c.id)
)
"""The rows that `to_picture` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRecord:
    """What is kept of one frame. Of a withheld or forgotten one there is no still."""

    camera: str
    name: str
    taken: datetime
    time_from: TimeFrom
    received: datetime
    status: Status
    reason: str | None
    masked: float | None
    """Upper end of the masked share's band [1]; None where no picture was kept."""
    model: str | None
    """SHA-256 of the detector that cleared it."""
    still: str | None
    """SHA-256 of the cleared picture; None as well when its time of keeping is over."""
    width: int | None
    """[px]"""
    height: int | None
    """[px]"""
    bytes: int | None
    """Of the still's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What one camera is called and where it stands."""

    name: str
    title: str
    """What people call it; its name where they call it nothing else."""
    place: Place | None
    followed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One camera in few words: as much as says how it is, for those who look at thousands."""

    name: str
    title: str
    place: Place | None
    interval: float
    """[s]"""
    followed: bool
    """Whether it was among the cameras enrolled last."""
    taken: datetime | None
    """Capture time of the newest frame, kept or not, aware UTC; the next three are of that frame too."""
    received: datetime | None
    status: Status | None
    reason: str | None
    shown: datetime | None
    """Capture time of the newest cleared picture that is kept, aware UTC."""
    last_outage: Outage | None
    worst: FindingState | None
    """The first, in the order of `WORST`, of the newest findings of its checks; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecord:
    """One camera and the newest of what is known of it."""

    name: str
    title: str
    place: Place | None
    interval: float
    """[s]"""
    kind: str
    """Of source; never its address."""
    followed: bool
    """Whether it was among the cameras enrolled last."""
    newest: PictureRecord | None
    newest_shown: PictureRecord | None
    """The newest with a still."""
    findings: tuple[Finding, ...] = field(default=())
    """The newest of each check, in order of the check's name."""
    last_outage: Outage | None = None

    @property
    def glance(self) -> Glance:
        """The same in few words."""
        newest, shown = self.newest, self.newest_shown
        states = [finding.state for finding in self.findings]
        return Glance(
            name=self.name,
            title=self.title,
            place=self.place,
            interval=self.interval,
            followed=self.followed,
            taken=newest.taken if newest else None,
            received=newest.received if newest else None,
            status=newest.status if newest else None,
            reason=newest.reason if newest else None,
            shown=shown.taken if shown else None,
            last_outage=self.last_outage,
            worst=min(states, key=WORST.index, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What waits to be carried to one outlet."""

    outlet: str
    waiting: int
    failing: int
    """Of those, messages that were tried in vain."""
    oldest: datetime
    """When the first of them was put there, aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCamera:
    """A camera of which cleared pictures are kept, and over which time."""

    name: str
    title: str
    place: Place | None
    interval: float
    """[s]"""
    followed: bool
    first: datetime
    """Capture time of the oldest that is kept, aware UTC."""
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What a pruning took away."""

    stills: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a store holds."""

    rows: Mapping[str, int]
    """By table."""
    database_bytes: int
    stills_bytes: int
    undelivered: int
    """Messages that wait in the outbox."""


def micros(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970-01-01 UTC."""
    return (aware(moment) - EPOCH) // MICROSECOND


def moment(stamp: int) -> datetime:
    """Return the aware UTC time of microseconds since 1970-01-01 UTC."""
    return EPOCH + timedelta(microseconds=stamp)


def text(words: str) -> str:
    """Return words that every database takes: a name of a file may be no UTF-8, or hold a NUL."""
    return words.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def place_of(row: Any) -> Place | None:
    """Return the place in a row of cameras."""
    return None if row.latitude is None else _place(row.latitude, row.longitude, row.elevation)


@lru_cache(maxsize=65_536)
def _place(latitude: float, longitude: float, elevation: float | None) -> Place:
    # It was checked when its camera was enrolled: to check ten thousand again with each page takes most of
    # the page's time, and to make them takes a tenth. Cameras hardly ever move.
    return Place.model_construct(latitude=latitude, longitude=longitude, elevation=elevation)


def finite(number: float | None) -> float | None:
    """Return a plain float, or None for what is none: SQLite would read a NaN back as nothing."""
    return float(number) if number is not None and math.isfinite(number) else None


def pack_region(region: Region | None) -> str | None:
    """Return a region as JSON."""
    return None if region is None else json.dumps([int(edge) for edge in region])


def _region(packed: str | None) -> Region | None:
    if packed is None:
        return None
    left, top, right, bottom = json.loads(packed)
    return (left, top, right, bottom)


def reading_columns(reading: Reading) -> dict[str, Any]:
    """Return a reading's columns; a value that is no number becomes absent="failed", flagged."""
    value, sigma = finite(reading.value), finite(reading.sigma)
    flags = [text(flag) for flag in reading.flags]
    absent = reading.absent
    if reading.value is not None and value is None:
        absent = "failed"
        flags.append("not-finite")
    if reading.sigma is not None and sigma is None:
        flags.append("sigma-not-finite")
    return {
        "time": micros(reading.time),
        "value": value,
        "sigma": sigma,
        "absent": absent,
        "flags": json.dumps(flags, ensure_ascii=False) if flags else None,
        "region": pack_region(reading.region),
    }


def finding_columns(finding: Finding) -> dict[str, Any]:
    """Return a finding's columns."""
    return {
        "time": micros(finding.time),
        "state": finding.state,
        "value": finite(finding.value),
        "since": micros(finding.since),
        "detail": text(finding.detail),
    }


def event_columns(event: Event) -> dict[str, Any]:
    """Return an event's columns.

    Raises:
        StoreError: if its score is no number.
    """
    score = finite(event.score)
    if score is None:
        raise StoreError(
            f"event {event.id} of {event.camera} has the score {event.score!r}, which is no number"
        )
    return {
        "event": text(event.id),
        "hazard": text(event.hazard),
        "state": event.state,
        "opened": micros(event.opened),
        "time": micros(event.time),
        "score": score,
        "region": pack_region(event.region),
        "file": text(event.file),
        "still": event.still,
        "origin": event.origin,
        "drill": event.drill,
    }


def to_reading(row: Any) -> Reading:
    """Return the reading of a row of readings, series and camera."""
    return Reading(
        camera=row.camera,
        quantity=row.quantity,
        time=moment(row.time),
        value=row.value,
        unit=row.unit,
        method=row.method,
        sigma=row.sigma,
        absent=row.absent,
        flags=tuple(json.loads(row.flags)) if row.flags else (),
        region=_region(row.region),
    )


def to_finding(row: Any) -> Finding:
    """Return the finding of a row of findings, checks and camera."""
    return Finding(
        camera=row.camera,
        check=row.check,
        time=moment(row.time),
        state=row.state,
        value=row.value,
        unit=row.unit,
        since=moment(row.since),
        detail=row.detail,
    )


def to_event(row: Any) -> Event:
    """Return the event of a row of events and camera."""
    return Event(
        id=row.event,
        hazard=row.hazard,
        camera=row.camera,
        state=row.state,
        opened=moment(row.opened),
        time=moment(row.time),
        score=row.score,
        region=_region(row.region),
        file=row.file,
        still=row.still,
        origin=row.origin,
        drill=row.drill,
    )


def to_outage(row: Any) -> Outage:
    """Return the outage of a row of outages and camera."""
    return Outage(camera=row.camera, time=moment(row.time), kind=row.kind, message=row.message)


def to_message(row: Any) -> Message:
    """Return the message of a row of messages."""
    return Message(
        outlet=row.outlet,
        key=row.key,
        kind=row.kind,
        time=moment(row.time),
        body=row.body,
        attempts=row.attempts,
        due=moment(row.due),
        error=row.error,
        lane=row.lane,
    )


def to_picture(row: Any) -> PictureRecord:
    """Return the record of a row of pictures, stills and camera."""
    return PictureRecord(
        camera=row.camera,
        name=row.name,
        taken=moment(row.taken),
        time_from=row.time_from,
        received=moment(row.received),
        status=row.status,
        reason=row.reason,
        masked=row.masked,
        model=row.model,
        still=row.sha256,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
    )
