"""Whether a picture shows another view than the plate, and how far the land lies from where it was.

References:
    [1] C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", Proc. IEEE Int. Conf. on
        Cybernetics and Society, 163-165, 1975.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch import patches
from landwatch.redact.daylight import state
from landwatch.types import Offset, Pixels

__all__ = ["is_another", "offset"]

MOVED = 0.25
"""Likeness of edges to the plate's below which the view has moved. A turn of the sun leaves more than 0.5;
another view has about 0. [1]"""

MOVED_BLOCK = 16
"""Side of the blocks whose edges are compared. [px of half the working picture]"""

MOVED_LEAST = 12
"""Blocks with edges in both pictures below which nothing can be said (fog, night)."""

EDGE = 4.0
"""Root mean square of the second difference from which a block has edges. [0-255]"""

EDGE_NOISE = 4.5
"""And how many times the noise's deviation that must be: noise alone makes 2.2 of it. [1]"""

FOUND = 0.5
"""Likeness of edges that the land has where an offset has put it back. [1]"""

WELL = 0.6
"""Likeness of a block's edges that shows the land where it was. [1]"""

WORSE = 0.3
"""Loss of likeness by which a block fits worse where the offset puts it. [1]"""

LEFT = 0.1
"""Share of the blocks that may fit worse; more belong to a part that did not move. [1]"""

FARTHEST = (0.5, 0.1)
"""Shares of width and height beyond which no offset is told: too little of the land is left to compare, or
the picture is rolling. [1]"""

COARSE = 12.0
"""Deviation of the surroundings whose mean is taken off before the offset is sought: light changes. [px of
the working picture]"""


def is_another(land: Pixels, present: Pixels) -> bool:
    """Return whether the picture shows another view than the plate."""
    there = _edges(land)
    alike = _typical(*_alike(there, _edges(present), 0.0))
    if alike is None or alike >= MOVED:
        return False
    # Noise has edges that are nowhere else; it is only estimated where that may be all there is.
    alike = _typical(*_alike(there, _edges(present), state(present)[1]))
    return alike is not None and alike < MOVED


def offset(land: Pixels, present: Pixels, divisor: int) -> Offset | None:
    """Return how far the land lies from where the plate has it, by phase correlation [1]; None where no
    offset of the whole explains the picture: it is turned, torn, or of another place.

    Args:
        land: the plate.
        present: the working picture.
        divisor: px of the picture for one of the working picture.
    """
    height, width = present.shape[:2]
    planes = []
    for picture in (land, present):
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        planes.append(np.asarray(cv2.subtract(gray, cv2.GaussianBlur(gray, (0, 0), COARSE)), np.float32))
    right, down, _ = patches.shift(planes[0], planes[1])
    if abs(right) > FARTHEST[0] * width or abs(down) > FARTHEST[1] * height:
        return None
    put = cv2.warpAffine(
        land, np.array([[1, 0, right], [0, 1, down]], np.float64), (width, height),
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    noise = state(present)[1]
    before, shown = _alike(_edges(land), _edges(present), noise)
    after, found = _alike(_edges(np.asarray(put, np.uint8)), _edges(present), noise)
    fit = _typical(after, found)
    left = shown & (before > WELL) & (after < before - WORSE)
    if fit is None or fit < FOUND or np.count_nonzero(left) > LEFT * np.count_nonzero(shown):
        return None
    return Offset(right=right * divisor, down=down * divisor, width=width * divisor)


def _edges(picture: Pixels) -> NDArray[np.float32]:
    """Return the second difference of a picture at half its size. [0-255]"""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = (max(1, gray.shape[1] // 2), max(1, gray.shape[0] // 2))
    half = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.Laplacian(half, cv2.CV_32F), np.float32)


def _alike(
    there: NDArray[np.float32], here: NDArray[np.float32], noise: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the correlation of two pictures' edges in each block [-1-1], and which blocks have edges beyond
    noise of that deviation [0-255] in both."""
    height, width = there.shape
    size = (max(1, width // MOVED_BLOCK), max(1, height // MOVED_BLOCK))

    def means(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)

    first, second = means(there**2), means(here**2)
    least = max(EDGE, EDGE_NOISE * noise) ** 2
    both = (first > least) & (second > least)
    return means(there * here) / np.sqrt(np.maximum(first * second, 1.0)), both


def _typical(alike: NDArray[np.float32], both: NDArray[np.bool_]) -> float | None:
    """Return the median over blocks with edges in both; None if too few have."""
    return float(np.median(alike[both])) if np.count_nonzero(both) >= MOVED_LEAST else None
