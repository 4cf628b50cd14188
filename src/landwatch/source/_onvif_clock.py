"""A camera's clock as its ONVIF service tells it, for cameras whose pictures come without any time.

It is asked at most once an hour, only where the settings name the service's port, and without a password: the
one question that ONVIF answers to everybody [ONVIF Core, GetSystemDateAndTime].
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from landwatch.errors import SourceError
from landwatch.source._feed import Feed
from landwatch.source._told import Told
from landwatch.types import Drift

__all__ = ["OnvifClock"]

EVERY_S = 3600.0
"""Between two questions. [s] A clock that nobody sets runs away by seconds a day."""

PATIENCE_S = 3.0
"""Longest wait for the answer: a picture in hand waits with it. [s]"""


class OnvifClock:
    """The clock of one camera."""

    def __init__(self, host: str, port: int | None, allow_link_local: bool) -> None:
        """Set where the service is; without a port it is not asked."""
        self._host = host
        self._port = port
        self._allow = allow_link_local
        self._asked: float | None = None
        self._told: Told | None = None

    @staticmethod
    def of(feed: Feed, host: str, port: int | None, allow_link_local: bool) -> OnvifClock:
        """Return the clock of a feed's camera, with what it told before its source was started again."""
        clock = feed.memory.setdefault("onvif", OnvifClock(host, port, allow_link_local))
        assert isinstance(clock, OnvifClock)
        return clock

    async def drift(self, now: datetime) -> Drift | None:
        """Return how far the camera's clock is from ours, which shows `now`; None where it does not tell."""
        if self._port is None:
            return None
        at = asyncio.get_running_loop().time()
        if self._asked is None or at - self._asked >= EVERY_S:
            self._asked = at
            self._told = await self._ask(self._port)
        return None if self._told is None else self._told.drift(now, at)

    async def _ask(self, port: int) -> Told | None:
        # What ONVIF needs takes a tenth of a second to load, and few cameras need it.
        from landwatch.source import _onvif

        try:
            return await _onvif.told(self._host, port, timeout=PATIENCE_S, allow_link_local=self._allow)
        except SourceError:
            return None
