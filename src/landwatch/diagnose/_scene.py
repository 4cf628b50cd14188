"""What the checks share: levels, colour and structure of the picture, beside what is usual for the camera.

The small copy is cut into blocks. Each has a contrast (of what is finer than a block), a mean, and a
likeness: the correlation of its fine structure with the reference. The reference is a slow mean of pictures
in which no check saw a fault, so it follows season and sun but not a broken camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.past import Past, Small
from landwatch.sun import Light, light
from landwatch.types import Picture, Pixels

__all__ = [
    "LEAST_BLOCKS",
    "Bands",
    "Plane",
    "Reference",
    "Scene",
    "bands",
    "fine",
    "is_foggy",
    "likeness",
    "scene",
    "structure_of",
]

Plane = NDArray[np.float32]

BLOCK = 16
"""Side of a block. [px of the small copy]"""

LEAST_BLOCKS = 12
"""With fewer textured blocks nothing can be said of structure. [1]"""

TEXTURE = 3.0
"""Contrast above which a block of the reference has structure. [0-255]"""

LASTING = 0.6
"""Share of a block's contrast that is left in the mean of pictures where the structure is land's and lasts;
of clouds less is left. [1]"""

DROWNED = 8.0
"""Mean below which a block shows nothing because it is dark. [0-255]"""

BURNT = 240.0
"""Mean above which a block shows nothing because it is burnt. [0-255]"""

COLOURLESS = 1.5
"""Mean difference of red and blue below which a picture has no colour. [0-255]"""

FOGGED = 0.2
"""Share of the textured blocks that fog hides at least. [1]"""

PALE = 80.0
"""Mean above which a hidden block may be fog. [0-255]"""

EVEN = 15.0
"""Spread of the hidden blocks' means below which they may be fog. [0-255]"""

NEUTRAL = 15.0
"""Mean difference of red and blue below which hidden blocks may be fog. [0-255]"""

BANDS = 8
"""Bands of rows that are looked at in full resolution. [1]"""

BAND_ROWS = 16
"""Rows in a band. [px]"""

LEARN = 4
"""Pictures that make a reference. [1]"""

FOLLOW = 0.1
"""Share of a new good picture in the reference. [1]"""

SPACING = timedelta(seconds=60)
"""Least time between pictures that are folded in, once there is a reference."""

STALE = timedelta(hours=2)
"""After so long without a good picture by day, shadows lie elsewhere: likeness is not trusted at once."""

DUSK = timedelta(minutes=3)
"""Dusk takes longer than this from a bright picture to a dark one: it halves the light in about three
minutes, and the camera holds against it. A fault does not take so long."""

BRIGHT = 80.0
"""Mean luma of a picture that is surely taken by day. [0-255]"""

NIGHTFALL = timedelta(hours=8)
"""After so long in the dark nobody can say that it is day still."""

WEATHER = frozenset({"lateness", "flicker"})
"""Checks whose doubt does not keep a picture out of the reference."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Rows of a picture at full resolution, spread over its height: enough for sharpness and noise."""

    small: Small
    """Of the picture that they are cut from."""
    green: Pixels
    """(rows, width), one band under the other. [0-255]"""
    removed: Pixels | None
    """(rows, width), 255 where removed; None where nothing is."""
    rows: int
    """Of one band. [px]"""


@dataclass(slots=True)
class Reference:
    """What is usual for one camera by day."""

    taken: datetime
    count: int
    gray: Plane
    """(height, width), luma [0-255]."""
    contrast: Plane
    """Of each block. [0-255]"""
    mean: Plane
    """Of each block. [0-255]"""
    colour: Plane
    """(rows, columns, 3), mean of each block's channels. [0-255]"""
    chroma: float
    """Mean difference of red and blue. [0-255]"""
    low: float
    """Luma that one pixel in a hundred lies below. [0-255]"""
    is_stale: bool = False
    fine: Plane | None = None
    """Structure of `gray`; None when that has changed since."""


