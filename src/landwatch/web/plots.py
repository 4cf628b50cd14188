"""Readings of one camera as columns for the page's plots, thinned to what a screen can show.

A plot of a week holds more readings than it has pixels. Of each slice of time the least and the greatest
reading are kept, as they were measured, so that no peak is lost; and what is absent stays absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from landwatch.store import Archive, CameraRecord
from landwatch.types import Reading
from landwatch.web.words import Words

__all__ = ["HOURS", "MOST_READINGS", "columns", "span", "thin", "trial_columns"]

HOURS = (1, 6, 24, 168)
"""Lengths of time that the page offers. [h]"""

MOST_READINGS = 200_000
"""Read for one plot page: a week of three series at 10 s. [1]"""

SLICES = 600
"""Of a plot: about two for each three pixels of a wide one. [1]"""


def span(camera: CameraRecord, hours: int, now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a plot goes: back from now, or from the newest picture of an archive."""
    newest = camera.newest
    end = now
    if newest is not None and now - newest.taken > timedelta(hours=hours):
        end = newest.taken
    return end - timedelta(hours=hours), end


def thin(readings: Sequence[Reading], slices: int = SLICES) -> list[Reading]:
    """Return at most about `2 * slices` of the readings, in order: extremes, and changes of absence."""
    if len(readings) <= 2 * slices:
        return list(readings)
    first, last = readings[0].time, readings[-1].time
    width = (last - first) / slices or timedelta(microseconds=1)
    bins: dict[int, list[int]] = defaultdict(list)
    for index, reading in enumerate(readings):
        bins[int((reading.time - first) / width)].append(index)
    kept: set[int] = set()
    for indices in bins.values():
        present = [index for index in indices if readings[index].value is not None]
        if present:
            kept.add(min(present, key=lambda index: readings[index].value or 0.0))
            kept.add(max(present, key=lambda index: readings[index].value or 0.0))
        absent = [index for index in indices if readings[index].value is None]
        kept.update(absent[:1] + absent[-1:])
    return [readings[index] for index in sorted(kept)]


def columns(archive: Archive, camera: CameraRecord, hours: int, words: Words) -> dict[str, Any]:
    """Return what the page's plots show: one series a quantity, with words in the reader's language."""
    start, end = span(camera, hours, words.now)
    series: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    found = archive.readings(
        camera=camera.name, since=start, until=end + timedelta(seconds=1), limit=MOST_READINGS
    )
    for reading in found:
        series[reading.quantity, reading.unit].append(reading)
    return {
        "from": start.timestamp(),
        "to": end.timestamp(),
        "interval": camera.interval,
        "series": [_series(key, thin(readings), words) for key, readings in sorted(series.items())],
    }


def trial_columns(
    archive: Archive, camera: CameraRecord, readings: Sequence[Reading], words: Words
) -> dict[str, Any]:
    """Return what a trial's plots show: its readings, beside what is kept of the same pictures."""
    series: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        series[reading.quantity, reading.unit].append(reading)
    start, end = (readings[0].time, readings[-1].time) if readings else (words.now, words.now)
    until = end + timedelta(microseconds=1)
    found = archive.readings(camera=camera.name, since=start, until=until, limit=MOST_READINGS)
    kept = {(one.quantity, one.unit, one.time): one.value for one in found}
    pictures = len({reading.time for reading in readings})
    return {
        "from": start.timestamp(),
        "to": end.timestamp(),
        "interval": max(camera.interval, (end - start).total_seconds() / max(pictures - 1, 1)),
        "series": [
            _series(key, own, words) | {"beside": [kept.get((*key, reading.time)) for reading in own]}
            for key, own in sorted(series.items())
        ],
    }


def _series(key: tuple[str, str], readings: Sequence[Reading], words: Words) -> dict[str, Any]:
    quantity, unit = key
    return {
        "quantity": quantity,
        "title": words.quantity(quantity),
        "unit": words.unit(unit),
        "times": [reading.time.timestamp() for reading in readings],
        "values": [reading.value for reading in readings],
        "sigmas": [reading.sigma for reading in readings],
        "shown": [
            None if reading.value is None else words.measured(reading.value, reading.sigma, unit)
            for reading in readings
        ],
        "absent": [words.absent(reading.absent) if reading.absent else None for reading in readings],
        "flags": [", ".join(words.name(flag) for flag in reading.flags) for reading in readings],
        "methods": sorted({reading.method for reading in readings}),
    }
