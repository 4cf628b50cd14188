"""Where the sun stands, and whether a picture was taken by day.

The position is the low-precision one of the Astronomical Almanac, good to 0.01 deg until 2050 [1]. The
picture is asked only where no place is given, or at dusk, when a place cannot tell.

References:
    [1] J. J. Michalsky, "The Astronomical Almanac's algorithm for approximate solar position (1950-2050)",
        Solar Energy 40, 227-235, 1988, 10.1016/0038-092X(88)90045-X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

import cv2
import numpy as np

from landwatch.clock import aware
from landwatch.past import Small

__all__ = ["Light", "Located", "Sun", "is_monochrome", "light", "position"]

Light = Literal["day", "night", "dark"]
"""day: land can be read. night: the sun is down. dark: the sun is up, but the picture is black."""

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""Epoch of the Almanac's series."""

CIVIL_DUSK_DEG = -6.0
"""Below this the sun lights nothing that a camera reads. [deg]"""

RISEN_DEG = 3.0
"""Above this even a valley under cloud is light. [deg]"""

DARK_MEAN = 32.0
"""Pictures of lit land lie above this mean luma, moonlit and street-lit ones below. [0-255]"""

LOW_MEAN = 60.0
"""Below this mean luma a picture without any colour is infra-red night, not a foggy day. [0-255]"""

COLOURLESS = 1.0
"""Mean difference of the channels below which a picture has no colour: infra-red mode has 0, fog by day
1.5 or more, for white balance is never perfect. [0-255]"""


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands, seen from one place."""

    elevation: float
    """Above the horizon, without refraction. [deg]"""

    azimuth: float
    """Clockwise from north. [deg]"""


class Located(Protocol):
    """Anything that says where it stands."""

    @property
    def latitude(self) -> float:
        """[deg], north positive."""
        ...

    @property
    def longitude(self) -> float:
        """[deg], east positive."""
        ...


def position(moment: datetime, latitude: float, longitude: float) -> Sun:
    """Return where the sun stands at an aware moment, seen from a latitude and a longitude [deg]."""
    days = (aware(moment) - J2000).total_seconds() / 86400.0
    mean_longitude = math.radians((280.460 + 0.9856474 * days) % 360.0)
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360.0)
    ecliptic = mean_longitude + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    obliquity = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    sidereal = math.radians((280.46062 + 360.98564737 * days + longitude) % 360.0)
    hour, at = sidereal - ascension, math.radians(latitude)
    sine = math.sin(declination) * math.sin(at) + math.cos(declination) * math.cos(at) * math.cos(hour)
    east = -math.cos(declination) * math.sin(hour)
    north = math.sin(declination) * math.cos(at) - math.cos(declination) * math.sin(at) * math.cos(hour)
    return Sun(
        elevation=math.degrees(math.asin(max(-1.0, min(1.0, sine)))),
        azimuth=math.degrees(math.atan2(east, north)) % 360.0,
    )


def light(small: Small, place: Located | None = None) -> Light:
    """Return whether land can be read in a picture, from the sun's place and from the picture itself.

    Without a place, a black picture by day is "night": only a check that remembers yesterday can tell.
    """
    keep = _kept(small)
    red, green, blue, _ = cv2.mean(small.pixels, keep)
    mean = 0.299 * red + 0.587 * green + 0.114 * blue
    black = mean < DARK_MEAN
    if place is not None:
        height = position(small.taken, place.latitude, place.longitude).elevation
        if height < CIVIL_DUSK_DEG:
            return "night"
        if height > RISEN_DEG:
            return "dark" if black else "day"
    if black:
        return "night"
    if mean < LOW_MEAN and is_monochrome(small):
        return "night"
    return "day"


def is_monochrome(small: Small) -> bool:
    """Return whether a picture has no colour, as in infra-red mode, without the removed part."""
    red, green, blue = cv2.split(small.pixels)
    keep = _kept(small)
    return all(cv2.mean(cv2.absdiff(red, other), keep)[0] < COLOURLESS for other in (blue, green))


def _kept(small: Small) -> np.ndarray | None:
    """Return the mask of what was not removed; None for everything, where nothing or all was."""
    if cv2.countNonZero(small.removed) in (0, small.removed.size):
        return None
    return cv2.bitwise_not(small.removed)
