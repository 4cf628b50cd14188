"""Knows which cameras cannot see which hazards, since when and why: blind is not clear.

A camera is blind to a hazard while the readings that the hazard's rules hear are absent (night, fog, a moved
view ...), while a check says that its picture shows nothing of the land, and while no picture comes. It is
believed once it has lasted a few pictures; that it sees again, at once. In memory: `tick` writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from landwatch.alert.duty import Duty
from landwatch.alert.records import Blind
from landwatch.config import Camera
from landwatch.types import Finding, Outcome

__all__ = ["STALE", "Lookout", "Watched"]

STALE = "stale"
"""Why a camera is blind of which no picture comes."""

BLINDING = ("covered", "black", "moved", "dirt", "frozen")
"""Checks that, where they are bad, leave nothing to be seen of the land that instruments were set up for."""

PATIENCE_INTERVALS = 3.0
"""One picture may be lost, two are a fault. [1]"""

LEAST_PATIENCE = timedelta(seconds=60)
"""Fog and dusk flicker; a camera that is asked every second is not blind for three of them."""

Watched = Mapping[str, Sequence[tuple[str, str]]]
"""By camera: hazards that it watches for, and the quantities in which they show."""


@dataclass(slots=True)
class _Run:
    """One time in which a camera does not see a hazard."""

    began: datetime
    since: datetime
    why: str
    other: tuple[str, datetime] | None = None
    """Another reason, and since when it holds."""
    written: str | None = None
    """The reason that was written last."""


class Lookout:
    """What each camera cannot see. One thread at a time."""

    def __init__(
        self,
        duty: Duty,
        cameras: Sequence[Camera],
        watched: Watched,
        now: datetime,
        *,
        last: Mapping[str, datetime] | None = None,
    ) -> None:
        """Go on from what was written before.

        Args:
            duty: where it is written.
            cameras: those that are followed; they are enrolled.
            watched: what each of them watches for.
            now: when the cameras are listened to from.
            last: when each was heard last, before.
        """
        self._duty = duty
        self._watched: dict[str, Sequence[tuple[str, str]]] = {}
        self._patience: dict[str, timedelta] = {}
        self._heard: dict[str, datetime] = {}
        for camera in cameras:
            self.join(camera, watched.get(camera.name, ()), (last or {}).get(camera.name, now))
        self._runs: dict[tuple[str, str], _Run] = {}
        self._ended: list[tuple[str, str, datetime]] = []
        for blind in duty.book.blind():
            if blind.hazard in {hazard for hazard, _ in self._watched.get(blind.camera, ())}:
                self._runs[blind.camera, blind.hazard] = _Run(
                    began=blind.began, since=blind.since, why=blind.why, written=blind.why
                )
            else:
                self._ended.append((blind.camera, blind.hazard, now))

    def join(self, camera: Camera, watched: Sequence[tuple[str, str]], heard: datetime) -> None:
        """Listen to a camera that is enrolled.

        Args:
            camera: that is followed.
            watched: hazards that it watches for, and the quantities in which they show.
            heard: when it was heard last, or is listened to from.
        """
        self._watched[camera.name] = tuple(watched)
        self._patience[camera.name] = max(
            LEAST_PATIENCE, timedelta(seconds=PATIENCE_INTERVALS * camera.interval)
        )
        self._heard[camera.name] = heard

    def hear(self, outcomes: Iterable[Outcome]) -> None:
        """Take what was kept of cameras."""
        for outcome in outcomes:
            if outcome.camera not in self._watched:
                continue
            self._heard[outcome.camera] = outcome.received
            hidden = _blinding(outcome.findings)
            for hazard, quantity in self._watched[outcome.camera]:
                mine = [one for one in outcome.readings if one.quantity == quantity]
                if not mine and hidden is None:
                    continue
                absent = next((one.absent for one in mine), None)
                if any(one.value is not None for one in mine):
                    absent = None
                why: str | None = hidden or absent
                if why == "withheld" and outcome.reason == "night":
                    why = "night"
                self._say(outcome.camera, hazard, why, outcome.received)

    def tick(self, now: datetime) -> None:
        """Find cameras of which nothing comes, and write what has changed and lasted.

        Raises:
            StoreError: if it cannot be written.
        """
        for camera, heard in self._heard.items():
            if now - heard > self._patience[camera]:
                for hazard, _ in self._watched[camera]:
                    self._say(camera, hazard, STALE, now, since=heard)
        begun = []
        for (camera, hazard), run in self._runs.items():
            if run.other is not None and now - run.other[1] >= self._patience[camera]:
                (run.why, run.since), run.other = run.other, None
            if run.why != run.written and now - run.since >= self._patience[camera]:
                run.written = run.why
                begun.append(
                    Blind(
                        camera=camera,
                        hazard=hazard,
                        why=run.why,
                        began=run.began,
                        since=run.since,
                        until=None,
                    )
                )
        if begun or self._ended:
            self._duty.keep_blind(begun, self._ended)
            self._ended = []

    def _say(
        self, camera: str, hazard: str, why: str | None, time: datetime, *, since: datetime | None = None
    ) -> None:
        run = self._runs.get((camera, hazard))
        if why is None:
            if run is not None:
                del self._runs[camera, hazard]
                if run.written is not None:
                    self._ended.append((camera, hazard, time))
        elif run is None:
            self._runs[camera, hazard] = _Run(began=since or time, since=since or time, why=why)
        elif run.why == why:
            run.other = None
        elif run.other is None or run.other[0] != why:
            run.other = (why, since or time)


def _blinding(findings: Sequence[Finding]) -> str | None:
    """Return the check that says that nothing of the land can be seen, if one does."""
    bad = {finding.check for finding in findings if finding.state == "bad"}
    return next((check for check in BLINDING if check in bad), None)
