"""Keeps the standing events of one camera and says when they open, change and close."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from landwatch.clock import aware
from landwatch.config import Rule
from landwatch.decide._rules import Hearing, union
from landwatch.errors import DecideError
from landwatch.lesson import Lesson, spot_of
from landwatch.types import Event, Reading, Region

__all__ = ["Judge", "event_id"]

GROWN = 1.3
"""An event is told anew when its region's area grew by this factor since it was told last. [1]"""

STRONGER = 0.5
"""An event is told anew when its value worsened by so much since it was told last, in spans between the
rule's two thresholds. [1]"""


@dataclass(slots=True)
class _Standing:
    told: Event
    """The state that was told last."""
    region: Region | None
    """Union of all regions so far. [px]"""
    holding: set[int] = field(default_factory=set)
    """Rules, by their place in the hazard's list, that spoke for it; empty after a restart."""


class Judge:
    """The rules of one camera. One standing event a hazard; a closed one is never opened again."""

    def __init__(
        self, camera: str, rules: Sequence[Rule], standing: Sequence[Event] = (), *, drill: bool = False
    ) -> None:
        """Take the rules and the events that were standing when the camera was last followed.

        A standing event whose hazard has no rule any more is left standing, for a person to close. With
        `drill` all that it opens are exercises.

        Raises:
            DecideError: if a standing event is closed, of another camera, or one of two of its hazard.
        """
        self._camera = camera
        self._drill = drill
        self._lessons: dict[str, Lesson] = {}
        self._hearings: dict[str, list[Hearing]] = {}
        for rule in rules:
            self._hearings.setdefault(rule.hazard, []).append(Hearing(rule=rule))
        self._standing: dict[str, _Standing] = {}
        for event in standing:
            if event.camera != camera or event.state == "closed":
                raise DecideError(f"{event.id} of {event.camera} ({event.state}) does not stand at {camera}")
            if event.hazard in self._standing:
                other = self._standing[event.hazard].told.id
                raise DecideError(f"two {event.hazard} events stand at {camera}: {other} and {event.id}")
            self._standing[event.hazard] = _Standing(told=event, region=event.region)

    def heed(self, lessons: Sequence[Lesson]) -> None:
        """Judge by what the camera has learnt from now on, where a rule has a budget."""
        self._lessons = {lesson.hazard: lesson for lesson in lessons}

    @property
    def standing(self) -> tuple[Event, ...]:
        """The standing events, each in the state that was told last."""
        return tuple(standing.told for standing in self._standing.values())

    def judge(
        self,
        readings: Sequence[Reading],
        file: str = "",
        still: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> tuple[Event, ...]:
        """Return the changes of events that the readings of one picture make.

        Args:
            readings: of one picture of this camera.
            file: name of the frame, for the record.
            still: SHA-256 of the kept picture, if one is.
            size: width and height of the picture. [px] Without it nothing that was learnt is heeded.
        """
        changes = []
        for hazard, hearings in self._hearings.items():
            heard = [
                (place, hearing, reading)
                for place, hearing in enumerate(hearings)
                for reading in readings
                if reading.quantity == hearing.rule.quantity
            ]
            lesson = self._lessons.get(hazard) if size else None
            for _, hearing, reading in heard:
                spot = spot_of(reading.region, size) if size else None
                hearing.hear(reading, lesson if hearing.rule.budget else None, spot)
            present = [entry for entry in heard if entry[2].value is not None]
            if present:
                changes += self._change(hazard, hearings, present, file, still)
        return tuple(changes)

    def _change(
        self,
        hazard: str,
        hearings: list[Hearing],
        present: list[tuple[int, Hearing, Reading]],
        file: str,
        still: str | None,
    ) -> list[Event]:
        standing = self._standing.get(hazard)
        speaking = [entry for entry in present if entry[1].voice == "for"]
        if standing is None:
            opening = [entry for entry in speaking if entry[1].enters]
            if not opening:
                return []
            place, _, reading = max(opening, key=_strength)
            event = Event(
                id=event_id(self._camera, hazard, reading.time),
                hazard=hazard,
                camera=self._camera,
                state="opened",
                opened=reading.time,
                time=reading.time,
                score=_value(reading),
                region=reading.region,
                file=file,
                still=still,
                drill=self._drill,
            )
            self._standing[hazard] = _Standing(told=event, region=event.region, holding={place})
            return [event]
        standing.holding.update(place for place, _, _ in speaking)
        told = dataclasses.replace(standing.told, file=file, still=still)
        if _over(standing, hearings):
            del self._standing[hazard]
            for hearing in hearings:
                hearing.reset()
            last = present[0][2]
            return [
                dataclasses.replace(
                    told, state="closed", time=last.time, score=_value(last), region=standing.region
                )
            ]
        return self._update(standing, told, speaking)

    @staticmethod
    def _update(
        standing: _Standing, told: Event, speaking: list[tuple[int, Hearing, Reading]]
    ) -> list[Event]:
        if not speaking:
            return []
        for _, _, reading in speaking:
            standing.region = union(standing.region, reading.region)
        _, hearing, reading = max(speaking, key=_strength)
        grown = _area(standing.region) > max(GROWN * _area(told.region), 0.0)
        rise = _value(reading) - told.score
        span = abs(hearing.rule.enter - hearing.rule.leave)
        if not grown and (rise if hearing.rule.enter > hearing.rule.leave else -rise) < STRONGER * span:
            return []
        standing.told = dataclasses.replace(
            told, state="updated", time=reading.time, score=_value(reading), region=standing.region
        )
        return [standing.told]


def _over(standing: _Standing, hearings: list[Hearing]) -> bool:
    """Return whether each rule that held the event has let go of it.

    After a restart it is not known which rules held it, so each that was heard since must let go.
    """
    if standing.holding:
        return all(hearings[place].leaves for place in standing.holding)
    return all(hearing.leaves for hearing in hearings if hearing.heard)


def _strength(entry: tuple[int, Hearing, Reading]) -> float:
    """Return how far a value lies beyond the rule's way in, in spans between its two thresholds. [1]"""
    rule = entry[1].rule
    return (_value(entry[2]) - rule.enter) / (rule.enter - rule.leave)


def _value(reading: Reading) -> float:
    assert reading.value is not None
    return reading.value


def event_id(camera: str, hazard: str, opened: datetime) -> str:
    """Return the id of an event, the same whenever the same pictures are judged again.

    Such as smoke-ridge-20261122T120000Z-1a2b3c; the end is a hash, so that a cut or mistyped id is noticed.
    """
    stem = f"{hazard}-{camera}-{aware(opened):%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(f"{stem} {aware(opened).isoformat()}".encode()).hexdigest()
    return f"{stem}-{digest[:6]}"


def _area(region: Region | None) -> float:
    return 0.0 if region is None else float((region[2] - region[0]) * (region[3] - region[1]))
