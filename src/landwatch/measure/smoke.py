"""Smoke rising from the land: a score from 0 to 1, with the place of the strongest evidence.

Small copies, about one a minute, make a background; what has changed against it and behaves like a plume
(`measure/_plume.py`) leaves evidence at its place. Evidence adds up while smoke goes on and fades within
minutes, whatever the cadence. The score is e / (e + 1.2): 0.5 is a little more than one minute of sure smoke.
It is a screening aid, no probability.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.measure._plume import Background, Candidate, Plane, candidates, changed
from landwatch.past import Past, Small
from landwatch.types import Absence, Picture, Pixels, Quantity, Reading, Region

QUANTITIES = (Quantity(name="smoke", unit="1", title="Smoke score", low=0.0, high=1.0),)
NEEDS = frozenset({"daylight", "healthy", "unmasked"})
VERSION = 1

STEP_S = 50.0
"""Least time between two remembered pictures: minutes count, not pictures. [s]"""

LAG = 5
"""Newest remembered pictures that are left out of the background, so that young smoke is not in it. [1]"""

OLDER = 10
"""Remembered pictures whose median is the background. [1]"""

LONGER = 20
"""Remembered pictures from which the unrest of a place is taken. [1]"""

LEAST = 6
"""Fewer pictures in the background say nothing. [1]"""

FORGET = timedelta(minutes=100)
"""Older pictures are of another light."""

SKYLINE_STEPS = 10
"""The skyline is sought anew after so many remembered pictures. [1]"""

FADE = 0.75
"""Share of the evidence that is left after a minute with smoke at its place. [1]"""

LOST = 0.6
"""Share that is left after a minute without. [1]"""

HALF = 1.2
"""Evidence at which the score is one half. [min]"""

CELL = 8
"""Side of a cell in which evidence is kept. [px of the small copy]"""

SHIFT = 1.5
"""Movement of the view after which the background is of another view. [px of the small copy]"""

SURE = 0.15
"""Peak of the phase correlation below which a movement is not believed. [1]"""

LEAST_SIDE = 48
"""Smaller pictures show no plume. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set for a view; the defaults are for land seen from afar, with a skyline."""

    least: float = 0.02
    """Candidates that score less leave no evidence. [0-1]"""
    pace: float = 1.0
    """How many times faster than life the pictures go: more than 1 only for simulations in a hurry. [1]"""

    def __post_init__(self) -> None:
        if not 0.0 < self.least < 1.0:
            raise ValueError(f"least = {self.least} is not between 0 and 1")
        if not self.pace > 0.0:
            raise ValueError(f"pace = {self.pace} is not above 0")


@dataclass(slots=True)
class _Remembered:
    taken: datetime
    gray: Pixels
    mask: Pixels
    difference: Plane


@dataclass(slots=True)
class _Note:
    kept: deque[_Remembered] = field(default_factory=lambda: deque(maxlen=LAG + LONGER))
    background: Background | None = None
    background_of: datetime | None = None
    """Newest remembered picture when the background was made."""
    skyline_age: int = 0
    evidence: NDArray[np.float32] | None = None
    """Minutes of smoke at each cell."""
    last: datetime | None = None
    """When evidence was added last."""


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return one smoke score, with the region of the strongest candidate [px of the original]."""
    small = past.present or past.begin(picture)
    note = past.note("measure.smoke", _Note)
    if min(small.gray.shape) < LEAST_SIDE:
        return (_reading(picture, None, "warming"),)
    while note.kept and (small.taken - note.kept[0].taken) * settings.pace > FORGET:
        note.kept.popleft()
    gray = _gray(small, note)
    due = not note.kept or _passed(note.kept[-1].taken, small, settings) >= STEP_S
    if note.kept and (note.kept[-1].gray.shape != gray.shape or (due and _moved(gray, note.kept[-1].gray))):
        past.notes["measure.smoke"] = fresh = _Note()
        _remember(fresh, small, gray, None, None)
        return (_reading(picture, None, "moved"),)
    if len(note.kept) < LEAST + LAG:
        if due:
            _remember(note, small, gray, None, None)
        return (_reading(picture, None, "warming"),)
    background = _background(note)
    mask, difference, strange = changed(gray, small.removed, background)
    before = [(kept.gray, kept.mask, kept.difference) for kept in (note.kept[-2], note.kept[-1])]
    found = candidates(gray, mask, difference, strange, before, background)
    found = [candidate for candidate in found if candidate.score >= settings.least]
    evidence, box = _gather(note, small, found, settings)
    if due:
        _remember(note, small, gray, mask, difference)
    value = evidence / (evidence + HALF)
    return (_reading(picture, value, None, _region(picture, small, box)),)


