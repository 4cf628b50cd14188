"""What one camera remembers of its land to see smoke rise from it: small copies, about one a minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import cv2
import numpy as np

from landwatch.measure._plume import Background, Candidate, Look, candidates, look_at
from landwatch.past import Small
from landwatch.patches import shift
from landwatch.types import Pixels

__all__ = ["Watch"]

STEP_S = 50.0
"""Least time between two remembered pictures: minutes count, not pictures. [s]"""

LOOKED_S = 60.0
"""Age of the look beside which a picture is laid: in less time a plume has hardly changed its form. [s]"""

LAG = 5
"""Newest remembered pictures that are left out of the background, so that young smoke is not in it. [1]"""

OLDER = 10
"""Remembered pictures whose median is the background. [1]"""

LONGER = 20
"""Remembered pictures from which the unrest of a place and the skyline are taken. [1]"""

LEAST = 6
"""Fewer pictures in the background say nothing. [1]"""

FORGET = timedelta(minutes=100)
"""Older pictures are of another light."""

SKYLINE_STEPS = 10
"""The skyline is sought anew after so many remembered pictures. [1]"""

SHIFT = 1.5
"""Movement of the view after which the background is of another view. [px of the small copy]"""

SURE = 0.15
"""Peak of the phase correlation below which a movement is not believed. [1]"""


@dataclass(slots=True)
class _Kept:
    taken: datetime
    gray: Pixels
    saturation: Pixels


@dataclass(slots=True)
class Watch:
    """The memory of one camera. Times may be stretched by `pace`, for simulations in a hurry."""

    pace: float = 1.0
    looks: deque[tuple[datetime, Look]] = field(default_factory=lambda: deque(maxlen=3))
    """Of the newest remembered pictures that had a background, with their times, oldest first."""
    _kept: deque[_Kept] = field(default_factory=lambda: deque(maxlen=LAG + LONGER))
    _background: Background | None = None
    _background_of: datetime | None = None
    """Newest remembered picture when the background was made."""
    _skyline_age: int = 0

    def see(self, small: Small) -> list[Candidate] | Literal["warming", "moved"]:
        """Return the candidates of a picture, or why there can be none; remember it if it is due."""
        while self._kept and (small.taken - self._kept[0].taken) * self.pace > FORGET:
            self._kept.popleft()
        gray, saturation = self._planes(small)
        due = not self._kept or self.passed(self._kept[-1].taken, small) >= STEP_S
        last = self._kept[-1].gray if self._kept else gray
        if last.shape != gray.shape or (due and _moved(gray, last)):
            self._kept.clear()
            self.looks.clear()
            self._background = None
            self._remember(small, gray, saturation)
            return "moved"
        if len(self._kept) < LEAST + LAG:
            if due:
                self._remember(small, gray, saturation)
            return "warming"
        background = self._known()
        look = look_at(gray, saturation, small.removed, background)
        before = self._before(small)
        if due:
            self._remember(small, gray, saturation)
            self.looks.append((small.taken, look))
        return candidates(look, before, background) if before else []

    def passed(self, since: datetime, small: Small) -> float:
        """Return the time from `since` to a picture, as the land counts it [s]; never negative."""
        return max(0.0, (small.taken - since).total_seconds()) * self.pace

    def _before(self, small: Small) -> tuple[Look, Look] | None:
        """Return the look nearest to a minute before a picture, and before it the one before that."""
        if len(self.looks) < 2:
            return None
        ages = [abs(self.passed(taken, small) - LOOKED_S) for taken, _ in self.looks]
        last = min(range(1, len(ages)), key=ages.__getitem__)
        return self.looks[last - 1][1], self.looks[last][1]

    def _planes(self, small: Small) -> tuple[Pixels, Pixels]:
        """Return smoothed luma and saturation; what was removed is filled from the last remembered one."""
        gray = np.asarray(cv2.GaussianBlur(small.gray, (3, 3), 0), np.uint8)
        saturation = _saturation(small.pixels)
        if self._kept and self._kept[-1].gray.shape == gray.shape and small.removed.any():
            gone = cv2.dilate(small.removed, np.ones((5, 5), np.uint8)) > 0
            gray[gone] = self._kept[-1].gray[gone]
            saturation[gone] = self._kept[-1].saturation[gone]
        return gray, saturation

    def _remember(self, small: Small, gray: Pixels, saturation: Pixels) -> None:
        self._kept.append(_Kept(taken=small.taken, gray=gray, saturation=saturation))

    def _known(self) -> Background:
        """Return the background, made anew when a picture was remembered since."""
        if self._background is not None and self._background_of == self._kept[-1].taken:
            return self._background
        longer = list(self._kept)[:-LAG]
        older = longer[-OLDER:]
        self._skyline_age += 1
        old = self._background if self._skyline_age < SKYLINE_STEPS else None
        if old is None:
            self._skyline_age = 0
        self._background = Background.of(
            [kept.gray for kept in older],
            [kept.gray for kept in longer],
            [kept.saturation for kept in older[1::2]],
            old.ridge if old else None,
        )
        self._background_of = self._kept[-1].taken
        return self._background


def _saturation(pixels: Pixels) -> Pixels:
    """Return (max - min) / (max + 8) of the channels, as 0-255; so dark noise has little."""
    red, green, blue = cv2.split(pixels)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return np.asarray(np.float32(255.0) * (most - least) / (most + np.float32(8.0))).astype(np.uint8)


def _moved(gray: Pixels, earlier: Pixels) -> bool:
    size = (gray.shape[1] // 2, gray.shape[0] // 2)
    one, other = (
        cv2.resize(each, size, interpolation=cv2.INTER_AREA).astype(np.float32) for each in (earlier, gray)
    )
    right, down, response = shift(one, other)
    if response <= SURE or 2.0 * float(np.hypot(right, down)) <= SHIFT:
        return False
    # Before dark land the phases are those of a plume that drifts. Where the view has moved, moving the
    # picture back mends it.
    back = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
    mended = cv2.warpAffine(other, back, size, borderMode=cv2.BORDER_REPLICATE)
    return float(np.median(cv2.absdiff(one, mended))) < float(np.median(cv2.absdiff(one, other)))
