"""Which of the detector's boxes are removed, and how much around them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.detector import TILE, Boxes
from landwatch.redact.tiles import BROAD, FINE, Tile
from landwatch.types import Pixels

__all__ = ["NONE", "Rectangles", "agreed", "chosen", "doubtful", "draw", "half", "united"]

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

LARGEST = {BROAD: 0.6, TILE: 0.6, FINE: 0.5}
"""Of a tile's side, by side: what is larger is seen, uncut and with less doubt, at the next scale. [1]"""

DOUBT = 0.2
"""Plain score from which a box that fills much of the picture is worth a second look at half the size: the
model is unsure of what is nearer than it is used to, and no whole lorry must stay for that. [1]"""

DOUBT_SIDE = 0.35
"""Of the picture's longer side: smaller boxes are seen uncut in the tiles. [1]"""

AGREED = 0.7
"""Intersection over union from which a box at half the size confirms the one before. Hills and clouds are
taken for vehicles at one size, hardly ever at the same place at both. [1]"""

ENDS = 0.7
"""Wide boxes reach as far as boxes of this share of the least score that say the same: how far a lorry or a
train goes is less sure than that there is one, and people are rarely wider than high. [1]"""

ENDS_SAME = 0.7
"""Intersection over union from which two boxes say the same for that. [1]"""

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
    corners = _placed(boxes, tile)
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
    supports = corners[boxes.scores >= ENDS * least]
    return Boxes(_to_their_ends(corners[kept], supports), boxes.scores[kept], boxes.plain[kept])


def half(tile: Tile) -> Tile:
    """Return the tile that shows a whole picture at half the size."""
    return Tile(tile.left, tile.top, 2 * tile.side, is_whole=True)


def doubtful(boxes: Boxes, kept: Boxes, tile: Tile, tallest: float | None) -> Boxes:
    """Return the large boxes of the whole picture, in its px, that a look at half the size should settle.

    Args:
        boxes: in px of the tile.
        kept: those that count already, in px of the picture.
        tile: the whole picture's.
        tallest: as in `chosen`; what is larger cannot be there.
    """
    corners = _placed(boxes, tile)
    longer = (corners[:, 2:] - corners[:, :2]).max(axis=1, initial=0)
    open_ = (boxes.plain >= DOUBT) & (longer > DOUBT_SIDE * tile.side)
    if tallest is not None:
        open_ &= longer <= tallest
    open_ &= ~(_overlap(corners, kept.corners) >= SAME).any(axis=1)
    return Boxes(corners[open_], boxes.scores[open_], boxes.plain[open_])


def agreed(kept: Boxes, doubts: Boxes, second: Boxes, tile: Tile) -> Boxes:
    """Return the boxes kept, and those of the doubtful ones that a second look sees too.

    Args:
        kept: in px of the picture.
        doubts: in px of the picture.
        second: in px of the tile.
        tile: where the second look was.
    """
    seen = _placed(second, tile)[second.plain >= DOUBT]
    alike = (_overlap(doubts.corners, seen) >= AGREED).any(axis=1)
    return Boxes(
        np.concatenate([kept.corners, doubts.corners[alike]]),
        np.concatenate([kept.scores, doubts.scores[alike]]),
        np.concatenate([kept.plain, doubts.plain[alike]]),
    )


def _placed(boxes: Boxes, tile: Tile) -> NDArray[np.float32]:
    """Return the corners of a tile's boxes in px of the picture."""
    return boxes.corners / np.float32(tile.scale) + np.array([tile.left, tile.top] * 2, np.float32)


def _overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of each box with each other one, (len(first), len(second)) [1]."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - both
    return np.asarray(both / np.maximum(union, np.float32(1e-6)), np.float32)


def _to_their_ends(corners: NDArray[np.float32], supports: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the boxes, the wide ones of them grown to the ends of all supports that say the same."""
    grown = corners.copy()
    sides = corners[:, 2:] - corners[:, :2]
    wide = np.flatnonzero((sides[:, 0] >= sides[:, 1]) & (sides[:, 1] >= 1))
    for place, same in zip(wide, _overlap(corners[wide], supports) >= ENDS_SAME, strict=True):
        grown[place, :2] = supports[same, :2].min(axis=0)
        grown[place, 2:] = supports[same, 2:].max(axis=0)
    return grown


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
