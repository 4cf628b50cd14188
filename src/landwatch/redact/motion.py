"""What stands out from the plate and is no larger than a person far away: removed though no hit was made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.hits import NONE, Rectangles
from landwatch.types import Pixels

__all__ = ["TALLEST", "foreground", "movers"]

TALLEST = 80
"""Taller foreground is left to the detector, which sees it for certain: else smoke, shadows of clouds and
fog would be removed. [px of the picture]"""

LEAST_HEIGHT = 5
"""Lower foreground is noise, or a person below 10 px. [px of the picture]"""

LEAST_AREA = 12
"""Smaller foreground is noise. [px of the working picture]"""

FLAT = 3.0
"""Foreground this many times wider than high is a wave, a shadow or a cable. [1]"""

JOIN = (5, 9)
"""Width and height of gaps that are closed: a coat in the colour of the grass parts head from legs. [px]"""

MORE = 0.15
"""Of its height, on each side: feet and hands differ least from the land. [1]"""

MORE_LEAST = 3
"""On each side. [px of the picture]"""


def foreground(most: Pixels, least: NDArray[np.float32], ignored: Pixels | None) -> Pixels:
    """Return a mask (height, width), 255 where `most` is beyond `least` and is not a single odd pixel."""
    beyond = np.where(most > least, 255, 0).astype(np.uint8)
    if ignored is not None:
        beyond[ignored > 0] = 0
    return np.asarray(cv2.medianBlur(beyond, 3), np.uint8)


def movers(front: Pixels, divisor: int, tallest: float, shape: tuple[int, int]) -> Rectangles:
    """Return rectangles around the foreground that may be people.

    Args:
        front: mask at the working scale.
        divisor: px of the picture for one of the working picture.
        tallest: what is higher is left to the detector. [px of the picture]
        shape: of the picture: height, width. [px]
    """
    kernel = np.ones((max(3, JOIN[1] // divisor | 1), max(3, JOIN[0] // divisor | 1)), np.uint8)
    joined = cv2.morphologyEx(front, cv2.MORPH_CLOSE, kernel)
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if count < 2:
        return NONE
    left, top, width, height, area = stats[1:].T
    kept = (area >= LEAST_AREA) & (height * divisor >= LEAST_HEIGHT) & (height * divisor <= tallest)
    kept &= width <= FLAT * height
    left, top, width, height = (values[kept] * divisor for values in (left, top, width, height))
    more = np.maximum(np.rint(MORE * height), MORE_LEAST).astype(np.int32)
    limits = (shape[1] - 1, shape[0] - 1)
    return np.stack(
        [
            np.maximum(left - more, 0),
            np.maximum(top - more, 0),
            np.minimum(left + width - 1 + more, limits[0]),
            np.minimum(top + height - 1 + more, limits[1]),
        ],
        axis=1,
    ).astype(np.int32)
