"""The weather of a moment, and what falls before the lens.

References:
    [1] H. Koschmieder, "Theorie der horizontalen Sichtweite", Beitr. Phys. freien Atm. 12, 33-55, 1924.
    [2] WMO-No. 8, "Guide to Instruments and Methods of Observation", chapter 9: the meteorological
        optical range is the path over which light falls to 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sin
from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Pixels
from landwatch.valley.schedule import Schedule

__all__ = ["Particles", "Weather", "extinction", "weather"]

CONTRAST = 0.05
"""Share of light left at the meteorological optical range [2]. [1]"""

ROUND = 0.03
"""Visibility is kept in steps of 3 % so that a picture of the land can be used again. [1]"""


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather of one moment."""

    visibility: float
    """Meteorological optical range. [m]"""

    clouds: float
    """Share of the sky under cloud. [1]"""

    overcast: float
    """How closed the cloud cover is, 0..1: from nine tenths of cloud on there is no sun. [1]"""

    murk: float
    """How much of a far view is air and not land, 0..1. [1]"""

    snow: float
    """Share of the land under snow. [1]"""

    rain: float
    snowfall: float
    """0 to 1."""

    level: float
    """River above the zero of its gauge. [m]"""


def extinction(visibility: float) -> float:
    """Return the extinction at 550 nm of air with this meteorological optical range [m]. [1/m]"""
    return -log(CONTRAST) / visibility


def weather(schedule: Schedule, moment: datetime) -> Weather:
    """Return the weather at `moment`."""
    rain = schedule.amount("rain", moment)
    snowfall = schedule.amount("snowfall", moment)
    logs = log(schedule.visibility)
    for episode in schedule.of("fog", moment):
        logs = min(
            logs,
            log(schedule.visibility) + episode.share(moment) * log(episode.strength / schedule.visibility),
        )
    if rain > 0:
        logs = min(logs, log(6500 / rain))
    if snowfall > 0:
        logs = min(logs, log(2200 / snowfall))
    visibility = exp(round(logs / ROUND) * ROUND)
    thick = min(1.0, max(rain, snowfall) * 4, 1.0)
    murk = min(1.0, max(0.0, (log(9000) - logs) / 2.0))
    clouds = max(schedule.clouds, schedule.amount("overcast", moment), thick, murk)
    overcast = round(min(1.0, max(0.0, (clouds - 0.62) / 0.28)) * 50) / 50
    hours = moment.timestamp() / 3600
    swell = 0.02 * sin(hours / 3.1) + 0.008 * sin(hours * 2.3)
    return Weather(
        visibility=visibility,
        clouds=clouds,
        overcast=overcast,
        murk=round(murk * 50) / 50,
        snow=min(1.0, schedule.amount("snow", moment)),
        rain=rain,
        snowfall=snowfall,
        level=schedule.level + swell + schedule.amount("river", moment),
    )


class Particles:
    """Flakes and drops near the lens, drawn once and shown at a place that the moment chooses."""

    def __init__(self, size: tuple[int, int], seed: int) -> None:
        self._size = size
        rng = np.random.default_rng([seed, 77])
        height, width = size
        self._span = (int(height * 1.5), int(width * 1.5))
        scale = width / 1000
        self._flakes = tuple(
            self._scatter(rng, int(count), radius * scale, length * scale, blurred * scale)
            for count, radius, length, blurred in (
                (5200, 0.7, 1.5, 0.35),
                (900, 1.5, 4.0, 0.8),
                (80, 4.0, 9.0, 2.6),
            )
        )
        self._drops = tuple(
            self._scatter(rng, int(count), radius * scale, length * scale, blurred * scale)
            for count, radius, length, blurred in ((2600, 0.35, 14.0, 0.4), (420, 0.6, 34.0, 0.7))
        )

    def _scatter(
        self, rng: np.random.Generator, count: int, radius: float, length: float, blurred: float
    ) -> Pixels:
        """Return streaks as coverage [0-255]."""
        field = np.zeros(self._span, np.uint8)
        slant = rng.normal(0.12, 0.05, count)
        thickness = max(round(radius * 2), 1)
        dim = min(1.0, radius * 2)
        for x, y, lean in zip(
            rng.uniform(0, self._span[1], count), rng.uniform(0, self._span[0], count), slant, strict=True
        ):
            half = length * rng.uniform(0.3, 1.0) / 2
            start = (round((x - lean * half) * 16), round((y - half) * 16))
            end = (round((x + lean * half) * 16), round((y + half) * 16))
            cv2.line(field, start, end, int(255 * dim * rng.uniform(0.5, 1)), thickness, cv2.LINE_AA, 4)
        return cast(Pixels, cv2.GaussianBlur(field, (0, 0), max(blurred, 0.3)))

    def fall(self, picture: Pixels, now: Weather, rng: np.random.Generator, brightness: float) -> Pixels:
        """Return the picture with what falls; `brightness` [0-255] is the code of a lit flake."""
        for amount, layers, strength in ((now.snowfall, self._flakes, 0.92), (now.rain, self._drops, 0.34)):
            if amount <= 0:
                continue
            for layer in layers:
                top = int(rng.integers(0, self._span[0] - self._size[0]))
                left = int(rng.integers(0, self._span[1] - self._size[1]))
                cover = layer[top : top + self._size[0], left : left + self._size[1]]
                share = cover * np.float32(strength * (0.3 + 0.7 * amount) / 255)
                tone = np.full_like(picture, round(brightness))
                picture = cast(Pixels, cv2.blendLinear(tone, picture, share, 1 - share))
        return picture
