"""Which of the detector's boxes are removed, and how much around them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.detector import TILE, Boxes
from landwatch.redact.tiles import FINE, Tile
from landwatch.types import Pixels

__all__ = ["NONE", "Rectangles", "chosen", "draw", "united"]

Rectangles = NDArray[np.int32]
"""(n, 4): left, top, right, bottom, all inside. [px of the picture]"""

NONE: Rectangles = np.empty((0, 4), np.int32)
"""No rectangle."""

SCORE = 0.22
"""Boxes in tiles as they are count from here on. [1]"""

SCORE_WHOLE = 0.28
"""Boxes in the whole picture count from here on: sheds and masts look like vans and people there. [1]"""

SCORE_FINE = 0.25
"""Boxes in enlarged tiles count from here on in a sequence. [1]"""

SCORE_FINE_ALONE = 0.32
"""And from here on in a picture that stands alone: what is false in it is not seen empty in the next. [1]"""

SCORE_SMALL = 0.3
"""Boxes shorter than `SMALL` count from here on, else tufts and stones do. [1]"""

SMALL = 20.0
"""[px of the picture]"""

SCORE_LARGE = 0.35
"""Boxes in tiles that are larger than the size prior count from here on, else hills and thickets do. [1]"""

LARGE_SHARE = 0.12
"""Of the picture's height: what is larger is doubtful where the camera states no `tallest`. [1]"""

KNOWN = 0.75
"""By which the bounds are multiplied where something was removed in the picture before: who was seen a
moment ago is not gone because one look is less sure. [1]"""

LARGEST = {TILE: 0.6, FINE: 0.5}
"""Of a tile's side, by side: what is larger is seen, uncut and with less doubt, at the next scale. [1]"""

SAME = 0.6
"""Boxes whose intersection is this share of their union are one; the best is kept. [1]"""

DILATION = 3.0
"""On each side of a box. More gains nothing where boxes are exact to a few px, and a crowd near the camera
would fill the picture: each px more is 1.7 % of it. [px]"""


def chosen(
    boxes: Boxes, tile: Tile, shape: tuple[int, int], tallest: float | None, standing: Pixels | None = None
) -> Boxes:
    """Return the boxes of one tile that count, in px of the picture.

    Args:
        boxes: in px of the tile.
        tile: where it lies.
        shape: of the picture: height, width. [px]
        tallest: height of the tallest person or vehicle that the view can show, if known. [px]
        standing: (height, width) at any scale, not zero where something was removed before.
    """
    height = shape[0]
    corners = boxes.corners / np.float32(tile.scale) + np.array([tile.left, tile.top] * 2, np.float32)
    sides = corners[:, 2:] - corners[:, :2]
    longer = sides.max(axis=1, initial=0)
    limit = LARGE_SHARE * height if tallest is None else tallest
    if not tile.is_whole:
        fine = SCORE_FINE_ALONE if standing is None else SCORE_FINE
        least = np.full(len(corners), fine if tile.side == FINE else SCORE)
        least[longer > limit] = SCORE_LARGE
    else:
        least = np.full(len(corners), SCORE_WHOLE)
    least[sides[:, 1] < SMALL] = np.maximum(least[sides[:, 1] < SMALL], SCORE_SMALL)
    if standing is not None:
        least[_touch(corners, standing, height)] *= KNOWN
    if not tile.is_whole:
        least[longer > LARGEST[tile.side] * tile.side] = np.inf
    kept = boxes.scores >= least
    return Boxes(corners[kept], boxes.scores[kept])


def united(found: Sequence[Boxes], shape: tuple[int, int]) -> Rectangles:
    """Return what is to be removed for the boxes of all tiles: the best of each heap, dilated, cut to the
    picture of `shape` (height, width). [px]"""
    height, width = shape
    corners = np.concatenate([np.empty((0, 4), np.float32), *(boxes.corners for boxes in found)])
    scores = np.concatenate([np.empty(0, np.float32), *(boxes.scores for boxes in found)])
    if not len(corners):
        return NONE
    listed = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).tolist()
    best = np.asarray(cv2.dnn.NMSBoxes(listed, scores.tolist(), 0.0, SAME)).ravel().astype(int)
    corners = corners[best]
    first = np.clip(np.floor(corners[:, :2] - DILATION), 0, [width - 1, height - 1])
    last = np.clip(np.ceil(corners[:, 2:] + DILATION), 0, [width - 1, height - 1])
    return np.concatenate([first, last], axis=1).astype(np.int32)


def _touch(corners: NDArray[np.float32], standing: Pixels, height: int) -> NDArray[np.bool_]:
    """Return for each box whether its middle half lies mostly on what stands."""
    scale = standing.shape[0] / height
    total = cv2.integral((standing > 0).astype(np.uint8))
    quarter = (corners[:, 2:] - corners[:, :2]) / 4
    first = np.floor((corners[:, :2] + quarter) * scale).astype(int)
    last = np.ceil((corners[:, 2:] - quarter) * scale).astype(int)
    limits = np.array([total.shape[1] - 1, total.shape[0] - 1])
    first, last = np.clip(first, 0, limits), np.clip(last, 0, limits)
    area = np.maximum((last - first).prod(axis=1), 1)
    inside = (
        total[last[:, 1], last[:, 0]]
        - total[first[:, 1], last[:, 0]]
        - total[last[:, 1], first[:, 0]]
        + total[first[:, 1], first[:, 0]]
    )
    touched: NDArray[np.bool_] = inside > area / 2
    return touched


def draw(mask: Pixels, rectangles: Rectangles, divisor: int = 1) -> None:
    """Set `mask` to 255 in each rectangle, in place, in a picture made smaller by `divisor`."""
    for left, top, right, bottom in rectangles:
        mask[top // divisor : bottom // divisor + 1, left // divisor : right // divisor + 1] = 255
