"""Greenness of a region by PhenoCam's rules, to follow the growing season.

The means of red, green and blue over the region, and from these the green and the red chromatic coordinate:
gcc = G / (R + G + B), rcc = R / (R + G + B) [1]. Brightness divides out; the colour of the light does not.

Flags: `underexposed` and `overexposed` where the sum of the means is below 100 or above 665, PhenoCam's
limits; `clipped` where much of a colour is at white, so that its mean is a lower bound; `haze` where half of
what the region shows is the air's light, by the darkest levels in it [2] (fresh snow on all of it looks
alike); `monochrome` where the picture has no colour: infra-red mode. Its means are then those of the one
level, as PhenoCam gives for infra-red pictures, and gcc and rcc are absent as "dark".

The standard uncertainty of gcc and rcc holds what removal hid of the region, half a level of each mean, and
how single pictures of the same leaves differ with light and weather.

References:
    [1] A. D. Richardson et al., "Tracking vegetation phenology across diverse North American biomes using
        PhenoCam imagery", Scientific Data 5, 180028, 2018, 10.1038/sdata.2018.28.
    [2] K. He, J. Sun, X. Tang, "Single image haze removal using dark channel prior", IEEE Transactions on
        Pattern Analysis and Machine Intelligence 33, 2341-2353, 2011, 10.1109/TPAMI.2010.168.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from landwatch.measure._products import LEAST_SUM, MOST_SUM
from landwatch.measure._roi import SHAPES, Histogram, Seen, Settings, histogram, seen
from landwatch.past import Past, Small
from landwatch.sun import is_monochrome
from landwatch.types import Absence, Picture, Quantity, Reading

__all__ = ["NEEDS", "QUANTITIES", "SHAPES", "VERSION", "Settings", "measure"]

_COORDINATES = (
    "single pictures differ with the light: use the 90th percentile of three days; against PhenoCam's "
    "published means of 12 noon pictures all were within 5e-6, and the gcc_90 of all 213 windows of three "
    "days at Harvard Forest is the same to 1e-5"
)
QUANTITIES = (
    Quantity(
        name="gcc", unit="1", title="Green chromatic coordinate", low=0.0, high=1.0, limits=_COORDINATES
    ),
    Quantity(name="rcc", unit="1", title="Red chromatic coordinate", low=0.0, high=1.0, limits=_COORDINATES),
    Quantity(name="red_mean", unit="1", title="Mean red level, 0 to 255", low=0.0, high=255.0),
    Quantity(name="green_mean", unit="1", title="Mean green level, 0 to 255", low=0.0, high=255.0),
    Quantity(name="blue_mean", unit="1", title="Mean blue level, 0 to 255", low=0.0, high=255.0),
)
NEEDS = frozenset({"daylight", "steady"})
VERSION = 1

DARK = 5.0
"""Mean level of the region below which its colour is that of the sensor's noise. [0-255]"""

HALF_LEVEL = 0.5
"""Standard uncertainty of a mean level: cameras and decoders round and clip alike in all pixels. [0-255]"""

LIGHT = {"gcc": 0.007, "rcc": 0.013}
"""Standard deviation of single pictures by sun and weather: the median over 213 windows of three days at
Harvard Forest, from PhenoCam's statistics with the sun at least 10 deg up. [1]"""

WHITE, MOST_WHITE = 250, 0.05
"""Level from which a colour may be clipped [0-255], and the share of it that may be [1]: 5 % of a region at
255 that would be 300 without the limit take 2 levels from the mean."""

HAZY = 0.5
"""Share of the region's own light below which the air's prevails. [1] At De Bilt trees 150 m away had 0.77
and more in clear air, and 0.47 and less in all fog of 550 m or less."""

AIRS_OWN = 0.95
"""Of the darkest level that is taken as the air's: some haze is in every clear view. [1, section 4.2 of 2]"""

