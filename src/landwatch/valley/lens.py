"""What goes wrong between the land and the picture: lens, housing, mount, sensor, cable."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Floats, Pixels, blur, smoothstep
from landwatch.valley.noise import Tiles
from landwatch.valley.schedule import Kind

__all__ = ["Lens"]

DAY_NOISE = 1.3
"""Standard deviation of the sensor's noise in good light. [0-255]"""

NIGHT_NOISE = 9.0
"""Standard deviation at the highest gain. [0-255]"""

GRAIN_SPREAD = 30.0
"""Standard deviation of the grain's own codes around 128. [0-255]"""


class Lens:
    """The optics and sensor of one camera."""

    def __init__(self, size: tuple[int, int], noise: Tiles, seed: int) -> None:
        self._size, self._noise = size, noise
        self._rng_key = [seed, 31]
        rng = np.random.default_rng([seed, 5])
        shape = (size[0] + 64, size[1] + 64, 3)
        own = rng.standard_normal((shape[0], shape[1], 1), dtype=np.float32)
        coloured = rng.standard_normal(shape, dtype=np.float32) * 0.55 + own * 0.8
        soft = cv2.GaussianBlur(coloured, (3, 3), 0.5)
        self._grain = cast(Pixels, np.clip(128 + soft / soft.std() * GRAIN_SPREAD, 0, 255).astype(np.uint8))
        self._maps: dict[str, Floats] = {}

    def sense(self, picture: Pixels, gain: float, rng: np.random.Generator) -> Pixels:
        """Return the picture with sensor noise; `gain` 0 is bright day and 1 is night."""
        spread = DAY_NOISE + (NIGHT_NOISE - DAY_NOISE) * gain
        return self._grained(picture, spread, rng)

    def _grained(self, picture: Pixels, spread: float, rng: np.random.Generator) -> Pixels:
        top, left = int(rng.integers(0, 64)), int(rng.integers(0, 64))
        grain = self._grain[top : top + self._size[0], left : left + self._size[1]]
        share = spread / GRAIN_SPREAD
        return cast(Pixels, cv2.addWeighted(picture, 1.0, grain, share, -128 * share))

    def spoil(self, picture: Pixels, kind: Kind, amount: float, rng: np.random.Generator) -> Pixels:
        """Return the picture with one fault of `amount` 0..1; kinds that the scene itself shows pass by."""
        work = {
            "blur": self._blur, "dirt": self._dirt, "drops": self._drops, "cover": self._cover,
            "spray": self._spray, "cast": self._cast, "infrared": self._infrared, "over": self._over,
            "under": self._under, "glass_fog": self._glass_fog, "black": self._black,
        }.get(kind)  # fmt: skip
        if work is not None:
            return work(picture, amount)
        if kind == "noise":
            return self._grained(picture, 55 * amount, rng)
        if kind == "stripes":
            return self._stripes(picture, amount, rng)
        return picture

    def _map(self, period: float, shift: float) -> Floats:
        """Return smooth static noise of the picture's size."""
        key = f"{period}/{shift}"
        if key not in self._maps:
            scale = np.float32(1000 / self._size[1])
            row, column = np.mgrid[0 : self._size[0], 0 : self._size[1]].astype(np.float32) * scale
            self._maps[key] = self._noise.cloud.at(column + np.float32(shift), row, period)
        return self._maps[key]

    def _blur(self, picture: Pixels, amount: float) -> Pixels:
        return cast(Pixels, cv2.GaussianBlur(picture, (0, 0), max(0.0085 * self._size[1] * amount, 0.3)))

    def _over_with(self, picture: Pixels, colour: Floats | Pixels, share: Floats) -> Pixels:
        layer = np.broadcast_to(np.asarray(colour, np.uint8), picture.shape)
        return cast(Pixels, cv2.blendLinear(np.ascontiguousarray(layer), picture, share, 1 - share))

    def _dirt(self, picture: Pixels, amount: float) -> Pixels:
        if "dirt" not in self._maps:
            rng = np.random.default_rng([*self._rng_key, 1])
            spots = np.zeros(self._size, np.float32)
            for _ in range(90):
                place = round(rng.uniform(0, self._size[1])), round(rng.uniform(0, self._size[0]))
                radius = self._size[1] * rng.uniform(0.003, 0.022)
                cv2.circle(spots, place, max(round(radius), 1), float(rng.uniform(0.3, 1)), -1, cv2.LINE_AA)
            smear = smoothstep(self._map(900, 0), 0.1, 1.6)
            self._maps["dirt"] = np.clip(blur(spots, 0.006 * self._size[1]) * 0.9 + 0.6 * smear, 0, 1)
        share = (self._maps["dirt"] * np.float32(0.92 * amount)).astype(np.float32)
        return self._over_with(picture, np.array((88, 80, 66), np.uint8), share)

    def _drops(self, picture: Pixels, amount: float) -> Pixels:
        if "drops-x" not in self._maps:
            rng = np.random.default_rng([*self._rng_key, 2])
            row, column = np.mgrid[0 : self._size[0], 0 : self._size[1]].astype(np.float32)
            inside = np.zeros(self._size, np.float32)
            order = np.zeros(self._size, np.float32)
            for number in range(46):
                x, y = rng.uniform(0, self._size[1]), rng.uniform(0, self._size[0])
                radius = self._size[1] * rng.uniform(0.006, 0.030)
                away = np.hypot(column - x, (row - y) * rng.uniform(0.75, 1)) / radius
                drop = away < 1
                # A drop is a small lens: it shows a wide part of the land upside down.
                column = np.where(drop, np.float32(x) - (column - np.float32(x)) * 5, column)
                row = np.where(drop, np.float32(y) - (row - np.float32(y)) * 5, row)
                inside = np.maximum(inside, np.clip((1 - away) * 5, 0, 1).astype(np.float32))
                order = np.where(drop, number / 46, order).astype(np.float32)
            self._maps |= {"drops-x": column, "drops-y": row, "drops": inside, "drops-order": order}
        seen = cv2.remap(
            picture,
            self._maps["drops-x"],
            self._maps["drops-y"],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        seen = cv2.GaussianBlur(seen, (0, 0), 0.002 * self._size[1])
        share = (self._maps["drops"] * (self._maps["drops-order"] < amount)).astype(np.float32)
        return cast(Pixels, cv2.blendLinear(seen, picture, share, 1 - share))

    def _cover(self, picture: Pixels, amount: float) -> Pixels:
        """Something hangs before the lens, from the upper left."""
        row, column = np.ogrid[0 : 1 : self._size[0] * 1j, 0 : 1 : self._size[1] * 1j]
        edge = (column * 0.8 + row * 0.6 + 0.05 * self._map(500, 300)).astype(np.float32)
        share = 1 - smoothstep(edge, 1.5 * amount - 0.10, 1.5 * amount)
        cloth = (26 + 7 * self._map(260, 120))[..., None] * np.array((1.0, 0.93, 0.82), np.float32)
        return self._over_with(picture, np.clip(cloth, 0, 255), share)

    def _spray(self, picture: Pixels, amount: float) -> Pixels:
        field = self._map(620, 40) + 0.35 * self._map(90, 10)
        share = smoothstep(field, 2.0 - 3.6 * amount, 2.35 - 3.6 * amount) * np.float32(0.97)
        return self._over_with(picture, np.array((32, 30, 92), np.uint8), share)

    def _stripes(self, picture: Pixels, amount: float, rng: np.random.Generator) -> Pixels:
        """Lost packets and a bad cable: bands that are shifted, gray or of one colour."""
        result = picture.copy()
        height, width = self._size
        for _ in range(round(3 + 26 * amount)):
            top = int(rng.integers(0, height))
            rows = slice(top, top + int(rng.integers(2, max(int(height * 0.05), 3))))
            choice = rng.random()
            if choice < 0.4:
                result[rows] = np.roll(result[rows], int(rng.integers(-width // 4, width // 4)), axis=1)
            elif choice < 0.7:
                result[rows] = rng.integers(0, 255, 3).astype(np.uint8)
            else:
                start = int(rng.integers(0, width))
                result[rows, start:] = result[rows, start : start + 1]
        return result

    def _cast(self, picture: Pixels, amount: float) -> Pixels:
        gains = np.diag([1 + 0.25 * amount, 1 - 0.45 * amount, 1 + 0.10 * amount]).astype(np.float32)
        return cast(Pixels, cv2.transform(picture, gains))

    def _infrared(self, picture: Pixels, amount: float) -> Pixels:
        """The filter did not swing back at dawn: plants are pale, colours are weak and pink."""
        seen = np.array([[0.42, 0.66, 0.06], [0.20, 0.58, 0.10], [0.26, 0.56, 0.20]], np.float32)
        mixed = seen * amount + np.eye(3, dtype=np.float32) * (1 - amount)
        veil = np.array((26, 6, 17), np.float32)[:, None] * np.float32(amount)
        return cast(Pixels, cv2.transform(picture, np.hstack([mixed, veil]).astype(np.float32)))

    def _gain(self, picture: Pixels, gain: float) -> Pixels:
        code = np.arange(256) / 255
        return cast(
            Pixels, cv2.LUT(picture, np.clip(255 * code * gain ** (1 / 2.2), 0, 255).astype(np.uint8))
        )

    def _over(self, picture: Pixels, amount: float) -> Pixels:
        return self._gain(picture, 2 ** (6 * amount))

    def _under(self, picture: Pixels, amount: float) -> Pixels:
        return self._gain(picture, 2 ** (-7 * amount))

    def _glass_fog(self, picture: Pixels, amount: float) -> Pixels:
        """The window is misted from inside, most at its rim."""
        soft = cv2.GaussianBlur(picture, (0, 0), 0.012 * self._size[1])
        row, column = np.ogrid[-1 : 1 : self._size[0] * 1j, -1 : 1 : self._size[1] * 1j]
        rim = np.clip(0.55 + 0.45 * (row**2 + column**2) + 0.08 * self._map(420, 77), 0, 1)
        share = np.minimum(rim * 1.35 * amount, 1).astype(np.float32)
        milky = cv2.addWeighted(soft, 0.45, np.full_like(soft, 176), 0.55, 0)
        return cast(Pixels, cv2.blendLinear(milky, picture, share, 1 - share))

    def _black(self, picture: Pixels, amount: float) -> Pixels:
        return cast(Pixels, cv2.convertScaleAbs(picture, alpha=1 - amount))
