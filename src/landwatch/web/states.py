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

from landwatch.store import CameraRecord, PictureRecord
from landwatch.types import Finding, FindingState

__all__ = [
    "LATE_INTERVALS",
    "STATES",
    "Cause",
    "Health",
    "health",
    "is_late",
    "is_shown_late",
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


def is_late(record: PictureRecord | None, interval: float, now: datetime) -> bool:
    """True when a picture is older than `LATE_INTERVALS` intervals [s] of its camera, or there is none."""
    return record is None or (now - record.taken).total_seconds() > LATE_INTERVALS * interval


def is_shown_late(camera: CameraRecord, now: datetime) -> bool:
    """True when the newest cleared picture of a camera is late."""
    return is_late(camera.newest_shown, camera.interval, now)


def without_address(message: str) -> str:
    """Return a message about a camera without the address that it was asked at: readers may not know it."""
    return ADDRESS.sub("(address)", message)


def health(camera: CameraRecord, now: datetime) -> Health:
    """Return how a camera is at `now`."""
    causes = [*_of_pictures(camera, now), *_of_checks(camera.findings)]
    causes.sort(key=lambda cause: STATES.index(cause.state))
    said: list[FindingState] = [cause.state for cause in causes]
    said += ["good"] if any(finding.state == "good" for finding in camera.findings) else []
    # A check that cannot say anything (blur at night) does not make a camera unknown that others call good.
    state: FindingState = min((one for one in said if one != "unknown"), key=STATES.index, default="unknown")
    newest = camera.newest
    return Health(
        state=state,
        causes=tuple(causes),
        age=None if newest is None else now - newest.taken,
        late=is_late(newest, camera.interval, now),
    )


def _of_pictures(camera: CameraRecord, now: datetime) -> list[Cause]:
    newest, outage = camera.newest, camera.last_outage
    causes: list[Cause] = []
    if newest is None:
        causes.append(Cause(kind="never", state="bad" if outage else "unknown"))
    elif is_late(newest, camera.interval, now):
        causes.append(Cause(kind="late", state="bad", since=newest.taken))
    if outage and (newest is None or outage.time > newest.received):
        causes.append(
            Cause(
                kind="outage",
                state="bad" if newest is None or is_late(newest, camera.interval, now) else "doubtful",
                since=outage.time,
                word=outage.kind,
                detail=without_address(outage.message),
            )
        )
    if newest is not None and newest.status == "withheld":
        causes.append(Cause(kind="withheld", state="doubtful", since=newest.taken, word=newest.reason or ""))
    if newest is not None and newest.status == "forgotten":
        causes.append(Cause(kind="forgotten", state="doubtful", since=newest.taken, word=newest.reason or ""))
    return causes


def _of_checks(findings: Sequence[Finding]) -> list[Cause]:
    return [
        Cause(
            kind="check", state=finding.state, since=finding.since, word=finding.check, detail=finding.detail
        )
        for finding in findings
        if finding.state != "good"
    ]
