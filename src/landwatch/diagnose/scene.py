"""A wrong scene: the picture shows other land than the reference, as after a mix-up of cameras.

Structure is there, but none of it fits, and no shift brings it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "exposure", "moved", "torn", "noise", "stripes"})

UNLIKE = 0.25
"""Likeness below which a block shows something else. [1]"""

PRESENT = 0.4
"""Share of its usual contrast that other land has at least; less is fog or a cover. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the land that may be unlike the reference; a changed sun makes up to a half unlike."""

    doubtful: float = 68.0
    """[%]"""
    bad: float = 82.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the land that is unlike the reference [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle(stale=True):
        return unknown(why)
    assert seen.usual is not None
    assert seen.likeness is not None
    textured = seen.textured
    share = 100.0 * float((seen.likeness[textured] < UNLIKE).mean())
    if seen.clear[len(seen.clear) // 2] < PRESENT:
        return unknown("fog, or something before the lens", share)
    if seen.usual.is_stale and share < settings.bad:
        return unknown("no good picture for hours", share)
    state = grade(share, settings.doubtful, settings.bad, before(past, "scene"))
    words = "" if state == "good" else f"{share:.0f} % of the land looks unlike this camera's view"
    return Look(value=share, state=state, detail=words)
