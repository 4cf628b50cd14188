"""The empty land of one view: a median of earlier pictures in which removed pixels never count.

A ring of nine pictures, spread over most of a minute or longer, holds at each pixel only what was seen
with nobody there. Their median is the plate. What differs from it, beyond what this pixel is used to and
beyond a change of the light, is foreground.

References:
    [1] D. G. Bailey, "Design for Embedded Image Processing on FPGAs", 2011, section 9.5; the network of 19
        exchanges for the median of nine is J. L. Smith, "Implementing median filters in XC4000E FPGAs",
        XCELL 23, 16, 1996.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.types import Pixels

__all__ = [
    "GAP_S",
    "LENGTH",
    "SPACING_S",
    "Plate",
    "apart",
    "differences",
    "matched",
    "median_of_nine",
    "working_scale",
]

LENGTH = 9
"""Pictures in the ring."""

SPACING_S = 6.5
"""Least time between pictures of the ring: nine span 52 s, in which walkers leave a place; at a clip's
rate they would span less than half a second, and the walkers would be the plate. [s]"""

SPACING_WARM_S = 25.0
"""Likewise once the ring is full: the land changes slowly, and a turn costs as much as all the rest. [s]"""

GAP_S = 240.0
"""After a longer time without a picture, the light and the land have changed too much for the ring to be
of use, and it starts anew. [s]"""

WORKING_WIDTH = 1000
"""Pictures wider than this are compared at a half, a third, and so on: a person of 15 px is still 7. [px]"""

BLOCK = 24
"""Side of the blocks whose light is matched. [px of the working picture]"""

AROUND = 31
"""Side of the surroundings whose mean difference is taken away: wider than people of 80 px. [px of the
working picture]"""

GAIN = (0.4, 2.5)
"""Bounds of the matched light, picture over plate; it is kept in whole percent, in a byte. [1]"""

LEAST_DIFFERENCE = 20.0
"""Level difference to the plate that is foreground on calm land: JPEG blocks and creeping shadows stay
below. At 13 three times as much is masked, and nothing gained for people of 25 px and more. [0-255]"""

USUAL = 4.5
"""How many times the usual change of a pixel (leaves, waves) its foreground must be. [1]"""

MEMORY = 1 / 8
"""Share of the newest picture in the usual change. [1]"""

CAP = 48.0
"""Greatest change that counts for the usual one, so that one passer-by does not blind a pixel. [0-255]"""

EXCHANGES = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3),
    (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
"""Pairs (low, high) to be put in order, after which place 4 holds the median [1]."""

STRIP = 64
"""Rows whose median is made at a time, so that nine of them stay in the processor's cache. [px]"""


