"""Trees: their shapes, and how leaf and grass colour follow the season.

References:
    [1] X. Zhang et al., "Monitoring vegetation phenology using MODIS", Remote Sens. Environ. 84,
        471-475, 2003, 10.1016/S0034-4257(02)00135-9 (a logistic curve in the day of the year).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Floats, blur

__all__ = ["BARE", "Tree", "grass_colour", "leaf_colours", "leaf_share", "scaled", "trees"]

GREEN_UP = 118.0
"""Middle of green-up at 46 degrees. [day of year]"""

FALL = 290.0
"""Middle of leaf fall at 46 degrees. [day of year]"""

BARE = (0.105, 0.088, 0.070)
"""Albedo of leafless crowns: bark and twigs, linear red, green, blue. [1]"""


@dataclass(frozen=True, slots=True)
class Tree:
    """The picture of one tree, to be scaled."""

    alpha: Floats
    """(height, width), 0..1: how much of the pixel is tree."""

    tone: Floats
    """(height, width): brightness around 1."""

    normal: Floats
    """(height, width, 3): where the surface faces; x right, y away from the camera, z up."""

    is_conifer: bool


def leaf_share(day: float) -> float:
    """Return the share of leaves out on `day` of a northern year, 0..1 [1]."""
    up = 1 / (1 + np.exp(-(day - GREEN_UP) / 6.5))
    down = 1 / (1 + np.exp((day - FALL) / 6.0))
    return float(up * down)


def leaf_colours(day: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the albedos of foliage of the earliest and the latest turning trees on `day`, linear RGB. [1]"""
    spring, summer = np.array((0.105, 0.165, 0.028)), np.array((0.048, 0.088, 0.020))
    gold, rust = np.array((0.215, 0.150, 0.032)), np.array((0.155, 0.062, 0.026))
    young = float(np.clip((day - GREEN_UP) / 45, 0, 1))
    green = spring * (1 - young) + summer * young
    early = float(np.clip((day - 258) / 18, 0, 1))
    late = float(np.clip((day - 272) / 18, 0, 1))
    first, last = green * (1 - early) + rust * early, green * (1 - late) + gold * late
    return (
        (float(first[0]), float(first[1]), float(first[2])),
        (float(last[0]), float(last[1]), float(last[2])),
    )


def grass_colour(day: float) -> tuple[float, float, float]:
    """Return the albedo of meadow on `day`, linear RGB. [1]"""
    tan, green = np.array((0.185, 0.150, 0.078)), np.array((0.088, 0.125, 0.032))
    share = float(np.clip((day - 85) / 40, 0, 1) * np.clip((325 - day) / 60, 0, 1))
    red, middle, blue = tan * (1 - share) + green * share
    return float(red), float(middle), float(blue)


def _conifer(rng: np.random.Generator) -> Tree:
    height, width = 224, 116
    row, column = np.mgrid[0:height, 0:width].astype(np.float32)
    down = row / height
    across = (column - width / 2) / (width / 2)
    whorls = rng.uniform(11, 17)
    droop = down + 0.05 * np.abs(across)
    phase = droop * whorls + rng.random() + 0.35 * np.sign(across) * rng.random()
    # Each branch has its own length, and the two sides differ: no saw blade.
    long = rng.uniform(0.72, 1.12, (2, 24)).astype(np.float32)
    own = long[(across > 0).astype(int), np.clip(phase.astype(int), 0, 23)]
    saw = np.mod(phase, 1.0).astype(np.float32)
    rough = blur(rng.standard_normal((height, width)).astype(np.float32), 1.6) * 4.0
    lean = blur(rng.standard_normal((height, 1)).astype(np.float32), 9) * 1.1
    reach = 0.88 * (0.03 + 0.97 * np.power(down, 0.85)) * (0.56 + 0.44 * saw) * own + 0.10 * lean
    inside = np.clip((reach * (1 + 0.42 * rough) - np.abs(across)) * 14, 0, 1)
    # Branches reach the ground: a bare foot looks like legs to a detector of people.
    inside *= np.clip((1 - down + 0.01 * rough) * 40, 0, 1).astype(np.float32)
    alpha = inside.astype(np.float32)
    tone = (0.60 + 0.42 * saw + 0.24 * rough).astype(np.float32)
    tone *= (0.72 + 0.36 * np.clip(np.abs(across) / (reach + 0.05), 0, 1)).astype(np.float32)
    turn = np.clip(across / (reach + 0.05), -1, 1) + 0.20 * rough
    normal = np.dstack([0.8 * turn, -0.62 + 0 * turn, 0.30 + 0.45 * saw])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return Tree(_soft(alpha), np.clip(tone, 0.15, 1.6), normal.astype(np.float32), True)


