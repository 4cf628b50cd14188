"""The time of RTP: what a camera's sender reports say about its clock.

References:
    [1] RFC 3550 section 6.4.1: sender reports tie RTP time to the wall clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from landwatch.source._told import Told

__all__ = ["Reports"]

NTP_TO_UNIX = 2_208_988_800
"""From 1900 to 1970. [s]"""

SENDER_REPORT = 200


class Reports:
    """The newest sender report of one stream."""

    def __init__(self, rate: int, now: Callable[[], float], within: float) -> None:
        """Set the RTP clock of the stream [Hz], what tells the event loop's time [s] and how long, at most, a
        report lies unread. [s]
        """
        self._rate = rate
        self._now = now
        self._within = within
        self._arrived = 0.0
        self._wall: datetime | None = None
        self._time = 0

    def packet(self, data: bytes, start: int, end: int) -> None:
        """Take one RTCP packet, `data[start:end]`; a sender report stands first in it."""
        if end - start < 20 or data[start] & 0xC0 != 0x80 or data[start + 1] != SENDER_REPORT:
            return
        seconds = int.from_bytes(data[start + 8 : start + 12], "big")
        if seconds < NTP_TO_UNIX:
            # No clock, or one that counts from when the camera was switched on.
            return
        fraction = int.from_bytes(data[start + 12 : start + 16], "big") / 2**32
        self._wall = datetime.fromtimestamp(seconds - NTP_TO_UNIX, UTC) + timedelta(seconds=fraction)
        self._arrived = self._now()
        self._time = int.from_bytes(data[start + 16 : start + 20], "big")

    @property
    def told(self) -> Told | None:
        """What the newest report tells of the camera's clock."""
        return (
            None
            if self._wall is None
            else Told(self._wall, self._arrived - self._within / 2, self._within / 2)
        )

    def when(self, time: int) -> datetime | None:
        """Return the wall-clock time of an RTP time, or None where no report came."""
        if self._wall is None:
            return None
        # RTP time wraps: the nearer of both ways round is meant.
        apart = (time - self._time + 2**31) % 2**32 - 2**31
        return self._wall + timedelta(seconds=apart / self._rate)
