"""Dirt on the glass: a drop, a web or a splash before a part of the view.

Such a part loses its detail while the rest keeps it, and stays where it is from picture to picture. Blocks
tell whether there may be such a part; its outline is then sought in windows of a few pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import BURNT, DROWNED, Scene, is_foggy, scene
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black", "exposure", "moved", "torn", "covered", "haze", "blur", "scene", "noise"})

FLAT = 0.4
"""Share of its usual contrast below which a window has lost its detail. [1]"""

UNLIKE = 0.5
"""Likeness below which a window or a block does not show the land as ever. [1]"""

WINDOW = 7
"""Side of a window. [px of the small copy]"""

TEXTURE = 3.0
"""Contrast above which a window of the reference has detail. [0-255]"""

LEAST = 5
"""Side of the least spot that counts: smaller ones come and go with the light. [px of the small copy]"""

EDGE = 16
"""This part of the height at top and bottom is left out: captions and clocks. [1]"""

FEW = 1
"""So many blocks that no longer fit are worth a closer look. [1]"""

RISE = 0.5
"""Share of the way to "still dirty" that one picture makes: three equal ones are sure. [1]"""

SURE = 0.8
"""Running share of pictures in which a window was flat, above which it is dirty. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the textured land that may be hidden by dirt."""

    doubtful: float = 1.8
    """[%]"""
    bad: float = 10.0
    """[%]"""


@dataclass(slots=True)
class _Note:
    flat: NDArray[np.float32] | None = None


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the land that has stayed without its detail [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle():
        return unknown(why)
    assert seen.usual is not None
    assert seen.likeness is not None
    textured = seen.textured
    if is_foggy(seen):
        return unknown("fog")
    note = past.note("diagnose.dirt", _Note)
    if note.flat is None or note.flat.shape != seen.fine.shape:
        note.flat = np.zeros(seen.fine.shape, np.float32)
    lost = (seen.likeness < UNLIKE) & textured
    share = 0.0
    if np.count_nonzero(lost) < FEW:
        note.flat *= 1.0 - RISE
    else:
        flat, detailed = _flat(seen)
        cv2.accumulateWeighted(flat.astype(np.float32), note.flat, RISE)
        stays = np.asarray(note.flat > SURE, np.uint8)
        spots = cv2.morphologyEx(stays, cv2.MORPH_OPEN, np.ones((LEAST, LEAST), np.uint8))
        share = 100.0 * cv2.countNonZero(spots) / max(1, int(np.count_nonzero(detailed)))
    state = grade(share, settings.doubtful, settings.bad, before(past, "dirt"))
    words = (
        ""
        if state == "good"
        else f"{share:.0f} % of the land has lost its detail: dirt or a drop on the glass"
    )
    return Look(value=share, state=state, detail=words)


def _flat(seen: Scene) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the land's detail is gone, and where it has any: (height, width) of the small copy."""
    assert seen.usual is not None
    now, was = seen.levels, seen.usual.gray
    size = (WINDOW, WINDOW)
    mean, usual = cv2.blur(now, size), cv2.blur(was, size)
    here = cv2.blur(now * now, size) - mean * mean
    there = cv2.blur(was * was, size) - usual * usual
    both = cv2.blur(now * was, size) - mean * usual
    height, width = now.shape
    detailed = np.asarray(there > TEXTURE**2, np.bool_)
    detailed[: height // EDGE] = detailed[height - height // EDGE :] = False
    if cv2.hasNonZero(seen.small.removed):
        near = cv2.dilate(seen.small.removed, np.ones(size, np.uint8))[:height, :width]
        detailed &= near == 0
    detailed &= (mean > DROWNED) & (mean < BURNT)
    flat = detailed & (here < FLAT**2 * there)
    flat &= both < UNLIKE * np.sqrt(np.maximum(here, 0.0) * there + 1.0)
    return flat, detailed
