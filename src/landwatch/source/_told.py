"""What a camera tells of its clock, and what a capture time that it states is worth.

A camera's clock is used for differences alone: a picture's age is its clock now less the time it states, and
that age is taken from our clock. So a clock that is wrong, or jumps, moves no picture; it is told as a
finding instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from landwatch.types import Drift

__all__ = ["HALF_SECOND", "CaptureTimes", "Told", "apparent", "by_date", "http_date"]

HALF_SECOND = 0.5
"""A header tells whole seconds, cut off: the middle is meant, and it is wrong by so much at most. [s]"""

OLDEST = timedelta(days=1)
"""A picture may be so old on arrival: it must be seen to be old. Beyond, one of the times is not one."""

BARE = timedelta(seconds=60)
"""A capture time of a camera that does not tell its clock, too, is believed within so much of ours: a picture
takes seconds to come, and beyond a minute it is the clock that is wrong more often than the picture old."""


@dataclass(frozen=True, slots=True)
class Told:
    """A camera's time, as it told it once."""

    clock: datetime
    at: float
    """Time of the event loop that this belongs to. [s]"""
    within: float
    """Greatest error of `at`. [s]"""

    def drift(self, now: datetime, at: float) -> Drift:
        """Return how far the camera's clock is from ours, which shows `now` at the loop's time `at`. [s]"""
        ours = now - timedelta(seconds=at - self.at)
        return Drift(ahead=(self.clock - ours).total_seconds(), within=self.within)


def apparent(stated: datetime | None, received: datetime) -> Drift | None:
    """Return what a capture time alone tells of a clock: the picture itself may be up to `BARE` old."""
    if stated is None:
        return None
    return Drift(ahead=(stated - received).total_seconds(), within=BARE.total_seconds())


class CaptureTimes:
    """Settles the capture times of one camera, so that they never run backwards."""

    def __init__(self) -> None:
        """Begin with no picture."""
        self._last: datetime | None = None

    def settle(self, stated: datetime | None, received: datetime, drift: Drift | None) -> datetime:
        """Return when a picture was taken, by our clock.

        Args:
            stated: when the camera says, by its own clock.
            received: when the picture was in hand, by ours.
            drift: of the camera's clock; without it what it states is believed within `BARE` alone.
        """
        taken = received
        if stated is not None:
            # A clock that was never set may state the year 1, from which nothing can be taken.
            age = received - stated + timedelta(seconds=drift.ahead if drift else 0.0)
            if timedelta(0) < age <= (OLDEST if drift else BARE):
                taken = received - age
        if self._last is not None and taken < self._last:
            taken = received
        self._last = taken
        return taken


def http_date(text: str) -> datetime | None:
    """Return the time of a header such as Last-Modified, or None."""
    try:
        stated = parsedate_to_datetime(text)
        return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def by_date(text: str, asked: float, answered: float) -> Told | None:
    """Return what a Date header tells of a camera's clock, or None.

    Args:
        text: of the header.
        asked: time of the event loop at which the request went out. [s]
        answered: that at which the answer's head was there. [s]
    """
    date = http_date(text)
    if date is None:
        return None
    middle = (asked + answered) / 2
    return Told(date + timedelta(seconds=HALF_SECOND), middle, HALF_SECOND + (answered - asked) / 2)
