"""A span of a camera's past in few pictures: one for each stretch of time, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from landwatch.store import Archive, CameraRecord, PictureRecord
from landwatch.types import Finding, Outage

__all__ = ["Compared", "Stretch", "compared", "stretches"]

STRETCHES = 24
"""Pictures in a strip: a day's by the hour. [1]"""

MOST_OUTAGES = 1000
"""Newest outages that are looked at; a stretch before them says that no frame came. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of time, with what stands for it."""

    start: datetime
    end: datetime
    picture: PictureRecord | None
    """The newest cleared one within it, or else the newest frame; None where none came."""
    outage: Outage | None
    """The newest within it, where no frame came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one check said then, and what it says now."""

    check: str
    then: Finding | None
    """None where it had not said anything yet."""
    now: Finding


def stretches(archive: Archive, camera: str, start: datetime, end: datetime) -> list[Stretch]:
    """Return a span in stretches of equal length, oldest first."""
    length = (end - start) / STRETCHES
    outages = archive.outages(camera, since=start, limit=MOST_OUTAGES)
    found = []
    for number in range(STRETCHES):
        begin, until = start + number * length, start + (number + 1) * length
        if number == STRETCHES - 1:
            until = end + timedelta(microseconds=1)  # the newest picture belongs to the last one
        frames = archive.pictures(camera, begin, until, limit=1)
        if frames and frames[0].status != "cleared":
            frames = archive.pictures(camera, begin, until, limit=1, status="cleared") or frames
        failed = [one for one in outages if begin <= one.time < until]
        found.append(
            Stretch(
                start=begin,
                end=until,
                picture=frames[0] if frames else None,
                outage=failed[0] if failed and not frames else None,
            )
        )
    return found


def compared(archive: Archive, camera: CameraRecord, then: datetime) -> Sequence[Compared]:
    """Return what each check of a camera says now beside what it had said last at a time."""
    found = []
    for now in camera.findings:
        earlier = archive.findings(camera.name, check=now.check, until=then, limit=1)
        found.append(Compared(check=now.check, then=earlier[-1] if earlier else None, now=now))
    return found
