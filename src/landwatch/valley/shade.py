"""Light on the land: layers of geometry become the pixels that the camera would code.

Works in linear light and codes as sRGB at the end, so that contrast falls with distance as
Koschmieder's law says when the picture is decoded again.

References:
    [1] H. Koschmieder, "Theorie der horizontalen Sichtweite", Beitr. Phys. freien Atm. 12, 33-55, 1924.
    [2] P. W. Kruse, L. D. McGlauchlin and R. B. McQuistan, "Elements of Infrared Technology",
        Wiley, 1962 (how extinction depends on wavelength at a given visibility).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Floats, Pixels, blur, look_up, smoothstep, srgb_table
from landwatch.valley.plants import BARE, grass_colour, leaf_colours, leaf_share
from landwatch.valley.sky import Light
from landwatch.valley.terrain import Land
from landwatch.valley.weather import Weather, extinction

__all__ = ["Plates", "Shader", "northern_day"]

WAVELENGTHS = np.array((610.0, 550.0, 465.0))
"""Of red, green and blue. [nm]"""

SNOW = np.array((0.80, 0.83, 0.87), np.float32)
"""Albedo of fresh snow, linear red, green, blue. [1]"""

LAMP = 34.0
"""Distance at which the infra-red lamps give as much light as needed for a well exposed picture. [m]"""

MOON = 0.022
"""Irradiance of moonlight in what the lamps give at `LAMP`. [1]"""

SHADE = 0.22
"""Share of direct light under the deepest cloud shadow. [1]"""


@dataclass(frozen=True)
class Plates:
    """The land of a moment, coded sRGB, on the canvas."""

    sunny: Pixels
    shaded: Pixels
    """Where no cloud, and where a cloud, stands before the sun."""

    kept: Floats
    """(3,): extinction of red, green, blue. [1/m]"""


def northern_day(moment: datetime, latitude: float) -> float:
    """Return the day of the year, moved by half a year in the southern half of the world."""
    day = moment.timetuple().tm_yday + moment.hour / 24
    return day if latitude >= 0 else (day + 182.5) % 365


class Shader:
    """Lights one land."""

    def __init__(self, land: Land) -> None:
        self._land = land
        self._table = srgb_table()
        self._albedo: tuple[tuple[float, float, float], Floats] | None = None
        self._lit: tuple[tuple[float, ...], Floats] | None = None

    def code(self, radiance: Floats) -> Pixels:
        """Return linear `radiance`, 1 is white, as sRGB codes."""
        scaled = np.minimum(radiance * np.float32(65535), np.float32(65535))
        return look_up(scaled.astype(np.uint16), self._table)

    def albedo(self, day: float, snow: float, wet: float) -> Floats:
        """Return the albedo of the land, (height, width, 3)."""
        key = (day, snow, wet)
        if self._albedo is None or self._albedo[0] != key:
            self._albedo = key, self._season(day, snow, wet)
        return self._albedo[1]

    def snow_share(self, snow: float) -> Floats:
        """Return how much of each pixel lies under snow, when a share `snow` of the land does."""
        if snow <= 0:
            return np.zeros_like(self._land.layers.rank)
        # Wide enough for patches at the edge; the ends are moved so that 0 is none and 1 is all.
        return 1 - smoothstep(self._land.layers.rank, snow * 1.12 - 0.12, snow * 1.12)

    def _season(self, day: float, snow: float, wet: float) -> Floats:
        layers = self._land.layers
        out = leaf_share(day)
        early, late = (np.array(colour, np.float32) for colour in leaf_colours(day))
        bare = np.array(BARE, np.float32)
        share = (
            np.clip((out * 1.5 - 0.5 * layers.turn), 0, 1)[..., None]
            if 0.01 < out < 0.99
            else np.float32(out)
        )
        leaf = early + (late - early) * layers.turn[..., None]
        leaf = bare + (leaf - bare) * share
        grass = np.array(grass_colour(day), np.float32)
        albedo = layers.albedo + (layers.leaf * layers.tone)[..., None] * leaf
        albedo += (layers.grass * layers.tone)[..., None] * grass
        if wet > 0:
            albedo *= np.float32(1 - 0.28 * wet)
        if snow > 0:
            albedo += (SNOW - albedo) * self.snow_share(snow)[..., None]
        return cast(Floats, albedo.astype(np.float32, copy=False))

    def _facing(self, now: Light) -> Floats:
        """Return the share of direct light on each pixel."""
        if self._lit is None or self._lit[0] != now.sun:
            row = np.array([now.sun], np.float32)
            facing = np.clip(cv2.transform(self._land.layers.normal, row), 0, 1)
            # Light also passes through leaves and grass: their dark sides are not black.
            soft = np.minimum(self._land.layers.leaf + self._land.layers.grass * 0.5, 1) * np.float32(0.18)
            facing = facing * (1 - soft) + soft * max(now.sun[2], 0.0)
            deep = 0.35 + 0.65 * self._land.layers.ambient
            self._lit = now.sun, (facing * self._land.sunlit(now.sun) * deep).astype(np.float32)
        return self._lit[1]

    def plates(self, now: Light, weather: Weather, day: float, wet: float) -> Plates:
        """Return the land as the camera codes it."""
        layers = self._land.layers
        albedo = self.albedo(day, weather.snow, wet)
        beta = _spectral(weather.visibility)
        if now.is_infrared:
            return self._by_lamp(albedo, beta)
        ambient = layers.ambient * (0.62 + 0.38 * layers.normal[..., 2])
        kept = cast(Floats, cv2.merge([np.exp(layers.distance * -b) for b in beta]))
        air = (1 - kept) * (now.horizon * np.float32(now.exposure))
        facing = self._facing(now)
        coded = []
        for share in (1.0, SHADE):
            sky, sun = now.ambient * (now.exposure * 0.9), now.direct * (now.exposure * share * 0.5)
            light = cv2.merge(
                [cv2.addWeighted(ambient, float(sky[c]), facing, float(sun[c]), 0) for c in range(3)]
            )
            picture = cv2.multiply(cv2.multiply(albedo, light), kept)
            coded.append(self._finish(cast(Floats, cv2.add(picture, air))))
        return Plates(coded[0], coded[1], beta.astype(np.float32))

    def _by_lamp(self, albedo: Floats, beta: Floats) -> Plates:
        layers = self._land.layers
        # Chlorophyll is bright in the near infra-red: foliage and grass look pale.
        plants = np.clip(layers.leaf + layers.grass + (albedo[..., 1] > albedo[..., 0] * 1.2), 0, 1)
        gray = 0.9 * albedo.mean(axis=2) + 0.20 * plants * layers.tone
        facing = np.clip(-layers.normal[..., 1] * 0.8 + layers.normal[..., 2] * 0.35, 0.05, 1)
        lamp = np.minimum(np.square(LAMP / layers.distance), 4.0) * self._spot()
        kept = np.exp(-layers.distance * float(beta[1]))
        fog = 0.10 * (1 - np.exp(-LAMP * 2 * float(beta[1])))
        picture = gray * (lamp * facing * kept * kept + MOON * layers.ambient * kept) * 1.5 + fog
        coded = self._finish(cast(Floats, np.repeat(picture.astype(np.float32)[..., None], 3, axis=2)))
        return Plates(coded, coded, beta.astype(np.float32))

    def _spot(self) -> Floats:
        """Return the lamps' beam, brightest in the middle of the picture."""
        height, width = self._land.camera.canvas
        row, column = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        return cast(Floats, np.exp(-(row**2 + column**2) * 0.9).astype(np.float32))

    def _finish(self, picture: Floats) -> Pixels:
        """Return the coded picture, as soft and as sharpened as a camera's."""
        soft = blur(picture, 0.55)
        return self.code(cast(Floats, cv2.addWeighted(picture, 0.45, soft, 0.55, 0)))


def _spectral(visibility: float) -> Floats:
    """Return the extinction of red, green and blue [2]. [1/m]"""
    kilometres = visibility / 1000
    power = 0.0 if kilometres < 0.5 else min(1.3, 0.585 * kilometres ** (1 / 3))
    return cast(Floats, (extinction(visibility) * (WAVELENGTHS / 550) ** -power).astype(np.float32))
