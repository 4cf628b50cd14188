"""Where a surveyed target is in a picture: points with known levels, found anew in each picture.

A plane target (a board) has points known in px and on its plane; a homography joins the two [1]. A profile (a
staff, or a line down a bank) has points known in px and in level alone; between them the level is linear.
Cameras sag, swell and are brushed by birds, so the points that are marks are sought anew in each picture and
the picture's shift, turn and scale against the calibration follow from those that agree.

References:
    [1] R. Hartley, A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., 2004, section 4.1.
    [2] W. Foerstner, E. Guelch, "A fast operator for detection and precise location of distinct points",
        ISPRS Intercommission Workshop, Interlaken, 1987 (the corner's place below a pixel).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.types import Pixels

__all__ = ["STILL", "Drift", "Floats", "Marks", "Survey", "find_drift", "read_points"]

Floats = NDArray[np.float64]

Marks = Literal["bow-tie", "outline", "none"]
"""bow-tie: each point is where two dark triangles meet tip to tip. outline: the points are the corners of one
outline, in order, such as an octagon or a plain board. none: nothing is sought; the points stay."""

ALIKE = 0.8
"""Correlation of a mark with its drawing from which it counts as found [1]. By day, at dusk and under infra-
red lamps whole bow-ties reach 0.93 to 0.99, their reflections in still water 0.3 to 0.9."""

AGREE_PX, AGREE_TURN = 2.0, 0.03
"""Marks belong together whose shifts differ by less than a constant [px] and, for turn and scale, a part of
their distance [1]."""

MARK_SIGMA = 0.3
"""Standard error of one mark against the calibration, most of it the calibration's own. [px]"""

TURN_SIGMA, SCALE_SIGMA = 0.01, 0.005
"""How much a camera that nobody touched turns [rad] and breathes [1]: two marks in a row cannot tell."""

LEAST_HALF, MOST_HALF = 5, 14
"""Half the side of a mark's drawing: smaller ones are found everywhere, larger ones see the water. [px]"""


@dataclass(frozen=True, slots=True)
class Survey:
    """The calibrated points."""

    pixels: Floats
    """(points, 2): x, y in the calibration picture. [px]"""
    world: Floats
    """(points, 2): x, level on a plane target; (points, 1): level along a profile. [m]"""

    @property
    def is_plane(self) -> bool:
        """Whether the points are of a plane rather than of a profile."""
        return bool(self.world.shape[1] == 2)

    @property
    def levels(self) -> Floats:
        """Level of each point. [m]"""
        return self.world[:, -1]

    def to_pixels(self) -> Floats:
        """Return the homography (3, 3) from the plane [m] to the calibration picture [px], by least squares.

        Raises:
            ValueError: if the points do not span a plane.
        """
        matrix, _ = cv2.findHomography(self.world, self.pixels, 0)
        if matrix is None or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
            raise ValueError("the calibration's points lie on a line; a plane needs four, no three in a row")
        return np.asarray(matrix, np.float64)

    def residual(self) -> float:
        """Return the root mean square error of the points' levels after the fit. [m]"""
        if not self.is_plane or len(self.world) <= 4:
            return 0.0
        back = cv2.perspectiveTransform(self.pixels[None], np.linalg.inv(self.to_pixels()))[0]
        # 8 of the 2 n values are spent on the homography.
        spent = 1.0 - 4.0 / len(self.world)
        return float(np.sqrt(np.mean(np.square(back[:, 1] - self.levels)) / spent))


@dataclass(frozen=True, slots=True)
class Drift:
    """How a picture lies against the calibration picture."""

    matrix: Floats
    """(3, 3), calibration px to px of this picture."""
    found: int = 0
    """Marks it rests on; 0 where none were sought."""
    middle: Floats = field(default_factory=lambda: np.zeros(2))
    """(x, y) about which it turns and scales. [px]"""
    covariance: Floats = field(default_factory=lambda: np.zeros((4, 4)))
    """Of the shift right and down [px], scale [1] and turn [rad]."""

    def sigma_at(self, place: Floats) -> float:
        """Return the standard uncertainty of the row of a place (x, y) of the picture. [px]"""
        x, y = place - self.middle
        gradient = np.array([0.0, 1.0, y, x])
        return float(np.sqrt(gradient @ self.covariance @ gradient))


STILL = Drift(np.eye(3))
"""No drift."""


