"""The picture drawn anew so that rows are levels, high ones first, and columns go along the water."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.measure._target import Drift, Floats, Survey
from landwatch.types import Pixels

__all__ = ["Strip", "plane_strip", "profile_strip"]


@dataclass(frozen=True, slots=True)
class Strip:
    """Where each place of the strip is in the calibration picture."""

    shape: tuple[int, int]
    """Rows and columns. [px]"""
    top: float
    """Level of the middle of the first row. [m]"""
    pitch: float
    """Level from row to row. [m]"""
    plane: Floats | None
    """(3, 3), strip px to px of the calibration picture; None for a profile."""
    path: NDArray[np.float32]
    """(rows, columns, 2), px of the calibration picture, for a profile; empty for a plane."""

    def level(self, row: float) -> float:
        """Return the level of a row. [m]"""
        return self.top - self.pitch * row

    def draw(self, values: Pixels, drift: Drift, *, outside: int, smooth: bool) -> Pixels:
        """Return a picture's values in the strip; `outside` where it lies outside the picture."""
        how = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
        beyond = cv2.BORDER_CONSTANT
        if self.plane is None:
            drawn = cv2.remap(
                values, self.path[..., 0], self.path[..., 1], how, borderMode=beyond, borderValue=outside
            )
        else:
            matrix, size = drift.matrix @ self.plane, self.shape[::-1]
            how |= cv2.WARP_INVERSE_MAP
            drawn = cv2.warpPerspective(
                values, matrix, size, flags=how, borderMode=beyond, borderValue=outside
            )
        return np.asarray(drawn, np.uint8)

    def place(self, row: float, column: float, drift: Drift) -> Floats:
        """Return where a place of the strip is in the picture: x, y. [px]"""
        if self.plane is not None:
            at = np.array([[[column, row]]], np.float64)
            return np.asarray(cv2.perspectiveTransform(at, drift.matrix @ self.plane)[0, 0], np.float64)
        rows, columns = self.shape
        here = self.path[min(max(round(row), 0), rows - 1), min(max(round(column), 0), columns - 1)]
        return np.asarray(here, np.float64)


def plane_strip(survey: Survey, columns: tuple[float, float] | None, bottom: float, top: float) -> Strip:
    """Return the strip of a plane target between two levels [m], about one px a px of the picture.

    Args:
        survey: points of a plane.
        columns: its left and right end at mid height, in px of the calibration picture; the outermost points
            if None.
        bottom: lowest level. [m]
        top: highest level. [m]
    """
    to_pixels = survey.to_pixels()
    middle = (survey.world.min(axis=0) + survey.world.max(axis=0)) / 2
    if columns is None:
        left, right = float(survey.world[:, 0].min()), float(survey.world[:, 0].max())
    else:
        row = float(cv2.perspectiveTransform(middle[None, None], to_pixels)[0, 0, 1])
        ends = np.array([[[column, row] for column in columns]])
        left, right = sorted(cv2.perspectiveTransform(ends, np.linalg.inv(to_pixels))[0, :, 0].tolist())
    step = 1e-3 * float(np.ptp(survey.levels))
    places = middle + step * np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    around = cv2.perspectiveTransform(places[None], to_pixels)[0]
    down, across = (float(np.linalg.norm(place - around[0])) / step for place in around[1:])
    shape = (max(round((top - bottom) * down), 1), max(round((right - left) * across), 1))
    wide, pitch = (right - left) / shape[1], (top - bottom) / shape[0]
    to_plane = np.array([[wide, 0.0, left + wide / 2], [0.0, -pitch, top - pitch / 2], [0.0, 0.0, 1.0]])
    return Strip(shape, top - pitch / 2, pitch, to_pixels @ to_plane, np.empty((0, 0, 2), np.float32))


def profile_strip(survey: Survey, width: float, bottom: float, top: float) -> Strip:
    """Return the strip of a width [px] along a profile between two levels [m]; its ends go straight on."""
    order = np.argsort(survey.levels)
    levels, pixels = survey.levels[order], survey.pixels[order]
    length = float(np.linalg.norm(np.diff(pixels, axis=0), axis=1).sum())
    rows = max(round((top - bottom) / float(levels[-1] - levels[0]) * length), 1)
    pitch, columns = (top - bottom) / rows, round(width)
    wanted = top - pitch * (np.arange(rows) + 0.5)
    path = np.column_stack([np.interp(wanted, levels, pixels[:, axis]) for axis in (0, 1)])
    for end, inner, beyond in ((0, 1, wanted < levels[0]), (-1, -2, wanted > levels[-1])):
        slope = (pixels[end] - pixels[inner]) / (levels[end] - levels[inner])
        path[beyond] = pixels[end] + (wanted[beyond, None] - levels[end]) * slope
    down = (pixels[0] - pixels[-1]) / np.linalg.norm(pixels[0] - pixels[-1])
    across = (np.arange(columns) - (columns - 1) / 2)[:, None] * np.array([down[1], -down[0]])
    return Strip((rows, columns), top - pitch / 2, pitch, None, (path[:, None] + across).astype(np.float32))
