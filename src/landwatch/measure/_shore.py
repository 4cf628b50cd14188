"""The line where water meets a board, a staff or a bank, below a pixel, with its uncertainty.

Looked for in a strip: the picture drawn anew so that rows are levels, high ones first, and columns go along
the water. The water line is a long edge across the strip, of either sign: water is darker than a white board
and brighter under a low sky. Other long edges are old water marks above it, and below it the reflections of
the board's own edges, which still water at dusk shows more sharply than its line. But the line alone is the
axis of a mirror, wherever the water is still enough to confuse.

References:
    [1] J. Canny, "A computational approach to edge detection", IEEE TPAMI 8, 679-698, 1986,
        10.1109/TPAMI.1986.4767851 (an edge is where the smoothed picture is steepest).
    [2] A. E. Beaton, J. W. Tukey, "The fitting of power series, meaning polynomials, illustrated on
        band-spectroscopic data", Technometrics 16, 147-185, 1974 (the biweight of the line's fit).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.types import Pixels

__all__ = ["Line", "find_line", "find_step"]

Plane = NDArray[np.float32]

SMOOTH_ALONG, SMOOTH_DOWN = 2.0, 1.2
"""Deviation of the smoothing along and across the line: ripples are long, the edge is thin. [px]"""

SLOPES = (-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03)
"""Slopes of the line that are tried: a board stands level to better than 2 degrees. [1]"""

SURE = 4.0
"""Steepness in deviations of the strip's own from which a column votes whole. [1]"""

FAINT = 1.0
"""Least steepness of a whole vote: less is the coding of the picture. [level/px]"""

FAINT_PART = 0.05
"""Least steepness of a whole vote, in parts of the steepest anywhere: dark paint and its dark reflection meet
in an edge of no matter. [1]"""

AGREED = 0.4
"""Mean vote of the columns, along one line, from which it may be the water's: a row of bow-ties leaves 0.6 of
a board white. [1]"""

LEAST_PART = 0.05
"""An edge weaker than this part of the strongest is none. [1]"""

ROUGH = 0.1
"""What an edge is worth without a mirror image about it, against 1 with a perfect one. On a white board in
still water old water marks reach 0.33 of the line's strength and 0.5 of likeness, reflected edges 0.42 and
0.1. [1]"""

GAP = 3
"""Rows on each side of an edge that its own smoothing touches. [px]"""

FARTHEST = 150
"""Rows on each side that are compared: farther off ripples break the image. [px]"""

SEEN = 0.3
"""Least share of the columns that removal left over at the line. [1]"""

WINDOW = 5
"""Rows above and below the rough line in which each column's own edge is sought. [px]"""

BLOCK = 4
"""Columns that are averaged for one edge: as many as the smoothing along the line joins. [px]"""

BIWEIGHT = 4.685
"""Tuning of the biweight: 95 % efficient for normal errors [2]. [sd]"""

LEAST_SCATTER = 0.05
"""Scatter of edges about the line below which none is believed. [px]"""

PARTS = (0.2, 0.5, 0.8)
"""Quantiles of a row of a narrow strip that are tried. [1]"""

STEP = 8
"""Rows on each side of a step that its two levels are taken from. [px]"""

CLEAR = 0.5
"""Rows of a narrow strip of which removal left less say nothing. [1]"""

LEAST_GAIN = 0.3
"""Logarithm of how much better two means describe a profile than one; noise alone gains 0.05. [1]"""

LEAST_STEP = 8.0
"""Least step of a narrow strip's luma: less is a ripple. [0-255]"""

STEP_SIGMA = 1.0
"""Standard uncertainty of a step in a narrow strip, whose columns are too few to tell: on a staff of 14 px
its figures pull it by up to 2. [px]"""


@dataclass(frozen=True, slots=True)
class Line:
    """A water line in a strip."""

    row: float
    """At the middle column, from the middle of the first row. [px]"""
    slope: float
    """Rows per column. [1]"""
    sigma: float
    """Standard uncertainty of the row. [px]"""


