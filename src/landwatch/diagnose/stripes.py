"""Stripes, and rows or columns of the sensor that have failed (`landwatch/lines.py` counts them)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.lines import LEAST_SIDE, striped
from landwatch.past import Past
from landwatch.types import Glimpse, Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "torn"})
GLIMPSED = frozenset({"share"})


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
    levels = seen.levels
    if min(levels.shape) < LEAST_SIDE:
        return unknown("the picture is too small")
    if seen.light == "night" and seen.high < 60:
        return unknown("night")
    if cv2.hasNonZero(seen.small.removed):
        height, width = levels.shape
        levels = np.where(seen.small.removed[:height, :width] > 0, np.float32(0.0), levels)
    return _graded(striped(levels), past, settings)


def glimpse(seen: Glimpse, past: Past, settings: Settings) -> Look:
    """Return the share of rows or columns of a withheld picture that are stripes [%]."""
    return _graded(seen.stripes, past, settings)


def _graded(share: float, past: Past, settings: Settings) -> Look:
    note = past.note("diagnose.stripes", _Note)
    state = grade(max(0.0, share - note.usual), settings.doubtful, settings.bad, before(past, "stripes"))
    if state == "good":
        note.usual += 0.1 * (share - note.usual)
    words = "" if state == "good" else f"{share:.0f} % of the rows or columns are stripes"
    return Look(value=share, state=state, detail=words)