def _passed(since: datetime, small: Small, settings: Settings) -> float:
    """Return the time from `since` to a picture, as the land counts it [s]; never negative."""
    return max(0.0, (small.taken - since).total_seconds()) * settings.pace


def _gray(small: Small, note: _Note) -> Pixels:
    """Return the smoothed luma, with what was removed filled from the last remembered picture."""
    gray = np.asarray(cv2.GaussianBlur(small.gray, (3, 3), 0), np.uint8)
    if note.kept and note.kept[-1].gray.shape == gray.shape and small.removed.any():
        gone = cv2.dilate(small.removed, np.ones((5, 5), np.uint8)) > 0
        gray[gone] = note.kept[-1].gray[gone]
    return gray


def _moved(gray: Pixels, earlier: Pixels) -> bool:
    size = (gray.shape[1] // 2, gray.shape[0] // 2)
    one, other = (
        cv2.resize(each, size, interpolation=cv2.INTER_AREA).astype(np.float32) for each in (earlier, gray)
    )
    (right, down), response = cv2.phaseCorrelate(one, other, cv2.createHanningWindow(size, cv2.CV_32F))
    return response > SURE and 2.0 * float(np.hypot(right, down)) > SHIFT


def _background(note: _Note) -> Background:
    """Return the background, made anew when a picture was remembered since."""
    if note.background is not None and note.background_of == note.kept[-1].taken:
        return note.background
    longer = [kept.gray for kept in note.kept][: -LAG or None]
    note.skyline_age += 1
    keep = note.background is not None and note.skyline_age < SKYLINE_STEPS
    ridge = note.background.ridge if keep and note.background is not None else None
    note.skyline_age = note.skyline_age if keep else 0
    note.background = Background.of(longer[-OLDER:], longer, ridge)
    note.background_of = note.kept[-1].taken
    return note.background


def _gather(
    note: _Note, small: Small, found: Sequence[Candidate], settings: Settings
) -> tuple[float, tuple[int, int, int, int] | None]:
    """Add the candidates to the evidence; return the most at any of them [min], and that one's box [px]."""
    rows, columns = (-(-side // CELL) for side in small.gray.shape)
    if note.evidence is None:
        note.evidence = np.zeros((rows, columns), np.float32)
    minutes = 1.0 if note.last is None else min(2.0, _passed(note.last, small, settings) / 60.0)
    note.last = small.taken
    fresh = np.zeros_like(note.evidence)
    for candidate in found:
        cells = _cells(candidate)
        fresh[cells] = np.maximum(fresh[cells], candidate.score)
    # A plume drifts and its outline jumps: evidence counts for the neighbouring cells too.
    around = np.ones((3, 3), np.uint8)
    smoking = cv2.dilate(fresh, around) > 0
    spread = cv2.dilate(note.evidence, around)
    left = np.where(smoking, FADE**minutes * spread, LOST**minutes * spread)
    note.evidence = np.asarray(left + fresh * min(1.0, minutes), np.float32)
    most, box = 0.0, None
    for candidate in found:
        here = float(np.where(fresh > 0, note.evidence, 0.0)[_cells(candidate)].max())
        if here > most:
            most, box = here, candidate.box
    return most, box


def _cells(candidate: Candidate) -> tuple[slice, slice]:
    left, top, right, bottom = candidate.box
    return slice(top // CELL, -(-bottom // CELL)), slice(left // CELL, -(-right // CELL))


def _remember(note: _Note, small: Small, gray: Pixels, mask: Pixels | None, difference: Plane | None) -> None:
    note.kept.append(
        _Remembered(
            taken=small.taken,
            gray=gray,
            mask=np.zeros_like(gray) if mask is None else mask,
            difference=np.zeros(gray.shape, np.float32) if difference is None else difference,
        )
    )
    # Only the last two are asked for what had changed in them.
    if len(note.kept) > 2:
        older = note.kept[-3]
        older.mask, older.difference = gray[:0], note.kept[-1].difference[:0]


def _region(picture: Picture, small: Small, box: tuple[int, int, int, int] | None) -> Region | None:
    """Return a box of the small copy in px of the original, within the picture."""
    if box is None:
        return None
    left, top, right, bottom = (side / small.scale for side in box)
    return (
        max(0, round(left)),
        max(0, round(top)),
        min(picture.width, round(right)),
        min(picture.height, round(bottom)),
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
