"""A moved view: how far the land lies from where the reference has it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.diagnose._shift import FIT, shift
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "[px]"
GIVES_WAY_TO = frozenset({"black", "torn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far the view may move, as shares of the picture's width; wind moves a mast by less."""

    doubtful: float = 0.5
    """[%]"""
    bad: float = 1.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return how far the view has moved [px of the original]."""
    seen = scene(picture, past)
    if seen.light != "day":
        return unknown("night")
    if seen.usual is None:
        return unknown("too few good pictures yet")
    found = shift(seen, past)
    if found is None:
        return unknown("too little structure to tell")
    if not found.is_believed:
        if found.fit < FIT:
            return unknown("the land does not fit, and no shift explains it")
        return Look(value=0.0, state="good")
    right, down = found.right / seen.small.scale, found.down / seen.small.scale
    distance = math.hypot(right, down)
    width = picture.width / 100.0
    state = grade(distance, settings.doubtful * width, settings.bad * width, before(past, "moved"))
    words = ""
    if state != "good":
        words = f"the view has moved: the land lies {right:+.1f} px right, {down:+.1f} px down of its place"
    return Look(value=distance, state=state, detail=words)
