"""Candidates for smoke: what has changed against the older pictures, and how much it behaves like a plume.

Two things speak of a candidate. What no smoke can be is ruled out: a shadow is darker than the land that it
falls on, a cloud floats above the land, a bank of haze is wide and flat, a parked car stays as it came. What
is left is scored by trees (`measure/_trees.py`) that were grown on simulated plumes over simulated land, from
how it stands out, billows, veils what is behind it and loses colour. No real picture was used to grow them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.measure._trees import trees
from landwatch.types import Pixels

__all__ = [
    "FEATURES",
    "RULES",
    "Background",
    "Candidate",
    "Look",
    "candidates",
    "look_at",
    "median",
    "skyline",
]

Plane = NDArray[np.float32]
"""(height, width), levels [0-255] or derived from them."""

WIDE = 20.0
"""Standard deviation of the blur that takes out changes of light; young plumes are smaller. [px]"""

NOISE = 1.5
"""Least standard deviation that is believed of any pixel. [0-255]"""

UNREST = 0.5
"""Share of a place's long unrest that is always allowed: where clouds pass, more change is usual. [1]"""

TEXTURE = 0.25
"""Share of the local Laplacian that a pixel may change by: edges tremble with the camera. [1]"""

STRANGE = 2.5
"""Standard deviations beyond which a pixel has changed. [1]"""

ABOVE = 22
"""Height over the skyline within which a plume still counts as standing on land. [px]"""

EDGE = 0.04
"""Share of the height at top and bottom that is left out: burned-in clocks and captions. [1]"""

LEAST_AREA = 15
"""Smaller changes are noise. [px]"""

MOST = 10
"""Candidates looked at in a picture, the largest first. [1]"""

COLUMNS = 2
"""The skyline is sought in each second column. [px]"""

SMOOTH_SKY = 1.0
"""Laplacian that clear sky stays below. [0-255]"""