def find_line(strip: Pixels, hidden: Pixels) -> Line | None:
    """Return the water line; None where no long edge stands out.

    Args:
        strip: (rows, columns), luma [0-255].
        hidden: (rows, columns), 255 where a pixel was removed or is outside the picture.
    """
    rows, columns = strip.shape
    if rows < 4 * WINDOW or columns < BLOCK * 2:
        return None
    soft = cv2.GaussianBlur(strip.astype(np.float32), (0, 0), sigmaX=SMOOTH_ALONG, sigmaY=SMOOTH_DOWN)
    smooth = np.asarray(soft, np.float32)
    steep = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1, scale=0.5), np.float32)
    # An edge of the filled part itself, or of the picture, is none of the land's.
    reach = np.ones((7, 9), np.uint8)
    seen = np.asarray(cv2.dilate(hidden, reach) == 0, np.float32)
    steep *= seen
    rough = _rough(smooth, steep, seen)
    return None if rough is None else _fine(steep, seen, *rough)


def _rough(smooth: Plane, steep: Plane, seen: Plane) -> tuple[float, float] | None:
    """Return the row at the middle column and the slope of the likeliest long edge; None without one."""
    rows, columns = steep.shape
    spread = 1.4826 * float(np.median(np.abs(steep[seen > 0]))) if seen.any() else 0.0
    whole = max(SURE * spread, FAINT, FAINT_PART * float(np.abs(steep).max(initial=0.0)))
    votes = np.clip(steep / whole, -1.0, 1.0)
    layers = np.dstack([_joined(values) for values in (steep, votes, seen)])
    agreed, strength, slopes = (np.zeros(rows, np.float32) for _ in range(3))
    for slope in SLOPES:
        if abs(slope) * columns / 2 > rows / 4:
            continue
        edge, vote, share = _along(layers, slope * BLOCK).T
        enough = share >= SEEN
        steepness = np.where(enough, np.abs(edge) / np.maximum(share, SEEN), 0.0)
        better = steepness > strength
        strength[better], slopes[better] = steepness[better], slope
        agreed[better] = (np.abs(vote) / np.maximum(share, SEEN))[better]
    peak = (agreed >= AGREED) & (strength >= np.roll(strength, 1)) & (strength >= np.roll(strength, -1))
    peak[:WINDOW], peak[rows - WINDOW :] = False, False
    if not peak.any():
        return None
    places = np.flatnonzero(peak & (strength >= LEAST_PART * strength[peak].max()))
    thin = smooth[:, ::BLOCK], seen[:, ::BLOCK]
    likely = [strength[row] * (ROUGH + _mirrored(*thin, int(row)) ** 4) for row in places]
    row = places[int(np.argmax(likely))]
    return float(row), float(slopes[row])


def _mirrored(smooth: Plane, seen: Plane, row: int) -> float:
    """Return how much the strip below a row is like the strip above it mirrored, 0 to 1 [1].

    Both are taken without the mean of each row, so that the edge itself and other long ones do not count.
    """
    half = min(row - GAP, len(smooth) - 1 - row - GAP, FARTHEST)
    if half < 4 * WINDOW:
        return 0.0
    above, below = slice(row - GAP - half, row - GAP), slice(row + GAP + 1, row + GAP + 1 + half)
    both = seen[above][::-1] * seen[below]
    count = np.maximum(both.sum(axis=1, keepdims=True), 1.0)
    sides = []
    for values in (smooth[above][::-1], smooth[below]):
        sides.append((values - (values * both).sum(axis=1, keepdims=True) / count) * both)
    one, other = (float(np.square(side).sum()) for side in sides)
    alike = float((sides[0] * sides[1]).sum()) / float(np.sqrt(one * other + 1e-6))
    return max(alike, 0.0)


def _joined(values: Plane) -> Plane:
    """Return the means of each `BLOCK` columns."""
    rows, columns = values.shape
    blocks = columns // BLOCK
    whole = values[:, : blocks * BLOCK]
    return np.asarray(cv2.resize(whole, (blocks, rows), interpolation=cv2.INTER_AREA), np.float32)


