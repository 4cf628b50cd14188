"""What takes the place of removed pixels: the empty land where it is known, else a flat colour, and a
mosaic where only motion was seen."""

from __future__ import annotations

import math

import cv2
import numpy as np

from landwatch.redact.hits import Rectangles
from landwatch.types import Pixels

__all__ = ["RIM", "flat", "mosaic", "with_land"]

RIM = 2
"""Width of the seam around what was removed in which land and picture are blended; it counts as removed.
[px]"""

AROUND = 9
"""Width of the surroundings whose mean a flat colour is. [px]"""

BLOCKS = 3
"""A mosaic's blocks are at least this part of the height of what moved: nobody is known by three blocks,
and smoke keeps its low frequencies. [1]"""

BLOCK_LEAST = 8
"""Side of a mosaic's blocks. [px]"""

LIGHT = (0.5, 2.0)
"""Bounds of the ratio by which the land is brought to the present light. [1]"""


def _parts(mask: Pixels) -> list[tuple[slice, slice, Pixels]]:
    """Return rows, columns and the mask of each connected part, with its surroundings."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    height, width = mask.shape
    parts = []
    for number in range(1, count):
        left, top, wide, high, _ = (int(value) for value in stats[number])
        rows = slice(max(0, top - AROUND), min(height, top + high + AROUND))
        columns = slice(max(0, left - AROUND), min(width, left + wide + AROUND))
        parts.append((rows, columns, np.where(labels[rows, columns] == number, 255, 0).astype(np.uint8)))
    return parts


def flat(pixels: Pixels, mask: Pixels) -> None:
    """Give each part of `mask` the mean colour of its unremoved surroundings, in place."""
    for rows, columns, part in _parts(mask):
        beside = mask[rows, columns] == 0
        area = pixels[rows, columns]
        area[part > 0] = np.rint(area[beside].mean(axis=0)) if beside.any() else 114


def with_land(pixels: Pixels, land: Pixels, mask: Pixels) -> None:
    """Lay the empty land over `mask`, in the light of its surroundings, blended over `RIM` px, in place.

    The land under it is brought to that light too, so that it keeps step while somebody stands before it.
    """
    for rows, columns, part in _parts(mask):
        area, under = pixels[rows, columns], land[rows, columns]
        beside = mask[rows, columns] == 0
        ratio = np.ones(3)
        if beside.any():
            ratio = np.clip((area[beside].mean(axis=0) + 1) / (under[beside].mean(axis=0) + 1), *LIGHT)
        lit = np.clip(under * ratio, 0, 255)
        inside = cv2.distanceTransform(part, cv2.DIST_C, 3)
        share = np.clip(inside / (RIM + 1), 0, 1)[:, :, None]
        mixed = area + (lit - area) * share
        under[part > 0] = np.rint(lit).astype(np.uint8)[part > 0]
        area[part > 0] = np.rint(mixed).astype(np.uint8)[part > 0]


def mosaic(pixels: Pixels, rectangles: Rectangles, mask: Pixels) -> None:
    """Replace each rectangle, where `mask` is set, by its means in large blocks, in place."""
    for left, top, right, bottom in rectangles:
        rows, columns = slice(top, bottom + 1), slice(left, right + 1)
        area = pixels[rows, columns]
        high, wide = area.shape[:2]
        side = max(BLOCK_LEAST, math.ceil(high / BLOCKS))
        size = (max(1, wide // side), max(1, high // side))
        means = cv2.resize(area, size, interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(means, (wide, high), interpolation=cv2.INTER_NEAREST)
        hidden = mask[rows, columns] > 0
        area[hidden] = coarse[hidden]
