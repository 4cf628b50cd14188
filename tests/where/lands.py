"""Land, cameras and what they see, for the tests of places."""

from __future__ import annotations

import math

import numpy as np

from landwatch.config import Camera, Place, Pose
from landwatch.where import Bearing, Fix, Terrain
from landwatch.where.cross import EARTH

MIDDLE = (8.0, 50.0)
"""Longitude and latitude around which everything lies. [deg]"""


def at(azimuth: float, distance: float, start: tuple[float, float] = MIDDLE) -> tuple[float, float]:
    """Return longitude and latitude so far from a start. [deg]"""
    longitude, latitude, _ = EARTH.fwd(*start, azimuth, distance)
    return longitude, latitude


WEST, EAST = at(270, 5000), at(90, 5000)
PLUME = at(0, 15_000)


def towards(
    name: str, camera: tuple[float, float], target: tuple[float, float], sigma: float, off: float = 0
):
    """Return the bearing of a target, wrong by `off`. [deg]"""
    azimuth, _, _ = EARTH.inv(*camera, *target)
    return Bearing(
        camera=name,
        place=Place(longitude=camera[0], latitude=camera[1], elevation=100.0),
        azimuth=(azimuth + off) % 360,
        elevation=0.0,
        sigma=sigma,
        sigma_elevation=sigma,
    )


def is_inside(fix: Fix, target: tuple[float, float]) -> bool:
    """True for a target within the ellipse."""
    azimuth, _, distance = EARTH.inv(fix.longitude, fix.latitude, *target)
    turn = math.radians(azimuth - fix.azimuth)
    return (distance * math.cos(turn) / fix.major) ** 2 + (distance * math.sin(turn) / fix.minor) ** 2 <= 1


def camera(name: str, place: tuple[float, float], azimuth: float, elevation: float = 0.0, **more) -> Camera:
    """Return a camera 1280 x 720 px with 53 degrees of view, calibrated to 0.1 degrees."""
    return Camera(
        name=name,
        source={"kind": "folder", "path": "."},
        place=Place(longitude=place[0], latitude=place[1], elevation=more.pop("height", 100.0)),
        view=Pose(
            size=(1280, 720),
            azimuth=azimuth,
            elevation=elevation,
            focal=1280.0,
            sigma={"azimuth": 0.1, "elevation": 0.1},
            **more,
        ),
    )


def grid(height, span_m: float = 30_000, cell: float = 0.002) -> Terrain:
    """Return terrain around `MIDDLE` whose heights are a function of metres to the east and north."""
    degrees = span_m / 111_000
    latitudes = np.arange(MIDDLE[1] + degrees, MIDDLE[1] - degrees, -cell)
    longitudes = np.arange(MIDDLE[0] - 1.6 * degrees, MIDDLE[0] + 1.6 * degrees, cell)
    east = (longitudes - MIDDLE[0]) * 111_320 * math.cos(math.radians(MIDDLE[1]))
    north = (latitudes - MIDDLE[1]) * 111_230
    heights = height(*np.meshgrid(east, north))
    return Terrain(heights.astype(float), 4326, (longitudes[0], latitudes[0]), (cell, cell))
