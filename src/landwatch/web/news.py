"""Tells open pages that the store has something new.

The keeper, in its own thread, calls `publish` after each commit; each open page waits for the count to go
up. Nothing is queued: a page that was away asks what has changed since the count that it last saw, so a
slow reader costs nobody anything.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from landwatch.clock import Clock
from landwatch.types import Outage, Outcome

__all__ = ["News"]


class News:
    """A count of commits that any thread may raise and any event loop may wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._newest: datetime | None = None
        self._stopped = False
        self._changed: dict[str, int] = {}
        self.alarms: tuple[str, ...] = ()
        """What operators must be told since the start: a shard or the store has stopped."""
        self.frames: Counter[str] = Counter()
        """Frames since the start, by status."""
        self.readings: Counter[str] = Counter()
        """Readings since the start: present, absent."""
        self.outages: Counter[str] = Counter()
        """Turns without a picture since the start, by kind."""
        self.delays: dict[str, float] = {"arrive": 0.0, "keep": 0.0}
        """Sums since the start of what frames took: to arrive after capture, to be kept after that. [s]"""
        self.queued: Callable[[], int] = int
        """Returns how much workers have said that is not kept yet."""
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def count(self) -> int:
        """How many commits there were since the start. [1]"""
        return self._count

    @property
    def newest(self) -> datetime | None:
        """When the last commit was published, aware UTC; None before the first."""
        return self._newest

    @property
    def stopped(self) -> bool:
        """True when the keeper has said that it will publish no more."""
        return self._stopped

    def publish(self, *kept: Outcome | Outage | str) -> int:
        """Tell what was kept, or of which cameras something was; of all if nothing is named.

        Returns:
            the new count.
        """
        with self._lock:
            self._count += 1
            self._newest = now = self._clock.now()
            for thing in kept:
                self._changed[thing if isinstance(thing, str) else thing.camera] = self._count
                self._tally(thing, now)
            if not kept:
                self._changed[""] = self._count
            self._wake()
            return self._count

    def alarm(self, message: str) -> None:
        """Tell operators, on every page and in `/healthz`, that a part has stopped."""
        with self._lock:
            self.alarms = (*self.alarms, message)
            self._count += 1
            self._changed[""] = self._count
            self._wake()

    def stop(self) -> None:
        """Tell that the keeper has stopped: those who wait return at once, and streams end."""
        with self._lock:
            self._stopped = True
            self._wake()

    async def wait(self, after: int) -> int:
        """Return the count as soon as it is more than `after`, or when the keeper has stopped."""
        mine = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._count > after or self._stopped:
                return self._count
            self._waiting.add(mine)
        try:
            await mine[1].wait()
        finally:
            with self._lock:
                self._waiting.discard(mine)
        return self._count

    def changed(self, after: int) -> list[str] | None:
        """Return the cameras with something new since a count, in order of name; None for all cameras."""
        with self._lock:
            if self._changed.get("", 0) > after:
                return None
            return sorted(camera for camera, count in self._changed.items() if count > after)

    def _tally(self, thing: Outcome | Outage | str, now: datetime) -> None:
        if isinstance(thing, Outcome):
            self.frames[thing.status] += 1
            self.delays["arrive"] += (thing.received - thing.taken).total_seconds()
            self.delays["keep"] += (now - thing.received).total_seconds()
            for reading in thing.readings:
                self.readings["absent" if reading.value is None else "present"] += 1
        elif isinstance(thing, Outage):
            self.outages[thing.kind] += 1

    def _wake(self) -> None:
        for loop, event in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)