@dataclass(slots=True)
class Scene:
    """One picture as the checks see it."""

    small: Small
    light: Light
    mean: float
    """Luma without the removed part. [0-255]"""
    low: float
    """Luma that one pixel in a hundred lies below. [0-255]"""
    high: float
    """Luma that one pixel in a hundred lies above. [0-255]"""
    chroma: float
    """Mean difference of red and blue. [0-255]"""
    histogram: NDArray[np.float32]
    """Pixels at each luma, without the removed part."""
    kept: NDArray[np.bool_]
    """Blocks of which nothing was removed."""
    contrast: Plane
    means: Plane
    colour: Plane
    fine: Plane
    """Structure finer than a block, of the whole small copy. [0-255]"""
    usual: Reference | None
    """None until there is a reference, and after a change of the picture's size."""
    likeness: Plane | None
    """Correlation of each block with the reference [-1-1]; None without a reference."""
    lasting: Plane
    """Contrast of each block of the reference itself; 0 without one. [0-255]"""

    @property
    def lit(self) -> NDArray[np.bool_]:
        """Blocks that are neither burnt nor drowned, so that a lack of detail means something."""
        return np.asarray((self.means > DROWNED) & (self.means < BURNT), np.bool_)

    @property
    def textured(self) -> NDArray[np.bool_]:
        """Blocks that have structure in the reference and were not removed."""
        if self.usual is None:
            return np.zeros(self.kept.shape, np.bool_)
        lasts = self.lasting > np.maximum(TEXTURE, LASTING * self.usual.contrast)
        lasts[[0, -1]] = False  # captions and clocks, which fit whatever the land does
        return np.asarray(lasts & self.kept, np.bool_)


@dataclass(slots=True)
class _Note:
    reference: Reference | None = None
    scene: Scene | None = None
    bands: Bands | None = None
    bright: datetime | None = None
    """When a picture was bright last."""
    has_fallen: bool = False
    """Whether it went dark faster than dusk, and has not been bright since."""


def scene(picture: Picture, past: Past) -> Scene:
    """Return the picture as the checks see it; worked out once a picture."""
    small = past.present or past.begin(picture)
    note = past.note("diagnose._scene", _Note)
    if note.scene is not None and note.scene.small is small:
        return note.scene
    if note.scene is not None:
        _fold(note, past)
    note.scene = _look_at(small, past, note)
    if note.scene.mean > BRIGHT:
        note.bright, note.has_fallen = small.taken, False
    return note.scene


def bands(picture: Picture, past: Past) -> Bands:
    """Return some rows of the picture at full resolution; cut out once a picture."""
    note = past.note("diagnose._scene", _Note)
    small = past.present or past.begin(picture)
    if note.bands is None or note.bands.small is not small:
        rows = min(BAND_ROWS, picture.height)
        tops = sorted(
            {
                min(picture.height - rows, int((index + 0.5) * picture.height / BANDS)) // 2 * 2
                for index in range(BANDS)
            }
        )
        green = [cv2.extractChannel(picture.pixels[top : top + rows], 1) for top in tops]
        removed = [picture.removal.mask[top : top + rows] for top in tops]
        note.bands = Bands(
            small=small,
            green=np.asarray(np.concatenate(green), np.uint8),
            removed=np.concatenate(removed) if any(part.any() for part in removed) else None,
            rows=rows,
        )
    return note.bands


def is_foggy(seen: Scene) -> bool:
    """Return whether much of the land has vanished in something even, pale and grey."""
    if seen.usual is None or seen.likeness is None:
        return False
    hidden = (seen.likeness < 0.25) & seen.textured & (seen.contrast < 0.5 * seen.usual.contrast)
    if np.count_nonzero(hidden) < FOGGED * np.count_nonzero(seen.textured) or not hidden.any():
        return False
    means, colour = seen.means[hidden], seen.colour[hidden]
    is_pale = float(means.mean()) > PALE and float(means.std()) < EVEN
    return is_pale and float(np.abs(colour[:, 0] - colour[:, 2]).mean()) < NEUTRAL


