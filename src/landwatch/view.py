"""A camera's view: its lens and its pose, fitted to points whose place is known, with how sure they are.

A direction is an azimuth, clockwise from true north, and an elevation above the horizon. The lens puts a ray
that is t away from the axis at r = f tan t (rectilinear), r = f t (equidistant fisheye), or bends the
rectilinear picture by Brown's radial and tangential terms [1]. Pose and lens are fitted by least squares to
the pixels of known points; residuals are returned, for who calibrates to look at, and the covariance goes
with every answer.

References:
    [1] D. C. Brown, "Close-range camera calibration", Photogrammetric Engineering 37, 855-866, 1971.
    [2] C. Hirt, S. Guillaume, A. Wisbar, B. Bürki and H. Sternberg, "Monitoring of the refraction coefficient
        in the lower atmosphere using a controlled setup of simultaneous reciprocal vertical angle
        measurements", J. Geophys. Res. 115, D21102, 2010, 10.1029/2010JD014067 (Gauss' 0.13, and how far the
        air strays from it near the ground).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from landwatch.config import Place
from landwatch.errors import MeasureError

__all__ = ["LENSES", "Calibration", "KnownPoint", "Lens", "View", "calibrate", "direction_to"]

Array = NDArray[np.float64]
Lens = Literal["rectilinear", "fisheye", "brown"]
LENSES: tuple[Lens, ...] = ("rectilinear", "fisheye", "brown")

REFRACTION = 0.13
"""Curvature of a ray of light in that of the earth; see [2]. [1]"""

EQUATOR_M, FLATTENING = 6378137.0, 1 / 298.257223563
"""WGS 84. [m], [1]"""

POSE = ("azimuth", "elevation", "roll", "focal")
RADIAL = ("k1", "k2")
TANGENTIAL = ("p1", "p2")

TANGENTIAL_FROM = 8
"""Points from which tangential terms are fitted; with fewer they only copy the noise. [1]"""

STARTS = (0.4, 0.7, 1.0, 1.6, 2.6, 5.0, 10.0)
"""Focal lengths, in picture widths, from which the fit is begun. [1]"""

UNBENDING = 30
"""Steps in which Brown's terms are undone; each wins a digit within what lenses do. [1]"""

