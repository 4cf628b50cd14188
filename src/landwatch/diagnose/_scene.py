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
from landwatch.sun import RISEN_DEG, Light, light, position
from landwatch.types import ILL, Picture, Pixels

__all__ = [
    "AS_EVER",
    "BLOCK",
    "CLOSE",
    "LEAST_BLOCKS",
    "Bands",
    "Plane",
    "Reference",
    "Scene",
    "bands",
    "fine",
    "has_fallen",
    "is_foggy",
    "likeness",
    "scene",
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

MIXED = 0.2
"""Spread of the blocks' shares of colour (half the middle half), in their median, above which colours are the
land's: a cast on a picture without colour is the same everywhere (0.02), at dawn it was 0.45 and more. [1]"""

COVERED = 0.4
"""Share of the textured blocks that lose their detail under a cover; its colour is no dawn's. [1]"""

FOGGED = 0.2
"""Share of the textured blocks that fog hides at least. [1]"""

PALE = 80.0
"""Mean above which a hidden block may be fog. [0-255]"""

EVEN = 15.0
"""Spread of the hidden blocks' means below which they may be fog. [0-255]"""

NEUTRAL = 15.0
"""Mean difference of red and blue below which hidden blocks may be fog. [0-255]"""

BANDS = 8
"""Pieces that are looked at in full resolution. [1]"""

BAND_ROWS = 12
"""Rows in a piece. [px]"""

BAND_WIDTH = 640
"""Columns in a piece at most. [px]"""

LEVELS = np.arange(256, dtype=np.float32)
"""Luma of each place of a histogram. [0-255]"""

LEARN = 4
"""Pictures that make a reference. [1]"""

FOLLOW = 0.1
"""Share of a new good picture in the reference. [1]"""

SPACING = timedelta(seconds=60)
"""Least time between pictures that are folded in, once there is a reference."""

STALE = timedelta(hours=2)
"""After so long without a good picture by day, shadows lie elsewhere: likeness is not trusted at once."""

DUSK = 0.73
"""Share of the levels that dusk leaves in `DUSK_S` at least: it halves the light in three minutes in the
tropics, in four elsewhere, and levels go with the power 1/2.2 of the light. [1]"""

DUSK_S = 180.0
"""See `DUSK`. [s]"""

SHADE = 0.75
"""Share of the levels that clouds leave at any time, beyond what the camera holds against them. [1]"""

BRIGHT = 80.0
"""Mean luma of a picture that is surely taken by day. [0-255]"""

ROSE = 1.15
"""Mean of a picture that is much brighter, in that of the one before. [1]"""

AS_EVER = 0.8
"""Share of its usual mean that a picture of a darker view has by day. [1]"""

NIGHTFALL = timedelta(hours=8)
"""After so long in the dark nobody can say that it is day still."""

CLOSE = timedelta(minutes=5)
"""Pictures farther apart show the land in another light."""

WEATHER = frozenset({"lateness", "flicker"})
"""Checks whose doubt does not keep a picture out of the reference."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Pieces of a picture at full resolution, spread over it: enough for sharpness and noise."""

    small: Small
    """Of the picture that they are cut from."""
    green: Pixels
    """(rows, width), one piece under the other. [0-255]"""
    removed: Pixels | None
    """(rows, width), 255 where removed; None where nothing is."""
    rows: int
    """Of one piece. [px]"""


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
    level: float
    """Mean luma. [0-255]"""
    fine: Plane
    """Structure of `gray`. [0-255]"""
    lasting: Plane
    """Contrast of each block of `gray`. [0-255]"""
    is_stale: bool = False


@dataclass(slots=True)
class Scene:
    """One picture as the checks see it."""

    small: Small
    light: Light
    fell: bool
    """Whether it went dark faster than dusk since it was bright last."""
    rose: bool
    """Whether it is much brighter than the newest picture without a fault."""
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
    levels: Plane
    """Luma of the small copy, cut to whole blocks. [0-255]"""
    fine: Plane
    """Structure of `levels` finer than a block. [0-255]"""
    usual: Reference | None
    """None until there is a reference, and after a change of the picture's size."""
    likeness: Plane | None
    """Correlation of each block with the reference [-1-1]; None without a reference."""
    textured: NDArray[np.bool_]
    """Blocks that have structure in the reference and were not removed."""
    clear: Plane
    """Contrast of the textured blocks in their usual one, least first. [1]"""
    fit: float
    """Median likeness of the textured blocks; 0 where there are none. [1]"""

    @property
    def lit(self) -> NDArray[np.bool_]:
        """Blocks that are neither burnt nor drowned, so that a lack of detail means something."""
        return np.asarray((self.means > DROWNED) & (self.means < BURNT), np.bool_)

    @property
    def is_by_lamps(self) -> bool:
        """Whether a camera that shows colour by day shows none: infra-red lamps throw other shadows."""
        return self.usual is not None and self.chroma < COLOURLESS < self.usual.chroma / 4

    def obstacle(self, *, dark: bool = False, stale: bool = False, texture: bool = True) -> str:
        """Return why the picture cannot be compared with what is usual; empty if it can be.

        Args:
            dark: whether a black picture by day will do.
            stale: whether a reference will do that is hours old.
            texture: whether structure is needed.
        """
        words = ""
        if self.light == "night" or (self.light == "dark" and not dark):
            words = "night"
        elif self.usual is None or (self.usual.is_stale and not stale):
            words = "too few good pictures yet"
        elif texture and np.count_nonzero(self.textured) < LEAST_BLOCKS:
            words = "too little structure to tell"
        return words


@dataclass(slots=True)
class _Note:
    reference: Reference | None = None
    scene: Scene | None = None
    bands: Bands | None = None
    bright: tuple[datetime, float] | None = None
    """When a picture was bright last, and its mean luma. [0-255]"""
    good: float | None = None
    """Mean luma of the newest picture in which no check saw a fault. [0-255]"""
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
    usual = note.scene.usual
    if note.scene.mean > (BRIGHT if usual is None else min(BRIGHT, AS_EVER * usual.level)):
        note.bright, note.has_fallen = (small.taken, note.scene.mean), False
    return note.scene


def has_fallen(past: Past, taken: datetime, mean: float) -> bool:
    """Return whether it is dark by day, for it fell faster than dusk or the sun is up.

    Args:
        past: of the camera.
        taken: when it was as dark as that.
        mean: luma. [0-255]
    """
    if past.place is not None:
        return position(taken, past.place.latitude, past.place.longitude).elevation > RISEN_DEG
    note = past.note("diagnose._scene", _Note)
    if note.bright is None:
        return False
    when, was = note.bright
    since = taken - when
    least = was * SHADE * DUSK ** (max(0.0, since.total_seconds()) / DUSK_S)
    note.has_fallen = (note.has_fallen or mean < least) and since < NIGHTFALL
    return note.has_fallen


def bands(picture: Picture, past: Past) -> Bands:
    """Return some pieces of the picture at full resolution; cut out once a picture."""
    note = past.note("diagnose._scene", _Note)
    small = past.present or past.begin(picture)
    if note.bands is None or note.bands.small is not small:
        rows, width = min(BAND_ROWS, picture.height), min(BAND_WIDTH, picture.width)
        pieces = []
        for index in range(BANDS):
            top = min(picture.height - rows, int((index + 0.5) * picture.height / BANDS)) // 2 * 2
            left = (picture.width - width) * (3 * index % BANDS) // (BANDS - 1)
            pieces.append((slice(top, top + rows), slice(left, left + width)))
        removed = [picture.removal.mask[piece] for piece in pieces]
        note.bands = Bands(
            small=small,
            green=np.concatenate([picture.pixels[piece][..., 1] for piece in pieces]),
            removed=np.concatenate(removed) if cv2.hasNonZero(small.removed) else None,
            rows=rows,
        )
    return note.bands


def is_foggy(seen: Scene) -> bool:
    """Return whether much of the land has vanished in something even, pale and grey."""
    if seen.usual is None or seen.likeness is None:
        return False
    if np.searchsorted(seen.clear, 0.5) < FOGGED * len(seen.clear):
        return False
    hidden = (seen.likeness < 0.25) & seen.textured & (seen.contrast < 0.5 * seen.usual.contrast)
    if np.count_nonzero(hidden) < FOGGED * np.count_nonzero(seen.textured) or not hidden.any():
        return False
    means, colour = seen.means[hidden], seen.colour[hidden]
    is_pale = float(means.mean()) > PALE and float(means.std()) < EVEN
    return is_pale and float(np.abs(colour[:, 0] - colour[:, 2]).mean()) < NEUTRAL


def _look_at(small: Small, past: Past, note: _Note) -> Scene:
    keep = None
    if cv2.hasNonZero(small.removed):
        keep = cv2.bitwise_not(small.removed)
        if not cv2.hasNonZero(keep):
            keep = None
    histogram = np.asarray(cv2.calcHist([small.gray], [0], keep, [256], [0, 256]), np.float32).ravel()
    total = float(histogram.sum())
    counts = np.cumsum(histogram)
    mean = float(histogram @ LEVELS) / total
    rows, columns = max(1, small.gray.shape[0] // BLOCK), max(1, small.gray.shape[1] // BLOCK)
    area = (slice(0, rows * BLOCK), slice(0, columns * BLOCK))
    levels = small.gray[area].astype(np.float32)
    structure = fine(small.gray[area])
    contrast = _contrast(structure, rows, columns)
    colour = _colours(small.pixels[area], rows, columns)
    kept = np.ones((rows, columns), np.bool_)
    if keep is not None:
        removed = cv2.resize(small.removed[area], (columns, rows), interpolation=cv2.INTER_AREA)
        kept = np.asarray(removed == 0, np.bool_).reshape(rows, columns)
    usual = note.reference
    if usual is not None and (usual.gray.shape != levels.shape or usual.count < LEARN):
        usual = None
    if usual is not None and small.taken - usual.taken > STALE:
        usual.is_stale = True
    if usual is not None and usual.chroma < COLOURLESS:
        textured_then = usual.lasting > TEXTURE
        hidden = textured_then & (contrast < 0.5 * usual.lasting)
        is_covered = np.count_nonzero(hidden) > COVERED * np.count_nonzero(textured_then)
        if not is_covered and _has_colours(colour, ~hidden):
            usual.is_stale = True  # made by lamps at night
    fell = mean < BRIGHT and has_fallen(past, small.taken, mean)
    lit = light(small, past.place)
    textured, alike, clear, fit = np.zeros((rows, columns), np.bool_), None, np.zeros(0, np.float32), 0.0
    if usual is not None:
        lasting = usual.lasting
        textured = (lasting > np.maximum(TEXTURE, LASTING * usual.contrast)) & kept
        textured[[0, -1]] = False  # captions and clocks, which fit whatever the land does
        textured.setflags(write=False)
        product = _blocks(structure * usual.fine, rows, columns)
        alike = np.asarray(product / np.sqrt((contrast * lasting) ** 2 + 0.25), np.float32)
        if textured.any():
            clear = np.sort(contrast[textured] / usual.contrast[textured])
            fit = float(np.sort(alike[textured])[np.count_nonzero(textured) // 2])
    return Scene(
        small=small,
        light="dark" if lit == "night" and fell and past.place is None else lit,
        fell=fell,
        rose=note.good is not None and mean > ROSE * note.good,
        mean=mean,
        low=float(np.searchsorted(counts, 0.01 * total)),
        high=float(np.searchsorted(counts, 0.99 * total)),
        chroma=float(np.abs(colour[..., 0] - colour[..., 2]).mean()),
        histogram=histogram,
        kept=kept,
        contrast=contrast,
        means=_blocks(levels, rows, columns),
        colour=colour,
        levels=levels,
        fine=structure,
        usual=usual,
        likeness=alike,
        textured=textured,
        clear=clear,
        fit=fit,
    )


def _has_colours(colour: Plane, shown: NDArray[np.bool_]) -> bool:
    """Return whether the blocks that are not covered show the land's colours, and not none or one cast."""
    total = colour.sum(axis=2)
    lit = (total > 3.0 * DROWNED) & shown
    differ = (colour[..., 0] - colour[..., 2])[lit]
    if not differ.size or float(np.abs(differ).mean()) < 4 * COLOURLESS:
        return False
    shares = np.sort(differ / total[lit])
    lower, middle, upper = (float(shares[len(shares) * quarter // 4]) for quarter in (1, 2, 3))
    return (upper - lower) / 2.0 > MIXED * abs(middle)


def fine(gray: Pixels) -> Plane:
    """Return the structure of a picture that is finer than a block. [0-255]"""
    coarse = cv2.boxFilter(gray, cv2.CV_32F, (BLOCK - 1, BLOCK - 1))
    return np.subtract(gray, coarse, dtype=np.float32)


def likeness(one: Plane, other: Plane) -> Plane:
    """Return the correlation of each block of two structures; 0 where one of them is flat."""
    rows, columns = one.shape[0] // BLOCK, one.shape[1] // BLOCK
    product = _blocks(one * other, rows, columns)
    energy = _blocks(one * one, rows, columns) * _blocks(other * other, rows, columns)
    return np.asarray(product / np.sqrt(energy + 0.25), np.float32)


def _blocks(plane: Plane, rows: int, columns: int) -> Plane:
    mean = cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32).reshape(rows, columns)


def _contrast(structure: Plane, rows: int, columns: int) -> Plane:
    return np.asarray(np.sqrt(_blocks(structure * structure, rows, columns)), np.float32)


def _colours(pixels: Pixels, rows: int, columns: int) -> Plane:
    """Return the mean of each block's channels (rows, columns, 3). [0-255]"""
    while pixels.shape[0] >= 2 * rows and pixels.shape[1] >= 2 * columns:
        # Exact halving is the one average that OpenCV does fast.
        pixels = np.asarray(cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2)), np.uint8)
    return cv2.resize(pixels, (columns, rows)).astype(np.float32).reshape(rows, columns, 3)


def _fold(note: _Note, past: Past) -> None:
    """Fold the picture before into the reference, if it was taken by day and no check saw a fault in it."""
    seen, usual = note.scene, note.reference
    assert seen is not None
    ill = any(f.state in ILL for name, f in past.findings.items() if name not in WEATHER)
    if not ill:
        note.good = seen.mean
    if ill or seen.light != "day" or seen.is_by_lamps or not seen.kept.any():
        return
    taken = seen.small.taken
    if usual is None or usual.gray.shape != seen.levels.shape or (usual.is_stale and _is_alike(seen)):
        note.reference = Reference(
            taken=taken,
            count=LEARN if usual is not None and usual.is_stale else 1,
            gray=seen.levels.copy(),
            contrast=seen.contrast.copy(),
            mean=seen.means.copy(),
            colour=seen.colour.copy(),
            chroma=seen.chroma,
            low=seen.low,
            level=seen.mean,
            fine=seen.fine.copy(),
            lasting=seen.contrast.copy(),
        )
        return
    if usual.count >= LEARN and taken - usual.taken < SPACING:
        return
    share = max(FOLLOW, 1.0 / (usual.count + 1))
    for kept, new in (
        (usual.gray, seen.levels),
        (usual.fine, seen.fine),
        (usual.contrast, seen.contrast),
        (usual.mean, seen.means),
        (usual.colour, seen.colour),
    ):
        cv2.accumulateWeighted(new, kept, share)
    usual.chroma += share * (seen.chroma - usual.chroma)
    usual.low += share * (seen.low - usual.low)
    usual.level += share * (seen.mean - usual.level)
    usual.lasting = _contrast(usual.fine, *usual.contrast.shape)
    usual.count += 1
    usual.taken = taken


def _is_alike(seen: Scene) -> bool:
    """Return whether a picture after a long gap still shows the same land."""
    if seen.likeness is None or seen.textured.sum() < LEAST_BLOCKS:
        return True
    return seen.fit > 0.2
