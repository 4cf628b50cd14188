"""Candidates for smoke: what has changed against the older pictures, and how much it behaves like a plume.

A plume is anchored on land or crosses the skyline, stands out against how restless its place was before,
is brighter than the land behind it, and billows: it changes from minute to minute by a good part of its own
contrast. A parked car stays as it came, a cloud's shadow is dark and wide, a cloud floats above the land.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.types import Pixels

__all__ = ["Background", "Candidate", "candidates", "changed", "median", "skyline"]

Plane = NDArray[np.float32]
"""(height, width), levels [0-255] or derived from them."""

WIDE = 20.0
"""Standard deviation of the blur that takes out changes of light; young plumes are smaller. [px]"""

NOISE = 1.5
"""Least standard deviation that is believed of any pixel. [0-255]"""

UNREST = 0.5
"""Share of a place's long unrest that is always allowed: where clouds pass, more change is usual. [1]"""

TEXTURE = 0.25
"""Share of the local Laplacian that a pixel may change by: edges tremble with the camera. [1]"""

STRANGE = 2.5
"""Standard deviations beyond which a pixel has changed. [1]"""

ABOVE = 22
"""Height over the skyline within which a plume still counts as standing on land. [px]"""

EDGE = 0.04
"""Share of the height at top and bottom that is left out: burned-in clocks and captions. [1]"""

LEAST_AREA = 15
"""Smaller changes are noise. [px]"""

MOST = 10
"""Candidates looked at in a picture, the largest first. [1]"""

COLUMNS = 2
"""The skyline is sought in each second column. [px]"""

SMOOTH_SKY = 1.0
"""Laplacian that clear sky stays below. [0-255]"""


