"""A black picture by day: a dead sensor, a closed shutter, a lens cap.

At night a black picture says nothing. Without a known place, day is known by how fast it went
dark: dusk takes longer than a fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, unknown
from landwatch.diagnose._scene import has_fallen, scene
from landwatch.past import Past
from landwatch.types import Glimpse, Picture

UNIT = "%"
GLIMPSED = frozenset({"night", "noise"})

SHUT = 15.0
"""Level that a tenth of a picture exceeds if any light comes in, by day. [0-255]"""


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
        return _alone(mean) if _is_alone(past) else unknown("night", mean)
    return Look(value=mean, state="bad", detail="the picture is black by day")


def glimpse(seen: Glimpse, past: Past, settings: Settings) -> Look:
    """Return the level that a tenth of a withheld picture exceeds [% of full scale]."""
    level = seen.level / 2.55
    if seen.level > SHUT:
        return unknown(f"the picture was withheld: {seen.reason}", level)
    if has_fallen(past, seen.taken, seen.level):
        return Look(value=level, state="bad", detail="the picture is black by day")
    return _alone(level) if _is_alone(past) else unknown("night", level)


def _is_alone(past: Past) -> bool:
    """Return whether nothing is known that could tell night from day."""
    return not past.findings and past.interval is None and past.place is None


def _alone(level: float) -> Look:
    return Look(value=level, state="doubtful", detail="the picture is black: it is night, or nothing is seen")
