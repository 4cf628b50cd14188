"""Time, in one place: aware, UTC, and replaceable by an archive's or a test's own.

No other module asks the operating system for the time of day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "Now", "SetClock", "SystemClock", "aware", "iso"]

Now = Callable[[], datetime]
"""A function that returns the present as an aware UTC time."""


class Clock(Protocol):
    """What tells the time of day."""

    def now(self) -> datetime:
        """Return the present, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present, aware, UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it was set: an archive's time in a replay, or a test's."""

    def __init__(self, start: datetime) -> None:
        self._now = aware(start)

    def now(self) -> datetime:
        """Return the time that was set last."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Stand at `moment` from now on."""
        self._now = aware(moment)


def aware(moment: datetime) -> datetime:
    """Return `moment` in UTC.

    Raises:
        ValueError: if it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; Landwatch keeps aware UTC times")
    return moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """Return an aware time in RFC 3339 form with Z, such as 2026-07-01T12:00:00.250Z."""
    text = aware(moment).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z").replace(".000Z", "Z")
