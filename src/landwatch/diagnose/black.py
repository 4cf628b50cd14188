"""A black picture by day: a dead sensor, a closed shutter, a lens cap.

At night a black picture says nothing. Without a known place, day is known by how fast it went
dark: dusk takes longer than a fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, unknown
from landwatch.diagnose._scene import scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How dark a picture may be by day."""

    mean: float = 4.0
    """Mean luma below which a picture may be black, of full scale. [%]"""
    bright: float = 18.0
    """Luma that one pixel in a hundred may lie above; more is land in deep shade. [%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the mean luma [% of full scale]."""
    seen = scene(picture, past)
    mean = seen.mean / 2.55
    if mean >= settings.mean or seen.high / 2.55 >= settings.bright:
        return Look(value=mean, state="good")
    if seen.light == "night":
        return unknown("night", mean)
    return Look(value=mean, state="bad", detail="the picture is black by day")
