"""Over- and under-exposure: the share of the picture that is burnt white or drowned in black.

Against what is usual, blocks count too that are as ever but far brighter or darker than they were.
Night is neither: where the sun is down (by the place, or by the pictures) nothing is judged. Snow and fog
are bright but not burnt: their texture stays below full scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import Reference, Scene, has_fallen, scene
from landwatch.past import Past
from landwatch.types import Glimpse, Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black"})
GLIMPSED = frozenset({"night", "noise"})

WHITE = 250
"""Luma at or above which a pixel is burnt: JPEG rounds white down by a few levels. [0-255]"""

BLACK = 12
"""Luma at or below which a pixel is drowned. [0-255]"""

DIM = 40
"""Luma that most of a picture lies below only if it is under-exposed, when it was day minutes ago. [0-255]"""

DIMMER = 0.45
"""Share of its usual mean below which a block is drowned, when it went dark faster than dusk: a cloud
leaves more, for the camera opens its iris. [1]"""

BRIGHTER = 1.3
"""Times its usual mean above which a block is burnt, if by `RAISED` too. [1]"""

RAISED = 35.0
"""See `BRIGHTER`. [0-255]"""

WHITISH = 235.0
"""Mean above which a block is burnt if it was `RAISED` / 2 below. [0-255]"""

KEPT = 0.75
"""Share of the usual contrast that the land keeps in a bright picture; fog and snow take more. [1]"""

ALIKE = 0.5
"""Median likeness of the land in a bright picture; snow hides more. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Shares of the picture that may be burnt or drowned; a low sun burns a fifth of a good picture."""

    doubtful: float = 40.0
    """[%]"""
    bad: float = 60.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the burnt or drowned share of the picture, whichever is greater [%]."""
    seen = scene(picture, past)
    if seen.light == "night":
        return unknown("night")
    total = float(seen.histogram.sum())
    if total < seen.small.gray.size / 4:
        return unknown("too little of the picture to judge")
    burnt = 100.0 * float(seen.histogram[WHITE:].sum()) / total
    drowned = 100.0 * float(seen.histogram[: (DIM if seen.light == "dark" else BLACK) + 1].sum()) / total
    if seen.usual is not None and not seen.usual.is_stale and not _is_dawn(seen, seen.usual):
        burnt = max(burnt, _raised(seen)) if seen.rose else burnt
        drowned = max(drowned, _dimmed(seen)) if seen.fell else drowned
    share = max(burnt, drowned)
    state = grade(share, settings.doubtful, settings.bad, before(past, "exposure"))
    words = ""
    if state != "good":
        words = (
            f"over-exposed: {burnt:.0f} % of the picture is too bright"
            if burnt >= drowned
            else f"under-exposed: {drowned:.0f} % of the picture is too dark"
        )
    return Look(value=share, state=state, detail=words)


def glimpse(seen: Glimpse, past: Past, settings: Settings) -> Look:
    """Return what the light tells of a picture that was withheld: nine tenths of it are that dark."""
    if seen.level > DIM or not has_fallen(past, seen.taken, seen.level):
        return unknown(f"the picture was withheld: {seen.reason}")
    return Look(
        value=90.0, state="bad", detail=f"under-exposed: nine tenths are below level {seen.level:.0f} by day"
    )


def _is_dawn(seen: Scene, usual: Reference) -> bool:
    """Return whether colour has come back since the reference, which was then made by lamps."""
    return seen.chroma / max(seen.mean, 1.0) > 2.0 * usual.chroma / max(usual.level, 1.0) + 0.02


def _raised(seen: Scene) -> float:
    """Return the share of the blocks that are far brighter than usual, the land as ever [%]."""
    assert seen.usual is not None
    assert seen.likeness is not None
    now, was = seen.means, seen.usual.mean
    raised = (now > BRIGHTER * was) & (now > was + RAISED)
    raised |= (now > WHITISH) & (was < WHITISH - RAISED / 2)
    land = seen.textured & (now < WHITISH)
    if land.any():
        kept = float(np.median(seen.contrast[land] / seen.usual.contrast[land]))
        if kept < KEPT or float(np.median(seen.likeness[land])) < ALIKE:
            return 0.0
    return _share(raised & seen.kept, seen)


def _dimmed(seen: Scene) -> float:
    """Return the share of the blocks that are far darker than usual, the land as ever [%]."""
    assert seen.usual is not None
    assert seen.likeness is not None
    now, was = seen.means, seen.usual.mean
    dimmed = (now < DIMMER * was) & (was > DIM) & seen.kept
    shown = dimmed & seen.textured & (now > BLACK)
    if shown.any() and float(np.median(seen.likeness[shown])) < ALIKE:
        return 0.0  # something dark lies before the land
    return _share(dimmed, seen)


def _share(blocks: NDArray[np.bool_], seen: Scene) -> float:
    """Return the share of some blocks in those of which nothing was removed [%]."""
    return 100.0 * int(np.count_nonzero(blocks)) / max(1, int(np.count_nonzero(seen.kept)))
