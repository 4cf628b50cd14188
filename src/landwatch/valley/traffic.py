"""Walkers and cars on the road, for trying their removal.

Where each is follows from the moment alone. Their boxes are for tests of removal and leave this
package by one function whose name says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Floats, Pixels
from landwatch.valley.figures import CAR_LENGTH, CAR_STYLES, STRIDES, WALKER_STYLES, car, walker
from landwatch.valley.schedule import Schedule
from landwatch.valley.terrain import Land
from landwatch.valley.views import road_ahead

__all__ = ["Daylight", "Traffic"]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

WALKING = 1.35
"""[m/s]"""

DRIVING = 12.0
"""[m/s]"""

STRIDE = 1.5
"""Length of a double step. [m]"""

PATH, LANE = 5.4, 1.7
"""From the middle of the road to the middle of the path and of a lane. [m]"""

BEYOND = 4.0
"""How far outside the picture they begin. [m]"""


@dataclass(frozen=True, slots=True)
class Daylight:
    """What a thing before the camera is lit by and seen through."""

    level: Floats
    """(3,): radiance of a white thing, 1 is white in the picture."""

    air: Floats
    """(3,): radiance of the air."""

    extinction: float
    """[1/m]"""

    code: Callable[[Floats], Pixels]
    """Linear radiance to sRGB."""

    shadow: float
    """How deep the shadow under a thing is, 0..1."""


@dataclass(frozen=True, slots=True)
class _Mover:
    """One walker or car."""

    figure: Floats
    rows: slice
    columns: slice
    """Where it is on the canvas, possibly beyond its sides. [px]"""

    ahead: float
    """[m]"""


class Traffic:
    """What moves in the view `road`."""

    def __init__(self, land: Land, seed: int) -> None:
        self._land, self._seed = land, seed
        reach = float(land.camera.right[-1])
        self._half = 48 * reach + BEYOND

    def boxes(self, moment: datetime, schedule: Schedule) -> list[tuple[int, int, int, int]]:
        """Return the boxes of all walkers and cars in canvas px, far to near; for tests of removal only."""
        found = []
        for mover in self._movers(moment, schedule):
            rows, columns = np.nonzero(mover.figure[..., 3] > 0.3)
            found.append(
                (
                    mover.columns.start + int(columns.min()), mover.rows.start + int(rows.min()),
                    mover.columns.start + int(columns.max()) + 1, mover.rows.start + int(rows.max()) + 1,
                )
            )  # fmt: skip
        return found

    def draw(self, canvas: Pixels, moment: datetime, schedule: Schedule, light: Daylight) -> None:
        """Draw all walkers and cars into the canvas (which the caller owns)."""
        for mover in self._movers(moment, schedule):
            self._ground_shadow(canvas, mover, light.shadow)
            kept = float(np.exp(-light.extinction * mover.ahead))
            seen = mover.figure[..., :3] * light.level * np.float32(kept) + light.air * np.float32(1 - kept)
            _lay(canvas, mover.rows, mover.columns, light.code(seen.astype(np.float32)), mover.figure[..., 3])

    def _ground_shadow(self, canvas: Pixels, mover: _Mover, depth: float) -> None:
        height, width = mover.figure.shape[:2]
        tall = max(round(width * 0.10), 3)
        patch = np.zeros((tall * 3, width + 2 * tall), np.float32)
        centre = patch.shape[1] // 2, patch.shape[0] // 2
        cv2.ellipse(
            patch, centre, (max(round(width * 0.46), 1), max(tall // 2, 1)), 0, 0, 360, 1.0, -1, cv2.LINE_AA
        )
        patch = cast(Floats, cv2.GaussianBlur(patch, (0, 0), max(tall * 0.3, 0.5))) * np.float32(depth)
        bottom = mover.rows.start + height
        rows = slice(
            bottom - patch.shape[0] // 2 - tall // 3,
            bottom + patch.shape[0] - patch.shape[0] // 2 - tall // 3,
        )
        columns = slice(mover.columns.start - tall, mover.columns.start + width + tall)
        _lay(canvas, rows, columns, np.zeros((*patch.shape, 3), np.uint8), patch)

    def _movers(self, moment: datetime, schedule: Schedule) -> list[_Mover]:
        seconds = (moment - EPOCH).total_seconds()
        walkers = self._walkers(seconds, schedule.amount("walkers", moment))
        cars = self._cars(seconds, schedule.amount("cars", moment))
        return sorted([*walkers, *cars], key=lambda mover: -mover.ahead)

    def _started(
        self, seconds: float, many: float, crossing: float
    ) -> Iterator[tuple[float, np.random.Generator]]:
        """Yield for each that may be in the view the seconds since it started and its own numbers."""
        if many <= 0:
            return
        every = crossing / many
        last = int(seconds / every)
        for number in range(last - int(1.6 * crossing / every) - 1, last + 1):
            rng = np.random.default_rng([self._seed, number & 0xFFFFFFFF, round(many * 1000)])
            yield seconds - (number + 0.8 * rng.random()) * every, rng

    def _walkers(self, seconds: float, many: float) -> Iterator[_Mover]:
        for since, rng in self._started(seconds, many, 2 * self._half / WALKING):
            way = 1 if rng.random() < 0.5 else -1
            speed = WALKING * rng.uniform(0.85, 1.15)
            gone = since * speed
            x = way * (gone - self._half)
            style, tall, aside = (
                int(rng.integers(0, WALKER_STYLES)),
                rng.uniform(1.62, 1.86),
                rng.uniform(-0.7, 0.7),
            )
            if 0 <= gone <= 2 * self._half:
                figure = walker(style, int(gone / STRIDE * STRIDES) % STRIDES)
                yield self._place(figure, x, _road(x) - PATH + aside, tall, way)

    def _cars(self, seconds: float, many: float) -> Iterator[_Mover]:
        for since, rng in self._started(seconds, many, 2 * self._half / DRIVING):
            way = 1 if rng.random() < 0.5 else -1
            gone = since * DRIVING
            x = way * (gone - self._half)
            figure = car(int(rng.integers(0, CAR_STYLES)))
            if 0 <= gone <= 2 * self._half:
                tall = CAR_LENGTH * figure.shape[0] / figure.shape[1]
                yield self._place(figure, x, _road(x) - way * LANE, tall, way)

    def _place(self, figure: Floats, x: float, y: float, tall: float, way: int) -> _Mover:
        camera = self._land.camera
        column, foot = camera.project(x, y, self._land.height(x, y))
        height = max(round(camera.focal * tall / y), 2)
        width = max(round(height * figure.shape[1] / figure.shape[0]), 2)
        small = cast(Floats, cv2.resize(figure, (width, height), interpolation=cv2.INTER_AREA))
        left, top = round(column - width / 2), round(foot) - height
        turned = small if way > 0 else small[:, ::-1]
        return _Mover(turned, slice(top, top + height), slice(left, left + width), y)


def _road(x: float) -> float:
    """Return y of the middle of the road at `x`, both in metres."""
    return float(road_ahead(np.array([x], np.float32))[0])


def _lay(canvas: Pixels, rows: slice, columns: slice, colour: Pixels, opacity: Floats) -> None:
    """Lay a patch over the canvas, cut at the canvas's sides."""
    top, bottom = max(rows.start, 0), min(rows.stop, canvas.shape[0])
    left, right = max(columns.start, 0), min(columns.stop, canvas.shape[1])
    if top >= bottom or left >= right:
        return
    inside = slice(top - rows.start, bottom - rows.start), slice(left - columns.start, right - columns.start)
    part = canvas[top:bottom, left:right].astype(np.float32)
    share = opacity[inside][..., None]
    canvas[top:bottom, left:right] = np.rint(part * (1 - share) + colour[inside] * share).astype(np.uint8)
