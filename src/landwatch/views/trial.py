"""Reads the kept pictures of a camera again with settings that are not in force, to see what comes of it.

Nothing of it is kept. What removal filled counts as land, since no mask is kept; and the pictures are
thinned, so that an instrument that watches changes from picture to picture sees fewer of them than it would.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from landwatch.config import Camera, Config
from landwatch.errors import RedactError
from landwatch.redact import Closed, recall
from landwatch.store import Archive, PictureRecord
from landwatch.types import Picture, Reading
from landwatch.way import Way

__all__ = ["SPAN", "Summary", "pictures_of", "read_again", "recalled", "summarise", "way_of"]

SPAN = timedelta(hours=24)
"""How far a trial looks back from the newest picture."""

MOST = 288
"""Pictures of a trial at most, evenly over the span: one in five minutes of a day. [1]"""

MOST_ROWS = 200_000
"""Pictures that are looked through for these: more than a day at one a second. [1]"""

BLIND = Closed(RedactError("a trial clears nothing; it reads what was cleared", reason="model"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a trial gave of one quantity."""

    quantity: str
    unit: str
    present: int
    """Readings with a value."""
    absent: tuple[tuple[str, int], ...]
    """How often each reason left it without one, the most frequent first."""
    low: float | None
    middle: float | None
    """Median."""
    high: float | None
    sigma: float | None
    """Median standard uncertainty, where it is told."""


def way_of(camera: Camera, config: Config, folder: Path | None) -> Way:
    """Return a way that can only read again.

    Raises:
        ConfigError: for settings that cannot be used.
    """
    return Way(camera, BLIND, config, interval=camera.interval, folder=folder)


def pictures_of(archive: Archive, camera: str) -> list[PictureRecord]:
    """Return pictures of the last `SPAN` that are kept, oldest first, at most `MOST`."""
    record = archive.camera(camera)
    if record is None or record.newest_shown is None:
        return []
    end = record.newest_shown.taken + timedelta(microseconds=1)
    found = archive.pictures(camera, since=end - SPAN, until=end, limit=MOST_ROWS, status="cleared")
    kept = [one for one in reversed(found) if one.still]
    # From the newest back, so that the newest is always among them.
    return kept[:: -max(1, math.ceil(len(kept) / MOST))][::-1]


def read_again(
    archive: Archive, way: Way, pictures: Sequence[PictureRecord]
) -> Iterator[tuple[Reading, ...]]:
    """Yield the readings of each picture, in order; of one that is no longer kept, none."""
    for one in pictures:
        picture = recalled(archive, one)
        yield () if picture is None else way.again(picture)


def recalled(archive: Archive, one: PictureRecord) -> Picture | None:
    """Return a cleared picture as it was kept; None where it is no longer kept.

    Raises:
        RedactError: if its file is not what was kept.
    """
    file = None if one.still is None else archive.still(one.still)
    if file is None or one.still is None:
        return None
    return recall(
        file.read_bytes(),
        sha256=one.still,
        model=one.model or "",
        camera=one.camera,
        name=one.name,
        taken=one.taken,
        received=one.received,
        time_from=one.time_from,
    )


def summarise(readings: Sequence[Reading], since: datetime | None = None) -> list[Summary]:
    """Return what readings from a time on say of each quantity, in order of name."""
    series: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        if since is None or reading.time >= since:
            series.setdefault((reading.quantity, reading.unit), []).append(reading)
    return [_summary(key, found) for key, found in sorted(series.items())]


def _summary(key: tuple[str, str], readings: Sequence[Reading]) -> Summary:
    values = [reading.value for reading in readings if reading.value is not None]
    sigmas = [reading.sigma for reading in readings if reading.sigma is not None]
    return Summary(
        quantity=key[0],
        unit=key[1],
        present=len(values),
        absent=tuple(Counter(str(one.absent) for one in readings if one.absent).most_common()),
        low=min(values, default=None),
        middle=statistics.median(values) if values else None,
        high=max(values, default=None),
        sigma=statistics.median(sigmas) if sigmas else None,
    )