def _look_at(small: Small, past: Past, note: _Note) -> Scene:
    keep = cv2.bitwise_not(small.removed)
    if not cv2.countNonZero(keep):
        keep = np.full_like(small.removed, 255)
    histogram = np.asarray(cv2.calcHist([small.gray], [0], keep, [256], [0, 256]), np.float32).ravel()
    total = float(histogram.sum())
    counts = np.cumsum(histogram)
    mean = float(histogram @ np.arange(256)) / total
    rows, columns = max(1, small.gray.shape[0] // BLOCK), max(1, small.gray.shape[1] // BLOCK)
    area = (slice(0, rows * BLOCK), slice(0, columns * BLOCK))
    gray = small.gray[area]
    structure = fine(gray)
    contrast = np.sqrt(_blocks(structure * structure, rows, columns))
    colour = cv2.resize(small.pixels[area], (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    removed = cv2.resize(small.removed[area], (columns, rows), interpolation=cv2.INTER_AREA)
    usual = note.reference
    if usual is not None and (usual.gray.shape != gray.shape or usual.count < LEARN):
        usual = None
    if usual is not None and small.taken - usual.taken > STALE:
        usual.is_stale = True
    lasting = np.zeros((rows, columns), np.float32)
    known = None
    if usual is not None:
        known = structure_of(usual)
        lasting = np.sqrt(_blocks(known * known, rows, columns))
    return Scene(
        small=small,
        light=_light(small, past, mean, note),
        mean=mean,
        low=float(np.searchsorted(counts, 0.01 * total)),
        high=float(np.searchsorted(counts, 0.99 * total)),
        chroma=float(cv2.mean(cv2.absdiff(colour[..., 0], colour[..., 2]))[0]),
        histogram=histogram,
        kept=np.asarray(removed == 0, np.bool_).reshape(rows, columns),
        contrast=contrast.reshape(rows, columns),
        means=_blocks(gray.astype(np.float32), rows, columns),
        colour=colour.reshape(rows, columns, 3),
        fine=structure,
        usual=usual,
        likeness=None if known is None else likeness(structure, known),
        lasting=lasting,
    )


def _light(small: Small, past: Past, mean: float, note: _Note) -> Light:
    """Return the light; a picture that goes dark faster than dusk is "dark", not "night"."""
    lit = light(small, past.place)
    if lit == "night" and past.place is None and mean < BRIGHT and note.bright is not None:
        since = small.taken - note.bright
        note.has_fallen = (note.has_fallen or since < DUSK) and since < NIGHTFALL
        return "dark" if note.has_fallen else "night"
    return lit


def fine(gray: Plane | Pixels) -> Plane:
    """Return the structure of a picture that is finer than a block. [0-255]"""
    coarse = cv2.blur(gray, (BLOCK - 1, BLOCK - 1))
    return np.asarray(cv2.subtract(gray, coarse, dtype=cv2.CV_32F), np.float32)


def structure_of(usual: Reference) -> Plane:
    """Return the fine structure of a reference, worked out once for each state of it. [0-255]"""
    if usual.fine is None:
        usual.fine = fine(usual.gray)
    return usual.fine


def likeness(one: Plane, other: Plane) -> Plane:
    """Return the correlation of each block of two structures; 0 where one of them is flat."""
    rows, columns = one.shape[0] // BLOCK, one.shape[1] // BLOCK
    product = _blocks(one * other, rows, columns)
    energy = _blocks(one * one, rows, columns) * _blocks(other * other, rows, columns)
    return np.asarray(product / np.sqrt(energy + 0.25), np.float32)


def _blocks(plane: Plane, rows: int, columns: int) -> Plane:
    mean = cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32).reshape(rows, columns)


def _fold(note: _Note, past: Past) -> None:
    """Fold the picture before into the reference, if it was taken by day and no check saw a fault in it."""
    seen, usual = note.scene, note.reference
    assert seen is not None
    ill = any(f.state in ("doubtful", "bad") for name, f in past.findings.items() if name not in WEATHER)
    if ill or seen.light != "day" or not seen.kept.any():
        return
    if usual is not None and seen.chroma < COLOURLESS and usual.chroma > 4 * COLOURLESS:
        return  # night mode, whose lamps throw other shadows
    taken, gray = seen.small.taken, seen.small.gray[: seen.fine.shape[0], : seen.fine.shape[1]]
    if usual is None or usual.gray.shape != gray.shape or (usual.is_stale and _is_alike(seen)):
        note.reference = Reference(
            taken=taken,
            count=LEARN if usual is not None and usual.is_stale else 1,
            gray=gray.astype(np.float32),
            contrast=seen.contrast,
            mean=seen.means,
            colour=seen.colour,
            chroma=seen.chroma,
            low=seen.low,
        )
        return
    if usual.count >= LEARN and taken - usual.taken < SPACING:
        return
    share = max(FOLLOW, 1.0 / (usual.count + 1))
    for kept, new in (
        (usual.gray, gray),
        (usual.contrast, seen.contrast),
        (usual.mean, seen.means),
        (usual.colour, seen.colour),
    ):
        kept += share * (new - kept)
    usual.chroma += share * (seen.chroma - usual.chroma)
    usual.low += share * (seen.low - usual.low)
    usual.fine = None
    usual.count += 1
    usual.taken = taken


def _is_alike(seen: Scene) -> bool:
    """Return whether a picture after a long gap still shows the same land."""
    if seen.likeness is None or seen.textured.sum() < LEAST_BLOCKS:
        return True
    return float(np.median(seen.likeness[seen.textured])) > 0.2
