"""A column of smoke that grows and drifts, and a slope that slides.

References:
    [1] B. R. Morton, G. I. Taylor and J. S. Turner, "Turbulent gravitational convection from
        maintained and instantaneous sources", Proc. R. Soc. A 234, 1-23, 1956 (a plume's width grows
        in proportion to its height; here as puffs that widen as they rise and are carried away).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from landwatch.valley.arrays import Floats, Pixels, resize, smoothstep
from landwatch.valley.schedule import Episode
from landwatch.valley.terrain import Land

__all__ = ["Slide", "Smoke", "Veil", "visible_box"]

EVERY = 1.5
"""Between puffs. [s]"""

OLDEST = 300.0
"""A puff is lost to the air after this time. [s]"""

VISIBLE = 0.10
"""Opacity from which a pixel counts as smoke for the truth. [1]"""

SMALLEST = 12
"""Fewer visible pixels than this are no smoke for the truth. [px]"""

AIM = {
    "ridge": (0.36, 0.68),
    "river": (0.5, 0.25),
    "road": (0.3, 0.25),
    "forest": (0.55, 0.30),
    "slope": (0.6, 0.35),
}
"""Where smoke rises when the episode does not say. [share of width, of height]"""


@dataclass(frozen=True)
class Veil:
    """The smoke of a moment in a part of the canvas."""

    rows: slice
    columns: slice

    opacity: Floats
    """(height, width) of that part, 0..1."""

    heat: Floats
    """A coarse map of the same part: 1 near the fire, 0 in old smoke."""

    distance: float
    """From the eye to the fire. [m]"""


class Smoke:
    """The smoke of one fire."""

    def __init__(self, land: Land, episode: Episode, seed: int) -> None:
        self._land = land
        self._episode = episode
        self._seed = seed
        camera, layers = land.camera, land.layers
        share = episode.at or AIM[camera.view.name]
        aim = (
            share[1] * camera.size[0] * camera.scale + camera.margin[0],
            share[0] * camera.size[1] * camera.scale + camera.margin[1],
        )
        good = (layers.cover > 0.9) & (layers.distance > 300) & (layers.distance < 4500)
        good &= (layers.leaf + layers.grass > 0.2) | (episode.at is not None)
        rows, columns = np.nonzero(good)
        if not len(rows):
            raise ValueError(f"view {camera.view.name!r} has no open land for smoke; give Episode.at")
        nearest = int(np.argmin(np.square(rows - aim[0]) + np.square(columns - aim[1])))
        self.foot = float(columns[nearest]), float(rows[nearest])
        """Column and row of the fire. [canvas px]"""
        self.distance = float(layers.distance[rows[nearest], columns[nearest]])
        self._ahead = float(layers.y[rows[nearest], columns[nearest]])
        self._scale = camera.focal / self._ahead

    def veil(self, moment: datetime, wind: float) -> Veil | None:
        """Return the smoke at `moment`, or None when there is none."""
        elapsed = (moment - self._episode.start).total_seconds()
        if elapsed <= 0 or moment >= self._episode.end:
            return None
        strength = self._episode.strength
        newest = int(elapsed / EVERY)
        number = np.arange(max(0, newest - int(OLDEST / EVERY)), newest + 1)
        age = np.maximum(elapsed - number * EVERY, 0.05)
        wobble = _hash(number.astype(np.float64), self._seed)
        size = np.sqrt(strength)
        radius = (2.2 + 0.62 * age**0.86) * size * (0.75 + 0.5 * wobble[0])
        rise = 4.2 * age**0.82 * size**0.7 * (0.85 + 0.3 * wobble[1])
        carried = wind * (age - 14 * (1 - np.exp(-age / 14))) + 0.55 * radius * (2 * wobble[2] - 1)
        growth = np.minimum(1.0, 0.30 + number * EVERY / 70)
        mass = 75 * size * growth * (0.6 + 0.8 * wobble[3]) * np.exp(-age / 130)
        return self._draw(radius, rise, carried, mass / (radius**2 + 6), age, elapsed, wind)

    def _draw(
        self,
        radius: Floats,
        rise: Floats,
        carried: Floats,
        mass: Floats,
        age: Floats,
        elapsed: float,
        wind: float,
    ) -> Veil | None:
        camera = self._land.camera
        reach = 2.4 * radius
        left = max(int(self.foot[0] + self._scale * float((carried - reach).min())), 0)
        right = min(int(self.foot[0] + self._scale * float((carried + reach).max())) + 2, camera.canvas[1])
        top = max(int(self.foot[1] - self._scale * float((rise + reach).max())), 0)
        bottom = min(int(self.foot[1] + self._scale * float(reach[-1] + 2)) + 2, camera.canvas[0])
        if right - left < 2 or bottom - top < 2:
            return None
        rows, columns = slice(top, bottom), slice(left, right)
        cell = max((right - left) / 200, (bottom - top) / 200, 1.0)
        grid = max(int((bottom - top) / cell), 2), max(int((right - left) / cell), 2)
        x = ((np.linspace(left, right, grid[1]) - self.foot[0]) / self._scale).astype(np.float32)
        z = ((self.foot[1] - np.linspace(top, bottom, grid[0])) / self._scale).astype(np.float32)
        radius, rise, carried, mass = (part.astype(np.float32) for part in (radius, rise, carried, mass))
        across = np.exp(-0.5 * np.square((x[None, :] - carried[:, None]) / radius[:, None])).astype(
            np.float32
        )
        upward = np.exp(-0.5 * np.square((z[None, :] - rise[:, None]) / radius[:, None])).astype(np.float32)
        weighed = upward * mass[:, None].astype(np.float32)
        column = (weighed.T @ across).astype(np.float32)
        hot = ((weighed * np.exp(-age / 18)[:, None].astype(np.float32)).T @ across) / np.maximum(
            column, 1e-6
        )
        px = np.broadcast_to(x.astype(np.float32), grid)
        pz = np.broadcast_to(z.astype(np.float32)[:, None], grid)
        noise = self._land.noise.fractal
        billow = noise.at(px - np.float32(wind * elapsed * 0.9), pz - np.float32(2.0 * elapsed), 150)
        billow = billow + 0.6 * noise.at(pz - np.float32(2.6 * elapsed), px - np.float32(wind * elapsed), 47)
        column = column * np.clip(1 + 0.55 * billow, 0.12, 2.4)
        shape = (bottom - top, right - left)
        opacity = resize((1 - np.exp(-0.55 * column)).astype(np.float32) * np.float32(0.96), shape)
        # Nearer ground hides the foot of the column.
        hidden = (self._land.layers.y[rows, columns] < self._ahead * 0.97) & (
            self._land.layers.cover[rows, columns] > 0.5
        )
        opacity = opacity * ~hidden
        return Veil(rows, columns, opacity.astype(np.float32), hot.astype(np.float32), self.distance)


def visible_box(veil: Veil) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of the smoke that can be seen, in canvas px, or None."""
    seen = veil.opacity > VISIBLE
    if int(seen.sum()) < SMALLEST:
        return None
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return (
        veil.columns.start + int(columns[0]),
        veil.rows.start + int(rows[0]),
        veil.columns.start + int(columns[-1]) + 1,
        veil.rows.start + int(rows[-1]) + 1,
    )


