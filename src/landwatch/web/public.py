"""The page for everybody: which cameras there are, whose, what for, and what becomes of their pictures.

It is off unless the configuration says otherwise, links to no other page and names no address of a camera. It
tells of removal what was measured, and of withheld pictures one sum of a whole day and of all cameras: of one
camera, or by the hour, it would hint at when somebody was there.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from landwatch.config import Camera, Config, Outlet, Public, Purpose
from landwatch.store import Archive, Glance
from landwatch.types import Status
from landwatch.web.pages import page
from landwatch.web.problems import Missing

__all__ = ["MEASURED", "Disclosed", "Figure", "router"]

DIGITS = 3
"""Of degrees: a hundred metres, which tells where a camera is but not on which pole. [1]"""

PAGE = 200
"""Cameras on one page of the table. [1]"""

SHARED_DAYS = 30
"""Over which it is told what was shared. [d]"""

router = APIRouter(include_in_schema=False)


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


PURPOSES: Mapping[Purpose, str] = {
    "wildfire": N_("wildfire"),
    "flood": N_("flood"),
    "landslide": N_("landslide"),
    "weather": N_("weather"),
    "ecology": N_("ecology"),
    "works_safety": N_("works safety"),
    "road_condition": N_("road condition"),
    "upkeep": N_("camera upkeep"),
}

KINDS: Mapping[str, str] = {
    "event": N_("changes of events"),
    "order": N_("steps of work orders"),
    "alert": N_("alerts"),
}
"""What messages are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How well removal did in one trial."""

    what: str
    found: int
    of: int
    lower: float
    """Lower end of the 95 % interval of their ratio. [1]"""


MEASURED = (
    Figure(
        what=N_("people of 42 px height and more before mountain land, once the camera knows its view"),
        found=170,
        of=170,
        lower=0.978,
    ),
    Figure(what=N_("people of 42 to 110 px in a yard, a picture every 10 s"), found=250, of=252, lower=0.972),
    Figure(what=N_("people of 42 to 110 px in a yard, single pictures"), found=165, of=168, lower=0.949),
)
"""What docs/removal.md says of removal; a test holds both together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What became of the frames of one day."""

    day: date
    frames: Mapping[Status, int]

    @property
    def total(self) -> int:
        """All frames."""
        return sum(self.frames.values())


class Disclosed:
    """What the configuration lets everybody read, and the sums of the last full day."""

    def __init__(self, settings: Public, cameras: Sequence[Camera], outlets: Sequence[Outlet]) -> None:
        self.settings = settings
        self.cameras = {camera.name: camera for camera in cameras}
        self.receivers = {outlet.name: outlet.receiver or outlet.kind for outlet in outlets}
        self._count: Count | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, config: Config) -> Disclosed:
        """Return what a configuration discloses."""
        return cls(config.public, config.camera, config.outlet)

    def count(self, archive: Archive, now: datetime) -> Count:
        """Return what became of the frames of the day before; counted once, for it does not change."""
        day = now.date() - timedelta(days=1)
        with self._lock:
            if self._count is None or self._count.day != day:
                since = datetime.combine(day, time(), UTC)
                self._count = Count(day=day, frames=archive.statuses(since, since + timedelta(days=1)))
            return self._count

    def shared(self, archive: Archive, now: datetime) -> dict[str, dict[str, int]]:
        """Return how many messages each receiver got lately, by what they are about."""
        found: dict[str, dict[str, int]] = {name: {} for name in self.receivers.values()}
        since = now - timedelta(days=SHARED_DAYS)
        for (outlet, kind), number in archive.delivered(since).items():
            told = found.setdefault(self.receivers.get(outlet, outlet), {})
            told[kind] = told.get(kind, 0) + number
        return found


@router.get("/public")
def disclosure(request: Request) -> Response:
    """What everybody may know."""
    disclosed: Disclosed | None = request.app.state.disclosed
    if disclosed is None:
        raise Missing("there is no public page here; public.on = true in the configuration makes one")
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    followed = [one for one in archive.glances() if one.followed]
    pages = max(1, -(-len(followed) // PAGE))
    asked = request.query_params.get("page", "")
    number = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), pages)
    return page(
        request,
        "public.html",
        settings=disclosed.settings,
        rows=[_row(one, disclosed) for one in followed[(number - 1) * PAGE : number * PAGE]],
        cameras=len(followed),
        number=number,
        of_pages=pages,
        day=disclosed.count(archive, now),
        shared=disclosed.shared(archive, now),
        days=SHARED_DAYS,
        measured=MEASURED,
        kinds=KINDS,
    )


def _row(record: Glance, disclosed: Disclosed) -> dict[str, Any]:
    camera = disclosed.cameras.get(record.name)
    place = record.place
    return {
        "title": record.title or record.name,
        "place": None if place is None else (round(place.latitude, DIGITS), round(place.longitude, DIGITS)),
        "owner": (camera.owner if camera else "") or disclosed.settings.owner,
        "purposes": [PURPOSES[one] for one in camera.purpose] if camera else [],
        "interval": record.interval,
    }
