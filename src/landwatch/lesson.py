"""What a camera has learnt from its quiet hours: how high its scores must be, and at which places higher.

A score s stands for the evidence s / (1 - s), its odds; what is asked is stretched in odds. The bounds keep
every camera seeing: sure smoke, which leaves a whole minute of evidence each minute, reaches the highest
threshold anywhere within two minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from landwatch.types import Region

__all__ = [
    "GRID",
    "HIGHEST",
    "LOWEST",
    "NOWHERE",
    "Lesson",
    "Place",
    "Spot",
    "cell_region",
    "odds",
    "spot_of",
]

GRID = (16, 12)
"""Columns and rows of the places of a picture: a chimney is in one of them, a ridge in many. [1]"""

NOWHERE = -1
"""The cell of a score without a region."""

LOWEST, HIGHEST = 0.4, 0.75
"""Between these a camera's threshold stays, whatever it has learnt. [0-1] Two thirds of the evidence that the
rule that ships asks for, and three times that much."""

CHANCE = 1.0
"""Cries at a place that are put down to chance. [1]"""

SHARE = 0.25
"""Of the evidence asked anywhere, by which each further cry raises what is asked there. [1]"""

MOST = 3.0
"""Times the evidence that is asked anywhere, at most. [1]"""

OUTGROWN = 1.5
"""Times the area of what cried at a place, beyond which something is not what cried there. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something stands in a picture, and how large it is."""

    cell: int
    """Of the grid, in which the middle of its foot lies, row by row; `NOWHERE` without a region."""
    area: float
    """Share of the picture. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that has cried wolf."""

    cries: float
    """Hours in which what it showed did not become smoke; older ones count for less. [1]"""
    area: float
    """Of the largest thing that did. [1]"""

    def factor(self, spot: Spot) -> float:
        """Return how many times the evidence is asked of a thing there. [1]"""
        if spot.area > OUTGROWN * self.area:
            return 1.0
        return min(MOST, 1.0 + SHARE * max(0.0, self.cries - CHANCE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one camera asks of one hazard's scores."""

    hazard: str
    enter: float
    """Threshold where nothing has cried. [0-1]"""
    places: Mapping[int, Place] = field(default_factory=dict)
    """Those that have, by their cell."""

    def factor(self, spot: Spot) -> float:
        """Return how many times the evidence is asked at a spot. [1]"""
        place = self.places.get(spot.cell)
        return 1.0 if place is None else place.factor(spot)

    def asked(self, spot: Spot) -> float:
        """Return the threshold at a spot. [0-1]"""
        evidence = odds(self.enter) * self.factor(spot)
        return min(HIGHEST, evidence / (1.0 + evidence))


def spot_of(region: Region | None, size: tuple[int, int]) -> Spot:
    """Return where a region [px] stands in a picture of a width and height [px]."""
    if region is None:
        return Spot(cell=NOWHERE, area=0.0)
    (left, top, right, bottom), (width, height), (columns, rows) = region, size, GRID
    column = min(columns - 1, (left + right) * columns // (2 * width))
    row = min(rows - 1, max(0, bottom - 1) * rows // height)
    return Spot(cell=row * columns + column, area=(right - left) * (bottom - top) / (width * height))


def cell_region(cell: int, size: tuple[int, int]) -> Region:
    """Return the box of a cell in a picture of a width and height. [px]"""
    (columns, rows), (width, height) = GRID, size
    row, column = divmod(cell, columns)
    return (
        column * width // columns,
        row * height // rows,
        (column + 1) * width // columns,
        (row + 1) * height // rows,
    )


def odds(score: float) -> float:
    """Return s / (1 - s) of a score in [0, 1). [1]"""
    return score / (1.0 - score)
