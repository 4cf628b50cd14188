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
    "as_mask",
    "differences",
    "matched",
    "median_of_nine",
    "most",
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

LEAST_DIFFERENCE = 20
"""Level difference to the plate that is foreground on calm land: JPEG blocks and creeping shadows stay
below. At 13 three times as much is masked, and nothing gained for people of 25 px and more. [0-255]"""

USUAL = 4.5
"""How many times the usual change of a pixel (leaves, waves) its foreground must be. [1]"""

MEMORY = 1 / 8
"""Share of the newest picture in the usual change. [1]"""

CAP = 48
"""Greatest change that counts for the usual one, so that one passer-by does not blind a pixel. [0-255]"""

EXCHANGES = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3),
    (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
"""Pairs (low, high) to be put in order, after which place 4 holds the median [1]."""

BANDS = 3
"""Once the ring is full, each picture that enters it renews the median in one of so many bands of rows: a
place has the new land at most two turns later, for a third of the work. [1]"""

STRIP = 64
"""Rows whose median is made at a time, so that nine of them stay in the processor's cache. [px]"""


def as_mask(holds: NDArray[np.bool_]) -> Pixels:
    """Return a mask: 255 where a condition holds, else 0."""
    return np.negative(holds.view(np.int8)).view(np.uint8)


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


def most(differs: NDArray[np.int16]) -> Pixels:
    """Return the greatest of the three absolute differences, (height, width) [0-255]."""
    red, green, blue = cv2.split(cv2.convertScaleAbs(differs))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def differences(reference: Pixels, present: Pixels) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return present minus `reference` in the light around it, and as such, both (height, width, 3)
    [-255-255].

    For both the light is matched in blocks. In the first, what is left of a difference that is the same
    over `AROUND` px is taken away: the soft edges of clouds' shadows, of fog and of smoke go with it, those
    of people do not.
    """
    differs = np.asarray(cv2.subtract(present, matched(reference, present), dtype=cv2.CV_16S), np.int16)
    local = np.asarray(cv2.subtract(differs, cv2.blur(differs, (AROUND, AROUND))), np.int16)
    return local, differs


class Plate:
    """The empty land of one view, at the working scale."""

    def __init__(self) -> None:
        self._ring: list[Pixels] = []
        self._next = 0
        self._pushed = 0
        self._land: Pixels | None = None
        self._unknown: Pixels | None = None
        self._usual: NDArray[np.float32] | None = None
        self._least: Pixels | None = None
        self._local: NDArray[np.int16] | None = None
        self._before: NDArray[np.int16] | None = None
        self._hits: Pixels | None = None

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
        """(height, width), 255 where the land was never seen empty; None if it was seen everywhere."""
        return self._unknown

    @property
    def bytes_held(self) -> int:
        """Memory of all arrays. [byte]"""
        arrays = (
            *self._ring, self._land, self._unknown, self._usual, self._least, self._local, self._before,
            self._hits,
        )  # fmt: skip
        return sum(array.nbytes for array in arrays if array is not None)

    def difference(self, present: Pixels) -> tuple[Pixels, Pixels]:
        """Return how far each pixel is from the plate in the light around it, and as such, both (height,
        width) [0-255]; the first is what `push` learns from."""
        assert self._land is not None
        land = self._land
        if self._unknown is not None:
            land = land.copy()
            cv2.copyTo(present, self._unknown, land)
        self._local, differs = differences(land, present)
        return most(self._local), most(differs)

    def least(self, shape: tuple[int, ...]) -> Pixels:
        """Return the greatest difference (height, width) that is still noise or leaves. [0-255]"""
        if self._least is None:
            return np.full(shape, LEAST_DIFFERENCE, np.uint8)
        return self._least

    def push(self, present: Pixels, hits: Pixels, hidden: Pixels) -> None:
        """Take the picture into the ring, except where `hidden` (height, width) is not zero.

        Args:
            present: the working picture, the same as that of the last `difference`.
            hits: (height, width), 255 where something was found: what is usual is not learnt there.
            hidden: (height, width), 255 where the land is not seen; all of `hits` and more.
        """
        self._learn(hits)
        if self._land is None:
            self._land = present.copy()
            self._land[hidden > 0] = 0
            self._ring = [self._land.copy() for _ in range(LENGTH)]
            self._unknown = hidden
        else:
            entry = self._ring[self._next]
            np.copyto(entry, present)
            cv2.copyTo(self._land, hidden, entry)
            if self._unknown is not None:
                for picture in self._ring:
                    cv2.copyTo(present, self._unknown & ~hidden, picture)
                self._unknown = self._unknown & hidden
            rows = self._turn(self._land.shape[0])
            median_of_nine([picture[rows] for picture in self._ring], self._land[rows])
        if self._unknown is not None and not self._unknown.any():
            self._unknown = None
        self._next = (self._next + 1) % LENGTH
        self._pushed += 1

    def _turn(self, height: int) -> slice:
        """Return the rows whose median is made: all until the ring is full, then one band after the other."""
        if not self.warm:
            return slice(0, height)
        band = self._pushed % BANDS
        return slice(band * height // BANDS, (band + 1) * height // BANDS)

    def _learn(self, hits: Pixels) -> None:
        """Remember how much each pixel usually changes between two pictures of the ring.

        Not how far it is from the plate: who stands still would soon be usual.
        """
        if self._usual is None:
            self._usual = np.zeros(hits.shape, np.float32)
        if self._local is not None and self._before is not None and self._hits is not None:
            step = most(np.asarray(cv2.subtract(self._local, self._before), np.int16))
            share = max(MEMORY, 1 / max(1, self._pushed - 1))
            cv2.accumulateWeighted(np.minimum(step, CAP), self._usual, share, ~(hits | self._hits))
            self._least = np.maximum(cv2.convertScaleAbs(self._usual, alpha=USUAL), LEAST_DIFFERENCE).astype(
                np.uint8, copy=False
            )
        self._before, self._hits = self._local, hits