def read_points(path: Path) -> list[list[float]]:
    """Return the points of a calibration file as [x px, y px, x m, level m] or [x px, y px, level m].

    The file is JSON: {"points": [{"x_px", "y_px", "x_cm", "y_cm"}, ...]}, or with `_m` for metres; without
    the target's x the points are of a profile.

    Raises:
        ValueError: naming the file and the point that cannot be used.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read the calibration {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"the calibration {path} is not JSON: {error}") from None
    points = table.get("points") if isinstance(table, dict) else None
    if not isinstance(points, list) or not points:
        raise ValueError(f'the calibration {path} has no list "points"')
    return [_point(entry, f"point {number} of {path}") for number, entry in enumerate(points)]


def _point(entry: Any, where: str) -> list[float]:
    if not isinstance(entry, dict):
        raise ValueError(f"{where} is no object with x_px, y_px, x_cm and y_cm")
    values: list[float] = []
    for key in ("x_px", "y_px", "x", "y"):
        for name, metres in ((key, 1.0),) if key.endswith("px") else ((f"{key}_cm", 0.01), (f"{key}_m", 1.0)):
            if isinstance(entry.get(name), int | float):
                values.append(float(entry[name]) * metres)
                break
        else:
            if key != "x":
                raise ValueError(f"{where} lacks {key if key.endswith('px') else 'y_cm (or y_m)'}")
    return values


def find_drift(
    gray: Pixels, survey: Survey, marks: Marks, reach: float, above: float | None = None
) -> Drift | None:
    """Return how the picture lies, from the marks that are found and agree; None where fewer than two do.

    Args:
        gray: (height, width), luma [0-255].
        survey: the calibrated points.
        marks: what they look like.
        reach: how far from its calibrated place a mark is sought. [px]
        above: marks at or below this level [m] are left out: what is seen there is a reflection.
    """
    if marks == "none":
        return STILL
    spacing = np.linalg.norm(survey.pixels[:, None] - survey.pixels[None], axis=2)
    nearest = float(spacing[spacing > 0].min(initial=1e9))
    half = int(np.clip(round(0.1 * nearest), LEAST_HALF, MOST_HALF))
    places, shifts, levels = [], [], []
    for number, place in enumerate(survey.pixels):
        if above is not None and survey.levels[number] <= above:
            continue
        drawing = _bow_tie(half) if marks == "bow-tie" else _corner(survey.pixels, number, half)
        found = _seek(gray, place, drawing, half, reach)
        if found is not None:
            places.append(place)
            shifts.append(found - place)
            levels.append(float(survey.levels[number]))
    if len(places) < 2:
        return None
    moved = np.array(shifts)
    apart = np.linalg.norm(np.array(places)[:, None] - np.array(places)[None], axis=2)
    agreeing = np.linalg.norm(moved[:, None] - moved[None], axis=2) < AGREE_PX + AGREE_TURN * apart
    # Water mirrors at most as many marks as stand above it, all by one shift: of two groups as large, the
    # higher one is real.
    height = (np.array(levels) - min(levels)) / max(float(np.ptp(levels)), 1e-9)
    size = agreeing.sum(axis=1)
    best = int(np.argmax(size + 0.5 * (agreeing @ height) / size))
    group = agreeing[best]
    if group.sum() < 2:
        return None
    return _similarity(np.array(places)[group], moved[group])


def _bow_tie(half: int) -> NDArray[np.float32]:
    down, across = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    drawing = np.where(np.abs(across) > np.abs(down), np.float32(-1), np.float32(1))
    return np.asarray(cv2.GaussianBlur(drawing, (0, 0), 1.2), np.float32)


def _corner(outline: Floats, number: int, half: int) -> NDArray[np.float32]:
    """Return a corner of the outline, inside bright."""
    fine = 4
    side = (2 * half + 1) * fine
    corners = (outline - outline[number] + half + 0.5) * fine
    canvas = np.zeros((side, side), np.float32)
    cv2.fillPoly(canvas, [np.rint(corners).astype(np.int32)], 1.0)
    small = cv2.resize(canvas, (2 * half + 1, 2 * half + 1), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float32)


def _seek(
    gray: Pixels, place: Floats, drawing: NDArray[np.float32], half: int, reach: float
) -> Floats | None:
    """Return where a mark is within `reach` of its place; None where nothing looks like it. [px]"""
    height, width = gray.shape
    margin = half + int(np.ceil(reach))
    x, y = (round(float(value)) for value in place)
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + margin + 1, width), min(y + margin + 1, height)
    window = gray[top:bottom, left:right].astype(np.float32)
    if min(window.shape) <= 2 * half + 1:
        return None
    # Paint may be dark on bright or bright on dark: the sign does not matter.
    score = np.abs(cv2.matchTemplate(window, drawing, cv2.TM_CCOEFF_NORMED))
    _, alike, _, (column, row) = cv2.minMaxLoc(score)
    if not ALIKE <= alike <= 1.001:
        return None
    corner = np.array([[[column + half, row + half]]], np.float32)
    side = max(3, half - 4)
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    fine = cv2.cornerSubPix(window, corner.copy(), (side, side), (1, 1), ends)
    # Beyond two pixels it ran away to some other corner.
    kept = fine if float(np.linalg.norm(fine - corner)) < 2.0 else corner
    return np.asarray(kept[0, 0] + (float(left), float(top)), np.float64)


def _similarity(places: Floats, shifts: Floats) -> Drift:
    """Return the shift, small turn and small scale that bring `places` to `places + shifts`."""
    middle = places.mean(axis=0)
    x, y = (places - middle).T
    one, none = np.ones_like(x), np.zeros_like(x)
    design = np.vstack([np.column_stack([one, none, x, -y]), np.column_stack([none, one, y, x])])
    seen = np.concatenate([shifts[:, 0], shifts[:, 1]])
    prior = np.diag([0.0, 0.0, 1.0 / SCALE_SIGMA**2, 1.0 / TURN_SIGMA**2])
    covariance = np.linalg.inv(design.T @ design / MARK_SIGMA**2 + prior)
    right, down, scale, turn = covariance @ (design.T @ seen) / MARK_SIGMA**2
    linear = np.array([[1.0 + scale, -turn], [turn, 1.0 + scale]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = middle + np.array([right, down]) - linear @ middle
    return Drift(matrix, len(places), middle, covariance)
