"""Fleets for the tests of the pages: stores filled with rendered land, which shows nobody."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import simplejpeg

from landwatch.clock import SetClock
from landwatch.config import Camera, Place
from landwatch.store import Store
from landwatch.types import (
    Event,
    Finding,
    FindingState,
    Outage,
    Outcome,
    Pixels,
    Reading,
    Region,
    Still,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""What the clock of these tests says."""

INTERVAL = 10.0
"""Of every camera here. [s]"""

MODEL = "ab" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a camera shows in these tests, and how it is."""

    name: str
    title: str
    states: dict[str, tuple[FindingState, float | None, str, str]]
    """State, value, unit and detail of each check."""
    age: float = 4.0
    """Of the newest picture at `NOW`. [s]"""
    smoke: bool = False
    regions: tuple[Region | None, ...] = ()
    """Of the smoke in each picture, oldest first; where it is not said, a box that grows."""
    withheld: bool = False
    refused: bool = False
    quantity: str | None = None


def still(pixels: Pixels) -> Still:
    """Return an array as a still."""
    content = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=88, colorsubsampling="420"))
    return Still(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        width=pixels.shape[1],
        height=pixels.shape[0],
    )


def flat(level: int, width: int = 320, height: int = 180) -> Pixels:
    """Return a plain picture, a little different for each level."""
    return np.full((height, width, 3), level % 256, np.uint8)


def well(**other: tuple[FindingState, float | None, str, str]) -> dict[str, tuple]:
    """Return findings of a camera that is well but for `other`."""
    good: dict[str, tuple] = {
        "blur": ("good", 1.02, "1", ""),
        "exposure": ("good", 0.4, "%", ""),
        "frozen": ("good", 0.0, "s", ""),
        "lateness": ("good", 0.8, "s", ""),
    }
    return {**good, **other}


def outcome(
    camera: str,
    taken: datetime,
    shown: Still | None,
    *,
    findings: tuple[Finding, ...] = (),
    readings: tuple[Reading, ...] = (),
    events: tuple[Event, ...] = (),
    reason: str | None = None,
) -> Outcome:
    """Return what is kept of one frame: withheld if it has no still."""
    return Outcome(
        camera=camera,
        name=f"{taken:%H%M%S}.jpg",
        taken=taken,
        time_from="clock",
        received=taken + timedelta(seconds=0.4),
        status="cleared" if shown else "withheld",
        reason=reason,
        masked=0.0 if shown else None,
        model=MODEL,
        still=shown,
        findings=findings,
        readings=readings,
        events=events,
    )


def enrolled(names: dict[str, str]) -> list[Camera]:
    """Return cameras of the configuration, by names and titles."""
    return [
        Camera(
            name=name,
            title=title,
            source={"kind": "rtsp", "url": "rtsp://never-shown.invalid/secret"},
            interval=INTERVAL,
            place=Place(latitude=46.5, longitude=9.9, elevation=1820),
        )
        for name, title in names.items()
    ]


def fill(folder: Path, sights: list[tuple[Sight, list[Pixels]]], *, hours: float = 1.0) -> None:
    """Fill a store: for each camera its pictures, ten seconds apart, and an hour of readings."""
    with Store.open(folder, SetClock(NOW)) as store:
        store.enroll(enrolled({sight.name: sight.title for sight, _ in sights}))
        for sight, pictures in sights:
            store.keep_all(_life(sight, [still(pixels) for pixels in pictures], hours))
            if sight.refused:
                for turn in range(5):
                    store.keep_outage(
                        Outage(
                            camera=sight.name,
                            time=NOW - timedelta(seconds=5 + 60 * turn),
                            kind="refused",
                            message="rtsp://never-shown.invalid:554/secret: connection refused",
                        )
                    )


def _life(sight: Sight, stills: list[Still], hours: float) -> list[Outcome]:
    newest = NOW - timedelta(seconds=sight.age)
    step = timedelta(seconds=INTERVAL)
    count = int(hours * 3600 / INTERVAL) if sight.quantity else len(stills)
    kept = []
    for index in range(count):
        back = count - 1 - index
        taken = newest - back * step
        shown = stills[len(stills) - 1 - back] if back < len(stills) else None
        findings = tuple(
            Finding(
                camera=sight.name,
                check=check,
                time=taken,
                state=state,
                value=value,
                unit=unit,
                since=taken if index == 0 else newest - (count - 1) * step,
                detail=detail,
            )
            for check, (state, value, unit, detail) in sight.states.items()
        )
        withheld = back == 0 and sight.withheld
        kept.append(
            outcome(
                sight.name,
                taken,
                None if withheld else shown,
                findings=findings if back < len(stills) else (),
                readings=_readings(sight, taken, index, count),
                events=_events(sight, taken, back, shown),
                reason=None if shown and not withheld else "self-test" if withheld else "night",
            )
        )
    return kept


def _readings(sight: Sight, taken: datetime, index: int, count: int) -> tuple[Reading, ...]:
    if sight.quantity is None:
        return ()
    at = index / count
    fog = 0.42 < at < 0.5
    wave = math.sin(at * 9) + 0.06 * math.sin(index * 1.7)
    values = {
        "river_level": (1.2 + 0.35 * at**2 + 0.015 * wave, 0.02, "m", "river_level/1"),
        "smoke": (
            max(0.0, 0.08 + 0.05 * wave + (0.7 if sight.smoke and at > 0.86 else 0.0)),
            None,
            "1",
            "smoke/1",
        ),
        "gcc": (0.38 + 0.012 * wave, 0.003, "1", "greenness/1"),
    }
    wanted = {"river_level": ("river_level",), "smoke": ("smoke", "gcc"), "gcc": ("gcc",)}[sight.quantity]
    return tuple(
        Reading(
            camera=sight.name,
            quantity=name,
            time=taken,
            value=None if fog else values[name][0],
            sigma=None if fog else values[name][1],
            unit=values[name][2],
            method=values[name][3],
            absent="fog" if fog else None,
        )
        for name in wanted
    )


def _events(sight: Sight, taken: datetime, back: int, shown: Still | None) -> tuple[Event, ...]:
    if not sight.smoke or back not in (0, 3, 6) or shown is None:
        return ()
    opened = taken if back == 6 else NOW - timedelta(seconds=sight.age + 60)
    return (
        Event(
            id=f"smoke-{sight.name}-1",
            hazard="smoke",
            camera=sight.name,
            state="opened" if back == 6 else "updated",
            opened=opened,
            time=taken,
            score=0.62 + 0.05 * (6 - back),
            region=sight.regions[6 - back] if sight.regions else _box(shown, 6 - back),
            file=f"{taken:%H%M%S}.jpg",
            still=shown.sha256,
        ),
    )


def _box(shown: Still, step: int) -> Region:
    grown = step * shown.width // 60
    return (
        int(shown.width * 0.42) - grown,
        int(shown.height * 0.2) - grown,
        int(shown.width * 0.58) + grown,
        int(shown.height * 0.55),
    )
