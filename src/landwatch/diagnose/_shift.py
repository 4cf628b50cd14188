"""How the land lies against the reference: shifted, by phase correlation [1], or turned, by points [2].

The shift is sought only when the structure no longer fits, and believed only when the land fits better with
it than without, and nearly nothing fits worse.

References:
    [1] C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", Proc. IEEE Int. Conf. on
        Cybernetics and Society, 163-165, 1975.
    [2] E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or SURF",
        ICCV 2011, 2564-2571, 10.1109/ICCV.2011.6126544.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch import patches
from landwatch.diagnose._scene import LEAST_BLOCKS, Plane, Scene, likeness
from landwatch.past import Past, Small

__all__ = ["FIT", "Shift", "phase", "put_back", "shift", "straight"]

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

POINTS = 500
"""Points looked for in each picture, to find a turn. [1]"""

LEAST_POINTS = 12
"""Points that must agree on a turn; two would do by chance. [1]"""

NEAR_PX = 2.0
"""Distance within which a point agrees. [px of the small copy]"""

SCALES = (0.6, 1.7)
"""Range of a change of the focal length that points can follow. [1]"""


@dataclass(frozen=True, slots=True)
class Shift:
    """How the land lies against the reference."""

    right: float
    """Of the picture's middle. [px of the small copy]"""
    down: float
    """Of the picture's middle. [px of the small copy]"""
    is_believed: bool
    fit: float
    """Median likeness of the land without the shift. [1]"""
    turn: float = 0.0
    """Clockwise as seen in the picture. [deg]"""
    distance: float = 0.0
    """Mean way of the four points halfway to the corners. [px of the small copy]"""


@dataclass(slots=True)
class _Note:
    small: Small | None = None
    found: Shift | None = None


def shift(seen: Scene, past: Past) -> Shift | None:
    """Return how the land lies, sought once a picture; None without enough structure."""
    note = past.note("diagnose._shift", _Note)
    if note.small is not seen.small:
        note.small, note.found = seen.small, _seek(seen)
    return note.found


def phase(seen: Scene, blocks: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how far the land of some blocks has shifted right and down [px of the small copy]."""
    assert seen.usual is not None
    height, width = seen.fine.shape
    # Only what had structure counts: clouds and plain sky would speak for "not moved", or for the wind.
    weight = cv2.resize(blocks.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    land = np.asarray(cv2.dilate(weight, np.ones((17, 17), np.uint8)), np.float32)
    known = seen.usual.fine
    return patches.shift(known * land, seen.fine * land)[:2]


def put_back(seen: Scene, way: NDArray[np.float64]) -> Plane:
    """Return the likeness of each block when the picture is put back by a matrix (2, 3), reference to it."""
    assert seen.usual is not None
    height, width = seen.fine.shape
    put = cv2.warpAffine(seen.fine, way, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return likeness(np.asarray(put, np.float32), seen.usual.fine)


def straight(right: float, down: float) -> NDArray[np.float64]:
    """Return the matrix of a shift alone."""
    return np.array([[1, 0, right], [0, 1, down]], np.float64)


def _seek(seen: Scene) -> Shift | None:
    textured = seen.textured
    if seen.usual is None or seen.likeness is None or np.count_nonzero(textured) < LEAST_BLOCKS:
        return None
    fit = seen.fit
    if fit > FITS:
        return Shift(0.0, 0.0, True, fit)
    right, down = phase(seen, textured)
    if _is_better(seen, straight(right, down)):
        return Shift(right, down, True, fit, distance=math.hypot(right, down))
    if fit < FIT and (turned := _turn(seen)) is not None and _is_better(seen, turned):
        return _described(turned, seen.fine.shape, fit)
    return Shift(right, down, False, fit, distance=math.hypot(right, down))


def _turn(seen: Scene) -> NDArray[np.float64] | None:
    """Return the 2x3 matrix of shift, turn and scale that most points agree on; None if too few do."""
    assert seen.usual is not None
    finder = cv2.ORB.create(POINTS, fastThreshold=8)
    then, told = finder.detectAndCompute(np.clip(seen.usual.gray, 0, 255).astype(np.uint8), None)
    now, says = finder.detectAndCompute(seen.levels.astype(np.uint8), None)
    if min(len(then), len(now)) < LEAST_POINTS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(told, says)
    if len(pairs) < LEAST_POINTS:
        return None
    source = np.array([then[pair.queryIdx].pt for pair in pairs], np.float32)
    target = np.array([now[pair.trainIdx].pt for pair in pairs], np.float32)
    cv2.setRNGSeed(0)  # the same pictures give the same finding
    way, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=NEAR_PX, maxIters=1000)
    if way is None or np.count_nonzero(agree) < LEAST_POINTS:
        return None
    low, high = SCALES
    return np.asarray(way, np.float64) if low < math.hypot(way[0, 0], way[1, 0]) < high else None


def _described(way: NDArray[np.float64], shape: tuple[int, ...], fit: float) -> Shift:
    height, width = shape
    shares = ((0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    points = np.array([(across * width, along * height) for across, along in shares])
    moved = points @ way[:, :2].T + way[:, 2] - points
    return Shift(
        right=float(moved[0, 0]),
        down=float(moved[0, 1]),
        is_believed=True,
        fit=fit,
        turn=math.degrees(math.atan2(way[1, 0], way[0, 0])),
        distance=float(np.hypot(moved[1:, 0], moved[1:, 1]).mean()),
    )


def _is_better(seen: Scene, way: NDArray[np.float64]) -> bool:
    """Return whether the land fits better when it is put back, and nearly nothing fits worse."""
    assert seen.likeness is not None
    height, width = seen.fine.shape
    rows, columns = seen.textured.shape
    middle = np.array([width / 2, height / 2])
    right, down = way[:, :2] @ middle + way[:, 2] - middle
    if abs(right) > FARTHEST * width or abs(down) > FARTHEST * height:
        return False
    # Only blocks whose land is still in the picture, all of it, can fit.
    ends = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1) * (
        width / columns,
        height / rows,
    )
    put = ends @ way[:, :2].T + way[:, 2]
    within = ((put >= -1) & (put <= (width + 1, height + 1))).all(axis=-1)
    inside = within[:-1, :-1] & within[1:, :-1] & within[:-1, 1:] & within[1:, 1:]
    chosen = seen.textured & inside
    if np.count_nonzero(chosen) < LEAST_BLOCKS:
        return False
    after, before = put_back(seen, way)[chosen], seen.likeness[chosen]
    fit = float(np.median(after))
    left = float(((before > WELL) & (after < before - 0.3)).mean())
    return fit > FIT and fit > float(np.median(before)) + BETTER and left < LEFT
