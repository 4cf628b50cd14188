"""A small map of where an event is, drawn without tiles: cameras, bearings, and the land that holds it.

North is up. Places are laid on the plane that touches the earth at the middle, which is within a pixel over
the tens of kilometres that a bearing reaches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from landwatch.where import Location, geojson

__all__ = ["Sketch", "sketch"]

DEGREE_KM = 111.2
"""Of a great circle. [km]"""

SIDE = 320.0
"""Of the drawing, which is square. [px]"""

MARGIN = 34.0
"""For names and the scale. [px]"""

LEAST_KM = 0.2
"""Least width of what is drawn: a single place has none. [km]"""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is drawn, in px of a square of `side`."""

    side: float
    lines: tuple[tuple[str, str], ...]
    """Kind of feature, and the path of a bearing, an ellipse or a patch."""
    place: Point | None
    """Where the event is."""
    cameras: tuple[tuple[str, Point], ...]
    bar: tuple[float, float]
    """Length of the scale bar, and how long that is. [px, km]"""


def sketch(location: Location | None) -> Sketch | None:
    """Return the drawing of a location; None where not even a bearing is known."""
    if location is None or not location.bearings:
        return None
    features = geojson(location)["features"]
    corners = [corner for feature in features for corner in _corners(feature)]
    middle = [(min(axis) + max(axis)) / 2 for axis in zip(*corners, strict=True)]
    east = DEGREE_KM * math.cos(math.radians(middle[1]))
    wide = max(
        (max(one[0] for one in corners) - min(one[0] for one in corners)) * east,
        (max(one[1] for one in corners) - min(one[1] for one in corners)) * DEGREE_KM,
        LEAST_KM,
    )
    scale = (SIDE - 2 * MARGIN) / wide

    def at(corner: Point) -> Point:
        return (
            round(SIDE / 2 + (corner[0] - middle[0]) * east * scale, 1),
            round(SIDE / 2 - (corner[1] - middle[1]) * DEGREE_KM * scale, 1),
        )

    lines, place = [], None
    for feature in features:
        if feature["geometry"]["type"] == "Point":
            place = at(tuple(feature["geometry"]["coordinates"]))
            continue
        path = "M" + "L".join(f"{x} {y}" for x, y in map(at, _corners(feature)))
        lines.append((str(feature["properties"]["kind"]), path))
    length = _round(wide / 3)
    return Sketch(
        side=SIDE,
        lines=tuple(lines),
        place=place,
        cameras=tuple(
            (one.camera, at((one.place.longitude, one.place.latitude))) for one in location.bearings
        ),
        bar=(round(length * scale, 1), length),
    )


def _corners(feature: dict[str, Any]) -> Iterator[Point]:
    shape, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
    rows = {"Point": [coordinates], "LineString": coordinates}.get(shape) or coordinates[0]
    yield from ((float(row[0]), float(row[1])) for row in rows)


def _round(km: float) -> float:
    """Return the greatest of 1, 2 or 5 times a power of ten that is not more."""
    power = 10.0 ** math.floor(math.log10(km))
    return max(step * power for step in (1, 2, 5) if step * power <= km * (1 + 1e-9))
