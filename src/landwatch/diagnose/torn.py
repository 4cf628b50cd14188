"""A torn or rolling picture: from some row on it is grey, of another moment, or out of step.

A tear is a straight row across the picture at which most columns jump where they never did, with land above
or below that no longer fits; in a rolling picture all land has shifted, and the seam is the tear.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import BLOCK, LEAST_BLOCKS, Plane, Scene, scene
from landwatch.diagnose._shift import shift
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "%"
GIVES_WAY_TO = frozenset({"black"})

JUMP = 8.0
"""Step between two rows, beyond the reference's, that counts as a jump. [0-255]"""

UNLIKE = 0.3
"""Likeness below which a block no longer fits. [1]"""

BROKEN = 0.5
"""Share of the textured blocks on one side of a tear that no longer fit. [1]"""

LIKE = 0.6
"""Likeness above which a block shows the land as ever. [1]"""

WHOLE = 0.5
"""Share of the textured blocks on the other side that do. [1]"""

LONELY = 1.5
"""A tear has so many times the jumps of the most unquiet tenth of the other rows. [1]"""

BORDER = 0.06
"""Share of the height at top and bottom that is not looked at: captions have straight edges. [1]"""

COLOURLESS = 2.0
"""Mean difference of the channels below which a picture has no colour. [0-255]"""

LEAST_SIDE = 0.18
"""Share of the textured blocks that a side must have: a skyline alone fits by chance. [1]"""

ROLLED = 0.1
"""Share of the height beyond which a shift down may be a rolling picture. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the columns that may jump at one row."""

    doubtful: float = 28.0
    """[%]"""
    bad: float = 40.0
    """[%]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of columns that jump at the worst row [%]."""
    seen = scene(picture, past)
    if seen.light == "night":
        return unknown("night")
    if seen.usual is None or seen.likeness is None or seen.usual.is_stale:
        return unknown("too few good pictures yet")
    if seen.chroma < COLOURLESS < seen.usual.chroma:
        return unknown("the camera is in night mode")
    textured = seen.textured
    if textured.sum() < LEAST_BLOCKS:
        return unknown("too little structure to tell")
    unlike = (seen.likeness < UNLIKE) & textured
    if unlike.sum() < LEAST_BLOCKS // 2:
        return Look(value=0.0, state="good")
    height = seen.fine.shape[0]
    moved = shift(seen, past)
    shares = _jumps(seen)
    value, row = 0.0, 0
    if moved is not None and moved.is_believed:
        # All the land has shifted: if it rolls, the seam lies where its foot meets its head.
        row = round(moved.down % height) - 1
        near = shares[max(0, row - 2) : row + 3]
        if abs(moved.down) > ROLLED * height and near.size:
            value = 100.0 * float(near.max())
    else:
        border = round(BORDER * height)
        row = border + int(shares[border : height - border].argmax())
        if _is_tear(row, shares, seen.likeness, textured):
            value = 100.0 * float(shares[row])
    state = grade(value, settings.doubtful, settings.bad, before(past, "torn"))
    words = "" if state == "good" else f"torn at {100 * row / height:.0f} % of the height"
    return Look(value=value, state=state, detail=words)


def _jumps(seen: Scene) -> NDArray[np.float64]:
    """Return for each row the share of columns that jump to the next row where the reference does not. [1]"""
    assert seen.usual is not None
    height, width = seen.fine.shape
    gray = seen.small.gray[:height, :width].astype(np.float32)
    known = cv2.dilate(np.abs(np.diff(seen.usual.gray, axis=0)), np.ones((3, 1), np.uint8))
    steps = np.abs(np.diff(gray, axis=0)) - known
    steps[seen.small.removed[1:height, :width] > 0] = 0
    return np.asarray((steps > JUMP).mean(axis=1), np.float64)


def _is_tear(row: int, shares: NDArray[np.float64], likeness: Plane, textured: NDArray[np.bool_]) -> bool:
    """Return whether a row stands out, with land that fits on one side of it and not on the other."""
    around = np.delete(shares, slice(max(0, row - 2), row + 3))
    if shares[row] < LONELY * float(np.quantile(around, 0.9)):
        return False
    split = min(max(1, round((row + 1) / BLOCK)), len(likeness) - 1)
    above, below = (likeness[part][textured[part]] for part in (slice(0, split), slice(split, None)))
    if min(above.size, below.size) < LEAST_SIDE * (above.size + below.size):
        return False
    broken = [float((side < UNLIKE).mean()) for side in (above, below)]
    whole = [float((side > LIKE).mean()) for side in (above, below)]
    return (broken[0] > BROKEN and whole[1] > WHOLE) or (broken[1] > BROKEN and whole[0] > WHOLE)
