"""Turns a view by what stands still: by landmarks whose direction is known, or by the skyline of the terrain.

Whoever replaces a camera's mount has turned it, but not changed its lens: azimuth, elevation and roll are
then found anew with the lens held. For landmarks that takes two points; the terrain's horizon takes none.
Skylines have been matched so since before [1]; the fit here is least squares with a robust loss.

References:
    [1] G. Baatz, O. Saurer, K. Köser and M. Pollefeys, "Large scale visual geo-localization of images in
        mountainous terrain", ECCV 2012, 10.1007/978-3-642-33709-3_37.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from landwatch.config import Place
from landwatch.errors import MeasureError
from landwatch.types import Pixels
from landwatch.view import Calibration, KnownPoint, View
from landwatch.where.terrain import Terrain

__all__ = ["skyline", "turn_to_landmarks", "turn_to_skyline"]

Array = NDArray[np.float64]

TURNED = ("azimuth", "elevation", "roll")

COLUMNS = 160
"""At which a skyline is read. [1]"""

BEND = 2.0
"""Cost of a step of one row from column to column, in deviations of a plain row. [1]"""

HEIGHT = 480
"""Rows of the copy in which the skyline is sought. [1]"""

COARSE, FINE = 0.25, 0.1
"""Between azimuths of the horizon: where the direction is sought, and where it is fitted. [deg]"""

MARGIN = 10.0
"""By which the fitted horizon is wider than the skyline at either side. [deg]"""

SETTLE = 8
"""Rows within which the steepest fall is taken for the skyline. [1]"""

SKY_SIGMA = 2.0
"""Standard uncertainty of a skyline's row, with trees and the grid's own error. [px]"""

RELATED = 8.0
"""Neighbouring columns err together: so many count as one. [1]"""

SOFT = 2.0
"""Residual, in `SKY_SIGMA`, from which on it weighs less. [1]"""

LEAST_TELLING = 1.0
"""Standard uncertainty of the azimuth beyond which a skyline is too even to tell it. [deg]"""

RIVAL = 1.5
"""Another direction may explain the skyline so many times worse, or the answer is not sure. [1]"""

APART = 3.0
"""Directions nearer than this are one. [deg]"""


def skyline(pixels: Pixels) -> Array:
    """Return the skyline of a picture by day as places (n, 2), one in each of some columns. [px]

    It is the path from left to right that parts a bright, even sky from darker land best, found by dynamic
    programming over the gradient of the luma.

    Raises:
        MeasureError: if there is no edge that goes through.
    """
    height, width = pixels.shape[:2]
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = np.asarray(cv2.resize(gray, (COLUMNS, HEIGHT), interpolation=cv2.INTER_AREA), np.float64)
    smooth = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5), np.float64)
    # Darker below: how much the luma falls over a row, in what it usually changes by.
    fall = -np.gradient(smooth, axis=0)
    noise = 1.4826 * float(np.median(np.abs(fall))) + 0.2
    # What was crossed above counts against: the first strong edge from the top is the sky's.
    above = np.maximum.accumulate(np.vstack([np.zeros((1, COLUMNS)), fall[:-1]]), axis=0)
    worth = np.minimum(fall, 20 * noise) / noise - np.minimum(above, 20 * noise) / noise * 0.5
    total = worth[:, 0].copy()
    back = np.zeros((HEIGHT, COLUMNS), np.int64)
    reach = np.arange(-12, 13)
    for column in range(1, COLUMNS):
        moved = np.stack([np.roll(total, step) - BEND * abs(step) for step in reach])
        best = moved.argmax(axis=0)
        back[:, column] = np.clip(np.arange(HEIGHT) - reach[best], 0, HEIGHT - 1)
        total = moved[best, np.arange(HEIGHT)] + worth[:, column]
    rows = np.zeros(COLUMNS, np.int64)
    rows[-1] = int(total.argmax())
    for column in range(COLUMNS - 1, 0, -1):
        rows[column - 1] = back[rows[column], column]
    near = np.clip(rows + np.arange(-SETTLE, SETTLE + 1)[:, None], 0, HEIGHT - 1)
    steepest = fall[near, np.arange(COLUMNS)].argmax(axis=0)
    rows = near[steepest, np.arange(COLUMNS)]
    strength = fall[rows, np.arange(COLUMNS)] / noise
    if float(np.median(strength)) < 5.0 or not 0 < np.median(rows) < HEIGHT - 1:
        raise MeasureError(
            "there is no skyline in the picture; take a clear one by day that shows sky and land"
        )
    kept = (strength > 3.0) & (rows > 1) & (rows < HEIGHT - 2)
    x = (np.arange(COLUMNS) + 0.5) * width / COLUMNS
    y = (rows + 0.5) * height / HEIGHT
    return np.asarray(np.stack([x, y], axis=1)[kept])


def turn_to_landmarks(view: View, points: Sequence[KnownPoint]) -> Calibration:
    """Return the view turned so that known points lie where they are seen; the lens is held.

    Raises:
        MeasureError: for less than two points.
    """
    if len(points) < 2:
        raise MeasureError(f"{len(points)} known points; to turn a view takes 2 at least, far apart in it")
    seen = np.array([[point.x, point.y] for point in points])
    known = np.array([[point.azimuth, point.elevation] for point in points])
    sigma = np.array([point.sigma for point in points])

    def off(turned: View) -> Array:
        return np.asarray((seen - turned.pixels(known)) / sigma[:, None])

    start = view.directions(seen[:1])[0] - known[0]
    begun = replace(view, azimuth=view.azimuth - start[0], elevation=view.elevation - start[1])
    return _fitted(begun, off, sigma[:, None], related=1.0)


def turn_to_skyline(
    view: View, seen: Array, terrain: Terrain, place: Place, within: float = 180.0
) -> Calibration:
    """Return the view turned so that the skyline in the picture is the terrain's; the lens is held.

    Args:
        view: whose azimuth and elevation may be wrong.
        seen: places (n, 2) on the skyline. [px]
        terrain: the land.
        place: of the camera, with its elevation.
        within: how far the azimuth may be wrong to either side. [deg]

    Raises:
        MeasureError: if the skyline is too even to tell a direction, or fits several.
    """
    heights = _horizon(terrain, place, np.arange(0.0, 360.0, COARSE))

    def off(turned: View) -> Array:
        directions = turned.directions(seen)
        # In px: a degree of elevation is about focal * pi / 180 of them, whichever the lens.
        size = turned.focal * np.pi / 180
        return np.asarray((directions[:, 1] - heights(directions[:, 0])) * size / SKY_SIGMA)

    turns = np.arange(-within, within, COARSE)
    level = view.directions(seen)
    shapes = heights(level[:, 0][None, :] + turns[:, None]) - level[:, 1][None, :]
    shapes -= np.median(shapes, axis=1, keepdims=True)
    costs = np.abs(shapes).mean(axis=1)
    best = int(costs.argmin())
    away = np.abs((turns - turns[best] + 180) % 360 - 180) > APART
    if away.any() and costs[away].min() < RIVAL * costs[best]:
        rival = (view.azimuth + turns[away][costs[away].argmin()]) % 360
        raise MeasureError(
            f"the skyline fits at azimuth {(view.azimuth + turns[best]) % 360:.1f} and nearly as well at "
            f"{rival:.1f} degrees; say better where the camera looks, or use landmarks"
        )
    lift = float(np.median(heights(level[:, 0] + turns[best]) - level[:, 1]))
    begun = replace(view, azimuth=view.azimuth + float(turns[best]), elevation=view.elevation + lift)
    wide = float(np.abs((level[:, 0] - view.azimuth + 180) % 360 - 180).max()) + MARGIN
    heights = _horizon(terrain, place, begun.azimuth + np.arange(-wide, wide, FINE))
    found = _fitted(begun, off, SKY_SIGMA, related=RELATED)
    assert found.view.covariance is not None
    doubt = float(np.sqrt(found.view.covariance[0, 0]))
    if doubt > LEAST_TELLING:
        raise MeasureError(
            f"the skyline is too even: it tells the azimuth to {doubt:.1f} degrees only; use landmarks"
        )
    return found


def _horizon(terrain: Terrain, place: Place, around: Array) -> Callable[[Array], Array]:
    """Return a function that gives the skyline's elevation at azimuths. [deg]

    Raises:
        MeasureError: if the grid does not reach round the camera.
    """
    horizon = terrain.horizon(place, around % 360.0)
    if np.isnan(horizon).any():
        raise MeasureError(
            "the camera stands outside of the terrain's grid; give one that reaches the skyline"
        )
    return lambda azimuths: np.asarray(np.interp(azimuths, around % 360.0, horizon, period=360.0))


def _fitted(
    begun: View, off: Callable[[View], Array], sigma: float | Array, *, related: float
) -> Calibration:
    """Fit azimuth, elevation and roll, and carry the lens's own uncertainty beside them."""
    start = np.array([getattr(begun, name) for name in TURNED])

    def turned(values: Array) -> View:
        azimuth, elevation, roll = map(float, values)
        return replace(begun, azimuth=azimuth, elevation=elevation, roll=roll)

    fit = least_squares(lambda values: off(turned(values)).ravel(), start, loss="soft_l1", f_scale=SOFT)
    left = off(turned(fit.x))
    freedom = max(1, left.size - len(TURNED))
    inflated = max(1.0, float(np.minimum(left**2, SOFT**2 * 4).sum()) / freedom) * related
    spread = np.linalg.inv(fit.jac.T @ fit.jac) * inflated
    held = [name for name in begun.free if name not in TURNED]
    whole = np.zeros((len(TURNED) + len(held),) * 2)
    whole[: len(TURNED), : len(TURNED)] = spread
    if held and begun.covariance is not None:
        at = [begun.free.index(name) for name in held]
        whole[len(TURNED) :, len(TURNED) :] = begun.covariance[np.ix_(at, at)]
    view = replace(turned(fit.x), free=(*TURNED, *held), covariance=whole)
    view = replace(view, azimuth=view.azimuth % 360.0)
    residuals = left * sigma
    return Calibration(
        view=view,
        residuals=residuals,
        rms=float(np.sqrt((residuals**2).mean())),
        doubtful=tuple(int(n) for n in np.flatnonzero(np.abs(left).max(axis=-1) > 3.5))
        if left.ndim > 1
        else (),
    )
