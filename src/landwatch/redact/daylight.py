"""The light and noise in which removal was measured; beyond them pictures are withheld.

References:
    [1] J. Immerkaer, "Fast noise variance estimation", Comput. Vis. Image Underst. 64, 300-302, 1996,
        10.1006/cviu.1996.0060 (a mask that ends planes and edges, here with a median in place of the mean).
"""

from __future__ import annotations

import cv2
import numpy as np

from landwatch.errors import RedactError
from landwatch.types import Pixels

__all__ = ["DARK", "NOISE", "prove", "state"]

DARK = 40.0
"""Level that a tenth of the picture must exceed. By day it is above 110, under infra-red lamps too. People
of 60 px and more were still covered at 23; smaller ones were not tried (docs/removal.md). [0-255]"""

NOISE = 16.0
"""Standard deviation of the noise that a picture may have, up to which people of 60 px and more were covered.
By day it is below 5, leaves included. [0-255]"""

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


def prove(pixels: Pixels) -> None:
    """Raise a RedactError with reason "night" or "noise" for a picture beyond the proven range."""
    level, noise = state(pixels)
    if level < DARK:
        raise RedactError(
            f"too dark: nine tenths are below level {level:.0f}", reason="night", light=(level, noise)
        )
    if noise > NOISE:
        raise RedactError(f"too noisy: deviation {noise:.1f} levels", reason="noise", light=(level, noise))
