"""What other cameras saw at the time of an event: first those that look at its place, then the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from landwatch.alert.area import REACH, REACH_ELSE, distance
from landwatch.config import Place
from landwatch.store import Archive, PictureRecord, Station
from landwatch.types import Event
from landwatch.where import Location, Locator

__all__ = ["Neighbour", "neighbours"]

MOST = 6
"""Neighbours beside one event: a row on a desk's screen. [1]"""

ASKED = 40
"""Nearest cameras of which it is found out whether they look at the place. [1]"""

BEFORE, AFTER = timedelta(minutes=5), timedelta(minutes=1)
"""How much older or newer than the event's newest change a neighbour's picture may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One other camera near an event."""

    station: Station
    km: float
    """From the event, or from its camera where nobody knows where it is. [km]"""
    looks: bool | None
    """Whether the event's place lies within its view; None where that is not known."""
    picture: PictureRecord | None
    """The frame nearest in time, kept or not."""


def neighbours(request: Request, changes: Sequence[Event], location: Location | None) -> list[Neighbour]:
    """Return other cameras that could see an event.

    Two cameras may see one thing from both sides, so they may stand two reaches of its hazard apart.

    Args:
        request: whose app knows the cameras.
        changes: the event's, oldest first.
        location: where it is, as far as that is known.
    """
    archive: Archive = request.app.state.archive
    locator: Locator = request.app.state.locator
    event = changes[-1]
    stations = archive.stations()
    known = (location.fix or location.range) if location else None
    if known is not None:
        centre: Place | None = Place(latitude=known.latitude, longitude=known.longitude)
    else:
        centre = stations[event.camera].place if event.camera in stations else None
    if centre is None:
        return []
    reach = REACH.get(event.hazard, REACH_ELSE) * (1 if known else 2)
    near = [
        (distance(centre, one.place), one)
        for one in stations.values()
        if one.place is not None and one.followed and one.name != event.camera
    ]
    near = sorted((pair for pair in near if pair[0] <= reach), key=lambda pair: pair[0])[:ASKED]
    ranked = []
    for km, station in near:
        looks = None if known is None else locator.looks_at(station.name, known.latitude, known.longitude)
        ranked.append((looks is not True, looks is False, km, station, looks))
    ranked.sort(key=lambda one: one[:3])
    return [
        Neighbour(station=station, km=km, looks=looks, picture=_picture(archive, station.name, event))
        for *_, km, station, looks in ranked[:MOST]
    ]


def _picture(archive: Archive, camera: str, event: Event) -> PictureRecord | None:
    span = (event.time - BEFORE, event.time + AFTER)
    found = archive.pictures(camera, *span, status="cleared") or archive.pictures(camera, *span)
    return min(found, key=lambda one: abs(one.taken - event.time), default=None)
