"""Smoke rising from the land, as a score from 0 to 1 with the place of its strongest candidate.

The picture is compared with the median of older ones, so that what appears and stays for minutes stands out.
Slow changes of light are taken out by a wide blur; texture and its own unrest make a pixel less believed.
What changes everywhere at once is weather, what does not last over three steps is a passing thing.

References:
    [1] A. Schaefer et al., "HPWREN wildfire image library", for the kind of view: hill-tops, a picture a
        minute. No figure of it is built in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.past import Past, Small
from landwatch.types import Absence, Picture, Quantity, Reading, Region

QUANTITIES = (Quantity(name="smoke", unit="1", title="Smoke score", low=0.0, high=1.0),)
NEEDS = frozenset({"daylight", "healthy", "unmasked"})
VERSION = 1

STEP_S = 50.0
"""Least time between two remembered pictures: minutes count, not pictures. [s]"""

LAG = 3
"""Newest remembered pictures that are left out of the background, so that young smoke is not in it. [1]"""

BACKGROUND = 10
"""Remembered pictures whose median is the background. [1]"""

LEAST = 6
"""Fewer pictures in the background say nothing. [1]"""

FORGET = timedelta(minutes=90)
"""Older pictures are of another light."""

WIDE = 20.0
"""Standard deviation of the blur that takes out changes of light; young plumes are smaller. [px]"""

NOISE = 1.5
"""Least standard deviation that is believed of any pixel. [0-255]"""

TEXTURE = 0.25
"""Share of the local Laplacian that a pixel may change by: edges tremble with the camera. [1]"""

STRANGE = 3.0
"""Standard deviations beyond which a pixel has changed. [1]"""

SHIFT = 1.5
"""Movement of the view, in px of the small copy, after which the background is of another view. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Nothing needs to be set."""

    window: float = 17.0
    """Side of the square over which changed pixels are counted, at 320 px width. [px]"""


@dataclass(slots=True)
class _Note:
    taken: deque[datetime] = field(default_factory=lambda: deque(maxlen=LAG + BACKGROUND))
    grays: deque[NDArray[np.float32]] = field(default_factory=lambda: deque(maxlen=LAG + BACKGROUND))
    dense: deque[NDArray[np.float32]] = field(default_factory=lambda: deque(maxlen=2))


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return one smoke score with the region of the strongest candidate [px of the original]."""
    small = past.present or past.begin(picture)
    note = past.note("measure.smoke", _Note)
    while note.taken and small.taken - note.taken[0] > FORGET:
        note.taken.popleft()
        note.grays.popleft()
    gray = _gray(small, note)
    if note.grays and (note.grays[-1].shape != gray.shape or _moved(gray, note.grays[-1])):
        note.taken.clear()
        note.grays.clear()
        note.dense.clear()
        _remember(note, small, gray, None)
        return (_reading(picture, None, "moved"),)
    if len(note.grays) < LEAST + LAG:
        _remember(note, small, gray, None)
        return (_reading(picture, None, "warming"),)
    dense, changed = _density(small, gray, note, settings)
    if len(note.dense) < 2:
        _remember(note, small, gray, dense)
        return (_reading(picture, None, "warming"),)
    around = np.ones((9, 9), np.uint8)
    lasting = np.minimum.reduce([cv2.dilate(earlier, around) for earlier in note.dense] + [dense])
    lasting = lasting * float(np.clip(1.0 - 6.0 * changed, 0.0, 1.0))
    _, peak, _, (column, row) = cv2.minMaxLoc(lasting)
    _remember(note, small, gray, dense)
    reach = settings.window / 2
    region = _region(picture, small, column - reach, row - reach, column + reach, row + reach)
    return (_reading(picture, float(np.clip(peak, 0.0, 1.0)), None, region),)


def _gray(small: Small, note: _Note) -> NDArray[np.float32]:
    """Return the smoothed luma, with what was removed filled from the last remembered picture."""
    gray = cv2.GaussianBlur(small.gray, (3, 3), 0).astype(np.float32)
    if note.grays and note.grays[-1].shape == gray.shape:
        gone = cv2.dilate(small.removed, np.ones((5, 5), np.uint8)) > 0
        gray[gone] = note.grays[-1][gone]
    return np.asarray(gray, np.float32)


def _moved(gray: NDArray[np.float32], earlier: NDArray[np.float32]) -> bool:
    window = cv2.createHanningWindow((gray.shape[1], gray.shape[0]), cv2.CV_32F)
    (right, down), response = cv2.phaseCorrelate(earlier, gray, window)
    return response > 0.1 and float(np.hypot(right, down)) > SHIFT


def _density(
    small: Small, gray: NDArray[np.float32], note: _Note, settings: Settings
) -> tuple[NDArray[np.float32], float]:
    """Return the share of changed pixels around each pixel, and over the whole picture."""
    older = np.stack(list(note.grays)[: -LAG or None])
    background = np.median(older, axis=0).astype(np.float32)
    difference = gray - background
    difference -= cv2.GaussianBlur(difference, (0, 0), WIDE)
    unrest = cv2.blur(np.median(np.abs(older - background), axis=0).astype(np.float32) * 1.48, (7, 7)) + NOISE
    texture = cv2.blur(np.abs(cv2.Laplacian(background, cv2.CV_32F)), (5, 5))
    strange = (np.abs(difference) / (unrest + TEXTURE * texture) > STRANGE).astype(np.uint8)
    strange[cv2.dilate(small.removed, np.ones((7, 7), np.uint8)) > 0] = 0
    strange = cv2.morphologyEx(strange, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(np.uint8)
    strange = cv2.morphologyEx(strange, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(np.uint8)
    side = max(3, round(settings.window))
    dense = cv2.boxFilter(strange.astype(np.float32), -1, (side, side))
    return np.asarray(dense, np.float32), float(strange.mean())


def _remember(
    note: _Note, small: Small, gray: NDArray[np.float32], dense: NDArray[np.float32] | None
) -> None:
    """Keep the picture, unless the last kept one is less than a step old."""
    if note.taken and (small.taken - note.taken[-1]).total_seconds() < STEP_S:
        return
    note.taken.append(small.taken)
    note.grays.append(gray)
    if dense is not None:
        note.dense.append(dense)
    elif len(note.grays) <= LEAST + LAG:
        note.dense.clear()


def _region(picture: Picture, small: Small, left: float, top: float, right: float, bottom: float) -> Region:
    """Return a box of the small copy in px of the original, within the picture."""
    return (
        max(0, round(left / small.scale)),
        max(0, round(top / small.scale)),
        min(picture.width, round(right / small.scale)),
        min(picture.height, round(bottom / small.scale)),
    )


def _reading(
    picture: Picture, value: float | None, absent: Absence | None, region: Region | None = None
) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity="smoke",
        time=picture.taken,
        value=value,
        unit="1",
        method=f"smoke/{VERSION}",
        absent=absent,
        region=region,
    )