def _hash(number: npt.NDArray[np.float64], seed: int) -> Floats:
    """Return four numbers 0..1 for each puff, (4, n), the same whenever asked."""
    base = number[None, :] * 12.9898 + np.arange(4)[:, None] * 78.233 + seed * 3.77
    return cast(Floats, np.mod(np.sin(base) * 43758.5453, 1.0).astype(np.float32))


class Slide:
    """The loose part of the view `slope`: it moves downhill as one body and leaves a scar."""

    MIDDLE = (0.47, 0.50)
    REACH = (0.115, 0.19)
    """Middle and half extent, as shares of the picture's width and height."""

    def __init__(self, land: Land) -> None:
        camera = land.camera
        height, width = camera.size
        middle = (
            self.MIDDLE[0] * width * camera.scale + camera.margin[1],
            self.MIDDLE[1] * height * camera.scale + camera.margin[0],
        )
        reach = self.REACH[0] * width * camera.scale, self.REACH[1] * height * camera.scale
        self.box = (
            int(middle[0] - reach[0]), int(middle[1] - reach[1]),
            int(middle[0] + reach[0]), int(middle[1] + reach[1]),
        )  # fmt: skip
        """Left, top, right, bottom of the moving part. [canvas px]"""
        pad = int(0.14 * height * camera.scale)
        self._at = (
            slice(max(self.box[1] - pad, 0), min(self.box[3] + pad, camera.canvas[0])),
            slice(max(self.box[0] - pad, 0), min(self.box[2] + pad, camera.canvas[1])),
        )
        rows = np.arange(self._at[0].start, self._at[0].stop, dtype=np.float32)[:, None]
        columns = np.arange(self._at[1].start, self._at[1].stop, dtype=np.float32)[None, :]
        x, y = (columns - middle[0]) / reach[0], (rows - middle[1]) / reach[1]
        ragged = 0.10 * land.noise.relief.at(
            columns + 0 * rows, rows + 0 * columns, 260 * camera.canvas[1] / 1000
        )
        out = np.power(np.power(np.abs(x), 2.6) + np.power(np.abs(y), 2.6), 1 / 2.6) + ragged
        self._loose = 1 - smoothstep(out.astype(np.float32), 0.90, 1.06)
        self._rows, self._columns = np.broadcast_to(rows, out.shape), np.broadcast_to(columns, out.shape)
        centre = int(middle[1]), int(middle[0])
        self.distance = float(land.layers.distance[centre])
        self._px = camera.focal / float(land.layers.y[centre])

    def shift(self, metres: float) -> float:
        """Return by how many canvas px the slope has come down the picture."""
        return metres * self._px

    def move(self, canvas: Pixels, metres: float, soil: tuple[int, int, int]) -> Pixels:
        """Return the canvas with the slope moved down by `metres`; `soil` is the code of the scar."""
        shift = np.float32(self.shift(metres))
        at = self._at
        part = canvas[at]
        row, column = self._rows - self._rows[0, 0], self._columns - self._columns[0, 0]
        # A body keeps its texture: where the source lies inside it is moved whole, not stretched.
        came = cast(
            Floats,
            cv2.remap(self._loose, column, row - shift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        )
        moved = cv2.remap(part, column, row - shift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        left = np.clip(self._loose - came, 0, 1)
        result = part * (1 - came[..., None]) + moved * came[..., None]
        grain = 0.85 + 0.3 * (part.mean(axis=2, keepdims=True) / max(float(part.mean()), 1.0) - 0.5)
        result = result * (1 - left[..., None]) + np.array(soil, np.float32) * grain * left[..., None]
        canvas = canvas.copy()
        canvas[at] = np.clip(result, 0, 255).astype(np.uint8)
        return canvas
