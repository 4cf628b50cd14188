"""Cameras as features, by OGC API Features: a point where each stands, and how it is now.

A camera whose place its owner does not say has no geometry; it is among them all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from landwatch.alert import Book
from landwatch.clock import iso
from landwatch.store import Archive, Glance
from landwatch.types import FindingState
from landwatch.web.asked import CAMERA, CameraName, Nothing, Question
from landwatch.web.ogc import (
    GEOJSON,
    Area,
    GeoJson,
    documented,
    feature_page,
    inside,
    link,
    object_with,
    point,
    root,
)
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.web.states import state_of

__all__ = ["collection", "router"]

MOST = 1000
"""Features in one answer. [1]"""

router = APIRouter(prefix="/features/collections/cameras", tags=["cameras"], responses=ANSWERS)


class AskCameras(Question):
    bbox: Area | None = None
    state: FindingState | None = Field(default=None, description="Only cameras that are so.")
    limit: int = Field(default=100, ge=1, le=MOST, description="At most so many.")
    after: str | None = Field(
        default=None, pattern=CAMERA, description="From the link `next` of the page before."
    )


def collection(request: Request) -> dict[str, Any]:
    """Return what tells of the collection."""
    here = f"{root(request)}/features/collections/cameras"
    return {
        "id": "cameras",
        "title": "Cameras",
        "description": "Where cameras stand, how they are now, and which hazards they cannot see.",
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "links": [link("self", here), link("items", f"{here}/items", GEOJSON)],
    }


@router.get("", responses=documented(object_with("id", "title", "links"), "The collection."))
def get_collection(request: Request, ask: Nothing) -> dict[str, Any]:
    """The collection of cameras."""
    return collection(request)


@router.get(
    "/items",
    response_class=GeoJson,
    responses=documented(
        object_with("features", "links", "numberReturned", "timeStamp", type="FeatureCollection"),
        "A page of cameras.",
        GEOJSON,
    ),
)
def list_cameras(request: Request, ask: Annotated[AskCameras, Query()]) -> GeoJson:
    """Cameras, in order of name."""
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    wanted = [
        (camera, state)
        for camera in archive.glances()
        if (ask.after is None or camera.name > ask.after) and inside(camera.place, ask.bbox)
        if (state := state_of(camera, now)) == (ask.state or state)
    ]
    found = wanted[: ask.limit]
    blind = _blind(request)
    features = [_feature(request, camera, state, blind) for camera, state in found]
    return feature_page(request, "cameras", features, found[-1][0].name if len(wanted) > len(found) else None)


@router.get(
    "/items/{name}",
    response_class=GeoJson,
    responses={
        **NOT_FOUND,
        **documented(object_with("id", "geometry", "properties", type="Feature"), "A camera.", GEOJSON),
    },
)
def get_camera(request: Request, name: CameraName, ask: Nothing) -> GeoJson:
    """One camera."""
    archive: Archive = request.app.state.archive
    record = archive.camera(name)
    if record is None:
        raise Missing(f"no camera is called {name!r}; /features/collections/cameras/items lists them")
    state = state_of(record.glance, request.app.state.clock.now())
    return GeoJson(_feature(request, record.glance, state, _blind(request)))


def _blind(request: Request) -> dict[str, list[str]]:
    """Return the hazards that cameras cannot see now."""
    book: Book = request.app.state.events
    found: dict[str, list[str]] = defaultdict(list)
    for one in book.blind():
        found[one.camera].append(one.hazard)
    return found


def _feature(
    request: Request, camera: Glance, state: FindingState, blind: Mapping[str, list[str]]
) -> dict[str, Any]:
    here = root(request)
    return {
        "type": "Feature",
        "id": camera.name,
        "geometry": point(camera.place),
        "properties": {
            "name": camera.name,
            "title": camera.title,
            "state": state,
            "followed": camera.followed,
            "interval": camera.interval,
            "newest": None if camera.shown is None else iso(camera.shown),
            "picture": None if camera.shown is None else f"{here}/api/v1/cameras/{camera.name}/newest.jpg",
            "blind": ", ".join(blind.get(camera.name, ())),
        },
        "links": [
            link("self", f"{here}/features/collections/cameras/items/{camera.name}", GEOJSON),
            link("collection", f"{here}/features/collections/cameras"),
            link("alternate", f"{here}/cameras/{camera.name}", "text/html"),
        ],
    }
