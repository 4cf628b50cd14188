"""An infra-red filter that is stuck: a picture without colour by day, as lamps make it at night.

Fog takes colour too, but it takes contrast with it. Where no place is known, day is known by light and shade
as they were in colour. A camera that never shows colour is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import LEAST_BLOCKS, Scene, scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "exposure", "covered", "scene"})

COLOURFUL = 6.0
"""Mean difference of the channels above which a camera usually shows colour. [0-255]"""

SHARP = 0.6
"""Share of the usual contrast that is kept where it is not fog that takes the colour. [1]"""

LIKE = 0.6
"""Median likeness of the land that the same sun makes; lamps throw other shadows. [1]"""

BRIGHTNESS = (0.6, 1.6)
"""Range of the mean, in that of the reference, that the same sun makes. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the usual colour that may be lost."""

    doubtful: float = 65.0
    """[%]"""
    bad: float = 80.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the usual colour that is lost [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle(dark=True, stale=True, texture=False):
        return unknown(why)
    assert seen.usual is not None
    if seen.usual.chroma < COLOURFUL:
        return unknown("this camera shows little colour")
    lost = 100.0 * max(0.0, 1.0 - seen.chroma / seen.usual.chroma)
    if len(seen.clear) >= LEAST_BLOCKS:
        if seen.clear[len(seen.clear) // 2] < SHARP:
            return unknown("fog, or something before the lens", lost)
        if lost >= settings.doubtful and past.place is None and not _is_by_day(seen):
            return unknown("it may be night", lost)
    state = grade(lost, settings.doubtful, settings.bad, before(past, "infrared"))
    words = (
        ""
        if state == "good"
        else "no colour by day: the infra-red filter is stuck, or the camera in night mode"
    )
    return Look(value=lost, state=state, detail=words)


def _is_by_day(seen: Scene) -> bool:
    """Return whether light and shade lie as they did when the camera showed colour."""
    assert seen.usual is not None
    low, high = BRIGHTNESS
    ratio = float(seen.means.mean()) / max(1.0, float(seen.usual.mean.mean()))
    return low < ratio < high and seen.fit > LIKE
