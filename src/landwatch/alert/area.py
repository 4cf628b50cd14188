"""Where an alert is for: around a camera, or before it where its view is known.

Distances and directions are those of a sphere, which is within 0.6 % of the earth: an area of an alert is
kilometres wide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from landwatch.config import Place

__all__ = ["REACH", "REACH_ELSE", "Circle", "Corners", "away", "circle", "distance", "inside", "sector"]

Corners = tuple[tuple[float, float], ...]
"""(latitude, longitude) [deg] of a polygon, the last as the first."""

Circle = tuple[float, float, float]
"""Latitude, longitude [deg] and radius [km]."""

EARTH_KM = 6371.0088
"""Mean radius. [km]"""

REACH: Mapping[str, float] = {"smoke": 15.0, "flood": 1.0, "landslide": 2.0, "fog": 2.0}
"""How far from its camera a hazard may be. [km] A plume is seen over ridges far away; a gauge, a slope and a
target for visibility are near."""

REACH_ELSE = 5.0
"""The same of other hazards. [km]"""

STEPS = 8
"""Sides of a sector's arc: at a reach of 15 km and 90 deg it bulges less than 75 m out of them."""


def distance(one: Place, other: Place) -> float:
    """Return how far two places are from one another. [km]"""
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(other.longitude - one.longitude)
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def away(place: Place, azimuth: float, km: float) -> tuple[float, float]:
    """Return the latitude and longitude [deg] that lie in a direction [deg] at a distance. [km]"""
    start, turn, angle = math.radians(place.latitude), math.radians(azimuth), km / EARTH_KM
    latitude = math.asin(
        math.sin(start) * math.cos(angle) + math.cos(start) * math.sin(angle) * math.cos(turn)
    )
    longitude = math.radians(place.longitude) + math.atan2(
        math.sin(turn) * math.sin(angle) * math.cos(start),
        math.cos(angle) - math.sin(start) * math.sin(latitude),
    )
    return math.degrees(latitude), (math.degrees(longitude) + 180.0) % 360.0 - 180.0


def circle(place: Place, hazard: str) -> Circle:
    """Return the area of a hazard around a camera that may look anywhere."""
    return place.latitude, place.longitude, REACH.get(hazard, REACH_ELSE)


def sector(place: Place, left: float, right: float, hazard: str) -> Corners:
    """Return the area of a hazard before a camera that looks from one azimuth clockwise to another. [deg]"""
    reach, here = REACH.get(hazard, REACH_ELSE), (place.latitude, place.longitude)
    span = (right - left) % 360.0
    arc = [away(place, left + span * step / STEPS, reach) for step in range(STEPS + 1)]
    return (here, *arc, here)


def inside(place: Place, corners: Sequence[tuple[float, float]]) -> bool:
    """Return whether a place lies in a polygon of (latitude, longitude) [deg] less than 180 deg wide."""
    odd = False
    for (north, east), (south, west) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (north > place.latitude) != (south > place.latitude):
            at = east + (place.latitude - north) / (south - north) * (west - east)
            odd ^= place.longitude < at
    return odd
