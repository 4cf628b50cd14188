"""Which outlets are told of an event, and what is written for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from landwatch import config
from landwatch.alert.area import Circle, Corners, circle, inside, sector
from landwatch.alert.grade import SEVERITIES, stand
from landwatch.alert.records import Alert, AlertKind, Deed, Life
from landwatch.clock import iso
from landwatch.config import Place
from landwatch.errors import ConfigError, UsageError
from landwatch.types import Event, Message
from landwatch.upkeep import Level, served

__all__ = ["Seen", "Sight", "Wish", "change", "check_notices", "kind_of", "live", "message", "wishes"]

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One camera as alerts need it."""

    name: str
    title: str
    place: Place | None
    outlook: tuple[float, float] | None
    """Azimuths of the edges of its view. [deg]"""
    corners: Corners | None = None
    """Where it is, as far as calibrated views tell."""

    def area(self, hazard: str) -> Corners | Circle | None:
        """Return where a hazard that it sees may be; None where it is not known where it stands."""
        if self.place is None or self.corners is not None:
            return self.corners
        if self.outlook is None:
            return circle(self.place, hazard)
        return sector(self.place, *self.outlook, hazard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event with all cameras that see it, for one round of telling."""

    life: Life
    sights: tuple[Sight, ...]
    """The event's own camera first."""
    newest: tuple[Event, ...]
    """What the pictures say of it last, of each event that was merged into it too."""

    @property
    def severity(self) -> int:
        """Place in `SEVERITIES`."""
        scores = [event.score for event in self.newest if event.origin == "pictures"]
        return SEVERITIES.index(stand(self.life.hazard, self.life.state, scores).severity)


@dataclass(frozen=True, slots=True)
class Wish:
    """One notice, checked."""

    notice: config.Notice
    hours: Level

    def fits(self, seen: Seen, now: datetime) -> bool:
        """Return whether its outlet is to be told of an event now."""
        notice, life = self.notice, seen.life
        places = [sight.place for sight in seen.sights if sight.place is not None]
        return (
            (not notice.hazard or life.hazard in notice.hazard)
            and (not notice.area or any(inside(place, notice.area) for place in places))
            and seen.severity >= SEVERITIES.index(notice.severity)
            and (not notice.confirmed or life.state == "confirmed")
            and (notice.drills or not life.drill)
            and (not notice.after or self.is_late(life, now))
            and served(self.hours, now, now + SECOND) > timedelta()
        )

    def is_late(self, life: Life, now: datetime) -> bool:
        """Return whether nobody has acknowledged an event for as long as the notice waits."""
        return life.state == "open" and now - life.opened >= timedelta(seconds=self.notice.after)


def wishes(notices: Sequence[config.Notice]) -> dict[str, tuple[Wish, ...]]:
    """Return the notices of each outlet.

    Raises:
        ConfigError: for hours or a time zone that there are not.
    """
    found: dict[str, tuple[Wish, ...]] = {}
    for number, notice in enumerate(notices):
        try:
            hours = Level(name="notice", target=0, response=0, repair=0, hours=notice.hours, zone=notice.zone)
        except UsageError as error:
            raise ConfigError(f"notice[{number}]: {error}") from None
        found[notice.outlet] = (*found.get(notice.outlet, ()), Wish(notice, hours))
    return found


def check_notices(said: config.Config) -> None:
    """Refuse notices that cannot be kept.

    Raises:
        ConfigError: for hours or a time zone that there are not.
    """
    wishes(said.notice)


def live(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Return the alerts that an outlet was sent and that none has cancelled since."""
    held: list[Alert] = []
    for alert in alerts:
        held = [] if alert.kind == "Cancel" else [*held, alert]
    return tuple(held)


def message(
    seen: Seen,
    alert: Alert,
    before: Sequence[Alert],
    deed: Deed,
    said: config.Alerts,
    address: str = "",
) -> Message:
    """Return what an outlet is to carry of an alert.

    Args:
        seen: the event.
        alert: the message's own name, time and kind.
        before: the alerts that it refers to.
        deed: what was done about the event last.
        said: what all alerts say.
        address: under which people reach the page, if they do.
    """
    life = seen.life
    scores = [event.score for event in seen.newest if event.origin == "pictures"]
    graded = stand(life.hazard, life.state, scores)
    is_public = said.scope != "Public" or life.state in ("confirmed", "closed")
    body: dict[str, Any] = {
        "kind": "alert",
        "key": alert.identifier,
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": iso(alert.sent),
        "expires": iso(alert.sent + timedelta(seconds=said.lasting)),
        "status": "Exercise" if life.drill else said.status,
        "type": alert.kind,
        "scope": said.scope if is_public else "Restricted",
        "references": [[one.sender, one.identifier, iso(one.sent)] for one in before],
        "event": life.event,
        "hazard": life.hazard,
        "state": life.state,
        "act": alert.act,
        "drill": life.drill,
        "cause": life.cause,
        "into": life.into,
        "note": deed.note,
        "role": deed.role,
        "url": f"{address}/events/{quote(life.event)}" if address else "",
        "opened": iso(life.opened),
        "category": graded.category,
        "severity": graded.severity,
        "urgency": graded.urgency,
        "certainty": graded.certainty,
        "cameras": [
            {"name": sight.name, "title": sight.title or sight.name, "area": sight.area(life.hazard)}
            for sight in seen.sights
        ],
        "still": next((event.still for event in seen.newest if event.still), None),
    }
    return Message(
        outlet=alert.outlet,
        key=alert.identifier,
        kind="alert",
        time=alert.sent,
        body=json.dumps(body, ensure_ascii=False, allow_nan=False),
        lane=f"event {life.event}",
    )


def change(life: Life, deed: Deed, outlet: str) -> Message:
    """Return what an outlet that carries each change of an event is to carry of what people did."""
    name = f"{life.event}\n{life.version}"
    key = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:32]
    body: Mapping[str, Any] = {
        "kind": "event",
        "key": key,
        "event": life.event,
        "hazard": life.hazard,
        "camera": life.camera,
        "origin": life.origin,
        "drill": life.drill,
        "state": life.state,
        "act": deed.act,
        "role": deed.role,
        "cause": life.cause,
        "into": life.into,
        "note": deed.note,
        "desk": deed.desk,
        "opened": iso(life.opened),
        "time": iso(deed.time),
    }
    return Message(
        outlet=outlet,
        key=key,
        kind="event",
        time=deed.time,
        body=json.dumps(body, ensure_ascii=False, allow_nan=False),
    )


def kind_of(life: Life, held: Sequence[Alert]) -> AlertKind:
    """Return which kind of alert tells how an event stands to whom was sent `held` before."""
    if not held:
        return "Alert"
    return "Cancel" if life.state in ("dismissed", "merged") else "Update"