def working_scale(width: int) -> int:
    """Return by what whole number a picture of `width` px is divided for comparison."""
    return max(1, -(-width // WORKING_WIDTH))


def median_of_nine(ring: list[Pixels], out: Pixels) -> None:
    """Write the median of nine pictures of one shape into `out`, level by level."""
    for top in range(0, out.shape[0], STRIP):
        rows = slice(top, top + STRIP)
        values = [picture[rows] for picture in ring]
        for low, high in EXCHANGES:
            a, b = values[low], values[high]
            values[low], values[high] = (
                np.asarray(cv2.min(a, b), np.uint8),
                np.asarray(cv2.max(a, b), np.uint8),
            )
        out[rows] = values[4]


def matched(reference: Pixels, present: Pixels) -> Pixels:
    """Return `reference` (height, width, 3) in the light of `present`.

    The ratio of their block means, freed of single odd blocks by a median, is laid over the picture
    smoothly: a cloud's shadow is followed, a person is not.
    """
    height, width = present.shape[:2]
    size = (max(1, width // BLOCK), max(1, height // BLOCK))
    # Whole blocks only: a resize by a whole number is six times as fast.
    rows, columns = slice(size[1] * BLOCK), slice(size[0] * BLOCK)
    coarse = cv2.resize(present[rows, columns], size, interpolation=cv2.INTER_AREA).astype(np.float32) + 4
    coarse /= cv2.resize(reference[rows, columns], size, interpolation=cv2.INTER_AREA).astype(np.float32) + 4
    percent = np.rint(100 * np.clip(coarse, *GAIN)).astype(np.uint8)
    gain = cv2.resize(cv2.medianBlur(percent, 5), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(reference, gain, scale=0.01), np.uint8)


def _most(differs: NDArray[np.int16]) -> Pixels:
    """Return the greatest of the three absolute differences, (height, width) [0-255]."""
    red, green, blue = cv2.split(cv2.convertScaleAbs(differs))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def differences(reference: Pixels, present: Pixels) -> tuple[Pixels, Pixels]:
    """Return how far each pixel is from `reference` in the light around it, and how far it is as such, both
    (height, width) [0-255].

    For both the light is matched in blocks. In the first, what is left of a difference that is the same
    over `AROUND` px is taken away: the soft edges of clouds' shadows, of fog and of smoke go with it, those
    of people do not.
    """
    differs = cv2.subtract(present, matched(reference, present), dtype=cv2.CV_16S)
    local = cv2.subtract(differs, cv2.blur(differs, (AROUND, AROUND)))
    return _most(np.asarray(local, np.int16)), _most(np.asarray(differs, np.int16))


def apart(reference: Pixels, present: Pixels) -> Pixels:
    """Return how far each pixel is from `reference` in the light around it, (height, width) [0-255]."""
    return differences(reference, present)[0]


class Plate:
    """The empty land of one view, at the working scale."""

    def __init__(self) -> None:
        self._ring: list[Pixels] = []
        self._next = 0
        self._pushed = 0
        self._land: Pixels | None = None
        self._usual: NDArray[np.float32] | None = None
        self._seen: Pixels | None = None
        self._before: Pixels | None = None
        self._hits: Pixels = np.empty((0, 0), np.uint8)

    @property
    def warm(self) -> bool:
        """Whether every picture of the ring was taken anew since the start."""
        return self._pushed >= LENGTH

    def takes(self, since_s: float) -> bool:
        """Return whether it is time for the next picture, so long [s] after the last."""
        return since_s >= (SPACING_WARM_S if self.warm else SPACING_S)

    @property
    def land(self) -> Pixels | None:
        """The plate (height, width, 3), sRGB [0-255]; None before the first picture."""
        return self._land

    @property
    def unknown(self) -> Pixels | None:
        """(height, width), 255 where the land was never seen empty."""
        return None if self._seen is None else np.where(self._seen == 0, 255, 0).astype(np.uint8)

    @property
    def bytes_held(self) -> int:
        """Memory of all arrays. [byte]"""
        arrays = (*self._ring, self._land, self._usual, self._seen, self._before, self._hits)
        return sum(array.nbytes for array in arrays if array is not None)

    def difference(self, present: Pixels) -> tuple[Pixels, Pixels]:
        """Return how far each pixel is from the plate in the light around it, and as such, both (height,
        width) [0-255]."""
        assert self._land is not None
        assert self._seen is not None
        land, unknown = self._land, self._seen == 0
        if unknown.any():
            land = land.copy()
            land[unknown] = present[unknown]
        return differences(land, present)

    def least(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the least difference (height, width) that is more than noise and leaves. [0-255]"""
        if self._usual is None:
            return np.full(shape, LEAST_DIFFERENCE, np.float32)
        return np.asarray(np.maximum(self._usual * USUAL, LEAST_DIFFERENCE), np.float32)

    def push(self, present: Pixels, hits: Pixels, hidden: Pixels) -> None:
        """Take the picture into the ring, except where `hidden` (height, width) is not zero.

        Args:
            present: the working picture.
            hits: (height, width), not zero where something was found: what is usual is not learnt there.
            hidden: (height, width), not zero where the land is not seen; all of `hits` and more.
        """
        self._learn(present, hits)
        unseen = hidden > 0
        if self._land is None or self._seen is None:
            first = present.copy()
            first[unseen] = 0
            self._ring = [first.copy() for _ in range(LENGTH)]
            self._land = first
            self._seen = np.where(unseen, 0, 1).astype(np.uint8)
        else:
            entry = present.copy()
            entry[unseen] = self._land[unseen]
            new = (self._seen == 0) & ~unseen
            if new.any():
                for picture in self._ring:
                    picture[new] = present[new]
            self._ring[self._next] = entry
            self._seen[~unseen & (self._seen < LENGTH)] += 1
            median_of_nine(self._ring, self._land)
        self._next = (self._next + 1) % LENGTH
        self._pushed += 1

    def _learn(self, present: Pixels, hits: Pixels) -> None:
        """Remember how much each pixel usually changes between two pictures of the ring.

        Not how far it is from the plate: who stands still would soon be usual.
        """
        if self._before is None or self._usual is None:
            self._usual = np.zeros(present.shape[:2], np.float32)
        else:
            capped = np.minimum(apart(self._before, present), CAP).astype(np.float32)
            share = max(MEMORY, 1 / self._pushed)
            cv2.accumulateWeighted(capped, self._usual, share, cv2.bitwise_not(hits | self._hits))
        self._before, self._hits = present, hits
