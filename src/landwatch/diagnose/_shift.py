"""By how far the land has shifted against the reference, by phase correlation [1].

The shift is sought only when the structure no longer fits, and believed only when the land fits better with
it than without, and nearly nothing fits worse.

References:
    [1] C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", Proc. IEEE Int. Conf. on
        Cybernetics and Society, 163-165, 1975.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from landwatch.diagnose._scene import LEAST_BLOCKS, Scene, likeness, structure_of
from landwatch.past import Past, Small

__all__ = ["Shift", "shift"]

FITS = 0.80
"""Median likeness of the textured blocks above which the view cannot have moved by a pixel. [1]"""

BETTER = 0.15
"""Gain of the median likeness that a true shift brings. [1]"""

FIT = 0.35
"""Median likeness that the land has after a true shift. [1]"""

FARTHEST = 0.55
"""Share of the picture by which it may have shifted: less than half would be left to compare. [1]"""

WELL = 0.6
"""Likeness of a block that shows the land where it was. [1]"""

LEFT = 0.1
"""Share of the blocks that may fit worse after a true shift; more belong to a part that did not move. [1]"""


@dataclass(frozen=True, slots=True)
class Shift:
    """By how far the land has shifted."""

    right: float
    """[px of the small copy]"""
    down: float
    """[px of the small copy]"""
    is_believed: bool
    fit: float
    """Median likeness of the land without the shift. [1]"""


@dataclass(slots=True)
class _Note:
    small: Small | None = None
    found: Shift | None = None


def shift(seen: Scene, past: Past) -> Shift | None:
    """Return by how far the land has shifted, sought once a picture; None without enough structure."""
    note = past.note("diagnose._shift", _Note)
    if note.small is not seen.small:
        note.small, note.found = seen.small, _seek(seen)
    return note.found


def _seek(seen: Scene) -> Shift | None:
    textured = seen.textured
    if seen.usual is None or seen.likeness is None or textured.sum() < LEAST_BLOCKS:
        return None
    fit = float(np.median(seen.likeness[textured]))
    if fit > FITS:
        return Shift(0.0, 0.0, True, fit)
    height, width = seen.fine.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    # Only what had structure counts: clouds and plain sky would speak for "not moved", or for the wind.
    weight = cv2.resize(textured.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    land = np.asarray(cv2.dilate(weight, np.ones((17, 17), np.uint8)), np.float32)
    known = structure_of(seen.usual)
    right, down = (
        float(way) for way in np.ravel(cv2.phaseCorrelate(known * land, seen.fine * land, window)[0])
    )
    return Shift(right, down, _is_better(seen, right, down), fit)


def _is_better(seen: Scene, right: float, down: float) -> bool:
    """Return whether the land fits better when it is moved back, and nearly nothing fits worse."""
    assert seen.usual is not None
    assert seen.likeness is not None
    height, width = seen.fine.shape
    if abs(right) > FARTHEST * width or abs(down) > FARTHEST * height:
        return False
    rows, columns = seen.textured.shape
    across, along = math.ceil(abs(right) * columns / width), math.ceil(abs(down) * rows / height)
    inside = np.zeros((rows, columns), np.bool_)
    inside[
        slice(0, rows - along) if down > 0 else slice(along, rows),
        slice(0, columns - across) if right > 0 else slice(across, columns),
    ] = True
    chosen = seen.textured & inside
    if chosen.sum() < LEAST_BLOCKS:
        return False
    back = np.array([[1, 0, right], [0, 1, down]], np.float32)
    put = cv2.warpAffine(seen.fine, back, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    after = likeness(np.asarray(put, np.float32), structure_of(seen.usual))[chosen]
    before = seen.likeness[chosen]
    fit = float(np.median(after))
    left = float(((before > WELL) & (after < before - 0.3)).mean())
    return fit > FIT and fit > float(np.median(before)) + BETTER and left < LEFT
