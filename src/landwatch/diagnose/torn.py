"""A torn or rolling picture: from some row on it is grey, of another moment, or out of step.

A tear is a straight row across the picture at which most columns jump where they never did, with land above
or below that no longer fits; in a rolling picture all land has shifted, and the seam is the tear. Where
the rest never arrived, decoders fill it with grey or with the last row, and that shows without any past.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import BLOCK, LEAST_BLOCKS, Scene, bands, scene
from landwatch.diagnose._shift import phase, put_back, shift, straight
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

STEADY = (0.75, 1.33)
"""Range of the mean, in that of the reference, of land that is as ever; lamps and dusk change more. [1]"""

STUCK = 0.12
"""Mean step from row to row below which a part is one row again and again; noise gives more. [0-255]"""

DARK = 30.0
"""Mean below which smooth land or water is as even as a row that is repeated. [0-255]"""

GREY = (118.0, 138.0)
"""Levels with which decoders fill what did not arrive. [0-255]"""

SMEARED = 4.0
"""Deviation along a row that is repeated, above which it is a row of land. [0-255]"""

STEP = 0.25
"""Gain in likeness of a part that is put back from its own shift. [1]"""

CUT = 0.8
"""Share of the textured blocks on either side of a cut that show other land, and the land as ever. [1]"""

DETAILED = 0.6
"""Share of its usual contrast that other land has; a cover has less. [1]"""

ROUND = 20.0
"""Mean difference of a part that has come round from the other end, clouds included. [0-255]"""


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
    missing = _missing(picture, past)
    if missing:
        return Look(value=100.0, state="bad", detail=f"the lower {missing:.0f} % did not arrive")
    if why := seen.obstacle(dark=True):
        return unknown(why)
    assert seen.usual is not None
    assert seen.likeness is not None
    textured = seen.textured
    if seen.chroma < COLOURLESS < seen.usual.chroma:
        return unknown("the camera is in night mode")
    unlike = (seen.likeness < UNLIKE) & textured
    if unlike.sum() < LEAST_BLOCKS // 2:
        return Look(value=0.0, state="good")
    height = seen.fine.shape[0]
    moved = shift(seen, past)
    shares = _jumps(seen)
    value, row = 0.0, 0
    has_moved = moved is not None and moved.is_believed
    if moved is not None and has_moved:
        # All the land has shifted: if it rolls, the seam lies where its foot meets its head.
        row = round(moved.down % height) - 1
        near = shares[max(0, row - 2) : row + 3]
        if abs(moved.down) > ROLLED * height and near.size and _comes_round(seen, round(moved.down)):
            value = 100.0 * float(near.max())
    else:
        border = round(BORDER * height)
        row = border + int(shares[border : height - border].argmax())
        if _is_tear(row, shares, seen):
            value = 100.0 * float(shares[row])
    if value < settings.bad and (split := _split(seen, has_moved)):
        value, row = 100.0, split * BLOCK
    state = grade(value, settings.doubtful, settings.bad, before(past, "torn"))
    words = "" if state == "good" else f"torn at {100 * row / height:.0f} % of the height"
    return Look(value=value, state=state, detail=words)


def _comes_round(seen: Scene, down: int) -> bool:
    """Return whether what left the picture at its foot has come in at its head, or the reverse."""
    assert seen.usual is not None
    now, was = seen.levels, seen.usual.gray
    came, left = (now[:down], was[-down:]) if down > 0 else (now[down:], was[:-down])
    return cv2.norm(came, left, cv2.NORM_L1) < ROUND * came.size


def _jumps(seen: Scene) -> NDArray[np.float64]:
    """Return for each row the share of columns that jump to the next row where the reference does not. [1]"""
    assert seen.usual is not None
    height, width = seen.fine.shape
    gray = seen.small.gray[:height, :width].astype(np.float32)
    known = cv2.dilate(np.abs(np.diff(seen.usual.gray, axis=0)), np.ones((3, 1), np.uint8))
    steps = np.abs(np.diff(gray, axis=0)) - known
    steps[seen.small.removed[1:height, :width] > 0] = 0
    return np.asarray((steps > JUMP).mean(axis=1), np.float64)


def _is_tear(row: int, shares: NDArray[np.float64], seen: Scene) -> bool:
    """Return whether a row stands out, with land as ever on one side of it and unlike on the other."""
    assert seen.usual is not None
    assert seen.likeness is not None
    textured, likeness = seen.textured, seen.likeness
    gains = seen.means / np.maximum(seen.usual.mean, 1.0)
    low, high = STEADY
    around = np.delete(shares, slice(max(0, row - 2), row + 3))
    if shares[row] < LONELY * float(np.quantile(around, 0.9)):
        return False
    split = min(max(1, round((row + 1) / BLOCK)), len(likeness) - 1)
    above, below = (likeness[part][textured[part]] for part in (slice(0, split), slice(split, None)))
    if min(above.size, below.size) < LEAST_SIDE * (above.size + below.size):
        return False
    broken = [float((side < UNLIKE).mean()) for side in (above, below)]
    whole = [float((side > LIKE).mean()) for side in (above, below)]
    sides = (gains[part][textured[part]] for part in (slice(0, split), slice(split, None)))
    steady = [low < float(np.median(side)) < high for side in sides]
    return (broken[0] > BROKEN and whole[1] > WHOLE and steady[1]) or (
        broken[1] > BROKEN and whole[0] > WHOLE and steady[0]
    )


def _missing(picture: Picture, past: Past) -> float:
    """Return the share of the picture at its foot that did not arrive [%]; 0 where all did."""
    rows = bands(picture, past)
    count = len(rows.green) // rows.rows
    parts = rows.green.reshape(count, rows.rows, -1)
    if rows.rows < 2 or parts.shape[2] < 32:
        return 0.0
    stuck = 0
    for part in parts[::-1]:
        if cv2.norm(part[1:], part[:-1], cv2.NORM_L1) > STUCK * part[1:].size:
            break
        mean, spread = float(part[0].mean()), float(part[0].std())
        if mean < DARK:
            break
        if spread < SMEARED and not GREY[0] <= mean <= GREY[1]:
            break  # one colour all over lies on the lens, or is the black round of a wide one
        stuck += 1
    return 100.0 * stuck / count if stuck < count else 0.0


def _split(seen: Scene, has_moved: bool) -> int:
    """Return the row of blocks at which one part of the land has shifted against the other, or is other land;
    0 if none has."""
    assert seen.likeness is not None
    textured = seen.textured
    rows = len(textured)
    counts = textured.sum(axis=1).cumsum()
    fits = np.where(textured, seen.likeness, 0.0).sum(axis=1).cumsum()
    best, at = STEP, 0
    for row in range(1, rows):
        above, below = int(counts[row - 1]), int(counts[-1] - counts[row - 1])
        if min(above, below) < LEAST_SIDE * counts[-1]:
            continue
        gap = abs(fits[row - 1] / above - (fits[-1] - fits[row - 1]) / below)
        if gap > best:
            best, at = float(gap), row
    if not at:
        return 0
    mine = textured.copy()
    is_below = fits[at - 1] / counts[at - 1] > (fits[-1] - fits[at - 1]) / (counts[-1] - counts[at - 1])
    mine[slice(0, at) if is_below else slice(at, None)] = False
    if not has_moved and _is_cut(seen, mine):
        return at
    right, down = phase(seen, mine)
    # A line sync that is lost shifts sideways. What water mirrors shifts up and down with its level.
    if abs(down) > 1.0 or not 1.0 < abs(right) < seen.fine.shape[1] / 2:
        return 0
    after = put_back(seen, straight(right, down))
    stays = textured & ~mine
    is_better = float(np.median(after[mine])) > float(np.median(seen.likeness[mine])) + STEP
    fit = float(np.median(seen.likeness[stays]))
    return at if is_better and fit > LIKE and float(np.median(after[stays])) < fit - STEP else 0


def _is_cut(seen: Scene, broken: NDArray[np.bool_]) -> bool:
    """Return whether one side shows other land, with as much detail, and the other the land as ever."""
    assert seen.usual is not None
    assert seen.likeness is not None
    whole = seen.textured & ~broken
    kept = float(np.median(seen.contrast[broken] / seen.usual.contrast[broken]))
    is_other = float((seen.likeness[broken] < UNLIKE).mean()) > CUT
    return is_other and kept > DETAILED and float((seen.likeness[whole] > LIKE).mean()) > CUT
