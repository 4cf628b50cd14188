"""Spread of the colour levels in a region, as PhenoCam's files of region statistics have it.

Standard deviations (by the number of pixels), percentiles (linear between order statistics) and correlations
of red, green and blue [1]: what `greenness`, which takes the same settings, leaves out. A covariance is told
by the mean square of the difference, 2 cov(x, y) = var(x) + var(y) - var(x - y), so that it comes from
histograms as well.

References:
    [1] T. Milliman, "vegindex: Python tools for generating vegetation index timeseries from PhenoCam images",
        version 0.10.2, `roitimeseries.py`.
"""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np

from landwatch.measure._roi import SHAPES, Histogram, Seen, Settings, histogram, seen
from landwatch.past import Past
from landwatch.types import Absence, Picture, Quantity, Reading

__all__ = ["NEEDS", "QUANTITIES", "SHAPES", "VERSION", "Settings", "measure"]

COLOURS = ("red", "green", "blue")
PARTS = (5, 10, 25, 50, 75, 90, 95)
"""Percentiles of PhenoCam's files."""

QUANTITIES = (
    Quantity(name="red_deviation", unit="1", title="Red levels, standard deviation", low=0.0, high=127.5),
    Quantity(name="green_deviation", unit="1", title="Green levels, standard deviation", low=0.0, high=127.5),
    Quantity(name="blue_deviation", unit="1", title="Blue levels, standard deviation", low=0.0, high=127.5),
    *(
        Quantity(
            name=f"{colour}_{part}",
            unit="1",
            title=f"{colour.title()} levels, percentile {part}",
            low=0.0,
            high=255.0,
        )
        for colour in COLOURS
        for part in PARTS
    ),
    Quantity(
        name="red_green_correlation", unit="1", title="Correlation of red and green", low=-1.0, high=1.0
    ),
    Quantity(name="red_blue_correlation", unit="1", title="Correlation of red and blue", low=-1.0, high=1.0),
    Quantity(
        name="green_blue_correlation", unit="1", title="Correlation of green and blue", low=-1.0, high=1.0
    ),
)
NEEDS = frozenset({"daylight", "steady"})
VERSION = 1


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return the spread of the region's levels; where a colour has but one, correlations are absent.

    Raises:
        MeasureError: if the mask file cannot be read or is not of the picture's size.
    """
    left = seen(picture, past, settings)
    if left.share < 1.0 - settings.most_masked:
        return tuple(_reading(picture, left, quantity.name, None, "masked") for quantity in QUANTITIES)
    colours = {name: histogram(plane, left.inside) for name, plane in zip(COLOURS, left.planes, strict=True)}
    values: dict[str, float | None] = {f"{name}_deviation": one.deviation for name, one in colours.items()}
    for name, one in colours.items():
        values |= {f"{name}_{part}": level for part, level in zip(PARTS, one.percentiles(PARTS), strict=True)}
    planes = dict(zip(COLOURS, left.planes, strict=True))
    for first, second in combinations(COLOURS, 2):
        apart = histogram(np.asarray(cv2.absdiff(planes[first], planes[second]), np.uint8), left.inside)
        values[f"{first}_{second}_correlation"] = _correlation(colours[first], colours[second], apart)
    return tuple(
        _reading(picture, left, quantity.name, values[quantity.name], "bare") for quantity in QUANTITIES
    )


def _correlation(one: Histogram, other: Histogram, apart: Histogram) -> float | None:
    """Return the correlation of two colours from their absolute differences; None where one has no spread."""
    spread = one.deviation * other.deviation
    if spread == 0.0:
        return None
    difference = apart.square - (one.mean - other.mean) ** 2
    covariance = (one.deviation**2 + other.deviation**2 - difference) / 2.0
    return max(-1.0, min(1.0, covariance / spread))


def _reading(picture: Picture, left: Seen, name: str, value: float | None, reason: Absence) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity=name,
        time=picture.taken,
        value=value,
        unit="1",
        method=f"levels/{VERSION}",
        absent=reason if value is None else None,
        region=left.box,
    )
