"""Greenness of a region by PhenoCam's rules, to follow the growing season.

The means of red, green and blue over the region, and from these the green and the red chromatic coordinate:
gcc = G / (R + G + B), rcc = R / (R + G + B) [1]. Brightness divides out; the colour of the light does not.

References:
    [1] A. D. Richardson et al., "Tracking vegetation phenology across diverse North American biomes using
        PhenoCam imagery", Scientific Data 5, 180028, 2018, 10.1038/sdata.2018.28.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from landwatch.errors import MeasureError
from landwatch.past import Past
from landwatch.types import Absence, Picture, Quantity, Reading, Region

QUANTITIES = (
    Quantity(name="gcc", unit="1", title="Green chromatic coordinate", low=0.0, high=1.0),
    Quantity(name="rcc", unit="1", title="Red chromatic coordinate", low=0.0, high=1.0),
    Quantity(name="red_mean", unit="1", title="Mean red level, 0 to 255", low=0.0, high=255.0),
    Quantity(name="green_mean", unit="1", title="Mean green level, 0 to 255", low=0.0, high=255.0),
    Quantity(name="blue_mean", unit="1", title="Mean blue level, 0 to 255", low=0.0, high=255.0),
)
NEEDS = frozenset({"daylight", "steady"})
VERSION = 1

DARK = 5.0
"""Mean level of the region below which its colour is that of the sensor's noise. [0-255]"""


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


@dataclass(slots=True)
class _Note:
    settings: Settings | None = None
    size: tuple[int, int] = (0, 0)
    inside: NDArray[np.bool_] | None = None
    box: Region = (0, 0, 0, 0)


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return the means and chromatic coordinates of the region, without what was removed.

    Raises:
        MeasureError: if the mask file cannot be read or is not of the picture's size.
    """
    note = past.note("measure.greenness", _Note)
    if note.inside is None or note.settings != settings or note.size != (picture.height, picture.width):
        inside, box = _inside(picture, settings)
        note.settings, note.size, note.inside, note.box = (
            settings,
            (picture.height, picture.width),
            inside,
            box,
        )
    else:
        inside, box = note.inside, note.box
    left, top, right, bottom = box
    removed = picture.removal.mask[top:bottom, left:right] > 0
    seen = inside & ~removed
    total = int(np.count_nonzero(inside))
    if np.count_nonzero(seen) < (1.0 - settings.most_masked) * total:
        return _readings(picture, box, absent="masked")
    # Sums of whole numbers, so that the means are exact whatever the order.
    colours = picture.pixels[top:bottom, left:right][seen].sum(axis=0, dtype=np.int64) / np.count_nonzero(
        seen
    )
    red, green, blue = (float(level) for level in colours)
    whole = red + green + blue
    if whole / 3.0 < DARK:
        return _readings(picture, box, absent="dark")
    values = {
        "gcc": green / whole,
        "rcc": red / whole,
        "red_mean": red,
        "green_mean": green,
        "blue_mean": blue,
    }
    return _readings(picture, box, values=values)


def _readings(
    picture: Picture, box: Region, *, values: dict[str, float] | None = None, absent: Absence | None = None
) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            camera=picture.camera,
            quantity=quantity.name,
            time=picture.taken,
            value=None if values is None else values[quantity.name],
            unit=quantity.unit,
            method=f"greenness/{VERSION}",
            absent=absent,
            region=box,
        )
        for quantity in QUANTITIES
    )


def _inside(picture: Picture, settings: Settings) -> tuple[NDArray[np.bool_], Region]:
    """Return the region within its bounding box, and the box."""
    if settings.mask is not None:
        inside = _from_file(settings.mask, picture)
        what = f"the mask {settings.mask}"
    else:
        inside = _from_polygon(settings.region or (), picture)
        what = f"the region {settings.region}"
    if not inside.any():
        raise MeasureError(f"{what} holds no pixel of a picture of {picture.width}x{picture.height} px")
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return inside[box[1] : box[3], box[0] : box[2]], box


def _from_file(path: Path, picture: Picture) -> NDArray[np.bool_]:
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
    return np.asarray(values == 0)


def _from_polygon(corners: tuple[tuple[float, float], ...], picture: Picture) -> NDArray[np.bool_]:
    canvas = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(np.array(corners)).astype(np.int32)], 255)
    return np.asarray(canvas > 0)
