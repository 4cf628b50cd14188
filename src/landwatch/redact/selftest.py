"""A drawn scene, and what the detector must say of it.

It shows two drawn figures and a drawn car, so that the scores that are compared are those of hits, not of
empty land.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import cv2
import numpy as np

from landwatch.types import Pixels

__all__ = ["expected", "figure", "probe", "vehicle"]

Colour = tuple[int, int, int]
"""Red, green, blue. [0-255]"""


def _area(
    scene: Pixels,
    corners: Sequence[tuple[float, float]],
    at: tuple[float, float],
    unit: float,
    colour: Colour,
) -> None:
    """Fill a polygon whose corners are given in `unit` px from `at`, in place."""
    points = [[round(at[0] + x * unit), round(at[1] + y * unit)] for x, y in corners]
    cv2.fillPoly(scene, [np.array(points, np.int32)], colour)


def _disc(
    scene: Pixels, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, start: int = 0
) -> None:
    """Fill an ellipse from the angle `start` [deg] on, in place."""
    axes = (max(1, round(radii[0])), max(1, round(radii[1])))
    cv2.ellipse(scene, (round(centre[0]), round(centre[1])), axes, 0, start, 360, colour, cv2.FILLED)


def figure(
    scene: Pixels, x: float, top: float, height: float, coat: Colour, trousers: Colour, skin: Colour
) -> None:
    """Draw a standing figure of eight heads into `scene`, in place: `x` is its middle. [px]"""
    unit, at = height / 8, (x, top)
    sleeve = (coat[0] * 3 // 4, coat[1] * 3 // 4, coat[2] * 3 // 4)
    for side in (-1, 1):
        leg = [(0.05, 4.0), (0.75, 4.0), (0.6, 7.8), (0.15, 7.8)]
        shoe = [(0.1, 7.7), (0.7, 7.7), (0.9, 8.0), (0.1, 8.0)]
        arm = [(1.0, 1.4), (1.3, 3.0), (1.25, 4.2), (0.95, 4.2), (0.85, 2.0)]
        for corners, colour in ((leg, trousers), (shoe, (20, 20, 20)), (arm, sleeve)):
            _area(scene, [(side * a, b) for a, b in corners], at, unit, colour)
        _disc(scene, (x + side * 1.1 * unit, top + 4.35 * unit), (0.18 * unit, 0.25 * unit), skin)
    _area(scene, [(-1, 1.4), (-0.4, 1.2), (0.4, 1.2), (1, 1.4), (0.8, 4.2), (-0.8, 4.2)], at, unit, coat)
    _area(scene, [(-0.2, 1.0), (0.2, 1.0), (0.25, 1.35), (-0.25, 1.35)], at, unit, skin)
    _disc(scene, (x, top + 0.6 * unit), (0.45 * unit, 0.62 * unit), skin)
    _disc(scene, (x, top + 0.35 * unit), (0.48 * unit, 0.42 * unit), (40, 25, 15), start=180)


def vehicle(scene: Pixels, x: float, base: float, length: float, colour: Colour) -> None:
    """Draw a car seen from the side into `scene`, in place: `x` is its middle, `base` its sill. [px]"""
    unit, at = length / 10, (x, base)
    body = [(-5, 0.2), (-4.8, -1.2), (-3, -1.5), (-1.6, -2.9), (2, -2.9), (3.6, -1.5), (4.9, -1.1), (5, 0.2)]
    _area(scene, body, at, unit, colour)
    _area(scene, [(-2.5, -1.5), (-1.4, -2.6), (0.1, -2.6), (0.1, -1.5)], at, unit, (40, 50, 60))
    _area(scene, [(0.4, -1.5), (0.4, -2.6), (1.8, -2.6), (2.9, -1.5)], at, unit, (40, 50, 60))
    for side in (-3, 3):
        centre = (x + side * unit, base + 0.2 * unit)
        _disc(scene, centre, (0.95 * unit, 0.95 * unit), (18, 18, 18))
        _disc(scene, centre, (0.5 * unit, 0.5 * unit), (150, 150, 155))


def probe(side: int) -> Pixels:
    """Return the scene, (side, side, 3), sRGB [0-255].

    It is made of whole numbers and filled shapes alone, so that every machine draws the same.
    """
    rows, columns = np.mgrid[0:side, 0:side]
    sky, share = rows < side // 2, side / 416
    scene = np.empty((side, side, 3), np.uint8)
    scene[:, :, 0] = np.where(sky, 150 + rows // 8, 120 + (rows * 7 + columns * 13) % 11)
    scene[:, :, 1] = np.where(sky, 180 + rows // 8, 118 + (rows * 11 + columns * 5) % 13)
    scene[:, :, 2] = np.where(sky, 220, 112 + (rows * 3 + columns * 17) % 7)
    figure(scene, 100 * share, 120 * share, 200 * share, (160, 40, 40), (40, 50, 90), (220, 170, 140))
    figure(scene, 190 * share, 180 * share, 80 * share, (40, 60, 160), (40, 40, 40), (200, 150, 120))
    vehicle(scene, 300 * share, 300 * share, 180 * share, (170, 20, 30))
    return scene


@cache
def expected() -> dict[str, float]:
    """Return raw outputs of the detector for the scene by output, cell and channel ("1/345/0").

    Raises:
        OSError, ValueError: if they are missing or unreadable.
    """
    text = (files("landwatch.redact") / "selftest.json").read_text("utf-8")
    values: dict[str, float] = json.loads(text)
    if not values:
        raise ValueError("no expected values")
    return values
