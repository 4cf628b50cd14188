"""Where bearings of several cameras meet: a place on the WGS 84 ellipsoid with its 95 % ellipse.

The place is the one that makes the bearings most likely, each weighed by its uncertainty: Stansfield's
estimate [1], on geodesics [2] instead of a plane, since over 10 km meridians at 50 degrees of latitude
already turn by a tenth of a degree. Where the bearings cannot tell a place, the reason is returned instead.

References:
    [1] R. G. Stansfield, "Statistical theory of d.f. fixing", Journal of the IEE 94 (IIIA), 762-770, 1947,
        10.1049/ji-3a-2.1947.0096.
    [2] C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87, 43-55, 2013,
        10.1007/s00190-012-0578-z.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.stats import chi2

from landwatch.where.bearing import Bearing

__all__ = ["EARTH", "Fix", "Reason", "Refusal", "cross", "outline"]

EARTH = Geod(ellps="WGS84")

LEAST_ANGLE = 8.0
"""Least angle at which two bearings must meet, in the standard uncertainty of that angle. [1] Nearer to
parallel the place along them is not normally distributed, and an ellipse would promise too much: there, 93
of 100 truths lie in it (a test measures that)."""

FARTHEST_M = 60_000.0
"""From the nearest camera. [m] A plume 30 m wide is then half a pixel; who sees one there sees something
else."""

NEAREST_M = 20.0
"""From any camera. [m] Nearer, the cameras' own places are too coarse."""

DISAGREE = 0.999
"""Share of agreeing bearings whose sum of squares is less; beyond it they are of different things. [1]"""

INSIDE = 0.95
"""Chance that the truth lies within the ellipse. [1]"""

RADIUS = math.sqrt(chi2.ppf(INSIDE, 2))
"""Of the ellipse, in standard deviations. [1]"""

ROUNDS = 20
CLOSE_M = 0.01

Reason = Literal["uncalibrated", "few", "parallel", "diverging", "far", "near", "apart", "sky", "off"]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A place, and the ellipse that holds the truth with a chance of 95 %."""

    latitude: float
    """[deg]"""
    longitude: float
    """[deg]"""
    major: float
    """Half of the ellipse's long axis. [m]"""
    minor: float
    """Half of its short axis. [m]"""
    azimuth: float
    """Of its long axis, clockwise from true north, [0-180). [deg]"""
    cameras: tuple[str, ...]
    """Whose bearings meet there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why bearings tell no place."""

    reason: Reason
    cameras: tuple[str, ...]
    """Whose bearings they are."""
    detail: str
    """The same in an English sentence."""


def cross(bearings: Sequence[Bearing]) -> Fix | Refusal:
    """Return where bearings of different cameras meet, or why they do not."""
    cameras = tuple(bearing.camera for bearing in bearings)
    names = " and ".join(cameras)
    if len({bearing.camera for bearing in bearings}) < 2:
        return Refusal(
            reason="few", cameras=cameras, detail="bearings of two cameras at least are needed for a place"
        )
    if not any(_meet_well(one, other) for one, other in combinations(bearings, 2)):
        return Refusal(
            reason="parallel",
            cameras=cameras,
            detail=f"the bearings of {names} are nearly parallel, or run along the line between the cameras",
        )
    place = _guess(bearings)
    if place is None:
        return Refusal(
            reason="diverging", cameras=cameras, detail=f"the bearings of {names} run away from one another"
        )
    latitude, longitude = place
    for _ in range(ROUNDS):
        off, slopes, distances = _seen(bearings, latitude, longitude)
        step, *_ = np.linalg.lstsq(slopes, off, rcond=None)
        length = float(np.hypot(*step))
        # A step beyond half the way could jump over a camera.
        length = min(length, float(distances.min()) / 2)
        longitude, latitude, _ = EARTH.fwd(
            longitude, latitude, math.degrees(math.atan2(step[0], step[1])), length
        )
        if length < CLOSE_M:
            break
    off, slopes, distances = _seen(bearings, latitude, longitude)
    if distances.min() < NEAREST_M:
        return Refusal(
            reason="near", cameras=cameras, detail=f"the bearings of {names} meet at a camera's own place"
        )
    if distances.min() > FARTHEST_M:
        return Refusal(
            reason="far",
            cameras=cameras,
            detail=f"the bearings of {names} meet {distances.min() / 1000:.0f} km away",
        )
    freedom = len(bearings) - 2
    far_off = np.abs(off) > RADIUS + 4
    if far_off.any() or (freedom and float(off @ off) > chi2.ppf(DISAGREE, freedom)):
        return Refusal(
            reason="apart", cameras=cameras, detail=f"the bearings of {names} do not meet in one place"
        )
    variances, axes = np.linalg.eigh(np.linalg.inv(slopes.T @ slopes))
    east, north = axes[:, 1]
    return Fix(
        latitude=latitude,
        longitude=longitude,
        major=RADIUS * math.sqrt(variances[1]),
        minor=RADIUS * math.sqrt(variances[0]),
        azimuth=math.degrees(math.atan2(east, north)) % 180.0,
        cameras=cameras,
    )


