"""Times, schedules and valleys that several tests of the simulator share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from landwatch.valley import Episode, Kind, Schedule, Valley

NOON = datetime(2026, 7, 1, 11, 20, tzinfo=UTC)
"""Solar noon of a summer day at the schedule's usual place, 9.9 degrees east."""

MIDNIGHT = datetime(2026, 7, 1, 23, 20, tzinfo=UTC)

SIZE = (360, 640)


@cache
def valley(view: str) -> Valley:
    """Return a small valley that many tests use; pictures do not depend on who asked before."""
    return Valley(seed=3, size=SIZE, view=view)


def lasting(kind: Kind, strength: float = 1.0, *, since: datetime = NOON - timedelta(hours=1)) -> Episode:
    """Return an episode that lasts for days."""
    return Episode(kind=kind, start=since, end=since + timedelta(days=5), strength=strength)


def only(*episodes: Episode, clouds: float = 0.0, visibility: float = 55_000.0) -> Schedule:
    """Return a schedule without clouds but for the episodes."""
    return Schedule(episodes=episodes, clouds=clouds, visibility=visibility)
