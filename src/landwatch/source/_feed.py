"""What the door hands to every source: the cadence, the clock, the limits, and a pace to keep."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime

from landwatch.clock import Clock
from landwatch.config import Limits
from landwatch.source._neighbours import Neighbours
from landwatch.source._told import CaptureTimes

__all__ = ["GRAB_FROM_S", "Feed", "Pace", "name_of"]

FIRST_WITHIN_S = 5.0
"""The first pictures of all cameras are spread over so long, so that a visitor need not wait. [s]"""


GRAB_FROM_S = 10.0
"""From this cadence on a stream is opened for each picture and closed again. [s] Measured: it costs half of
staying connected, where everything between two pictures is received for nothing."""


def name_of(received: datetime) -> str:
    """Return a name for a picture that its source gives none: when it came, to the millisecond."""
    return f"{received:%Y%m%dT%H%M%S}{received.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a source needs to know beside its own settings."""

    interval: float
    """Time between two pictures. [s]"""
    clock: Clock
    limits: Limits
    seed: int = 0
    """Of this camera's place in the turn and of its jitter."""
    neighbours: Neighbours = field(default_factory=Neighbours)
    """How the other cameras fare."""
    at_once: bool = False
    """Whether the first turn is now, rather than spread over the first seconds."""
    times: CaptureTimes = field(default_factory=CaptureTimes)
    memory: dict[str, object] = field(default_factory=dict)
    """What a source has learnt of its camera, kept when it is started again."""

    def pace(self) -> Pace:
        """Return a pace for this camera, which must be used within one event loop."""
        return Pace(self.interval, 0.0 if self.at_once else random.Random(self.seed).random())


class Pace:
    """Turns of one camera: the first soon, the others on a grid of its own.

    Cameras of one cadence lie evenly over it, so that they are not all read in the same instant. A turn
    that comes too late is left out rather than made up for.
    """

    def __init__(self, interval: float, phase: float) -> None:
        """Set the cadence [s] and the camera's place in it, 0 to 1."""
        self._interval = interval
        self._phase = phase
        self._last: float | None = None

    def due(self, now: float) -> float:
        """Return when the next turn is due [s], on the same clock as `now` [s]."""
        if self._last is None:
            return now + self._phase * min(self._interval, FIRST_WITHIN_S)
        # At least half a cadence after the last turn: a first picture just before its place on the grid
        # would else be followed by a second one at once.
        earliest = max(now, self._last + self._interval / 2)
        offset = self._phase * self._interval
        turns = -((offset - earliest) // self._interval)
        return turns * self._interval + offset

    async def turn(self) -> None:
        """Wait until the next turn."""
        loop = asyncio.get_running_loop()
        due = self.due(loop.time())
        await asyncio.sleep(due - loop.time())
        self._last = due
