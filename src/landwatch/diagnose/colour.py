"""A colour cast: all colours shifted the same way, as by a failed white balance or a channel that is lost.

The sun's colour changes land and sky, sun and shade differently; a cast changes every block alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import CLOSE, LEAST_BLOCKS, Plane, scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset(
    {"black", "exposure", "infrared", "covered", "haze", "scene", "torn", "noise", "dirt"}
)

ALIKE = 0.5
"""Spread between the blocks' shifts (half the middle half), in shifts, below which all shifted alike. [1]"""

SLOWLY = 1.6
"""Times that the bounds are wider where pictures lie far apart: sun, haze and white balance shifted all
colours by 21 % within an hour. [1]"""

LEVELS = (20.0, 240.0)
"""Means between which a block has a colour. [0-255]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far red or blue may shift against green."""

    doubtful: float = 15.0
    """[%]"""
    bad: float = 28.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return by how much red or blue has shifted against green since the reference [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle(texture=False):
        return unknown(why)
    assert seen.usual is not None
    low, high = LEVELS
    (_, most), (usual_least, usual_most) = _ends(seen.colour), _ends(seen.usual.colour)
    chosen = seen.kept & (most > low) & (most < high) & (usual_least > low) & (usual_most < high)
    if np.count_nonzero(chosen) < LEAST_BLOCKS:
        return unknown("too few blocks have a colour")
    change = np.log(np.maximum(seen.colour[chosen], 1.0) / seen.usual.colour[chosen])
    shifts = change[:, (0, 2)] - change[:, 1:2]
    shifts.sort(axis=0)
    lower, middle, upper = (shifts[len(shifts) * quarter // 4] for quarter in (1, 2, 3))
    which = int(np.abs(middle).argmax())
    shift = 100.0 * abs(float(np.expm1(middle[which])))
    alike = (upper[which] - lower[which]) / 2.0 < ALIKE * abs(float(middle[which]))
    is_close = bool(past.small) and picture.taken - past.small[-1].taken <= CLOSE
    counted = (shift if is_close else shift / SLOWLY) if alike else 0.0
    state = grade(counted, settings.doubtful, settings.bad, before(past, "colour"))
    words = ""
    if state != "good":
        words = (
            f"{('red', 'blue')[which]} is {'up' if middle[which] > 0 else 'down'} by {shift:.0f} % everywhere"
        )
    return Look(value=shift, state=state, detail=words)


def _ends(colour: Plane) -> tuple[Plane, Plane]:
    """Return the least and the greatest channel of each block. [0-255]"""
    red, green, blue = cv2.split(colour)
    least, most = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    return np.asarray(least, np.float32), np.asarray(most, np.float32)
