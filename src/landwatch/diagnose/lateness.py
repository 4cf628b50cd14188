"""Late pictures: how old a picture was when it arrived, and how long after the one before it was taken."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from landwatch.diagnose._look import Look, before, grade
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "s"

LEAST_INTERVAL_S = 10.0
"""Cameras asked more often are still allowed this: networks stall for seconds. [s]"""

AHEAD_S = 10.0
"""A picture taken this long after it arrived shows that the camera's clock is ahead. [s]"""

GAPS = 20
"""Gaps remembered, to learn the cadence of a camera that nobody asked for one. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many intervals a picture may be late."""

    doubtful: float = 4.0
    """Intervals. [1]"""
    bad: float = 12.0
    """Intervals. [1]"""


@dataclass(slots=True)
class _Note:
    last: datetime | None = None
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS))


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the picture's age at arrival or the time missed before it, whichever is greater [s]."""
    note = past.note("diagnose.lateness", _Note)
    age = (picture.received - picture.taken).total_seconds()
    gap = (picture.taken - note.last).total_seconds() if note.last else 0.0
    usual = past.interval or (statistics.median(note.gaps) if len(note.gaps) >= 3 else 0.0)
    if gap > 0:
        note.gaps.append(gap)
    note.last = max(picture.taken, note.last) if note.last else picture.taken
    if age < -AHEAD_S:
        return Look(
            value=age, state="doubtful", detail=f"taken {-age:.0f} s after it arrived: clock is ahead"
        )
    if gap < 0:
        return Look(value=gap, state="doubtful", detail=f"taken {-gap:.0f} s before the one before it")
    missed = max(0.0, gap - usual) if usual else 0.0
    late = max(0.0, age, missed)
    allowed = max(LEAST_INTERVAL_S, usual) if usual or past.interval else 60.0
    # Nobody asked an archive for a cadence, and it may have been thinned: a gap in it must be a long one.
    doubtful = settings.bad if past.interval is None and missed > age else settings.doubtful
    state = grade(
        late / allowed, doubtful, settings.bad * doubtful / settings.doubtful, before(past, "lateness")
    )
    words = ""
    if state != "good":
        words = f"{age:.0f} s old on arrival" if age >= missed else f"nothing came for {gap:.0f} s before it"
    return Look(value=late, state=state, detail=words)