def outline(fix: Fix, corners: int = 64) -> list[tuple[float, float]]:
    """Return the ellipse as longitudes and latitudes [deg], counter-clockwise, the last as the first."""
    turns = np.linspace(2 * math.pi, 0.0, corners + 1)
    along, across = fix.major * np.cos(turns), fix.minor * np.sin(turns)
    azimuths = fix.azimuth + np.degrees(np.arctan2(across, along))
    many = np.ones(corners + 1)
    longitudes, latitudes, _ = EARTH.fwd(
        fix.longitude * many, fix.latitude * many, azimuths, np.hypot(along, across)
    )
    ring = list(zip(map(float, longitudes), map(float, latitudes), strict=True))
    return [*ring[:-1], ring[0]]


def _meet_well(one: Bearing, other: Bearing) -> bool:
    """True for bearings that are far enough from parallel. The meridians' turning is far below that."""
    turn = abs(math.sin(math.radians(one.azimuth - other.azimuth)))
    return turn > math.radians(LEAST_ANGLE * math.hypot(one.sigma, other.sigma))


def _guess(bearings: Sequence[Bearing]) -> tuple[float, float] | None:
    """Return latitude and longitude where bearings meet on a plane; None where that is behind a camera."""
    first = bearings[0].place
    azimuths, _, lengths = EARTH.inv(
        [first.longitude] * len(bearings),
        [first.latitude] * len(bearings),
        [bearing.place.longitude for bearing in bearings],
        [bearing.place.latitude for bearing in bearings],
    )
    ways = np.radians(azimuths)
    feet = np.stack([np.sin(ways), np.cos(ways)], axis=1) * np.asarray(lengths)[:, None]
    angles = np.radians([bearing.azimuth for bearing in bearings])
    across = np.stack([np.cos(angles), -np.sin(angles)], axis=1)
    ahead = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    weights = 1 / np.radians([bearing.sigma for bearing in bearings])
    for _ in range(3):
        point, *_ = np.linalg.lstsq(across * weights[:, None], (across * feet).sum(1) * weights, rcond=None)
        # An angle's error grows with the way: far cameras say less of where the line lies.
        reach = np.maximum(np.hypot(*(point - feet).T), 1.0)
        weights = 1 / (np.radians([bearing.sigma for bearing in bearings]) * reach)
    if (((point - feet) * ahead).sum(1) <= 0).any():
        return None
    longitude, latitude, _ = EARTH.fwd(
        first.longitude, first.latitude, math.degrees(math.atan2(*point)), float(np.hypot(*point))
    )
    return latitude, longitude


def _seen(bearings: Sequence[Bearing], latitude: float, longitude: float) -> tuple[Array, Array, Array]:
    """Return how far each bearing is off a place, and the slopes of that, in its uncertainty; and distances.

    Off (n,) [1], slopes to east and north (n, 2) [1/m], distances (n,) [m].
    """
    many = [longitude] * len(bearings), [latitude] * len(bearings)
    out, back, distances = EARTH.inv(
        [bearing.place.longitude for bearing in bearings],
        [bearing.place.latitude for bearing in bearings],
        *many,
    )
    distances = np.maximum(np.asarray(distances), 1.0)
    sigmas = np.radians([bearing.sigma for bearing in bearings])
    off = np.radians([bearing.azimuth for bearing in bearings]) - np.radians(out)
    off = (off + math.pi) % (2 * math.pi) - math.pi
    # The azimuth with which the line arrives; a step across it by s turns the bearing by s / distance.
    arrival = np.radians(np.asarray(back) + 180.0)
    slopes = np.stack([np.cos(arrival), -np.sin(arrival)], axis=1) / (distances * sigmas)[:, None]
    return off / sigmas, slopes, distances
