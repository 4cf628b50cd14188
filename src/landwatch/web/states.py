"""How a camera is, in one word, with the reasons for it.

A camera is as ill as its worst check. On top of its checks it is bad when its newest picture is late, for
a picture that does not come is seen by no check of pictures; and doubtful when its newest frame was not
kept. It is unknown when nothing has been said of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from landwatch.store import WORST, CameraRecord, Glance
from landwatch.types import Finding, FindingState

__all__ = [
    "LATE_INTERVALS",
    "STATES",
    "Cause",
    "Health",
    "causes_of",
    "health",
    "is_late",
    "state_of",
    "without_address",
]

LATE_INTERVALS = 3.0
"""A picture older than so many of its camera's intervals is late: one may be lost, two are a fault. [1]"""

STATES: tuple[FindingState, ...] = ("bad", "doubtful", "unknown", "good")
"""Worst first, as people look for them."""

ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S*?(?=[:;,.]?(?:\s|$))", re.IGNORECASE)

CauseKind = Literal["late", "never", "withheld", "forgotten", "outage", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason why a camera is not good."""

    kind: CauseKind
    state: FindingState
    since: datetime | None = None
    """Aware UTC."""
    word: str = ""
    """The check, the reason of removal, or the kind of outage."""
    detail: str = ""
    """English, from the room that found it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of one camera and what speaks for it."""

    state: FindingState
    causes: tuple[Cause, ...]
    """Worst first; empty for a good camera."""
    age: timedelta | None
    """Of the newest frame, kept or not; None if there was never one."""
    late: bool


def is_late(taken: datetime | None, interval: float, now: datetime) -> bool:
    """True when a picture is older than `LATE_INTERVALS` intervals [s] of its camera, or there is none."""
    return taken is None or (now - taken).total_seconds() > LATE_INTERVALS * interval


def without_address(message: str) -> str:
    """Return a message about a camera without the address that it was asked at: readers may not know it."""
    return ADDRESS.sub("(address)", message)


def state_of(camera: Glance, now: datetime) -> FindingState:
    """Return how a camera is at `now`."""
    said = [cause.state for cause in _of_pictures(camera, now)]
    if camera.worst is not None:
        said.append(camera.worst)
    return min(said, key=WORST.index, default="unknown")


def causes_of(camera: Glance, findings: Sequence[Finding], now: datetime) -> tuple[Cause, ...]:
    """Return what speaks against a camera, worst first.

    Args:
        camera: how it looks.
        findings: the newest of its checks; those that are good may be left out.
        now: the time.
    """
    causes = [*_of_pictures(camera, now), *_of_checks(findings)]
    return tuple(sorted(causes, key=lambda cause: STATES.index(cause.state)))


def health(camera: CameraRecord, now: datetime) -> Health:
    """Return how a camera is at `now`, and why."""
    glance = camera.glance
    return Health(
        state=state_of(glance, now),
        causes=causes_of(glance, camera.findings, now),
        age=None if glance.taken is None else now - glance.taken,
        late=is_late(glance.taken, glance.interval, now),
    )


def _of_pictures(camera: Glance, now: datetime) -> list[Cause]:
    taken, outage = camera.taken, camera.last_outage
    causes: list[Cause] = []
    if taken is None:
        causes.append(Cause(kind="never", state="bad" if outage else "unknown"))
    elif is_late(taken, camera.interval, now):
        causes.append(Cause(kind="late", state="bad", since=taken))
    if outage and (camera.received is None or outage.time > camera.received):
        causes.append(
            Cause(
                kind="outage",
                state="bad" if is_late(taken, camera.interval, now) else "doubtful",
                since=outage.time,
                word=outage.kind,
                detail=without_address(outage.message),
            )
        )
    if camera.status == "withheld" or camera.status == "forgotten":
        causes.append(Cause(kind=camera.status, state="doubtful", since=taken, word=camera.reason or ""))
    return causes


def _of_checks(findings: Sequence[Finding]) -> list[Cause]:
    return [
        Cause(
            kind="check", state=finding.state, since=finding.since, word=finding.check, detail=finding.detail
        )
        for finding in findings
        if finding.state != "good"
    ]