@dataclass(frozen=True, slots=True)
class Background:
    """What a place looked like before, and how much of a change is usual there."""

    level: Plane
    """Median of the older pictures."""
    saturation: Plane
    """Median of their saturation. [0-255]"""
    allowed: Plane
    """Change of one standard deviation, with texture. [0-255]"""
    texture: Plane
    """Absolute Laplacian of the median. [0-255]"""
    restless: Plane
    """Mean absolute change from one older picture to the next. [0-255]"""
    ridge: NDArray[np.int64]
    """Row of the skyline in each column. [px]"""
    land: NDArray[np.bool_]
    """Where a plume can stand: the land and a little above it."""

    @classmethod
    def of(
        cls,
        older: Sequence[Pixels],
        longer: Sequence[Pixels],
        saturations: Sequence[Pixels],
        ridge: NDArray[np.int64] | None,
    ) -> Background:
        """Return the background of smoothed grays: `older` for the level, `longer` for the unrest.

        Args:
            older: (height, width) [0-255], oldest first.
            longer: the same and what came before.
            saturations: of the older pictures, or of some of them. [0-255]
            ridge: the skyline, if it is known already.
        """
        level = median(older)
        spread = median([_apart(gray, level) for gray in older]).astype(np.float32) * 1.4826
        total, squares = np.zeros(level.shape, np.float32), np.zeros(level.shape, np.float32)
        for gray in longer:
            cv2.accumulate(gray, total)
            cv2.accumulateSquare(gray, squares)
        mean = total / len(longer)
        variance = cv2.blur(np.maximum(squares / len(longer) - mean * mean, 0), (9, 9))
        steps = [cv2.absdiff(one, other) for one, other in itertools.pairwise(older)]
        restless = np.zeros(level.shape, np.float32)
        for step in steps:
            cv2.accumulate(step, restless)
        plane = level.astype(np.float32)
        texture = np.abs(cv2.Laplacian(plane, cv2.CV_32F))
        usual = np.maximum(cv2.blur(spread, (7, 7)), UNREST * np.sqrt(variance)) + NOISE
        ridge = skyline(longer) if ridge is None else ridge
        below = np.arange(level.shape[0])[:, None] - ridge[None]
        land = below > -ABOVE * level.shape[1] / 320.0
        border = round(EDGE * level.shape[0])
        land[:border] = False
        land[level.shape[0] - border :] = False
        return cls(
            level=plane,
            saturation=median(saturations).astype(np.float32),
            allowed=np.asarray(usual + TEXTURE * cv2.blur(texture, (5, 5)), np.float32),
            texture=np.asarray(texture, np.float32),
            restless=np.asarray(restless / max(1, len(steps)), np.float32),
            ridge=ridge,
            land=land,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be smoke."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in the small copy. [px]"""
    score: float
    """[0-1]"""
    reasons: Mapping[str, float] = field(default_factory=dict)
    """What the built-in detector scored it by; see `FEATURES`."""


@dataclass(frozen=True, slots=True)
class Look:
    """One picture beside its background."""

    gray: Pixels
    """(height, width), smoothed. [0-255]"""
    saturation: Pixels
    """[0-255]"""
    mask: Pixels
    """1 where the picture differs from the background, else 0."""
    difference: Plane
    """By how much. [0-255]"""
    strange: Plane
    """In standard deviations of the place. [1]"""


def look_at(gray: Pixels, saturation: Pixels, removed: Pixels, background: Background) -> Look:
    """Return a picture beside its background.

    Args:
        gray, saturation: (height, width) [0-255].
        removed: not 0 where the picture is left out.
    """
    difference = gray.astype(np.float32) - background.level
    # A blur this wide looks the same at a quarter of the size, at a sixteenth of the cost.
    size = (max(1, gray.shape[1] // 4), max(1, gray.shape[0] // 4))
    coarse = cv2.GaussianBlur(cv2.resize(difference, size, interpolation=cv2.INTER_AREA), (0, 0), WIDE / 4)
    difference -= cv2.resize(coarse, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    strange = difference / background.allowed
    mask = ((np.abs(strange) > STRANGE) & background.land).astype(np.uint8)
    if removed.any():
        mask[cv2.dilate(removed, np.ones((7, 7), np.uint8)) > 0] = 0
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(np.uint8)
    return Look(
        gray=gray,
        saturation=saturation,
        mask=mask,
        difference=np.asarray(difference, np.float32),
        strange=np.asarray(strange, np.float32),
    )


def candidates(look: Look, before: tuple[Look, Look], background: Background) -> list[Candidate]:
    """Return the places that have changed, with their scores.

    Args:
        look: the picture in work.
        before: the two remembered looks before it, newest last.
        background: of the place.
    """
    places = list(_places(look, before, background))
    if not places:
        return []
    votes = trees().vote(np.array([[features[name] for name in FEATURES] for _, features in places]))
    return [
        Candidate(box=box, score=float(vote) * _possible(features), reasons=features)
        for (box, features), vote in zip(places, votes, strict=True)
    ]


def _possible(features: Mapping[str, float]) -> float:
    """Return how well smoke can be what these features tell of, whatever the trees say. [0-1]"""
    return math.prod(rule(features) for rule in RULES.values())


def _bright(features: Mapping[str, float]) -> float:
    """Return how well smoke can be so dark: before land it is bright, before sky either. [0-1]"""
    is_before_land = features["below_least"] > 0 and not features["crosses"]
    return _rise(features["contrast"], -4, 6) if is_before_land else 1.0


RULES: Mapping[str, Callable[[Mapping[str, float]], float]] = {
    "large": lambda f: _rise(math.exp(f["area"]), 15, 45),  # too small to tell from noise
    "changing": lambda f: _rise(-f["likeness"], -0.98, -0.88),  # a parked car stays as it came
    "gray": lambda f: _rise(-f["level"], -235, -205),  # no cloud's white
    "alone": lambda f: _rise(-f["share"], -0.15, -0.05),  # the land around is as ever
    "upright": lambda f: _rise(-math.exp(f["aspect"]), -7, -4.5),  # no bank of haze or cloud
    "far": lambda f: _rise(-f["below_mean"], -110, -60),  # not at the camera's feet
    "bright": _bright,  # no shadow
}
"""What smoke must be, by name: each returns how well it can be smoke. [0-1]"""

FEATURES = (
    "area",  # logarithm of its px in a copy 320 px wide
    "strange",  # mean of its standard deviations
    "strangest",
    "was_there",  # share of it that had changed a picture ago
    "was_there_before",
    "billows",  # change from picture to picture, against what was usual there
    "billows_for_contrast",
    "likeness",  # correlation of its pattern with that of a picture ago
    "share",  # of the land that has changed
    "texture",  # against that of the background
    "below",  # rows from the skyline to its foot
    "below_mean",
    "aspect",  # logarithm of width over height
    "thin",  # the shorter side
    "contrast",  # mean difference of level
    "contrast_of_level",
    "colour_lost",  # change of saturation, negative where colour was lost
    "shows_through",  # slope of its levels on those behind it: 1 is clear air, 0 a wall
    "veil",  # how much better a veil explains it than a change of light
    "restless",
    "density",  # share of its box that has changed
    "crosses",  # 1 where it reaches the skyline
    "growth",
    "brighter",  # share of its px
)
"""What the trees know of a candidate, in the order of their table."""


def _places(
    look: Look, before: tuple[Look, Look], background: Background
) -> Iterator[tuple[tuple[int, int, int, int], dict[str, float]]]:
    """Yield the box of each place that has changed, the largest first, with its features."""
    older, last = before
    scale = look.gray.shape[1] / 320.0
    share = float(look.mask[background.land].mean()) if background.land.any() else 0.0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(look.mask, connectivity=8)
    order = (np.argsort(-stats[1:count, cv2.CC_STAT_AREA])[:MOST] + 1).tolist()
    around = np.ones((5, 5), np.uint8)
    near = [cv2.dilate(older.mask, around), cv2.dilate(last.mask, around)]
    texture = np.abs(cv2.Laplacian(look.gray, cv2.CV_16S))
    for label in order:
        left, top, width, height, area = (int(value) for value in stats[label])
        if area < LEAST_AREA:
            return
        box = (slice(top, top + height), slice(left, left + width))
        inside = labels[box] == label
        contrast = look.difference[box][inside]
        level, behind = look.gray[box][inside].astype(np.float32), background.level[box][inside]
        steps = (cv2.absdiff(look.gray[box], last.gray[box]), cv2.absdiff(last.gray[box], older.gray[box]))
        billows = float(sum(step[inside].mean() for step in steps)) / 2.0
        restless = float(background.restless[box][inside].mean())
        below = (top + height - 1 - background.ridge[left : left + width]) / scale
        slope, veil = _veil(level, behind)
        strange = np.abs(look.strange[box][inside])
        colour = look.saturation[box][inside].astype(np.float32) - background.saturation[box][inside]
        yield (
            (left, top, left + width, top + height),
            {
                "area": math.log(area / scale**2),
                "strange": float(strange.mean()),
                "strangest": float(strange.max()),
                "was_there": float(near[1][box][inside].mean()),
                "was_there_before": float(near[0][box][inside].mean()),
                "billows": billows / (restless + 0.5),
                "billows_for_contrast": billows / (float(np.abs(contrast).mean()) + 1e-6),
                "likeness": _likeness(contrast, last.difference[box][inside]),
                "share": share,
                "texture": _ratio(texture[box][inside], background.texture[box][inside]),
                "below": float(below.max()),
                "below_mean": float(below.mean()),
                "below_least": float(below.min()),
                "aspect": math.log(width / height),
                "thin": min(width, height) / scale,
                "contrast": float(contrast.mean()),
                "contrast_of_level": float(contrast.mean()) / (float(behind.mean()) + 10.0),
                "colour_lost": float(colour.mean()) / 255.0,
                "shows_through": slope,
                "veil": veil,
                "restless": restless,
                "density": area / (width * height),
                "crosses": float(_crosses(background.ridge, left, width, top)),
                "growth": math.log((area + 10.0) / (float(last.mask[box].sum()) + 10.0)),
                "brighter": float((contrast > 0).mean()),
                "level": float(level.mean()),
            },
        )


def _veil(level: Plane, behind: Plane) -> tuple[float, float]:
    """Return the slope of the levels on those behind, and how much better a veil explains them than light.

    A veil of transparency t and airlight A turns J into t J + (1 - t) A; a change of light turns it into k J.
    The second value is the logarithm of the ratio of the mean squares that either leaves.
    """
    apart, own = behind - behind.mean(), level - level.mean()
    slope = float((apart * own).mean()) / (float(apart.var()) + 4.0)
    slope = min(2.0, max(-0.5, slope))
    veiled = level - (slope * behind + (float(level.mean()) - slope * float(behind.mean())))
    lit = level - behind * (float((level * behind).sum()) / (float((behind * behind).sum()) + 1.0))
    return slope, math.log((float((lit * lit).mean()) + 1.0) / (float((veiled * veiled).mean()) + 1.0))


def _crosses(ridge: NDArray[np.int64], left: int, width: int, top: int) -> bool:
    """Return whether a box reaches up to the skyline anywhere."""
    return bool((ridge[left : left + width] >= top).any())


def _rise(value: float, low: float, high: float) -> float:
    """Return 0 below `low`, 1 above `high`, and a straight line between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _likeness(one: Plane, other: Plane) -> float:
    """Return the correlation of two patterns; 0 where one of them is flat."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 0.0


def _apart(one: Pixels, other: Pixels) -> Pixels:
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def _ratio(now: NDArray[np.int16], then: Plane) -> float:
    return (float(now.mean()) + 1.0) / (float(then.mean()) + 1.0)


def median(pictures: Sequence[Pixels]) -> Pixels:
    """Return the median of each pixel, the lower one of an even count, by exchanges of whole pictures."""
    ranked, middle = list(pictures), (len(pictures) - 1) // 2
    for end in range(len(ranked) - 1, middle - 1, -1):
        for place in range(end):
            low, high = ranked[place], ranked[place + 1]
            ranked[place] = np.asarray(cv2.min(low, high), np.uint8)
            ranked[place + 1] = np.asarray(cv2.max(low, high), np.uint8)
    return ranked[middle]


def skyline(pictures: Sequence[Pixels]) -> NDArray[np.int64]:
    """Return the row of the skyline in each column: the best path along lasting edges.

    Land keeps its texture from picture to picture, clouds do not: an edge or a texture counts by how far its
    mean over the pictures, (height, width) [0-255] each, exceeds its standard deviation. Each row of each
    column has a gain: its vertical edge, more texture below than above, and little texture anywhere above.
    The path is found by dynamic programming, at a cost for each step up or down.
    """
    height, width = pictures[0].shape
    if height < 48 or width < 16:
        return np.zeros(width, np.int64)
    smooth = [cv2.GaussianBlur(gray[:, ::COLUMNS], (5, 5), 0) for gray in pictures]
    edge = _lasting([cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3) for gray in smooth])
    texture = cv2.blur(_lasting([cv2.Laplacian(gray, cv2.CV_32F) for gray in smooth]), (5, 3))
    texture[: round(EDGE * height)] = 0
    sums = np.cumsum(np.minimum(texture, 6.0), axis=0)
    reach = height // 12
    first, last = max(reach, height // 8), min(height - reach, height * 17 // 20)
    rows = np.arange(first, last)
    step = (sums[rows + reach] - 2 * sums[rows] + sums[rows - reach]) / reach
    above = np.cumsum(np.clip(texture - SMOOTH_SKY, 0, 2), axis=0)[rows]
    gain = np.minimum(edge[rows], 40.0) / 40.0 + 0.25 * np.clip(step, -3, 3) - 0.03 * above
    return np.asarray(np.repeat(_path(-gain.T), COLUMNS)[:width] + first, np.int64)


def _lasting(planes: Sequence[NDArray[Any]]) -> Plane:
    """Return by how much the mean of planes exceeds their standard deviation, 0 where it does not."""
    stack = np.stack(planes)
    return np.asarray(np.maximum(np.abs(stack.mean(axis=0)) - stack.std(axis=0), 0.0), np.float32)


def _path(cost: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the row of the cheapest path through each column's costs, (columns, rows)."""
    moves = np.arange(-5, 6)
    toll = np.abs(moves)[:, None] * 0.08
    columns, rows = cost.shape
    total = cost[0].astype(np.float64)
    came = np.zeros((columns, rows), np.int64)
    for column in range(1, columns):
        padded = np.pad(total, 5, constant_values=np.inf)
        options = np.lib.stride_tricks.sliding_window_view(padded, rows) + toll
        came[column] = options.argmin(axis=0)
        total = cost[column] + np.take_along_axis(options, came[column][None], axis=0)[0]
    row = int(total.argmin())
    path = [row]
    for column in range(columns - 1, 0, -1):
        row += int(moves[came[column][row]])
        path.append(row)
    return np.array(path[::-1], np.int64)
