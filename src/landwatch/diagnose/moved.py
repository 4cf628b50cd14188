"""A moved view: how far the land lies from where the reference has it, shifted, turned or scaled."""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.diagnose._shift import FIT, Shift, shift
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "{px}"
GIVES_WAY_TO = frozenset({"black", "torn"})


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
    distance = found.distance / seen.small.scale
    width = picture.width / 100.0
    state = grade(distance, settings.doubtful * width, settings.bad * width, before(past, "moved"))
    if seen.usual.is_stale and state == "doubtful":
        return unknown("no good picture for hours; plants and shadows may have grown", distance)
    words = "" if state == "good" else _words(found, seen.small.scale, settings.field, picture.width)
    return Look(value=distance, state=state, detail=words)


def _words(found: Shift, small: float, field: float | None, width: int) -> str:
    right, down, turn = found.right / small, found.down / small, found.turn
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
