"""Lays each cleared picture on its view's reference, so that a place in the one is a place in the other.

Patches of land with structure are found again to a few hundredths of a pixel (`landwatch.patches`), and the
simplest motion that explains those which agree is fitted: a translation, a similarity, or a homography, with
its covariance. Water, clouds, smoke and swaying trees do not agree and are left out, the more so the longer
they are watched. Where the patches are not found near where they were in the picture before, the whole small
picture is sought by phase correlation, then by ORB features [1]; what these propose counts only if the
patches then agree.

References:
    [1] E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or SURF",
        Proc. ICCV, 2564-2571, 2011, 10.1109/ICCV.2011.6126544.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.errors import ConfigError
from landwatch.past import Past, Small, smaller
from landwatch.patches import Patches, find, remember, shift
from landwatch.sample._fit import LEAST, fitted, refusal
from landwatch.sun import light
from landwatch.types import Absence, Alignment, Picture, Pixels

__all__ = ["Aligner"]

Array = NDArray[np.float64]

SIZE = 40
"""Side of a patch: it is found up to half as far away, and holds structure enough for 0.05 px. [px]"""

GRID = (8, 6)
"""Cells across and down; each gives its best patch, so that they span the view. [1]"""

MOST = 20
"""Patches of a reference, at about 70 us each. [1]"""

MARGIN = 0.06
"""Share of the picture's height at its top and bottom that is left out: captions and clocks lie there. [1]"""

TEXTURE = 12.0
"""Least eigenvalue of a patch's mean gradient tensor below which it is sky, water or fog: 3.5 levels a px of
the small copy. [0-255 squared]"""

BURNT = 235
"""Mean luma above which a patch is cloud, snow or burnt. [0-255]"""

FIT = 0.25
"""Fit of a patch below which it was not found. [1] By chance it is 0.1 at most."""

MEMORY = 0.05
"""Share of the newest picture in what is known of a patch's steadiness. [1]"""

UNSTEADY = 0.4
"""Share of pictures in which a patch must agree, to be asked further. [1]"""

TURNED = 0.005
"""Turn or stretch from which patches are resampled before they are compared: 0.1 px at a patch's edge. [1]"""

REACH = 8
"""Free picture around a patch, so that a small shift does not push it out. [px]"""

MASKED = 0.5
"""Share removed from which there is too little land left to see. [1]"""

FOGGED = 0.4
"""Share of the contrast of the reference below which the land has vanished in fog. [1]"""

RELEARN = timedelta(days=2)
"""A reference that nobody gave is taken anew when no picture by day lay on it for so long."""

FEATURES = 1000
"""ORB features of each picture. [1]"""


@dataclass(slots=True, eq=False)
class _Reference:
    size: tuple[int, int]
    """Height and width. [px]"""
    patches: Patches
    steady: Array
    """(n,), share of pictures in which each patch agreed."""
    gray: Pixels
    """Small copy, luma [0-255]."""
    contrast: float
    """Of the patches in the small copy, for telling fog. [0-255]"""
    features: tuple[Array, Pixels] | None = None
    """Places (n, 2) and descriptors of its ORB features, once they were asked for. [px of the small copy]"""


