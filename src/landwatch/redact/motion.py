"""What stands out from the plate and is no larger than a person far away: removed though no hit was made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.hits import NONE, Rectangles
from landwatch.redact.plate import as_mask
from landwatch.types import Pixels

__all__ = ["TALLEST", "foreground", "settle"]

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

HIGH = 0.9
"""Share of a component's pixels that are less steep, and less far from the plate, than those compared. [1]"""

MARGIN = 10
"""Width of the surroundings in which the edges of foreground lie. [px of the working picture]"""

JOIN = (5, 9)
"""Width and height of gaps that are closed: a coat in the colour of the grass parts head from legs. [px]"""

MORE = 0.15
"""Of its height, on each side: feet and hands differ least from the land. [1]"""

MORE_LEAST = 3
"""On each side. [px of the picture]"""


def foreground(most: Pixels, least: Pixels, ignored: Pixels | None) -> Pixels:
    """Return a mask (height, width), 255 where `most` is beyond `least` and is not a single odd pixel."""
    beyond = as_mask(most > least)
    if ignored is not None:
        beyond &= ~ignored
    return np.asarray(cv2.medianBlur(beyond, 3), np.uint8)


def settle(
    front: Pixels, apart: Pixels, divisor: int, tallest: float, shape: tuple[int, int]
) -> tuple[Rectangles, Pixels]:
    """Return rectangles around the foreground that may be people, which is removed whatever it is, and the
    mask, at the working scale, of what motion alone does not settle: it is larger than `SETTLED`, and sharp.

    Args:
        front: mask at the working scale.
        apart: difference from the plate as such, likewise. [0-255]
        divisor: px of the picture for one of the working picture.
        tallest: what is higher is left to the detector. [px of the picture]
        shape: of the picture: height, width. [px]
    """
    asks = np.zeros_like(front)
    x, y, width, height = cv2.boundingRect(front)
    if not width:
        return NONE, asks
    rows, columns = (
        slice(max(0, y - MARGIN), y + height + MARGIN),
        slice(max(0, x - MARGIN), x + width + MARGIN),
    )
    front, apart = front[rows, columns], apart[rows, columns]
    kernel = np.ones((max(3, JOIN[1] // divisor | 1), max(3, JOIN[0] // divisor | 1)), np.uint8)
    joined = cv2.morphologyEx(front, cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    stats[0] = 0
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    moves = (area >= LEAST_AREA) & (high * divisor >= LEAST_HEIGHT) & (high * divisor <= tallest)
    moves &= wide <= FLAT * high
    large = np.maximum(wide, high) * divisor >= SETTLED
    for number in np.flatnonzero(moves | large):
        if not _is_sharp(front, apart, stats[number]):
            moves[number] = large[number] = False
    if large.any():
        asks[rows, columns] = as_mask(large[labels])
    left, top, wide, high = (values * divisor for values in stats[moves, :4].T)
    left, top = left + columns.start * divisor, top + rows.start * divisor
    more = np.maximum(np.rint(MORE * high), MORE_LEAST).astype(np.int32)
    last = (shape[1] - 1, shape[0] - 1)
    corners = [
        np.maximum(left - more, 0),
        np.maximum(top - more, 0),
        np.minimum(left + wide - 1 + more, last[0]),
        np.minimum(top + high - 1 + more, last[1]),
    ]
    return np.stack(corners, axis=1).astype(np.int32), asks


def _is_sharp(front: Pixels, apart: Pixels, stats: NDArray[np.int32]) -> bool:
    """Return whether the foreground in one component has edges as sharp as a person's."""
    left, top, width, height = (int(value) for value in stats[:4])
    rows, columns = slice(max(0, top - 2), top + height + 2), slice(max(0, left - 2), left + width + 2)
    inside, apart = front[rows, columns] > 0, apart[rows, columns]
    levels = apart[inside]
    if not levels.size:
        return True
    across, down = (cv2.Sobel(apart, cv2.CV_32F, x, y, scale=1 / 8) for x, y in ((1, 0), (0, 1)))
    steep = np.asarray(cv2.magnitude(across, down), np.float32)[inside]
    place = int(HIGH * (levels.size - 1))
    return float(np.partition(steep, place)[place]) >= SOFT * float(np.partition(levels, place)[place])
