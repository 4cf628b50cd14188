"""The river: a plane of water whose height is the level, with its gauge."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Pixels, resize, smoothstep
from landwatch.valley.sky import Light
from landwatch.valley.terrain import Land
from landwatch.valley.views import RIVER_HALF_WIDTH, river_axis

__all__ = ["GAUGE_TOP", "River"]

GAUGE_AHEAD = 17.0
"""From the camera to the staff gauge. [m]"""

GAUGE_FOOT, GAUGE_TOP = -0.6, 4.4
"""Ends of the gauge's board. [m]"""

GAUGE_WIDTH = 0.34
"""[m]"""

FLOW = 0.9
"""Speed of the water's ripples towards the camera. [m/s]"""

HIGHEST = 5.2
"""No level is above this: the banks end. [m]"""


class River:
    """The water of the view `river`."""

    def __init__(self, land: Land) -> None:
        self._land, self._camera = land, land.camera
        layers = land.layers
        low = (layers.z < HIGHEST) & (layers.cover > 0.5) & (self._camera.up[:, None] < -0.004)
        low &= np.abs(layers.x - river_axis(layers.y)) < RIVER_HALF_WIDTH + 14
        rows, columns = np.flatnonzero(low.any(axis=1)), np.flatnonzero(low.any(axis=0))
        self._at = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        # The bed is under any level that there is; trees and banks beside the river never are.
        self._z = np.where(low, layers.z, 1e3)[self._at].astype(np.float32)
        self._up = self._camera.up[self._at[0], None]
        self._right = self._camera.right[None, self._at[1]]
        self._step = 2 if self._camera.canvas[1] > 900 else 1
        self._board = _board(self._camera.focal / GAUGE_AHEAD)
        self._x = float(river_axis(np.array([GAUGE_AHEAD], np.float32))[0]) + 6.4

    def gauge(self) -> tuple[float, float, float]:
        """Return the column of the gauge's middle, the row of its zero, and px per metre; canvas px."""
        column, row = self._camera.project(self._x, GAUGE_AHEAD, 0.0)
        return column, row, self._camera.focal / GAUGE_AHEAD

    def pour(
        self,
        picture: Pixels,
        level: float,
        usual: float,
        seconds: float,
        now: Light,
        body: Pixels,
        beta: float,
    ) -> Pixels:
        """Return the canvas with water up to `level` [m]; `body` is the code of the water's own colours
        and of the air (3, 1, 3): clear, as brown as in a flood, air; `beta` is the air's extinction [1/m]."""
        view = picture[self._at]
        depth = np.float32(level) - self._z
        # One pixel of slope at the edge, so that the line is not a staircase.
        share = smoothstep(depth, -0.015, 0.03)
        kept = np.exp(np.float32(beta * self._camera.view.eye) / np.minimum(self._up, -0.004))
        damp = (1 - smoothstep(-depth, 0.02, 0.28)) * (np.float32(0.35) * kept) * (1 - share)
        wet = cv2.multiply(view, cv2.merge([1 - damp] * 3), dtype=cv2.CV_8U)
        water = self._surface(picture, level, usual, seconds, body, beta)
        result = picture.copy()
        result[self._at] = cv2.blendLinear(water, wet, share, 1 - share)
        self._stand(result, level, now, body[2, 0], beta)
        return result

    def _surface(
        self, picture: Pixels, level: float, usual: float, seconds: float, body: Pixels, beta: float
    ) -> Pixels:
        """Return how the water looks in all of its rows and columns."""
        step = self._step
        up, right = self._up[::step], self._right[:, ::step]
        y = (np.float32(level - self._camera.view.eye) / up).astype(np.float32)
        x = (y * right).astype(np.float32)
        moved = np.broadcast_to(y + np.float32((seconds * FLOW) % 1000), x.shape).astype(np.float32)
        swing = np.float32((seconds * 0.17) % 1000)
        rough = self._land.noise.fractal
        wave = rough.at(x + swing, moved, 21) + 0.7 * rough.at(moved * np.float32(1.3), x - swing, 7.3)
        calm = np.clip(9 / y, 0.03, 1.0).astype(np.float32)
        horizon = self._camera.horizon
        rows = np.arange(self._at[0].start, self._at[0].stop, step, dtype=np.float32)[:, None]
        columns = np.arange(self._at[1].start, self._at[1].stop, step, dtype=np.float32)[None, :]
        scale = self._camera.canvas[1] / 1000
        mirrored = horizon - (rows - horizon) * 0.72 + wave * (26 * scale) * calm
        aside = columns + wave * (5 * scale) * calm
        sky = cv2.resize(
            picture[: max(int(horizon), 2)], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA
        )
        limit = sky.shape[0] - 1
        reflected = cv2.remap(
            sky,
            np.clip(aside / 4, 0, sky.shape[1] - 1).astype(np.float32),
            np.clip(mirrored / 4, 0, limit).astype(np.float32),
            cv2.INTER_LINEAR,
        )
        grazing = np.abs(up) / np.sqrt(1 + np.square(up))
        fresnel = 0.05 + 0.72 * np.power(1 - grazing, 7) + 0.055 * wave * calm
        fresnel = np.clip(np.broadcast_to(fresnel, x.shape), 0.03, 0.85).astype(np.float32)
        brown = float(np.clip((level - usual) / 1.6, 0, 1))
        own = body[0].astype(np.float32) * (1 - brown) + body[1].astype(np.float32) * brown
        mud = 1 + 0.05 * rough.at(x, moved * np.float32(0.5), 33) + 0.05 * wave * calm
        colour = own * mud[..., None]
        mixed = colour + (reflected.astype(np.float32) - colour) * fresnel[..., None]
        if beta * 200 > 0.05:
            kept = np.exp(-np.float32(beta) * y)[..., None]
            mixed = mixed * kept + body[2].astype(np.float32) * (1 - kept)
        full = resize(mixed.astype(np.float32), self._z.shape[:2]) if step > 1 else mixed
        return cast(Pixels, np.clip(full, 0, 255).astype(np.uint8))

    def _stand(self, picture: Pixels, level: float, now: Light, air: Pixels, beta: float) -> None:
        """Draw the gauge into the canvas (which the caller owns), down to the water."""
        column, zero, scale = self.gauge()
        height, width = self._board.shape[:2]
        top = round(zero - GAUGE_TOP * scale)
        left = round(column - width / 2)
        line = zero - level * scale
        shown = int(np.clip(line - top, 0, height))
        light = float(
            np.clip(now.exposure * (now.ambient[1] + 0.30 * now.direct[1] * max(now.sun[2], 0.1)), 0.05, 1.05)
        )
        light = 0.8 if now.is_infrared else min(light, 1.0) ** 0.45
        board = cv2.convertScaleAbs(self._board, alpha=light)
        kept = float(np.exp(-beta * GAUGE_AHEAD))
        board = (board * kept + air.astype(np.float32) * (1 - kept)).astype(np.uint8)
        rows = slice(max(top, 0), top + shown)
        picture[rows, left : left + width] = board[rows.start - top : shown]
        # What stands in the water is seen again in it, darker and broken.
        below = min(shown, round(0.5 * scale), picture.shape[0] - top - shown)
        if below > 0:
            mirror = board[shown - below : shown][::-1]
            at = (slice(top + shown, top + shown + below), slice(left, left + width))
            share = np.linspace(0.30, 0.0, below, dtype=np.float32)[:, None, None]
            picture[at] = (picture[at] * (1 - share) + mirror * share).astype(np.uint8)