@dataclass(frozen=True, slots=True)
class Background:
    """What a place looked like before, and how much of a change is usual there."""

    level: Plane
    """Median of the older pictures."""
    allowed: Plane
    """Change of one standard deviation, with texture. [0-255]"""
    texture: Plane
    """Absolute Laplacian of the median. [0-255]"""
    restless: Plane
    """Mean absolute change from one older picture to the next. [0-255]"""
    ridge: NDArray[np.int64]
    """Row of the skyline in each column. [px]"""
    land: NDArray[np.bool_]
    """Where a plume can stand: the land and a little above it."""

    @classmethod
    def of(
        cls, older: Sequence[Pixels], longer: Sequence[Pixels], ridge: NDArray[np.int64] | None
    ) -> Background:
        """Return the background of smoothed grays: `older` for the level, `longer` for the unrest.

        Args:
            older: (height, width) [0-255], oldest first.
            longer: the same and what came before.
            ridge: the skyline, if it is known already.
        """
        level = median(older)
        spread = median([_apart(gray, level) for gray in older]).astype(np.float32) * 1.4826
        total, squares = np.zeros(level.shape, np.float32), np.zeros(level.shape, np.float32)
        for gray in longer:
            cv2.accumulate(gray, total)
            cv2.accumulateSquare(gray, squares)
        mean = total / len(longer)
        variance = cv2.blur(np.maximum(squares / len(longer) - mean * mean, 0), (9, 9))
        steps = [cv2.absdiff(one, other) for one, other in itertools.pairwise(older)]
        restless = np.zeros(level.shape, np.float32)
        for step in steps:
            cv2.accumulate(step, restless)
        plane = level.astype(np.float32)
        texture = np.abs(cv2.Laplacian(plane, cv2.CV_32F))
        usual = np.maximum(cv2.blur(spread, (7, 7)), UNREST * np.sqrt(variance)) + NOISE
        ridge = skyline(plane) if ridge is None else ridge
        below = np.arange(level.shape[0])[:, None] - ridge[None]
        land = below > -ABOVE * level.shape[1] / 320.0
        border = round(EDGE * level.shape[0])
        land[:border] = False
        land[level.shape[0] - border :] = False
        return cls(
            level=plane,
            allowed=np.asarray(usual + TEXTURE * cv2.blur(texture, (5, 5)), np.float32),
            texture=np.asarray(texture, np.float32),
            restless=np.asarray(restless / max(1, len(steps)), np.float32),
            ridge=ridge,
            land=land,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that has changed, and how much it behaves like smoke."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in the small copy. [px]"""
    score: float
    """[0-1]"""


def changed(gray: Pixels, removed: Pixels, background: Background) -> tuple[Pixels, Plane, Plane]:
    """Return where a picture differs (1, else 0), by how much [0-255], and in standard deviations [1]."""
    difference = gray.astype(np.float32) - background.level
    # A blur this wide looks the same at a quarter of the size, at a sixteenth of the cost.
    size = (max(1, gray.shape[1] // 4), max(1, gray.shape[0] // 4))
    coarse = cv2.GaussianBlur(cv2.resize(difference, size, interpolation=cv2.INTER_AREA), (0, 0), WIDE / 4)
    difference -= cv2.resize(coarse, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    strange = difference / background.allowed
    mask = ((np.abs(strange) > STRANGE) & background.land).astype(np.uint8)
    if removed.any():
        mask[cv2.dilate(removed, np.ones((7, 7), np.uint8)) > 0] = 0
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(np.uint8)
    return mask, np.asarray(difference, np.float32), np.asarray(strange, np.float32)


def candidates(
    gray: Pixels,
    mask: Pixels,
    difference: Plane,
    strange: Plane,
    before: Sequence[tuple[Pixels, Pixels, Plane]],
    background: Background,
) -> list[Candidate]:
    """Return the places that have changed, with their scores.

    Args:
        gray: the picture, smoothed.
        mask, difference, strange: of `changed`.
        before: gray, mask and difference of the two remembered pictures before, newest last.
        background: of the place.
    """
    share = float(mask[background.land].mean()) if background.land.any() else 0.0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    order = (np.argsort(-stats[1:count, cv2.CC_STAT_AREA])[:MOST] + 1).tolist()
    (older_gray, older_mask, _), (last_gray, last_mask, last_difference) = before
    around = np.ones((5, 5), np.uint8)
    near = [cv2.dilate(older_mask, around), cv2.dilate(last_mask, around)]
    texture = np.abs(cv2.Laplacian(gray, cv2.CV_16S))
    found = []
    for label in order:
        left, top, width, height, area = (int(value) for value in stats[label])
        if area < LEAST_AREA:
            break
        box = (slice(top, top + height), slice(left, left + width))
        inside = labels[box] == label
        contrast = difference[box][inside]
        amplitude = float(np.abs(contrast).mean())
        steps = (cv2.absdiff(gray[box], last_gray[box]), cv2.absdiff(last_gray[box], older_gray[box]))
        billows = float(sum(step[inside].mean() for step in steps)) / 2.0
        below = top + height - 1 - background.ridge[left : left + width]
        score = (
            _rise(area, 15, 45)  # too small to tell from noise
            * _rise(float(np.abs(strange[box][inside]).mean()), 2.3, 3.2)  # stands out
            * _rise(min(float(mask_[box][inside].mean()) for mask_ in near), 0.1, 0.5)  # was there before
            * _rise(billows / (float(background.restless[box][inside].mean()) + 0.5), 0.8, 2.0)  # restless
            * _rise(billows / (amplitude + 1e-6), 0.10, 0.25)  # for its contrast
            * _rise(-_likeness(contrast, last_difference[box][inside]), -0.98, -0.88)  # changes its form
            * _rise(-float(gray[box][inside].mean()), -235, -205)  # no cloud's white
            * _rise(-share, -0.15, -0.05)  # the land around is as ever
            * _rise(_ratio(texture[box][inside], background.texture[box][inside]), 0.7, 1.1)  # no flat shadow
            * _rise(float(below.max()), -6, 2)  # its foot is on land
            * _rise(-width / height, -7, -4.5)  # no bank of haze or cloud
            * _rise(min(width, height), 2, 4)  # no edge that trembles
            * _rise(-float(below.mean()) * 320.0 / gray.shape[1], -110, -60)  # not at the camera's feet
        )
        if below.min() > 0 and not _crosses(background.ridge, left, width, top):
            score *= _rise(float(contrast.mean()), -4, 6)  # before land smoke is bright; before sky either
        found.append(Candidate(box=(left, top, left + width, top + height), score=score))
    return found


def _crosses(ridge: NDArray[np.int64], left: int, width: int, top: int) -> bool:
    """Return whether a box reaches up to the skyline anywhere."""
    return bool((ridge[left : left + width] >= top).any())


def _rise(value: float, low: float, high: float) -> float:
    """Return 0 below `low`, 1 above `high`, and a straight line between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _likeness(one: Plane, other: Plane) -> float:
    """Return the correlation of two patterns; 0 where one of them is flat."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 0.0


def _apart(one: Pixels, other: Pixels) -> Pixels:
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def _ratio(now: NDArray[np.int16], then: Plane) -> float:
    return (float(now.mean()) + 1.0) / (float(then.mean()) + 1.0)


def median(pictures: Sequence[Pixels]) -> Pixels:
    """Return the median of each pixel, the lower one of an even count, by exchanges of whole pictures."""
    ranked, middle = list(pictures), (len(pictures) - 1) // 2
    for end in range(len(ranked) - 1, middle - 1, -1):
        for place in range(end):
            low, high = ranked[place], ranked[place + 1]
            ranked[place] = np.asarray(cv2.min(low, high), np.uint8)
            ranked[place + 1] = np.asarray(cv2.max(low, high), np.uint8)
    return ranked[middle]


def skyline(level: Plane) -> NDArray[np.int64]:
    """Return the row of the skyline in each column: the best path along edges with smooth sky above.

    Each row of each column has a gain: its vertical edge, more texture below than above, and little texture
    anywhere above. The path is found by dynamic programming, at a cost for each step up or down.
    """
    height, width = level.shape
    if height < 48 or width < 16:
        return np.zeros(width, np.int64)
    smooth = cv2.GaussianBlur(level[:, ::COLUMNS], (5, 5), 0)
    edge = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3))
    texture = cv2.blur(np.abs(cv2.Laplacian(smooth, cv2.CV_32F)), (5, 3))
    texture[: round(EDGE * height)] = 0
    sums = np.cumsum(np.minimum(texture, 6.0), axis=0)
    reach = height // 12
    first, last = max(reach, height // 8), min(height - reach, height * 17 // 20)
    rows = np.arange(first, last)
    step = (sums[rows + reach] - 2 * sums[rows] + sums[rows - reach]) / reach
    above = np.cumsum(np.clip(texture - SMOOTH_SKY, 0, 2), axis=0)[rows]
    gain = np.minimum(edge[rows], 40.0) / 40.0 + 0.25 * np.clip(step, -3, 3) - 0.03 * above
    return np.asarray(np.repeat(_path(-gain.T), COLUMNS)[:width] + first, np.int64)


def _path(cost: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the row of the cheapest path through each column's costs, (columns, rows)."""
    moves = np.arange(-5, 6)
    toll = np.abs(moves)[:, None] * 0.08
    columns, rows = cost.shape
    total = cost[0].astype(np.float64)
    came = np.zeros((columns, rows), np.int64)
    for column in range(1, columns):
        padded = np.pad(total, 5, constant_values=np.inf)
        options = np.lib.stride_tricks.sliding_window_view(padded, rows) + toll
        came[column] = options.argmin(axis=0)
        total = cost[column] + np.take_along_axis(options, came[column][None], axis=0)[0]
    row = int(total.argmin())
    path = [row]
    for column in range(columns - 1, 0, -1):
        row += int(moves[came[column][row]])
        path.append(row)
    return np.array(path[::-1], np.int64)
