"""What the client returns besides readings and events, and how answers become records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from landwatch.clock import aware, iso
from landwatch.errors import UsageError
from landwatch.types import Event, Reading

__all__ = [
    "Camera",
    "Moment",
    "News",
    "PictureRecord",
    "asked",
    "camera",
    "event",
    "picture",
    "reading",
    "told",
]

Moment = datetime | str
"""An aware time, or an RFC 3339 text with its zone such as 2026-07-01T12:00:00Z."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera and how it is."""

    name: str
    title: str
    latitude: float | None
    """WGS 84 [deg]; None where the owner does not say where it stands."""
    longitude: float | None
    elevation: float | None
    """Above mean sea level. [m]"""
    interval: float
    """Time between pictures. [s]"""
    state: str
    """good, doubtful, bad or unknown."""
    blind: tuple[str, ...]
    """Hazards that it cannot see now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRecord:
    """What is kept of one frame; without `still` there is no picture, and `reason` says why."""

    camera: str
    taken: datetime
    status: str
    """cleared, withheld or forgotten."""
    reason: str | None
    still: str | None
    """SHA-256 of the cleared picture; what `Client.still` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """That something of some cameras is new."""

    time: datetime
    """The server's time."""
    cameras: tuple[str, ...] | None
    """Their names; None where any may have changed."""


def asked(moment: Moment | None) -> str | None:
    """Return a time as it is written in a question.

    Raises:
        UsageError: if it has no zone or is no time.
    """
    if moment is None:
        return None
    try:
        return iso(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)
    except ValueError as error:
        raise UsageError(f"{moment!r}: {error}; write a time with its zone: 2026-07-01T12:00:00Z") from None


def told(text: str) -> datetime:
    """Return a time of an answer, aware UTC."""
    return aware(datetime.fromisoformat(text))


def reading(row: Mapping[str, Any]) -> Reading:
    """Return a reading of an answer."""
    region = row["region"]
    return Reading(
        camera=row["camera"],
        quantity=row["quantity"],
        time=told(row["time"]),
        value=row["value"],
        unit=row["unit"],
        method=row["method"],
        sigma=row["sigma"],
        absent=row["absent"],
        flags=tuple(row["flags"]),
        region=None if region is None else tuple(region),
    )


def event(row: Mapping[str, Any]) -> Event:
    """Return what the pictures say of an event."""
    region = row["region"]
    return Event(
        id=row["id"],
        hazard=row["hazard"],
        camera=row["camera"],
        state=row["state"],
        opened=told(row["opened"]),
        time=told(row["time"]),
        score=row["score"],
        region=None if region is None else tuple(region),
        file=row["file"],
        still=row["still"],
        origin=row["origin"],
        drill=row["drill"],
    )


def picture(row: Mapping[str, Any]) -> PictureRecord:
    """Return what is kept of a frame."""
    return PictureRecord(
        camera=row["camera"],
        taken=told(row["taken"]),
        status=row["status"],
        reason=row["reason"],
        still=row["still"],
    )


def camera(row: Mapping[str, Any]) -> Camera:
    """Return a camera."""
    place = row["place"] or {}
    return Camera(
        name=row["name"],
        title=row["title"],
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        elevation=place.get("elevation"),
        interval=row["interval"],
        state=row["state"],
        blind=tuple(one["hazard"] for one in row["blind"]),
    )
