"""Low contrast from a veil before the whole picture: fog, frost or salt on the glass.

Fog in the land hides what is far and leaves what is near. A veil on the glass takes contrast from the nearest
too and lifts the darkest levels everywhere, so the blocks that kept most of their contrast are asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "1"
GIVES_WAY_TO = frozenset({"black", "exposure", "torn", "scene", "covered"})

BEST = 0.85
"""Quantile of the blocks' kept contrast that is asked: what a veil on the glass does not spare. [1]"""

LIFT = 20.0
"""Levels by which a veil lifts the darkest hundredth of the picture at least. [0-255]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many times the contrast may fall."""

    doubtful: float = 1.6
    """[1]"""
    bad: float = 2.5
    """[1]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return how many times less contrast the best blocks have than usual; 1 is as ever. [1]"""
    seen = scene(picture, past)
    if why := seen.obstacle(stale=True):
        return unknown(why)
    assert seen.usual is not None
    kept = float(seen.clear[int(BEST * (len(seen.clear) - 1))])
    loss = 1.0 / max(kept, 1e-3)
    if seen.low - seen.usual.low < LIFT:
        return Look(value=loss, state="good")
    state = grade(loss, settings.doubtful, settings.bad, before(past, "haze"))
    words = (
        ""
        if state == "good"
        else f"contrast is {loss:.1f} times less than usual, near and far: clean the glass"
    )
    return Look(value=loss, state=state, detail=words)