DARKEST, BRIGHTEST = 5, 99
"""Percentiles: of the region, that is black without air; of the picture, that is as bright as the sky."""


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return the means and chromatic coordinates of the region, without what was removed.

    Raises:
        MeasureError: if the mask file cannot be read or is not of the picture's size.
    """
    left = seen(picture, past, settings)
    if left.share < 1.0 - settings.most_masked:
        return tuple(_absent(picture, left, quantity, "masked") for quantity in QUANTITIES)
    colours = [histogram(plane, left.inside) for plane in left.planes]
    levels = [colour.mean for colour in colours]
    whole = sum(levels)
    if whole / 3.0 < DARK:
        return tuple(_absent(picture, left, quantity, "dark") for quantity in QUANTITIES)
    small = past.present or past.begin(picture)
    coordinates: tuple[Reading, ...]
    flags = _exposure(colours, whole)
    if is_monochrome(small):
        flags = (*flags, "monochrome")
        coordinates = tuple(_absent(picture, left, each, "dark", ("monochrome",)) for each in QUANTITIES[:2])
    else:
        if _own_light(left, small) < HAZY:
            flags = (*flags, "haze")
        coordinates = tuple(
            _reading(picture, left, each, levels[own] / whole, _sigma(each.name, own, colours, left), flags)
            for each, own in zip(QUANTITIES[:2], (1, 0), strict=True)
        )
    means = tuple(
        _reading(picture, left, quantity, colour.mean, _level_sigma(colour, left.share), flags)
        for quantity, colour in zip(QUANTITIES[2:], colours, strict=True)
    )
    return (*coordinates, *means)


def _exposure(colours: list[Histogram], whole: float) -> tuple[str, ...]:
    flags = []
    if whole < LEAST_SUM:
        flags.append("underexposed")
    if whole > MOST_SUM:
        flags.append("overexposed")
    if any(float(colour.counts[WHITE:].sum()) > MOST_WHITE * colour.size for colour in colours):
        flags.append("clipped")
    return tuple(flags)


def _own_light(left: Seen, small: Small) -> float:
    """Return the share of the region's light that comes from the land rather than from the air before it."""
    red, green, blue = left.planes
    least = np.asarray(cv2.min(cv2.min(red, green), blue), np.uint8)
    (dark,) = histogram(least, left.inside).percentiles([DARKEST])
    kept = np.asarray(cv2.bitwise_not(small.removed), np.uint8)
    (sky,) = histogram(small.gray, kept).percentiles([BRIGHTEST])
    return 1.0 - AIRS_OWN * dark / max(sky, 1.0)


def _level_sigma(colour: Histogram, share: float) -> float:
    """Return the standard uncertainty of a mean: what is hidden may differ as much as single pixels do."""
    return math.hypot(HALF_LEVEL, (1.0 - share) * colour.deviation)


def _sigma(name: str, own: int, colours: list[Histogram], left: Seen) -> float:
    """Return the standard uncertainty of a coordinate: c = X / S, dc = ((1 - c) dX - c (dY + dZ)) / S."""
    whole = sum(colour.mean for colour in colours)
    coordinate = colours[own].mean / whole
    parts = [
        (1.0 - coordinate if at == own else coordinate) * _level_sigma(colour, left.share) / whole
        for at, colour in enumerate(colours)
    ]
    return math.hypot(*parts, LIGHT[name])


def _reading(
    picture: Picture, left: Seen, quantity: Quantity, value: float, sigma: float, flags: tuple[str, ...]
) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity=quantity.name,
        time=picture.taken,
        value=value,
        sigma=sigma,
        unit=quantity.unit,
        method=f"greenness/{VERSION}",
        flags=flags,
        region=left.box,
    )


def _absent(
    picture: Picture, left: Seen, quantity: Quantity, reason: Absence, flags: tuple[str, ...] = ()
) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity=quantity.name,
        time=picture.taken,
        value=None,
        unit=quantity.unit,
        method=f"greenness/{VERSION}",
        absent=reason,
        flags=flags,
        region=left.box,
    )
