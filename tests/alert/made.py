"""Events and stores for the tests of their life."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from landwatch.config import Camera, Config, Outlet, Place
from landwatch.store import Store
from landwatch.types import Event, EventState, Outcome, Reading, Still

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""A Wednesday."""

NEAR = {
    "ridge": Place(latitude=46.50, longitude=9.90),
    "valley": Place(latitude=46.52, longitude=9.90),
    "far": Place(latitude=46.60, longitude=9.90),
}
"""`valley` is 0.02 deg of a great circle, 2.2 km, from `ridge`; `far` is 11.1 km from it."""


def cameras() -> tuple[Camera, ...]:
    """Return three cameras with places and one without."""
    placed = tuple(
        Camera(name=name, title=f"The {name}", source={"kind": "folder"}, place=place, interval=10)
        for name, place in NEAR.items()
    )
    return (*placed, Camera(name="nowhere", source={"kind": "folder"}, interval=10))


def config(**tables: Any) -> Config:
    """Return a configuration with two outlets for alerts and one for every change."""
    outlets = (
        Outlet(name="desk", kind="apprise"),
        Outlet(name="chief", kind="apprise"),
        Outlet(name="log", kind="jsonl", path="x"),
    )
    return Config(camera=cameras(), outlet=outlets, **tables)


def event(
    camera: str = "ridge", state: EventState = "opened", at: float = 0.0, opened: float = 0.0, **other: Any
) -> Event:
    """Return one change of a smoke event, so many seconds after noon."""
    hazard = other.pop("hazard", "smoke")
    return Event(
        id=f"{hazard}-{camera}-{opened:g}",
        hazard=hazard,
        camera=camera,
        state=state,
        opened=NOON + timedelta(seconds=opened),
        time=NOON + timedelta(seconds=at),
        score=other.pop("score", 0.7),
        region=(10, 20, 30, 40),
        **other,
    )


def still(content: bytes) -> Still:
    """Return content as a still, which no test decodes."""
    return Still(content=content, sha256=hashlib.sha256(content).hexdigest(), width=64, height=48)


def outcome(
    camera: str,
    at: float,
    *events: Event,
    content: bytes | None = None,
    readings: tuple[Reading, ...] = (),
    **other: Any,
) -> Outcome:
    """Return what is kept of one frame, so many seconds after noon."""
    taken = NOON + timedelta(seconds=at)
    shown = None if content is None else still(content)
    if shown is not None:
        events = tuple(dataclasses.replace(one, still=shown.sha256) for one in events)
    given = {"status": "cleared" if shown else "withheld", "reason": None, **other}
    return Outcome(
        camera=camera,
        name=f"{at:g}.jpg",
        taken=taken,
        time_from="clock",
        received=taken,
        masked=0.0 if shown else None,
        model=None,
        still=shown,
        events=events,
        readings=readings,
        **given,
    )


def keep(store: Store, *events: Event) -> None:
    """Keep events, as the keeper does with what the rules say."""
    for one in events:
        at = (one.time - NOON).total_seconds()
        store.keep(outcome(one.camera, at, one))


def told(store: Store, outlet: str) -> list[dict[str, Any]]:
    """Return the bodies that wait for an outlet, in order."""
    return [json.loads(message.body) for message in store.pending(outlet)]