class Aligner:
    """The reference of one camera's view, and how the newest pictures lay on it."""

    def __init__(self, reference: Path | None = None) -> None:
        """Take the reference.

        Args:
            reference: a cleared still of the view. Without one, the first picture by day with land enough is
                it.

        Raises:
            ConfigError: if the file cannot be read as a picture, or shows too little land.
        """
        self._last: Array = np.eye(3)
        self._reference: _Reference | None = None
        self._is_given = reference is not None
        self._lost: datetime | None = None
        """Since when no picture by day was laid on the reference."""
        if reference is not None:
            pixels = cv2.imread(str(reference), cv2.IMREAD_COLOR_RGB)
            if pixels is None:
                raise ConfigError(
                    f"reference = {str(reference)!r}: no picture that can be read; give a JPEG or PNG"
                )
            made = _remember(np.asarray(pixels, np.uint8), None)
            if made is None:
                raise ConfigError(
                    f"reference = {str(reference)!r}: too little land with structure; choose a clear day"
                )
            self._reference = made

    def align(self, picture: Picture, past: Past) -> Alignment:
        """Return how the picture lies on the reference, or why that cannot be said."""
        small = past.present or past.begin(picture)
        known = self._reference
        if known is not None and known.size != (picture.height, picture.width) and not self._is_given:
            known = self._reference = None
        if known is None:
            return self._begin(picture, small, past)
        if known.size != (picture.height, picture.width):
            height, width = known.size
            return refusal(
                "moved", f"the reference is {width}x{height} px, the picture {picture.width}x{picture.height}"
            )
        plane = picture.pixels[..., 1]
        asked = known.steady > UNSTEADY
        if asked.sum() < LEAST:
            asked[:] = True
        for start in self._starts(known, small):
            tried = self._try(known, plane, picture.removal.mask, start, asked)
            if tried is not None and _turn(start, tried[0].matrix, picture) > TURNED:
                # Patches that were turned before they were compared are found askew: once more.
                tried = self._try(known, plane, picture.removal.mask, tried[0].matrix, asked) or tried
            if tried is not None:
                found, agrees = tried
                self._last, self._lost = found.matrix, None
                known.steady[asked] += MEMORY * (agrees - known.steady[asked])
                return found
        refused = refusal(*_why(known, small, past))
        if refused.refused == "moved" and not self._is_given:
            self._lost = self._lost or picture.taken
            if picture.taken - self._lost > RELEARN:
                self._reference, self._lost = None, None
        return refused

    def _begin(self, picture: Picture, small: Small, past: Past) -> Alignment:
        lit = light(small, past.place)
        if lit != "day":
            return refusal(lit, "a reference is taken by day")
        self._reference = _remember(picture.pixels, picture.removal.mask)
        self._last = np.eye(3)
        if self._reference is None:
            return refusal("bare", "too little land with structure for a reference")
        count = len(self._reference.patches.places)
        return Alignment(
            model="translation",
            matrix=np.eye(3),
            covariance=np.zeros((8, 8)),
            rms=0.0,
            patches=count,
            is_reference=True,
        )

    def _starts(self, known: _Reference, small: Small) -> Iterator[Array]:
        """Yield where the view may be, the cheapest guess first."""
        yield self._last
        if not np.array_equal(self._last, np.eye(3)):
            yield np.eye(3)
        right, down, _ = shift(_edges(known.gray), _edges(small.gray))
        yield np.array([[1, 0, right / small.scale], [0, 1, down / small.scale], [0, 0, 1]])
        turned = _by_features(known, small.gray, small.scale)
        if turned is not None:
            yield turned

    @staticmethod
    def _try(
        known: _Reference, plane: Pixels, removed: Pixels, start: Array, asked: NDArray[np.bool_]
    ) -> tuple[Alignment, NDArray[np.bool_]] | None:
        patches = Patches(
            size=known.patches.size, places=known.patches.places[asked], spectra=known.patches.spectra[asked]
        )
        places = patches.places.astype(np.float64)
        sought, linear = _local(start, places)
        is_turned = bool(np.abs(linear - np.eye(2)).max() > TURNED)
        found = find(patches, plane, sought, linear if is_turned else None)
        offsets = np.einsum("nij,nj->ni", linear, found.offsets) if is_turned else found.offsets
        seen = (found.fits > FIT) & ~_covered(removed, sought + offsets, patches.size)
        return fitted(places, sought + offsets, found.sigmas, seen, (plane.shape[0], plane.shape[1]))


def _turn(one: Array, other: Array, picture: Picture) -> float:
    """Return how much patches turn or stretch between two matrices, at the corner where they do most. [1]"""
    corners = np.array(
        [[0, 0], [picture.width, 0], [0, picture.height], [picture.width, picture.height]], float
    )
    return float(np.abs(_local(one, corners)[1] - _local(other, corners)[1]).max())


def _local(matrix: Array, places: Array) -> tuple[Array, Array]:
    """Return where a matrix puts places (n, 2) [px], and how it turns and stretches there (n, 2, 2)."""
    lifted = places @ matrix[:, :2].T + matrix[:, 2]
    put = lifted[:, :2] / lifted[:, 2:]
    return put, (matrix[None, :2, :2] - put[:, :, None] * matrix[None, 2:, :2]) / lifted[:, 2:, None]


def _covered(removed: Pixels, places: Array, size: int) -> NDArray[np.bool_]:
    """Return at which places something was removed: what fills it is no land of this moment."""
    if not cv2.countNonZero(removed):
        return np.zeros(len(places), np.bool_)
    height, width = removed.shape
    half = size // 3
    return np.array(
        [
            removed[max(y - half, 0) : min(y + half, height), max(x - half, 0) : min(x + half, width)].any()
            for x, y in np.rint(places).astype(int)
        ],
        np.bool_,
    )


