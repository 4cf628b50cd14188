"""The light and noise in which removal was measured: beyond them pictures are withheld or dark parts filled.

References:
    [1] J. Immerkaer, "Fast noise variance estimation", Comput. Vis. Image Underst. 64, 300-302, 1996,
        10.1006/cviu.1996.0060 (a mask that ends planes and edges, here with a median in place of the mean).
"""

from __future__ import annotations

import cv2
import numpy as np

from landwatch.errors import RedactError
from landwatch.types import Pixels

__all__ = ["DARK", "NOISE", "NOISE_GRAY", "prove", "state", "unlit"]

DARK = 40.0
"""Level that a tenth of the picture must exceed. By day it is above 110, by infra-red lamps too. [0-255]"""

NOISE = 16.0
"""Standard deviation of the noise that a picture may have, up to which people of 60 px and more were covered.
By day it is below 5, leaves included. [0-255]"""

GRAY = 4
"""Greatest difference of the channels that nine tenths of a picture without colour have: night by infra-red
lamps or raised gain, or a camera without colour. Land in colour has 19 and more. [0-255]"""

NOISE_GRAY = 4.0
"""As `NOISE`, without colour: up to here people of 15-42 px were covered too, beyond, where it is dim, they
were not (docs/removal.md). [0-255]"""

UNLIT = 32.0
"""Mean level of a block, without colour, below which people were missed: it is beyond the reach of the lamps,
and nobody can say who is there. [0-255]"""

BLOCK = 32
"""Side of those blocks. [px]"""

STRIDE = 4
"""Every so many rows are read: 270 of 1080 tell the same. [px]"""

RESPONSE = 6.0
"""Deviation of the second difference along both axes for white noise of deviation 1 [1]."""

MEDIAN = 0.6745
"""Median of the absolute value of a normal variable of deviation 1."""


def state(pixels: Pixels) -> tuple[float, float]:
    """Return the level that a tenth of the picture exceeds, and the deviation of its noise. [0-255]"""
    height = pixels.shape[0]
    bands = [pixels[top : top + 3] for top in range(0, max(1, height - 2), 3 * STRIDE)]
    gray = np.stack([cv2.cvtColor(band, cv2.COLOR_RGB2GRAY) for band in bands if band.shape[0] == 3])
    level = float(np.quantile(gray[:, 1, ::2], 0.9))
    rows = gray.astype(np.float32)
    across = rows[:, 0] - 2 * rows[:, 1] + rows[:, 2]
    response = across[:, :-2] - 2 * across[:, 1:-1] + across[:, 2:]
    return level, float(np.median(np.abs(response))) / (RESPONSE * MEDIAN)


def _is_gray(pixels: Pixels) -> bool:
    """Return whether a picture shows no colour."""
    few = pixels[:: 4 * STRIDE, :: 4 * STRIDE]
    return float(np.quantile(few.max(axis=2) - few.min(axis=2), 0.9)) <= GRAY


def unlit(pixels: Pixels) -> Pixels:
    """Return a mask (height, width), 255 where a picture without colour is too dark to tell who is in it."""
    height, width = pixels.shape[:2]
    if not _is_gray(pixels):
        return np.zeros((height, width), np.uint8)
    gray = np.ascontiguousarray(pixels[::STRIDE, ::STRIDE, 1])
    size = (max(1, round(width / BLOCK)), max(1, round(height / BLOCK)))
    means = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    dark = np.where(means < UNLIT, 255, 0).astype(np.uint8)
    return np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def prove(pixels: Pixels) -> None:
    """Raise a RedactError with reason "night" or "noise" for a picture beyond the proven range."""
    level, noise = state(pixels)
    if level < DARK:
        raise RedactError(
            f"too dark: nine tenths are below level {level:.0f}", reason="night", light=(level, noise)
        )
    if noise > (NOISE_GRAY if _is_gray(pixels) else NOISE):
        raise RedactError(f"too noisy: deviation {noise:.1f} levels", reason="noise", light=(level, noise))
