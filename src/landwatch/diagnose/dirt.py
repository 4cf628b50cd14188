"""Dirt on the glass: a drop, a web or a splash before a part of the view.

Such a part loses its detail while the rest keeps it, and stays where it is from picture to picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import LEAST_BLOCKS, is_foggy, scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "exposure", "moved", "torn", "covered", "haze", "blur", "scene", "noise"})

FLAT = 0.45
"""Share of its usual contrast below which a block has lost its detail. [1]"""

UNLIKE = 0.5
"""Likeness below which a block does not show the land as ever. [1]"""

RISE = 0.5
"""Share of the way to "still dirty" that one picture makes: three equal ones are sure. [1]"""

SURE = 0.8
"""Running share of pictures in which a block was flat, above which it is dirty. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the textured land that may be hidden by dirt."""

    doubtful: float = 4.0
    """[%]"""
    bad: float = 15.0
    """[%]"""


@dataclass(slots=True)
class _Note:
    flat: NDArray[np.float32] | None = None


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the land that has stayed without its detail [%]."""
    seen = scene(picture, past)
    if seen.light != "day":
        return unknown("night")
    if seen.usual is None or seen.likeness is None or seen.usual.is_stale:
        return unknown("too few good pictures yet")
    if is_foggy(seen):
        return unknown("fog")
    textured = seen.textured
    if textured.sum() < LEAST_BLOCKS:
        return unknown("too little structure to tell")
    note = past.note("diagnose.dirt", _Note)
    now = (
        (seen.contrast < FLAT * seen.usual.contrast) & (seen.likeness < UNLIKE) & seen.lit & textured
    ).astype(np.float32)
    if note.flat is None or note.flat.shape != now.shape:
        note.flat = np.zeros_like(now)
    note.flat += RISE * (now - note.flat)
    share = 100.0 * float(np.count_nonzero(note.flat > SURE)) / float(np.count_nonzero(textured))
    state = grade(share, settings.doubtful, settings.bad, before(past, "dirt"))
    words = (
        ""
        if state == "good"
        else f"{share:.0f} % of the land has lost its detail: dirt or a drop on the glass"
    )
    return Look(value=share, state=state, detail=words)
