"""How the fleet did in the last thirty days, for pages that show it in few words beside other things.

A survey reads a month of sums; a page that is fetched again with each picture must not. So one survey is kept
for some minutes, and says of when it is.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from landwatch.upkeep import Survey, survey
from landwatch.upkeep.book import Reading
from landwatch.upkeep.rates import Group, month

__all__ = ["Lately"]

FRESH = timedelta(minutes=5)
"""A survey counts slots of five minutes, so a newer one hardly says anything else."""


class Lately:
    """Keeps the newest survey by camera. May be used from several threads."""

    def __init__(self, reading: Reading) -> None:
        """Take what gives a snapshot, such as `Archive.reading`."""
        self._reading = reading
        self._making = threading.Lock()
        self._kept: Survey | None = None
        self._cameras: dict[str, Group] = {}

    def survey(self, now: datetime) -> Survey:
        """Return the survey of the thirty days that end with today, made at most some minutes ago."""
        kept = self._kept
        if kept is not None and timedelta() <= now - kept.as_of < FRESH:
            return kept
        # Whoever comes while another makes a new one gets the old one at once, where there is one.
        if not self._making.acquire(blocking=kept is None):
            assert kept is not None
            return kept
        try:
            if self._kept is kept:
                made = survey(self._reading, *month(now), by="camera", now=now)
                self._cameras = {group.name: group for group in made.groups}
                self._kept = made
            assert self._kept is not None
            return self._kept
        finally:
            self._making.release()

    def of(self, camera: str, now: datetime) -> Group | None:
        """Return how one camera did; None of one that was not meant to work."""
        self.survey(now)
        group = self._cameras.get(camera)
        return group if group is not None and group.cameras else None
