"""Where an event is: its bearings, where they meet, or the land that its one bearing meets, as GeoJSON.

Two bearings of different things meet somewhere as well. So a place of two cameras holds only if both see the
same thing; from a third on, bearings that do not meet in one place are left out and named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from landwatch.config import Camera, Pose
from landwatch.errors import MeasureError
from landwatch.types import Region
from landwatch.where.bearing import Bearing, bearing_of, outlook_of
from landwatch.where.cross import EARTH, FARTHEST_M, Fix, Refusal, cross, outline
from landwatch.where.terrain import Range, Terrain, range_on

__all__ = ["Location", "Locator", "Sight", "geojson"]

DIGITS = 6
"""Of degrees in GeoJSON: a tenth of a metre. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one camera sees of an event."""

    camera: str
    region: Region
    size: tuple[int, int] | None = None
    """Width and height of the picture. [px]"""
    pose: Pose | None = None
    """Of the camera when it saw it, where that is known; else it is taken to be the one of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """All that can be told of where an event is."""

    bearings: tuple[Bearing, ...] = ()
    """The event's own camera first; those that meet in `fix` and those that do not."""
    fix: Fix | None = None
    """Where bearings of several cameras meet."""
    range: Range | None = None
    """Where the event's own bearing meets the land, where no other camera helps."""
    refused: tuple[Refusal, ...] = ()
    """Why there is not more."""


class Locator:
    """Knows where the cameras stand and look, and the land, if that is given."""

    def __init__(self, cameras: Sequence[Camera] = (), terrain: Terrain | None = None) -> None:
        self._cameras: Mapping[str, Camera] = {camera.name: camera for camera in cameras}
        self._terrain = terrain

    def pose(self, camera: str) -> Pose | None:
        """Return lens and pose of a camera; None where it is not calibrated."""
        known = self._cameras.get(camera)
        return None if known is None else known.view

    @property
    def is_useful(self) -> bool:
        """True when at least one camera is calibrated."""
        return any(camera.view is not None for camera in self._cameras.values())

    @cached_property
    def outlooks(self) -> Mapping[str, tuple[float, float]]:
        """Left and right edge of what cameras see, clockwise from true north, by their names. [deg]"""
        return {
            name: edges for name, camera in self._cameras.items() if (edges := outlook_of(camera)) is not None
        }

    def looks_at(self, name: str, latitude: float, longitude: float) -> bool | None:
        """Return whether a place lies between the edges of a camera's view; None where they are not known."""
        camera = self._cameras.get(name)
        if camera is None or camera.place is None or name not in self.outlooks:
            return None
        azimuth, _, _ = EARTH.inv(camera.place.longitude, camera.place.latitude, longitude, latitude)
        left, right = self.outlooks[name]
        return bool((azimuth - left) % 360.0 <= (right - left) % 360.0)

    def locate(self, sights: Sequence[Sight]) -> Location:
        """Return where something is that cameras see.

        Args:
            sights: the event's own first, then what other cameras see of the same hazard at the same time.
        """
        bearings: list[Bearing] = []
        refused: list[Refusal] = []
        for sight in sights:
            camera = self._cameras.get(sight.camera)
            try:
                if camera is None:
                    raise MeasureError(f"camera {sight.camera} is not in the configuration")
                if sight.pose is not None:
                    camera = camera.model_copy(update={"view": sight.pose})
                bearings.append(bearing_of(camera, sight.region, sight.size))
            except MeasureError as error:
                refused.append(Refusal(reason="uncalibrated", cameras=(sight.camera,), detail=str(error)))
        if not bearings or bearings[0].camera != sights[0].camera:
            return Location(refused=tuple(refused))
        fix, meeting = None, bearings[:1]
        for other in sorted(bearings[1:], key=lambda bearing: bearing.sigma):
            found = cross([*meeting, other])
            if isinstance(found, Fix):
                fix, meeting = found, [*meeting, other]
            else:
                refused.append(found)
        reached = None if fix else self._range(bearings[0])
        if isinstance(reached, Refusal):
            refused.append(reached)
            reached = None
        return Location(bearings=tuple(bearings), fix=fix, range=reached, refused=tuple(refused))

    def _range(self, bearing: Bearing) -> Range | Refusal | None:
        if self._terrain is None:
            return None
        try:
            return range_on(self._terrain, bearing)
        except MeasureError as error:
            return Refusal(reason="uncalibrated", cameras=(bearing.camera,), detail=str(error))


def geojson(location: Location, properties: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a location as a FeatureCollection (RFC 7946).

    Its features say by `kind` what they are: bearing (a line from the camera), place (a point), and ellipse
    or patch (a polygon that holds the truth with a chance of 95 %). `refused` says why there is not more.

    Args:
        location: as `Locator.locate` found it.
        properties: given to each feature.
    """
    shared = dict(properties or {})
    features = [_line(bearing, location, shared) for bearing in location.bearings]
    if location.fix is not None:
        fix = location.fix
        told = {"cameras": list(fix.cameras)}
        axes = {"major": fix.major, "minor": fix.minor, "azimuth": fix.azimuth, "chance": 0.95}
        features.append(_feature("Point", (fix.longitude, fix.latitude), "place", shared | told))
        features.append(_feature("Polygon", [outline(fix)], "ellipse", shared | told | axes))
    if location.range is not None:
        found = location.range
        told = {"cameras": [location.bearings[0].camera]}
        lengths = {"nearest": found.nearest, "farthest": found.farthest, "chance": 0.95}
        features.append(
            _feature(
                "Point",
                (found.longitude, found.latitude),
                "place",
                shared | told | {"distance": found.distance},
            )
        )
        features.append(_feature("Polygon", [list(found.patch)], "patch", shared | told | lengths))
    return {
        "type": "FeatureCollection",
        "features": features,
        "refused": [dataclasses.asdict(one) for one in location.refused],
    }


def _line(bearing: Bearing, location: Location, shared: dict[str, Any]) -> dict[str, Any]:
    """Return a bearing as a line to the place that it helps to fix, or as far as smoke could be seen."""
    start = (bearing.place.longitude, bearing.place.latitude)
    length = FARTHEST_M
    if location.fix is not None and bearing.camera in location.fix.cameras:
        _, _, length = EARTH.inv(*start, location.fix.longitude, location.fix.latitude)
    elif location.range is not None:
        length = location.range.farthest
    end = EARTH.fwd(*start, bearing.azimuth, length)[:2]
    told = {"camera": bearing.camera, "azimuth": bearing.azimuth, "sigma": bearing.sigma}
    return _feature("LineString", [start, end], "bearing", shared | told)


def _feature(shape: str, coordinates: Any, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": _rounded(coordinates)},
        "properties": {"kind": kind, **{key: _short(value) for key, value in properties.items()}},
    }


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, DIGITS)
    return [_rounded(part) for part in coordinates]


def _short(value: Any) -> Any:
    """Return a number with the digits that its uncertainty could ever support."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