OUTLYING = 3.5
"""Residual, in its standard uncertainty, from which a point is doubtful. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Lens and pose of one camera."""

    lens: Lens
    size: tuple[int, int]
    """Width and height. [px] The axis goes through the middle."""
    azimuth: float
    """Of the axis, clockwise from true north. [deg]"""
    elevation: float
    """Of the axis above the horizon. [deg]"""
    roll: float
    """Of the camera about its axis, clockwise as the camera sees it: the land in the picture turns the other
    way. [deg]"""
    focal: float
    """[px]"""
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    """Brown's radial and tangential terms, for places in focal lengths. [1]"""
    free: tuple[str, ...] = ()
    """Names of the values above that were fitted, in the order of `covariance`."""
    covariance: Array | None = None
    """(n, n) of the fitted values, each in its unit; None where the view is taken for exact."""

    def pixels(self, directions: Array) -> Array:
        """Return where directions (n, 2), azimuth and elevation [deg], are in the picture (n, 2) [px].

        What lies behind the camera (for a fisheye: right behind) is nan.
        """
        right, down, ahead = (_unit(directions) @ self._axes().T).T
        off = np.hypot(right, down)
        if self.lens == "fisheye":
            angle = np.arctan2(off, ahead)
            factor = np.where(off > 1e-12, angle / np.maximum(off, 1e-12), 1.0)
            x, y = right * factor, down * factor
            x = np.where(angle < math.pi - 1e-6, x, np.nan)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                x, y = (np.where(ahead > 1e-9, part / ahead, np.nan) for part in (right, down))
            if self.lens == "brown":
                x, y = self._bent(x, y)
        return np.stack([x, y], axis=1) * self.focal + self._middle

    def directions(self, pixels: Array) -> Array:
        """Return azimuth [0-360) and elevation of pixels (n, 2) as (n, 2) [deg].

        A pixel that no direction gives (outside a fisheye's circle, or where Brown's terms fold the picture)
        is nan.
        """
        east, north, up = self.rays(pixels).T
        azimuth = np.degrees(np.arctan2(east, north)) % 360.0
        return np.stack([azimuth, np.degrees(np.arctan2(up, np.hypot(east, north)))], axis=1)

    def rays(self, pixels: Array) -> Array:
        """Return the directions of pixels (n, 2) as unit vectors (n, 3) to east, north and up. [1]"""
        x, y = ((pixels - self._middle) / self.focal).T
        if self.lens == "fisheye":
            angle = np.hypot(x, y)
            factor = np.sinc(angle / math.pi)
            inside = np.stack([x * factor, y * factor, np.cos(angle)], axis=1)
            inside[angle >= math.pi] = np.nan
        else:
            if self.lens == "brown":
                x, y = self._straight(x, y)
            inside = np.stack([x, y, np.ones_like(x)], axis=1)
        vectors = inside @ self._axes()
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def spread(self, pixels: Array, sigma: float = 0.5) -> Array:
        """Return the covariances (n, 2, 2) of `directions`. [deg2]

        Args:
            sigma: standard uncertainty of the pixels themselves. [px]
        """
        return self._carried(lambda view, spots: view.directions(spots), pixels, sigma, turns=True)

    def on_plane(self, pixels: Array, point: Array, normal: Array, sigma: float = 0.5) -> tuple[Array, Array]:
        """Return where the rays of pixels (n, 2) meet a plane, and the covariances.

        Args:
            point: any point (3,) of the plane, to the east, north and up of the camera. [m]
            normal: of the plane (3,); (0, 0, 1) for a level one. [1]
            sigma: standard uncertainty of the pixels themselves. [px]

        Returns:
            Places (n, 3) [m] and their covariances (n, 3, 3) [m2]; nan where a ray goes away from the plane.
        """

        def met(view: View, spots: Array) -> Array:
            rays = view.rays(spots)
            with np.errstate(divide="ignore", invalid="ignore"):
                length = float(point @ normal) / (rays @ normal)
            return rays * np.where(length > 0, length, np.nan)[:, None]

        return met(self, pixels), self._carried(met, pixels, sigma)

    @property
    def _middle(self) -> Array:
        return np.array(self.size, np.float64) / 2

    def _axes(self) -> Array:
        """Return right, down and ahead of the camera as rows (3, 3), to east, north and up."""
        azimuth, roll = math.radians(self.azimuth), math.radians(self.roll)
        ahead = _unit(np.array([[self.azimuth, self.elevation]]))[0]
        right = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
        down = np.cross(ahead, right)
        cosine, sine = math.cos(roll), math.sin(roll)
        return np.stack([cosine * right + sine * down, cosine * down - sine * right, ahead])

    def _bent(self, x: Array, y: Array) -> tuple[Array, Array]:
        square = x**2 + y**2
        radial = 1 + square * (self.k1 + square * self.k2)
        return (
            x * radial + 2 * self.p1 * x * y + self.p2 * (square + 2 * x**2),
            y * radial + self.p1 * (square + 2 * y**2) + 2 * self.p2 * x * y,
        )

    def _straight(self, x: Array, y: Array) -> tuple[Array, Array]:
        right, down = x.copy(), y.copy()
        for _ in range(UNBENDING):
            bent_x, bent_y = self._bent(right, down)
            right, down = right + x - bent_x, down + y - bent_y
        bent_x, bent_y = self._bent(right, down)
        lost = ~(np.hypot(bent_x - x, bent_y - y) * self.focal < 1e-3)
        return np.where(lost, np.nan, right), np.where(lost, np.nan, down)

    def _carried(
        self, answer: Callable[[View, Array], Array], pixels: Array, sigma: float, *, turns: bool = False
    ) -> Array:
        """Return the covariances (n, m, m) of an answer, from those of the pixels and of the view."""

        def slope(low: Array, high: Array, span: float) -> Array:
            difference = (high - low + 180.0) % 360.0 - 180.0 if turns else high - low
            return np.asarray(difference / span)

        step = 0.01
        total: Array | None = None
        for side in np.eye(2) * step:
            column = slope(answer(self, pixels - side), answer(self, pixels + side), 2 * step)
            part = column[:, :, None] * column[:, None, :] * sigma**2
            total = part if total is None else total + part
        assert total is not None
        if self.covariance is None or not self.free:
            return total
        columns = []
        for name, doubt in zip(self.free, np.sqrt(np.diagonal(self.covariance)), strict=True):
            width = max(float(doubt) * 0.01, 1e-9)
            value = getattr(self, name)
            low, high = (answer(replace(self, **{name: value + way * width}), pixels) for way in (-1, 1))
            columns.append(slope(low, high, 2 * width))
        slopes = np.stack(columns, axis=2)
        return np.asarray(total + slopes @ self.covariance @ slopes.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPoint:
    """A point whose direction is known, and where it is in the picture."""

    x: float
    """[px]"""
    y: float
    """[px]"""
    azimuth: float
    """Clockwise from true north. [deg]"""
    elevation: float
    """Above the horizon. [deg]"""
    sigma: float = 1.0
    """Standard uncertainty of x and y, with what the direction adds to it. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A fitted view, and how well it fits."""

    view: View
    residuals: Array
    """(n, 2), to the right and down from where the view puts each point to where it was seen. [px]"""
    rms: float
    """Of the residuals. [px]"""
    doubtful: tuple[int, ...]
    """Points whose residual is far beyond what theirs and the others' uncertainty explains."""


def direction_to(here: Place, latitude: float, longitude: float, height: float) -> tuple[float, float]:
    """Return azimuth and elevation [deg] at which a point is seen from a place, with mean refraction.

    Args:
        latitude, longitude: of the point, WGS 84. [deg]
        height: of the point above sea level, like the place's. [m]

    Raises:
        MeasureError: if the place has no elevation, or the point is the place.
    """
    if here.elevation is None:
        raise MeasureError("the camera's place has no elevation; give it to see points at their heights")
    eye = _earth(here.latitude, here.longitude, here.elevation)
    away = _earth(latitude, longitude, height) - eye
    phi, lam = math.radians(here.latitude), math.radians(here.longitude)
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    north = np.array([-math.sin(phi) * math.cos(lam), -math.sin(phi) * math.sin(lam), math.cos(phi)])
    up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    level = math.hypot(float(away @ east), float(away @ north))
    if level < 0.1:
        raise MeasureError("a known point is at the camera's own place and has no direction")
    lifted = float(away @ up) + REFRACTION * level**2 / (2 * EQUATOR_M)
    azimuth = math.degrees(math.atan2(float(away @ east), float(away @ north))) % 360.0
    return azimuth, math.degrees(math.atan2(lifted, level))


def calibrate(points: Sequence[KnownPoint], size: tuple[int, int], lens: Lens = "rectilinear") -> Calibration:
    """Return the view that fits known points best.

    Args:
        size: width and height of the picture. [px]

    Raises:
        MeasureError: for too few points, or points that no such view explains.
    """
    free: tuple[str, ...] = POSE
    if lens == "brown":
        free += RADIAL + (TANGENTIAL if len(points) >= TANGENTIAL_FROM else ())
    if 2 * len(points) <= len(free):
        raise MeasureError(
            f"{len(points)} known points; a {lens} view needs {len(free) // 2 + 1} at least, spread over it"
        )
    seen = np.array([[point.x, point.y] for point in points])
    known = np.array([[point.azimuth, point.elevation] for point in points])
    weight = 1.0 / np.array([point.sigma for point in points])
    nearest = int(np.argmin(np.hypot(*(seen - np.array(size) / 2).T)))
    scale = np.array([1.0, 1.0, 1.0, size[0] / 10, 0.1, 0.1, 0.01, 0.01])[: len(free)]

    plain = View(lens=lens, size=size, azimuth=0.0, elevation=0.0, roll=0.0, focal=float(size[0]))

    def left(values: Array) -> Array:
        view = replace(plain, **_named(free, values))
        away = (seen - view.pixels(known)) * weight[:, None]
        # Behind the camera there is no pixel: far off, so that the fit turns round.
        return np.nan_to_num(away, nan=1e4).ravel()

    best = None
    for width in STARTS:
        start = View(
            lens="fisheye" if lens == "fisheye" else "rectilinear",
            size=size,
            azimuth=known[nearest, 0],
            elevation=known[nearest, 1],
            roll=0.0,
            focal=width * size[0],
        )
        off = start.directions(seen[[nearest]])[0] - known[nearest]
        guess = np.zeros(len(free))
        guess[:4] = start.azimuth - off[0], start.elevation - off[1], 0.0, start.focal
        tried = least_squares(left, guess, x_scale=scale, method="trf", max_nfev=400)
        if tried.x[3] > 0 and (best is None or tried.cost < best.cost):
            best = tried
    freedom = 2 * len(points) - len(free)
    if best is None or best.cost >= 1e6:
        raise MeasureError(f"no {lens} view explains the {len(points)} points; look at their order and signs")
    normal = best.jac.T @ best.jac
    if np.linalg.cond(normal / np.outer(1 / scale, 1 / scale)) > 1e14:
        raise MeasureError("the known points do not fix the view; choose some that lie far apart in it")
    inflated = max(1.0, 2 * best.cost / freedom)
    values = _named(free, best.x)
    values["azimuth"] %= 360.0
    view = replace(plain, free=free, covariance=np.linalg.inv(normal) * inflated, **values)
    residuals = seen - view.pixels(known)
    usual = max(1.0, 1.4826 * float(np.median(np.abs(residuals * weight[:, None]))))
    far = np.hypot(*residuals.T) * weight > OUTLYING * usual
    return Calibration(
        view=view,
        residuals=residuals,
        rms=float(np.sqrt((residuals**2).mean())),
        doubtful=tuple(int(index) for index in np.flatnonzero(far)),
    )


def _named(names: tuple[str, ...], values: Array) -> dict[str, Any]:
    return dict(zip(names, map(float, values), strict=True))


def _unit(directions: Array) -> Array:
    """Return directions (n, 2) [deg] as unit vectors (n, 3) to east, north and up."""
    azimuth, elevation = np.radians(directions).T
    level = np.cos(elevation)
    return np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.sin(elevation)], axis=1)


def _earth(latitude: float, longitude: float, height: float) -> Array:
    """Return earth-centred coordinates of a place on WGS 84. [m]"""
    phi, lam = math.radians(latitude), math.radians(longitude)
    square = FLATTENING * (2 - FLATTENING)
    normal = EQUATOR_M / math.sqrt(1 - square * math.sin(phi) ** 2)
    level = (normal + height) * math.cos(phi)
    return np.array(
        [
            level * math.cos(lam),
            level * math.sin(lam),
            (normal * (1 - square) + height) * math.sin(phi),
        ]
    )
