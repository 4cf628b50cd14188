"""What takes the place of removed pixels: the empty land where it is known, else a flat colour, and a
mosaic where only motion was seen."""

from __future__ import annotations

import math

import cv2
import numpy as np

from landwatch.redact.hits import Rectangles
from landwatch.types import Pixels

__all__ = ["AROUND", "RIM", "flat", "mosaic", "with_land"]

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
    height, width = mask.shape
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    parts = []
    for outline in outlines:
        left, top, wide, high = cv2.boundingRect(outline)
        rows = slice(max(0, top - AROUND), min(height, top + high + AROUND))
        columns = slice(max(0, left - AROUND), min(width, left + wide + AROUND))
        part = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        cv2.drawContours(part, [outline], -1, 255, cv2.FILLED, offset=(-columns.start, -rows.start))
        parts.append((rows, columns, part & mask[rows, columns]))
    return parts


def flat(pixels: Pixels, mask: Pixels) -> None:
    """Give each part of `mask` the mean colour of its unremoved surroundings, in place."""
    for rows, columns, part in _parts(mask):
        area, beside = pixels[rows, columns], ~mask[rows, columns]
        colour = cv2.mean(area, beside)[:3] if beside.any() else (114,) * 3
        cv2.copyTo(np.full_like(area, np.rint(colour)), part, area)


def with_land(pixels: Pixels, land: Pixels, mask: Pixels) -> None:
    """Lay the empty land over `mask`, in the light of its surroundings, blended over `RIM` px, in place.

    The land under it is brought to that light too, so that it keeps step while somebody stands before it.
    """
    for rows, columns, part in _parts(mask):
        area, under, beside = pixels[rows, columns], land[rows, columns], ~mask[rows, columns]
        ratio = np.ones(3)
        if beside.any():
            there, here = (np.array(cv2.mean(picture, beside)[:3]) + 1 for picture in (area, under))
            ratio = np.clip(there / here, *LIGHT)
        lit = cv2.multiply(under, np.append(ratio, 1.0))
        share = np.minimum(cv2.distanceTransform(part, cv2.DIST_C, 3) / (RIM + 1), 1).astype(np.float32)
        mixed = cv2.blendLinear(area, lit, 1 - share, share)
        cv2.copyTo(lit, part, under)
        cv2.copyTo(mixed, part, area)


def mosaic(pixels: Pixels, rectangles: Rectangles, mask: Pixels) -> None:
    """Replace each rectangle, where `mask` is not set yet, by its means in large blocks, in place, and set
    it there."""
    for left, top, right, bottom in rectangles:
        rows, columns = slice(top, bottom + 1), slice(left, right + 1)
        area = pixels[rows, columns]
        high, wide = area.shape[:2]
        side = max(BLOCK_LEAST, math.ceil(high / BLOCKS))
        size = (max(1, wide // side), max(1, high // side))
        means = cv2.resize(area, size, interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(means, (wide, high), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(coarse, ~mask[rows, columns], area)
        mask[rows, columns] = 255
