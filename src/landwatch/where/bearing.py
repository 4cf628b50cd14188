"""The bearing of a region in a camera's picture: azimuth and elevation of its base, with how sure they are.

What rises from the ground (smoke, steam, dust) stands over its source only at its base; the rest drifts. So
the bearing is that of the region's lower edge. Where along that edge the source lies is not known: it is
taken to be anywhere with equal chance, which makes the bearing of a broad region as unsure as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landwatch.config import Camera, Place, Pose
from landwatch.errors import MeasureError
from landwatch.types import Region
from landwatch.view import View

__all__ = ["Bearing", "bearing_of", "outlook_of", "view_of"]

EDGE = 1 / 80
"""Mesh to which the edges of regions are known, in widths of the picture. [1] The smoke instrument finds
them in copies 320 px wide, where it closes gaps of a few px."""

STEP = 0.01
"""In which slopes are taken. [px]"""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """Where something lies as seen from one camera."""

    camera: str
    place: Place
    """Of the camera."""
    azimuth: float
    """Clockwise from true north, [0-360). [deg]"""
    elevation: float
    """Above the horizon. [deg]"""
    sigma: float
    """Standard uncertainty of the azimuth. [deg]"""
    sigma_elevation: float
    """Standard uncertainty of the elevation. [deg]"""


def view_of(pose: Pose) -> View:
    """Return the view that a configuration's `[camera.view]` describes."""
    names = tuple(pose.sigma)
    spread = np.diag([pose.sigma[name] ** 2 for name in names])
    if pose.covariance:
        spread = np.array(pose.covariance)
    values = pose.model_dump(exclude={"sigma", "covariance"})
    return View(**values, free=names, covariance=spread)


def bearing_of(camera: Camera, region: Region, size: tuple[int, int] | None = None) -> Bearing:
    """Return the bearing of the base of a region.

    Args:
        camera: which must have a place and a view.
        region: in px of the original picture.
        size: width and height of that picture, where it is known. [px]

    Raises:
        MeasureError: if the camera is not calibrated, or was so for pictures of another shape.
    """
    if camera.place is None or camera.view is None:
        missing = "place" if camera.place is None else "view"
        raise MeasureError(
            f"camera {camera.name} has no {missing}; see landwatch cameras calibrate for [camera.view]"
        )
    view = view_of(camera.view)
    scale = 1.0
    if size is not None:
        scale = view.size[0] / size[0]
        if abs(size[1] * scale - view.size[1]) > 1:
            raise MeasureError(
                f"camera {camera.name} was calibrated for {view.size[0]} x {view.size[1]} px and gives "
                f"{size[0]} x {size[1]} px, another shape; calibrate it again"
            )
    left, _, right, bottom = (edge * scale for edge in region)
    base = np.array([[(left + right) / 2, bottom]])
    edge = view.size[0] * EDGE
    # Even chance over a width w has the deviation w / sqrt(12); the lower edge lies somewhere in its cell.
    doubts = np.array([math.hypot(right - left, edge), edge]) / math.sqrt(12)
    direction = view.directions(base)[0]
    if not np.isfinite(direction).all():
        raise MeasureError(
            f"camera {camera.name} sees nothing at {base[0].round().tolist()}: look at its lens"
        )
    spread = view.spread(base, sigma=0.0)[0] + _of_pixels(view, base, doubts)
    return Bearing(
        camera=camera.name,
        place=camera.place,
        azimuth=float(direction[0]),
        elevation=float(direction[1]),
        sigma=float(np.sqrt(spread[0, 0])),
        sigma_elevation=float(np.sqrt(spread[1, 1])),
    )


def outlook_of(camera: Camera) -> tuple[float, float] | None:
    """Return the azimuths of the left and the right edge of what a camera sees. [deg]

    They are those of its calibrated view, or else of its configured outlook; None where it has neither.
    """
    if camera.view is None:
        return camera.outlook
    width, height = camera.view.size
    edges = view_of(camera.view).directions(np.array([[0.0, height / 2], [float(width), height / 2]]))[:, 0]
    return (float(edges[0]), float(edges[1])) if np.isfinite(edges).all() else camera.outlook


def _of_pixels(view: View, base: Array, doubts: Array) -> Array:
    """Return the covariance (2, 2) of a direction from the deviations of its column and row. [deg2]"""
    sides = np.eye(2) * STEP
    change = view.directions(base + sides) - view.directions(base - sides)
    slopes = ((change + 180.0) % 360.0 - 180.0) / (2 * STEP)
    return np.asarray(slopes.T @ np.diag(doubts**2) @ slopes)
