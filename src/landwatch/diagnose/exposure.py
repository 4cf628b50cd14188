"""Over- and under-exposure: the share of the picture that is burnt white or drowned in black.

Night is neither: where the sun is down (by the place, or by the pictures) nothing is judged. Snow and fog
are bright but not burnt: their texture stays below full scale.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black"})

WHITE = 250
"""Luma at or above which a pixel is burnt: JPEG rounds white down by a few levels. [0-255]"""

BLACK = 12
"""Luma at or below which a pixel is drowned. [0-255]"""

DIM = 40
"""Luma that most of a picture lies below only if it is under-exposed, when it was day minutes ago. [0-255]"""


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
    share = max(burnt, drowned)
    state = grade(share, settings.doubtful, settings.bad, before(past, "exposure"))
    words = ""
    if state != "good":
        words = (
            f"over-exposed: {burnt:.0f} % of the picture is white"
            if burnt >= drowned
            else f"under-exposed: {drowned:.0f} % of the picture is black"
        )
    return Look(value=share, state=state, detail=words)
