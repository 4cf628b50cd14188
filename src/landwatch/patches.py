"""How far small patches of land lie from their place in another picture, to a fraction of a pixel.

The cross-power spectrum of a patch before and after holds the shift in its phase alone [1]: whatever the
light did to brightness and contrast divides out. Its inverse transform has a peak at the whole-pixel
shift; the patch is cut anew there, and a plane fitted to the phases of the bins that carry structure gives
the rest [2]. How well the phases lie on the plane gives the standard uncertainty of each patch.

References:
    [1] C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", Proc. IEEE Int. Conf. on
        Cybernetics and Society, 163-165, 1975.
    [2] H. S. Stone, M. T. Orchard, E.-C. Chang and S. A. Martucci, "A fast direct Fourier-based algorithm for
        subpixel registration of images", IEEE Trans. Geosci. Remote Sens. 39, 2235-2243, 2001,
        10.1109/36.957286.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from landwatch.types import Pixels

__all__ = ["Found", "Patches", "find", "remember", "shift"]

Array = NDArray[np.float64]

BAND = 0.3
"""Highest frequency that is read; above it there is aliasing, noise and what JPEG left. [cycles/px]"""

FLOOR = 0.1
"""A bin weaker than this share of the patch's mean bin counts for little: its phase is noise. [1]"""

CORRELATED = (1 + 2 * ((2 / 3) ** 2 + (1 / 6) ** 2)) ** 2
"""The Hann window makes neighbouring bins alike (by 2/3 and 1/6), in two dimensions: so many fewer bins are
independent, and the variance is so much greater. [1]"""

STEPS = 3
"""Of the fit of the plane; each starts where the last ended, and the third changes less than 1e-3 px. [1]"""


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Patches of a reference picture."""

    size: int
    """Side of a patch. [px]"""
    places: NDArray[np.int64]
    """(n, 2), x and y of the centres. [px]"""
    spectra: NDArray[np.complex64]
    """(n, size, size / 2 + 1), conjugated."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the patches lie in another picture."""

    offsets: Array
    """(n, 2), to the right and down of where each was sought. [px]"""
    sigmas: Array
    """(n,), standard uncertainty of an offset in either direction. [px]"""
    fits: Array
    """(n,), how well the phases agree with one shift: 1 fully, near 0 by chance, 0 outside. [1]"""


def shift(earlier: NDArray[np.float32], now: NDArray[np.float32]) -> tuple[float, float, float]:
    """Return how far one whole picture lies to the right and down of another [px], and how sure that is [1].

    The peak is OpenCV's, a centroid of five by five. It adds rows and columns until the transform is fast;
    where their number is odd then, its middle is half a pixel off: so an even number is given.
    """
    height, width = earlier.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    tall, wide = _even(height), _even(width)
    one, other = (
        cv2.copyMakeBorder(plane * window, 0, tall - height, 0, wide - width, cv2.BORDER_CONSTANT)
        for plane in (earlier, now)
    )
    (right, down), response = cv2.phaseCorrelate(one, other)
    return float(right), float(down), float(response)


def _even(size: int) -> int:
    """Return the next even size whose transform is fast."""
    fast = cv2.getOptimalDFTSize(size)
    return fast if fast % 2 == 0 else _even(fast + 1)


def remember(plane: Pixels, places: NDArray[np.int64], size: int) -> Patches:
    """Return patches of `plane` (height, width) [0-255] around `places`, which lie `size` / 2 inside."""
    tiles, _ = _cut(plane, places, size)
    return Patches(size=size, places=places, spectra=np.conj(_spectra(tiles)))


