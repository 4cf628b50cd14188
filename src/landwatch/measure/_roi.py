"""The levels of a region of the land, which several instruments read: PhenoCam's region of interest.

Levels are whole numbers, so that histograms hold all of their means, deviations and percentiles exactly, at a
fraction of what the pixels cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from landwatch.errors import MeasureError
from landwatch.past import Past
from landwatch.types import Picture, Pixels, Region, Shape

__all__ = ["LEVELS", "SHAPES", "Histogram", "Seen", "Settings", "histogram", "seen"]

LEVELS = np.arange(256.0)
"""[0-255]"""


SHAPES = (Shape(key="region", kind="polygon", title="Region", columns="x, y [px]"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The region: a mask file or a polygon, one of the two."""

    mask: Path | None = None
    """TIFF or PNG of the picture's size as PhenoCam publishes them: 0 is inside, 255 outside."""
    region: tuple[tuple[float, float], ...] | None = None
    """Corners (x, y) of a polygon, in px of the original picture."""
    most_masked: float = field(default=0.2)
    """Share of the region that removal may take before there is no reading. [1]"""

    def __post_init__(self) -> None:
        if (self.mask is None) == (self.region is None):
            raise ValueError('write either mask = "FILE.tif" or region = [[x, y], …]')
        if self.region is not None and len(self.region) < 3:
            raise ValueError(f"a region has at least 3 corners, not {len(self.region)}")
        if self.mask is not None and not self.mask.is_file():
            raise ValueError(f"there is no mask file {self.mask}")
        if not 0.0 <= self.most_masked < 1.0:
            raise ValueError(f"most_masked = {self.most_masked} is not within 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How many pixels have each level."""

    counts: NDArray[np.float64]
    """(256,)"""

    @property
    def size(self) -> float:
        """Pixels."""
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        """[0-255]"""
        return float(LEVELS @ self.counts) / self.size

    @property
    def square(self) -> float:
        """Mean of the squared levels."""
        return float(np.square(LEVELS) @ self.counts) / self.size

    @property
    def deviation(self) -> float:
        """Standard deviation, by the number of pixels. [0-255]"""
        return float(np.sqrt(np.square(LEVELS - self.mean) @ self.counts / self.size))

    def percentiles(self, parts: Sequence[int]) -> list[float]:
        """Return percentiles [0-255], linear between order statistics."""
        up_to = np.cumsum(self.counts)
        places = np.array(parts) / 100.0 * (self.size - 1.0)
        low, high = (
            np.searchsorted(up_to, rank, side="right").clip(max=255)
            for rank in (np.floor(places), np.ceil(places))
        )
        return [float(level) for level in low + (places - np.floor(places)) * (high - low)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a picture shows of the region."""

    box: Region
    """Around the region. [px]"""
    planes: tuple[Pixels, Pixels, Pixels]
    """Red, green and blue of the box: (height, width) each. [0-255]"""
    inside: Pixels
    """(height, width) of the box, 255 inside the region where nothing was removed."""
    share: float
    """Of the region that removal left. [1]"""


@dataclass(slots=True)
class _Note:
    settings: Settings | None = None
    size: tuple[int, int] = (0, 0)
    inside: Pixels | None = None
    box: Region = (0, 0, 0, 0)
    total: int = 0


def seen(picture: Picture, past: Past, settings: Settings) -> Seen:
    """Return what is left of the region; where that is less than the settings ask for, nothing is inside.

    Raises:
        MeasureError: if the mask file cannot be read or is not of the picture's size.
    """
    note = past.note("measure._roi", _Note)
    size = (picture.height, picture.width)
    if note.inside is None or note.settings != settings or note.size != size:
        note.inside, note.box = _inside(picture, settings)
        note.settings, note.size, note.total = settings, size, cv2.countNonZero(note.inside)
    left, top, right, bottom = note.box
    removed = picture.removal.mask[top:bottom, left:right]
    inside, share = note.inside, 1.0
    if cv2.hasNonZero(removed):
        inside = np.asarray(cv2.bitwise_and(inside, cv2.bitwise_not(removed)), np.uint8)
        share = cv2.countNonZero(inside) / note.total
    red, green, blue = cv2.split(picture.pixels[top:bottom, left:right])
    planes = (np.asarray(red, np.uint8), np.asarray(green, np.uint8), np.asarray(blue, np.uint8))
    return Seen(box=note.box, planes=planes, inside=inside, share=share)


def histogram(levels: Pixels, inside: Pixels) -> Histogram:
    """Return the histogram of levels (height, width) where `inside` is not 0."""
    counts = cv2.calcHist([levels], [0], inside, [256], [0, 256])
    return Histogram(counts=np.asarray(counts, np.float64).ravel())


def _inside(picture: Picture, settings: Settings) -> tuple[Pixels, Region]:
    """Return the region within its bounding box as 255, and the box."""
    if settings.mask is not None:
        inside = _from_file(settings.mask, picture)
        what = f"the mask {settings.mask}"
    else:
        inside = _from_polygon(settings.region or (), picture)
        what = f"the region {settings.region}"
    left, top, width, height = cv2.boundingRect(inside)
    if not width:
        raise MeasureError(f"{what} holds no pixel of a picture of {picture.width}x{picture.height} px")
    box = (left, top, left + width, top + height)
    return np.ascontiguousarray(inside[box[1] : box[3], box[0] : box[2]]), box


def _from_file(path: Path, picture: Picture) -> Pixels:
    try:
        with Image.open(path) as image:
            values = np.asarray(image.convert("L"))
    except OSError as error:
        raise MeasureError(f"cannot read the mask {path}: {error}") from None
    if values.shape != (picture.height, picture.width):
        raise MeasureError(
            f"the mask {path} is {values.shape[1]}x{values.shape[0]} px, "
            f"the picture {picture.width}x{picture.height}; draw the mask on a picture of this camera"
        )
    return np.where(values == 0, 255, 0).astype(np.uint8)


def _from_polygon(corners: tuple[tuple[float, float], ...], picture: Picture) -> Pixels:
    canvas = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(np.array(corners)).astype(np.int32)], 255)
    return canvas
