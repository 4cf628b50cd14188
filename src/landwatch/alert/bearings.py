"""What calibrated views say of events: whether cameras see the same thing, and where an alert is for.

A view counts as it was when the picture was taken: who calibrates a camera anew moves no older event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from landwatch.alert.area import REACH, REACH_ELSE, Corners, sector
from landwatch.config import Camera
from landwatch.store import Poses, moment, schema
from landwatch.where import EARTH, Fix, Location, Locator, Sight, outline, outlook_of

__all__ = ["Bearings"]

WIDE = 2.0
"""Half of a wedge, in standard uncertainties of the bearing: 95 of 100 truths lie in it. [1]"""


class Bearings:
    """Bearings of what the cameras of a configuration saw first of events: then it was smallest."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self._cameras = {camera.name: camera for camera in cameras}
        self._locator = Locator(cameras)

    def meet(self, connection: Connection, hazard: str, events: Sequence[str]) -> bool | None:
        """Return whether events of several cameras are at one place; None if bearings cannot tell."""
        found = self._locate(connection, events)
        if found is None or len(found.bearings) < len(events) or _is_parallel(found):
            return None
        return (
            found.fix is not None
            and len(found.fix.cameras) == len(events)
            and all(_km(found, place) <= REACH.get(hazard, REACH_ELSE) for place in range(len(events)))
        )

    def areas(self, connection: Connection, hazard: str, events: Sequence[str]) -> dict[str, Corners]:
        """Return where what each camera sees may be: the ellipse of bearings that meet, or a wedge."""
        found = self._locate(connection, events)
        if found is None:
            return {}
        ellipse = _corners(found.fix) if found.fix else None
        return {
            one.camera: ellipse
            if ellipse and found.fix and one.camera in found.fix.cameras
            else sector(one.place, one.azimuth - WIDE * one.sigma, one.azimuth + WIDE * one.sigma, hazard)
            for one in found.bearings
        }

    def outlook(self, connection: Connection, name: str, time: datetime) -> tuple[float, float] | None:
        """Return the azimuths of the left and the right edge of what a camera saw at a time. [deg]"""
        camera = self._cameras.get(name)
        if camera is None:
            return None
        pose = Poses(connection, [name]).at(name, time)
        return outlook_of(camera if pose is None else camera.model_copy(update={"view": pose}))

    def _locate(self, connection: Connection, events: Sequence[str]) -> Location | None:
        if not self._locator.is_useful:
            return None
        sights = [sight for event in events if (sight := _sight(connection, event)) is not None]
        return self._locator.locate(sights) if sights else None


def _sight(connection: Connection, event: str) -> Sight | None:
    table, cameras, stills = schema.events, schema.cameras, schema.stills
    row = connection.execute(
        select(table.c.region, table.c.time, cameras.c.name, stills.c.width, stills.c.height)
        .join(cameras, table.c.camera_id == cameras.c.id)
        .outerjoin(stills, table.c.still == stills.c.sha256)
        .where(table.c.event == event, table.c.region.is_not(None))
        .order_by(table.c.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    left, top, right, bottom = json.loads(row.region)
    size = None if row.width is None else (row.width, row.height)
    pose = Poses(connection, [row.name]).at(row.name, moment(row.time))
    return Sight(camera=row.name, region=(left, top, right, bottom), size=size, pose=pose)


def _is_parallel(found: Location) -> bool:
    return any(refusal.reason == "parallel" for refusal in found.refused)


def _km(found: Location, place: int) -> float:
    """Return how far the place that bearings fix is from one of their cameras. [km]"""
    assert found.fix is not None
    camera = found.bearings[place].place
    _, _, metres = EARTH.inv(camera.longitude, camera.latitude, found.fix.longitude, found.fix.latitude)
    return float(metres) / 1000


def _corners(fix: Fix) -> Corners:
    return tuple((latitude, longitude) for longitude, latitude in outline(fix))
