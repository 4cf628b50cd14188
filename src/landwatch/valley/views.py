"""The views of the valley: where each camera stands, and the shape of its ground.

A view has its own frame: x to the right, y ahead, z up, in metres; z = 0 is the zero of the
river's gauge where there is a river. The picture plane stands upright, so the row of a point
depends on its height and its y alone and the column on x and y: a water plane is a simple
function of the row, and plumb things stay plumb.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from landwatch.valley.arrays import Floats, single, smoothstep
from landwatch.valley.noise import Tiles

__all__ = ["RIVER_HALF_WIDTH", "VIEWS", "View", "ground", "river_axis", "road_ahead", "woods"]

RIVER_HALF_WIDTH = 8.0
"""From the middle of the river to the foot of its bank. [m]"""

TREE_LINE = 900.0
"""Height above which no forest grows. [m]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where a camera stands and looks."""

    name: str
    """One word."""

    focal: float
    """Focal length in picture widths."""

    horizon: float
    """Row of the horizon in picture heights from the top."""

    eye: float
    """Height of the camera. [m]"""

    azimuth: float
    """Bearing of the view, clockwise from north. [degree]"""

    trees: int
    """How many single trees are tried."""

    conifers: float
    """Share of conifers among the trees. [1]"""

    woods: float
    """How much forest: the threshold of the forest's noise, smaller is more. [sd]"""


VIEWS = {
    view.name: view
    for view in (
        View(
            name="ridge", focal=0.95, horizon=0.34, eye=396, azimuth=330, trees=900, conifers=0.8, woods=-0.4
        ),
        View(
            name="river", focal=0.85, horizon=0.30, eye=7.2, azimuth=20, trees=700, conifers=0.45, woods=-0.2
        ),
        View(name="road", focal=1.0, horizon=0.36, eye=6.0, azimuth=350, trees=700, conifers=0.5, woods=0.1),
        View(
            name="forest", focal=0.9, horizon=0.27, eye=34, azimuth=0, trees=1700, conifers=0.35, woods=-2.2
        ),
        View(name="slope", focal=1.0, horizon=0.62, eye=40, azimuth=80, trees=800, conifers=0.85, woods=0.55),
    )
}
"""Every view, by name."""


def river_axis(y: Floats) -> Floats:
    """Return x of the middle of the river at `y`, all in metres."""
    return (-4.5 + 7 * np.sin(y / 75 - 0.25) - 0.0009 * np.square(y)).astype(np.float32)


def road_ahead(x: Floats) -> Floats:
    """Return y of the middle of the road at `x`, all in metres: it crosses the view of `road`."""
    return (33 + 0.12 * x + 0.0022 * np.square(x)).astype(np.float32)


def _mountains(t: Tiles, x: Floats, y: Floats, shift: float) -> Floats:
    """Return a range around a valley that runs along y, 0 at its floor. [m]"""
    axis = 350 * np.sin(y / 2300 + shift)
    beside = np.abs(x - axis)
    rise = smoothstep(beside, 250, 3600)
    end = smoothstep(y, 3800, 12500)
    crest = t.ridge.at(x + 3100 * np.float32(shift + 1), y + 900, 9200)
    rough = t.relief.at(x, y, 3300)
    body = 1150 * rise * (0.35 + 0.95 * crest) + 1500 * end * (0.30 + 1.0 * crest)
    return single(body + (22 + 55 * rise + 70 * end) * rough * smoothstep(beside, 60, 900))


def _ridge(t: Tiles, x: Floats, y: Floats) -> Floats:
    hill = 376 * np.exp(-np.square(np.maximum(y + 40, 0) / 620) - np.square((x + 80) / 1500))
    spur = 330 * np.exp(-np.square((y - 1750) / 620) - np.square((x - 1250) / 900))
    return single(_mountains(t, x, y, 0.4) + hill + spur + 1.1 * t.relief.at(x, y, 160))


def _river(t: Tiles, x: Floats, y: Floats) -> Floats:
    beside = np.abs(x - river_axis(y) + 0.7 * t.relief.at(x, y, 60))
    bank = -1.6 + 6.4 * smoothstep(beside, RIVER_HALF_WIDTH - 4.5, RIVER_HALF_WIDTH + 9)
    floor = 0.25 * t.relief.at(x, y, 40) + 1.2 * t.relief.at(x, y, 400) * smoothstep(beside, 8, 60)
    hills = _mountains(t, x * 1.4, y * 1.25 + 1500, 1.3) * smoothstep(beside, 40, 500)
    return (bank + floor + hills * 0.75).astype(np.float32)


def _road(t: Tiles, x: Floats, y: Floats) -> Floats:
    off = np.abs(y - road_ahead(x))
    wild = smoothstep(off, 4.5, 22)
    verge = -0.35 * smoothstep(off, 3.6, 5.4) + 0.35 * smoothstep(off, 5.4, 9)
    meadow = 0.9 * t.relief.at(x, y, 150) + 0.014 * np.maximum(y - 60, 0)
    return (verge + wild * meadow + _mountains(t, x * 1.15, y * 1.2 + 700, 2.2) * 0.9).astype(np.float32)


def _forest(t: Tiles, x: Floats, y: Floats) -> Floats:
    dip = -14 * smoothstep(y, 20, 130) + 190 * smoothstep(y + 0.25 * np.abs(x), 150, 1250)
    return (dip + 5 * t.relief.at(x, y, 700) + 0.8 * _mountains(t, x, y + 2500, 2.9)).astype(np.float32)


def _slope(t: Tiles, x: Floats, y: Floats) -> Floats:
    face = 520 * smoothstep(y + 22 * t.relief.at(x, y, 900), 150, 1050)
    gully = -16 * np.exp(-np.square((x - 60 + 0.08 * y) / 38)) * smoothstep(y, 200, 500)
    fine = 1.6 * t.relief.at(x, y, 130) * smoothstep(y, 30, 200)
    return single(face + gully + fine + 0.9 * _mountains(t, x, y + 3000, 0.9))


_GROUND: dict[str, Callable[[Tiles, Floats, Floats], Floats]] = {
    "ridge": _ridge,
    "river": _river,
    "road": _road,
    "forest": _forest,
    "slope": _slope,
}


def ground(view: View, t: Tiles, x: Floats, y: Floats) -> Floats:
    """Return the height of the bare ground at `x`, `y`. [m]"""
    return _GROUND[view.name](t, x, y)


def woods(view: View, t: Tiles, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return the share of closed forest at ground (`x`, `y`, `z`), 0..1 [1]."""
    patch = t.fractal.at(x + 700, y, 2600) + 0.35 * t.fractal.at(x, y, 300)
    share = smoothstep(patch, view.woods - 0.12, view.woods + 0.12)
    line = TREE_LINE + 110 * t.fractal.at(x, y, 1700)
    share = share * smoothstep(line - z, -40, 60)
    if view.name == "river":
        share = share * smoothstep(np.abs(x - river_axis(y)), 45, 70)
    if view.name == "road":
        share = share * smoothstep(np.abs(y - road_ahead(x)), 60, 110)
    return share
