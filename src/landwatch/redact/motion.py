"""What stands out from the plate and is no larger than a person far away: removed though no hit was made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.hits import NONE, Rectangles
from landwatch.types import Pixels

__all__ = ["TALLEST", "foreground", "movers", "worth_a_look"]

TALLEST = 80
"""Taller foreground is left to the detector, which sees it for certain: else smoke, shadows of clouds and
fog would be removed. [px of the picture]"""

LEAST_HEIGHT = 5
"""Lower foreground is noise, or a person below 10 px. [px of the picture]"""

LEAST_AREA = 12
"""Smaller foreground is noise. [px of the working picture]"""

SETTLED = 32
"""Moving foreground smaller than this in both directions is removed without a look of the detector, which
would see little in it: the edges of clouds and the tops of trees are most of it. [px of the picture]"""

FLAT = 1.35
"""Foreground this many times wider than high is a cloud, a wave or a shadow: people are higher than wide, and
vehicles are the detector's. [1]"""

SOFT = 0.22
"""Foreground whose steepest edges rise by less than this share of its height per px is smoke, a cloud or the
edge of a shadow. One of 800 people pasted into land was below 0.25, half the clouds are. [1/px]"""

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


def worth_a_look(front: Pixels, apart: Pixels, divisor: int) -> Pixels:
    """Return the part of a foreground mask that motion alone does not settle: what is larger than `SETTLED`
    and not soft. Smaller things are removed as movers, whatever they are.

    Args:
        front: mask at the working scale.
        apart: difference as such, likewise. [0-255]
        divisor: px of the picture for one of the working picture.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(front, connectivity=8)
    if count < 2:
        return front
    large = stats[:, 2:4].max(axis=1) * divisor >= SETTLED
    large[0] = False
    for number in np.flatnonzero(large):
        large[number] = _is_sharp(*_around(front, apart, stats[number]))
    return np.where(large[labels], 255, 0).astype(np.uint8)


def _around(front: Pixels, apart: Pixels, stats: NDArray[np.int32]) -> tuple[Pixels, Pixels]:
    """Return the parts of both around one component."""
    left, top, width, height = (int(value) for value in stats[:4])
    rows, columns = slice(max(0, top - 2), top + height + 2), slice(max(0, left - 2), left + width + 2)
    return front[rows, columns], apart[rows, columns]


def movers(front: Pixels, apart: Pixels, divisor: int, tallest: float, shape: tuple[int, int]) -> Rectangles:
    """Return rectangles around the foreground that may be people.

    Args:
        front: mask at the working scale.
        apart: difference from the plate as such, likewise. [0-255]
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
    for number in np.flatnonzero(kept):
        kept[number] = _is_sharp(*_around(front, apart, stats[number + 1]))
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


def _is_sharp(front: Pixels, apart: Pixels) -> bool:
    """Return whether foreground has edges as sharp as a person's."""
    inside = front > 0
    if not inside.any():
        return True
    across, down = (cv2.Sobel(apart, cv2.CV_32F, x, y, scale=1 / 8) for x, y in ((1, 0), (0, 1)))
    steep = np.hypot(across, down)[inside]
    return float(np.quantile(steep, 0.9)) >= SOFT * float(np.quantile(apart[inside], 0.9))
