"""The heights of the land: read from a grid, seen along a ray, and as the horizon of a place.

A single camera sees no distance. Where its ray meets the land is one, if what it sees stands on the land:
the ray is followed over the grid until it is below it. Light bends with 0.13 of the earth's curvature
(Gauss; see `landwatch.view`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from landwatch.config import Place
from landwatch.errors import ConfigError, MeasureError
from landwatch.view import EQUATOR_M, REFRACTION
from landwatch.where.bearing import Bearing
from landwatch.where.cross import EARTH, FARTHEST_M, Refusal

__all__ = ["Range", "Terrain", "range_on"]

Array = NDArray[np.float64]

WGS84 = 4326

MOST_POINTS = 100_000_000
"""Of a grid: 400 MB in memory, which is 300 km square at 30 m. [1]"""

NEAREST_M = 50.0
"""From where on a ray may meet the land. [m] Nearer there are masts and trees that the grid does not have."""

STEPS = 3000
"""Along a ray, each longer than the last in the same proportion: 0.24 % of the way, as fine as pixels. [1] A
horizon, whose height changes little along a ray, is sought in a quarter of them."""

LEVELS = np.linspace(-3.2, 3.2, 65)
"""Elevations that are tried, in standard uncertainties from the bearing's. [1]"""

TAIL = 0.0127
"""Chance that is left out at either end of the range, so that the range and the bearing (left out at 2.24
standard uncertainties) both hold with 95 %: 0.975 * 0.975. [1]"""

SIDE = 2.24
"""See `TAIL`. [1]"""