def _board(scale: float) -> Pixels:
    """Return the gauge's board at `scale` px per metre: decimetre blocks, figures at each half metre."""
    fine = 6
    s = scale * fine
    height, width = round((GAUGE_TOP - GAUGE_FOOT) * s), round(GAUGE_WIDTH * s)
    board = np.full((height, width, 3), 228, np.uint8)
    for step in range(round(GAUGE_FOOT * 10), round(GAUGE_TOP * 10)):
        bottom = height - (step / 10 - GAUGE_FOOT) * s
        colour = (165, 32, 30) if (step // 10) % 2 else (28, 28, 30)
        left = 0 if step % 2 else width * 0.5
        if step % 2 == 0:
            cv2.rectangle(
                board,
                (round(left), round(bottom - 0.1 * s)),
                (round(left + width * 0.5), round(bottom)),
                colour,
                -1,
            )
        if step % 5 == 0:
            text = f"{step / 10:.1f}"
            size = s * 0.0062
            cv2.putText(
                board, text, (round(width * 0.03), round(bottom - 0.01 * s)), cv2.FONT_HERSHEY_SIMPLEX, size,
                colour, max(round(s * 0.016), 1), cv2.LINE_AA,
            )  # fmt: skip
    size_px = (max(round(width / fine), 3), round(height / fine))
    small = cv2.resize(board, size_px, interpolation=cv2.INTER_AREA)
    small[:, 0] = small[:, 0] // 2
    return cast(Pixels, small)
