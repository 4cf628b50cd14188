"""Flicker: brightness that jumps up and down from picture to picture, as by a hunting iris.

Clouds darken and brighten too, but not up and down at each picture.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "covered", "moved", "scene", "torn"})

PICTURES = 4
"""Pictures looked at: three jumps, all of them back and forth. [1]"""

TOGETHER = timedelta(minutes=30)
"""Pictures farther apart than this in all show the weather."""

EQUAL = 0.5
"""Share of the largest jump that the least must have: an iris hunts between two levels. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far the brightness may jump back and forth."""

    doubtful: float = 6.0
    """[%]"""
    bad: float = 15.0
    """[%]"""


@dataclass(slots=True)
class _Note:
    means: deque[float] = field(default_factory=lambda: deque(maxlen=PICTURES))
    times: deque[datetime] = field(default_factory=lambda: deque(maxlen=PICTURES))


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the median jump of the brightness where jumps alternate; 0 where they do not. [%]"""
    seen = scene(picture, past)
    note = past.note("diagnose.flicker", _Note)
    if seen.light == "night":
        note.means.clear()
        note.times.clear()
        return unknown("night")
    note.means.append(seen.mean)
    note.times.append(picture.taken)
    if len(note.means) < PICTURES or note.times[-1] - note.times[0] > TOGETHER:
        return unknown("too few pictures close together")
    jumps = [100.0 * math.log(max(now, 1.0) / max(then, 1.0)) for then, now in pairwise(note.means)]
    sizes = [abs(jump) for jump in jumps]
    alternate = all(one * other < 0 for one, other in pairwise(jumps)) and min(sizes) > EQUAL * max(sizes)
    value = statistics.median(sizes) if alternate else 0.0
    state = grade(value, settings.doubtful, settings.bad, before(past, "flicker"))
    words = "" if state == "good" else f"brightness jumps by {value:.0f} % from picture to picture"
    return Look(value=value, state=state, detail=words)
