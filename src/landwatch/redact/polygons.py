"""Static polygons of a view that are filled before anything looks at the picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from landwatch.config import Polygon
from landwatch.types import Pixels

__all__ = ["BLANK", "fill", "mask_of"]

BLANK = 114
"""Level of a static polygon: the detector's own padding, in which it sees nothing. [0-255]"""


def mask_of(polygons: Sequence[Polygon], width: int, height: int) -> Pixels:
    """Return a mask (height, width), 255 inside any polygon, its edge included, else 0."""
    mask = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.rint(np.array(polygon)).astype(np.int32)], 255)
    return mask


def fill(pixels: Pixels, mask: Pixels) -> None:
    """Overwrite `pixels` inside `mask`, in place."""
    if mask.any():
        pixels[mask > 0] = BLANK
