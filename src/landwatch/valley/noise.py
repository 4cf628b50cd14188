"""Periodic noise tiles, made once for a seed: 1/f texture, ridges, clouds and tree crowns.

References:
    [1] F. K. Musgrave, "Procedural fractal terrains", in D. S. Ebert et al., "Texturing and
        Modeling: A Procedural Approach", 3rd edition, Morgan Kaufmann, 2003.
    [2] D. J. Field, "Relations between the statistics of natural images and the response
        properties of cortical cells", J. Opt. Soc. Am. A 4, 2379-2394, 1987 (1/f amplitude).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

import cv2
import numpy as np

from landwatch.valley.arrays import Floats, remap

__all__ = ["Tile", "Tiles", "tiles"]

SIZE = 1024
"""Side of the ridge tile. [px]"""

FINE = 512
"""Side of the other tiles. [px]"""

CROWNS = 6500
"""Tree crowns in one crown tile; with a period of 560 m a crown is about 7 m across."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of noise that repeats without a seam."""

    values: Floats
    """(side, side), mean 0 and standard deviation 1 unless said otherwise."""

    def at(self, x: Floats, y: Floats, period: float) -> Floats:
        """Return the noise at `x`, `y`, in which one tile is `period` long (same unit)."""
        scale = np.float32(self.values.shape[0] / period)
        return remap(self.values, x * scale, y * scale)


@dataclass(frozen=True, slots=True)
class Tiles:
    """The noise of one seed."""

    ridge: Tile
    """Ridged multifractal, 0 (valley) to 1 (crest)."""

    fractal: Tile
    """1/f amplitude, for colour."""

    relief: Tile
    """1/f^2 amplitude, for the height of ground, which is smoother."""

    cloud: Tile
    """Softer than 1/f: few fine wisps."""

    crown: Tile
    """Height of a closed canopy: 0 between crowns, 1 at the top of a crown."""

    crown_tint: Tile
    """A number 0..1 for each crown."""

    grain: Tile
    """White noise, slightly blurred as by a demosaic."""


def _spectral(
    rng: np.random.Generator, side: int, power: float, low: float = 1.0, high: float = 1e9
) -> Floats:
    """Return periodic noise with amplitude 1/f^power between `low` and `high` cycles a side."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]) * side
    amplitude = np.where((frequency >= low) & (frequency < high), np.maximum(frequency, 1.0) ** -power, 0.0)
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * amplitude
    noise = np.fft.irfft2(spectrum, s=(side, side))
    return cast(Floats, ((noise - noise.mean()) / noise.std()).astype(np.float32))


def _ridged(rng: np.random.Generator) -> Floats:
    """Return ridged multifractal noise (side, side), 0..1 [1]."""
    total = np.zeros((SIZE, SIZE), np.float32)
    weight = np.ones((SIZE, SIZE), np.float32)
    share = 1.0
    for octave in range(8):
        band = _spectral(rng, SIZE, 0.5, 2.0**octave, 2.0 ** (octave + 1.3))
        crest = np.square(np.clip(1 - np.abs(band) * 0.62, 0, 1))
        total += crest * weight * np.float32(share)
        weight = np.clip(weight * (0.3 + 1.2 * crest), 0, 1)
        share *= 0.43
    total -= total.min()
    return cast(Floats, total / total.max())


def _crowns(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return height and tint of a closed canopy, both (side, side), 0..1."""
    seeds = np.full((FINE, FINE), 255, np.uint8)
    places = rng.integers(0, FINE, (CROWNS, 2))
    seeds[places[:, 0], places[:, 1]] = 0
    wrapped = np.pad(seeds, 16, mode="wrap")
    distance, label = cv2.distanceTransformWithLabels(wrapped, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    inside = (slice(16, -16), slice(16, -16))
    tint = rng.random(int(label.max()) + 1).astype(np.float32)[label[inside]]
    reach = 4.2 * (0.75 + 0.5 * tint)
    height = np.clip(1 - np.square(distance[inside] / reach), 0, 1).astype(np.float32)
    return cast(Floats, height * (0.7 + 0.3 * tint)), tint


@cache
def _base() -> Tiles:
    """Return the noise that all seeds share: it costs the better part of a second."""
    rng = np.random.default_rng(0x7A11E)
    crown, tint = _crowns(rng)
    grain = cv2.GaussianBlur(rng.standard_normal((FINE, FINE)).astype(np.float32), (3, 3), 0.6)
    return Tiles(
        ridge=Tile(_ridged(rng)),
        fractal=Tile(_spectral(rng, FINE, 1.15)),
        relief=Tile(_spectral(rng, FINE, 2.1)),
        cloud=Tile(_spectral(rng, FINE, 1.55)),
        crown=Tile(crown),
        crown_tint=Tile(tint),
        grain=Tile(cast(Floats, (grain / grain.std()).astype(np.float32))),
    )


@lru_cache(maxsize=8)
def tiles(seed: int) -> Tiles:
    """Return the noise of `seed`: the shared tiles, each begun at another place, turned and mirrored."""
    rng = np.random.default_rng([seed, 0x7A11E])
    base = _base()
    moves = {}
    for names in (("ridge",), ("fractal",), ("relief",), ("cloud",), ("crown", "crown_tint"), ("grain",)):
        down, right = (int(n) for n in rng.integers(0, SIZE, 2))
        turns, mirrored = int(rng.integers(0, 4)), bool(rng.integers(0, 2))
        for name in names:
            values = np.rot90(np.roll(getattr(base, name).values, (down, right), axis=(0, 1)), turns)
            moves[name] = Tile(np.ascontiguousarray(values[:, ::-1] if mirrored else values))
    return Tiles(**moves)
