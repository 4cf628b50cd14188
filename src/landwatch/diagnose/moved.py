"""A moved view: how far the land lies from where the reference has it, shifted, turned or scaled."""

from __future__ import annotations

import math
from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.diagnose._shift import FIT, shift
from landwatch.past import Past
from landwatch.types import FindingState, Glimpse, Offset, Picture

UNIT = "{px}"
GIVES_WAY_TO = frozenset({"black", "torn"})
GLIMPSED = frozenset({"moved"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far the view may move, as shares of the picture's width; wind moves a mast by less."""

    doubtful: float = 0.5
    """[%]"""
    bad: float = 1.0
    """[%]"""
    field: float | None = None
    """Angle of view across the picture's width, if it is known: then the way is told in degrees too. [deg]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return how far the view has moved [px of the original]."""
    seen = scene(picture, past)
    if why := seen.obstacle(stale=True):
        return unknown(why)
    assert seen.usual is not None
    found = shift(seen, past)
    if found is None:
        return unknown("too little structure to tell")
    if not found.is_believed:
        if found.fit < FIT:
            return unknown("the land does not fit, and no shift explains it")
        return Look(value=0.0, state="good")
    scale = seen.small.scale
    distance = found.distance / scale
    state = _state(distance, picture.width, past, settings)
    if seen.usual.is_stale and state == "doubtful":
        return unknown("no good picture for hours; plants and shadows may have grown", distance)
    offset = Offset(right=found.right / scale, down=found.down / scale, width=picture.width)
    words = "" if state == "good" else _words(offset, found.turn, settings.field)
    return Look(value=distance, state=state, detail=words)


def glimpse(seen: Glimpse, past: Past, settings: Settings) -> Look:
    """Return how far the view of a picture that was withheld for it has moved [px]."""
    assert seen.offset is not None
    distance = math.hypot(seen.offset.right, seen.offset.down)
    state = _state(distance, seen.offset.width, past, settings)
    words = "" if state == "good" else _words(seen.offset, 0.0, settings.field)
    return Look(value=distance, state=state, detail=words)


def _state(distance: float, width: int, past: Past, settings: Settings) -> FindingState:
    doubtful, bad = (share * width / 100.0 for share in (settings.doubtful, settings.bad))
    return grade(distance, doubtful, bad, before(past, "moved"))


def _words(offset: Offset, turn: float, field: float | None) -> str:
    right, down, width = offset.right, offset.down, offset.width
    if field is None:
        words = (
            f"the view has moved: the land lies {right:+.1f} px right, {down:+.1f} px down of its place, "
            f"turned by {turn:+.1f} deg"
        )
    else:
        words = (
            f"the view has moved: the land lies {right:+.1f} px ({right / width * field:+.2f} deg) right, "
            f"{down:+.1f} px ({down / width * field:+.2f} deg) down of its place, turned by {turn:+.1f} deg"
        )
    return words