def _remember(pixels: Pixels, removed: Pixels | None) -> _Reference | None:
    """Return the reference that a picture makes; None with too little land."""
    height, width = pixels.shape[:2]
    if min(height, width) < 2 * SIZE:
        return None
    gray = np.asarray(cv2.cvtColor(smaller(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    scale = gray.shape[1] / width
    block = max(3, round(SIZE * scale)) | 1
    # Where the least eigenvalue is large there is structure both ways, so that no patch slides along an edge.
    structure = np.asarray(cv2.cornerMinEigenVal(gray, block, ksize=3), np.float32) * np.float32(255.0**2)
    mean = cv2.blur(gray, (block, block))
    structure[mean > BURNT] = 0.0
    if removed is not None and cv2.countNonZero(removed):
        gone = cv2.resize(removed, gray.shape[::-1], interpolation=cv2.INTER_AREA)
        structure[cv2.dilate(gone, np.ones((block, block), np.uint8)) > 0] = 0.0
    edge = SIZE // 2 + REACH
    places = _best(structure, scale, edge, max(edge, round(MARGIN * height)), (height, width))
    if len(places) < LEAST:
        return None
    return _Reference(
        size=(height, width),
        patches=remember(pixels[..., 1], places, SIZE),
        steady=np.ones(len(places)),
        gray=gray,
        contrast=_contrast(gray, np.asarray(places * scale, np.float64), block),
    )


def _best(
    structure: NDArray[np.float32], scale: float, across: int, down: int, size: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the places (n, 2) with the most structure, at most one a cell. [px]"""
    height, width = size
    columns = np.linspace(across, max(width - across, across), GRID[0] + 1) * scale
    rows = np.linspace(down, max(height - down, down), GRID[1] + 1) * scale
    found = []
    for top, bottom in itertools.pairwise(np.rint(rows).astype(int)):
        for left, right in itertools.pairwise(np.rint(columns).astype(int)):
            cell = structure[top:bottom, left:right]
            if cell.size and cell.max() > TEXTURE:
                row, column = np.unravel_index(int(cell.argmax()), cell.shape)
                found.append((float(cell.max()), (left + int(column)) / scale, (top + int(row)) / scale))
    chosen = sorted(found, reverse=True)[:MOST]
    places = np.array([place[1:] for place in chosen], np.float64).reshape(-1, 2)
    return np.rint(places).astype(np.int64)


def _contrast(gray: Pixels, places: Array, block: int) -> float:
    """Return the median contrast of blocks around places of the small copy. [0-255]"""
    half = block // 2
    return float(
        np.median(
            [
                gray[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1].std()
                for x, y in np.rint(places).astype(int)
            ]
        )
    )


def _edges(gray: Pixels) -> NDArray[np.float32]:
    """Return the strength of edges, which the light changes less than brightness. [0-255]"""
    plane = gray.astype(np.float32)
    return np.asarray(
        cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)), np.float32
    )


def _by_features(known: _Reference, gray: Pixels, scale: float) -> Array | None:
    """Return the similarity that ORB features propose, in px of the picture; None where they propose none."""
    finder = cv2.ORB.create(nfeatures=FEATURES, fastThreshold=10)
    if known.features is None:
        known.features = _features(finder, known.gray)
    before, known_words = known.features
    after, words = _features(finder, gray)
    if not len(before) or not len(after):
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(known_words, words)
    if len(pairs) < LEAST:
        return None
    here = before[[pair.queryIdx for pair in pairs]]
    there = after[[pair.trainIdx for pair in pairs]]
    found, agrees = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0)
    if found is None or int(agrees.sum()) < LEAST:
        return None
    affine = np.asarray(found, np.float64)
    affine[:, 2] /= scale
    return np.vstack([affine, [0.0, 0.0, 1.0]])


def _features(finder: cv2.ORB, gray: Pixels) -> tuple[Array, Pixels]:
    """Return the places (n, 2) and the descriptors (n, 32) of a picture's features."""
    spots, words = finder.detectAndCompute(gray, None)
    places = np.array([spot.pt for spot in spots], np.float64).reshape(-1, 2)
    return places, np.zeros((0, 32), np.uint8) if words is None else np.asarray(words, np.uint8)


def _why(known: _Reference, small: Small, past: Past) -> tuple[Absence, str]:
    """Return the likeliest reason why the land was not found."""
    lit = light(small, past.place)
    if lit != "day":
        return lit, "too dark to find the land"
    if cv2.countNonZero(small.removed) > MASKED * small.removed.size:
        return "masked", "most of the picture was removed"
    block = max(3, round(SIZE * small.scale)) | 1
    if (
        _contrast(small.gray, np.asarray(known.patches.places * small.scale, np.float64), block)
        < FOGGED * known.contrast
    ):
        return "fog", "the land has lost its contrast"
    return "moved", "the land is not where the reference has it, and no shift explains the picture"
