"""Outcomes for the store's tests: bytes that no camera took, and sums that a reader can redo."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from landwatch.clock import SetClock
from landwatch.config import Camera, Place
from landwatch.store import Store
from landwatch.types import Event, EventState, Finding, FindingState, Outage, Outcome, Reading, Still

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
MODEL = "ab" * 32


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def camera(name: str = "ridge") -> Camera:
    return Camera(
        name=name,
        title="山脊 · Ridge",
        source={"kind": "snapshot", "url": "http://user:secret@camera/"},
        interval=10,
        place=Place(latitude=30.5, longitude=103.25, elevation=2100.0),
    )


def still(content: bytes) -> Still:
    return Still(content=content, sha256=hashlib.sha256(content).hexdigest(), width=64, height=48)


def reading(seconds: float = 0.0, value: float | None = 0.25, quantity: str = "greenness") -> Reading:
    return Reading(
        camera="ridge",
        quantity=quantity,
        time=at(seconds),
        value=value,
        unit="1",
        method=f"{quantity}/1",
        absent="night" if value is None else None,
    )


def finding(seconds: float = 0.0, state: FindingState = "good", since: float | None = None) -> Finding:
    return Finding(
        camera="ridge",
        check="blur",
        time=at(seconds),
        state=state,
        value=12.5,
        unit="1",
        since=at(seconds if since is None else since),
    )


def event(
    seconds: float = 0.0, state: EventState = "opened", name: str = "e1", shown: str | None = None
) -> Event:
    return Event(
        id=name,
        hazard="smoke",
        camera="ridge",
        state=state,
        opened=NOON,
        time=at(seconds),
        score=0.75,
        region=(10, 20, 30, 40),
        file=f"{seconds:g}.jpg",
        still=shown,
    )


def outcome(
    seconds: float = 0.0,
    content: bytes | None = b"cleared",
    *,
    camera: str = "ridge",
    findings: tuple[Finding, ...] = (),
    readings: tuple[Reading, ...] = (),
    events: tuple[Event, ...] = (),
) -> Outcome:
    shown = content is not None
    return Outcome(
        camera=camera,
        name=f"{seconds:g}.jpg",
        taken=at(seconds),
        time_from="clock",
        received=at(seconds + 1),
        status="cleared" if shown else "withheld",
        reason=None if shown else "model",
        masked=0.05 if shown else None,
        model=MODEL if shown else None,
        still=still(content) if content is not None else None,
        findings=findings,
        readings=readings,
        events=events,
    )


def outage(seconds: float = 0.0) -> Outage:
    return Outage(camera="ridge", time=at(seconds), kind="timeout", message="no answer within 10 s")


def opened(folder: Path, url: SecretStr | None = None) -> Store:
    """A store at noon with the camera `ridge`."""
    store = Store.open(folder, SetClock(NOON), url=url)
    store.enroll([camera()])
    return store


def files(folder: Path) -> list[Path]:
    """Every file of the tree of pictures but the mark."""
    return sorted(path for path in (folder / "pictures").rglob("*.*") if path.is_file())
