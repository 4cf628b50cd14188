"""Loss of sharpness against the camera's own past.

Sharpness is looked at on the strongest edges of some rows at full resolution: the energy of differences
across two pixels over that of differences across eight. A step gives 1/4, a ramp wider than eight pixels
1/16, which is taken off. Contrast divides out and noise is small on strong edges, so haze and low light
change it little. What shakes smears along one line only, and edges along it stay sharp: so differences are
taken across, down and along both diagonals, and the way that has lost most counts.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import Bands, bands, is_foggy, scene
from landwatch.past import Past
from landwatch.types import Picture, Pixels

UNIT = "1"
GIVES_WAY_TO = frozenset({"black", "exposure", "covered", "haze", "torn", "stripes", "scene"})

REACH = 4
"""Half the distance of the coarse differences. [px]"""

RAMP = 1.0 / 16.0
"""Ratio that a ramp gives, the least there is: (2 px / 8 px) squared. [1]"""

WAYS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns of a step: across, down, and along both diagonals. [px]"""

EDGES = 0.97
"""Quantile of the coarse differences above which they count as edges. [1]"""

LEAST_EDGE = 9
"""Coarse difference below which an edge is noise, and nothing is there to be sharp. [0-255]"""

LEAST_EDGE_ALONE = 18
"""Likewise where nothing is known that would tell fog from blur: dense fog left 10 to 17, two pixels of blur
22 and more in 16 of 18 views. [0-255]"""

LEAST_SHARP = 0.01
"""Sharpness below which blur cannot be told apart. [1]"""

SEEMING = 1.7
"""Loss down or along a diagonal, against the least that was usual, that counts as none: the land's few edges
there come and go with light and water (to 3.3 times in good pictures); a smear leaves 6 times less. [1]"""

GOOD_DAYS = 60
"""Sharpness values remembered, thinned to `SPACING_S`. [1]"""

SPACING_S = 300.0
"""Least time between remembered values, so that a slow loss is seen against hours, not minutes. [s]"""

LEAST_PAST = 5
"""Remembered values before the camera's own past is trusted. [1]"""

FOCUSED = 0.10
"""Sharpness that every focused camera has: sharp ones give 0.12 to 0.25 (18 hill-top views, a meadow and a
river), blurred by two pixels 0.03 to 0.07. Stands in for a past. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many times less sharp than its own past a camera may be."""

    doubtful: float = 2.3
    """[1]"""
    bad: float = 3.0
    """[1]"""


Sharpness = tuple[float | None, ...]
"""In each of the `WAYS` [0-1]; None in one that shows no edges."""


@dataclass(slots=True)
class _Note:
    values: deque[Sharpness] = field(default_factory=lambda: deque(maxlen=GOOD_DAYS))
    last: float = -math.inf


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return how many times less sharp the picture is than the camera's past; 1 is as ever. [1]"""
    seen = scene(picture, past)
    if seen.light != "day":
        return unknown("night")
    if is_foggy(seen):
        return unknown("fog")
    is_alone = seen.usual is None or seen.usual.is_stale
    sharp = sharpness(bands(picture, past), LEAST_EDGE_ALONE if is_alone else LEAST_EDGE)
    note = past.note("diagnose.blur", _Note)
    losses = _losses(sharp, note)
    if not losses:
        return unknown("too little contrast to tell")
    loss = max(losses)
    state = grade(loss, settings.doubtful, settings.bad, before(past, "blur"))
    now = picture.taken.timestamp()
    if state == "good" and (now - note.last >= SPACING_S or len(note.values) < LEAST_PAST):
        note.values.append(sharp)
        note.last = now
    words = (
        "" if state == "good" else f"{loss:.1f} times less sharp than it was: out of focus, or glass misted"
    )
    return Look(value=loss, state=state, detail=words)


def _losses(sharp: Sharpness, note: _Note) -> list[float]:
    """Return how many times less sharp the picture is, in the ways in which that can be said."""
    losses = []
    for way, (now, *earlier) in enumerate(zip(sharp, *note.values, strict=True)):
        known = [value for value in earlier if value is not None]
        if now is None or (way and len(known) < LEAST_PAST):
            continue  # without a past only the way across, in which every view has edges
        if way:
            losses.append(min(known) / max(now, LEAST_SHARP) / SEEMING)
        else:
            usual = statistics.median(known) if len(known) >= LEAST_PAST else max(now, FOCUSED)
            losses.append(usual / max(now, LEAST_SHARP))
    return losses


def sharpness(rows: Bands, least: int = LEAST_EDGE) -> Sharpness:
    """Return the sharpness of the strongest edges where nothing was removed; None if they are below `least`
    [0-255]."""
    height, width = rows.green.shape
    if rows.rows <= 2 * REACH or width <= 4 * REACH:
        return (None,) * len(WAYS)
    # The rows whose surroundings lie in one piece.
    index = np.arange(height)
    middles = index[(index % rows.rows >= REACH) & (index % rows.rows < rows.rows - REACH)]
    near = None
    if rows.removed is not None:
        grown = cv2.dilate(rows.removed, np.ones((2 * REACH + 1, 4 * REACH + 1), np.uint8))
        near = np.asarray(grown[middles, REACH:-REACH], np.uint8)
    beside = {down: rows.green[middles + down] for down in (-REACH, -1, 0, 1, REACH)}
    return tuple(_sharpness(beside, way, near, least) for way in WAYS)


def _sharpness(
    beside: Mapping[int, Pixels], way: tuple[int, int], removed: Pixels | None, least: int
) -> float | None:
    coarse, fine = _differences(beside, way, REACH), _differences(beside, way, 1)
    if removed is not None:
        coarse[removed > 0] = 0
    counts = cv2.calcHist([np.ascontiguousarray(coarse[::2])], [0], None, [256], [0, 256]).ravel().cumsum()
    edge = int(np.searchsorted(counts, EDGES * counts[-1]))
    if edge < least:
        return None
    _, edges = cv2.threshold(coarse, edge - 1, 255, cv2.THRESH_BINARY)
    ratio = cv2.norm(fine, cv2.NORM_L2SQR, mask=edges) / cv2.norm(coarse, cv2.NORM_L2SQR, mask=edges)
    return max(0.0, ratio - RAMP)


def _differences(beside: Mapping[int, Pixels], way: tuple[int, int], reach: int) -> Pixels:
    """Return the differences between what lies `reach` steps before and behind each place. [0-255]

    Args:
        beside: rows (rows, width) so far below each place. [px]
        way: rows and columns of a step. [px]
        reach: steps. [1]
    """
    down, right = way[0] * reach, way[1] * reach
    width = beside[0].shape[1]
    before, behind = (
        beside[y][:, REACH + x : width - REACH + x] for x, y in ((-right, -down), (right, down))
    )
    return np.asarray(cv2.absdiff(before, behind), np.uint8)
