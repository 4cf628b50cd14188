"""A covered lens: paint, a leaf, snow or a bag before much of the view.

Where something lies on the glass the land's structure is gone, and nothing of equal detail takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import Scene, is_foggy, scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "exposure", "torn", "scene"})

UNLIKE = 0.25
"""Likeness below which a block shows something else than the land. [1]"""

FLAT = 0.5
"""Share of its usual contrast below which a block has lost its detail. [1]"""

MOSTLY = 0.65
"""Share of the unlike blocks that have lost their detail under a cover; other land has detail. [1]"""

NEAR = 0.5
"""Share of the nearest blocks that fog leaves as they are. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the textured land that may be lost."""

    doubtful: float = 25.0
    """[%]"""
    bad: float = 40.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the land's structure that is hidden [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle(dark=True):
        return unknown(why)
    assert seen.usual is not None
    assert seen.likeness is not None
    textured = seen.textured
    unlike = (seen.likeness < UNLIKE) & seen.lit & textured
    hidden = unlike & (seen.contrast < FLAT * seen.usual.contrast)
    share = 100.0 * float(np.count_nonzero(hidden)) / float(np.count_nonzero(textured))
    if np.count_nonzero(hidden) < MOSTLY * np.count_nonzero(unlike):
        return unknown("what does not fit is mostly other structure", share)
    if is_foggy(seen) and _is_near_seen(seen):
        return unknown("fog in the land, or something of its colour on the lens", share)
    state = grade(share, settings.doubtful, settings.bad, before(past, "covered"))
    words = "" if state == "good" else f"{share:.0f} % of the land is hidden: something is on the lens"
    return Look(value=share, state=state, detail=words)


def _is_near_seen(seen: Scene) -> bool:
    """Return whether the nearest land shows as ever."""
    assert seen.likeness is not None
    nearest = seen.textured.copy()
    nearest[: -(len(nearest) // 4)] = False
    return bool(nearest.any()) and float((seen.likeness[nearest] > UNLIKE).mean()) >= NEAR
