"""Rows and columns of a picture that differ from their neighbours by the same all along, as stripes do.

In land a row differs from its neighbours here and there; in a stripe it differs by the same everywhere. So
the picture is averaged into a few segments a row (and a column), and rows are counted in which all agree.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_SIDE", "SEGMENTS", "striped"]

SEGMENTS = 8
"""Parts a row is averaged in. [1]"""

LEAST_SIDE = 8 * SEGMENTS
"""Of a plane in which stripes can be counted. [px]"""

LEAST = 1.5
"""Step against both neighbours that counts. [0-255]"""

EVEN = 0.6
"""Spread of the segments' steps, in their mean, below which they agree. [1]"""

BORDER = 0.06
"""Share of rows and columns at the borders left out: captions are straight too. [1]"""


def striped(levels: NDArray[np.float32]) -> float:
    """Return the share of rows or columns, whichever is greater, that are stripes [%].

    Args:
        levels: (height, width), both at least `LEAST_SIDE` and multiples of `SEGMENTS`. [0-255]
    """
    height, width = levels.shape
    rows = cv2.reduce(levels.reshape(height * SEGMENTS, -1), 1, cv2.REDUCE_AVG).reshape(height, SEGMENTS)
    columns = levels.reshape(SEGMENTS, -1, width).mean(axis=1)
    return max(_straight(np.asarray(rows, np.float32)), _straight(columns.T))


def _straight(parts: NDArray[np.float32]) -> float:
    """Return the share of rows, averaged in segments, that differ from their neighbours evenly [%]."""
    border = round(BORDER * len(parts))
    steps = parts[1:-1] - 0.5 * (parts[:-2] + parts[2:])
    steps = steps[border : len(steps) - border]
    each = np.full(SEGMENTS, 1.0 / SEGMENTS, np.float32)
    mean, square = steps @ each, (steps * steps) @ each
    agree = (np.abs(mean) > LEAST) & (square < (1.0 + EVEN**2) * mean**2)
    return 100.0 * int(np.count_nonzero(agree)) / len(agree)