HEIGHT_SIGMA = 4.0
"""Standard uncertainty of a grid's heights. [m] Copernicus GLO-30 states 4 m at 90 %, of its own surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """How far something on the land is from one camera, and the patch of land that holds it with 95 %."""

    latitude: float
    """Of the median. [deg]"""
    longitude: float
    """[deg]"""
    distance: float
    """Median. [m]"""
    nearest: float
    """[m]"""
    farthest: float
    """[m]"""
    patch: tuple[tuple[float, float], ...]
    """Longitudes and latitudes, counter-clockwise, the last as the first. [deg]"""


class Terrain:
    """A grid of heights above sea level."""

    def __init__(
        self,
        heights: NDArray[np.floating[Any]],
        crs: Any,
        corner: tuple[float, float],
        cell: tuple[float, float],
    ) -> None:
        """Take a grid.

        Args:
            heights: (rows, columns), the first row in the north; nan where unknown. [m]
            crs: of the grid, as pyproj takes it.
            corner: x and y of the middle of the first cell, in the unit of the crs.
            cell: its width and height, both above 0, in the same unit.
        """
        self._heights = np.asarray(heights, np.float32)
        self._corner = corner
        self._cell = cell
        self._to_grid = Transformer.from_crs(WGS84, crs, always_xy=True)

    @classmethod
    def read(cls, path: Path) -> Terrain:
        """Return the grid of a GeoTIFF, or of an ESRI ASCII grid in degrees of WGS 84.

        Raises:
            ConfigError: if it cannot be read, or does not say where it lies.
        """
        try:
            return _tiff(path) if path.suffix.lower() in {".tif", ".tiff"} else _ascii(path)
        except OSError as error:
            raise ConfigError(f"terrain: cannot read {path}: {error.strerror or error}") from None
        except (tifffile.TiffFileError, ProjError, ValueError, KeyError, IndexError) as error:
            raise ConfigError(
                f"terrain: {path} is no grid of heights with its place ({error}); write a GeoTIFF with "
                "gdal_translate -of GTiff, uncompressed or deflate"
            ) from None

    def heights(self, longitudes: Array, latitudes: Array) -> Array:
        """Return heights between the cells' middles, bilinear [m]; nan off the grid."""
        x, y = self._to_grid.transform(longitudes, latitudes)
        column = (np.asarray(x) - self._corner[0]) / self._cell[0]
        row = (self._corner[1] - np.asarray(y)) / self._cell[1]
        rows, columns = self._heights.shape
        inside = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        column, row = np.where(inside, column, 0.0), np.where(inside, row, 0.0)
        left = np.minimum(column.astype(int), columns - 2)
        top = np.minimum(row.astype(int), rows - 2)
        u, v = column - left, row - top
        grid = self._heights
        upper = grid[top, left] * (1 - u) + grid[top, left + 1] * u
        lower = grid[top + 1, left] * (1 - u) + grid[top + 1, left + 1] * u
        return np.where(inside, upper * (1 - v) + lower * v, np.nan)

    def rising(self, place: Place, azimuths: Array, steps: int = STEPS) -> tuple[Array, Array]:
        """Return the land along bearings from a place: distances (n,) [m], and elevations (m, n) [deg].

        The elevation is the angle above the horizontal under which the ground at that distance would be seen,
        with mean refraction; nan off the grid.

        Raises:
            MeasureError: if the place has no elevation, or lies under the land.
        """
        if place.elevation is None:
            raise MeasureError("the camera's place has no elevation; give it to see how far the land is")
        ground = float(self.heights(np.array([place.longitude]), np.array([place.latitude]))[0])
        if ground > place.elevation + 3 * HEIGHT_SIGMA:
            raise MeasureError(
                f"the camera's place is {place.elevation:.0f} m high and the land there {ground:.0f} m; "
                "look at the place's elevation, which counts from sea level"
            )
        distances = np.geomspace(NEAREST_M, FARTHEST_M, steps)
        shape = (len(azimuths), steps)
        longitudes, latitudes, _ = EARTH.fwd(
            np.full(shape, place.longitude),
            np.full(shape, place.latitude),
            np.broadcast_to(np.asarray(azimuths)[:, None], shape),
            np.broadcast_to(distances, shape),
        )
        above = self.heights(np.asarray(longitudes), np.asarray(latitudes)) - place.elevation
        sunk = distances**2 * (1 - REFRACTION) / (2 * EQUATOR_M)
        return distances, np.degrees(np.arctan2(above - sunk, distances))

    def horizon(self, place: Place, azimuths: Array, steps: int = STEPS // 4) -> Array:
        """Return the elevation [deg] of the skyline at each azimuth; nan where the grid ends too near.

        Raises:
            MeasureError: if the place has no elevation.
        """
        found = []
        for part in np.array_split(np.asarray(azimuths, np.float64), max(1, len(azimuths) // 100)):
            _, elevations = self.rising(place, part, steps)
            is_known = ~np.isnan(elevations).all(axis=1)
            filled = np.where(np.isnan(elevations), -90.0, elevations).max(axis=1)
            found.append(np.where(is_known, filled, np.nan))
        return np.concatenate(found)


def range_on(terrain: Terrain, bearing: Bearing) -> Range | Refusal:
    """Return where a bearing meets the land, or why that tells no place.

    What is seen must stand on the land: of smoke that rises from behind a ridge this is where the ridge's
    outline meets the land beyond, which is too far, or the sky.

    Raises:
        MeasureError: if the camera's place has no elevation.
    """
    distances, land = terrain.rising(bearing.place, np.array([bearing.azimuth]))
    elevations = land[0]
    known = ~np.isnan(elevations)
    end = int(np.argmin(known)) if not known.all() else len(known)
    if end == 0:
        return Refusal(
            reason="off",
            cameras=(bearing.camera,),
            detail=f"camera {bearing.camera} stands outside of the terrain's grid",
        )
    lowered = np.maximum.accumulate(elevations[:end])
    # The grid's own error, seen from the nearest land that the ray could meet.
    first = distances[min(int(np.searchsorted(lowered, bearing.elevation)), end - 1)]
    sigma = math.hypot(bearing.sigma_elevation, math.degrees(HEIGHT_SIGMA / first))
    hits = np.searchsorted(lowered, bearing.elevation + LEVELS * sigma)
    weights = np.exp(-(LEVELS**2) / 2)
    weights /= weights.sum()
    missed = float(weights[hits >= end].sum())
    if missed > TAIL and end < len(known):
        return Refusal(
            reason="off",
            cameras=(bearing.camera,),
            detail=f"the bearing of {bearing.camera} leaves the terrain's grid",
        )
    if missed > TAIL:
        return Refusal(
            reason="sky",
            cameras=(bearing.camera,),
            detail=f"the base is too near the skyline of {bearing.camera}: "
            f"with a chance of {missed:.0%} the ray meets no land",
        )
    reached = distances[np.minimum(hits, end - 1)]
    order = np.argsort(reached)
    chance = np.cumsum(weights[order])
    nearest, middle, farthest = (
        float(reached[order][min(int(np.searchsorted(chance, level)), len(order) - 1)])
        for level in (TAIL, 0.5, 1 - TAIL)
    )
    longitude, latitude, _ = EARTH.fwd(
        bearing.place.longitude, bearing.place.latitude, bearing.azimuth, middle
    )
    return Range(
        latitude=latitude,
        longitude=longitude,
        distance=middle,
        nearest=nearest,
        farthest=farthest,
        patch=_sector(bearing, nearest, farthest),
    )


def _sector(bearing: Bearing, nearest: float, farthest: float) -> tuple[tuple[float, float], ...]:
    """Return the part of a ring between two distances that a bearing's uncertainty spans."""
    turns = np.linspace(-SIDE * bearing.sigma, SIDE * bearing.sigma, 9) + bearing.azimuth
    azimuths = np.concatenate([turns, turns[::-1]])
    lengths = np.repeat([nearest, farthest], len(turns))
    many = np.ones(len(azimuths))
    longitudes, latitudes, _ = EARTH.fwd(
        bearing.place.longitude * many, bearing.place.latitude * many, azimuths, lengths
    )
    ring = list(zip(map(float, longitudes), map(float, latitudes), strict=True))
    return (*ring, ring[0])


def _tiff(path: Path) -> Terrain:
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        _refuse_large(page.imagewidth, page.imagelength)
        told = page.geotiff_tags or {}
        nodata = page.tags.get("GDAL_NODATA")
        heights = np.asarray(page.asarray(), np.float32)
    if heights.ndim != 2:
        raise ValueError(f"it has {heights.ndim} axes")
    if nodata is not None:
        heights = np.where(heights == np.float32(str(nodata.value).strip("\x00 ")), np.nan, heights)
    code = told.get("ProjectedCSTypeGeoKey") or told.get("GeographicTypeGeoKey")
    if not told.get("ModelPixelScale") or not told.get("ModelTiepoint") or code is None:
        raise ValueError("it has no ModelPixelScale, ModelTiepoint or EPSG code")
    wide, high = (float(value) for value in told["ModelPixelScale"][:2])
    column, row, _, x, y = (float(value) for value in told["ModelTiepoint"][:5])
    # Where pixels are areas, the tie point is a cell's corner and not its middle.
    half = 0.0 if told.get("GTRasterTypeGeoKey") == 2 else 0.5
    corner = (x + (half - column) * wide, y - (half - row) * high)
    return Terrain(heights, CRS.from_epsg(int(code)), corner, (wide, high))


def _ascii(path: Path) -> Terrain:
    lines = path.read_text(encoding="ascii").splitlines()
    head: dict[str, float] = {}
    while lines and lines[0][:1].isalpha():
        key, value = lines.pop(0).split()
        head[key.lower()] = float(value)
    columns, rows, cell = int(head["ncols"]), int(head["nrows"]), head["cellsize"]
    _refuse_large(columns, rows)
    heights = np.array(" ".join(lines).split(), np.float32).reshape(rows, columns)
    heights = np.where(heights == head.get("nodata_value", -9999.0), np.nan, heights)
    west = head["xllcenter"] if "xllcenter" in head else head["xllcorner"] + cell / 2
    south = head["yllcenter"] if "yllcenter" in head else head["yllcorner"] + cell / 2
    return Terrain(heights, WGS84, (west, south + (rows - 1) * cell), (cell, cell))


def _refuse_large(columns: int, rows: int) -> None:
    if columns < 2 or rows < 2 or columns * rows > MOST_POINTS:
        raise ValueError(f"it has {columns} x {rows} points; 2 x 2 to {MOST_POINTS:,} are taken")
