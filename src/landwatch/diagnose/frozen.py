"""A frozen camera: the same picture again although time moved on.

Two pictures of real land are never equal: sensor noise alone changes most of the pixels that show texture.
A burned-in clock that runs on over a frozen picture changes a few blocks; the others stay equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, unknown
from landwatch.past import Past
from landwatch.types import Picture, Pixels

UNIT = "s"

ACROSS = 240
"""Pixels compared in a row at least, evenly picked: noise of picked pixels is not averaged away. [1]"""

BLOCK = 8
"""Compared pixels a side of a block. [1]"""

TEXTURE = 2.5
"""Standard deviation above which a block shows texture, so that equality means something. [0-255]"""

EQUAL = 0.25
"""Mean difference at or below which a block is equal; a stream that codes a frozen picture anew stays
below it, noise of the quietest real cameras in textured blocks above 0.6. [0-255]"""

LEAST_BLOCKS = 24
"""With fewer textured blocks (night, dense fog) nothing can be said. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When a picture counts as the same again."""

    share: float = 0.85
    """Of the textured blocks that must be equal; the rest may be a running clock. [1]"""
    pictures: int = 3
    """Equal pictures in a row that make it bad; one fewer is doubtful. [1]"""


@dataclass(slots=True)
class _Note:
    samples: Pixels | None = None
    removed: Pixels | None = None
    taken: datetime | None = None
    first: datetime | None = None
    equal: int = 1


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return for how long the picture has not changed [s]."""
    note = past.note("diagnose.frozen", _Note)
    step = max(1, picture.width // ACROSS)
    samples = np.ascontiguousarray(picture.pixels[::step, ::step, 1])
    removed = None
    if cv2.hasNonZero((past.present or past.begin(picture)).removed):
        removed = np.ascontiguousarray(picture.removal.mask[::step, ::step])
    earlier, gone, taken = note.samples, note.removed, note.taken
    if taken is not None and picture.taken <= taken:
        return unknown("time has not moved on since the picture before")
    note.samples, note.removed, note.taken = samples, removed, picture.taken
    if earlier is None or earlier.shape != samples.shape:
        note.first, note.equal = picture.taken, 1
        return unknown("the first picture")
    share = _equal_share(samples, earlier, [mask for mask in (removed, gone) if mask is not None])
    if share is None:
        note.first, note.equal = picture.taken, 1
        return unknown("too little texture to tell")
    if share < settings.share:
        note.first, note.equal = picture.taken, 1
        return Look(value=0.0, state="good")
    note.equal += 1
    lasting = (picture.taken - (note.first or picture.taken)).total_seconds()
    if note.equal < settings.pictures - 1:
        return Look(value=lasting, state="good")
    return Look(
        value=lasting,
        state="bad" if note.equal >= settings.pictures else "doubtful",
        detail=f"{note.equal} equal pictures in a row, for {lasting:.0f} s",
    )


def _equal_share(now: Pixels, then: Pixels, removed: list[Pixels]) -> float | None:
    """Return the share of textured blocks that are equal; None if too few show texture."""
    rows, columns = now.shape[0] // BLOCK, now.shape[1] // BLOCK
    if rows * columns < LEAST_BLOCKS:
        return None
    area = (slice(0, rows * BLOCK), slice(0, columns * BLOCK))
    equal = _means(cv2.absdiff(now[area], then[area])) <= EQUAL
    if np.count_nonzero(equal) < LEAST_BLOCKS / 2:
        return 0.0  # whatever shows texture, it is not the same again
    values = now[area].astype(np.float32)
    textured = _means(values * values) - _means(values) ** 2 > TEXTURE**2
    for mask in removed:
        textured &= _means(mask[area]) == 0
    count = int(np.count_nonzero(textured))
    if count < LEAST_BLOCKS:
        return None
    return float(np.count_nonzero(equal & textured)) / count


def _means(plane: NDArray[Any]) -> NDArray[np.float32]:
    """Return the mean of each block."""
    size = (plane.shape[1] // BLOCK, plane.shape[0] // BLOCK)
    return np.asarray(cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
