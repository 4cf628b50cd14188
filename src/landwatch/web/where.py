"""Where events are: for the page in words, and by the API as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from landwatch.store import Archive, Poses
from landwatch.types import Event
from landwatch.web.asked import Nothing
from landwatch.web.ogc import GeoJson
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.where import Location, Locator, Reason, Sight, geojson

__all__ = ["REASONS", "all_located", "located", "router"]

LONGEST = timedelta(days=2)
"""Events that other cameras opened so long before may still be of the same thing."""

MOST_EVENTS = 200
"""Of other cameras that are looked at. [1]"""

router = APIRouter(prefix="/api/v1", responses=ANSWERS)


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


REASONS: Mapping[Reason, str] = {
    "uncalibrated": N_("not calibrated; see landwatch cameras calibrate"),
    "few": N_("no other camera sees it"),
    "parallel": N_("the bearings are nearly parallel"),
    "diverging": N_("the bearings run away from one another"),
    "far": N_("the bearings meet too far away"),
    "near": N_("the bearings meet at a camera"),
    "apart": N_("the bearings do not meet in one place"),
    "sky": N_("its base is too near the skyline to tell how far it is"),
    "off": N_("it lies outside of the terrain that is known"),
}
"""Why there is no better place, for people."""


_COLLECTION: dict[str, Any] = {
    "type": "object",
    "required": ["type", "features", "refused"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "geometry", "properties"],
                "properties": {
                    "type": {"const": "Feature"},
                    "geometry": {"type": "object"},
                    "properties": {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {"kind": {"enum": ["bearing", "place", "ellipse", "patch"]}},
                    },
                },
            },
        },
        "refused": {
            "type": "array",
            "description": "Why there is no better place.",
            "items": {
                "type": "object",
                "required": ["reason", "cameras", "detail"],
                "properties": {"reason": {"enum": list(REASONS)}},
            },
        },
    },
}


@router.get(
    "/events/{id}/location",
    tags=["events"],
    response_class=GeoJson,
    responses={
        **NOT_FOUND,
        200: {
            "description": "Bearings [deg], the place where they meet or where one meets the land, and the "
            "polygon (ellipse or patch) that holds it with a chance of 95 %, if the cameras see the same.",
            "content": {GeoJson.media_type: {"schema": _COLLECTION}},
        },
    },
)
def get_location(
    request: Request,
    id: Annotated[str, Path(min_length=1, max_length=128, description="The event's id.")],
    ask: Nothing,
) -> GeoJson:
    """Where an event is, as GeoJSON, as well as the calibration of the cameras tells."""
    archive: Archive = request.app.state.archive
    changes = archive.event(id)
    if not changes:
        raise Missing(f"no event has the id {id!r}; /api/v1/events lists them")
    newest = changes[-1]
    about = {"event": id, "hazard": newest.hazard}
    return GeoJson(geojson(located(request, changes) or Location(), about))


def located(request: Request, changes: Sequence[Event]) -> Location | None:
    """Return where an event is; None where no camera is known to be calibrated, or it has no region.

    Args:
        request: whose app knows the cameras.
        changes: the event's, oldest first.
    """
    return all_located(request, [changes])[0]


def all_located(request: Request, events: Sequence[Sequence[Event]]) -> list[Location | None]:
    """Return where each of some events is, as `located` does.

    Args:
        request: whose app knows the cameras.
        events: the changes of each, oldest first.
    """
    archive: Archive = request.app.state.archive
    locator: Locator = request.app.state.locator
    if not events or not locator.is_useful:
        return [None] * len(events)
    since = min(changes[0].opened for changes in events) - LONGEST
    hazards = {changes[0].hazard for changes in events}
    known = {changes[0].id: changes for changes in events}
    near = archive.events(hazard=hazards.pop() if len(hazards) == 1 else None, since=since, limit=MOST_EVENTS)
    for other in near:
        if other.id not in known:
            known[other.id] = archive.event(other.id)
    with archive.reading() as connection:
        poses = Poses(connection, {changes[0].camera for changes in known.values()})
    sights = {id: _sight(request, changes, poses) for id, changes in known.items()}
    found: list[Location | None] = []
    for changes in events:
        own, others = sights[changes[0].id], dict[str, Sight]()
        for other in near:
            sight = sights[other.id]
            if sight is not None and other.camera not in others and _may_be_same(changes, other):
                others[other.camera] = sight
        found.append(None if own is None else locator.locate([own, *others.values()]))
    return found


def _may_be_same(changes: Sequence[Event], other: Event) -> bool:
    """Return whether another camera's event, as it is now, was of the same hazard at the same time."""
    first, last = changes[0], changes[-1]
    over = other.state == "closed" and other.time < first.opened
    later = last.state == "closed" and other.opened > last.time
    early = other.time < first.opened - LONGEST
    same = other.hazard == first.hazard and other.camera != first.camera
    return same and not (over or later or early)


def _sight(request: Request, changes: Sequence[Event], poses: Poses) -> Sight | None:
    """Return what a camera saw of an event first: then it was smallest, and nearest to where it began."""
    for change in changes:
        if change.region is not None:
            size = request.app.state.stills.size(change.still) if change.still else None
            pose = poses.at(change.camera, change.time)
            return Sight(camera=change.camera, region=change.region, size=size, pose=pose)
    return None