def _broadleaf(rng: np.random.Generator) -> Tree:
    height, width = 224, 200
    row, column = np.mgrid[0:height, 0:width].astype(np.float32)
    alpha = np.zeros((height, width), np.float32)
    tone = np.ones((height, width), np.float32)
    normal = np.zeros((height, width, 3), np.float32)
    normal[..., 1] = -1
    rough = blur(rng.standard_normal((height, width)).astype(np.float32), 1.3) * 3.2
    count = int(rng.integers(85, 120))
    angle = rng.uniform(0, 2 * np.pi, count)
    out = np.sqrt(rng.random(count))
    centres = np.column_stack(
        [
            width / 2 + np.cos(angle) * out * 78,
            height * 0.44 + np.sin(angle) * out * 82 * rng.uniform(0.85, 1),
        ]
    )
    # Undergrowth hides the trunk, which a detector of people would take for one.
    shrubs = np.column_stack([rng.normal(width / 2, 22, 26), rng.uniform(height * 0.78, height * 0.93, 26)])
    order = np.argsort(out)[::-1]
    centres, count = np.vstack([shrubs, centres[order]]), count + len(shrubs)
    # Clumps that lie farther back are painted first, and darker: the crown's inside is in shade.
    for number, (x, y) in enumerate(centres):
        radius = rng.uniform(11, 24)
        reach = radius * 1.9
        at = (
            slice(max(int(y - reach), 0), min(int(y + reach), height)),
            slice(max(int(x - reach), 0), min(int(x + reach), width)),
        )
        r, c = row[at], column[at]
        clump = np.clip((1 + 0.30 * rough[at] - np.hypot(c - x, r - y) / radius) * 7, 0, 1)
        light = np.float32(0.62 + 0.42 * number / count + rng.uniform(-0.10, 0.10)) + 0.13 * rough[at]
        light = light * (1.0 - 0.25 * np.clip((r - y) / radius, -1, 1))
        facing = np.dstack(
            [
                np.clip((c - x) / radius, -1, 1) * 0.6 + (x - width / 2) / 120,
                np.full_like(r, -0.65),
                np.clip((y - r) / radius, -1, 1) * 0.6 + (height * 0.45 - y) / 130 + 0.25,
            ]
        )
        alpha[at] = np.maximum(alpha[at], clump)
        tone[at] = tone[at] * (1 - clump) + light * clump
        normal[at] = normal[at] * (1 - clump[..., None]) + facing * clump[..., None]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-3)
    return Tree(
        _soft(alpha.astype(np.float32)),
        np.clip(tone, 0.15, 1.6).astype(np.float32),
        normal.astype(np.float32),
        False,
    )


def _soft(alpha: Floats) -> Floats:
    return cast(Floats, cv2.GaussianBlur(alpha, (3, 3), 0.6))


@cache
def trees() -> tuple[Tree, ...]:
    """Return the shapes that all trees share: five conifers, then five broad-leaved."""
    rng = np.random.default_rng(11)
    return tuple(_conifer(rng) for _ in range(5)) + tuple(_broadleaf(rng) for _ in range(5))


@cache
def _pyramid(number: int) -> tuple[tuple[Floats, Floats], ...]:
    """Return (alpha, tone) and normal of a shape, (height, width, 2 and 3), at halving sizes."""
    tree = trees()[number]
    level = np.dstack([tree.alpha, tree.tone]), tree.normal
    levels = [level]
    while min(level[0].shape[:2]) > 24:
        level = _fit(level[0], 0.5), _fit(level[1], 0.5)
        levels.append(level)
    return tuple(levels)


def _fit(array: Floats, factor: float) -> Floats:
    return cast(Floats, cv2.resize(array, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def scaled(number: int, height: int, width: int) -> tuple[Floats, Floats]:
    """Return shape `number` at `height` x `width` px: (alpha, tone) and normal."""
    levels = [level for level in _pyramid(number) if level[0].shape[0] >= height]
    source = levels[-1] if levels else _pyramid(number)[0]
    look, normal = (cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) for part in source)
    return cast(Floats, look), cast(Floats, normal)