def find(known: Patches, plane: Pixels, sought: Array, linear: Array | None = None) -> Found:
    """Return where the patches lie in `plane`.

    Args:
        plane: (height, width) [0-255].
        sought: (n, 2), x and y where each patch's centre is expected; it may lie half its size away. [px]
        linear: (n, 2, 2), how each patch is turned and stretched there; not at all where None. Offsets are
            in the reference's directions then.
    """
    if not len(known.places):
        return Found(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    whole = np.rint(sought).astype(np.int64) if linear is None else None

    def cut(
        chosen: NDArray[np.intp], moved: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        if whole is not None:
            return _cut(plane, whole[chosen] + moved, known.size)
        assert linear is not None
        places = sought[chosen] + np.einsum("nij,nj->ni", linear[chosen], moved)
        return _bent(plane, places, known.size, linear[chosen])

    every = np.arange(len(sought))
    tiles, inside = cut(every, np.zeros((len(sought), 2), np.int64))
    coarse, part = _peaks(_whitened(_spectra(tiles) * known.spectra))
    far = np.flatnonzero((coarse != 0).any(axis=1))
    if len(far):
        # Where the patch came from far its neighbours fill the window too: cut it where it lies now.
        tiles[far], there = cut(far, coarse[far])
        inside[far] &= there
    # A window that stays behind while the land moves by a part of a px would hold it back, by a tenth of that
    # where the land is smooth and the patch small: it moves along.
    cross = _whitened(_spectra(tiles, part) * known.spectra)
    rest, sigmas, fits = _planes(cross, known.size)
    offsets = coarse + rest
    if whole is not None:
        offsets += whole - sought
    # The rest is a fraction of a pixel by construction; one that is not found no plane.
    good = inside & (np.abs(rest) < 1.5).all(axis=1)
    return Found(offsets, sigmas, np.where(good, fits, 0.0))


def _cut(
    plane: Pixels, places: NDArray[np.int64], size: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the patches around whole places, and which of them lie inside the picture."""
    height, width = plane.shape
    corners = places - size // 2
    most = np.array([width - size, height - size])
    inside = ((corners >= 0) & (corners <= most)).all(axis=1)
    held = np.clip(corners, 0, np.maximum(most, 0))
    windows = np.lib.stride_tricks.sliding_window_view(plane, (size, size))
    return windows[held[:, 1], held[:, 0]].astype(np.float32), np.asarray(inside)


def _bent(
    plane: Pixels, places: Array, size: int, linear: Array | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the patches around any places, turned and stretched back, and which lie inside the picture."""
    assert linear is not None
    height, width = plane.shape
    steps = np.arange(size) - size // 2
    across, down = np.meshgrid(steps, steps)
    spots = np.einsum("nij,jyx->nyxi", linear, np.stack([across, down])) + places[:, None, None]
    spots = spots.astype(np.float32)
    tall = spots.reshape(-1, size, 2)
    tiles = np.empty((len(places), size, size), np.float32)
    source = np.ascontiguousarray(plane)
    for index, spot in enumerate(tall.reshape(len(places), size, size, 2)):
        tiles[index] = cv2.remap(source, spot[..., 0], spot[..., 1], cv2.INTER_LINEAR)
    inside = (spots >= 0).all(axis=(1, 2, 3)) & (spots <= (width - 1, height - 1)).all(axis=(1, 2, 3))
    return tiles, np.asarray(inside)


@cache
def _bins(size: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the angular frequencies (bins, 2) [rad/px] of the band, and where the bins are."""
    down, across = np.meshgrid(fft.fftfreq(size), fft.rfftfreq(size), indexing="ij")
    # Column 0 holds each frequency twice; one of the two is enough.
    band = (np.hypot(down, across) <= BAND) & ((across > 0) | (down > 0))
    angular = 2 * np.pi * np.stack([across[band], down[band]], axis=1)
    return angular.astype(np.float32), np.flatnonzero(band)


def _spectra(tiles: NDArray[np.float32], moved: Array | None = None) -> NDArray[np.complex64]:
    """Return the spectra of patches in a Hann window, `moved` (n, 2) from their middle. [px]"""
    size = tiles.shape[1]
    shift = np.zeros((1, 2)) if moved is None else moved
    place = (np.arange(size) - (size - 1) / 2 - shift[:, :, None]) / size
    across, down = np.moveaxis(np.cos(np.pi * np.clip(place, -0.5, 0.5)) ** 2, 1, 0).astype(np.float32)
    window = down[:, :, None] * across[:, None, :]
    level = (tiles * window).sum(axis=(1, 2), keepdims=True) / window.sum(axis=(1, 2), keepdims=True)
    return np.asarray(fft.rfft2((tiles - level) * window), np.complex64)


def _whitened(cross: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Return the spectrum with each bin's power near 1, less where it is weak; nothing outside the band."""
    size = cross.shape[1]
    _, band = _bins(size)
    flat = cross.reshape(len(cross), -1)[:, band]
    power = np.abs(flat)
    white = np.zeros((len(cross), size * (size // 2 + 1)), np.complex64)
    white[:, band] = flat / (power + FLOOR * power.mean(axis=1, keepdims=True) + 1e-6)
    return white.reshape(cross.shape)


def _peaks(cross: NDArray[np.complex64]) -> tuple[NDArray[np.int64], Array]:
    """Return the whole-pixel shifts (n, 2), and by a parabola what is beyond them (n, 2). [px]"""
    number, size = len(cross), cross.shape[1]
    surface = fft.irfft2(cross, s=(size, size))
    rows, columns = np.divmod(surface.reshape(number, -1).argmax(axis=1), size)
    index = np.arange(number)
    middle = surface[index, rows, columns]
    parts = []
    for low, high in (
        (surface[index, rows, columns - 1], surface[index, rows, (columns + 1) % size]),
        (surface[index, rows - 1, columns], surface[index, (rows + 1) % size, columns]),
    ):
        curve = np.maximum(2 * middle - low - high, 1e-9)
        parts.append(np.clip((high - low) / (2 * curve), -0.5, 0.5))
    shifts = np.stack([columns, rows], axis=1)
    whole = np.where(shifts > size // 2, shifts - size, shifts).astype(np.int64)
    return whole, np.stack(parts, axis=1).astype(np.float64)


def _planes(cross: NDArray[np.complex64], size: int) -> tuple[Array, Array, Array]:
    """Return the sub-pixel shifts (n, 2), their standard uncertainties (n,) and the fits (n,)."""
    angular, band = _bins(size)
    values = cross.reshape(len(cross), -1)[:, band]
    power = np.abs(values)
    total = power.sum(axis=1) + 1e-9
    shift = np.zeros((len(cross), 2))
    squares = np.stack([angular[:, 0] ** 2, angular[:, 0] * angular[:, 1], angular[:, 1] ** 2], axis=1)
    normal = power @ squares + 1e-9
    det = normal[:, 0] * normal[:, 2] - normal[:, 1] ** 2 + 1e-12
    for _ in range(STEPS):
        turned = values * np.exp(1j * (shift.astype(np.float32) @ angular.T))
        real, imag = turned.real, turned.imag
        # The sine of what is left pulls; bins whose phase is off by more than a quarter turn pull less.
        pull = -(imag @ angular)
        fits = real.sum(axis=1) / total
        gain = det * np.maximum(fits, 0.2)
        shift[:, 0] += (normal[:, 2] * pull[:, 0] - normal[:, 1] * pull[:, 1]) / gain
        shift[:, 1] += (normal[:, 0] * pull[:, 1] - normal[:, 1] * pull[:, 0]) / gain
    # Sandwich: the pull of each bin, squared, through the curvature.
    meat = (imag**2) @ squares
    trace = np.sqrt(meat[:, 0] * meat[:, 2])
    curve = np.sqrt(np.maximum(det, 1e-12)) * np.maximum(fits, 0.05)
    sigmas = np.sqrt(CORRELATED * trace) / curve
    return shift, sigmas.astype(np.float64), fits.astype(np.float64)