def _along(layers: Plane, slope: float) -> Plane:
    """Return the means of (rows, columns, layers) along lines of a slope, by their row in the middle."""
    if slope != 0.0:
        middle = (layers.shape[1] - 1) / 2
        shear = np.array([[1.0, 0.0, 0.0], [slope, 1.0, -slope * middle]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        layers = np.asarray(cv2.warpAffine(layers, shear, layers.shape[1::-1], flags=flags), np.float32)
    return np.asarray(layers.mean(axis=1), np.float32)


def _fine(steep: Plane, seen: Plane, row: float, slope: float) -> Line | None:
    """Return the line through the columns' own edges near the rough one, by a robust fit."""
    rows, columns = steep.shape
    joined, whole = _joined(steep), _joined(seen) == 1.0
    blocks = joined.shape[1]
    across = (np.arange(blocks) + 0.5) * BLOCK - 0.5 - (columns - 1) / 2
    middle = np.clip(np.rint(row + slope * across), WINDOW, rows - 1 - WINDOW).astype(int)
    window = middle[None] + np.arange(-WINDOW, WINDOW + 1)[:, None]
    places = np.arange(blocks)
    near, clear = joined[window, places], whole[window, places].all(axis=0)
    sign = np.sign(near[WINDOW - 1 : WINDOW + 2][:, clear].sum())
    near = near * sign
    top = near.argmax(axis=0)
    usable = clear & (top > 0) & (top < 2 * WINDOW)
    if usable.sum() < max(4, SEEN * blocks / 2):
        return None
    top, at = top[usable], places[usable]
    before, peak, after = near[top - 1, at], near[top, at], near[top + 1, at]
    bend = before - 2 * peak + after
    edge = window[top, at] + 0.5 * (before - after) / np.where(bend < 0, bend, -1e-6)
    x = across[usable]
    weight = np.ones_like(x)
    design = np.column_stack([np.ones_like(x), x])
    fit = np.array([row, slope])
    scatter = LEAST_SCATTER
    for _ in range(10):
        weighted = design * weight[:, None]
        fit = np.linalg.lstsq(weighted.T @ design, weighted.T @ edge, rcond=None)[0]
        error = edge - design @ fit
        scatter = max(1.4826 * float(np.median(np.abs(error))), LEAST_SCATTER)
        weight = np.square(np.clip(1.0 - np.square(error / (BIWEIGHT * scatter)), 0.0, None))
    # Neighbouring edges share ripples: half as many are independent.
    covariance = np.linalg.inv((design * weight[:, None]).T @ design) * 2.0 * scatter**2
    return Line(float(fit[0]), float(fit[1]), float(np.sqrt(covariance[0, 0])))


def find_step(strip: Pixels, hidden: Pixels) -> Line | None:
    """Return where a narrow strip, down a staff or a bank, changes to water; None where nothing stands out.

    A staff is all edges, but each of its rows has white in it, and hardly a row of the water: so the
    brightest parts of the rows make a step at the water line; on a bank any part may. Of some quantiles of
    the rows, the one is taken that two means describe best.

    Args:
        strip: (rows, columns), luma [0-255].
        hidden: (rows, columns), 255 where a pixel was removed or is outside the picture.
    """
    clear = hidden == 0
    kept = np.flatnonzero(clear.mean(axis=1) > CLEAR)
    if len(kept) < 4 * STEP:
        return None
    values = np.where(clear[kept], strip[kept], np.nan)
    best, line = LEAST_GAIN, None
    for part in PARTS:
        profile = np.nanquantile(values, part, axis=1)
        row, gain = _split(profile)
        if gain <= best or kept[row + STEP - 1] - kept[row - STEP] != 2 * STEP - 1:
            continue
        above, below = profile[row - STEP : row - 1].mean(), profile[row + 1 : row + STEP].mean()
        crossing = _crossing(profile[row - STEP : row + STEP], (above + below) / 2)
        if abs(above - below) >= LEAST_STEP and crossing is not None:
            best, line = gain, Line(float(kept[row - STEP]) + crossing, 0.0, STEP_SIGMA)
    return line


def _split(profile: NDArray[np.float64]) -> tuple[int, float]:
    """Return the first row of the second part when two means describe the profile best, and the gain [1].

    The gain is the logarithm of the ratio of the squared errors of one mean and of two.
    """
    total = len(profile)
    count = np.arange(1, total)
    first, squares = np.cumsum(profile)[:-1], float(np.square(profile).sum())
    rest = profile.sum() - first
    error = squares - np.square(first) / count - np.square(rest) / (total - count)
    rows = slice(STEP - 1, total - STEP)
    at = int(np.argmin(error[rows])) + STEP
    whole = squares - profile.sum() ** 2 / total
    coding = FAINT**2 * total
    return at, float(np.log((whole + coding) / (error[at - 1] + coding)))


def _crossing(profile: NDArray[np.float64], level: float) -> float | None:
    """Return where the profile crosses a level nearest to its middle; None where it does not. [px]"""
    over = profile - level
    crossed = np.flatnonzero(np.sign(over[:-1]) * np.sign(over[1:]) < 0)
    if not len(crossed):
        return None
    at = int(crossed[np.argmin(np.abs(crossed + 0.5 - (len(profile) - 1) / 2))])
    return at + float(over[at] / (over[at] - over[at + 1]))
