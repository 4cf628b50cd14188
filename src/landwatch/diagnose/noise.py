"""Noise and snow on the picture, in its smoothest parts, by the mask that cancels planes and edges [1].

References:
    [1] J. Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 300-302,
        1996, 10.1006/cviu.1996.0060.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import AS_EVER, Bands, bands, scene
from landwatch.past import Past
from landwatch.types import Glimpse, Picture, Pixels

UNIT = "1"
GIVES_WAY_TO = frozenset({"black", "exposure", "torn"})
GLIMPSED = frozenset({"night", "noise", "share"})

LINE = np.array([1, -2, 1], np.float32)
"""The mask is this line across times the same down: planes and straight edges give nothing."""

CELL = 32
"""Width of the cells whose noise is compared. [px]"""

CELLS = 12
"""Cells across a piece at most: noise is everywhere. [1]"""

LEAST_CELLS = 8
"""With fewer cells nothing can be said. [1]"""

SMOOTH = 0.2
"""Quantile of the cells' noise that is taken: the smoothest are free of texture. [1]"""

LEAST_PAST = 4
"""Pictures that tell what is usual. [1]"""

TIMES = (2.0, 3.0)
"""Fine and coarse noise are faults only beyond so many times the camera's usual: leaves are coarse grain too.
[1]"""

LIGHT = 100.0
"""Level that a tenth of a picture exceeds by day: at night noise is no fault. [0-255]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Standard deviation of the noise that a picture may have by day."""

    doubtful: float = 6.0
    """[0-255]"""
    bad: float = 10.0
    """[0-255]"""


@dataclass(slots=True)
class _Note:
    values: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=60))
    """Of fine and of coarse grain."""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the standard deviation of the noise in luma levels [0-255]."""
    land = scene(picture, past)
    if land.light != "day":
        return unknown("night")
    rows = bands(picture, past)
    sigmas = _sigmas(rows)
    if sigmas is None:
        return unknown("too little of the picture to judge")
    note = past.note("diagnose.noise", _Note)
    if len(note.values) >= LEAST_PAST:
        usual = [statistics.median(values) for values in zip(*note.values, strict=True)]
    else:
        usual = [0.0, math.inf]  # without a past only the fine grain is noise
    if land.is_by_lamps or (land.usual is not None and land.mean < AS_EVER * land.usual.level):
        usual[1] = math.inf  # in low light the gain is up, and what smooths the noise makes it coarse
    beyond = [sigma - times * known for sigma, times, known in zip(sigmas, TIMES, usual, strict=True)]
    worse = int(beyond[1] > beyond[0])
    sigma, known = sigmas[worse], usual[worse]
    excess = sigma if beyond[worse] > 0 else 0.0
    state = grade(excess, settings.doubtful, settings.bad, before(past, "noise"))
    if state == "good":
        note.values.append(sigmas)
    words = "" if state == "good" else f"noise of {sigma:.0f} levels; {known:.0f} is usual"
    return Look(value=sigma, state=state, detail=words)


def glimpse(seen: Glimpse, past: Past, settings: Settings) -> Look:
    """Return the standard deviation of the noise of a picture that was withheld [0-255]."""
    if seen.level < LIGHT:
        return unknown(f"the picture was withheld: {seen.reason}", seen.noise)
    state = grade(seen.noise, settings.doubtful, settings.bad, before(past, "noise"))
    words = "" if state == "good" else f"noise of {seen.noise:.0f} levels"
    return Look(value=seen.noise, state=state, detail=words)


def _sigmas(rows: Bands) -> tuple[float, float] | None:
    """Return the deviation of fine and coarse grain: of single pixels, and of means of two by two [0-255]."""
    cells = min(CELLS, rows.green.shape[1] // CELL)
    if cells < LEAST_CELLS or rows.rows < 8 or rows.rows % 2:
        return None
    green = np.ascontiguousarray(rows.green[:, : cells * CELL])
    count, (height, width) = len(green) // rows.rows, green.shape
    level = cv2.resize(green, (cells, count), interpolation=cv2.INTER_AREA)
    # Burnt and drowned cells show no noise, whatever there is.
    chosen = (level > 12) & (level < 243)
    if rows.removed is not None:
        removed = np.ascontiguousarray(rows.removed[:, : cells * CELL])
        chosen &= cv2.resize(removed, (cells, count), interpolation=cv2.INTER_AREA) == 0
    if np.count_nonzero(chosen) < LEAST_CELLS:
        return None
    half = np.asarray(cv2.resize(green, (width // 2, height // 2)), np.uint8)
    return _sigma(green, chosen), _sigma(half, chosen)


def _sigma(green: Pixels, chosen: NDArray[np.bool_]) -> float:
    """Return the deviation of the noise in the smoothest of the chosen cells, which are in rows of pieces."""
    count, cells = chosen.shape
    rough = cv2.convertScaleAbs(cv2.sepFilter2D(green, cv2.CV_16S, LINE, LINE))
    # The first and last row of a piece meet another piece.
    inner = rough.reshape(count, -1, rough.shape[1])[:, 1:-1].reshape(-1, rough.shape[1])
    sums = cv2.resize(inner, (cells, count), interpolation=cv2.INTER_AREA)
    smooth = np.sort(sums[chosen])
    return math.sqrt(math.pi / 2.0) / 6.0 * float(smooth[int(SMOOTH * (len(smooth) - 1))])
