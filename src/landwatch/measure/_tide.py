"""A level that follows tides and floods: a local linear trend filter with a gate for what does not persist.

The state is the level and its rate of rise; the rate wanders, so that the filter takes the time between
readings into account: at one reading a minute it averages over minutes, at one in fifteen it follows almost
every reading. A reading far off the prediction is not believed at once, since a boat's wake or a branch may
pass; the next one on the same side of the prediction proves it, and the filter starts anew there. So a flood
wave of any height comes through one reading late at most, and the raw level shows it at once.

References:
    [1] A. C. Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter", 1989, section 2.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["Followed", "Follower"]

Floats = NDArray[np.float64]

WANDER = 0.3
"""Deviation of the change of the rate of rise over an hour. A tide of 1 m amplitude changes its rate by 0.07
m/h in an hour, a creek that falls dry by 0.25, a flood by more. [m/h]"""

RIPPLES = 0.002
"""Deviation of a still creek's surface from its level, beside the reading's own uncertainty. [m]"""

FIRST_RATE = 1.0
"""Deviation of the rate of rise before anything is known of it. [m/h]"""

GATE = 5.0
"""Innovations beyond are not believed at once. [sd]"""

STRAYS = 3
"""So many readings in a row that are not believed, whatever their side, start the filter anew. [1]"""

FORGET = timedelta(hours=6)
"""After so long, half a tide, the old trend says nothing."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What the filter says after one reading."""

    level: float
    """[m]"""
    sigma: float
    """[m]"""
    rise: float | None
    """Rate of rise; None after the first reading of a series. [m/h]"""
    rise_sigma: float | None
    """[m/h]"""
    confirmed: bool
    """Whether the newest reading was believed."""


@dataclass(frozen=True, slots=True)
class _Stray:
    """A reading that was not believed."""

    time: datetime
    level: float
    innovation: float


@dataclass(slots=True)
class Follower:
    """The filter of one camera."""

    time: datetime | None = None
    state: Floats = field(default_factory=lambda: np.zeros(2))
    """Level [m] and rate of rise [m/h]."""
    covariance: Floats = field(default_factory=lambda: np.zeros((2, 2)))
    has_rate: bool = False
    strays: list[_Stray] = field(default_factory=list)
    """The newest readings, as far as they were not believed."""

    def hear(self, time: datetime, level: float, sigma: float) -> Followed:
        """Take one reading [m] and return what is known of the level now."""
        noise = sigma**2 + RIPPLES**2
        if self.time is None or not timedelta(0) <= time - self.time <= FORGET:
            return self._start(time, level, noise, None)
        later = time > self.time
        self._predict(time)
        innovation = level - float(self.state[0])
        variance = float(self.covariance[0, 0]) + noise
        if abs(innovation) > GATE * math.sqrt(variance):
            self.strays.append(_Stray(time, level, innovation))
            if len(self.strays) >= 2 and self.strays[-2].innovation * innovation > 0:
                return self._start(time, level, noise, self.strays[-2])
            if len(self.strays) >= STRAYS:
                return self._start(time, level, noise, None)
            return self._say(confirmed=False, sigma=abs(innovation))
        self.strays.clear()
        self.has_rate = self.has_rate or later
        gain = self.covariance[:, 0] / variance
        self.state = self.state + gain * innovation
        self.covariance = self.covariance - np.outer(gain, self.covariance[0])
        return self._say(confirmed=True)

    def _predict(self, time: datetime) -> None:
        """Move the state on to a time."""
        assert self.time is not None
        hours = _hours(self.time, time)
        move = np.array([[1.0, hours], [0.0, 1.0]])
        wander = np.array([[hours**3 / 3, hours**2 / 2], [hours**2 / 2, hours]])
        self.time, self.state = time, move @ self.state
        self.covariance = move @ self.covariance @ move.T + WANDER**2 * wander

    def _start(self, time: datetime, level: float, noise: float, before: _Stray | None) -> Followed:
        """Start anew at a reading, with the rate of rise since the one before if that is of the same rise."""
        self.strays.clear()
        if before is not None and time > before.time:
            hours = _hours(before.time, time)
            self.state = np.array([level, (level - before.level) / hours])
            shared = noise / hours
            self.covariance = np.array([[noise, shared], [shared, 2 * shared / hours + WANDER**2 * hours]])
        else:
            self.state, self.covariance = np.array([level, 0.0]), np.diag([noise, FIRST_RATE**2])
        self.time, self.has_rate = time, before is not None
        return self._say(confirmed=True)

    def _say(self, *, confirmed: bool, sigma: float = 0.0) -> Followed:
        return Followed(
            level=float(self.state[0]),
            sigma=max(math.sqrt(self.covariance[0, 0]), sigma),
            rise=float(self.state[1]) if self.has_rate else None,
            rise_sigma=math.sqrt(self.covariance[1, 1]) if self.has_rate else None,
            confirmed=confirmed,
        )


def _hours(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / 3600.0
