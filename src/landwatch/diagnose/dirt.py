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

RISE = 0.5
"""Share of the way to "still dirty" that one picture makes: three equal ones are sure. [1]"""

SURE = 0.8
"""Running share of pictures in which a window was flat, above which it is dirty. [1]"""

SUDDEN = 0.7
"""Share of the spots that came within two pictures, if they are dirt; a tide creeps. [1]"""

MARKED = 0.2
"""Running share above which a window is looked at in the next picture too. [1]"""


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
    """(height, width) of the small copy: running share of the pictures in which it was flat. [1]"""
    is_marked: bool = False
    """Whether any of it is beyond `MARKED`."""
    number: int = 0
    """Pictures looked at so far."""
    clear: int = 0
    """Number of the last picture in which no block had lost its detail."""
    detailed: NDArray[np.int32] | None = None
    """(height, width): number of the last picture in which it was seen with its detail."""


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
        note.detailed = np.zeros(seen.fine.shape, np.int32)
    assert note.detailed is not None
    note.number += 1
    lost = (seen.likeness < UNLIKE) & textured
    share, is_sudden = 0.0, True
    if not lost.any() and not note.is_marked:
        note.clear = note.number
    else:
        flat, detailed, shown = _flat(seen)
        note.detailed[(shown > 0) & ~flat] = note.number
        # What was removed was not seen: what was known of it stands.
        cv2.accumulateWeighted(flat.astype(np.float32), note.flat, RISE, shown)
        note.is_marked = bool(cv2.hasNonZero(cv2.inRange(note.flat, MARKED, 1.0)))
        stays = np.asarray(note.flat > SURE, np.uint8)
        spots = cv2.morphologyEx(stays, cv2.MORPH_OPEN, np.ones((LEAST, LEAST), np.uint8))
        known = detailed & ((shown > 0) | (stays > 0))
        share = 100.0 * cv2.countNonZero(spots) / max(1, int(np.count_nonzero(known)))
        since = np.maximum(note.detailed, note.clear)[spots > 0]
        if since.size:
            together = np.convolve(np.bincount(since - since.min()), np.ones(2, np.intp), mode="same")
            is_sudden = int(together.max()) >= SUDDEN * since.size
    if share >= settings.doubtful and not is_sudden:
        return unknown("it has spread slowly: water, snow or shade", share)
    state = grade(share, settings.doubtful, settings.bad, before(past, "dirt"))
    words = (
        ""
        if state == "good"
        else f"{share:.0f} % of the land has lost its detail: dirt or a drop on the glass"
    )
    return Look(value=share, state=state, detail=words)


def _flat(seen: Scene) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return where the land's detail is gone, where it has any, and a mask of where nothing was removed:
    (height, width) of the small copy."""
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
    shown = np.full(now.shape, 255, np.uint8)
    if cv2.hasNonZero(seen.small.removed):
        near = cv2.dilate(seen.small.removed, np.ones(size, np.uint8))[:height, :width]
        shown = np.asarray(cv2.bitwise_not(near), np.uint8)
    lit = (mean > DROWNED) & (mean < BURNT)
    flat = detailed & lit & (here < FLAT**2 * there)
    flat &= both < UNLIKE * np.sqrt(np.maximum(here * there, 0.0) + 1.0)
    return flat, detailed, shown
