"""Where events are: for the page in words, and by the API as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from landwatch.store import Archive
from landwatch.types import Event
from landwatch.web.api import AskNothing
from landwatch.web.ogc import GeoJson
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.where import Location, Locator, Reason, Sight, geojson

__all__ = ["REASONS", "located", "router"]

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
    ask: Annotated[AskNothing, Query()],
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
    archive: Archive = request.app.state.archive
    locator: Locator = request.app.state.locator
    own = _sight(request, changes)
    if own is None or not locator.is_useful:
        return None
    first, last = changes[0], changes[-1]
    others: dict[str, Sight] = {}
    for other in archive.events(hazard=first.hazard, since=first.opened - LONGEST, limit=MOST_EVENTS):
        ends = other.time if other.state == "closed" else None
        over = ends is not None and ends < first.opened
        later = last.state == "closed" and other.opened > last.time
        if other.camera == first.camera or over or later or other.camera in others:
            continue
        sight = _sight(request, archive.event(other.id))
        if sight is not None:
            others[other.camera] = sight
    return locator.locate([own, *others.values()])


def _sight(request: Request, changes: Sequence[Event]) -> Sight | None:
    """Return what a camera saw of an event first: then it was smallest, and nearest to where it began."""
    for change in changes:
        if change.region is not None:
            size = request.app.state.stills.size(change.still) if change.still else None
            return Sight(camera=change.camera, region=change.region, size=size)
    return None
