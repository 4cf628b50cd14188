"""Stripes, and rows or columns of the sensor that have failed.

In land a row differs from its neighbours here and there; in a stripe it differs by the same all along. So
the picture is averaged into a few segments a row (and a column), and rows are counted in which all agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "torn"})

SEGMENTS = 8
"""Parts a row is averaged in. [1]"""

LEAST = 1.5
"""Step against both neighbours that counts. [0-255]"""

EVEN = 0.6
"""Spread of the segments' steps, in their mean, below which they agree. [1]"""

BORDER = 0.06
"""Share of rows and columns at the borders left out: captions are straight too. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of rows or columns that may be stripes, beyond what is usual."""

    doubtful: float = 2.5
    """[%]"""
    bad: float = 8.0
    """[%]"""


@dataclass(slots=True)
class _Note:
    usual: float = 0.0
    """Running mean of the share by good pictures: fences and rails are straight too. [%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of rows or columns, whichever is greater, that are stripes [%]."""
    seen = scene(picture, past)
    if min(seen.levels.shape) < 8 * SEGMENTS:
        return unknown("the picture is too small")
    if seen.light == "night" and seen.high < 60:
        return unknown("night")
    note = past.note("diagnose.stripes", _Note)
    levels = seen.levels
    height, width = levels.shape
    if cv2.hasNonZero(seen.small.removed):
        levels = np.where(seen.small.removed[:height, :width] > 0, np.float32(0.0), levels)
    rows = cv2.reduce(levels.reshape(height * SEGMENTS, -1), 1, cv2.REDUCE_AVG).reshape(height, SEGMENTS)
    columns = levels.reshape(SEGMENTS, -1, width).mean(axis=1)
    share = max(_straight(np.asarray(rows, np.float32)), _straight(columns.T))
    excess = max(0.0, share - note.usual)
    state = grade(excess, settings.doubtful, settings.bad, before(past, "stripes"))
    if state == "good":
        note.usual += 0.1 * (share - note.usual)
    words = "" if state == "good" else f"{share:.0f} % of the rows or columns are stripes"
    return Look(value=share, state=state, detail=words)


def _straight(parts: NDArray[np.float32]) -> float:
    """Return the share of rows, averaged in segments, that differ from their neighbours evenly [%]."""
    border = round(BORDER * len(parts))
    steps = parts[1:-1] - 0.5 * (parts[:-2] + parts[2:])
    steps = steps[border : len(steps) - border]
    each = np.full(SEGMENTS, 1.0 / SEGMENTS, np.float32)
    mean, square = steps @ each, (steps * steps) @ each
    agree = (np.abs(mean) > LEAST) & (square < (1.0 + EVEN**2) * mean**2)
    return 100.0 * np.count_nonzero(agree) / len(agree)
