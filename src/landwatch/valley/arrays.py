"""Small typed array operations that the rendering shares."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

__all__ = [
    "Floats",
    "Pixels",
    "blur",
    "look_up",
    "ramp",
    "remap",
    "resize",
    "single",
    "smoothstep",
    "srgb_decode",
    "srgb_table",
]

Floats = npt.NDArray[np.float32]
"""Any float32 array; each function states axes, range and unit."""

Pixels = npt.NDArray[np.uint8]
"""Any uint8 array; pictures are (height, width, 3), sRGB [0-255]."""


def single(array: npt.ArrayLike) -> Floats:
    """Return `array` as float32."""
    return np.asarray(array, dtype=np.float32)


def smoothstep(value: npt.NDArray[np.floating[Any]], low: float, high: float) -> Floats:
    """Return 0 below `low`, 1 above `high` and a smooth cubic between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32, copy=False)
    return cast(Floats, share * share * (3 - 2 * share))


def ramp(value: float, low: float, high: float) -> float:
    """Return `smoothstep` of one number."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def blur(array: Floats, sigma: float) -> Floats:
    """Return `array` blurred by a Gaussian of `sigma` px."""
    return cast(Floats, cv2.GaussianBlur(array, (0, 0), sigma))


def resize(array: Floats, size: tuple[int, int]) -> Floats:
    """Return `array` resampled to `size` (height, width) by linear interpolation."""
    return cast(Floats, cv2.resize(array, (size[1], size[0]), interpolation=cv2.INTER_LINEAR))


def remap(array: Floats, columns: Floats, rows: Floats) -> Floats:
    """Return `array` read at (rows, columns), which wrap around, by linear interpolation."""
    height, width = array.shape[:2]
    # Not numpy.mod, which takes five times as long as the interpolation.
    columns = columns - np.floor(columns * np.float32(1 / width)) * np.float32(width)
    rows = rows - np.floor(rows * np.float32(1 / height)) * np.float32(height)
    return cast(
        Floats,
        cv2.remap(
            array,
            columns.astype(np.float32, copy=False),
            rows.astype(np.float32, copy=False),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        ),
    )


def look_up(array: npt.NDArray[np.uint16], table: Pixels) -> Pixels:
    """Return the entry of `table` (65536) for each value of `array`."""
    return cast(Pixels, cv2.LUT(array, table))


def srgb_table() -> Pixels:
    """Return the sRGB code of each linear light value 0..65535 (IEC 61966-2-1)."""
    light = np.arange(65536, dtype=np.float64) / 65535
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return cast(Pixels, np.rint(code * 255).astype(np.uint8))


def srgb_decode(code: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Return linear light [0-1] of sRGB codes [0-255]."""
    share = np.asarray(code, dtype=np.float64) / 255
    light: npt.NDArray[np.float64] = np.where(
        share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4
    )
    return light
